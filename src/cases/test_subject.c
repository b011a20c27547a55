#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/subject.h"

static void
base_is(const char *subject, const char *expected)
{
	char *base = subject_base(subject);

	if (expected == NULL) {
		assert_null(base);
		return;
	}
	assert_non_null(base);
	assert_string_equal(base, expected);
	free(base);
}

static void
marks_of_answers_and_lists_are_no_part_of_a_subject(void **state)
{
	static const char *const all[] = {"A site", "Re: A site",
	    "RE: Re: a  site", "Re[2]: A site", "Re (3): A site", "Fwd: A site",
	    "AW: WG: A site", "Sv: A site", "返信: A site", "転送：A site",
	    "Re：Ａ site", "回复: A site", "[list] A site",
	    "Re: [list] Re: [EX-2026-0001] A site", "A site (fwd)",
	    "[Fwd: A site]", "Re: TLP:AMBER A site", "[TLP:RED] A site  (fwd) ",
	    "Re: A \tsite", "答覆：A\u3000site", "RIF: A site", "회신: A site"};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		base_is(all[i], "a site");
	base_is("Reset: a site", "reset: a site");
	base_is("[list]", "[list]");
	base_is("TLP:GREEN", "tlp:green");
	base_is("ready", "ready");
}

static void
a_subject_that_is_hidden_says_nothing(void **state)
{
	static const char *const all[] = {"", "...", "Re: ...", "[...]",
	    "Re: [...]", "…", "Encrypted Message", "Re: Encrypted message",
	    "暗号化", "返信: 暗号化", "暗号化メール", "Re:", "(no subject)",
	    "件名なし", "[team] ..."};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		base_is(all[i], NULL);
	base_is(NULL, NULL);
	base_is("Encrypted message found on host", "encrypted message found on"
						   " host");
}

static void
what_is_hidden_may_be_any_subject(void **state)
{
	(void)state;
	assert_true(subject_may_be_same("Re: a", "A"));
	assert_true(subject_may_be_same("...", "A"));
	assert_true(subject_may_be_same("a", NULL));
	assert_false(subject_may_be_same("a", "b"));
}

static void
a_subject_of_marks_alone_takes_no_stack_and_no_quadratic_time(void **state)
{
	size_t len = 400000;
	char *s = xmalloc(len + 1), *base;

	(void)state;
	for (size_t i = 0; i < len; i += 4)
		memcpy(s + i, "re: ", 4);
	s[len] = '\0';
	base = subject_base(s);
	assert_null(base);
	for (size_t i = 0; i < 4000; i += 5)
		memcpy(s + i, "(fwd)", 5);
	s[4000] = '\0';
	base_is(s, NULL);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		marks_of_answers_and_lists_are_no_part_of_a_subject),
	    cmocka_unit_test(a_subject_that_is_hidden_says_nothing),
	    cmocka_unit_test(what_is_hidden_may_be_any_subject),
	    cmocka_unit_test(
		a_subject_of_marks_alone_takes_no_stack_and_no_quadratic_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
