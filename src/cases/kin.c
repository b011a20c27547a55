#include "cases/kin.h"

#include <string.h>
#include <strings.h>

#include "cases/reference.h"
#include "cases/rfc_id.h"
#include "cases/subject.h"

#define KIN_LOOK 16 /* messages whose subject is looked at */

/* id, with its brackets, is an address of l. */
static bool
kin_has(const struct mailboxes *l, const char *id)
{
	size_t len = strlen(id);

	for (size_t i = 0; i < l->count; i++) {
		const char *a = l->item[i].address;

		if (a != NULL && strlen(a) + 2 == len &&
		    strncasecmp(a, id + 1, len - 2) == 0)
			return true;
	}
	return false;
}

static bool
kin_is_address(const struct head *h, const char *id)
{
	return kin_has(&h->from, id) || kin_has(&h->to, id) ||
	       kin_has(&h->cc, id);
}

/* A ticket system's mails: what happened stands before each subject. */
static bool
kin_same_number(const char *a, const char *b)
{
	struct strs x = {0}, y = {0};
	bool same = false;

	if (a != NULL)
		reference_find(a, &x);
	if (b != NULL)
		reference_find(b, &y);
	for (size_t i = 0; i < x.count && !same; i++)
		same = strs_has(&y, x.item[i]);
	strs_free(&x);
	strs_free(&y);
	return same;
}

/*
 * Whether the subjects may be the same, or are by also. A key that was
 * destroyed leaves no subject to compare.
 */
static int
kin_same_subject(struct db *db, const struct thread_question *q,
    struct message *m, bool (*also)(const char *, const char *), bool *same,
    struct err *e)
{
	const char *subject;
	struct err why = {0};

	*same = true;
	if (q->vault == NULL)
		return 0;
	if (message_unseal(db, q->vault, m, &why) == -1) {
		*same = false;
		return why.code == ERR_NOINPUT
			   ? 0
			   : err_set(e, why.code, "%s", why.text);
	}
	subject = json_string_value(json_object_get(m->content, "subject"));
	*same = subject_may_be_same(q->subject, subject) ||
		also(q->subject, subject);
	return 0;
}

static int
kin_keep(struct db *db, const struct thread_question *q,
    const struct rfc_id_place *place, struct rfc_id_place *out, int *n,
    struct err *e)
{
	struct message m;
	bool same = false;
	int rc;

	for (int i = 0; i < *n; i++)
		if (out[i].id == place->id)
			return 0;
	if (message_get(db, place->id, &m, e) == -1)
		return -1;
	rc = kin_same_subject(db, q, &m, kin_same_number, &same, e);
	if (same)
		out[(*n)++] = *place;
	message_free(&m);
	return rc;
}

int
kin_find(struct db *db, const struct thread_question *q,
    struct rfc_id_place out[RFC_ID_PLACES], struct err *e)
{
	const char *id;
	int n = 0, looked = 0;
	bool last = false;

	if (q->head == NULL)
		return 0;
	for (size_t i = 0; !last; i++) {
		struct rfc_id_place place[RFC_ID_PLACES];
		int found;

		id = thread_referred(q->head, i);
		last = id == NULL;
		if (last)
			id = q->head->conversation;
		if (id == NULL || kin_is_address(q->head, id))
			continue;
		found = rfc_id_referring(db, id, place, e);
		if (found == -1)
			return -1;
		for (int k = 0;
		     k < found && n < RFC_ID_PLACES && looked < KIN_LOOK; k++) {
			if (place[k].id == q->self)
				continue;
			looked++;
			if (kin_keep(db, q, &place[k], out, &n, e) == -1)
				return -1;
		}
	}
	return n;
}

int
kin_twin(
    struct db *db, const struct thread_question *q, int64_t *id, struct err *e)
{
	struct rfc_id_place place[RFC_ID_PLACES];
	int n;

	*id = 0;
	if (q->rfc_message_id == NULL)
		return 0;
	n = rfc_id_places(db, q->rfc_message_id, place, e);
	for (int i = 0; i < n && *id == 0; i++)
		if (place[i].id != q->self)
			*id = place[i].id;
	return n == -1 ? -1 : 0;
}

/* In *out and *parent, where message id is a copy of q's mail. */
static int
kin_copy(struct db *db, const struct thread_question *q, int64_t id,
    struct rfc_id_place *out, int64_t *parent, struct err *e)
{
	struct message m;
	bool same = false;
	int rc = 0;

	if (message_get(db, id, &m, e) == -1)
		return -1;
	if (m.sender_address != NULL && m.cases != 0 &&
	    strcmp(m.direction, "in") == 0 &&
	    strcmp(m.sender_address, q->from) == 0)
		rc = kin_same_subject(db, q, &m, subject_is_marked, &same, e);
	if (same) {
		*out = (struct rfc_id_place){.id = id, .cases = m.cases};
		*parent = m.parent;
	}
	message_free(&m);
	return rc;
}

int
kin_copied(struct db *db, const struct thread_question *q,
    struct rfc_id_place *out, int64_t *parent, struct err *e)
{
	struct rfc_id_place place[RFC_ID_PLACES];
	int n;

	*out = (struct rfc_id_place){0};
	*parent = 0;
	if (q->rfc_message_id == NULL || q->from == NULL)
		return 0;
	n = rfc_id_places(db, q->rfc_message_id, place, e);
	for (int i = 0; i < n && out->cases == 0; i++)
		if (place[i].id != q->self &&
		    kin_copy(db, q, place[i].id, out, parent, e) == -1)
			return -1;
	return n == -1 ? -1 : 0;
}
