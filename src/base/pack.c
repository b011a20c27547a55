#include "base/pack.h"

#include <string.h>

#include "base/alloc.h"

static void
pack_be(struct buf *b, uint64_t v, size_t bytes)
{
	while (bytes-- > 0)
		buf_putc(b, (int)(v >> (bytes * 8) & 0xff));
}

void
pack_u64(struct buf *b, uint64_t v)
{
	buf_putc(b, 'u');
	pack_be(b, v, 8);
}

void
pack_i64(struct buf *b, int64_t v)
{
	pack_u64(b, (uint64_t)v);
}

void
pack_bool(struct buf *b, bool v)
{
	pack_u64(b, v ? 1 : 0);
}

void
pack_bytes(struct buf *b, const void *data, size_t len)
{
	if (len > UINT32_MAX) {
		b->over = true;
		return;
	}
	buf_putc(b, 'b');
	pack_be(b, len, 4);
	buf_put(b, data, len);
}

void
pack_str(struct buf *b, const char *s)
{
	if (s == NULL)
		buf_putc(b, 'n');
	else
		pack_bytes(b, s, strlen(s));
}

void
pack_strs(struct buf *b, const struct strs *l)
{
	pack_u64(b, l->count);
	for (size_t i = 0; i < l->count; i++)
		pack_str(b, l->item[i]);
}

void
unpack_init(struct unpack *u, const void *data, size_t len)
{
	*u = (struct unpack){.p = data, .left = len};
}

static bool
unpack_tag(struct unpack *u, int tag)
{
	if (u->bad || u->left == 0 || *u->p != tag) {
		u->bad = true;
		return false;
	}
	u->p++;
	u->left--;
	return true;
}

static uint64_t
unpack_be(struct unpack *u, size_t bytes)
{
	uint64_t v = 0;

	if (u->bad || u->left < bytes) {
		u->bad = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | u->p[i];
	u->p += bytes;
	u->left -= bytes;
	return v;
}

uint64_t
unpack_u64(struct unpack *u)
{
	return unpack_tag(u, 'u') ? unpack_be(u, 8) : 0;
}

int64_t
unpack_i64(struct unpack *u)
{
	return (int64_t)unpack_u64(u);
}

uint64_t
unpack_max(struct unpack *u, uint64_t max)
{
	uint64_t v = unpack_u64(u);

	if (v <= max)
		return v;
	u->bad = true;
	return 0;
}

bool
unpack_bool(struct unpack *u)
{
	return unpack_max(u, 1) == 1;
}

const void *
unpack_bytes(struct unpack *u, size_t *len)
{
	const void *p;
	size_t n;

	*len = 0;
	if (!unpack_tag(u, 'b'))
		return NULL;
	n = (size_t)unpack_be(u, 4);
	if (u->bad || n > u->left) {
		u->bad = true;
		return NULL;
	}
	p = u->p;
	u->p += n;
	u->left -= n;
	*len = n;
	return p;
}

char *
unpack_str(struct unpack *u)
{
	const char *p;
	size_t len;

	if (!u->bad && u->left > 0 && *u->p == 'n') {
		u->p++;
		u->left--;
		return NULL;
	}
	p = unpack_bytes(u, &len);
	if (p == NULL)
		return NULL;
	if (memchr(p, '\0', len) != NULL) {
		u->bad = true;
		return NULL;
	}
	return xstrndup(p, len);
}

void
unpack_strs(struct unpack *u, struct strs *l, size_t max)
{
	uint64_t count = unpack_max(u, max);

	strs_free(l);
	for (uint64_t i = 0; i < count && !u->bad; i++) {
		size_t len;
		const char *p = unpack_bytes(u, &len);

		if (p != NULL && memchr(p, '\0', len) == NULL)
			strs_add_len(l, p, len);
		else
			u->bad = true;
	}
	if (u->bad)
		strs_free(l);
}

bool
unpack_done(const struct unpack *u)
{
	return !u->bad && u->left == 0;
}
