#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message/words.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	char *line = fuzz_safe_line(&f);
	size_t len = strlen(line);
	struct strs warnings = {0};
	struct buf out;

	buf_init(&out, 16 * len + 64);
	words_decode(&out, line, len, &warnings);
	assert(!out.over && fuzz_is_line(buf_str(&out)));
	assert(strlen(buf_str(&out)) == out.len);
	/* Without a word in it nothing changes. */
	if (strstr(line, "=?") == NULL)
		assert(strcmp(buf_str(&out), line) == 0);
	strs_free(&warnings);
	buf_free(&out);
	free(line);
	return 0;
}
