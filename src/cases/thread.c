#include "cases/thread.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cases/audience.h"
#include "cases/case.h"
#include "cases/case_people.h"
#include "cases/kin.h"
#include "cases/reference.h"
#include "cases/regroup.h"
#include "cases/rfc_id.h"
#include "cases/token.h"

#define THREAD_REFERENCES 100 /* message ids asked for, from the right */
#define THREAD_RECIPIENTS 100 /* addresses looked at for a token */

static bool
thread_proven(const struct sender *s)
{
	return !s->alarm && s->contact != 0 && s->evidence >= EVIDENCE_DKIM;
}

/*
 * What a reference to a message of a case entitles to. A Message-ID of ours is
 * random and went to the case's people alone, so it counts as a token. Behind
 * one that only names a case, an older one counts for who takes part there. In
 * an archive nobody is let in any more: what answered what is only written
 * down.
 */
static int
thread_accept(struct db *db, const struct thread_question *q,
    const struct rfc_id_place *place, struct thread *out, struct err *e)
{
	int takes_part = 0;
	bool may = thread_proven(q->sender), heard = false;

	if (q->from != NULL)
		takes_part = case_participates(
		    db, place->cases, q->sender->contact, q->from, e);
	if (takes_part == -1)
		return -1;
	may = may || takes_part == 1;
	if (!may && !q->sender->alarm && out->named == 0) {
		if (audience_heard(db, place->id, q->from, q->head, q->team,
			&heard, e) == -1)
			return -1;
		may = place->ours || heard || q->ours || q->import ||
		      q->sender->evidence == EVIDENCE_ADDRESS;
	}
	if (may && !q->sender->alarm) {
		out->cases = place->cases;
		out->untrusted = !thread_proven(q->sender);
		out->named = 0;
	} else if (out->named == 0) {
		out->named = place->cases;
	}
	return 0;
}

/* Staff who answer the outside party through the gateway. */
static bool
thread_signed_by_staff(const struct sender *s)
{
	return thread_proven(s) && s->class == CLASS_STAFF &&
	       s->evidence == EVIDENCE_SIGNATURE;
}

/* 1: decided, 0: no token of ours there, -1: failed. */
static int
thread_by_token(struct db *db, const struct thread_question *q,
    struct thread *out, struct err *e)
{
	size_t n = q->recipients == NULL ? 0 : q->recipients->count;

	for (size_t i = 0; i < n && i < THREAD_RECIPIENTS; i++) {
		enum token_kind kind;
		int64_t cases;
		bool by_other;

		if (token_read(db, q->vault, q->team, q->recipients->item[i],
			q->from, &kind, &cases, &by_other, e) == -1)
			return -1;
		if (kind == TOKEN_NONE ||
		    (kind == TOKEN_REPLY && !thread_signed_by_staff(q->sender)))
			continue;
		if (q->sender->alarm)
			out->named = cases;
		else
			out->cases = cases;
		out->untrusted =
		    out->cases != 0 && (by_other || !thread_proven(q->sender));
		(void)snprintf(out->why, sizeof(out->why),
		    q->sender->alarm
			? "an alarming sender uses a case's address"
		    : by_other ? "sent to another one's address in a case"
		    : kind == TOKEN_REPLY
			? "sent to the case's address for answers"
			: "sent to the sender's own address in a case");
		return 1;
	}
	return 0;
}

