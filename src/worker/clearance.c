#include "worker/clearance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cases/advisory.h"
#include "cases/bound.h"
#include "cases/content_item.h"
#include "people/membership.h"
#include "worker/across.h"
#include "worker/release.h"

void
clearance_free(struct clearance *c)
{
	for (size_t i = 0; i < c->recipients; i++)
		recipient_free(&c->recipient[i]);
	free(c->recipient);
	approval_list_free(c->approval, c->approvals);
	community_free(&c->community);
	message_free(&c->answered);
	contact_free(&c->author);
	case_free(&c->incident);
	floor_free(&c->floor);
	*c = (struct clearance){0};
}

/* Everything that the judgement needs, out of the database. */
static int
clearance_load(
    struct db *db, struct vault *v, struct clearance *c, struct err *e)
{
	const struct outgoing *o = c->outgoing;

	if (people_version(db, &c->people, e) == -1)
		return -1;
	if (o->cases != 0 &&
	    (case_get(db, v, o->cases, &c->incident, e) == -1 ||
		case_version(db, o->cases, &c->cases, e) == -1 ||
		case_embargo(db, o->cases, &c->embargo, e) == -1))
		return -1;
	if (o->message != 0 &&
	    approval_list(db, o->message, &c->approval, &c->approvals, e) == -1)
		return -1;
	if (o->author != 0 && contact_get(db, o->author, &c->author, e) == -1)
		return -1;
	if (o->answers == 0)
		return 0;
	if (message_get(db, o->answers, &c->answered, e) == -1)
		return -1;
	return message_unseal(db, v, &c->answered, e);
}

/* The last one, asked for before under that address in any spelling. */
static bool
clearance_again(const struct clearance *c)
{
	const struct recipient *last = &c->recipient[c->recipients];
	char *fold = contact_address_fold(last->address);
	bool again = false;

	for (size_t i = 0; i < c->recipients && fold != NULL && !again; i++) {
		char *one = contact_address_fold(c->recipient[i].address);

		again = one != NULL && strcmp(one, fold) == 0;
		free(one);
	}
	free(fold);
	return again;
}

/* Who is asked for twice, in To and Cc too, gets one copy. */
static int
clearance_add(struct db *db, int64_t now, struct clearance *c, const char *who,
    struct err *e)
{
	c->recipient =
	    xgrow(c->recipient, c->recipients, sizeof(*c->recipient));
	if (recipient_find(db, now, who, c->outgoing->answers,
		&c->recipient[c->recipients], e) == -1)
		return err_in(e, "%s", who);
	if (c->community.id == 0 && clearance_again(c))
		recipient_free(&c->recipient[c->recipients]);
	else
		c->recipients++;
	return 0;
}

static int
clearance_members(struct db *db, int64_t now, struct clearance *c,
    const char *name, struct err *e)
{
	if (c->community.id != 0)
		return err_set(
		    e, ERR_DATA, "one message goes to one community");
	if (community_find(db, name, &c->community, e) == -1 ||
	    membership_keep(db, &c->community, c->outgoing->message, e) == -1)
		return -1;
	if (c->community.members == 0)
		return err_set(e, ERR_DATA, "community %s has no members",
		    c->community.name);
	for (size_t i = 0; i < c->community.members; i++) {
		char id[24];
		bool got = true;

		if (c->outgoing->cancels != 0 &&
		    advisory_got(db, c->outgoing->cancels,
			c->community.member[i], &got, e) == -1)
			return -1;
		if (!got)
			continue;
		(void)snprintf(
		    id, sizeof(id), "%lld", (long long)c->community.member[i]);
		if (clearance_add(db, now, c, id, e) == -1)
			return -1;
	}
	return 0;
}

static int
clearance_people(struct db *db, int64_t now, struct clearance *c,
    const struct strs *list, struct err *e)
{
	size_t n = strlen(CLEARANCE_LIST);

	for (size_t i = 0; i < list->count; i++) {
		const char *who = list->item[i];
		int rc = strncmp(who, CLEARANCE_LIST, n) == 0
			     ? clearance_members(db, now, c, who + n, e)
			     : clearance_add(db, now, c, who, e);

		if (rc == -1)
			return -1;
	}
	return 0;
}

/* Who is visible already is no Bcc; a list has none. */
static int
clearance_hidden(struct db *db, int64_t now, struct clearance *c,
    const struct strs *list, struct err *e)
{
	size_t n = strlen(CLEARANCE_LIST);

	for (size_t i = 0; i < list->count; i++) {
		const char *who = list->item[i];

		if (c->community.id != 0 ||
		    strncmp(who, CLEARANCE_LIST, n) == 0)
			return err_set(e, ERR_DATA,
			    "a community's mail has no Bcc; send it to them"
			    " in a message of its own");
		if (strs_has_case(&c->outgoing->to, who) ||
		    strs_has_case(&c->outgoing->cc, who))
			continue;
		if (clearance_add(db, now, c, who, e) == -1)
			return -1;
	}
	return 0;
}

