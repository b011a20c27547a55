#include <string.h>

#include "base/utf8.h"
#include "fuzz.h"

/* What was made safe stays as it is, and what was fine is not touched. */
static void
check_put(const uint8_t *data, size_t size, bool line)
{
	bool (*put)(struct buf *, const void *, size_t) =
	    line ? utf8_put_line : utf8_put_safe;
	struct buf once, twice;
	bool changed;

	buf_init(&once, 3 * size);
	buf_init(&twice, 3 * size);
	changed = put(&once, data, size);
	assert(!once.over && fuzz_is_safe(once.data, once.len));
	assert(once.len == 0 || !line ||
	       (memchr(once.data, '\n', once.len) == NULL &&
		   memchr(once.data, '\t', once.len) == NULL));
	assert(!put(&twice, once.data, once.len));
	assert(twice.len == once.len);
	assert(once.len == 0 || memcmp(twice.data, once.data, once.len) == 0);
	if (!changed && !line && memchr(data, '\r', size) == NULL)
		assert(once.len == size && memcmp(once.data, data, size) == 0);
	buf_free(&once);
	buf_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 0, n = 1;
	uint32_t cp = 0;

	if (size == 0)
		return 0;
	while (at < size && (n = utf8_next(data + at, size - at, &cp)) > 0)
		at += n;
	assert(at <= size && cp <= 0x10ffff);
	assert(utf8_is(data, size) == (at == size));
	if (fuzz_is_safe(data, size))
		assert(utf8_is(data, size));
	check_put(data, size, false);
	check_put(data, size, true);
	return 0;
}