/* 1: it joins a case, 0: not by that id, -1: failed. */
static int
thread_reference(struct db *db, const struct thread_question *q,
    const char *rfc_id, struct thread *out, struct err *e)
{
	struct rfc_id_place place[RFC_ID_PLACES];
	int n = rfc_id_places(db, rfc_id, place, e);

	for (int i = 0; i < n; i++) {
		int64_t named = out->named;

		if (place[i].id == q->self)
			continue;
		if (place[i].cases == 0) {
			/* To mail that opened no case: remembered, no more. */
			if (out->parent == 0)
				out->parent = place[i].id;
			continue;
		}
		if (!place[i].ours &&
		    message_was_ours(db, place[i].id, &place[i].ours, e) == -1)
			return -1;
		if (thread_accept(db, q, &place[i], out, e) == -1)
			return -1;
		if (out->cases != 0)
			out->parent = place[i].id;
		if (out->cases != 0 || named == 0)
			(void)snprintf(out->why, sizeof(out->why),
			    out->cases != 0
				? "answers message %lld"
				: "a stranger refers to message %lld",
			    (long long)place[i].id);
		if (out->cases != 0)
			return 1;
	}
	return n == -1 ? -1 : 0;
}

const char *
thread_referred(const struct head *h, size_t i)
{
	size_t replies = h->in_reply_to.count;

	if (i >= THREAD_REFERENCES || i >= replies + h->references.count)
		return NULL;
	return i < replies ? h->in_reply_to.item[replies - 1 - i]
			   : h->references
				 .item[h->references.count - 1 - (i - replies)];
}

static int
thread_by_references(struct db *db, const struct thread_question *q,
    struct thread *out, struct err *e)
{
	const char *id;
	int rc = 0;

	if (q->head == NULL)
		return 0;
	for (size_t i = 0;
	     rc == 0 && (id = thread_referred(q->head, i)) != NULL; i++)
		rc = thread_reference(db, q, id, out, e);
	return rc == 0 && out->named != 0 ? 1 : rc;
}

/*
 * A message that comes after its own answer: the answer's case is its case.
 * 1: decided, 0: nothing refers to it, -1: failed.
 */
static int
thread_by_answer(struct db *db, const struct thread_question *q,
    struct thread *out, struct err *e)
{
	struct rfc_id_place place[RFC_ID_PLACES];
	int n, i = 0;

	if (q->rfc_message_id == NULL)
		return 0;
	n = rfc_id_referring(db, q->rfc_message_id, place, e);
	while (i < n && place[i].id == q->self)
		i++;
	if (n == -1 || i >= n)
		return n == -1 ? -1 : 0;
	if (thread_accept(db, q, &place[i], out, e) == -1)
		return -1;
	(void)snprintf(out->why, sizeof(out->why),
	    out->cases != 0 ? "message %lld answers it"
			    : "a stranger says that message %lld answers it",
	    (long long)place[i].id);
	return 1;
}

/* Finds "[EX-2026-0001]" in a subject; the caller's, or NULL. */
static char *
thread_tag(const char *subject, const char *prefix)
{
	size_t len = strlen(prefix);

	for (const char *p = strchr(subject, '['); p != NULL;
	     p = strchr(p + 1, '[')) {
		const char *d = p + 1 + len;
		size_t digits;

		if (strncasecmp(p + 1, prefix, len) != 0 || *d != '-' ||
		    strspn(d + 1, "0123456789") != 4 || d[5] != '-')
			continue;
		digits = strspn(d + 6, "0123456789");
		if (digits < 4 || digits > 12 || d[6 + digits] != ']')
			continue;
		return xstrndup(p + 1, len + 6 + digits);
	}
	return NULL;
}

/* 1: decided, 0: no tag of a case there, -1: failed. */
static int
thread_by_tag(struct db *db, const struct thread_question *q,
    const char *subject, struct thread *out, struct err *e)
{
	struct case_file c = {0};
	struct err why = {0};
	char *tag;
	int rc;

	tag = subject == NULL ? NULL : thread_tag(subject, q->prefix);
	if (tag == NULL)
		return 0;
	rc = case_find(db, NULL, tag, &c, &why);
	free(tag);
	if (rc == -1)
		return why.code == ERR_NOINPUT
			   ? 0
			   : err_set(e, why.code, "%s", why.text);
	rc = 0;
	if (thread_proven(q->sender) || q->ours ||
	    (q->from != NULL && !q->sender->alarm &&
		(rc = case_participates(
		     db, c.id, q->sender->contact, q->from, e)) == 1)) {
		out->cases = c.id;
		out->untrusted = !thread_proven(q->sender);
		rc = 1;
	} else if (rc != -1) {
		out->named = c.id;
		rc = 1;
	}
	if (rc == 1)
		(void)snprintf(out->why, sizeof(out->why),
		    out->cases != 0 ? "the subject names %s"
				    : "a stranger's subject names %s",
		    c.name);
	case_free(&c);
	return rc;
}

