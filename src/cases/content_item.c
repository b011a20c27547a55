#include "cases/content_item.h"

#include <string.h>

bool
content_item_encrypted(const struct message *m)
{
	const char *how =
	    json_string_value(json_object_get(m->facts, "encryption"));

	return how != NULL && strcmp(how, "none") != 0;
}

/* A label that stands in what m quotes was somebody else's. */
static bool
content_item_quotes_label(const struct message *m)
{
	const json_t *text = json_object_get(m->content, "text");
	struct noroshi_tlp_found f;

	if (text == NULL)
		return true;
	noroshi_tlp_find(json_string_value(text), json_string_length(text),
	    NOROSHI_TLP_BODY, &f);
	return f.quoted;
}

static bool
content_item_warned(const struct message *m, const char *word)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(m->facts, "warnings"), i, one)
	{
		const char *text = json_string_value(one);

		if (text != NULL && strcmp(text, word) == 0)
			return true;
	}
	return false;
}

/* What stands behind the label on its line, where that is no sentence. */
static void
content_item_named_by(const struct message *m, char out[CONTENT_NAMED])
{
	const json_t *text = json_object_get(m->content, "text");
	const char *words = json_string_value(text);
	struct noroshi_tlp_found f;
	size_t len;

	if (words == NULL || !noroshi_tlp_find(words, json_string_length(text),
				 NOROSHI_TLP_BODY, &f))
		return;
	words += f.offset + f.len;
	len = strcspn(words, "\r\n");
	if (len >= CONTENT_NAMED)
		return;
	memcpy(out, words, len);
	out[len] = '\0';
}

static bool
content_item_from_team(const struct message *m)
{
	const char *class = json_string_value(
	    json_object_get(json_object_get(m->facts, "sender"), "class"));

	return strcmp(m->direction, "out") == 0 ||
	       (class != NULL && strcmp(class, class_name(CLASS_STAFF)) == 0);
}

void
content_item_read(const struct message *m, struct content_item *out)
{
	const json_t *tlp = json_object_get(m->facts, "tlp");
	const char *by = json_string_value(json_object_get(tlp, "source"));
	const char *text = json_string_value(json_object_get(tlp, "label"));
	enum noroshi_tlp written = NOROSHI_TLP_AMBER;
	bool labelled = by == NULL || strcmp(by, "default") != 0;

	*out = (struct content_item){.label = NOROSHI_TLP_AMBER,
	    .origin = NOROSHI_ORIGIN_OURS,
	    .source = m->id,
	    .came_encrypted = content_item_encrypted(m)};
	/* Unreadable facts of ours are the strictest thing there is. */
	if (m->label == NULL || !noroshi_tlp_parse(m->label, &out->label))
		out->label =
		    m->facts == NULL ? NOROSHI_TLP_RED : NOROSHI_TLP_AMBER;
	if (text != NULL)
		(void)noroshi_tlp_parse(text, &written);
	/* Example: TLP:WHITE of a stranger counts as AMBER, by default. */
	out->label_by_default =
	    !labelled ? out->label <= written
		      : (content_item_warned(m, "tlp-unproven") ||
			    content_item_warned(m, "tlp-attachment")) &&
			    out->label == NOROSHI_TLP_AMBER;
	if (content_item_from_team(m))
		return;
	content_item_named_by(m, out->named);
	out->restricted = content_item_warned(m, "restriction");
	if (labelled || out->restricted ||
	    (out->label > written && content_item_quotes_label(m)))
		out->origin = NOROSHI_ORIGIN_THIRD;
}
