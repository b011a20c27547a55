#include "message/cuts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define CUT_MIN 512 /* bytes; less is not worth a cut */
#define LINE_HEAD 256 /* bytes that are left of a long line's start */
#define LINE_TAIL 256 /* and of its end: a joint is never where a line starts  \
		       */

static void
cut_add(struct cuts *c, size_t from, size_t to)
{
	size_t gone = c->count == 0 ? 0 : c->item[c->count - 1].gone;

	if (to - from < CUT_MIN)
		return;
	c->item = xgrow(c->item, c->count, sizeof(*c->item));
	c->item[c->count++] = (struct cut){from, to, gone + to - from};
}

void
cuts_stop(struct cuts *c)
{
	if (c->running)
		cut_add(c, c->run.from, c->run.to);
	c->running = false;
}

void
cuts_line(struct cuts *c, const char *data, size_t pos, size_t len, bool keep)
{
	size_t text = len;

	while (text > 0 &&
	       (data[pos + text - 1] == '\n' || data[pos + text - 1] == '\r'))
		text--;
	/* At most one CR belongs to the line's end. */
	if (keep || len - text > 2 || memchr(data + pos, '\r', text) != NULL) {
		cuts_stop(c);
	} else if (len >= LINE_HEAD + CUT_MIN + LINE_TAIL) {
		cuts_stop(c);
		cut_add(c, pos + LINE_HEAD, pos + len - LINE_TAIL);
	} else if (!c->running) {
		/* The first and the last line of a run stay. */
		c->run = (struct cut){pos + len, pos + len, 0};
		c->running = true;
	} else {
		c->run.to = pos;
	}
}

void
cuts_free(struct cuts *c)
{
	free(c->item);
	*c = (struct cuts){0};
}

void
cuts_apply(const struct cuts *c, const char *data, size_t from, size_t len,
    struct buf *out)
{
	for (size_t i = 0; i < c->count; i++) {
		buf_put(out, data + from, c->item[i].from - from);
		from = c->item[i].to;
	}
	buf_put(out, data + from, len - from);
}

size_t
cuts_place(const struct cuts *c, size_t pos)
{
	size_t low = 0, high = c->count;

	/* How many cuts lie before it. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->item[mid].to <= pos)
			low = mid + 1;
		else
			high = mid;
	}
	return low == 0 ? pos : pos - c->item[low - 1].gone;
}