/*
 * Whether a number of a case lets the sender in: 1: it does, 0: it does not,
 * -1: failed.
 */
static int
thread_may_refer(struct db *db, const struct thread_question *q, int64_t cases,
    bool global, struct err *e)
{
	const struct sender *s = q->sender;
	bool same = false;
	int rc = 0;

	if (s->alarm)
		return 0;
	if (q->ours)
		return 1;
	if (q->from != NULL)
		rc = case_participates(db, cases, s->contact, q->from, e);
	if (rc != 0 || !thread_proven(s))
		return rc;
	if (global)
		return 1;
	if (s->organisation != NULL &&
	    case_has_organisation(db, cases, s->organisation, &same, e) == -1)
		return -1;
	return same ? 1 : 0;
}

/* The newest case of the number that lets the sender in; 1, 0: none, -1. *known
 * is the newest one, or 0. */
static int
thread_numbered(struct db *db, const struct thread_question *q,
    const char *number, int64_t *in, int64_t *known, struct err *e)
{
	bool global = reference_is_global(number);
	int64_t *cases;
	size_t count;
	int rc = 0;

	*known = 0;
	if (reference_cases(db, number, &cases, &count, e) == -1)
		return -1;
	if (count > 0)
		*known = cases[0];
	for (size_t i = 0; i < count && rc == 0; i++) {
		rc = thread_may_refer(db, q, cases[i], global, e);
		if (rc == 1)
			*in = cases[i];
	}
	free(cases);
	return rc;
}

/* The same for one number; 1: decided, 0: not, -1: failed. */
static int
thread_number(struct db *db, const struct thread_question *q,
    const char *number, struct thread *out, struct err *e)
{
	char *other = reference_other(number);
	int64_t known, ignored;
	int rc;

	rc = thread_numbered(db, q, number, &out->cases, &known, e);
	if (rc == 0 && other != NULL)
		rc = thread_numbered(db, q, other, &out->cases, &ignored, e);
	free(other);
	if (rc == 0 && known != 0 && reference_is_global(number)) {
		out->named = known;
		rc = 1;
	}
	if (rc != 1)
		return rc;
	out->untrusted = out->cases != 0 && !thread_proven(q->sender);
	(void)snprintf(out->why, sizeof(out->why),
	    out->cases != 0
		? "the subject has a reference number of the case"
		: "a stranger's subject has a reference number of a case");
	return 1;
}

static int
thread_by_number(struct db *db, const struct thread_question *q,
    const char *subject, struct thread *out, struct err *e)
{
	struct strs numbers = {0};
	int rc = 0;

	if (subject == NULL)
		return 0;
	reference_find(subject, &numbers);
	for (size_t i = 0; i < numbers.count && rc == 0; i++)
		rc = thread_number(db, q, numbers.item[i], out, e);
	strs_free(&numbers);
	return rc;
}

/* A second copy of a mail of the sender's, as by a list. */
static int
thread_by_twin(struct db *db, const struct thread_question *q,
    struct thread *out, struct err *e)
{
	struct rfc_id_place place;
	struct thread joined = *out;
	int64_t parent;

	if (out->twin == 0)
		return 0;
	if (kin_copied(db, q, &place, &parent, e) == -1)
		return -1;
	if (place.cases == 0)
		return 0;
	if (thread_accept(db, q, &place, &joined, e) == -1)
		return -1;
	if (joined.cases == 0)
		return 0;
	*out = joined;
	out->parent = parent;
	(void)snprintf(out->why, sizeof(out->why),
	    "another copy of message %lld, with its Message-ID",
	    (long long)place.id);
	return 1;
}

