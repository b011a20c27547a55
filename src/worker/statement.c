#include "worker/statement.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "people/membership.h"
#include "worker/discussion.h"
#include "worker/told.h"

#define STATEMENT_AGE                                                          \
	86400 /* seconds that it may be older than what it is for */
#define STATEMENT_LINES 200 /* lines of a text that are looked at */
#define STATEMENT_WORD 320 /* bytes of a value */

void
statement_free(struct statement *s)
{
	application_free(&s->application);
	free(s->community);
	free(s->candidate);
	*s = (struct statement){0};
}

/* The value of "name: value" on a line of its own, the caller's; or NULL. What
 * is quoted is somebody else's word. */
static char *
statement_line(const struct buf *text, const char *name)
{
	const char *p = buf_str(text), *end = p + text->len;
	size_t n = strlen(name);

	for (int i = 0; i < STATEMENT_LINES && p < end; i++) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *stop = lf == NULL ? end : lf;

		if ((size_t)(stop - p) > n && strncasecmp(p, name, n) == 0 &&
		    p[n] == ':') {
			p += n + 1;
			while (p < stop && strchr(" \t<", *p) != NULL)
				p++;
			while (stop > p && strchr(" \t\r>", stop[-1]) != NULL)
				stop--;
			return stop - p > STATEMENT_WORD || stop == p
				   ? NULL
				   : xstrndup(p, (size_t)(stop - p));
		}
		p = lf == NULL ? end : lf + 1;
	}
	return NULL;
}

/* As a refusal, which leaves nothing to be booked. */
static int
statement_refuse(struct statement *s, const char *why)
{
	s->kind = STATEMENT_REFUSED;
	s->reason = why;
	return 0;
}

static int
statement_apply(struct worker *w, const struct contact *who,
    struct statement *s, struct err *e)
{
	struct application open = {0};
	struct err why = {0};
	int64_t id = s->application.community;
	bool active;

	if (membership_is_active(w->db, id, who->id, &active, e) == -1)
		return -1;
	if (active)
		return statement_refuse(s, "you are a member already");
	if (application_find(w->db, id, who->id, &open, &why) == 0) {
		application_free(&open);
		return statement_refuse(s, "you have applied already");
	}
	if (why.code != ERR_NOINPUT)
		return err_set(e, why.code, "%s", why.text);
	s->kind = STATEMENT_APPLY;
	s->application.contact = who->id;
	s->candidate = xstrdup(who->name);
	return 0;
}

static int
statement_candidate(struct worker *w, const char *address, struct statement *s,
    bool *known, struct err *e)
{
	int64_t community = s->application.community;
	struct contact c = {0};
	struct err why = {0};
	int rc = contact_by_address(w->db, address, &c, &why);

	if (rc == 0)
		rc = application_find(
		    w->db, community, c.id, &s->application, &why);
	*known = rc == 0;
	if (rc == 0)
		s->candidate = xstrdup(c.name);
	contact_free(&c);
	return rc == 0 || why.code == ERR_NOINPUT || why.code == ERR_DATA
		   ? 0
		   : err_set(e, why.code, "%s", why.text);
}

/* That one's statement was there before: it is counted already. */
static int
statement_again(struct worker *w, struct statement *s, struct err *e)
{
	struct sponsorship *v = NULL;
	size_t count = 0;
	int rc =
	    sponsorship_list(w->db, s->application.community, &v, &count, e);

	for (size_t i = 0; i < count; i++)
		s->again =
		    s->again ||
		    (v[i].contact == s->application.contact &&
			v[i].sponsor == s->by && v[i].at >= s->application.at);
	free(v);
	return rc;
}

static int
statement_sponsor(struct worker *w, const struct message *m,
    const char *address, int64_t signed_at, int64_t needed, struct statement *s,
    struct err *e)
{
	bool active, known;

	if (membership_is_active(
		w->db, s->application.community, s->by, &active, e) == -1)
		return -1;
	if (!active)
		return statement_refuse(
		    s, "only active members of the community vouch for others");
	if (statement_candidate(w, address, s, &known, e) == -1)
		return -1;
	if (!known)
		return statement_refuse(s,
		    "nobody of that address has applied; the PoC opens an"
		    " application first");
	if (s->application.contact == s->by)
		return statement_refuse(s, "nobody vouches for themselves");
	if (signed_at < s->application.at - STATEMENT_AGE ||
	    signed_at > m->received_at + STATEMENT_AGE)
		return statement_refuse(s,
		    "it was signed before that application, or in the"
		    " future");
	if (statement_again(w, s, e) == -1)
		return -1;
	s->kind = STATEMENT_SPONSOR;
	s->enough = !s->again && s->application.sponsors + 1 >= needed;
	return 0;
}

