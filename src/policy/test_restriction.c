#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "policy/restriction.h"

static void
expect(const char *subject, const char *text, const char *words)
{
	struct strs texts = {0}, found = {0};
	char *joined;

	strs_add(&texts, text);
	restriction_find(subject, &texts, &found);
	joined = strs_join(&found, ", ");
	assert_string_equal(joined, words);
	free(joined);
	strs_free(&texts);
	strs_free(&found);
}

static void
words_in_the_subject_restrict(void **state)
{
	(void)state;
	expect("【転送禁止】不審メール", "text", "転送禁止");
	expect("[Do Not Forward] IOCs", "text", "do not forward");
	expect("ＩＮＴＥＲＮＡＬ ＯＮＬＹ", "text", "internal only");
	expect("Hello", "text", "");
	expect(NULL, "text", "");
}

static void
words_in_the_first_lines_restrict(void **state)
{
	(void)state;
	expect(NULL, "社外秘・取扱注意\n本文\n", "社外秘, 取扱注意");
	expect(NULL, "Hi,\n\nplease do  not\tforward to vendors.\n",
	    "do not forward");
	expect(NULL, "VERBAL-ONLY\nthe rest", "verbal only");
	expect(NULL, "A\nB\nC\nD\nE\nF\nG\nH\nI\ndo not forward\n", "");
}

static void
words_on_a_line_with_a_label_restrict_wherever_it_stands(void **state)
{
	(void)state;
	expect(NULL,
	    "A\nB\nC\nD\nE\nF\nG\nH\nI\nTLP:AMBER, not for onward "
	    "distribution\n",
	    "not for onward distribution");
}

static void
quotes_signatures_footers_and_enclosed_mail_do_not_restrict(void **state)
{
	(void)state;
	expect(NULL, "> do not forward\nHello\n", "");
	expect(NULL, "Hello\n-- \nCompany, internal use only\n", "");
	expect(NULL, "FYI\n-----Original Message-----\nSubject: 社外秘\n", "");
	expect(
	    NULL, "FYI\n---------- Forwarded message ---------\n社外秘\n", "");
}

static void
a_part_of_another_word_does_not_restrict(void **state)
{
	(void)state;
	expect("redo not forwarding ports", "we do not forwarded it", "");
	expect(NULL, "Do not share your password with anybody.", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_in_the_subject_restrict),
	    cmocka_unit_test(words_in_the_first_lines_restrict),
	    cmocka_unit_test(
		words_on_a_line_with_a_label_restrict_wherever_it_stands),
	    cmocka_unit_test(
		quotes_signatures_footers_and_enclosed_mail_do_not_restrict),
	    cmocka_unit_test(a_part_of_another_word_does_not_restrict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
