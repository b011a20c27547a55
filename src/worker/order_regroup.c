/* What staff order by mail of cases that are one, and of messages that belong
 * into another. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "worker/order_inside.h"
#include "worker/regrouping.h"

#define AUDIT "audit:" /* in front of an entry's number, as for the command */

void
order_regroup_free(struct order *o)
{
	free(o->regroup.id);
	o->regroup = (struct order_regroup){.act = ORDER_NO_ACT};
}

static void
regroup_add(struct order_regroup *g, int64_t id)
{
	g->id = xgrow(g->id, g->count, sizeof(*g->id));
	g->id[g->count++] = id;
}

/* 0: *id is what it names, or the order is refused. */
static int
regroup_case(
    struct order_check *c, const char *name, int64_t *id, struct err *e)
{
	struct case_file named;
	struct err why = {0};

	*id = 0;
	if (case_find(c->w->db, NULL, name, &named, &why) == -1) {
		if (!order_is_mistake(&why))
			return err_set(e, why.code, "%s", why.text);
		return order_refuse(c, "there is no such case", name);
	}
	*id = named.id;
	case_free(&named);
	return 0;
}

static bool
regroup_number(const char *text, int64_t *id)
{
	size_t len = strlen(text);

	*id = 0;
	if (len == 0 || len > 18 || strspn(text, "0123456789") != len)
		return false;
	*id = strtoll(text, NULL, 10);
	return *id > 0;
}

/* What stands between commas and white space, also the Japanese comma. */
static void
regroup_words(const char *value, struct strs *out)
{
	struct strs piece = {0};
	struct buf plain;

	buf_init_secret(&plain, PSEUDO_VALUE + 1);
	for (; *value != '\0'; value++) {
		if (strncmp(value, "、", 3) == 0 ||
		    strncmp(value, "，", 3) == 0) {
			buf_puts(&plain, ",");
			value += 2;
		} else {
			buf_put(&plain, value, 1);
		}
	}
	strs_split(&piece, buf_str(&plain), ", \t\n");
	for (size_t i = 0; i < piece.count; i++)
		if (piece.item[i][0] != '\0')
			strs_add(out, piece.item[i]);
	strs_free(&piece);
	buf_free(&plain);
}

static int
regroup_merge_line(
    struct order_check *c, const struct strs *word, struct err *e)
{
	struct order_regroup *g = &c->o->regroup;

	g->to = c->q->incident->id;
	for (size_t i = 0; i < word->count && c->why == NULL; i++) {
		int64_t id;

		if (regroup_case(c, word->item[i], &id, e) == -1)
			return -1;
		regroup_add(g, id);
	}
	return 0;
}

static int
regroup_into_line(struct order_check *c, const struct strs *word, struct err *e)
{
	struct order_regroup *g = &c->o->regroup;

	if (word->count != 1)
		return order_refuse(
		    c, "Merge-Into: the number of one case expected", NULL);
	regroup_add(g, c->q->incident->id);
	return regroup_case(c, word->item[0], &g->to, e);
}

/* "12, 13", of this case for a split, into this one for a move; or "12 to
 * EX-2026-0007". */
static int
regroup_messages_line(
    struct order_check *c, const struct strs *word, struct err *e)
{
	struct order_regroup *g = &c->o->regroup;
	size_t n = word->count;
	bool away = g->act == ORDER_MOVE && n >= 3 &&
		    strcasecmp(word->item[n - 2], "to") == 0;

	g->to = c->q->incident->id;
	for (size_t i = 0; i < (away ? n - 2 : n); i++) {
		int64_t id;

		if (!regroup_number(word->item[i], &id))
			return order_refuse(c,
			    g->act == ORDER_MOVE
				? "Move: messages by number expected, and"
				  " perhaps to and a case"
				: "Split: messages by number expected",
			    word->item[i]);
		regroup_add(g, id);
	}
	return away ? regroup_case(c, word->item[n - 1], &g->to, e) : 0;
}

