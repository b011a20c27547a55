#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "worker/tally.h"

/* In a block of its exact size: one byte too many is seen. */
static const char *
word(const char *text)
{
	char *exact = xmemdup(text, strlen(text));
	const char *w = tally_word(exact, strlen(text));

	free(exact);
	return w == NULL ? "nothing" : w;
}

static void
each_word_counts_in_both_languages(void **state)
{
	(void)state;
	assert_string_equal(word("ack"), "ack");
	assert_string_equal(word("Affected\n"), "affected");
	assert_string_equal(word("NOT AFFECTED\r\n"), "not-affected");
	assert_string_equal(word("not-affected"), "not-affected");
	assert_string_equal(word("question\nwhich version?\n"), "question");
	assert_string_equal(word("確認"), "ack");
	assert_string_equal(word("該当"), "affected");
	assert_string_equal(word("非該当\n"), "not-affected");
	assert_string_equal(word("質問：どの版ですか\n"), "question");
}

static void
white_space_and_a_full_stop_change_nothing(void **state)
{
	(void)state;
	assert_string_equal(word("\n \n  ack. \t\n"), "ack");
	assert_string_equal(word("確認。"), "ack");
	assert_string_equal(word("affected: three hosts"), "affected");
}

static void
a_sentence_is_no_answer(void **state)
{
	(void)state;
	assert_string_equal(word("acknowledged with thanks"), "nothing");
	assert_string_equal(word("affected or not?"), "nothing");
	assert_string_equal(word("ack. and a question"), "nothing");
	assert_string_equal(word("We are affected"), "nothing");
	assert_string_equal(word("該当しません"), "nothing");
	assert_string_equal(word(""), "nothing");
	assert_string_equal(word("\n\n"), "nothing");
}

static void
only_the_first_line_answers(void **state)
{
	(void)state;
	assert_string_equal(word("Hello\nack\n"), "nothing");
	assert_string_equal(word("> affected\nnot affected\n"), "nothing");
}

static void
a_word_cut_short_is_none(void **state)
{
	(void)state;
	assert_string_equal(word("ac"), "nothing");
	assert_string_equal(word("\xE7\xA2"), "nothing");
	assert_string_equal(word("question\xEF\xBC"), "nothing");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_word_counts_in_both_languages),
	    cmocka_unit_test(white_space_and_a_full_stop_change_nothing),
	    cmocka_unit_test(a_sentence_is_no_answer),
	    cmocka_unit_test(only_the_first_line_answers),
	    cmocka_unit_test(a_word_cut_short_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
