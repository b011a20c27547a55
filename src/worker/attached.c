#include "worker/attached.h"

#include <string.h>
#include <strings.h>

#include "message/mail.h"
#include "message/text.h"

#define ATTACHED_PIECE (256U << 10) /* bytes of one that are read */
#define ATTACHED_HTML (1U << 20) /* bytes; HTML is read whole or not at all */

static bool
attached_ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len >= n && strcasecmp(s + len - n, end) == 0;
}

static bool
attached_is_text(const struct attachment *a)
{
	static const char *const ends[] = {".txt", ".csv", ".tsv", ".log",
	    ".md", ".json", ".xml", ".yaml", ".yml", ".conf", ".ini"};
	static const char *const types[] = {
	    "/json", "+json", "/xml", "+xml", "/csv", "/yaml", "/x-ndjson"};

	if (strncmp(a->type, "text/", 5) == 0)
		return true;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (attached_ends_with(a->type, types[i]))
			return true;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (attached_ends_with(a->name, ends[i]))
			return true;
	return false;
}

static void
attached_put(struct buf *out, const char *text, size_t len)
{
	size_t room = out->max - out->len;

	if (room < 4)
		return;
	if (out->len > 0)
		buf_puts(out, "\n\n");
	room = out->max - out->len;
	buf_put(out, text, text_clip(text, len, room < len ? room : len));
}

static int
attached_one(const struct reading *r, const struct attachment *a,
    struct buf *text, struct err *e)
{
	const struct part *p = &r->mail->table.part[a->part];
	size_t len =
	    a->data.len < ATTACHED_PIECE ? a->data.len : ATTACHED_PIECE;

	if (strcmp(a->type, "text/html") == 0)
		return a->data.len > ATTACHED_HTML
			   ? 0
			   : mail_text(r->mail, a->part, text, NULL, e);
	/* text that was decrypted beside other content is UTF-8 by now */
	return mail_bytes_text(r->mail, buf_str(&a->data), len,
	    a->decrypted_apart ? NULL : p->charset, text, NULL, e);
}

int
attached_text(const struct reading *r, struct buf *out, struct err *e)
{
	struct buf text;
	int rc = 0;

	buf_init_secret(&text, (size_t)r->mail->config->limit_text);
	for (size_t i = 0; i < r->attachments && rc == 0; i++) {
		if (out->len >= out->max ||
		    !attached_is_text(&r->attachment[i]))
			continue;
		buf_clear(&text);
		rc = attached_one(r, &r->attachment[i], &text, e);
		if (rc == 0)
			attached_put(out, buf_str(&text), text.len);
	}
	buf_free(&text);
	for (size_t i = 0; i < r->enclosed_subjects.count && rc == 0; i++)
		attached_put(out, r->enclosed_subjects.item[i],
		    strlen(r->enclosed_subjects.item[i]));
	for (size_t i = 0; i < r->enclosed.count && rc == 0; i++)
		attached_put(
		    out, r->enclosed.item[i], strlen(r->enclosed.item[i]));
	return rc;
}
