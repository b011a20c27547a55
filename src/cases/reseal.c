#include "cases/reseal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cases/message_raw.h"
#include "store/blob.h"

/* One message on its way to another key. */
struct reseal {
	struct db *db;
	struct vault *vault;
	struct spool *spool;
	int64_t message;
	int64_t from; /* key */
	int64_t to; /* key */
};

static int
reseal_key(struct db *db, int64_t cases, int64_t *key, struct err *e)
{
	if (db_get_int(db, key, 0, e,
		"SELECT vault_key FROM cases WHERE id = ?", "i", cases) == -1)
		return -1;
	return *key == 0 ? err_set(e, ERR_NOINPUT, "there is no such case") : 0;
}

/* Opens a value and seals it anew; out holds nothing where it cannot be read
 * any more. */
static int
reseal_between(struct reseal *r, const char *was, const char *is,
    const void *sealed, size_t len, struct buf *out, struct err *e)
{
	struct err why = {0};
	struct buf text;
	int rc;

	buf_init_secret(&text, RESEAL_MAX);
	rc = vault_unseal(r->vault, r->from, was, sealed, len, &text, &why);
	if (rc == 0)
		rc = vault_seal(
		    r->vault, r->to, is, text.data, text.len, out, e);
	else if (why.code == ERR_NOINPUT)
		rc = 0;
	else
		err_set(e, why.code, "%s", why.text);
	buf_free(&text);
	return rc;
}

static int
reseal_value(struct reseal *r, const char *context, const void *sealed,
    size_t len, struct buf *out, struct err *e)
{
	return reseal_between(r, context, context, sealed, len, out, e);
}

int
reseal_text(struct db *db, struct vault *v, const struct reseal_way *way,
    const void *sealed, size_t len, struct buf *out, struct err *e)
{
	struct reseal r = {.db = db, .vault = v};

	if (reseal_key(db, way->from, &r.from, e) == -1 ||
	    reseal_key(db, way->to, &r.to, e) == -1)
		return -1;
	return reseal_between(&r, way->was, way->is, sealed, len, out, e);
}

/* A file in spool/blob; *name is its new one, the caller's. */
static int
reseal_blob(struct reseal *r, const char *was, char **name, struct err *e)
{
	char fresh[BLOB_NAME];
	struct buf data;
	int rc;

	buf_init_secret(&data, RESEAL_MAX);
	rc = blob_get(r->vault, r->spool, r->from, was, &data, e);
	if (rc == 0)
		rc = blob_put(r->db, r->vault, r->spool, r->to, data.data,
		    data.len, fresh, e);
	buf_free(&data);
	if (rc == 0)
		rc = db_run(
		    r->db, e, "DELETE FROM blob WHERE name = ?", "s", was);
	if (rc == 0)
		*name = xstrdup(fresh);
	return rc;
}

/* The attachments of what leaves. */
static int
reseal_files(struct reseal *r, const struct message *m, struct err *e)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(m->content, "attachments"), i, one)
	{
		const char *was =
		    json_string_value(json_object_get(one, "blob"));
		char *name;

		if (was == NULL)
			continue;
		if (reseal_blob(r, was, &name, e) == -1)
			return -1;
		json_object_set_new(one, "blob", json_string(name));
		free(name);
	}
	return 0;
}

static int
reseal_raw(struct reseal *r, struct message *m, struct err *e)
{
	char name[BLOB_NAME];
	struct buf raw;
	int rc;

	/* Bytes that are nowhere (doctor tells) keep nothing from moving. */
	if (strcmp(m->direction, "in") != 0 ||
	    (m->raw == NULL && !spool_has_new(r->spool, m->sha256) &&
		!spool_has_store(r->spool, m->sha256)))
		return 0;
	buf_init_secret(&raw, RESEAL_MAX);
	rc = message_raw(r->vault, r->spool, m, &raw, e);
	if (rc == 0)
		rc = blob_put(r->db, r->vault, r->spool, r->to, raw.data,
		    raw.len, name, e);
	buf_free(&raw);
	if (rc == 0 && m->raw != NULL)
		rc = db_run(
		    r->db, e, "DELETE FROM blob WHERE name = ?", "s", m->raw);
	if (rc == 0) {
		free(m->raw);
		m->raw = xstrdup(name);
	}
	return rc;
}

/* Rows of one table whose value is sealed under the message's key. */
struct reseal_rows {
	const char *context; /* in front of its number */
	bool by_message; /* the number is the message's, else the row's */
	const char *list; /* id and value, of a message */
	const char *write; /* value, id */
};

static const struct reseal_rows reseal_rows[] = {
    {"consent:", false,
	"SELECT id, conditions_sealed FROM consent WHERE message = ?"
	" AND conditions_sealed IS NOT NULL",
	"UPDATE consent SET conditions_sealed = ? WHERE id = ?"},
    {"untold.reason:", true,
	"SELECT id, reason_sealed FROM untold WHERE message = ?"
	" AND reason_sealed IS NOT NULL",
	"UPDATE untold SET reason_sealed = ? WHERE id = ?"},
};

