#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message/text.h"

/* A byte of options, a line each for encoding and charset, the bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	unsigned options = fuzz_byte(&f);
	char *encoding = fuzz_line(&f), *charset = fuzz_line(&f);
	const struct text_form form = {.encoding = encoding,
	    .charset = charset[0] == '\0' ? NULL : charset,
	    .html = (options & 1) != 0,
	    .flowed = (options & 2) != 0,
	    .delsp = (options & 4) != 0};
	struct strs warnings = {0};
	struct buf out;

	buf_init(&out, (options & 8) != 0 ? options : 1U << 20);
	text_read(&out, &form, f.p, f.left, &warnings);
	assert(!out.over && out.len <= out.max);
	assert(fuzz_is_safe(out.data, out.len));
	assert(fuzz_are_lines(&warnings));
	for (size_t max = 0; max <= out.len && max < 64; max++) {
		size_t n = text_clip(buf_str(&out), out.len, max);

		assert(n <= max && fuzz_is_safe(out.data, n));
	}
	strs_free(&warnings);
	buf_free(&out);
	free(encoding);
	free(charset);
	return 0;
}
