#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "worker/acknowledge.h"

static void
check(const char *subject, const char *text, const char *expected)
{
	char *exact = xstrdup(text);
	const char *got = acknowledge_language(subject, exact, strlen(exact));

	if (expected == NULL)
		assert_null(got);
	else
		assert_non_null(got);
	if (got != NULL && expected != NULL)
		assert_string_equal(got, expected);
	free(exact);
}

static void
kana_in_subject_or_text_are_japanese(void **state)
{
	(void)state;
	check(NULL, "\xe3\x81\x8a\xe4\xb8\x96\xe8\xa9\xb1\xe3\x81\xab", "ja");
	check("\xe3\x83\xa1\xe3\x83\xbc", "", "ja");
	check("\xe3\x81\x8a", "\xe3\x83\xa1", "ja");
	check(NULL, "\xef\xbd\xb1\xef\xbd\xb2", "ja");
}

static void
what_has_no_kana_is_in_no_language_that_we_know(void **state)
{
	(void)state;
	check(NULL, "", NULL);
	check("Hello", "A report.", NULL);
	check(NULL, "\xe5\xae\x89\xe5\x85\xa8\xe6\x8a\xa5\xe5\x91\x8a", NULL);
	check(NULL, "\xc2\xaf\\_(\xe3\x83\x84)_/\xc2\xaf", NULL);
	check(NULL, "\xe3\xe3\xe3\x81", NULL);
}

static void
only_the_start_of_a_long_text_is_looked_at(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 65536; i++)
		buf_putc(&b, 'x');
	buf_puts(&b, "\xe3\x81\x8a\xe3\x81\x8a\xe3\x81\x8a");
	assert_null(acknowledge_language(NULL, buf_str(&b), b.len));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kana_in_subject_or_text_are_japanese),
	    cmocka_unit_test(what_has_no_kana_is_in_no_language_that_we_know),
	    cmocka_unit_test(only_the_start_of_a_long_text_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
