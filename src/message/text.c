#include "message/text.h"

#include <string.h>

#include "message/charset.h"
#include "message/encoding.h"
#include "message/html.h"

size_t
text_clip(const char *text, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

static void
put_clipped(struct buf *out, const struct buf *text, struct strs *warnings)
{
	size_t n = text_clip(buf_str(text), text->len, out->max - out->len);

	if (n < text->len || text->over)
		strs_add_once(warnings, "text-truncated");
	if (n > 0)
		buf_put(out, text->data, n);
}

static size_t
quote_depth(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && line[n] == '>')
		n++;
	return n;
}

/* Joins flowed lines, RFC 3676 section 4.4; quotes stay quoted. */
static void
unflow(struct buf *to, const char *p, size_t len, bool delsp)
{
	bool open = false; /* the paragraph goes on in the next line */
	size_t depth = 0;

	while (len > 0) {
		const char *lf = memchr(p, '\n', len);
		size_t line = lf == NULL ? len : (size_t)(lf - p);
		size_t used = lf == NULL ? len : line + 1;
		size_t quotes = quote_depth(p, line);
		const char *text = p + quotes;
		size_t n = line - quotes;
		bool flows;

		if (n > 0 && *text == ' ') {
			text++; /* space-stuffed */
			n--;
		}
		/* The signature's line looks flowed and is not. */
		flows = n > 0 && text[n - 1] == ' ' &&
			!(n == 3 && memcmp(text, "-- ", 3) == 0);
		if (open &&
		    (quotes != depth ||
			(n == 3 && !flows && memcmp(text, "-- ", 3) == 0))) {
			buf_putc(to, '\n');
			open = false;
		}
		if (!open && quotes > 0) {
			buf_put(to, p, quotes);
			buf_putc(to, ' ');
		}
		buf_put(to, text, flows && delsp ? n - 1 : n);
		if (!flows && lf != NULL)
			buf_putc(to, '\n');
		open = flows;
		depth = quotes;
		p += used;
		len -= used;
	}
}

void
text_read(struct buf *out, const struct text_form *form, const void *data,
    size_t len, struct strs *warnings)
{
	struct buf bytes, text, shaped;

	buf_init_secret(&bytes, len + 1);
	if (encoding_decode(&bytes, encoding_find(form->encoding), data, len))
		strs_add_once(warnings, "encoding-bad");
	buf_init_secret(&text, 8 * bytes.len + 64);
	charset_text(&text, form->charset, bytes.data, bytes.len, warnings);
	buf_free(&bytes);
	/* Markup can only shrink; a quote mark may gain a space a line. */
	buf_init_secret(&shaped, 2 * text.len + 64);
	if (form->html)
		(form->legacy ? html_text_legacy : html_text)(
		    &shaped, buf_str(&text), text.len, warnings);
	else if (form->flowed)
		unflow(&shaped, buf_str(&text), text.len, form->delsp);
	put_clipped(
	    out, form->html || form->flowed ? &shaped : &text, warnings);
	buf_free(&shaped);
	buf_free(&text);
}
