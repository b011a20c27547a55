#include "cases/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/message_content.h"
#include "cases/outgoing.h"
#include "store/restored.h"
#include "store/value.h"

#define MESSAGE_SEALED_MAX (512U << 20) /* bytes of one sealed value */

void
message_free(struct message *m)
{
	free(m->sha256);
	free(m->direction);
	free(m->source);
	free(m->state);
	free(m->step);
	free(m->rfc_message_id);
	free(m->sender_address);
	free(m->kind);
	free(m->label);
	free(m->raw);
	json_decref(m->facts);
	json_decref(m->content);
	*m = (struct message){0};
}

static void
message_context(char out[48], int64_t id)
{
	(void)snprintf(out, 48, "message.content:%lld", (long long)id);
}

static int
message_from_row(const struct db_row *row, struct message *m, struct err *e)
{
	json_error_t why;

	*m = (struct message){.id = db_int(row, 0),
	    .sha256 = xstrdup(db_text(row, 1)),
	    .direction = xstrdup(db_text(row, 2)),
	    .source = xstrdup(db_text(row, 3)),
	    .received_at = db_int(row, 4),
	    .size = db_int(row, 5),
	    .state = xstrdup(db_text(row, 6)),
	    .step = xstrdup(db_text(row, 7)),
	    .rfc_message_id = xstrdup_null(db_text(row, 8)),
	    .sender_address = xstrdup_null(db_text(row, 9)),
	    .sender_contact = db_int(row, 10),
	    .kind = xstrdup_null(db_text(row, 11)),
	    .label = xstrdup_null(db_text(row, 12)),
	    .cases = db_int(row, 13),
	    .parent = db_int(row, 14),
	    .untrusted = db_int(row, 15) != 0,
	    .vault_key = db_int(row, 17),
	    .raw = xstrdup_null(db_text(row, 18))};
	if (db_text(row, 16) == NULL)
		return 0;
	m->facts = json_loads(db_text(row, 16), 0, &why);
	if (m->facts == NULL)
		return err_set(e, ERR_DATA, "message %lld: facts: %s",
		    (long long)m->id, why.text);
	return 0;
}

int
message_get(struct db *db, int64_t id, struct message *out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = (struct message){0};
	if (db_query(db, &row, e,
		"SELECT id, sha256, direction, source, received_at, size,"
		" state, step, rfc_message_id, sender_address, sender_contact,"
		" kind, label, cases, parent, untrusted, facts, vault_key,"
		" raw"
		" FROM message WHERE id = ?",
		"i", id) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == -1)
		return -1;
	if (rc == 0)
		return err_set(
		    e, ERR_NOINPUT, "there is no message %lld", (long long)id);
	rc = message_from_row(row, out, e);
	db_end(row);
	if (rc == -1)
		message_free(out);
	return rc;
}

int
message_unseal(struct db *db, struct vault *v, struct message *m, struct err *e)
{
	struct db_row *row;
	char context[48];
	struct buf text;
	const void *sealed;
	size_t len;
	int rc;

	if (m->vault_key == 0 || m->content != NULL)
		return 0;
	if (db_query(db, &row, e,
		"SELECT sealed FROM message_content WHERE message = ?", "i",
		m->id) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 0)
		return err_set(e, ERR_DATA, "message %lld has no content",
		    (long long)m->id);
	if (rc == -1)
		return -1;
	buf_init_secret(&text, MESSAGE_SEALED_MAX);
	message_context(context, m->id);
	sealed = db_blob(row, 0, &len);
	rc = vault_unseal(v, m->vault_key, context, sealed, len, &text, e);
	db_end(row);
	if (rc == 0 && message_content_read(&text, &m->content, e) == -1)
		rc = err_in(e, "message %lld: content", (long long)m->id);
	buf_free(&text);
	return rc;
}

static int
message_put_content(
    struct db *db, int64_t id, const struct buf *sealed, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO message_content (message, sealed) VALUES (?, ?)"
	    " ON CONFLICT (message) DO UPDATE SET sealed = excluded.sealed",
	    "ib", id, sealed);
}

static int
message_seal_content(
    struct vault *v, const struct message *m, struct buf *sealed, struct err *e)
{
	char context[48];
	struct buf bytes;
	int rc;

	buf_init_secret(&bytes, MESSAGE_SEALED_MAX);
	rc = message_content_write(m->content, &bytes, e);
	if (rc == -1)
		err_in(e, "message %lld", (long long)m->id);
	message_context(context, m->id);
	if (rc == 0)
		rc = vault_seal(
		    v, m->vault_key, context, bytes.data, bytes.len, sealed, e);
	buf_free(&bytes);
	return rc;
}

