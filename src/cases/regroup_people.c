#include "cases/regroup_people.h"

#include "store/value.h"

/* A table of what belongs to a case, each value once. */
struct people_table {
	const char *name;
	const char *list; /* what ?1 has and ?2 has not, as text */
	const char *copy;
	const char *remove;
};

#define PEOPLE_TABLE(table, key, columns)                                      \
	{                                                                      \
		table,                                                         \
		    "SELECT CAST(" key " AS TEXT) FROM " table                 \
		    " WHERE cases = ?1 AND " key " NOT IN (SELECT " key        \
		    " FROM " table " WHERE cases = ?2)",                       \
		    "INSERT INTO " table " (cases, " columns                   \
		    ") SELECT ?2, " columns " FROM " table                     \
		    " WHERE cases = ?1 AND " key " NOT IN (SELECT " key        \
		    " FROM " table " WHERE cases = ?2)",                       \
		    "DELETE FROM " table " WHERE cases = ? AND CAST(" key      \
		    " AS TEXT) = ?",                                           \
	}

static const struct people_table people_tables[] = {
    PEOPLE_TABLE(
	"case_participant", "address", "contact, address, name, added_at"),
    PEOPLE_TABLE("case_affected", "address", "address"),
    PEOPLE_TABLE("case_reader", "contact", "contact"),
    PEOPLE_TABLE("case_tag", "tag", "tag"),
    PEOPLE_TABLE("case_reference", "reference", "reference"),
    PEOPLE_TABLE("acknowledgement", "address", "address, at"),
    PEOPLE_TABLE("case_tick", "(checklist || char(10) || item)",
	"checklist, item, at, contact"),
};

#define PEOPLE_TABLES (sizeof(people_tables) / sizeof(people_tables[0]))

static json_t *
people_list(json_t *added, const char *name)
{
	json_t *list = json_object_get(added, name);

	if (list == NULL) {
		list = json_array();
		json_object_set_new(added, name, list);
	}
	return list;
}

static int
people_read(struct db_row *row, json_t *list, struct err *e)
{
	int rc;

	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(list, json_string(db_text(row, 0)));
	return rc;
}

int
regroup_people_copy(
    struct db *db, int64_t from, int64_t to, json_t *added, struct err *e)
{
	for (size_t i = 0; i < PEOPLE_TABLES; i++) {
		const struct people_table *t = &people_tables[i];
		struct db_row *row;

		if (db_query(db, &row, e, t->list, "ii", from, to) == -1 ||
		    people_read(row, people_list(added, t->name), e) == -1 ||
		    db_run(db, e, t->copy, "ii", from, to) == -1)
			return -1;
	}
	return 0;
}

int
regroup_people_remove(
    struct db *db, int64_t cases, const json_t *added, struct err *e)
{
	for (size_t i = 0; i < PEOPLE_TABLES; i++) {
		const struct people_table *t = &people_tables[i];
		const json_t *one;
		size_t k;

		json_array_foreach(json_object_get(added, t->name), k,
		    one) if (db_run(db, e, t->remove, "is", cases,
				 json_string_value(one)) == -1) return -1;
	}
	return 0;
}

#define PEOPLE_OF_MESSAGE                                                      \
	" FROM case_participant WHERE cases = ?1 AND (address IN"              \
	" (SELECT sender_address FROM message WHERE id = ?3) OR address IN"    \
	" (SELECT lower(v.recipient) FROM delivery v JOIN draft d"             \
	"  ON d.id = v.draft WHERE d.message = ?3)) AND address NOT IN"        \
	" (SELECT address FROM case_participant WHERE cases = ?2)"

int
regroup_people_follow(struct db *db, int64_t message, int64_t from, int64_t to,
    json_t *added, struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e, "SELECT address" PEOPLE_OF_MESSAGE, "iii",
		from, to, message) == -1 ||
	    people_read(row, people_list(added, "case_participant"), e) == -1)
		return -1;
	return db_run(db, e,
	    "INSERT INTO case_participant (cases, contact, address, name,"
	    " added_at) SELECT ?2, contact, address, name, "
	    "added_at" PEOPLE_OF_MESSAGE,
	    "iii", from, to, message);
}

#define PEOPLE_LEFT                                                            \
	" FROM case_participant WHERE cases = ?1 AND (address IN"              \
	" (SELECT sender_address FROM message WHERE id = ?2) OR address IN"    \
	" (SELECT lower(v.recipient) FROM delivery v JOIN draft d"             \
	"  ON d.id = v.draft WHERE d.message = ?2)) AND address NOT IN"        \
	" (SELECT sender_address FROM message WHERE cases = ?1"                \
	"  AND sender_address IS NOT NULL) AND address NOT IN"                 \
	" (SELECT lower(v.recipient) FROM delivery v JOIN draft d"             \
	"  ON d.id = v.draft JOIN message m ON m.id = d.message"               \
	"  WHERE m.cases = ?1)"

int
regroup_people_leave(
    struct db *db, int64_t message, int64_t from, json_t *left, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT contact, address, name, added_at" PEOPLE_LEFT, "ii",
		from, message) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(
		    left, json_pack("{s:I, s:s, s:s?, s:I}", "contact",
			      (json_int_t)db_int(row, 0), "address",
			      db_text(row, 1), "name", db_text(row, 2), "at",
			      (json_int_t)db_int(row, 3)));
	if (rc == -1)
		return -1;
	return db_run(db, e, "DELETE" PEOPLE_LEFT, "ii", from, message);
}

int
regroup_people_return(
    struct db *db, int64_t cases, const json_t *left, struct err *e)
{
	const json_t *one;
	size_t i;

	json_array_foreach(left, i,
	    one) if (db_run(db, e,
			 "INSERT INTO case_participant"
			 " (cases, contact, address, name, added_at)"
			 " VALUES (?, NULLIF(?, 0), ?, ?, ?)"
			 " ON CONFLICT (cases, address) DO NOTHING",
			 "iissi", cases,
			 (int64_t)json_integer_value(
			     json_object_get(one, "contact")),
			 json_string_value(json_object_get(one, "address")),
			 json_string_value(json_object_get(one, "name")),
			 (int64_t)json_integer_value(
			     json_object_get(one, "at"))) == -1) return -1;
	return 0;
}