/* A subject without the marks in front: "Re:", "[...]", "TLP:AMBER". */
static const char *
clearance_subject_core(const char *s)
{
	for (;;) {
		size_t word;

		s += strspn(s, " ");
		word = strcspn(s, " :]");
		if (s[0] == '[' && strchr(s, ']') != NULL)
			s = strchr(s, ']') + 1;
		else if (strncasecmp(s, "TLP:", 4) == 0)
			s += strcspn(s, " ");
		else if (word > 0 && word <= 6 && s[word] == ':')
			s += word + 1;
		else
			return s;
	}
}

/* The subject that leaves repeats that of m, which came in. */
static bool
clearance_repeats(const struct clearance *c, const struct message *m)
{
	const char *was =
	    json_string_value(json_object_get(m->content, "subject"));

	if (was == NULL || strcmp(m->direction, "in") != 0 ||
	    c->outgoing->subject == NULL)
		return false;
	was = clearance_subject_core(was);
	return was[0] != '\0' && strstr(c->outgoing->subject, was) != NULL;
}

static bool
clearance_sealed(const struct message *m)
{
	const char *enc =
	    json_string_value(json_object_get(m->facts, "encryption"));

	return enc != NULL && strcmp(enc, "whole") == 0;
}

/*
 * A subject is a text of whoever wrote it. One that is above the label, or may
 * not go to one of them as it is, does not leave. It holds nothing: an answer
 * without a title is as good.
 */
static int
clearance_subject_item(
    struct db *db, struct clearance *c, const struct message *m, struct err *e)
{
	struct content_item item;

	content_item_read(m, &item);
	item.answered = c->outgoing->answers;
	if (item.label > c->floor.label)
		c->subject_apart = true;
	for (size_t i = 0; i < c->recipients && !c->subject_apart; i++) {
		struct recipient r = c->recipient[i]; /* borrowed */

		if (recipient_judge(db, &r, c->outgoing->cases, &item, 1, e) ==
		    -1)
			return -1;
		if (r.answer.decision != NOROSHI_ALLOW)
			c->subject_apart = true;
	}
	return 0;
}

static int
clearance_subject_of(struct db *db, struct clearance *c,
    const struct message *m, bool *hidden, struct err *e)
{
	if (!clearance_repeats(c, m))
		return 0;
	*hidden = *hidden || clearance_sealed(m);
	return c->community.id != 0 ? 0 : clearance_subject_item(db, c, m, e);
}

/*
 * The case's title is the subject of its first message: all are looked at.
 * hidden: it came encrypted.
 */
static int
clearance_subject(struct db *db, struct vault *v, struct clearance *c,
    bool *hidden, struct err *e)
{
	const struct message_filter f = {.cases = c->outgoing->cases};
	int64_t *id = NULL;
	size_t count = 0;
	int rc = 0;

	*hidden = false;
	if (c->answered.id != 0)
		rc = clearance_subject_of(db, c, &c->answered, hidden, e);
	if (f.cases == 0 || rc == -1)
		return rc;
	rc = message_list(db, &f, &id, &count, e);
	for (size_t i = 0; i < count && rc == 0; i++) {
		struct message m;
		struct err why = {0};

		rc = message_get(db, id[i], &m, e);
		if (rc == -1)
			break;
		/* A key that was destroyed leaves nothing to repeat. */
		if (message_unseal(db, v, &m, &why) == 0)
			rc = clearance_subject_of(db, c, &m, hidden, e);
		else if (why.code != ERR_NOINPUT)
			rc = err_set(e, why.code, "%s", why.text);
		message_free(&m);
	}
	free(id);
	return rc;
}

const char *
clearance_title(const struct clearance *c)
{
	return c->subject_apart ? "" : c->outgoing->subject;
}

void
clearance_route(const struct config *config, bool apt, struct recipient *r)
{
	const char *at = strrchr(r->address, '@');

	r->green_encrypted = strcmp(config->tlp_green_plain, "hold") == 0;
	/* Who may read along inside reads our own route first. */
	if (apt || !config->internal_route_trusted || at == NULL ||
	    r->has_key || r->contact.class != CLASS_STAFF)
		return;
	if (!strs_has_case(&config->internal_route, r->address) &&
	    !strs_has_case(&config->internal_route, at + 1))
		return;
	r->channel = NOROSHI_EI;
	r->key_unusable = false;
}

const char *
clearance_customer(const struct recipient *r)
{
	const char *at = strrchr(r->address, '@');

	if (r->contact.class != CLASS_CONSTITUENT)
		return NULL;
	if (r->contact.organisation != NULL)
		return r->contact.organisation;
	return at == NULL ? r->address : at;
}

