#include "worker/order.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "cases/ownership.h"
#include "cases/closing.h"
#include "cases/recipient.h"
#include "cases/regroup.h"
#include "people/key.h"
#include "config/category.h"
#include "store/audit.h"
#include "worker/passage.h"

#define ORDER_RECIPIENTS 50 /* of one mail, ours; a list is a community */

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

/* One check under way. */
struct order_check {
	struct worker *w;
	const struct order_question *q;
	struct order *o;
	struct strs *lines;
	const char *why;
};

/* Keeps the first reason, and what it is about. */
static int
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

/* A look-up that found nothing is the author's mistake; another error ours. */
static bool
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

/* "Name <address>", an address, a contact's id or name. */
static int
order_recipient(
    struct order_check *c, const char *who, struct strs *list, struct err *e)
{
	const char *open = strchr(who, '<'), *end = strchr(who, '>');
	char *bare = open != NULL && end != NULL && open < end
			 ? xstrndup(open + 1, (size_t)(end - open) - 1)
			 : xstrdup(who);
	struct err why = {0};
	char *address;
	int rc = 0;

	if (recipient_address(c->w->db, bare, &address, &why) == 0) {
		strs_add_once(list, address);
		free(address);
	} else if (order_is_mistake(&why)) {
		rc = order_refuse(
		    c, "one of its recipients cannot be written to", who);
	} else {
		rc = err_set(e, why.code, "%s", why.text);
	}
	free(bare);
	return rc;
}

static int
order_recipients(struct order_check *c, const char *value, const char *between,
    struct strs *list, struct err *e)
{
	struct strs who = {0};
	int rc = 0;

	strs_split(&who, value, between);
	if (who.count == 0)
		(void)order_refuse(c, "a recipient is missing", NULL);
	if (who.count > ORDER_RECIPIENTS)
		(void)order_refuse(c, "it has too many recipients", NULL);
	for (size_t i = 0; i < who.count && rc == 0 && c->why == NULL; i++)
		if (who.item[i][0] != '\0')
			rc = order_recipient(c, who.item[i], list, e);
	strs_free(&who);
	return rc;
}

/* One of the words, in any case; the first time. */
static void
order_choice(struct order_check *c, const char *value, const char *const *word,
    char **out, const char *why)
{
	if (*out != NULL)
		(void)order_refuse(c, "one of its orders stands twice", value);
	for (; *word != NULL; word++) {
		if (strcasecmp(*word, value) == 0 && *out == NULL) {
			*out = xstrdup(*word);
			return;
		}
	}
	(void)order_refuse(c, why, value);
}

static void
order_category(struct order_check *c, const char *value)
{
	if (c->o->category != NULL)
		(void)order_refuse(c, "one of its orders stands twice", value);
	else if (!category_is_known(value))
		(void)order_refuse(c, "there is no such category", value);
	else
		c->o->category = xstrdup(value);
}

