#include "config/test_mistake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "config/config_load.h"

/* The only mistake in text, without the folder; NULL: none. The caller's. */
static char *
mistake_of(const char *folder, const char *text)
{
	char *file = xasprintf("%s/noroshi.conf", folder);
	char *mistake = NULL;
	struct strs lines = {0};
	struct config *c;
	struct err e = {0};

	test_folder_write(folder, "noroshi.conf", text);
	if (config_load(&c, file, &lines, &e) == 0)
		config_free(c);
	if (lines.count > 1)
		fail_msg("%s, and %s", lines.item[0], lines.item[1]);
	if (lines.count == 1)
		mistake = xstrdup(lines.item[0] + strlen(folder) + 1);
	strs_free(&lines);
	free(file);
	return mistake;
}

void
assert_good(const char *folder, const char *text)
{
	char *mistake = mistake_of(folder, text);

	if (mistake != NULL)
		fail_msg("%s", mistake);
}

void
assert_mistake(const char *folder, const char *text, const char *expected)
{
	char *mistake = mistake_of(folder, text);

	assert_non_null(mistake);
	if (strstr(mistake, expected) == NULL)
		assert_string_equal(mistake, expected);
	free(mistake);
}
