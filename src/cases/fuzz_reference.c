#include <stdlib.h>
#include <string.h>

#include "cases/reference.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	char *subject = fuzz_safe_line(&f);
	struct strs found = {0}, again = {0};

	reference_find(subject, &found);
	assert(found.count <= REFERENCE_MAX && fuzz_are_lines(&found));
	for (size_t i = 0; i < found.count; i++) {
		const char *number = found.item[i];

		assert(strlen(number) <= strlen(subject) + 2);
		(void)reference_is_global(number);
		reference_find(number, &again);
		assert(strs_has(&again, number));
		strs_free(&again);
	}
	strs_free(&found);
	free(subject);
	return 0;
}
