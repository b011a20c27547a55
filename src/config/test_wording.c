#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/test_folder.h"
#include "config/wording.h"

static const struct wording_values values = {.incident = "EX-2026-0001",
    .team = "Example {case} CSIRT",
    .address = "csirt@example.org",
    .key = "ABCD EF01",
    .reason = "It is {not} ours."};

/* Subject and text, with a line between them; the caller's. */
static char *
made(const char *folder, const char *language, enum wording which)
{
	struct buf subject, text;

	buf_init(&subject, 4096);
	buf_init(&text, 65536);
	wording_make(folder, language, which, &values, &subject, &text);
	buf_putf(&subject, "\n---\n%s", buf_str(&text));
	buf_free(&text);
	return buf_take_str(&subject);
}

static void
own_as(const char *folder, const char *name, const char *text)
{
	char *en = xasprintf("%s/en", folder);

	(void)mkdir(en, 0700);
	test_folder_write(en, name, text);
	free(en);
}

static void
own(const char *folder, const char *text)
{
	own_as(folder, "acknowledgement.txt", text);
}

/* The first line of the text that somebody of that class gets. */
static void
check_kind(const char *folder, const char *kind, const char *class,
    const char *expected)
{
	struct buf subject, text;

	buf_init(&subject, 4096);
	buf_init(&text, 65536);
	wording_acknowledge(
	    folder, "en", kind, class, &values, &subject, &text);
	assert_string_equal(buf_str(&subject), expected);
	buf_free(&subject);
	buf_free(&text);
}

static void
the_built_in_texts_name_the_case_and_have_no_braces_left(void **state)
{
	static const char *const languages[] = {"en", "ja"};

	(void)state;
	for (int i = 0; i < 2 * WORDINGS; i++) {
		char *text = made(NULL, languages[i / WORDINGS],
		    (enum wording)(i % WORDINGS));

		assert_non_null(strstr(text, "EX-2026-0001"));
		assert_non_null(strstr(text, "csirt@example.org"));
		assert_null(strstr(text, "{address}"));
		assert_null(strstr(text, "{team}"));
		assert_null(strstr(text, "{key}"));
		assert_null(strstr(text, "Subject:"));
		assert_true(strlen(text) < 4096);
		free(text);
	}
}

static void
a_value_is_never_read_as_a_text(void **state)
{
	char *text = made(NULL, "en", WORDING_ACKNOWLEDGEMENT_SHORT);

	(void)state;
	assert_non_null(strstr(text, "Example {case} CSIRT"));
	free(text);
}

static void
a_team_s_own_text_goes_before_the_built_in_one(void **state)
{
	const char *folder = *state;
	char *text;

	own(folder, "Subject: Hello {team}\n\nNumber: {case}.\n");
	text = made(folder, "en", WORDING_ACKNOWLEDGEMENT);
	assert_string_equal(
	    text, "Hello Example {case} CSIRT\n---\nNumber: EX-2026-0001.\n");
	free(text);
	text = made(folder, "ja", WORDING_ACKNOWLEDGEMENT);
	assert_non_null(strstr(text, "\xe5\x8f\x97\xe4\xbb\x98"));
	free(text);
	assert_null(wording_check(folder));
}

static void
a_wrong_text_is_a_mistake_and_the_built_in_one_is_used(void **state)
{
	static const char *const wrong[] = {"", "Hello\n\nx\n", "Subject: x",
	    "Subject: x\n", "Subject: x\ny\n", "Subject: \n\nx\n",
	    "Subject: x\n\n{caes}\n", "Subject: x\n\n{case\n",
	    "Subject: x\n\n}\n", "Subject: {\n\nx\n", "Subject: x\n\n\xff\n",
	    "Subject: x\n\n\x1b[1m\n", "Subject: x\ty\n\nz\n",
	    "Subject: x\n\n{a\tb}\n", "Subject: x\ry\n\nz\n",
	    "Subject: x\n\n{a\r\n", "Subject: x\r\n\r\ny\r\n"};
	const char *folder = *state;

	log_init("test", LOG_LEVEL_ERROR);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char *mistake, *text;

		own(folder, wrong[i]);
		mistake = wording_check(folder);
		if (mistake == NULL)
			fail_msg("\"%s\" was let through", wrong[i]);
		assert_non_null(strstr(mistake, "en/acknowledgement.txt"));
		assert_null(strpbrk(mistake, "\t\r\n"));
		free(mistake);
		text = made(folder, "en", WORDING_ACKNOWLEDGEMENT);
		assert_non_null(strstr(text, "Thank you."));
		free(text);
	}
}

