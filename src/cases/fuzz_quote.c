#include <stdlib.h>
#include <string.h>

#include "cases/quote.h"
#include "fuzz.h"

/* A line "===" stands between the text and what it may quote. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	size_t len;
	char *all = fuzz_safe_text(&f, &len);
	char *middle = strstr(all, "\n===\n");
	size_t text_len = middle == NULL ? len : (size_t)(middle - all) + 1;
	const char *source = middle == NULL ? all : middle + 5;
	size_t source_len = len - (size_t)(source - all);
	struct quote *q = quote_create(all, text_len);

	assert(!quote_of(q, "", 0));
	(void)quote_of(q, source, source_len);
	quote_forget(q, source, source_len);
	assert(!quote_of(q, source, source_len));
	quote_free(q);
	free(all);
	return 0;
}
