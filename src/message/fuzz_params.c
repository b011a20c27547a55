#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message/params.h"

static void
check_text(const struct params *p, const char *name)
{
	struct strs warnings = {0};
	char *text = params_text(p, name, &warnings);
	char *word = params_word(p, name, &warnings);

	assert(fuzz_is_line(text) && fuzz_is_line(word));
	assert((text == NULL) == (word == NULL));
	assert(text == NULL || strcasecmp(text, word) == 0);
	free(text);
	free(word);
	strs_free(&warnings);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct params p;

	params_parse(&p, (const char *)data, size);
	assert(p.value != NULL && p.count <= PARAMS_MAX);
	assert(strlen(p.value) <= size);
	for (size_t i = 0; i < p.count; i++) {
		assert(p.item[i].len <= size);
		assert(p.item[i].value[p.item[i].len] == '\0');
		for (const char *c = p.item[i].name; *c != '\0'; c++)
			assert(*c < 'A' || *c > 'Z');
	}
	check_text(&p, "name");
	check_text(&p, "filename");
	check_text(&p, "boundary");
	check_text(&p, "charset");
	params_free(&p);
	return 0;
}
