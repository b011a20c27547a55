#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "message/entities.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	size_t len;
	char *text = fuzz_safe_text(&f, &len), *line;

	for (size_t i = 0; i < len; i++) {
		char out[ENTITY_TEXT_MAX] = "";
		size_t n;

		if (text[i] != '&')
			continue;
		n = entity_read(text + i, len - i, out);
		assert(n <= len - i);
		assert(n == 0 || utf8_is(out, strnlen(out, sizeof(out))));
		assert(memchr(out, '\0', sizeof(out)) != NULL);
	}
	line = entity_decode(text, len);
	assert(line != NULL && fuzz_is_line(line));
	free(line);
	free(text);
	return 0;
}
