/* Who gets what a staff member's mail says. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cases/recipient.h"
#include "worker/order_inside.h"

#define ORDER_RECIPIENTS 50 /* of one mail, ours; a list is a community */

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

int
order_recipient_line(
    struct order_check *c, const struct pseudo_line *l, struct err *e)
{
	struct order *o = c->o;

	switch (l->word) {
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
	default:
		return err_set(e, ERR_BUG, "a pseudo-header of no recipient");
	}
}
