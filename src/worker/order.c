#include "worker/order.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "cases/closing.h"
#include "cases/ownership.h"
#include "cases/regroup.h"
#include "people/key.h"
#include "worker/order_inside.h"
#include "worker/said.h"

void
order_free(struct order *o)
{
	strs_free(&o->to);
	strs_free(&o->cc);
	strs_free(&o->bcc);
	strs_free(&o->facts);
	free(o->state);
	free(o->priority);
	free(o->category);
	strs_free(&o->notes);
	order_handling_free(o);
	order_regroup_free(o);
	free(o->refusal);
	strs_free(&o->done);
	for (size_t i = 0; i < o->keys; i++)
		key_free(&o->key[i]);
	free(o->key);
	for (size_t i = 0; i < o->files; i++) {
		free(o->file[i].name);
		buf_free(&o->file[i].data);
	}
	free(o->file);
	*o = (struct order){.owner = 0};
}

int
order_refuse(struct order_check *c, const char *why, const char *about)
{
	if (c->why != NULL)
		return 0;
	c->why = why;
	if (about != NULL) {
		struct buf line;

		buf_init(&line, 4 * PSEUDO_VALUE);
		(void)utf8_put_line(&line, about, strlen(about));
		strs_add(c->lines, buf_str(&line));
		buf_free(&line);
	}
	return 0;
}

bool
order_is_mistake(const struct err *why)
{
	return why->code == ERR_NOINPUT || why->code == ERR_DATA;
}

/* --- what the words mean ----------------------------------------------------
 */

static int
order_case(struct order_check *c, const char *value, struct err *e)
{
	const struct case_file *incident = c->q->incident;
	struct case_file named = {0};
	struct err why = {0};

	if (strcasecmp(value, "new") == 0)
		return incident->id == 0 || c->q->answers
			   ? order_refuse(c,
				 "it opens no case: write to the team's"
				 " address for a new one",
				 NULL)
			   : 0;
	if (case_find(c->w->db, NULL, value, &named, &why) == -1) {
		if (!order_is_mistake(&why))
			return err_set(e, why.code, "%s", why.text);
		return order_refuse(c, "there is no such case", value);
	}
	if (regroup_survivor(c->w->db, named.id, &named.id, e) == -1) {
		case_free(&named);
		return -1;
	}
	if (named.id != incident->id)
		(void)order_refuse(
		    c, "its Case: is another one than it was sent to", value);
	case_free(&named);
	return 0;
}

/* The first claim wins; its value, where there is one, is a hand-over's. */
static int
order_claim(struct order_check *c, const char *value)
{
	if (value[0] != '\0' && strcasecmp(value, "me") != 0)
		return order_refuse(
		    c, "Claim: stands alone; Owner: names another", value);
	if (c->o->owner_asked)
		return order_refuse(c, "one of its orders stands twice", value);
	c->o->owner_asked = true;
	c->o->claims = true;
	c->o->owner = c->q->author->id;
	return 0;
}

static int
order_owner(struct order_check *c, const char *value, struct err *e)
{
	struct err why = {0};
	struct contact owner;

	if (c->o->owner_asked)
		return order_refuse(c, "one of its orders stands twice", value);
	c->o->owner_asked = true;
	if (strcasecmp(value, "nobody") == 0)
		return 0;
	if (strcasecmp(value, "me") == 0) {
		c->o->owner = c->q->author->id;
		return 0;
	}
	if (contact_find(c->w->db, value, &owner, &why) == -1) {
		if (!order_is_mistake(&why))
			return err_set(e, why.code, "%s", why.text);
		return order_refuse(c, "there is no such owner", value);
	}
	if (owner.class != CLASS_STAFF)
		(void)order_refuse(
		    c, "only one of the team can own a case", value);
	c->o->owner = owner.id;
	contact_free(&owner);
	return 0;
}

/* Schleuder asks for it; here there is one list, the team. */
static void
order_list_name(struct order_check *c, const char *value)
{
	const struct config *config = c->w->config;

	if (strcasecmp(value, config->team_address) != 0 &&
	    !strs_has_case(&config->team_addresses, value))
		(void)order_refuse(
		    c, "x-list-name is not the team's address", value);
}

/* Why the team does not handle it. */
static int
order_reason(struct order_check *c, const char *value)
{
	if (value[0] == '\0')
		return order_refuse(c, "a refusal gives its reason", NULL);
	if (c->o->refusal != NULL)
		return order_refuse(c, "one of its orders stands twice", value);
	c->o->refusal = xstrdup(value);
	return 0;
}

static int
order_words_of(struct order_check *c, const char *value, char **out)
{
	if (value[0] == '\0')
		return order_refuse(
		    c, "a cause or a remedy without words", NULL);
	if (*out != NULL)
		return order_refuse(c, "one of its orders stands twice", value);
	*out = xstrdup(value);
	return 0;
}