/* One who is proven by a verified key; *s is what they say. */
static int
statement_of(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, const char *list,
    struct statement *s, struct err *e)
{
	char *sponsor = statement_line(&r->text, "Sponsor");
	char *apply = statement_line(&r->text, "Apply");
	const struct signature *by;
	struct community c = {0};
	struct contact who = {0};
	struct err why = {0};
	int rc = 0;

	if (sponsor == NULL && apply == NULL)
		goto out;
	if (community_find(w->db, list, &c, &why) == -1) {
		if (why.code != ERR_NOINPUT)
			rc = err_set(e, why.code, "%s", why.text);
		goto out;
	}
	rc = contact_get(w->db, j->sender.contact, &who, e);
	if (rc == -1)
		goto out;
	by = discussion_signature(r, j, &who);
	if (by == NULL)
		goto out;
	s->by = who.id;
	s->community = xstrdup(c.name);
	s->application.community = c.id;
	rc = sponsor != NULL ? statement_sponsor(
				   w, m, sponsor, by->created, c.sponsors, s, e)
			     : statement_apply(w, &who, s, e);
out:
	free(sponsor);
	free(apply);
	contact_free(&who);
	community_free(&c);
	return rc;
}

int
statement_read(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, struct statement *out,
    struct err *e)
{
	char *list;
	int rc = 0;

	*out = (struct statement){0};
	if (j->sender.evidence != EVIDENCE_SIGNATURE ||
	    j->sender.contact == 0 || j->classification.kind == KIND_BOUNCE ||
	    j->classification.kind == KIND_AUTO_REPLY)
		return 0;
	list = statement_line(&r->text, "Community");
	if (list != NULL)
		rc = statement_of(w, r, j, m, list, out, e);
	free(list);
	if (rc == -1)
		statement_free(out);
	return rc;
}

/* PoC and deputies, each once, in what they read by. */
static int
statement_tell_heads(struct worker *w, const struct statement *s,
    struct told *t, struct notices *out, struct err *e)
{
	static const char *const role[] = {"poc", "deputy"};
	char *subject = xasprintf("%s: %s", s->community,
	    s->enough ? "enough sponsors" : "an application");
	char *line =
	    xasprintf("%s wants to join %s", s->candidate, s->community);
	char *then = s->enough
			 ? xasprintf("enough members have signed for it;"
				     " noroshi community accept %s %lld",
			       s->community, (long long)s->application.contact)
			 : xasprintf("it waits for its sponsors' signed mails");
	int rc = 0;

	t->subject = subject;
	t->news = true;
	strs_add(&t->lines, line);
	strs_add(&t->lines, then);
	for (size_t k = 0; k < 2 && rc == 0; k++) {
		struct contact *list;
		size_t count;

		rc = contact_list(w->db, role[k], &list, &count, e);
		for (size_t i = 0; rc == 0 && i < count; i++) {
			if (k == 1 && strs_has(&list[i].roles, "poc"))
				continue;
			t->author = &list[i];
			rc = told_add(w, t, out, e);
		}
		if (rc == 0 || count > 0)
			contact_list_free(list, count);
	}
	free(subject);
	free(line);
	free(then);
	return rc;
}

int
statement_tell(struct worker *w, const struct statement *s,
    const struct message *m, enum noroshi_tlp label, struct notices *out,
    struct err *e)
{
	struct told t = {.message = m, .label = label, .subject = s->community};
	struct contact author = {0};
	int rc = 0;

	if (s->kind == STATEMENT_REFUSED) {
		rc = contact_get(w->db, s->by, &author, e);
		t.author = &author;
		strs_add(&t.lines, s->reason);
		if (rc == 0)
			rc = told_add(w, &t, out, e);
		contact_free(&author);
	} else if (s->kind == STATEMENT_APPLY || s->enough) {
		rc = statement_tell_heads(w, s, &t, out, e);
	}
	strs_free(&t.lines);
	return rc;
}

int
statement_book(
    struct worker *w, const struct statement *s, int64_t message, struct err *e)
{
	int64_t now = clock_now(&w->clock);
	int rc = 0;

	if (s->kind == STATEMENT_APPLY)
		rc = application_open(w->db, now, s->application.community,
		    s->application.contact, message, e);
	else if (s->kind == STATEMENT_SPONSOR && !s->again)
		rc = sponsorship_state(
		    w->db, now, &s->application, s->by, message, e);
	else
		return 0;
	/* Others' counts were of before it. */
	return rc == -1 ? -1 : people_changed(w->db, e);
}
