#include "worker/rejudge.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cases/echo.h"
#include "cases/message_raw.h"
#include "cases/trait.h"
#include "people/contact.h"
#include "people/wanted.h"
#include "worker/filing.h"
#include "worker/outcome.h"
#include "worker/record.h"

#define REJUDGE_RAW_MAX (512U << 20) /* bytes; the limit is the parser's */
#define REJUDGE_NOTE_MAX 4096 /* bytes */
#define REJUDGE_ROUNDS 5 /* a case that changes faster waits its turn */

/* One message that is judged again. */
struct rejudge {
	struct passage p;
	json_t *before; /* of its facts, what is compared */
	json_t *after;
	char *subject; /* what it was, or NULL */
	bool was_alarm;
	bool copies; /* the team is told by mail */
};

static void
rejudge_free(struct rejudge *r)
{
	passage_free(&r->p);
	json_decref(r->before);
	json_decref(r->after);
	free(r->subject);
}

/* What a judgement comes down to, without its reasons. */
static json_t *
rejudge_verdict(const json_t *facts)
{
	static const char *const names[] = {"encryption", "signatures",
	    "sender", "classification", "tlp", "warnings"};
	json_t *verdict = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *v = json_object_get(facts, names[i]);

		if (v != NULL)
			json_object_set_new(
			    verdict, names[i], json_deep_copy(v));
	}
	return verdict;
}

static const char *
rejudge_word(const json_t *verdict, const char *object, const char *name)
{
	const json_t *at =
	    object == NULL ? verdict : json_object_get(verdict, object);
	const char *word = json_string_value(json_object_get(at, name));

	return word == NULL ? "none" : word;
}

static bool
rejudge_was(const json_t *verdict, const char *encryption)
{
	return strcmp(rejudge_word(verdict, NULL, "encryption"), encryption) ==
	       0;
}

static bool
rejudge_warned(const json_t *facts, const char *word)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(facts, "warnings"), i,
	    one) if (json_is_string(one) &&
		     strcmp(json_string_value(one), word) == 0) return true;
	return false;
}

/* 1: there is work; 0: it needs none any more; -1: failed. */
static int
rejudge_begin(struct rejudge *r, struct worker *w, int64_t id, struct err *e)
{
	struct message *m = &r->p.message;
	struct err why = {0};

	r->p = (struct passage){.w = w, .stage_at = clock_monotonic_us()};
	buf_init_secret(&r->p.raw, REJUDGE_RAW_MAX);
	if (message_get(w->db, id, m, e) == -1)
		return -1;
	r->p.import = message_is_import(m);
	r->p.ours = json_is_true(json_object_get(m->facts, "ours"));
	if (strcmp(m->direction, "in") != 0 ||
	    strcmp(m->state, "processed") != 0 || m->facts == NULL)
		return 0;
	if (message_unseal(w->db, w->vault, m, &why) == -1 ||
	    message_raw(w->vault, w->spool, m, &r->p.raw, &why) == -1)
		return why.code == ERR_NOINPUT /* its key was destroyed */
			   ? 0
			   : err_set(e, why.code, "%s", why.text);
	r->before = rejudge_verdict(m->facts);
	r->was_alarm = json_is_true(json_object_get(m->facts, "alarm")) ||
		       rejudge_warned(m->facts, "signer-not-sender");
	r->subject = xstrdup_null(
	    json_string_value(json_object_get(m->content, "subject")));
	return 1;
}