int
message_claim(
    struct db *db, struct vault *v, const struct message *m, struct err *e)
{
	char *facts = json_dumps(m->facts, JSON_COMPACT | JSON_SORT_KEYS);
	struct buf sealed;
	int rc = -1;

	buf_init(&sealed, MESSAGE_SEALED_MAX);
	if (facts == NULL) {
		err_set(e, ERR_BUG, "message %lld: facts as JSON",
		    (long long)m->id);
		goto out;
	}
	if (message_seal_content(v, m, &sealed, e) == -1)
		goto out;
	rc = db_run(db, e,
	    "UPDATE message SET step = 'claimed', rfc_message_id = ?,"
	    " sender_address = ?, sender_contact = NULLIF(?, 0), kind = ?,"
	    " label = ?, cases = NULLIF(?, 0), parent = NULLIF(?, 0),"
	    " untrusted = ?, facts = ?, vault_key = ? WHERE id = ?",
	    "ssissiiisii", m->rfc_message_id, m->sender_address,
	    m->sender_contact, m->kind, m->label, m->cases, m->parent,
	    (int64_t)m->untrusted, facts, m->vault_key, m->id);
	if (rc == 0)
		rc = message_put_content(db, m->id, &sealed, e);
out:
	free(facts);
	buf_free(&sealed);
	return rc;
}

int
message_create(struct db *db, struct vault *v, struct message *m, struct err *e)
{
	char *facts = json_dumps(m->facts, JSON_COMPACT | JSON_SORT_KEYS);
	char sha[SPOOL_SHA];
	struct buf sealed;
	int rc = -1;

	buf_init(&sealed, MESSAGE_SEALED_MAX);
	if (facts == NULL) {
		err_set(e, ERR_BUG, "facts as JSON");
		goto out;
	}
	if (db_get_int(db, &m->id, 1, e, "SELECT" RESTORED_NEXT("message"),
		"") == -1 ||
	    message_seal_content(v, m, &sealed, e) == -1)
		goto out;
	spool_sha(sealed.data, sealed.len, sha);
	m->sha256 = xstrdup(sha);
	rc = db_run(db, e,
	    "INSERT INTO message (id, sha256, direction, source, received_at,"
	    " size, state, cases, parent, facts, vault_key)"
	    " VALUES (?, ?, ?, ?, ?, ?, 'received', NULLIF(?, 0),"
	    " NULLIF(?, 0), ?, ?)",
	    "isssiiiisi", m->id, m->sha256, m->direction, m->source,
	    m->received_at, m->size, m->cases, m->parent, facts, m->vault_key);
	if (rc == 0)
		rc = message_put_content(db, m->id, &sealed, e);
out:
	free(facts);
	buf_free(&sealed);
	return rc;
}

int
message_again(struct db *db, int64_t id, struct err *e)
{
	return db_run(db, e,
	    "UPDATE message SET state = 'received', step = 'new', attempts = 0,"
	    " next_attempt_at = 0 WHERE id = ?",
	    "i", id);
}

int
message_set_facts(struct db *db, const struct message *m, struct err *e)
{
	char *facts = json_dumps(m->facts, JSON_COMPACT | JSON_SORT_KEYS);
	int rc;

	if (facts == NULL)
		return err_set(e, ERR_BUG, "message %lld: facts as JSON",
		    (long long)m->id);
	rc = db_run(db, e,
	    "UPDATE message SET facts = ?, label = ?, kind = ? WHERE id = ?",
	    "sssi", facts, m->label, m->kind, m->id);
	free(facts);
	return rc;
}

int
message_finish(struct db *db, int64_t id, const char *state, struct err *e)
{
	return db_run(db, e,
	    "UPDATE message SET state = ?, step = 'done', attempts = 0"
	    " WHERE id = ?",
	    "si", state, id);
}

int
message_envelope(struct db *db, int64_t id, bool *null_sender, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*) FROM envelope WHERE message = ?"
		" AND sender = ''",
		"i", id) == -1)
		return -1;
	*null_sender = n > 0;
	return 0;
}

int
message_last_from(struct db *db, int64_t cases, const char *address,
    int64_t *id, struct err *e)
{
	return db_get_int(db, id, 0, e,
	    "SELECT id FROM message WHERE cases = ? AND direction = 'in'"
	    " AND sender_address = ? ORDER BY id DESC LIMIT 1",
	    "is", cases, address);
}

