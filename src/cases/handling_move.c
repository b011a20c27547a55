#include "cases/handling.h"
#include "cases/reseal.h"
#include "store/value.h"

/* Texts by the first bytes of what is sealed, which tell one from another. */
static int
handling_state(struct db *db, int64_t cases, json_t **out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	if (db_query(db, &row, e,
		"SELECT coalesce(h.harm, 'none'),"
		" hex(substr(h.cause_sealed, 1, 16)),"
		" hex(substr(h.remedy_sealed, 1, 16)), h.accepted_by,"
		" h.decision, h.cause_sealed IS NOT NULL,"
		" h.remedy_sealed IS NOT NULL FROM cases c LEFT JOIN"
		" case_handling h ON h.cases = c.id WHERE c.id = ?",
		"i", cases) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc == 0
			   ? err_set(e, ERR_NOINPUT, "there is no such case")
			   : -1;
	*out = json_pack("{s:s, s:s?, s:s?, s:o, s:s?}", "harm",
	    db_text(row, 0), "cause", db_int(row, 5) ? db_text(row, 1) : NULL,
	    "remedy", db_int(row, 6) ? db_text(row, 2) : NULL, "accepted_by",
	    value_column(row, 3), "decision", db_text(row, 4));
	db_end(row);
	return *out == NULL ? err_set(e, ERR_BUG, "a handling as JSON") : 0;
}

/* Its cause or remedy, under the key of the case that it goes to. */
static int
take_text(struct db *db, struct vault *v, const struct reseal_way *way,
    const char *read, const char *write, struct err *e)
{
	struct db_row *row;
	struct buf sealed;
	const void *was;
	size_t len;
	int rc;

	if (db_query(db, &row, e, read, "i", way->from) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	buf_init(&sealed, RESEAL_MAX);
	if (!db_is_null(row, 0)) {
		was = db_blob(row, 0, &len);
		rc = reseal_text(db, v, way, was, len, &sealed, e);
	}
	db_end(row);
	if (rc != -1 && sealed.len > 0)
		rc = db_run(db, e, write, "bi", &sealed, way->to);
	buf_free(&sealed);
	return rc == -1 ? -1 : 0;
}

static int
take_texts(
    struct db *db, struct vault *v, int64_t from, int64_t to, struct err *e)
{
	char was[48], is[48];
	const struct reseal_way way = {from, to, was, is};

	case_context(was, "cause", from);
	case_context(is, "cause", to);
	if (take_text(db, v, &way,
		"SELECT cause_sealed FROM case_handling WHERE cases = ?",
		"UPDATE case_handling SET cause_sealed = ? WHERE cases = ?",
		e) == -1)
		return -1;
	case_context(was, "remedy", from);
	case_context(is, "remedy", to);
	if (take_text(db, v, &way,
		"SELECT remedy_sealed FROM case_handling WHERE cases = ?",
		"UPDATE case_handling SET remedy_sealed = ? WHERE cases = ?",
		e) == -1)
		return -1;
	return db_run(db, e,
	    "UPDATE case_handling SET accepted_by = (SELECT accepted_by FROM"
	    " case_handling WHERE cases = ?1) WHERE cases = ?2",
	    "ii", from, to);
}

#define HARM_RANK(harm)                                                        \
	"(CASE " harm " WHEN 'confirmed' THEN 2 WHEN 'suspected' THEN 1"       \
	" ELSE 0 END)"

int
handling_take(struct db *db, struct vault *v, int64_t from, int64_t to,
    json_t **before, json_t **after, struct err *e)
{
	int64_t there;

	*before = *after = NULL;
	if (db_get_int(db, &there, 0, e,
		"SELECT 1 FROM case_handling WHERE cases = ?", "i", from) == -1)
		return -1;
	if (there == 0)
		return 0;
	if (handling_state(db, to, before, e) == -1 ||
	    db_run(db, e,
		"INSERT INTO case_handling (cases) VALUES (?)"
		" ON CONFLICT (cases) DO NOTHING",
		"i", to) == -1 ||
	    db_run(db, e,
		"UPDATE case_handling AS h SET"
		" harm = iif(" HARM_RANK("o.harm") " > " HARM_RANK(
		    "h.harm") ","
			      " o.harm, h.harm), decision = "
			      "coalesce(h.decision, o.decision)"
			      " FROM case_handling o WHERE o.cases = ?1 AND "
			      "h.cases = ?2",
		"ii", from, to) == -1)
		return -1;
	if (json_is_null(json_object_get(*before, "cause")) &&
	    json_is_null(json_object_get(*before, "remedy")) &&
	    take_texts(db, v, from, to, e) == -1)
		return -1;
	return handling_state(db, to, after, e);
}

/* Whether the act changed it, and nobody has since. */
static bool
returns(const json_t *now, const json_t *before, const json_t *after,
    const char *name)
{
	const json_t *made = json_object_get(after, name);

	return json_equal(json_object_get(now, name), made) &&
	       !json_equal(json_object_get(before, name), made);
}

int
handling_return(struct db *db, int64_t cases, const json_t *before,
    const json_t *after, struct err *e)
{
	static const struct {
		const char *name, *sql;
	} taken[] = {
	    {"cause", "UPDATE case_handling SET cause_sealed = NULL"
		      " WHERE cases = ?"},
	    {"remedy", "UPDATE case_handling SET remedy_sealed = NULL"
		       " WHERE cases = ?"},
	    {"accepted_by", "UPDATE case_handling SET accepted_by = NULL"
			    " WHERE cases = ?"},
	    {"decision", "UPDATE case_handling SET decision = NULL"
			 " WHERE cases = ?"},
	};
	json_t *now;
	int rc = 0;

	if (handling_state(db, cases, &now, e) == -1)
		return -1;
	if (returns(now, before, after, "harm"))
		rc = db_run(db, e,
		    "UPDATE case_handling SET harm = ? WHERE cases = ?", "si",
		    json_string_value(json_object_get(before, "harm")), cases);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]) && rc == 0; i++)
		if (returns(now, before, after, taken[i].name))
			rc = db_run(db, e, taken[i].sql, "i", cases);
	json_decref(now);
	return rc;
}
