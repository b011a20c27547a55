#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message/filename.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	char *name = filename_safe(fuzz_safe_line(&f)), *again;

	if (name == NULL)
		return 0;
	assert(name[0] != '\0' && name[0] != '.' && name[0] != '-');
	assert(fuzz_is_line(name) && strpbrk(name, "/\\*?|<>\"") == NULL);
	assert(name[strlen(name) - 1] != '.' && name[strlen(name) - 1] != ' ');
	assert(filename_is_safe(name));
	again = filename_safe(strdup(name));
	assert(again != NULL &&
	       (strcmp(again, name) == 0 || strlen(name) > FILENAME_MAX_BYTES));
	free(again);
	free(name);
	return 0;
}
