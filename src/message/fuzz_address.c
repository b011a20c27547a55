#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message/address.h"

static void
check_ids(const char *line, size_t len)
{
	struct strs once = {0}, twice = {0};
	char *joined;

	address_ids(&once, line, len);
	assert(once.count <= ADDRESS_IDS_MAX && fuzz_are_lines(&once));
	for (size_t i = 0; i < once.count; i++) {
		const char *id = once.item[i];

		assert(id[0] == '<' && id[strlen(id) - 1] == '>');
		assert(strpbrk(id, " \t") == NULL);
	}
	joined = strs_join(&once, " ");
	address_ids(&twice, joined, strlen(joined));
	assert(twice.count == once.count);
	for (size_t i = 0; i < once.count; i++)
		assert(strcmp(once.item[i], twice.item[i]) == 0);
	free(joined);
	strs_free(&once);
	strs_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	char *line = fuzz_safe_line(&f);
	struct mailboxes list = {0};
	struct strs warnings = {0};
	size_t len = strlen(line);

	address_parse(&list, line, len, &warnings);
	/* Each takes a byte at least, and so nothing is made of nothing. */
	assert(list.count <= ADDRESS_LIST_MAX && list.count <= len);
	for (size_t i = 0; i < list.count; i++) {
		assert(list.item[i].address != NULL);
		assert(fuzz_is_line(list.item[i].address));
		assert(fuzz_is_line(list.item[i].name));
	}
	check_ids(line, len);
	mailboxes_free(&list);
	strs_free(&warnings);
	free(line);
	return 0;
}