/* What the case is from now on. */
static int
order_line_case(
    struct order_check *c, const struct pseudo_line *l, struct err *e)
{
	struct order *o = c->o;

	switch (l->word) {
	case PSEUDO_CASE:
		return order_case(c, l->value, e);
	case PSEUDO_OWNER:
		return order_owner(c, l->value, e);
	case PSEUDO_CLAIM:
		return order_claim(c, l->value);
	case PSEUDO_NOTE:
		if (l->value[0] == '\0')
			return order_refuse(c, "a note without words", NULL);
		strs_add(&o->notes, l->value);
		return 0;
	case PSEUDO_CAUSE:
		return order_words_of(c, l->value, &o->cause);
	case PSEUDO_REMEDY:
		return order_words_of(c, l->value, &o->remedy);
	case PSEUDO_DEADLINE:
		strs_add(&o->deadlines, l->value);
		return order_deadline(
		    c->w, c->q->incident, l->value, &c->why, c->lines, e);
	case PSEUDO_REFUSE:
		return order_reason(c, l->value);
	default:
		return err_set(e, ERR_BUG, "a pseudo-header of no case");
	}
}

/* Keys and signatures, as Schleuder has them. */
static int
order_line_key(
    struct order_check *c, const struct pseudo_line *l, struct err *e)
{
	struct order *o = c->o;

	switch (l->word) {
	case PSEUDO_SIGN:
		o->signs = true;
		return 0;
	case PSEUDO_ADD_KEY:
		return o->keys > 0 ? 0
				   : order_add_keys(c->w, c->q, o, &c->why, e);
	case PSEUDO_LIST_KEYS:
		o->lists_keys = true;
		return order_list_keys(c->w, l->value, o, e);
	case PSEUDO_GET_KEY:
		return order_get_key(c->w, l->value, o, &c->why, c->lines, e);
	case PSEUDO_LIST_NAME:
		order_list_name(c, l->value);
		return 0;
	default:
		return err_set(e, ERR_BUG, "a pseudo-header of no key");
	}
}

static int
order_line(struct order_check *c, const struct pseudo_line *l, struct err *e)
{
	switch (l->word) {
	case PSEUDO_TO:
	case PSEUDO_CC:
	case PSEUDO_BCC:
	case PSEUDO_FACTS:
	case PSEUDO_JOIN:
	case PSEUDO_RESEND:
	case PSEUDO_RESEND_ENCRYPTED:
		return order_recipient_line(c, l, e);
	case PSEUDO_TLP:
	case PSEUDO_STATUS:
	case PSEUDO_PRIORITY:
	case PSEUDO_CATEGORY:
	case PSEUDO_HARM:
		order_choice_line(c, l);
		return 0;
	case PSEUDO_CASE:
	case PSEUDO_OWNER:
	case PSEUDO_CLAIM:
	case PSEUDO_NOTE:
	case PSEUDO_CAUSE:
	case PSEUDO_REMEDY:
	case PSEUDO_DEADLINE:
	case PSEUDO_REFUSE:
		return order_line_case(c, l, e);
	case PSEUDO_MERGE:
	case PSEUDO_MERGE_INTO:
	case PSEUDO_MOVE:
	case PSEUDO_SPLIT:
	case PSEUDO_UNDO:
		return order_regroup_line(c, l, e);
	case PSEUDO_SIGN:
	case PSEUDO_ADD_KEY:
	case PSEUDO_LIST_KEYS:
	case PSEUDO_GET_KEY:
	case PSEUDO_LIST_NAME:
		return order_line_key(c, l, e);
	case PSEUDO_CASES:
	case PSEUDO_HELP:
		return order_ask_line(c, l, e);
	case PSEUDO_WORDS:
		break;
	}
	return err_set(e, ERR_BUG, "a pseudo-header that means nothing");
}

/* --- what only all of them together tell ------------------------------------
 */

bool
order_changes_case(const struct order *o)
{
	return o->state != NULL || o->priority != NULL || o->category != NULL ||
	       o->owner_asked || o->notes.count > 0 || order_handles(o) ||
	       o->refusal != NULL || o->regroup.act != ORDER_NO_ACT;
}

static int
order_closes(struct order_check *c, struct err *e)
{
	const struct order *o = c->o;
	const struct handling said = {
	    .harm = o->harm, .cause = o->cause, .remedy = o->remedy};
	char *what = NULL;

	if (c->why != NULL || o->state == NULL ||
	    strcmp(o->state, "closed") != 0 || c->q->incident->id == 0)
		return 0;
	if (closing_lacks(c->w->db, c->w->vault, c->w->config, c->q->incident,
		&said, &what, e) == -1)
		return -1;
	if (what != NULL)
		(void)order_refuse(c, "it cannot be closed yet", what);
	free(what);
	return 0;
}

