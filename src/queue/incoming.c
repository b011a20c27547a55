#include "queue/incoming.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "queue/job.h"
#include "store/audit.h"
#include "store/envelope.h"
#include "store/restored.h"

/* What is known of one message while it is registered. */
struct incoming {
	const char *sha;
	int64_t now;
	int64_t id;
	bool known; /* has a row */
	bool done; /* that row is processed or quarantined */
	int64_t added; /* envelopes that are new */
	struct envelope *env;
	size_t count;
};

/*
 * An envelope that cannot be read is no reason to lose the message: it is
 * registered as of a source that is not known.
 */
static int
incoming_envelopes(struct incoming *in, struct spool *spool, struct err *e)
{
	struct err why = {0};

	if (spool_envelopes(spool, in->sha, &in->env, &in->count, &why) == 0)
		return 0;
	in->env = NULL;
	in->count = 0;
	if (why.code == ERR_TEMP)
		return err_set(e, ERR_TEMP, "%s", why.text);
	if (spool_has_new(spool, in->sha))
		log_warning("message without its envelope: sha256=%s error=%s",
		    in->sha, why.text);
	return 0;
}

static int
incoming_find(struct incoming *in, struct db *db, struct err *e)
{
	struct db_row *row;
	int rc;

	in->known = false;
	if (db_query(db, &row, e,
		"SELECT id, state, step FROM message WHERE sha256 = ?", "s",
		in->sha) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	in->known = true;
	in->id = db_int(row, 0);
	in->done = strcmp(db_text(row, 1), "received") != 0 &&
		   strcmp(db_text(row, 2), "done") == 0;
	db_end(row);
	return 0;
}

static const char *
incoming_source(const struct incoming *in)
{
	return in->count > 0 ? in->env[0].source : "unknown";
}

static int
incoming_insert(
    struct incoming *in, struct db *db, uint64_t size, struct err *e)
{
	int64_t at = in->count > 0 ? in->env[0].received_at : in->now;
	const char *source = incoming_source(in);

	return db_insert(db, &in->id, e,
	    "INSERT INTO message (id, sha256, direction, source, received_at,"
	    " size, state, step, next_attempt_at) VALUES (" RESTORED_NEXT(
		"message") ", ?, 'in', ?, ?, ?, 'received', 'new', ?)",
	    "ssiii", in->sha, source, at, (int64_t)size,
	    envelope_is_import(source) ? JOB_LAST : (int64_t)0);
}

static int
incoming_add_recipient(struct incoming *in, struct db *db,
    const struct envelope *env, const char *recipient, struct err *e)
{
	if (db_run(db, e,
		"INSERT OR IGNORE INTO envelope (message, sender, recipient,"
		" source, at) VALUES (?, ?, ?, ?, ?)",
		"isssi", in->id, env->sender, recipient, env->source,
		env->received_at) == -1)
		return -1;
	in->added += db_changed(db);
	return 0;
}

/* A source that names no recipient still has its row, with an empty one. */
static int
incoming_join(struct incoming *in, struct db *db, struct err *e)
{
	for (size_t i = 0; i < in->count; i++) {
		const struct envelope *env = &in->env[i];

		if (env->recipients.count == 0 &&
		    incoming_add_recipient(in, db, env, "", e) == -1)
			return -1;
		for (size_t j = 0; j < env->recipients.count; j++)
			if (incoming_add_recipient(
				in, db, env, env->recipients.item[j], e) == -1)
				return -1;
	}
	return 0;
}

static int
incoming_audit(
    const struct incoming *in, struct db *db, const char *event, struct err *e)
{
	struct audit_entry entry = {
	    .actor = "queue", .event = event, .message = in->id};

	entry.detail = json_pack("{s:s, s:s, s:I}", "sha256", in->sha, "source",
	    incoming_source(in), "envelopes", (json_int_t)in->added);
	return audit_add(db, in->now, &entry, e);
}

/* Inside the transaction. asked: a source asks, not our own look. */
static int
incoming_enter(struct incoming *in, struct db *db, struct spool *spool,
    bool asked, struct err *e)
{
	uint64_t size = 0;

	in->added = 0;
	if (incoming_find(in, db, e) == -1)
		return -1;
	if (in->known) {
		if (incoming_join(in, db, e) == -1)
			return -1;
		if (in->added == 0 && !(asked && in->done))
			return 0;
		return incoming_audit(in, db, "message.duplicate", e);
	}
	if (spool_size_new(spool, in->sha, &size, e) == -1 ||
	    incoming_insert(in, db, size, e) == -1 ||
	    incoming_join(in, db, e) == -1)
		return -1;
	return incoming_audit(in, db, "message.received", e);
}

/* What is only in spool/new (a quarantine of our own) stays there. */
static void
incoming_clear(const struct incoming *in, struct spool *spool)
{
	struct err e = {0};

	if (in->known && in->done && spool_has_store(spool, in->sha) &&
	    spool_remove_new(spool, in->sha, &e) == -1)
		log_warning("second copy stays: id=%lld error=%s",
		    (long long)in->id, e.text);
}

/* All of them in one transaction, or none. */
static int
incoming_all(struct incoming *in, size_t count, struct db *db,
    struct spool *spool, bool asked, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++)
		rc = incoming_envelopes(&in[i], spool, e);
	if (rc == -1 || db_begin(db, e) == -1) {
		rc = -1;
		goto out;
	}
	for (size_t i = 0; i < count && rc == 0; i++) {
		rc = incoming_enter(&in[i], db, spool, asked, e);
		if (rc == -1)
			err_in(e, "registering %.16s", in[i].sha);
	}
	if (rc == 0)
		rc = db_commit(db, e);
	if (rc == -1)
		db_rollback(db);
	for (size_t i = 0; i < count && rc == 0; i++)
		incoming_clear(&in[i], spool);
out:
	for (size_t i = 0; i < count; i++)
		envelope_list_free(in[i].env, in[i].count);
	return rc;
}

