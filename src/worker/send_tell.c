#include "worker/send_tell.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "queue/held.h"
#include "worker/told.h"

#define SEND_LINES 100 /* recipients that a notice names */
#define SEND_RECALL_MIN 120 /* seconds */

/* True where all members of a list have one answer, for one reason. */
static bool
send_tell_alike(const struct sending *s)
{
	const struct recipient *first = &s->c.recipient[0];

	for (size_t i = 1; i < s->c.recipients; i++) {
		const struct recipient *r = &s->c.recipient[i];

		if (r->answer.decision != first->answer.decision ||
		    strcmp(r->answer.rule, first->answer.rule) != 0 ||
		    strcmp(r->reason, first->reason) != 0)
			return false;
	}
	return s->c.community.id != 0;
}

static void
send_tell_line(const char *who, const struct recipient *r, struct strs *out)
{
	char *line = xasprintf("%s: %s (%s): %s", who,
	    noroshi_decision_name(r->answer.decision), r->answer.rule,
	    r->reason);

	strs_add(out, line);
	free(line);
}

/* One for each recipient; of a list those alone for whom it was decided, and
 * not thousands of them. */
static void
send_tell_lines(const struct sending *s, struct strs *out)
{
	size_t more = 0;

	if (send_tell_alike(s)) {
		send_tell_line(s->c.community.name, &s->c.recipient[0], out);
		return;
	}
	for (size_t i = 0; i < s->c.recipients; i++) {
		const struct recipient *r = &s->c.recipient[i];

		if (s->c.community.id != 0 &&
		    r->answer.decision != s->c.decision)
			continue;
		if (out->count < SEND_LINES)
			send_tell_line(r->address, r, out);
		else
			more++;
	}
	if (more > 0) {
		char *line = xasprintf("+ %zu (noroshi queue list)", more);

		strs_add(out, line);
		free(line);
	}
}

/* Of the list as a whole: members do not learn who else belongs to it. */
static void
send_tell_post(const struct sending *s, struct strs *lines)
{
	const struct recipient *worst = &s->c.recipient[0];
	char *line;

	for (size_t i = 1; i < s->c.recipients; i++)
		if (s->c.recipient[i].answer.decision > worst->answer.decision)
			worst = &s->c.recipient[i];
	line = xasprintf("%s: %s (%s): %s", s->c.community.name,
	    noroshi_decision_name(worst->answer.decision), worst->answer.rule,
	    worst->reason);
	strs_add(lines, line);
	free(line);
}

/* It had passed, and is refused now, or held after it was on its way. */
static int
send_tell_turned(struct sending *s, bool *turned, struct err *e)
{
	struct held held;
	int rc = 0;

	*turned = s->o.passed && s->c.decision == NOROSHI_REFUSE;
	if (s->o.passed && s->c.decision == NOROSHI_HOLD) {
		rc = held_get(s->w->db, s->m->id, &held, e);
		*turned = rc == 0;
	}
	return rc == -1 ? -1 : 0;
}

/*
 * Seconds in which the author of a mail may take it back by another one; 0:
 * none, or too few of them for a mail's way there and back.
 */
static int64_t
send_tell_window(const struct sending *s)
{
	const struct config *c = s->w->config;

	if (s->c.decision != NOROSHI_ALLOW ||
	    s->c.author.class != CLASS_STAFF || c->recall < SEND_RECALL_MIN)
		return 0;
	for (size_t i = 0; i < s->c.recipients; i++)
		if (s->c.recipient[i].contact.class != CLASS_STAFF)
			return c->recall;
	return 0;
}

int
send_tell(struct sending *s, struct err *e)
{
	struct told t = {.message = s->m,
	    .author = &s->c.author,
	    .case_name = s->c.incident.name,
	    .subject = clearance_title(&s->c),
	    .label = s->c.floor.label};
	bool post = outgoing_is_post(&s->o), turned;
	struct draft d;
	int rc;

	t.leaves = send_tell_window(s);
	if (s->c.author.id == 0 ||
	    (s->c.decision == NOROSHI_ALLOW && t.leaves == 0))
		return 0;
	if (send_tell_turned(s, &turned, e) == -1)
		return -1;
	if (s->o.came_as == 0 && !s->refused && !turned)
		return 0;
	/* From may be forged: nothing is told to who did not sign. */
	if (post && strncmp(s->o.identity, "key:", 4) != 0)
		return 0;
	if (post)
		send_tell_post(s, &t.lines);
	else
		send_tell_lines(s, &t.lines);
	/* Staff alone take it back by mail (worker/approve.h). */
	if ((s->c.decision == NOROSHI_HOLD &&
		s->c.author.class == CLASS_STAFF) ||
	    t.leaves != 0)
		t.held = s->c.sum;
	rc = told_make(s->w, &t, &d, e);
	strs_free(&t.lines);
	if (rc == 1) {
		s->draft = xgrow(s->draft, s->drafts, sizeof(*s->draft));
		s->draft[s->drafts++] = d;
	}
	return rc == -1 ? -1 : 0;
}

int
send_tell_failed(struct sending *s, const char *reason, struct err *e)
{
	struct told t = {
	    .message = s->m, .author = &s->c.author, .label = NOROSHI_TLP_RED};
	struct draft d;
	int rc;

	if (outgoing_get(
		s->w->db, s->w->vault, s->w->spool, s->m->id, &s->o, e) == -1)
		return -1;
	if (s->o.came_as == 0 || s->o.author == 0)
		return 0;
	if (contact_get(s->w->db, s->o.author, &s->c.author, e) == -1)
		return -1;
	t.subject = s->o.subject;
	strs_add(&t.lines, reason);
	rc = told_make(s->w, &t, &d, e);
	strs_free(&t.lines);
	if (rc == 1) {
		s->draft = xgrow(s->draft, s->drafts, sizeof(*s->draft));
		s->draft[s->drafts++] = d;
	}
	return rc == -1 ? -1 : 0;
}
