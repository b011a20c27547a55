#include "worker/tell.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/utf8.h"
#include "cases/case.h"
#include "cases/outgoing.h"
#include "queue/delivery_act.h"
#include "queue/untold.h"
#include "store/audit.h"
#include "worker/letter.h"
#include "worker/told.h"

#define TELL_REASON_MAX 4096 /* bytes of a reason that are kept */

/* One notice under way. */
struct telling {
	struct worker *w;
	struct message m;
	struct outgoing o;
	struct contact author;
	struct case_file incident; /* id 0: in no case */
	struct untold *untold;
	size_t count;
	int64_t people; /* version that the key was chosen by */
	struct draft draft;
	bool sealed; /* draft is there */
};

static void
telling_free(struct telling *t, bool discard)
{
	if (t->sealed) {
		for (size_t i = 0; discard && i < t->draft.copies; i++)
			if (t->draft.copy[i].file != NULL)
				(void)spool_remove_out(
				    t->w->spool, t->draft.copy[i].file, NULL);
		draft_free(&t->draft);
	}
	untold_free(t->untold, t->count);
	case_free(&t->incident);
	contact_free(&t->author);
	outgoing_free(&t->o);
	message_free(&t->m);
}

/* What binds a sealed reason to its message; the caller's. */
static char *
tell_context(int64_t message)
{
	return xasprintf("untold.reason:%lld", (long long)message);
}

/* Without the key there is no reason; the rejection stands. */
static int
tell_reason(struct vault *v, const struct message *m, const char *reason,
    struct buf *sealed, struct err *e)
{
	char *context = tell_context(m->id);
	struct err why = {0};
	struct buf line;
	int rc;

	buf_init_secret(&line, 3 * TELL_REASON_MAX);
	(void)utf8_put_line(&line, reason, strnlen(reason, TELL_REASON_MAX));
	rc = vault_seal(
	    v, m->vault_key, context, line.data, line.len, sealed, &why);
	buf_free(&line);
	free(context);
	return rc == 0 || why.code == ERR_NOINPUT
		   ? 0
		   : err_set(e, why.code, "%s", why.text);
}

int
tell_rejected(struct db *db, struct vault *v, int64_t message, int64_t by,
    const char *reason, struct err *e)
{
	struct message m = {0};
	struct buf sealed;
	int rc;

	buf_init(&sealed, 4 * TELL_REASON_MAX);
	rc = message_get(db, message, &m, e);
	if (rc == 0 && reason != NULL && reason[0] != '\0')
		rc = tell_reason(v, &m, reason, &sealed, e);
	if (rc == 0)
		rc = untold_rejected(
		    db, message, by, sealed.len == 0 ? NULL : &sealed, e);
	message_free(&m);
	buf_free(&sealed);
	return rc;
}

static int
tell_line_rejected(struct telling *t, const struct untold *u,
    struct strs *lines, struct err *e)
{
	char *context = tell_context(t->m.id), *line;
	struct buf reason;
	int rc = 0;

	buf_init_secret(&reason, 4 * TELL_REASON_MAX);
	if (u->reason_sealed.len > 0)
		rc = vault_unseal(t->w->vault, t->m.vault_key, context,
		    u->reason_sealed.data, u->reason_sealed.len, &reason, e);
	free(context);
	if (rc == 0) {
		line = xasprintf("%s%s%s%s",
		    u->by == NULL ? "cancelled" : "rejected by ",
		    u->by == NULL ? "" : u->by, reason.len > 0 ? ": " : "",
		    buf_str(&reason));
		strs_add(lines, line);
		free(line);
	}
	buf_free(&reason);
	return rc;
}

/* What was tried again meanwhile has nothing to say. */
static int
tell_lines(struct telling *t, struct strs *lines, struct err *e)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct untold *u = &t->untold[i];

		/* A member learns of no other member, not even by a bounce. */
		if (u->recipient != NULL && outgoing_is_post(&t->o))
			continue;
		if (u->recipient != NULL) {
			char *line = xasprintf("%s: %s%s", u->recipient,
			    u->delayed ? "still being tried: " : "",
			    u->error == NULL ? "failed" : u->error);

			strs_add(lines, line);
			free(line);
		} else if (u->rejected &&
			   tell_line_rejected(t, u, lines, e) == -1) {
			return -1;
		}
	}
	return 0;
}

static int
tell_seal(struct telling *t, struct err *e)
{
	struct told told = {.message = &t->m,
	    .author = &t->author,
	    .case_name = t->incident.name,
	    .subject = t->o.subject,
	    .label = NOROSHI_TLP_RED,
	    .lost = true,
	    .late = true};
	int rc = tell_lines(t, &told.lines, e);

	if (t->m.label != NULL)
		(void)noroshi_tlp_parse(t->m.label, &told.label);
	for (size_t i = 0; i < t->count; i++)
		if (t->untold[i].rejected ||
		    (t->untold[i].recipient != NULL && !t->untold[i].delayed))
			told.late = false;
	if (rc == 0 && told.lines.count > 0) {
		rc = told_make(t->w, &told, &t->draft, e);
		t->sealed = rc == 1;
	}
	strs_free(&told.lines);
	return rc == -1 ? -1 : 0;
}