int
incoming_register(struct db *db, struct spool *spool, const char *sha,
    int64_t now, int64_t *id, bool *duplicate, struct err *e)
{
	struct incoming_message m = {.sha = sha};

	if (incoming_register_all(db, spool, &m, 1, now, e) == -1)
		return -1;
	*id = m.id;
	*duplicate = m.duplicate;
	return 0;
}

int
incoming_register_all(struct db *db, struct spool *spool,
    struct incoming_message *m, size_t count, int64_t now, struct err *e)
{
	struct incoming *in = xcalloc(count + 1, sizeof(*in));
	int rc;

	for (size_t i = 0; i < count; i++)
		in[i] = (struct incoming){.sha = m[i].sha, .now = now};
	rc = incoming_all(in, count, db, spool, true, e);
	for (size_t i = 0; i < count && rc == 0; i++) {
		m[i].id = in[i].id;
		m[i].duplicate = in[i].known;
	}
	free(in);
	return rc;
}

int
incoming_recover(struct db *db, struct spool *spool, int64_t now, size_t *count,
    struct err *e)
{
	struct strs names = {0};
	int rc = -1;

	*count = 0;
	if (spool_list_new(spool, &names, e) == -1)
		goto out;
	for (size_t i = 0; i < names.count; i++) {
		struct incoming in = {.sha = names.item[i], .now = now};
		struct err why = {0};

		if (incoming_all(&in, 1, db, spool, false, &why) == -1) {
			/* A worker was done with it since we looked. */
			if (why.code == ERR_NOINPUT)
				continue;
			err_set(e, why.code, "%s", why.text);
			goto out;
		}
		if (!in.known)
			(*count)++;
	}
	rc = 0;
out:
	strs_free(&names);
	return rc;
}
