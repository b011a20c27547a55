#include "cases/draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "store/restored.h"

#define DRAFT_SPLICE_MAX 65536 /* bytes of a copy's own */

struct draft_copy *
draft_add(struct draft *d, const char *recipient, int64_t contact)
{
	struct draft_copy *copy;

	d->copy = xgrow(d->copy, d->copies, sizeof(*d->copy));
	copy = &d->copy[d->copies++];
	*copy = (struct draft_copy){
	    .recipient = xstrdup(recipient), .contact = contact};
	buf_init(&copy->splice, DRAFT_SPLICE_MAX);
	return copy;
}

void
draft_free(struct draft *d)
{
	for (size_t i = 0; i < d->copies; i++) {
		free(d->copy[i].recipient);
		free(d->copy[i].reason);
		free(d->copy[i].file);
		buf_free(&d->copy[i].splice);
	}
	free(d->copy);
	free(d->kind);
	free(d->rfc_message_id);
	free(d->language);
	*d = (struct draft){0};
}

int
draft_settled(struct db *db, int64_t message, const char *kind,
    const char *recipient, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*) FROM delivery v JOIN draft d ON d.id = v.draft"
		" WHERE d.message = ? AND d.kind = ? AND v.recipient = ?"
		" AND v.state <> 'held'",
		"iss", message, kind, recipient) == -1)
		return -1;
	return n > 0;
}