/* The keys that it brought were looked at when it came. */
static int
rejudge_read(struct rejudge *r, struct err *e)
{
	static const char *const kept[] = {"new-key", "new-key-unproven"};

	if (passage_read(&r->p, e) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (rejudge_warned(r->before, kept[i]))
			strs_add_once(&r->p.judgement.warnings, kept[i]);
	return 0;
}

/* The new facts, in memory; nothing of the message is written yet. */
static int
rejudge_file(struct rejudge *r, struct err *e)
{
	struct passage *p = &r->p;

	case_free(&p->incident);
	if (db_begin(p->w->db, e) == -1)
		return -1;
	if (filing_again(p, e) == -1 || db_commit(p->w->db, e) == -1) {
		db_rollback(p->w->db);
		return -1;
	}
	json_decref(r->after);
	r->after = rejudge_verdict(p->message.facts);
	r->copies = !p->import &&
		    ((rejudge_was(r->before, "failed") &&
			 !rejudge_was(r->after, "failed")) ||
			(!r->was_alarm && json_is_true(json_object_get(
					      p->message.facts, "alarm"))));
	return 0;
}

static void
rejudge_line(const struct rejudge *r, const char *what, const char *object,
    const char *name, struct buf *out)
{
	const char *was = rejudge_word(r->before, object, name);
	const char *is = rejudge_word(r->after, object, name);
	char *line;

	if (strcmp(was, is) == 0)
		return;
	line = xasprintf(" %s: %s, now %s.", what, was, is);
	buf_puts(out, line);
	free(line);
}

static void
rejudge_signature_line(const struct rejudge *r, struct buf *out)
{
	const json_t *now = json_object_get(r->after, "signatures"), *one;
	size_t i;

	if (json_equal(json_object_get(r->before, "signatures"), now))
		return;
	json_array_foreach(now, i, one)
	{
		char *line = xasprintf(" Signature of key %s: %s.",
		    rejudge_word(one, NULL, "key_id"),
		    rejudge_word(one, NULL, "status"));

		buf_puts(out, line);
		free(line);
	}
}

static int
rejudge_note(struct rejudge *r, struct err *e)
{
	struct passage *p = &r->p;
	struct worker *w = p->w;
	struct buf text;
	char *head;
	int rc;

	if (p->incident.id == 0)
		return 0;
	head = xasprintf("Message %lld was judged again: a key has come that"
			 " it was judged without.",
	    (long long)p->message.id);
	buf_init(&text, REJUDGE_NOTE_MAX);
	buf_puts(&text, head);
	rejudge_line(r, "Encryption", NULL, "encryption", &text);
	rejudge_signature_line(r, &text);
	rejudge_line(r, "Evidence", "sender", "evidence", &text);
	rejudge_line(r, "Sender's class", "sender", "class", &text);
	rejudge_line(r, "Label", "tlp", "effective", &text);
	rejudge_line(r, "Category", "classification", "category", &text);
	rc = case_note_add(w->db, w->vault, clock_now(&w->clock),
	    p->incident.id, 0, buf_str(&text), e);
	buf_free(&text);
	free(head);
	return rc;
}

static bool
rejudge_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* What the case was opened with, where nobody has changed it since. */
static int
rejudge_case(struct rejudge *r, struct err *e)
{
	const struct classification *now = &r->p.judgement.classification;
	struct case_file *c = &r->p.incident;
	struct worker *w = r->p.w;
	bool opened;

	if (c->id == 0 || !rejudge_was(r->before, "failed") ||
	    rejudge_was(r->after, "failed"))
		return 0;
	if (filing_opened(&r->p, &opened, e) == -1)
		return -1;
	if (!opened)
		return 0;
	if (rejudge_same(c->title, r->subject == NULL ? "" : r->subject) &&
	    r->p.reading.subject != NULL &&
	    case_set_title(w->db, w->vault, c, r->p.reading.subject, e) == -1)
		return -1;
	if (rejudge_same(c->priority,
		rejudge_word(r->before, "classification", "priority"))) {
		free(c->priority);
		c->priority = xstrdup(now->priority);
	}
	if (c->category == NULL)
		c->category = xstrdup_null(now->category);
	for (size_t i = 0; i < now->tags.count; i++)
		if (case_tag_add(w->db, c->id, now->tags.item[i], e) == -1)
			return -1;
	return case_update(w->db, c, e);
}

static int
rejudge_write(struct rejudge *r, const struct notices *n, struct err *e)
{
	struct passage *p = &r->p;
	struct worker *w = p->w;
	char at[CLOCK_RFC3339];

	json_object_set_new(p->message.facts, "judged_again",
	    json_string(clock_rfc3339(clock_now(&w->clock), at)));
	if (message_claim(w->db, w->vault, &p->message, e) == -1 ||
	    echo_keep(w->db, w->vault, &p->message, e) == -1 ||
	    trait_keep(w->db, w->vault, &p->message, e) == -1 ||
	    message_finish(w->db, p->message.id, "processed", e) == -1 ||
	    filing_rejoin(p, e) == -1 || rejudge_case(r, e) == -1 ||
	    rejudge_note(r, e) == -1 ||
	    passage_audit(p, "message.judged-again",
		json_pack("{s:O, s:O}", "before", r->before, "after", r->after),
		e) == -1)
		return -1;
	return r->copies ? record_copies(p, n, e) : 0;
}

/* 1: committed; 0: a case or a key changed, do it again; -1: failed. */
static int
rejudge_commit(struct rejudge *r, const struct notices *n, struct err *e)
{
	struct passage *p = &r->p;
	struct db *db = p->w->db;
	bool same;
	int rc = -1;

	if (db_begin(db, e) == -1)
		return -1;
	if (outcome_unchanged(p, &same, e) == -1)
		goto out;
	if (!same) {
		rc = 0;
		goto out;
	}
	if (wanted_done(db, p->message.id, e) == -1)
		goto out;
	if (db_changed(db) == 0) {
		rc = 1; /* another worker did it */
		goto out;
	}
	if (record_want(p, e) == -1)
		goto out;
	if (!json_equal(r->before, r->after) && rejudge_write(r, n, e) == -1)
		goto out;
	if (db_commit(db, e) == -1)
		goto out;
	return 1;
out:
	db_rollback(db);
	return rc;
}

/* Seal and commit, again where the case or a key changed in between. */
static int
rejudge_finish(struct rejudge *r, struct err *e)
{
	struct passage *p = &r->p;

	for (int round = 0; round < REJUDGE_ROUNDS; round++) {
		struct notices n = {0};
		int rc;

		if (rejudge_file(r, e) == -1 ||
		    (r->copies ? outcome_copies(p, &n, e)
			       : outcome_look(p, e)) == -1)
			return -1;
		rc = rejudge_commit(r, &n, e);
		notices_free(p->w, &n, rc != 1);
		if (rc != 0)
			return rc == -1 ? -1 : 0;
	}
	return err_set(e, ERR_TEMP, "the case of message %lld keeps changing",
	    (long long)p->message.id);
}

int
rejudge_process(struct worker *w, int64_t id, struct err *e)
{
	struct rejudge r = {0};
	int rc = rejudge_begin(&r, w, id, e);

	if (rc == 0)
		rc = wanted_done(w->db, id, e);
	else if (rc == 1 && (rc = rejudge_read(&r, e)) == 0 &&
		 (rc = rejudge_finish(&r, e)) == 0)
		log_info("judged again: id=%lld class=%s evidence=%s",
		    (long long)id, class_name(r.p.judgement.sender.class),
		    evidence_name(r.p.judgement.sender.evidence));
	rejudge_free(&r);
	return rc == -1 ? err_in(e, "message %lld, again", (long long)id) : 0;
}
