#include "config/config_group.h"

#include <string.h>

#include "base/alloc.h"
#include "config/config_check.h"
#include "config/config_deadline.h"
#include "config/config_intake.h"

static bool
rule_has_result(const struct config_rule *r)
{
	return r->kind != NULL || r->category != NULL || r->priority != NULL ||
	       r->owner != NULL || r->tag.count > 0 || r->label_floor != NULL ||
	       r->last;
}

/* True where one of the results is written, even if it is written wrongly. */
static bool
rule_means_result(const config_setting_t *at)
{
	return config_setting_get_member(at, "kind") != NULL ||
	       config_setting_get_member(at, "category") != NULL ||
	       config_setting_get_member(at, "priority") != NULL ||
	       config_setting_get_member(at, "owner") != NULL ||
	       config_setting_get_member(at, "label_floor") != NULL;
}

static bool
is_contact(const char *s)
{
	return config_is_address(s) ||
	       (s[0] != '0' && strlen(s) < 19 &&
		   strspn(s, "0123456789") == strlen(s));
}

/* What the members of a rule must be to each other, and rules to each other. */
static void
check_rule(struct mistakes *m, const struct config *c, struct config_rule *r,
    const config_setting_t *at, const char *name)
{
	r->line = (int)config_setting_source_line(at);
	if (!rule_has_result(r) && !rule_means_result(at))
		mistake_take(m, at, name,
		    xasprintf("has no result, expected kind, category, "
			      "priority, owner, tag, label_floor or last"));
	if ((r->header == NULL) != (r->header_name == NULL))
		mistake_take(m, at, name,
		    xasprintf("has header or header_name alone, expected "
			      "both"));
	if (r->owner != NULL && !is_contact(r->owner))
		mistake_take(m, at, name,
		    xasprintf("owner is no contact, expected an id or "
			      "local@domain"));
	for (const struct config_rule *o = c->rule; o < r; o++)
		if (r->name != NULL && o->name != NULL &&
		    strcmp(o->name, r->name) == 0)
			mistake_take(m, at, name,
			    xasprintf("\"%s\" is the name of the rule at line "
				      "%d too, expected a name of its own",
				r->name, o->line));
}

static void
check_operator(struct mistakes *m, const struct config *c,
    const struct config_operator *op, const config_setting_t *at,
    const char *name)
{
	for (const struct config_operator *o = c->operators; o < op; o++)
		if (op->user != NULL && o->user != NULL &&
		    strcmp(o->user, op->user) == 0)
			mistake_take(m, at, name,
			    xasprintf("\"%s\" is bound to contact %lld "
				      "already, expected one contact a user",
				op->user, (long long)o->contact));
}

void
config_group_check(struct mistakes *m, const struct config *c,
    const struct config_setting *s, void *group, const config_setting_t *at,
    const char *name)
{
	if (s->offset == offsetof(struct config, rule))
		check_rule(m, c, group, at, name);
	else if (s->offset == offsetof(struct config, operators))
		check_operator(m, c, group, at, name);
	else if (s->offset == offsetof(struct config, intake))
		config_intake_check(m, c, group, at, name);
	else if (s->offset == offsetof(struct config, deadline))
		config_deadline_check(m, c, group, at, name);
}