int
draft_first_id(struct db *db, int64_t message, char **out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	if (db_query(db, &row, e,
		"SELECT rfc_message_id FROM draft WHERE message = ?"
		" AND kind IN ('advisory', 'post') ORDER BY id LIMIT 1",
		"i", message) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	*out = xstrdup(db_text(row, 0));
	db_end(row);
	return 0;
}

static const struct buf *
draft_plan(const struct draft_copy *c)
{
	return c->splice.len > 0 ? &c->splice : NULL;
}

static int
draft_lane(struct db *db, const struct draft *d, int64_t *lane, struct err *e)
{
	int64_t urgent;

	if (db_get_int(db, &urgent, 0, e,
		"SELECT EXISTS (SELECT 1 FROM message m JOIN cases c ON c.id ="
		" m.cases WHERE m.id = ?1 AND c.priority = 'critical')"
		" OR EXISTS (SELECT 1 FROM advisory a JOIN advisory b ON"
		" b.number = a.number WHERE a.message = ?1 AND b.urgent <> 0)",
		"i", d->message) == -1)
		return -1;
	*lane = urgent			? DRAFT_URGENT
		: d->copies > DRAFT_FEW ? DRAFT_MANY
					: DRAFT_USUAL;
	return 0;
}

/* What all rows of one draft have in common. */
struct draft_rows {
	int64_t now;
	int64_t id; /* the draft's */
	int64_t lane;
	int64_t judged; /* there are deliveries of an earlier judgement */
	bool restored; /* nothing leaves before people say it may */
	const char *transport;
};

/* After a restore what may leave waits for people, with its file. */
static const char *
draft_state(const struct draft_rows *r, const struct draft_copy *c)
{
	return c->answer.decision == NOROSHI_ALLOW && !r->restored ? "queued"
								   : "held";
}

static const char *
draft_rule(const struct draft_rows *r, const struct draft_copy *c)
{
	return c->answer.decision == NOROSHI_ALLOW && r->restored
		   ? RESTORED_RULE
		   : c->answer.rule;
}

/* 1: a held delivery was there and goes on; 0: there is none; -1: failed. */
static int
draft_release_copy(struct db *db, const struct draft_rows *r,
    const struct draft *d, const struct draft_copy *c, struct err *e)
{
	if (db_run(db, e,
		"UPDATE delivery SET draft = ?, state = ?, rule = ?,"
		" reason = ?, encrypted_to = NULLIF(?, ''), file = ?,"
		" splice = ?, next_attempt_at = ?, recall_until = ?, lane = ?"
		" WHERE state = 'held'"
		" AND recipient = ? AND draft IN (SELECT id FROM draft"
		" WHERE message = ? AND kind = ?)",
		"isssssbiiisis", r->id, draft_state(r, c), draft_rule(r, c),
		c->reason, c->encrypted_to, c->file, draft_plan(c),
		r->now + d->recall, r->now + d->recall, r->lane, c->recipient,
		d->message, d->kind) == -1)
		return -1;
	return db_changed(db) > 0;
}

/* 1: a delivery of an earlier judgement is this copy's; 0: none; -1: failed. */
static int
draft_judged_copy(struct db *db, const struct draft_rows *r,
    const struct draft *d, const struct draft_copy *c, struct err *e)
{
	bool by_person = strcmp(d->kind, "answer") == 0 ||
			 strcmp(d->kind, "advisory") == 0 ||
			 strcmp(d->kind, "facts") == 0 ||
			 strcmp(d->kind, "relabel") == 0;
	int rc = draft_release_copy(db, r, d, c, e);

	if (rc != 0)
		return rc;
	/* One that was cancelled does not leave with another's release. */
	return by_person
		   ? draft_settled(db, d->message, d->kind, c->recipient, e)
		   : 0;
}

static int
draft_insert_copy(struct db *db, const struct draft_rows *r,
    const struct draft *d, const struct draft_copy *c, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO delivery (id, draft, recipient, contact, state, rule,"
	    " reason, encrypted_to, file, splice, transport, next_attempt_at,"
	    " recall_until, created_at, lane) VALUES (" RESTORED_NEXT(
		"delivery") ", ?, ?, NULLIF(?, 0), ?, ?, ?, NULLIF(?, ''), ?, "
			    "?, ?, ?, ?, ?, ?)",
	    "isisssssbsiiii", r->id, c->recipient, c->contact,
	    draft_state(r, c), draft_rule(r, c), c->reason, c->encrypted_to,
	    c->file, draft_plan(c), r->transport, r->now + d->recall,
	    d->recall == 0 ? (int64_t)0 : r->now + d->recall, r->now, r->lane);
}

/* Whether there are deliveries of an earlier judgement; of most there are none,
 * and then no copy is looked for: 2 statements less for each. */
static int
draft_judged(
    struct db *db, const struct draft *d, int64_t *judged, struct err *e)
{
	return db_get_int(db, judged, 0, e,
	    "SELECT EXISTS (SELECT 1 FROM draft d JOIN delivery v"
	    " ON v.draft = d.id WHERE d.message = ? AND d.kind = ?)",
	    "is", d->message, d->kind);
}

int
draft_insert(struct db *db, int64_t now, const struct draft *d,
    const char *transport, struct err *e)
{
	struct draft_rows r = {.now = now, .transport = transport};

	if (restored_holds(db, &r.restored, e) == -1 ||
	    draft_lane(db, d, &r.lane, e) == -1 ||
	    draft_judged(db, d, &r.judged, e) == -1 ||
	    db_insert(db, &r.id, e,
		"INSERT INTO draft (kind, message, rfc_message_id, language,"
		" label, created_at) VALUES (?, ?, ?, ?, ?, ?)",
		"sisssi", d->kind, d->message, d->rfc_message_id, d->language,
		noroshi_tlp_name(d->label), now) == -1)
		return -1;
	for (size_t i = 0; i < d->copies; i++) {
		const struct draft_copy *c = &d->copy[i];
		int rc = 0;

		if (c->answer.decision == NOROSHI_REFUSE)
			continue;
		if (c->answer.decision == NOROSHI_ALLOW && c->file == NULL)
			return err_set(
			    e, ERR_BUG, "a copy that was not sealed");
		if (r.judged)
			rc = draft_judged_copy(db, &r, d, c, e);
		if (rc == 0)
			rc = draft_insert_copy(db, &r, d, c, e);
		if (rc == -1)
			return -1;
	}
	return 0;
}

int
draft_refused(struct db *db, int64_t message, struct err *e)
{
	return db_run(db, e,
	    "UPDATE delivery SET state = 'cancelled' WHERE state = 'held'"
	    " AND draft IN (SELECT id FROM draft WHERE message = ?"
	    " AND kind IN ('answer', 'advisory', 'facts', 'post', 'relabel'))",
	    "i", message);
}