/*
 * A worker that died between seal and commit left a file that no row names.
 * What else has the prefix is the message's own, and is named.
 */
static int
tell_sweep(struct telling *t, struct err *e)
{
	char prefix[LETTER_PREFIX + 1];
	struct strs names = {0};
	int rc;

	letter_prefix(t->m.id, prefix);
	rc = spool_list_out(t->w->spool, &names, e);
	for (size_t i = 0; i < names.count && rc == 0; i++) {
		bool named;

		if (strncmp(names.item[i], prefix, LETTER_PREFIX) != 0)
			continue;
		rc = delivery_names_file(t->w->db, names.item[i], &named, e);
		if (rc == 0 && !named)
			rc = spool_remove_out(t->w->spool, names.item[i], e);
	}
	strs_free(&names);
	return rc;
}

/* What is known of the message; *why is why nobody can be told, or NULL. */
static int
tell_read(struct telling *t, const char **why, struct err *e)
{
	struct worker *w = t->w;
	struct err gone = {0};

	*why = NULL;
	if (people_version(w->db, &t->people, e) == -1)
		return -1;
	if (outgoing_get(w->db, w->vault, w->spool, t->m.id, &t->o, &gone) ==
	    -1) {
		if (gone.code != ERR_NOINPUT)
			return err_set(e, gone.code, "%s", gone.text);
		*why = "its text was destroyed";
		return 0;
	}
	/* From may be forged: nothing is told to who did not sign. */
	if (outgoing_is_post(&t->o) && strncmp(t->o.identity, "key:", 4) != 0) {
		*why = "its author is not proven";
		return 0;
	}
	if (contact_get(w->db, t->o.author, &t->author, e) == -1 ||
	    (t->m.cases != 0 &&
		case_get(w->db, w->vault, t->m.cases, &t->incident, e) == -1) ||
	    tell_seal(t, e) == -1)
		return -1;
	if (!t->sealed)
		*why = outgoing_is_post(&t->o)
			   ? "it was a member's post"
			   : "its author has no usable key, or it was tried"
			     " again";
	return 0;
}

static int
tell_write(struct telling *t, const char *why, struct err *e)
{
	struct worker *w = t->w;
	int64_t now = clock_now(&w->clock);
	struct audit_entry entry = {.actor = "worker",
	    .event = why == NULL ? "author.told" : "author.not-told",
	    .message = t->m.id,
	    .cases = t->m.cases,
	    .contact = t->author.id};

	if (why == NULL &&
	    draft_insert(w->db, now, &t->draft, w->config->transport, e) == -1)
		return -1;
	entry.detail = why == NULL ? NULL : json_pack("{s:s}", "reason", why);
	return audit_add(w->db, now, &entry, e);
}

/* 1: committed; 0: it was done by another; -1: failed. */
static int
tell_commit(struct telling *t, const char *why, struct err *e)
{
	struct worker *w = t->w;
	int64_t people;
	int rc = -1;

	if (db_begin(w->db, e) == -1)
		return -1;
	if (people_version(w->db, &people, e) == -1)
		goto out;
	if (people != t->people) {
		err_set(e, ERR_TEMP, "a key or a contact changed");
		goto out;
	}
	if (untold_clear(w->db, t->m.id, t->untold[t->count - 1].id, e) == -1)
		goto out;
	if (db_changed(w->db) == 0) {
		rc = 0;
		goto out;
	}
	if (tell_write(t, why, e) == -1 || db_commit(w->db, e) == -1)
		goto out;
	return 1;
out:
	db_rollback(w->db);
	return rc;
}

int
tell_author(struct worker *w, int64_t message, struct err *e)
{
	struct telling t = {.w = w};
	const char *why;
	int rc = -1;

	if (message_get(w->db, message, &t.m, e) == -1 ||
	    untold_list(w->db, message, &t.untold, &t.count, e) == -1 ||
	    tell_sweep(&t, e) == -1)
		goto out;
	rc = 0;
	if (t.count == 0)
		goto out;
	rc = tell_read(&t, &why, e) == -1 ? -1 : tell_commit(&t, why, e);
	if (rc == 1)
		log_info("author told: id=%lld why-not=%s", (long long)message,
		    why == NULL ? "-" : why);
out:
	telling_free(&t, rc != 1);
	return rc == -1 ? err_in(e, "telling the author of message %lld",
			      (long long)message)
			: 0;
}