static int
reseal_table(struct reseal *r, const struct reseal_rows *t, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(r->db, &row, e, t->list, "i", r->message) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		int64_t id = db_int(row, 0);
		struct buf sealed;
		char context[48];
		const void *was;
		size_t len;

		(void)snprintf(context, sizeof(context), "%s%lld", t->context,
		    (long long)(t->by_message ? r->message : id));
		was = db_blob(row, 1, &len);
		buf_init(&sealed, RESEAL_MAX);
		rc = reseal_value(r, context, was, len, &sealed, e);
		if (rc == 0 && sealed.len > 0)
			rc = db_run(r->db, e, t->write, "bi", &sealed, id);
		buf_free(&sealed);
		if (rc == -1) {
			db_end(row);
			return -1;
		}
	}
	return rc;
}

/* What somebody gave as the evidence of an approval. */
static int
reseal_evidence(struct reseal *r, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(r->db, &row, e,
		"SELECT id, evidence FROM approval WHERE message = ?"
		" AND evidence IS NOT NULL",
		"i", r->message) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		char *name = NULL;

		rc = reseal_blob(r, db_text(row, 1), &name, e);
		if (rc == 0)
			rc = db_run(r->db, e,
			    "UPDATE approval SET evidence = ? WHERE id = ?",
			    "si", name, db_int(row, 0));
		free(name);
		if (rc == -1) {
			db_end(row);
			return -1;
		}
	}
	return rc;
}

/* All of it; ERR_NOINPUT where its key was destroyed. */
static int
reseal_content(struct reseal *r, struct message *m, struct err *e)
{
	if (message_unseal(r->db, r->vault, m, e) == -1 ||
	    reseal_raw(r, m, e) == -1 || reseal_files(r, m, e) == -1 ||
	    reseal_evidence(r, e) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(reseal_rows) / sizeof(reseal_rows[0]);
	     i++)
		if (reseal_table(r, &reseal_rows[i], e) == -1)
			return -1;
	return 0;
}

static bool
reseal_is_gone(struct db *db, int64_t key)
{
	int64_t gone = 0;

	return db_get_int(db, &gone, 0, NULL,
		   "SELECT wrapped IS NULL FROM vault_key WHERE id = ?", "i",
		   key) == 0 &&
	       gone != 0;
}

int
reseal_message(struct db *db, struct vault *v, struct spool *s, int64_t id,
    int64_t cases, struct err *e)
{
	struct reseal r = {.db = db, .vault = v, .spool = s, .message = id};
	struct message m;
	int rc;

	if ((cases == 0 ? vault_key_create(v, &r.to, e)
			: reseal_key(db, cases, &r.to, e)) == -1 ||
	    message_get(db, id, &m, e) == -1)
		return -1;
	r.from = m.vault_key;
	rc = 0;
	if (r.from != r.to && !reseal_is_gone(db, r.from)) {
		rc = reseal_content(&r, &m, e);
		m.vault_key = r.to;
	}
	m.cases = cases;
	if (rc == 0)
		rc = message_move(db, v, &m, e);
	if (rc == 0)
		rc = db_run(db, e,
		    "UPDATE consent SET cases = NULLIF(?, 0), vault_key = ?"
		    " WHERE message = ?",
		    "iii", cases, m.vault_key, id);
	message_free(&m);
	return rc;
}

static bool
reseal_named(const json_t *only, int64_t id)
{
	const json_t *one;
	size_t i;

	json_array_foreach(
	    only, i, one) if (json_integer_value(one) == id) return true;
	return only == NULL;
}

static int
reseal_note(
    struct reseal *r, const struct db_row *row, int64_t to, struct err *e)
{
	struct buf sealed;
	char context[48];
	const void *was;
	size_t len;
	int rc;

	case_context(context, "note", db_int(row, 0));
	was = db_blob(row, 1, &len);
	buf_init(&sealed, RESEAL_MAX);
	rc = reseal_value(r, context, was, len, &sealed, e);
	if (rc == 0 && sealed.len > 0)
		rc = db_run(r->db, e,
		    "UPDATE case_note SET cases = ?, text_sealed = ?"
		    " WHERE id = ?",
		    "ibi", to, &sealed, db_int(row, 0));
	buf_free(&sealed);
	return rc;
}

int
reseal_notes(struct db *db, struct vault *v, int64_t from, int64_t to,
    const json_t *only, json_t *moved, struct err *e)
{
	struct reseal r = {.db = db, .vault = v};
	struct db_row *row;
	int rc;

	if (reseal_key(db, from, &r.from, e) == -1 ||
	    reseal_key(db, to, &r.to, e) == -1 ||
	    db_query(db, &row, e,
		"SELECT id, text_sealed FROM case_note WHERE cases = ?"
		" ORDER BY id",
		"i", from) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		int64_t id = db_int(row, 0);

		if (!reseal_named(only, id))
			continue;
		if (reseal_note(&r, row, to, e) == -1) {
			db_end(row);
			return -1;
		}
		if (moved != NULL)
			json_array_append_new(moved, json_integer(id));
	}
	return rc;
}