/* A refusal is the whole answer, and closes the case. */
static void
order_refusal(struct order_check *c)
{
	const struct order *o = c->o;

	if (o->refusal == NULL)
		return;
	if (!c->q->answers)
		(void)order_refuse(c,
		    "Refuse: answers who wrote in a case: send it to the"
		    " case's own address, as an answer to a copy does",
		    NULL);
	if (o->to.count > 0 || o->cc.count > 0 || o->bcc.count > 0 ||
	    o->facts.count > 0 || o->signs)
		(void)order_refuse(
		    c, "Refuse: goes to who wrote, and nothing with it", NULL);
	if (o->state != NULL)
		(void)order_refuse(
		    c, "Refuse: closes the case; leave Status: out", NULL);
}

static void
order_together(struct order_check *c)
{
	const struct case_file *incident = c->q->incident;
	struct order *o = c->o;
	bool facts = o->facts.count > 0;
	bool leaves = c->q->answers || o->to.count > 0 || facts;

	order_refusal(c);
	if (o->regroup.act != ORDER_NO_ACT && (leaves || o->refusal != NULL))
		(void)order_refuse(c,
		    "what merges, moves, splits or undoes cannot also leave;"
		    " send two mails",
		    NULL);
	if (facts && (c->q->answers || o->to.count > 0 || o->cc.count > 0 ||
			 o->bcc.count > 0))
		(void)order_refuse(c,
		    "Facts-To: stands alone; send two mails, the other to"
		    " whom it answers",
		    NULL);
	if (facts && o->label_asked && o->label > NOROSHI_TLP_GREEN)
		(void)order_refuse(
		    c, "an excerpt of facts leaves as GREEN or CLEAR", NULL);
	if ((o->cc.count > 0 || o->bcc.count > 0) && !leaves)
		(void)order_refuse(c, "it has Cc: or Bcc: and no To:", NULL);
	if ((o->signs || pseudo_head_has(c->q->head, PSEUDO_ADD_KEY)) && leaves)
		(void)order_refuse(c,
		    "what is signed for you or adds a key cannot also leave;"
		    " send two mails",
		    NULL);
	if (incident->id == 0 && (leaves || order_changes_case(o)))
		(void)order_refuse(c,
		    "it is in no case: answer a copy, or begin with Case: and"
		    " its number, or Case: new",
		    NULL);
	if (order_changes_case(o) && !contact_is_reader(c->q->author))
		(void)order_refuse(c,
		    "your roles are for approvals and for looking, not for"
		    " changing cases",
		    NULL);
	/* As `noroshi case close` asks for a reason. */
	if (o->state != NULL && strcmp(o->state, "closed") == 0 &&
	    incident->owed && !leaves && o->notes.count == 0)
		(void)order_refuse(c,
		    "somebody outside waits for an answer: answer first, or"
		    " say in a Note: why there is none",
		    NULL);
}

/* Who has the case already, for who comes second. */
static int
order_ownership(struct order_check *c, struct err *e)
{
	const struct case_file *incident = c->q->incident;
	const struct order *o = c->o;
	enum ownership may;
	struct contact owner;
	char *line;

	if (!o->owner_asked || incident->id == 0)
		return 0;
	may = ownership_may(incident, o->owner, o->claims, o->notes.count > 0);
	if (may == OWNERSHIP_FREE || may == OWNERSHIP_SAME)
		return 0;
	if (contact_get(c->w->db, incident->owner, &owner, e) == -1)
		return -1;
	line = xasprintf(c->japanese ? "%s の担当: %s (contact %lld)"
				     : "%s has it: %s (contact %lld)",
	    incident->name, owner.name, (long long)owner.id);
	(void)order_refuse(c,
	    may == OWNERSHIP_TAKEN
		? "the case was claimed before; the first claim wins"
		: "the case is handed over: say in a Note: how things stand",
	    line);
	free(line);
	contact_free(&owner);
	return 0;
}

int
order_check(struct worker *w, const struct order_question *q, struct order *out,
    const char **why, struct strs *lines, struct err *e)
{
	struct order_check c = {.w = w,
	    .q = q,
	    .o = out,
	    .lines = lines,
	    .japanese = said_japanese(q->author, w->config->language)};
	int rc = 0;

	*out = (struct order){.owner = 0};
	for (size_t i = 0; i < q->head->lines && rc == 0 && c.why == NULL; i++)
		rc = order_line(&c, &q->head->line[i], e);
	if (rc == 0)
		order_together(&c);
	if (rc == 0 && c.why == NULL)
		rc = order_ownership(&c, e);
	if (rc == 0)
		rc = order_closes(&c, e);
	if (rc == 0 && c.why == NULL && out->signs)
		rc = order_sign(w, q, out, &c.why, e);
	if (rc == 0 && c.why == NULL)
		order_say(&c);
	*why = c.why;
	return rc;
}

bool
order_leaves_comment(const struct order *o)
{
	return o->to.count == 0 && o->facts.count == 0 && !o->signs &&
	       o->keys == 0;
}
