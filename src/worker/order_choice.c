/* Orders that are one word out of a few: a label, what the case is. */
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "config/category.h"
#include "worker/order_inside.h"

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

void
order_choice_line(struct order_check *c, const struct pseudo_line *l)
{
	static const char *const states[] = {"open", "waiting", "closed", NULL};
	static const char *const priorities[] = {
	    "low", "normal", "high", "critical", NULL};
	static const char *const harms[] = {
	    "none", "suspected", "confirmed", NULL};
	struct order *o = c->o;

	if (l->word == PSEUDO_STATUS)
		order_choice(c, l->value, states, &o->state,
		    "Status: open, waiting or closed expected");
	else if (l->word == PSEUDO_PRIORITY)
		order_choice(c, l->value, priorities, &o->priority,
		    "Priority: low, normal, high or critical expected");
	else if (l->word == PSEUDO_HARM)
		order_choice(c, l->value, harms, &o->harm,
		    "X-Harm: none, suspected or confirmed expected");
	else if (l->word == PSEUDO_CATEGORY)
		order_category(c, l->value);
	else
		order_label(c, l->value);
}
