#include "cases/advisory.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "store/restored.h"

#define ADVISORY_SELECT                                                        \
	"SELECT number, revision, message, community, notice, cancelled_at"    \
	" FROM advisory"

char *
advisory_name(const struct advisory *a)
{
	return a->revision <= 1 ? xasprintf("%lld", (long long)a->number)
				: xasprintf("%lld-r%lld", (long long)a->number,
				      (long long)a->revision);
}

static int
advisory_insert(struct db *db, const struct advisory *a, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO advisory (number, revision, message, community,"
	    " notice, urgent) VALUES (?, ?, ?, NULLIF(?, 0), ?, ?)",
	    "iiiiii", a->number, a->revision, a->message, a->community,
	    (int64_t)a->notice, (int64_t)a->urgent);
}

int
advisory_add(struct db *db, struct advisory *a, struct err *e)
{
	a->revision = 1;
	if (db_get_int(db, &a->number, 0, e,
		"SELECT max(coalesce(max(number), 0) + 1," RESTORED_FLOOR(
		    "advisory") ") FROM advisory",
		"") == -1)
		return -1;
	return advisory_insert(db, a, e);
}

int
advisory_revise(struct db *db, struct advisory *a, struct err *e)
{
	if (db_get_int(db, &a->revision, 0, e,
		"SELECT coalesce(max(revision), 0) + 1 FROM advisory"
		" WHERE number = ?",
		"i", a->number) == -1)
		return -1;
	return advisory_insert(db, a, e);
}

int
advisory_cancel(struct db *db, int64_t number, int64_t now, struct err *e)
{
	return db_run(db, e,
	    "UPDATE advisory SET cancelled_at = ? WHERE number = ?"
	    " AND notice = 0 AND cancelled_at IS NULL",
	    "ii", now, number);
}

static struct advisory
advisory_row(const struct db_row *row)
{
	return (struct advisory){.number = db_int(row, 0),
	    .revision = db_int(row, 1),
	    .message = db_int(row, 2),
	    .community = db_int(row, 3),
	    .notice = db_int(row, 4) != 0,
	    .cancelled_at = db_int(row, 5)};
}

/* The first row of a walk, or none; ends it. */
static int
advisory_first(struct db_row *row, struct advisory *out, struct err *e)
{
	int rc = db_step(row, e);

	*out = (struct advisory){0};
	if (rc != 1)
		return rc;
	*out = advisory_row(row);
	db_end(row);
	return 0;
}

int
advisory_of(struct db *db, int64_t message, struct advisory *out, struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e, ADVISORY_SELECT " WHERE message = ?", "i",
		message) == -1)
		return -1;
	return advisory_first(row, out, e);
}

int
advisory_by_rfc_id(struct db *db, const char *rfc_message_id,
    struct advisory *out, struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e,
		ADVISORY_SELECT " WHERE message = (SELECT message FROM draft"
				" WHERE rfc_message_id = ?"
				" AND kind = 'advisory')",
		"s", rfc_message_id) == -1)
		return -1;
	return advisory_first(row, out, e);
}

int
advisory_list(struct db *db, int64_t number, struct advisory **out,
    size_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		ADVISORY_SELECT " WHERE ?1 = 0 OR number = ?1"
				" ORDER BY number, revision",
		"i", number) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*out = xgrow(*out, *count, sizeof(**out));
		(*out)[(*count)++] = advisory_row(row);
	}
	if (rc == -1) {
		free(*out);
		*out = NULL;
		*count = 0;
	}
	return rc;
}

int
advisory_references(struct db *db, int64_t number, const char *language,
    struct strs *out, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT d.rfc_message_id FROM advisory a"
		" JOIN draft d ON d.message = a.message"
		" WHERE a.number = ? AND a.revision = 1"
		" AND d.kind = 'advisory' AND EXISTS (SELECT 1 FROM delivery v"
		" WHERE v.draft = d.id AND v.state IN"
		" ('queued', 'sent', 'failed'))"
		" ORDER BY d.language <> ?, d.id LIMIT ?",
		"isi", number, language, (int64_t)ADVISORY_REFERENCES) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		strs_add(out, db_text(row, 0));
	return rc;
}

int
advisory_got(
    struct db *db, int64_t number, int64_t contact, bool *got, struct err *e)
{
	int64_t one;

	/* By the contact's deliveries: a draft may have thousands. */
	if (db_get_int(db, &one, 0, e,
		"SELECT 1 FROM advisory a JOIN draft d ON d.message = a.message"
		" JOIN delivery v ON +v.draft = d.id"
		" WHERE a.number = ? AND d.kind = 'advisory'"
		" AND v.contact = ? AND v.state = 'sent' LIMIT 1",
		"ii", number, contact) == -1)
		return -1;
	*got = one != 0;
	return 0;
}

int
advisory_waiting(
    struct db *db, int64_t number, int64_t **out, size_t *count, struct err *e)
{
	return db_get_ids(db, out, count, e,
	    "SELECT v.id FROM advisory a JOIN draft d"
	    " ON d.message = a.message JOIN delivery v ON v.draft = d.id"
	    " WHERE a.number = ? AND a.notice = 0 AND d.kind = 'advisory'"
	    " AND v.state IN ('queued', 'held') ORDER BY v.id",
	    "i", number);
}

int
advisory_answer_add(
    struct db *db, const struct advisory_answer *a, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO advisory_answer (number, revision, contact, message,"
	    " word, proven, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (message) DO NOTHING",
	    "iiiisii", a->number, a->revision, a->contact, a->message, a->word,
	    (int64_t)a->proven, a->at);
}

int
advisory_question_case(struct db *db, int64_t number, int64_t contact,
    int64_t *cases, struct err *e)
{
	return db_get_int(db, cases, 0, e,
	    "SELECT m.cases FROM advisory_answer a"
	    " JOIN message m ON m.id = a.message"
	    " WHERE a.number = ? AND a.contact = ? AND a.word = 'question'"
	    " AND a.proven = 1 AND m.cases IS NOT NULL"
	    " ORDER BY a.id DESC LIMIT 1",
	    "ii", number, contact);
}
