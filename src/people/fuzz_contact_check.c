#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "people/contact_check.h"

/* An address that was folded is the address that it is compared by. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	char *address = fuzz_line(&f), *once, *twice;

	once = contact_address_fold(address);
	if (once != NULL) {
		const char *at = strchr(once, '@');

		assert(at != NULL && strchr(at + 1, '@') == NULL);
		assert(strlen(once) <= 320 && fuzz_is_line(once));
		assert(strpbrk(once, " <>,;") == NULL);
		for (const char *p = once; *p != '\0'; p++)
			assert(*p < 'A' || *p > 'Z');
		twice = contact_address_fold(once);
		assert(twice != NULL && strcmp(once, twice) == 0);
		free(twice);
	}
	free(once);
	free(address);
	return 0;
}
