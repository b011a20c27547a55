#include <string.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "message/jis.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out;
	bool bad;

	buf_init(&out, 16 * size + 16);
	bad = jis_decode(&out, data, size);
	assert(!out.over && utf8_is(buf_str(&out), out.len));
	assert(out.len == 0 || memchr(out.data, '\x1b', out.len) == NULL);
	if (!bad && fuzz_is_ascii(data, size) &&
	    (size == 0 || (memchr(data, '\x1b', size) == NULL &&
			      memchr(data, '\x0e', size) == NULL &&
			      memchr(data, '\x0f', size) == NULL))) {
		assert(out.len == size);
		assert(size == 0 || memcmp(out.data, data, size) == 0);
	}
	buf_free(&out);
	return 0;
}