/* To two customers at once. */
static bool
clearance_mixed(const struct clearance *c)
{
	const char *one = NULL;

	for (size_t i = 0; i < c->recipients; i++) {
		const char *whose = clearance_customer(&c->recipient[i]);

		if (whose != NULL && one != NULL && strcmp(one, whose) != 0)
			return true;
		one = whose == NULL ? one : whose;
	}
	return false;
}

/* The gate for each recipient; the strictest decides for all. */
static int
clearance_ask(struct db *db, struct clearance *c, struct release_question *q,
    const struct across *across, struct err *e)
{
	const struct recipient_list list = {.community = &c->community,
	    .cases = c->outgoing->cases,
	    .poc_signed = release_head_signed(c->outgoing, &c->author)};

	c->decision = NOROSHI_ALLOW;
	if (c->community.id != 0 &&
	    recipient_judge_list(db, c->recipient, c->recipients, &list,
		c->floor.item, c->floor.items, e) == -1)
		return -1;
	for (size_t i = 0; i < c->recipients; i++) {
		struct recipient *r = &c->recipient[i];

		if (c->community.id == 0 &&
		    recipient_judge(db, r, c->outgoing->cases, c->floor.item,
			c->floor.items, e) == -1)
			return -1;
		if (echo_judge(db, &c->floor.echoes, r, e) == -1)
			return -1;
		q->hidden = i >= c->visible && c->visible > 0;
		q->across = across->seen && i < c->visible;
		q->quotes_across = across_quotes(across, c, r);
		release_judge(q, r);
		if (r->answer.decision > c->decision)
			c->decision = r->answer.decision;
	}
	return 0;
}

/* A downgrade that was released leaves as it was asked for. */
static int
clearance_weigh(struct db *db, struct clearance *c, struct release_question *q,
    const struct across *across, struct err *e)
{
	bool lowered = c->floor.lowered;

	if (clearance_ask(db, c, q, across, e) == -1)
		return -1;
	for (size_t i = 0; i < c->recipients && lowered; i++)
		lowered = release_lowered(q, &c->recipient[i]);
	if (!lowered)
		return 0;
	floor_lower(&c->floor);
	return clearance_ask(db, c, q, across, e);
}

static int
clearance_judge(struct db *db, struct vault *v, const struct config *config,
    struct clearance *c, struct err *e)
{
	struct release_question q = {.outgoing = c->outgoing,
	    .floor = &c->floor,
	    .incident = &c->incident,
	    .author = &c->author,
	    .community = &c->community,
	    .embargo = c->embargo,
	    .now = c->outgoing->now,
	    .mixed = config->tlp_provider && clearance_mixed(c),
	    .approval = c->approval,
	    .approvals = c->approvals,
	    .by_contact = strcmp(config->second_person, "contact") == 0};
	struct across across;
	int rc;

	for (size_t i = 0; i < c->recipients; i++)
		clearance_route(
		    config, case_is_apt(&c->incident), &c->recipient[i]);
	if (clearance_subject(db, v, c, &q.subject_hidden, e) == -1 ||
	    across_load(db, c, &across, e) == -1)
		return -1;
	rc = clearance_weigh(db, c, &q, &across, e);
	across_free(&across);
	return rc;
}

int
clearance_make(struct db *db, struct vault *v, const struct config *config,
    int64_t now, const struct outgoing *o, struct clearance *out, struct err *e)
{
	enum noroshi_tlp otherwise = NOROSHI_TLP_AMBER;
	struct db_view view;
	int rc = -1;

	*out = (struct clearance){.outgoing = o};
	(void)noroshi_tlp_parse(config->tlp_default_out, &otherwise);
	if (db_view_begin(db, &view, e) == -1)
		return -1;
	if (clearance_load(db, v, out, e) == -1 ||
	    clearance_people(db, now, out, &o->to, e) == -1)
		goto out;
	out->to = out->recipients;
	if (clearance_people(db, now, out, &o->cc, e) == -1)
		goto out;
	out->visible = out->recipients;
	if (clearance_hidden(db, now, out, &o->bcc, e) == -1)
		goto out;
	if (out->recipients == 0) {
		err_set(e, ERR_DATA, "a message to nobody");
		goto out;
	}
	if (out->community.id != 0 && !o->label_asked)
		otherwise = out->community.default_label;
	if (floor_find(db, v, o, otherwise, &out->floor, e) == -1)
		goto out;
	outgoing_sum(v, o, out->floor.label, out->sum);
	approval_keep(config, o, out->sum, out->approval, &out->approvals);
	if (clearance_judge(db, v, config, out, e) == -1)
		goto out;
	rc = 0;
out:
	db_view_end(&view);
	if (rc == -1)
		clearance_free(out);
	return rc;
}

int
clearance_stands(struct db *db, const struct clearance *c, struct err *e)
{
	int64_t people, cases = 0;

	if (people_version(db, &people, e) == -1)
		return -1;
	if (c->incident.id != 0 &&
	    case_version(db, c->incident.id, &cases, e) == -1)
		return -1;
	return people == c->people && cases == c->cases;
}