/* What refers to the same mail, which we do not have. */
static int
thread_by_kin(struct db *db, const struct thread_question *q,
    struct thread *out, struct err *e)
{
	struct rfc_id_place place[RFC_ID_PLACES];
	int n = kin_find(db, q, place, e);

	for (int i = 0; i < n; i++) {
		struct thread joined = *out;

		if (thread_accept(db, q, &place[i], &joined, e) == -1)
			return -1;
		if (joined.cases == 0)
			continue;
		*out = joined;
		(void)snprintf(out->why, sizeof(out->why),
		    "refers to the same mail as message %lld",
		    (long long)place[i].id);
		return 1;
	}
	return n == -1 ? -1 : 0;
}

int
thread_learn(struct db *db, const struct thread_question *q, int64_t cases,
    bool untrusted, struct err *e)
{
	struct strs numbers = {0};
	int rc = 0;

	if (cases == 0 || (untrusted && !q->import) || q->sender->alarm)
		return 0;
	if (q->subject != NULL)
		reference_find(q->subject, &numbers);
	if (q->outer_subject != NULL)
		reference_find(q->outer_subject, &numbers);
	for (size_t i = 0; i < numbers.count && rc == 0; i++) {
		char *said = thread_proven(q->sender)
				 ? NULL
				 : reference_other(numbers.item[i]);

		rc = reference_add(
		    db, cases, said != NULL ? said : numbers.item[i], e);
		free(said);
	}
	strs_free(&numbers);
	return rc;
}

/* A case that was merged leads to its survivor. */
static int
thread_follow(struct db *db, int64_t *cases, struct err *e)
{
	return *cases == 0 ? 0 : regroup_survivor(db, *cases, cases, e);
}

int
thread_find(struct db *db, const struct thread_question *q, struct thread *out,
    struct err *e)
{
	int rc;

	*out = (struct thread){0};
	rc = thread_by_token(db, q, out, e);
	if (rc == 0)
		rc = thread_by_references(db, q, out, e);
	if (rc != -1 && kin_twin(db, q, &out->twin, e) == -1)
		return -1;
	if (rc == 0)
		rc = thread_by_twin(db, q, out, e);
	if (rc == 0)
		rc = thread_by_answer(db, q, out, e);
	if (rc == 0)
		rc = thread_by_tag(db, q, q->subject, out, e);
	if (rc == 0)
		rc = thread_by_tag(db, q, q->outer_subject, out, e);
	if (rc == 0)
		rc = thread_by_kin(db, q, out, e);
	if (rc == 0)
		rc = thread_by_number(db, q, q->subject, out, e);
	if (rc == 0)
		rc = thread_by_number(db, q, q->outer_subject, out, e);
	if (rc == 0)
		(void)snprintf(out->why, sizeof(out->why),
		    "nothing refers to an earlier message");
	if (rc == -1 || thread_follow(db, &out->cases, e) == -1)
		return -1;
	return thread_follow(db, &out->named, e);
}

int
thread_pending(struct db *db, const struct head *head, int64_t self,
    int64_t now, bool *pending, struct err *e)
{
	int64_t id = 0, cases, n;
	const char *rfc_id;
	bool ours;

	*pending = false;
	if (head == NULL || thread_referred(head, 0) == NULL)
		return 0;
	for (size_t i = 0; (rfc_id = thread_referred(head, i)) != NULL; i++) {
		if (rfc_id_find(db, rfc_id, &id, &cases, &ours, e) == -1)
			return -1;
		if (id != 0)
			return 0;
	}
	if (message_in_hand(db, self, now, &n, e) == -1)
		return -1;
	*pending = n > 0;
	return 0;
}
