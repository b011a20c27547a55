#include "cases/audience.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cases/message.h"
#include "people/contact.h"

/* What is written to at our own domain is ours, under whatever name. */
static bool
audience_is_ours(const char *address, const char *team)
{
	const char *at = strrchr(address, '@');
	const char *own = team == NULL ? NULL : strrchr(team, '@');

	return at == NULL || (own != NULL && strcasecmp(at, own) == 0);
}

static void
audience_add(struct strs *out, const char *address, const char *team)
{
	char *fold = NULL;

	if (address != NULL && out->count < AUDIENCE_MAX)
		fold = contact_address_fold(address);
	if (fold != NULL && !audience_is_ours(fold, team))
		strs_add(out, fold);
	free(fold);
}

static void
audience_of_head(const struct mailboxes *l, const char *team, struct strs *out)
{
	for (size_t i = 0; i < l->count && i < AUDIENCE_MAX; i++)
		audience_add(out, l->item[i].address, team);
}

/* The list of facts (To or Cc) has from, or somebody of answered. */
static bool
audience_in_facts(
    const json_t *list, const char *from, const struct strs *answered)
{
	const json_t *one;
	bool has = false;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *text =
		    json_string_value(json_object_get(one, "address"));
		char *fold = text == NULL || i >= AUDIENCE_MAX
				 ? NULL
				 : contact_address_fold(text);

		has = has || (fold != NULL && (strcmp(fold, from) == 0 ||
						  strs_has(answered, fold)));
		free(fold);
	}
	return has;
}

int
audience_heard(struct db *db, int64_t message, const char *from,
    const struct head *head, const char *team, bool *heard, struct err *e)
{
	struct strs answered = {0};
	struct message m;

	*heard = false;
	if (from == NULL)
		return 0;
	if (message_get(db, message, &m, e) == -1)
		return -1;
	if (head != NULL) {
		audience_of_head(&head->to, team, &answered);
		audience_of_head(&head->cc, team, &answered);
	}
	*heard =
	    (m.sender_address != NULL &&
		(strcmp(m.sender_address, from) == 0 ||
		    strs_has(&answered, m.sender_address))) ||
	    audience_in_facts(
		json_object_get(m.facts, "to"), from, &answered) ||
	    audience_in_facts(json_object_get(m.facts, "cc"), from, &answered);
	strs_free(&answered);
	message_free(&m);
	return 0;
}
