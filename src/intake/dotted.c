#include "intake/dotted.h"

/* After a byte of a line: where that leaves us. */
static enum dotted_at
dotted_text(struct dotted *d, char c)
{
	if (c == '\n')
		d->bare = true;
	return c == '\r' ? DOTTED_CR : DOTTED_TEXT;
}

/* After <CR> and one more byte. */
static enum dotted_at
dotted_cr(struct dotted *d, char c)
{
	if (c == '\n')
		return DOTTED_LINE;
	d->bare = true;
	return c == '\r' ? DOTTED_CR : DOTTED_TEXT;
}

size_t
dotted_read(struct dotted *d, const char *bytes, size_t len, struct buf *out)
{
	size_t from = 0, i = 0;

	for (; i < len && d->at != DOTTED_END; i++) {
		char c = bytes[i];

		switch (d->at) {
		case DOTTED_LINE:
			if (c != '.') {
				d->at = dotted_text(d, c);
				break;
			}
			d->at = DOTTED_DOT;
			buf_put(out, bytes + from, i - from);
			from = i + 1;
			break;
		case DOTTED_DOT:
			d->at = c == '\r' ? DOTTED_DOT_CR : dotted_text(d, c);
			if (c == '\r')
				from = i + 1;
			break;
		case DOTTED_DOT_CR:
			if (c == '\n') {
				d->at = DOTTED_END;
				from = i + 1;
				break;
			}
			buf_putc(out, '\r');
			d->at = dotted_cr(d, c);
			break;
		case DOTTED_CR:
			d->at = dotted_cr(d, c);
			break;
		default:
			d->at = dotted_text(d, c);
			break;
		}
	}
	buf_put(out, bytes + from, i - from);
	return i;
}

void
dotted_check(struct dotted *d, const char *bytes, size_t len, bool last)
{
	for (size_t i = 0; i < len; i++)
		d->at = d->at == DOTTED_CR ? dotted_cr(d, bytes[i])
					   : dotted_text(d, bytes[i]);
	if (last && d->at == DOTTED_CR)
		d->bare = true;
}
