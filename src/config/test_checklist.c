#include "config/checklist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/test_folder.h"

static const char *const categories[] = {"scan", "forged-mail", "intrusion",
    "phishing", "dos", "malware", "spam", "apt", "insider", "ics", "leak",
    "vulnerability", "exercise"};

#define CATEGORIES (sizeof(categories) / sizeof(categories[0]))

/* A folder of a team's own with one file of that name and text. */
static char *
own(const char *name, const char *text)
{
	char *folder = test_folder_make();
	char *en = xasprintf("%s/en", folder);

	assert_int_equal(mkdir(en, 0700), 0);
	test_folder_write(en, name, text);
	free(en);
	return folder;
}

static void
drop(char *folder)
{
	assert_int_equal(test_folder_remove(folder), 0);
}

static void
assert_wrong(const char *name, const char *text, const char *why)
{
	char *folder = own(name, text);
	char *wrong = checklist_check(folder);

	if (wrong == NULL || strstr(wrong, why) == NULL)
		fail_msg("%s: %s", text, wrong == NULL ? "right" : wrong);
	free(wrong);
	drop(folder);
}

static void
every_category_has_the_same_items_in_each_language(void **state)
{
	(void)state;
	for (size_t i = 0; i < CATEGORIES; i++) {
		struct strs en = {0}, ja = {0};
		struct err e = {0};

		assert_int_equal(
		    checklist_read(NULL, "en", categories[i], &en, &e), 0);
		assert_int_equal(
		    checklist_read(NULL, "ja", categories[i], &ja, &e), 0);
		assert_true(en.count >= 5);
		assert_int_equal(en.count, ja.count);
		strs_free(&en);
		strs_free(&ja);
	}
}

static void
a_case_without_a_category_has_none(void **state)
{
	struct strs items = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(checklist_read(NULL, "en", NULL, &items, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	assert_int_equal(checklist_read(NULL, "en", "enquiry", &items, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
}

static void
a_teams_own_list_takes_the_place_of_the_built_in_one(void **state)
{
	char *folder =
	    own("dos.txt", "# ours\n\n- Call the provider\r\n- 確認\n");
	struct strs items = {0};
	struct err e = {0};

	(void)state;
	assert_null(checklist_check(folder));
	assert_int_equal(checklist_read(folder, "en", "dos", &items, &e), 0);
	assert_int_equal(items.count, 2);
	assert_string_equal(items.item[0], "Call the provider");
	assert_string_equal(items.item[1], "確認");
	strs_free(&items);
	assert_int_equal(checklist_read(folder, "ja", "dos", &items, &e), 0);
	assert_true(items.count > 2);
	strs_free(&items);
	assert_int_equal(checklist_read(folder, "en", "leak", &items, &e), 0);
	assert_true(items.count > 2);
	strs_free(&items);
	drop(folder);
}

static void
a_mistake_is_named_with_file_and_line(void **state)
{
	struct buf many;

	(void)state;
	assert_wrong("dos.txt", "- a\nb\n", "en/dos.txt:2: is no item");
	assert_wrong("dos.txt", "-a\n", "en/dos.txt:1: is no item");
	assert_wrong("dos.txt", "- a\n# x\n- a\n", "dos.txt:3: stands there");
	assert_wrong("dos.txt", "- a\033[31m\n", "dos.txt:1: has a control");
	assert_wrong("dos.txt", "- a\n- \xff\xfe\n", "dos.txt:2: is not UTF-8");
	assert_wrong("dos.txt", "# only\n", "dos.txt:1: has no item");
	assert_wrong("dos.txt", "", "dos.txt:1: has no item");
	assert_wrong("doss.txt", "- a\n", "\"doss\" is no category");
	buf_init(&many, 4096);
	for (int i = 0; i < 101; i++)
		buf_putf(&many, "- %d\n", i);
	assert_wrong("dos.txt", buf_str(&many), "dos.txt:101: is one item");
	buf_free(&many);
}

static void
a_list_that_broke_later_is_no_list(void **state)
{
	char *folder = own("dos.txt", "broken\n");
	struct strs items = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(checklist_read(folder, "en", "dos", &items, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	strs_free(&items);
	drop(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		every_category_has_the_same_items_in_each_language),
	    cmocka_unit_test(a_case_without_a_category_has_none),
	    cmocka_unit_test(
		a_teams_own_list_takes_the_place_of_the_built_in_one),
	    cmocka_unit_test(a_mistake_is_named_with_file_and_line),
	    cmocka_unit_test(a_list_that_broke_later_is_no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
