#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message/charset.h"

/* The first line names the charset, where it is not empty. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	char *name = fuzz_line(&f);
	const char *charset = name[0] == '\0' ? NULL : name;
	struct strs warnings = {0};
	struct buf text, line;

	buf_init(&text, 32 * f.left + 64);
	buf_init(&line, 32 * f.left + 64);
	charset_text(&text, charset, f.p, f.left, &warnings);
	charset_line(&line, charset, f.p, f.left, NULL);
	assert(!text.over && fuzz_is_safe(text.data, text.len));
	assert(!line.over && fuzz_is_line(buf_str(&line)));
	assert(strlen(buf_str(&line)) == line.len);
	assert(fuzz_are_lines(&warnings) && warnings.count <= 4);
	/* UTF-8 that was safe is the same text. */
	if (charset != NULL && strcasecmp(charset, "utf-8") == 0 &&
	    fuzz_stays(f.p, f.left)) {
		assert(text.len == f.left && warnings.count == 0);
		assert(f.left == 0 || memcmp(text.data, f.p, f.left) == 0);
	}
	strs_free(&warnings);
	buf_free(&text);
	buf_free(&line);
	free(name);
	return 0;
}
