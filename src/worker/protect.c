#include "worker/protect.h"

#include <string.h>
#include <strings.h>

#define COPY_LINES 64 /* lines of copied fields, folded ones counted */
#define COPY_MAX 65536 /* bytes of a part that copies them */

static const struct part *
payload(const struct mail *mail, const struct verdict *v)
{
	if (v->payload == PART_NONE ||
	    mail->table.part[v->payload].protection == NULL)
		return NULL;
	return &mail->table.part[v->payload];
}

const struct head *
protect_head(const struct mail *mail, const struct verdict *v)
{
	if (payload(mail, v) == NULL)
		return NULL;
	return part_head(&mail->table, v->payload);
}

bool
protect_is_full(const struct mail *mail, const struct verdict *v)
{
	const struct part *p = payload(mail, v);

	return p != NULL && strcmp(p->protection, "v1") != 0;
}

bool
protect_is_stripped(const struct mail *mail, const struct verdict *v)
{
	const struct part *p = payload(mail, v);

	return p != NULL && strcmp(p->protection, "cipher") == 0 &&
	       !v->part[v->payload].encrypted;
}

/* RFC 9788 section 5.2.2: first of a mixed or related, any alternative. */
static bool
is_main_body(const struct mail *mail, uint32_t part, uint32_t root)
{
	const struct part_table *t = &mail->table;

	if (t->part[part].disposition != NULL &&
	    strcmp(t->part[part].disposition, "attachment") == 0)
		return false;
	while (part != root) {
		uint32_t parent = t->part[part].parent;

		if (parent == PART_NONE ||
		    strncmp(t->part[parent].type, "multipart/", 10) != 0)
			return false;
		if (strcmp(t->part[parent].type, "multipart/alternative") !=
			0 &&
		    part_child(t, parent, 0) != part)
			return false;
		part = parent;
	}
	return true;
}

void
protect_legacy(struct mail *mail, const struct verdict *v)
{
	const struct part *root = payload(mail, v);
	bool may = root != NULL && strcmp(root->protection, "cipher") == 0;

	for (uint32_t i = 0; i < mail->table.parts; i++) {
		struct part *p = &mail->table.part[i];

		if (p->legacy_display)
			p->legacy_display = may && v->part[i].encrypted &&
					    is_main_body(mail, i, v->payload);
	}
}

/* A field that a person is shown, by the bytes before its colon. */
static bool
is_shown_field(const char *line, size_t len)
{
	static const char *const names[] = {"Subject", "From", "To", "Cc",
	    "Date", "Reply-To", "Followup-To", "Sender", "Comments", "Keywords",
	    "Resent-From", "Resent-To", "Resent-Cc", "Resent-Date",
	    "Resent-Sender", NULL};
	const char *colon = memchr(line, ':', len);

	for (size_t i = 0; colon != NULL && names[i] != NULL; i++)
		if (strlen(names[i]) == (size_t)(colon - line) &&
		    strncasecmp(names[i], line, strlen(names[i])) == 0)
			return true;
	return false;
}

/*
 * The bytes of text up to and with the empty line that ends a block of shown
 * fields; 0 where it is none. end: the end of the text ends it too.
 */
static size_t
copied_block(const char *text, size_t len, bool end)
{
	size_t at = 0;

	for (size_t lines = 0; lines < COPY_LINES && at < len; lines++) {
		const char *line = text + at;
		const char *nl = memchr(line, '\n', len - at);
		size_t n = nl == NULL ? len - at : (size_t)(nl - line);

		at += nl == NULL ? n : n + 1;
		if (n > 0 && line[n - 1] == '\r')
			n--;
		if (n == 0)
			return lines == 0 ? 0 : at;
		if ((lines == 0 || (*line != ' ' && *line != '\t')) &&
		    !is_shown_field(line, n))
			return 0;
	}
	return end && at == len ? at : 0;
}

const char *
protect_past_legacy(const char *text, size_t *len)
{
	size_t n = copied_block(text, *len, false);

	*len -= n;
	return text + n;
}

bool
protect_is_copy(const struct mail *mail, const struct verdict *v, uint32_t part)
{
	const struct part *root = payload(mail, v);
	const struct part *p = &mail->table.part[part];
	const unsigned char *body;
	size_t len, n;

	if (root == NULL || p->protection == NULL || !v->part[part].encrypted ||
	    strcmp(p->protection, "v1") != 0 ||
	    strcmp(root->type, "multipart/mixed") != 0 ||
	    part_child(&mail->table, v->payload, 0) != part ||
	    (strcmp(p->type, "text/plain") != 0 &&
		strcmp(p->type, "text/rfc822-headers") != 0))
		return false;
	body = mail_body(mail, part, &len);
	if (len > COPY_MAX)
		return false;
	n = copied_block((const char *)body, len, true);
	/* and nothing behind it */
	while (n > 0 && n < len && memchr(" \t\r\n", body[n], 4) != NULL)
		n++;
	return n == len && n > 0;
}