int
message_is_known(struct db *db, const char *sha256, bool *known, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*) FROM message WHERE sha256 = ?", "s",
		sha256) == -1)
		return -1;
	*known = n > 0;
	return 0;
}

bool
message_is_import(const struct message *m)
{
	return envelope_is_import(m->source);
}

int
message_was_ours(struct db *db, int64_t id, bool *ours, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COALESCE(json_extract(facts, '$.ours'), 0)"
		" FROM message WHERE id = ?",
		"i", id) == -1)
		return -1;
	*ours = n != 0;
	return 0;
}

#define MESSAGE_OUTSIDE                                                        \
	" FROM message m LEFT JOIN contact c ON c.id = m.sender_contact"       \
	" WHERE m.direction = 'in' AND m.sender_address IS NOT NULL"           \
	" AND COALESCE(c.class, 'public') <> 'staff'"                          \
	" AND COALESCE(json_extract(m.facts, '$.ours'), 0) = 0"                \
	" AND COALESCE(m.kind, '') NOT IN ('bounce', 'auto-reply', 'spam')"

int
message_last_outside(
    struct db *db, int64_t cases, int64_t *id, int64_t *people, struct err *e)
{
	/* Who only claims to be of the case is not answered by default. */
	if (db_get_int(db, people, 0, e,
		"SELECT COUNT(DISTINCT lower(m.sender_address))" MESSAGE_OUTSIDE
		" AND m.untrusted = 0 AND m.cases = ?",
		"i", cases) == -1)
		return -1;
	return db_get_int(db, id, 0, e,
	    "SELECT m.id" MESSAGE_OUTSIDE " AND m.cases = ?"
	    " ORDER BY m.untrusted, m.id DESC LIMIT 1",
	    "i", cases);
}

int
message_is_outside(struct db *db, int64_t id, bool *is, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*)" MESSAGE_OUTSIDE " AND m.id = ?", "i",
		id) == -1)
		return -1;
	*is = n > 0;
	return 0;
}

int
message_in_hand(
    struct db *db, int64_t id, int64_t now, int64_t *count, struct err *e)
{
	return db_get_int(db, count, 0, e,
	    "SELECT COUNT(*) FROM message WHERE id < ? AND state = 'received'"
	    " AND step = 'new' AND attempts > 0 AND next_attempt_at <= ?",
	    "ii", id, now);
}

int
message_reader_add(struct db *db, int64_t id, int64_t contact, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO reader (message, contact) VALUES (?, ?)"
	    " ON CONFLICT (message, contact) DO NOTHING",
	    "ii", id, contact);
}

int
message_is_reader(
    struct db *db, int64_t id, int64_t contact, bool *is, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*) FROM reader WHERE message = ?"
		" AND contact = ?",
		"ii", id, contact) == -1)
		return -1;
	*is = n > 0;
	return 0;
}

/* One for each index: one query for all of them would read every message. */
static const char *
message_list_query(const struct message_filter *f)
{
	if (f->cases != 0)
		return "SELECT id FROM message WHERE cases = ?1"
		       " AND (?2 IS NULL OR state = ?2)"
		       " AND (?3 IS NULL OR direction = ?3) ORDER BY id";
	if (f->state != NULL)
		return "SELECT id FROM message WHERE ?1 = 0 AND state = ?2"
		       " AND (?3 IS NULL OR direction = ?3) ORDER BY id";
	return "SELECT id FROM message WHERE ?1 = 0 AND ?2 IS NULL"
	       " AND (?3 IS NULL OR direction = ?3) ORDER BY id";
}

int
message_list(struct db *db, const struct message_filter *f, int64_t **id,
    size_t *count, struct err *e)
{
	return db_get_ids(db, id, count, e, message_list_query(f), "iss",
	    f->cases, f->state, f->direction);
}

int
message_move(
    struct db *db, struct vault *v, const struct message *m, struct err *e)
{
	struct buf sealed;
	int rc = 0;

	buf_init(&sealed, MESSAGE_SEALED_MAX);
	if (m->content != NULL &&
	    (message_seal_content(v, m, &sealed, e) == -1 ||
		message_put_content(db, m->id, &sealed, e) == -1))
		rc = -1;
	if (rc == 0)
		rc = db_run(db, e,
		    "UPDATE message SET cases = NULLIF(?, 0), vault_key = ?,"
		    " raw = ? WHERE id = ?",
		    "iisi", m->cases, m->vault_key, m->raw, m->id);
	buf_free(&sealed);
	return rc;
}
