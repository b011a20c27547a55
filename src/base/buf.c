#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define BUF_FIRST 64 /* bytes, of the first allocation */

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void
buf_init_secret(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max, .secret = true};
}

static void
buf_release(struct buf *b)
{
	if (b->secret && b->data != NULL)
		explicit_bzero(b->data, b->cap);
	free(b->data);
}

void
buf_free(struct buf *b)
{
	bool secret = b->secret;
	size_t max = b->max;

	buf_release(b);
	*b = (struct buf){.max = max, .secret = secret};
}

void
buf_clear(struct buf *b)
{
	if (b->secret && b->data != NULL)
		explicit_bzero(b->data, b->len);
	b->len = 0;
	b->over = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

/* A secret's old place is wiped, so no realloc for it. */
static void
buf_resize(struct buf *b, size_t cap)
{
	unsigned char *data;

	if (!b->secret) {
		b->data = xreallocarray(b->data, cap, 1);
		b->cap = cap;
		return;
	}
	data = xmalloc(cap);
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	buf_release(b);
	b->data = data;
	b->cap = cap;
}

static void
buf_grow(struct buf *b, size_t need)
{
	size_t cap = b->cap == 0 ? BUF_FIRST : b->cap;

	while (cap < need)
		cap *= 2;
	buf_resize(b, cap);
}

void
buf_expect(struct buf *b, size_t len)
{
	size_t need = b->len + len + 1;

	if (len > b->max - b->len || need <= b->cap)
		return;
	/* Just that much; but a thousand small wishes are no thousand copies.
	 */
	buf_resize(b, need < 2 * b->cap ? 2 * b->cap : need);
	b->data[b->len] = '\0';
}

static unsigned char *
buf_room(struct buf *b, size_t len)
{
	unsigned char *at;

	if (b->over || len > b->max - b->len) {
		b->over = true;
		return NULL;
	}
	if (b->cap - b->len < len + 1)
		buf_grow(b, b->len + len + 1);
	at = b->data + b->len;
	b->len += len;
	b->data[b->len] = '\0';
	return at;
}

void
buf_put(struct buf *b, const void *data, size_t len)
{
	unsigned char *at;

	if (len == 0)
		return;
	at = buf_room(b, len);
	if (at != NULL)
		memcpy(at, data, len);
}

void
buf_putc(struct buf *b, int c)
{
	unsigned char *at = buf_room(b, 1);

	if (at != NULL)
		*at = (unsigned char)c;
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_vputf(struct buf *b, const char *fmt, va_list ap)
{
	char *s = xvasprintf(fmt, ap);
	size_t len = strlen(s);

	buf_put(b, s, len);
	if (b->secret)
		explicit_bzero(s, len);
	free(s);
}

void
buf_putf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vputf(b, fmt, ap);
	va_end(ap);
}

unsigned char *
buf_reserve(struct buf *b, size_t len)
{
	unsigned char *at;

	buf_expect(b, len);
	at = buf_room(b, len);
	if (at != NULL)
		memset(at, 0, len);
	return at;
}

const char *
buf_str(const struct buf *b)
{
	return b->data == NULL ? "" : (const char *)b->data;
}

char *
buf_take_str(struct buf *b)
{
	char *s;

	s = b->data == NULL ? xstrdup("") : (char *)b->data;
	b->data = NULL;
	b->len = b->cap = 0;
	b->over = false;
	return s;
}
