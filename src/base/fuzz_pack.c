#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "fuzz.h"

static bool
lies_in(const void *p, size_t len, const uint8_t *data, size_t size)
{
	const uint8_t *q = p;

	return len == 0 || (q >= data && len <= (size_t)(data + size - q));
}

/* Reads the field that is next, and packs it again. */
static void
copy_field(struct unpack *u, const uint8_t *data, size_t size, struct buf *out)
{
	const void *bytes;
	size_t len = 0;
	uint64_t v;
	char *s;

	switch (*u->p) {
	case 'b':
		bytes = unpack_bytes(u, &len);
		assert(!u->bad || len == 0);
		assert(lies_in(bytes, len, data, size));
		pack_bytes(out, bytes, len);
		break;
	case 'n':
		s = unpack_str(u);
		assert(s == NULL);
		pack_str(out, s);
		break;
	default:
		v = unpack_u64(u);
		assert(!u->bad || v == 0);
		pack_u64(out, v);
		break;
	}
}

/* A list's fields are what pack_strs makes of it. */
static void
check_strs(const uint8_t *data, size_t size)
{
	struct strs l = {0};
	struct unpack u;
	struct buf out;

	buf_init(&out, size);
	unpack_init(&u, data, size);
	unpack_strs(&u, &l, 1000);
	assert(l.count <= 1000);
	if (!u.bad) {
		pack_strs(&out, &l);
		assert(!out.over && out.len == size - u.left);
		assert(memcmp(out.data, data, out.len) == 0);
	}
	strs_free(&l);
	buf_free(&out);
}

/* Each kind of read keeps to the end, whatever is there. */
static void
check_types(const uint8_t *data, size_t size)
{
	struct unpack u;

	unpack_init(&u, data, size);
	for (size_t i = 0; i < 8; i++) {
		(void)unpack_bool(&u);
		(void)unpack_i64(&u);
		assert(unpack_max(&u, 5) <= 5);
		free(unpack_str(&u));
	}
	assert(u.left <= size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unpack u;
	struct buf out;

	if (size == 0)
		return 0;
	buf_init(&out, size + 9);
	unpack_init(&u, data, size);
	while (u.left > 0 && !u.bad)
		copy_field(&u, data, size, &out);
	assert(!u.bad || !unpack_done(&u));
	if (!u.bad)
		assert(out.len == size && memcmp(out.data, data, size) == 0);
	buf_free(&out);
	check_strs(data, size);
	check_types(data, size);
	return 0;
}
