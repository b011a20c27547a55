#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message/html.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	size_t len;
	char *html = fuzz_safe_text(&f, &len);
	struct strs warnings = {0};
	struct buf out;

	/* The size that text_read gives it. */
	buf_init(&out, 2 * len + 64);
	html_text(&out, html, len, &warnings);
	assert(!out.over && fuzz_is_safe(out.data, out.len));
	assert(fuzz_are_lines(&warnings) && warnings.count <= 1);
	strs_free(&warnings);
	buf_free(&out);
	free(html);
	return 0;
}
