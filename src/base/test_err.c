#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "base/err.h"
#include "base/utf8.h"

static void
err_set_gives_minus_one_and_fills_code_and_text(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(err_set(&e, ERR_TEMP, "disk %d: %s", 7, "full"), -1);
	assert_int_equal(e.code, ERR_TEMP);
	assert_string_equal(e.text, "disk 7: full");
}

static void
nobody_listening_is_no_crash(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_DATA, "%s", "x"), -1);
	assert_int_equal(err_in(NULL, "%s", "x"), -1);
}

static void
the_system_s_words_come_in_with_percent_m(void **state)
{
	struct err e = {0};

	(void)state;
	errno = ENOSPC;
	err_set(&e, ERR_TEMP, "write %s: %m", "spool");
	assert_string_equal(e.text, "write spool: No space left on device");
}

static void
control_characters_in_the_result_become_question_marks(void **state)
{
	struct err e = {0};

	(void)state;
	err_set(&e, ERR_DATA, "a%sb%cc", "\r\n\x1b[31m\t", 0x7f);
	assert_string_equal(e.text, "a???[31m?b?c");
	err_in(&e, "folder\n%s", "\x01");
	assert_string_equal(e.text, "folder??: a???[31m?b?c");
}

static void
c1_controls_do_not_pass_either(void **state)
{
	struct err e = {0};

	(void)state;
	err_set(&e, ERR_DATA, "x%sy",
	    "\xc2\x9b"
	    "31m");
	assert_null(strstr(e.text, "\xc2\x9b"));
	assert_string_equal(e.text, "x??31my");
	err_set(&e, ERR_DATA, "%s", "\xe6\xa1\x88 \xc3\x9b \xc2\xa7");
	assert_string_equal(e.text, "\xe6\xa1\x88 \xc3\x9b \xc2\xa7");
}

static void
each_layer_stands_in_front(void **state)
{
	struct err e = {0};

	(void)state;
	err_set(&e, ERR_BUG, "no such part");
	assert_int_equal(err_in(&e, "part %d", 3), -1);
	assert_int_equal(err_in(&e, "message %d", 12), -1);
	assert_int_equal(e.code, ERR_BUG);
	assert_string_equal(e.text, "message 12: part 3: no such part");
}

static void
a_text_too_long_is_cut_and_ends_with_nul(void **state)
{
	char large[2 * ERR_TEXT];
	struct err e = {0};

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	err_set(&e, ERR_DATA, "%s", large);
	assert_int_equal(strlen(e.text), ERR_TEXT - 1);
	err_in(&e, "%s", "layer");
	assert_int_equal(strlen(e.text), ERR_TEXT - 1);
	assert_int_equal(strncmp(e.text, "layer: xxx", 10), 0);
	err_in(&e, "%s", large);
	assert_int_equal(strlen(e.text), ERR_TEXT - 1);
	assert_int_equal(strspn(e.text, "x"), ERR_TEXT - 1);
	assert_int_equal(e.code, ERR_DATA);
}

static void
a_cut_never_leaves_a_piece_of_a_code_point(void **state)
{
	char large[2 * ERR_TEXT + 1];
	struct err e = {0};

	(void)state;
	for (size_t shift = 0; shift < 3; shift++) {
		memset(large, 'x', shift);
		for (size_t i = shift; i + 3 < sizeof(large); i += 3)
			memcpy(large + i, "\xe6\xa1\x88", 4);
		err_set(&e, ERR_DATA, "%s", large);
		assert_true(strlen(e.text) >= ERR_TEXT - 4);
		assert_true(utf8_is(e.text, strlen(e.text)));
		err_in(&e, "layer");
		assert_true(strlen(e.text) >= ERR_TEXT - 4);
		assert_true(utf8_is(e.text, strlen(e.text)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(err_set_gives_minus_one_and_fills_code_and_text),
	    cmocka_unit_test(nobody_listening_is_no_crash),
	    cmocka_unit_test(the_system_s_words_come_in_with_percent_m),
	    cmocka_unit_test(
		control_characters_in_the_result_become_question_marks),
	    cmocka_unit_test(c1_controls_do_not_pass_either),
	    cmocka_unit_test(each_layer_stands_in_front),
	    cmocka_unit_test(a_text_too_long_is_cut_and_ends_with_nul),
	    cmocka_unit_test(a_cut_never_leaves_a_piece_of_a_code_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
