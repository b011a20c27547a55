/* What staff ask by mail and is answered in the mail that says what was done:
 * the words that there are, and lists of cases. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "worker/order_inside.h"

#define ASK_CASES 50 /* of one list, the newest */

enum ask {
	ASK_MINE,
	ASK_OPEN,
	ASK_OWED,
	ASK_NEW /* nobody has it */
};

/* The name of who has it, or a dash; the caller's. */
static char *
ask_owner(struct db *db, int64_t id)
{
	struct contact c;
	char *name;

	if (id == 0 || contact_get(db, id, &c, NULL) == -1)
		return xstrdup("-");
	name = xstrdup(c.name);
	contact_free(&c);
	return name;
}

/* The strictest label of what the title tells: a person's, or that of the
 * message whose subject it is. */
static int
ask_label(struct db *db, const struct case_file *c, enum noroshi_tlp *label,
    struct err *e)
{
	enum noroshi_tlp its;
	struct message m;
	int64_t of;

	*label = c->has_label ? c->label : NOROSHI_TLP_CLEAR;
	if (case_titled_by(db, c->id, &of, e) == -1)
		return -1;
	if (of == 0)
		return 0;
	if (message_get(db, of, &m, e) == -1)
		return -1;
	if (m.label == NULL || !noroshi_tlp_parse(m.label, &its))
		its = NOROSHI_TLP_AMBER;
	if (its > *label)
		*label = its;
	message_free(&m);
	return 0;
}

static int
ask_line(struct order_check *c, const struct case_file *one, struct err *e)
{
	static const char *const names[][2] = {{"new", "新規"},
	    {"open", "対応中"}, {"waiting", "回答待ち"}, {"low", "低"},
	    {"normal", "通常"}, {"high", "高"}, {"critical", "緊急"}};
	const char *state = one->state, *priority = one->priority;
	struct order *o = c->o;
	enum noroshi_tlp label;
	char *owner, *line;
	bool shown;

	if (ask_label(c->w->db, one, &label, e) == -1)
		return -1;
	for (size_t i = 0; c->japanese && i < sizeof(names) / sizeof(*names);
	     i++) {
		if (strcmp(names[i][0], one->state) == 0)
			state = names[i][1];
		if (strcmp(names[i][0], one->priority) == 0)
			priority = names[i][1];
	}
	/* The copy of a RED mail went to few; its subject goes nowhere else. */
	shown = label != NOROSHI_TLP_RED && one->title != NULL;
	if (shown && label > o->told)
		o->told = label;
	owner = ask_owner(c->w->db, one->owner);
	line = xasprintf(c->japanese ? "%s %s、優先度 %s、担当 %s%s: %s"
				     : "%s %s, %s, %s%s: %s",
	    one->name, state, priority, owner,
	    !one->owed	  ? ""
	    : c->japanese ? "、返信待ちの相手あり"
			  : ", answer owed",
	    shown		 ? one->title
	    : one->title != NULL ? "TLP:RED"
				 : "-");
	strs_add(&o->done, line);
	free(line);
	free(owner);
	return 0;
}

static bool
ask_wants(
    const struct order_check *c, enum ask ask, const struct case_file *one)
{
	switch (ask) {
	case ASK_MINE:
		return one->owner == c->q->author->id;
	case ASK_OWED:
		return one->owed;
	case ASK_NEW:
		return one->owner == 0;
	case ASK_OPEN:
		break;
	}
	return true;
}

static int
ask_case(struct order_check *c, int64_t id, struct err *e)
{
	struct case_file one;
	int rc;

	if (case_get(c->w->db, c->w->vault, id, &one, e) == -1)
		return -1;
	rc = ask_line(c, &one, e);
	case_free(&one);
	return rc;
}

/* The newest of one state, until enough are listed; all are counted. */
static int
ask_state(struct order_check *c, enum ask ask, const char *state, size_t *found,
    struct err *e)
{
	int64_t *id = NULL;
	size_t count = 0;
	int rc = case_list(c->w->db, state, &id, &count, e);

	for (size_t i = count; i-- > 0 && rc == 0;) {
		struct case_file one;
		bool wanted;

		rc = case_get(c->w->db, NULL, id[i], &one, e);
		if (rc == -1)
			break;
		wanted = ask_wants(c, ask, &one);
		case_free(&one);
		if (wanted && (*found)++ < ASK_CASES)
			rc = ask_case(c, id[i], e);
	}
	free(id);
	return rc;
}

/* Who is shown some of them knows that there are others. */
static void
ask_more(struct order_check *c, size_t found)
{
	char *line;

	if (found <= ASK_CASES)
		return;
	line = xasprintf(
	    c->japanese ? "ほかに %zu 件" : "and %zu more", found - ASK_CASES);
	strs_add(&c->o->done, line);
	free(line);
}

static int
ask_cases(struct order_check *c, const char *value, struct err *e)
{
	static const char *const words[] = {"mine", "open", "owed", "new"};
	static const char *const state[] = {"new", "open", "waiting"};
	size_t ask = 0, found = 0;
	int rc = 0;

	if (!contact_is_reader(c->q->author))
		return order_refuse(
		    c, "your roles are not for reading cases", NULL);
	while (
	    ask < 4 && value[0] != '\0' && strcasecmp(words[ask], value) != 0)
		ask++;
	if (ask == 4)
		return order_refuse(
		    c, "Cases: mine, open, owed or new expected", value);
	for (size_t i = 0; i < 3 && rc == 0; i++)
		rc = ask_state(c, (enum ask)ask, state[i], &found, e);
	if (rc == 0 && found == 0)
		strs_add(&c->o->done, "there is no such case now");
	ask_more(c, found);
	return rc;
}

int
order_ask_line(
    struct order_check *c, const struct pseudo_line *l, struct err *e)
{
	if (l->word == PSEUDO_CASES)
		return ask_cases(c, l->value, e);
	order_words(&c->o->done, c->japanese);
	return 0;
}