/* "yes": the last act on the case; "audit:17". */
static int
regroup_undo_line(struct order_check *c, const struct strs *word, struct err *e)
{
	struct order_regroup *g = &c->o->regroup;
	const char *what = word->count == 1 ? word->item[0] : "";
	int64_t cases = c->q->incident->id;
	const char *act;

	if (strncasecmp(what, AUDIT, strlen(AUDIT)) == 0 &&
	    regroup_number(what + strlen(AUDIT), &g->audit))
		return 0;
	if (what[0] == '\0')
		return order_refuse(c,
		    "Undo: yes, a case, or audit: and a number expected", NULL);
	if (strcasecmp(what, "yes") != 0 &&
	    regroup_case(c, what, &cases, e) == -1)
		return -1;
	if (c->why != NULL)
		return 0;
	/* by its entry, so that no other act is taken for it later */
	if (regroup_last(c->w->db, cases, &g->audit, &act, e) == -1)
		return -1;
	return g->audit != 0
		   ? 0
		   : order_refuse(
			 c, "there is no merge, split or move to undo", NULL);
}

int
order_regroup_line(
    struct order_check *c, const struct pseudo_line *l, struct err *e)
{
	static const struct {
		enum order_act act;
		int (*read)(struct order_check *c, const struct strs *word,
		    struct err *e);
	} kind[PSEUDO_WORDS] = {
	    [PSEUDO_MERGE] = {ORDER_MERGE, regroup_merge_line},
	    [PSEUDO_MERGE_INTO] = {ORDER_MERGE, regroup_into_line},
	    [PSEUDO_MOVE] = {ORDER_MOVE, regroup_messages_line},
	    [PSEUDO_SPLIT] = {ORDER_SPLIT, regroup_messages_line},
	    [PSEUDO_UNDO] = {ORDER_UNDO, regroup_undo_line}};
	struct order_regroup *g = &c->o->regroup;
	struct strs word = {0};
	int rc;

	if (g->act != ORDER_NO_ACT)
		return order_refuse(c,
		    "a mail merges, moves, splits or undoes once; send two"
		    " mails",
		    l->value);
	g->act = kind[l->word].act;
	regroup_words(l->value, &word);
	if (word.count == 0)
		rc = order_refuse(
		    c, "it does not say which cases or messages", NULL);
	else
		rc = kind[l->word].read(c, &word, e);
	strs_free(&word);
	return rc;
}

static int
regroup_act(struct regrouping *g, const struct order_regroup *o, struct err *e)
{
	switch (o->act) {
	case ORDER_MERGE:
		return regrouping_merge(g, o->to, o->id, o->count, e);
	case ORDER_MOVE:
		return regrouping_move(g, o->to, o->id, o->count, e);
	case ORDER_SPLIT:
		return regrouping_split(g, o->to, NULL, o->id, o->count, e);
	case ORDER_UNDO:
		return regrouping_undo(g, 0, o->audit, e);
	case ORDER_NO_ACT:
		break;
	}
	return 0;
}

int
order_regroup(struct worker *w, const struct order *o, int64_t author,
    int64_t message, char **opened, struct err *e)
{
	struct regrouping g = {.act = {.db = w->db,
				   .vault = w->vault,
				   .spool = w->spool,
				   .now = clock_now(&w->clock),
				   .ordering = message},
	    .config = w->config,
	    .actor = "worker",
	    .contact = author,
	    .leads = author};
	struct case_file fresh;
	int rc = regroup_act(&g, &o->regroup, e);

	*opened = NULL;
	if (rc == 0 && o->regroup.act == ORDER_SPLIT) {
		rc = case_get(w->db, NULL, g.act.cases, &fresh, e);
		if (rc == 0)
			*opened = xstrdup(fresh.name);
		if (rc == 0)
			case_free(&fresh);
	}
	regrouping_free(&g);
	return rc;
}