static void
each_kind_and_class_has_the_nearest_text(void **state)
{
	const char *folder = *state;

	check_kind(folder, "report", "finder", "We have received your message");
	check_kind(folder, "vulnerability", "finder",
	    "We have received your vulnerability report");
	check_kind(
	    folder, "enquiry", "public", "We have received your question");
	own(folder, "Subject: all\n\nx\n");
	check_kind(folder, "vulnerability", "finder", "all");
	own_as(folder, "acknowledgement-finder.txt", "Subject: class\n\nx\n");
	check_kind(folder, "vulnerability", "finder", "class");
	check_kind(folder, "vulnerability", "public", "all");
	own_as(folder, "acknowledgement-vulnerability.txt",
	    "Subject: kind\n\nx\n");
	check_kind(folder, "vulnerability", "finder", "kind");
	check_kind(folder, "report", "finder", "class");
	own_as(folder, "acknowledgement-vulnerability-finder.txt",
	    "Subject: both\n\nx\n");
	check_kind(folder, "vulnerability", "finder", "both");
	assert_null(wording_check(folder));
}

static void
check_mistake(const char *folder, const char *part)
{
	char *mistake = wording_check(folder);

	assert_non_null(mistake);
	if (strstr(mistake, part) == NULL)
		fail_msg("%s\nhas no\n%s", mistake, part);
	free(mistake);
}

static void
a_mistake_is_named_with_its_line(void **state)
{
	const char *folder = *state;

	own(folder, "Subject: x\n\ny\n{caes}\n");
	check_mistake(folder, "/en/acknowledgement.txt:4: \"{caes}\" stands");
	own(folder, "Subject: x\n\n{reason}\n");
	check_mistake(folder, "/en/acknowledgement.txt:3: \"{reason}\" stands");
	own(folder, "Subject: x\n\ny\n");
	own_as(folder, "acknowledgement-findr.txt", "Subject: x\n\ny\n");
	check_mistake(folder, "/en/acknowledgement-findr.txt:1: no text has");
}

static void
a_refusal_gives_its_reason(void **state)
{
	const char *folder = *state;
	char *text = made(NULL, "en", WORDING_OUT_OF_SCOPE);

	assert_non_null(strstr(text, "\nIt is {not} ours.\n"));
	free(text);
	own_as(folder, "out-of-scope.txt", "Subject: No\n\nNot ours: {case}\n");
	check_mistake(folder, "/en/out-of-scope.txt:1: has no {reason}");
	own_as(folder, "out-of-scope.txt", "Subject: No\n\n{reason}\n");
	assert_null(wording_check(folder));
	text = made(folder, "en", WORDING_OUT_OF_SCOPE);
	assert_string_equal(text, "No\n---\nIt is {not} ours.\n");
	free(text);
}

static void
a_text_that_is_too_long_or_no_file_is_a_mistake(void **state)
{
	const char *folder = *state;
	struct buf long_text;
	char *mistake, *path;

	buf_init(&long_text, 65536);
	buf_puts(&long_text, "Subject: x\n\n");
	for (int i = 0; i < 2000; i++)
		buf_puts(&long_text, "ten bytes\n");
	own(folder, buf_str(&long_text));
	buf_free(&long_text);
	mistake = wording_check(folder);
	assert_non_null(mistake);
	free(mistake);
	own(folder, "Subject: x\n\ny\n");
	path = xasprintf("%s/ja", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
	path = xasprintf("%s/ja/acknowledgement-short.txt", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	mistake = wording_check(folder);
	assert_non_null(mistake);
	free(mistake);
	mistake = wording_check("/nowhere/at/all");
	assert_non_null(mistake);
	free(mistake);
	free(path);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(                                       \
	    name, test_folder_open, test_folder_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		the_built_in_texts_name_the_case_and_have_no_braces_left),
	    cmocka_unit_test(a_value_is_never_read_as_a_text),
	    TEST(a_team_s_own_text_goes_before_the_built_in_one),
	    TEST(a_wrong_text_is_a_mistake_and_the_built_in_one_is_used),
	    TEST(each_kind_and_class_has_the_nearest_text),
	    TEST(a_mistake_is_named_with_its_line),
	    TEST(a_refusal_gives_its_reason),
	    TEST(a_text_that_is_too_long_or_no_file_is_a_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
