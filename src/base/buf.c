#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"

#define BUF_FIRST 64 /* bytes, of the first allocation */
#define BUF_MAPPED (1U << 20) /* bytes from which a buffer is mapped */
#define BUF_PAGE (2U << 20) /* bytes of a huge page */

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
	if (b->mapped)
		(void)munmap(b->data, b->cap);
	else
		free(b->data);
	b->mapped = false;
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

/*
 * Huge pages, since a fault for each 4 kB of a mail of 5 MB takes longer than
 * to decrypt it. None of it in a child: each gpg that is started would have its
 * page tables copied, and each page be marked and unmarked.
 */
static unsigned char *
buf_map(size_t cap)
{
	void *p = mmap(NULL, cap, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	(void)madvise(p, cap, MADV_HUGEPAGE);
	(void)madvise(p, cap, MADV_DONTFORK);
	(void)madvise(p, cap, MADV_DONTDUMP);
	return p;
}

/* Its pages move along: nothing is copied, nor left behind. */
static bool
buf_remap(struct buf *b, size_t cap)
{
	void *p = mremap(b->data, b->cap, cap, MREMAP_MAYMOVE);

	if (p == MAP_FAILED)
		return false;
	b->data = p;
	b->cap = cap;
	return true;
}

/* A secret's old place is wiped, so no realloc for it. */
static void
buf_resize(struct buf *b, size_t cap)
{
	struct buf old = *b;

	if (cap > BUF_PAGE && cap < SIZE_MAX - BUF_PAGE)
		cap = (cap + BUF_PAGE - 1) / BUF_PAGE * BUF_PAGE;
	if (b->mapped && buf_remap(b, cap))
		return;
	b->data = cap < BUF_MAPPED ? NULL : buf_map(cap);
	b->mapped = b->data != NULL;
	if (!b->mapped && !b->secret && !old.mapped) {
		b->data = xreallocarray(old.data, cap, 1);
		b->cap = cap;
		return;
	}
	if (!b->mapped)
		b->data = xmalloc(cap);
	if (old.len > 0)
		memcpy(b->data, old.data, old.len);
	buf_release(&old);
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

	if (b->mapped) {
		s = xmalloc(b->len + 1);
		memcpy(s, b->data, b->len + 1);
		buf_release(b);
	} else {
		s = b->data == NULL ? xstrdup("") : (char *)b->data;
	}
	b->data = NULL;
	b->len = b->cap = 0;
	b->over = false;
	return s;
}