static void
order_label(struct order_check *c, const char *value)
{
	enum noroshi_tlp label;

	if (strncasecmp(value, "TLP:", 4) == 0)
		value += 4;
	if (!noroshi_tlp_parse(value, &label))
		(void)order_refuse(c,
		    "TLP: RED, AMBER+STRICT, AMBER, GREEN or CLEAR expected",
		    value);
	else if (c->o->label_asked)
		(void)order_refuse(c, "one of its orders stands twice", value);
	c->o->label_asked = true;
	c->o->label = label;
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

static int
order_line(struct order_check *c, const struct pseudo_line *l, struct err *e)
{
	static const char *const states[] = {"open", "waiting", "closed", NULL};
	static const char *const priorities[] = {
	    "low", "normal", "high", "critical", NULL};
	static const char *const harms[] = {
	    "none", "suspected", "confirmed", NULL};
	struct order *o = c->o;

	switch (l->word) {
	case PSEUDO_CASE:
		return order_case(c, l->value, e);
	case PSEUDO_RESEND_ENCRYPTED:
		o->encrypted_only = true;
		return order_recipients(c, l->value, ", \n\t", &o->to, e);
	case PSEUDO_RESEND:
		return order_recipients(c, l->value, ", \n\t", &o->to, e);
	case PSEUDO_TO:
		return order_recipients(c, l->value, ",;\n", &o->to, e);
	case PSEUDO_CC:
		return order_recipients(c, l->value, ",;\n", &o->cc, e);
	case PSEUDO_BCC:
		return order_recipients(c, l->value, ",;\n", &o->bcc, e);
	case PSEUDO_FACTS:
		return order_recipients(c, l->value, ",;\n", &o->facts, e);
	case PSEUDO_JOIN:
		o->joined = strcasecmp(l->value, "yes") == 0;
		return o->joined
			   ? 0
			   : order_refuse(c, "Join: yes expected", l->value);
	case PSEUDO_TLP:
		order_label(c, l->value);
		return 0;
	case PSEUDO_STATUS:
		order_choice(c, l->value, states, &o->state,
		    "Status: open, waiting or closed expected");
		return 0;
	case PSEUDO_OWNER:
		return order_owner(c, l->value, e);
	case PSEUDO_CLAIM:
		return order_claim(c, l->value);
	case PSEUDO_PRIORITY:
		order_choice(c, l->value, priorities, &o->priority,
		    "Priority: low, normal, high or critical expected");
		return 0;
	case PSEUDO_CATEGORY:
		order_category(c, l->value);
		return 0;
	case PSEUDO_NOTE:
		if (l->value[0] == '\0')
			return order_refuse(c, "a note without words", NULL);
		strs_add(&o->notes, l->value);
		return 0;
	case PSEUDO_HARM:
		order_choice(c, l->value, harms, &o->harm,
		    "X-Harm: none, suspected or confirmed expected");
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
	       o->refusal != NULL;
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
	line = xasprintf("%s has it: %s (contact %lld)", incident->name,
	    owner.name, (long long)owner.id);
	(void)order_refuse(c,
	    may == OWNERSHIP_TAKEN
		? "the case was claimed before; the first claim wins"
		: "the case is handed over: say in a Note: how things stand",
	    line);
	free(line);
	contact_free(&owner);
	return 0;
}

static void
order_done(struct order *o, const char *what, const char *value)
{
	char *line = xasprintf("%s: %s", what, value);

	strs_add(&o->done, line);
	free(line);
}

/* "Ken (contact 3)"; the caller's. */
static char *
order_name(struct db *db, int64_t id)
{
	struct contact c;
	char *text;

	if (contact_get(db, id, &c, NULL) == -1)
		return xasprintf("contact %lld", (long long)id);
	text = xasprintf("%s (contact %lld)", c.name, (long long)id);
	contact_free(&c);
	return text;
}

static void
order_say(struct order_check *c)
{
	struct order *o = c->o;
	char *owner = order_name(c->w->db, o->owner);

	if (o->state != NULL)
		order_done(o, "Status", o->state);
	if (o->refusal != NULL)
		order_done(o, "Refuse", "answered, and closed once it leaves");
	if (o->owner_asked)
		order_done(o, "Owner", o->owner == 0 ? "nobody" : owner);
	if (o->priority != NULL)
		order_done(o, "Priority", o->priority);
	if (o->category != NULL)
		order_done(o, "Category", o->category);
	if (o->label_asked)
		order_done(o,
		    c->q->answers || o->to.count > 0 || o->facts.count > 0
			? "TLP"
			: "TLP, of this mail alone",
		    noroshi_tlp_name(o->label));
	if (o->harm != NULL)
		order_done(o, "X-Harm", o->harm);
	if (o->cause != NULL)
		order_done(o, "X-Cause", "written, also for reports of the case");
	if (o->remedy != NULL)
		order_done(o, "X-Remedy", "written, also for reports of the case");
	for (size_t i = 0; i < o->deadlines.count; i++)
		order_done(o, "X-Deadline, done", o->deadlines.item[i]);
	if (o->notes.count > 0)
		order_done(o, "Note", "written, inside the team");
	free(owner);
}

int
order_check(struct worker *w, const struct order_question *q, struct order *out,
    const char **why, struct strs *lines, struct err *e)
{
	struct order_check c = {.w = w, .q = q, .o = out, .lines = lines};
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

void
order_words(struct strs *lines)
{
	static const char *const what[PSEUDO_WORDS] = {
	    [PSEUDO_CASE] = "a case's number, or new",
	    [PSEUDO_TO] = "who gets the text below, from the team",
	    [PSEUDO_CC] = "who else",
	    [PSEUDO_FACTS] =
		"who gets it as facts alone, to take something down",
	    [PSEUDO_JOIN] = "yes: they may see each other",
	    [PSEUDO_BCC] = "who else, unseen by the others",
	    [PSEUDO_TLP] = "its label",
	    [PSEUDO_STATUS] = "open, waiting, closed",
	    [PSEUDO_OWNER] = "one of the team, me, nobody",
	    [PSEUDO_CLAIM] = "the case is yours, if it is nobody's yet",
	    [PSEUDO_PRIORITY] = "low, normal, high, critical",
	    [PSEUDO_CATEGORY] = "as noroshi rules names them",
	    [PSEUDO_NOTE] = "a note in the case",
	    [PSEUDO_HARM] = "none, suspected, confirmed",
	    [PSEUDO_CAUSE] = "what it came from, or unknown",
	    [PSEUDO_REMEDY] = "how it was mended, or unknown",
	    [PSEUDO_DEADLINE] =
		"a deadline, a stage, receipt and its text: it is done",
	    [PSEUDO_REFUSE] = "why the team does not handle it: the answer",
	    [PSEUDO_RESEND] = "as To",
	    [PSEUDO_RESEND_ENCRYPTED] = "as To, never in clear",
	    [PSEUDO_SIGN] = "the text comes back signed by the team",
	    [PSEUDO_ADD_KEY] = "a key, attached or below",
	    [PSEUDO_LIST_KEYS] = "all keys, or those with these words",
	    [PSEUDO_GET_KEY] = "a fingerprint, key id or address",
	    [PSEUDO_LIST_NAME] = "the team's address"};

	for (int i = 0; i < PSEUDO_WORDS; i++) {
		char *line = xasprintf(
		    "%s: %s", pseudo_word_name((enum pseudo_word)i), what[i]);

		strs_add(lines, line);
		free(line);
	}
}

bool
order_leaves_comment(const struct order *o)
{
	return o->to.count == 0 && o->facts.count == 0 && !o->signs &&
	       o->keys == 0;
}
