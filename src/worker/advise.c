#include "worker/advise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "message/mail.h"
#include "policy/marking.h"

const struct outgoing_variant *
advise_variant(const struct outgoing *o, const char *language)
{
	for (size_t i = 0; language != NULL && i < o->variants; i++)
		if (strcmp(o->variant[i].language, language) == 0)
			return &o->variant[i];
	return NULL;
}

void
advise_mark(const struct advisory *a, const char *prefix, struct buf *out)
{
	char *name = advisory_name(a);

	buf_putf(out, "[%s-A%s]", prefix, name);
	free(name);
}

/* Past a first line that is that label alone, and the empty lines below. */
static const char *
advise_words(const char *text, const char *end, enum noroshi_tlp label)
{
	const char *name = noroshi_tlp_name(label);
	size_t n = strlen(name), left = (size_t)(end - text);

	if (left < n + 4 || strncmp(text, "TLP:", 4) != 0 ||
	    strncmp(text + 4, name, n) != 0 ||
	    (left > n + 4 && text[n + 4] != '\n' && text[n + 4] != '\r'))
		return text;
	text += n + 4;
	while (text < end && (*text == '\n' || *text == '\r'))
		text++;
	return text;
}

void
advise_text(const struct advisory *a, const char *prefix, const char *language,
    enum noroshi_tlp label, const char *text, size_t len, struct buf *out)
{
	const char *end = text + len;
	bool japanese = strcmp(language, "ja") == 0;

	text = advise_words(text, end, label);
	buf_putf(out, "TLP:%s\n\n", noroshi_tlp_name(label));
	if (a->revision > 1 && !a->notice)
		buf_putf(out,
		    japanese ? "この文書は %s-A%lld の第%lld版です。"
			       "以前の版はすべてこれに置き換わります。\n\n"
			     : "This is advisory %s-A%lld, revision %lld; it"
			       " supersedes all earlier ones.\n\n",
		    prefix, (long long)a->number, (long long)a->revision);
	buf_put(out, text, (size_t)(end - text));
}

static bool
advise_ends(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len >= n && strcasecmp(s + len - n, end) == 0;
}

/* A file from a command has no type of its own: its first byte tells. */
static bool
advise_is_json(const struct outgoing_attachment *a, const struct buf *data)
{
	size_t i = 0;

	while (i < data->len && strchr(" \t\r\n", data->data[i]) != NULL &&
	       data->data[i] != '\0')
		i++;
	if (i + 3 < data->len && memcmp(data->data + i, "\xEF\xBB\xBF", 3) == 0)
		i += 3;
	return advise_ends(a->type, "/json") || advise_ends(a->type, "+json") ||
	       advise_ends(a->name, ".json") || advise_ends(a->name, ".stix") ||
	       (i < data->len &&
		   (data->data[i] == '{' || data->data[i] == '['));
}

static void
advise_refuse(struct advise_refusal *out, const char *rule, const char *name,
    const char *is, enum noroshi_tlp label)
{
	out->rule = rule;
	(void)snprintf(out->reason, sizeof(out->reason),
	    "the attachment %.200s is marked %s, and the advisory TLP:%s; give"
	    " both one label, and send it again",
	    name, is, noroshi_tlp_name(label));
}

/* m: what the attachment is marked with. */
static void
advise_judge(const struct outgoing_attachment *a, const struct marking *m,
    bool csaf, enum noroshi_tlp label, struct advise_refusal *out)
{
	char *is;

	if (m->unshared) {
		advise_refuse(out, "attachment-unshared", a->name,
		    "not to be shared with anybody", label);
		return;
	}
	if (!m->found || m->label == label || (m->label < label && !csaf))
		return;
	is = xasprintf("TLP:%s", noroshi_tlp_name(m->label));
	advise_refuse(out,
	    m->label > label ? "attachment-higher" : "attachment-label",
	    a->name, is, label);
	free(is);
}

static int
advise_document(struct mail *parser, const struct outgoing_attachment *a,
    const struct buf *data, enum noroshi_tlp label, struct advise_refusal *out,
    struct err *e)
{
	struct marking m = {0};
	struct leaves l = {0};
	bool csaf = false;

	if (advise_is_json(a, data)) {
		if (mail_json(parser, data->data, data->len, &l, e) == -1)
			return -1;
		csaf = leaves_at(&l, "/document/csaf_version") != NULL;
		marking_of_json(&l, &m);
		leaves_free(&l);
	} else if (advise_ends(a->type, "/xml") ||
		   advise_ends(a->type, "+xml") ||
		   advise_ends(a->name, ".xml")) {
		marking_of_iodef(buf_str(data), data->len, &m);
	}
	advise_judge(a, &m, csaf, label, out);
	return 0;
}

int
advise_documents(struct worker *w, const struct outgoing *o,
    enum noroshi_tlp label, struct advise_refusal *out, struct err *e)
{
	struct mail parser = {.parser = w->parser, .config = w->config};
	int rc = 0;

	*out = (struct advise_refusal){0};
	for (size_t i = 0; i < o->attachments && rc == 0 && out->rule == NULL;
	     i++) {
		struct buf data;

		rc = outgoing_data(o, i, &data, e);
		if (rc == 0)
			rc = advise_document(
			    &parser, &o->attachment[i], &data, label, out, e);
		buf_free(&data);
	}
	return rc;
}
