#include "worker/sighting.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"

#define SIGNATURE_LINES 12 /* more is no signature but text */

/* The bytes of text that stand before its signature block. */
static size_t
without_signature(const char *text)
{
	const char *at = NULL, *next = text;
	int lines = 0;

	while ((next = strstr(next, "\n-- \n")) != NULL)
		at = next++;
	if (at == NULL)
		return strlen(text);
	for (const char *p = at + 5; *p != '\0'; p++)
		lines += *p == '\n';
	return lines <= SIGNATURE_LINES ? (size_t)(at - text) : strlen(text);
}

/* The same address without what stands between its '+' and '@'. */
static char *
plain_address(const char *address)
{
	const char *at = strrchr(address, '@');
	const char *plus = strchr(address, '+');

	if (at == NULL || plus == NULL || plus > at)
		return xstrdup(address);
	return xasprintf("%.*s%s", (int)(plus - address), address, at);
}

/* What is ours, or the sender's own. */
static void
sighting_ours(const struct config *c, const char *from, struct strs *out)
{
	strs_copy(out, &c->team_addresses);
	strs_add(out, c->team_address);
	if (from != NULL)
		strs_add(out, from);
	if (c->team_key != NULL)
		strs_add(out, c->team_key);
}

static bool
sighting_is_ours(const struct indicator *i, const struct strs *ours)
{
	char *plain = plain_address(i->value);
	bool is = strs_has_case(ours, i->value) || strs_has_case(ours, plain);

	free(plain);
	return is;
}

static void
sighting_indicators(const struct config *c, const struct reading *r,
    const struct documents *d, enum kind kind, const char *from,
    struct indicators *out)
{
	struct strs ours = {0};
	struct indicators all = {0};

	if (r->subject != NULL)
		indicators_find(&all, r->subject, strlen(r->subject));
	for (size_t i = 0; i < r->texts.count; i++)
		indicators_find(&all, r->texts.item[i],
		    without_signature(r->texts.item[i]));
	if (kind != KIND_BOUNCE && kind != KIND_AUTO_REPLY &&
	    kind != KIND_NOTIFICATION)
		documents_indicators(d, &all);
	sighting_ours(c, from, &ours);
	for (size_t i = 0; i < all.count; i++)
		if (!sighting_is_ours(&all.item[i], &ours))
			indicators_add(
			    out, all.item[i].type, all.item[i].value);
	out->over |= all.over;
	indicators_free(&all);
	strs_free(&ours);
}

void
sighting_make(const struct config *c, const struct reading *r,
    const struct documents *d, enum kind kind, const char *from,
    struct sighting *out)
{
	struct constituency *inside = constituency_create(c);
	struct indicators *l = &out->indicators;

	*out = (struct sighting){.constituent = constituency_sender(c, from)};
	sighting_indicators(c, r, d, kind, from, l);
	out->place = xcalloc(l->count + 1, sizeof(*out->place));
	for (size_t i = 0; i < l->count; i++)
		out->place[i] = constituency_place(
		    inside, l->item[i].type, l->item[i].value);
	if (r->subject != NULL)
		constituency_products(
		    inside, r->subject, strlen(r->subject), &out->products);
	for (size_t i = 0; i < r->texts.count; i++)
		constituency_products(inside, r->texts.item[i],
		    strlen(r->texts.item[i]), &out->products);
	constituency_free(inside);
}

void
sighting_free(struct sighting *s)
{
	indicators_free(&s->indicators);
	free(s->place);
	strs_free(&s->products);
	*s = (struct sighting){0};
}

json_t *
sighting_json(const struct sighting *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->indicators.count; i++) {
		const struct indicator *one = &s->indicators.item[i];

		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:o}", "type", one->type,
			      "value", one->value, "constituency",
			      s->place[i] == CONSTITUENCY_NOWHERE
				  ? json_null()
				  : json_boolean(
					s->place[i] == CONSTITUENCY_INSIDE)));
	}
	return list;
}
