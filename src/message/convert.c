#include "message/convert.h"

#include <errno.h>
#include <string.h>

#define CHUNK 4096

/* Some converters count wrongly when they are lost; each step must move. */
static bool
convert_step(struct buf *out, iconv_t cd, char **in, size_t *left, bool *bad)
{
	char chunk[CHUNK];
	char *to = chunk;
	size_t room = sizeof(chunk), before = *left;
	size_t rc = iconv(cd, in, left, &to, &room);
	int why = rc == (size_t)-1 ? errno : 0;

	buf_put(out, chunk, sizeof(chunk) - room);
	if (why == 0)
		return false;
	if (why == E2BIG)
		return *left < before || room < sizeof(chunk);
	*bad = true;
	buf_puts(out, CONVERT_REPLACEMENT);
	if (why != EILSEQ || *left == 0)
		return false;
	(*in)++;
	(*left)--;
	return *left > 0;
}

bool
converter_open(struct converter *c, const char *name)
{
	c->cd = iconv_open("UTF-8", name);
	c->open = c->cd != (iconv_t)-1;
	return c->open;
}

void
converter_close(struct converter *c)
{
	if (c->open)
		iconv_close(c->cd);
	c->open = false;
}

void
converter_put(struct converter *c, struct buf *out, const void *data,
    size_t len, bool *bad)
{
	union {
		const void *given;
		char *wanted; /* iconv's type; it does not write there */
	} in = {.given = data};
	char chunk[64];
	char *to = chunk;
	size_t room = sizeof(chunk);

	while (len > 0 && convert_step(out, c->cd, &in.wanted, &len, bad))
		continue;
	/* What was held back comes, and the next piece starts afresh. */
	if (iconv(c->cd, NULL, NULL, &to, &room) != (size_t)-1)
		buf_put(out, chunk, sizeof(chunk) - room);
	(void)iconv(c->cd, NULL, NULL, NULL, NULL);
}

bool
convert_to_utf8(
    struct buf *out, const char *name, const void *data, size_t len, bool *bad)
{
	struct converter c;

	if (!converter_open(&c, name))
		return false;
	converter_put(&c, out, data, len, bad);
	converter_close(&c);
	return true;
}
