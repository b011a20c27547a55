#include <stdlib.h>
#include <string.h>

#include "cases/query.h"
#include "cases/search.h"
#include "fuzz.h"

/* A line "===" stands between a query and a text that it is asked of. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	struct err e = {0};
	struct query q;
	struct buf line;
	size_t len, depth = 0, terms = 0;
	char *all = fuzz_safe_text(&f, &len);
	char *middle = strstr(all, "\n===\n");
	const char *text = middle == NULL ? "" : middle + 5;

	if (middle != NULL)
		*middle = '\0';
	if (query_parse(all, 1795309323, &q, &e) == 0) {
		assert(q.terms <= QUERY_TERMS);
		for (size_t i = 0; i < q.ops; i++) {
			if (q.op[i] == QUERY_TERM) {
				assert(terms++ < q.terms);
				depth++;
			} else if (q.op[i] == QUERY_NOT) {
				assert(depth >= 1);
			} else {
				assert(depth >= 2);
				depth--;
			}
		}
		assert(depth == 1 && terms == q.terms);
		buf_init(&line, 4096);
		(void)search_snippet(&q, text, strlen(text), &line);
		buf_free(&line);
	} else {
		assert(e.code == ERR_DATA && q.term == NULL);
	}
	query_free(&q);
	free(all);
	return 0;
}
