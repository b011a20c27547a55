/* How a pager is chosen, and when one is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pager.h"

static void
words_are_split_at_blanks_and_at_nothing_else(void **state)
{
	char text[] = "  less -R\t'-j 3';reboot $HOME ";
	char *word[PAGER_WORDS + 1];

	(void)state;
	pager_words(text, word);
	assert_string_equal(word[0], "less");
	assert_string_equal(word[1], "-R");
	assert_string_equal(word[2], "'-j");
	assert_string_equal(word[3], "3';reboot");
	assert_string_equal(word[4], "$HOME");
	assert_null(word[5]);
}

static void
nothing_and_cat_are_none(void **state)
{
	char empty[] = " ", cat[] = "cat", option[] = "cat -v";
	char *word[PAGER_WORDS + 1];

	(void)state;
	pager_words(empty, word);
	assert_null(word[0]);
	pager_words(cat, word);
	assert_null(word[0]);
	pager_words(option, word);
	assert_string_equal(word[0], "cat");
}

static void
more_words_than_there_is_room_for_are_dropped(void **state)
{
	char text[] = "a b c d e f g h i j k l m n o p q r s t";
	char *word[PAGER_WORDS + 1];

	(void)state;
	pager_words(text, word);
	assert_string_equal(word[PAGER_WORDS - 1], "p");
	assert_null(word[PAGER_WORDS]);
}

static void
only_what_a_terminal_has_no_room_for_is_long(void **state)
{
	struct output o = {.fd = -1, .terminal = true, .rows = 3};

	(void)state;
	buf_init(&o.text, 100);
	buf_puts(&o.text, "1\n2\n");
	assert_false(pager_is_long(&o));
	buf_puts(&o.text, "3\n");
	assert_true(pager_is_long(&o));
	o.rows = 0;
	assert_false(pager_is_long(&o));
	o.rows = 3;
	o.terminal = false;
	assert_false(pager_is_long(&o));
	buf_free(&o.text);
}

static void
on_signal(int number)
{
	(void)number;
}

/* What the caller has open is ended by it: an agent, a ring. */
static void
the_callers_handler_of_interrupts_is_back_afterwards(void **state)
{
	struct output o = {.fd = -1, .terminal = true, .rows = 3};
	struct sigaction act = {.sa_handler = on_signal}, now;

	(void)state;
	assert_int_equal(sigaction(SIGINT, &act, NULL), 0);
	assert_int_equal(setenv("NOROSHI_PAGER", "true", 1), 0);
	buf_init(&o.text, 100);
	buf_puts(&o.text, "1\n");
	(void)signal(SIGPIPE, SIG_IGN);
	assert_true(pager_show(&o));
	assert_int_equal(sigaction(SIGINT, NULL, &now), 0);
	assert_true(now.sa_handler == on_signal);
	buf_free(&o.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_are_split_at_blanks_and_at_nothing_else),
	    cmocka_unit_test(nothing_and_cat_are_none),
	    cmocka_unit_test(more_words_than_there_is_room_for_are_dropped),
	    cmocka_unit_test(only_what_a_terminal_has_no_room_for_is_long),
	    cmocka_unit_test(
		the_callers_handler_of_interrupts_is_back_afterwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
