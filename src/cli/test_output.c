/* What a terminal is given: aligned, harmless, and plain where asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"

static const char *const three[] = {"ID", "NAME", "SUBJECT", NULL};

static struct output
output_plain(void)
{
	struct output o = {.fd = -1};

	buf_init(&o.text, 1 << 16);
	return o;
}

static void
wide_characters_take_two_columns(void **state)
{
	(void)state;
	assert_int_equal(output_width("abc"), 3);
	assert_int_equal(output_width("日本語"), 6);
	/* a combining mark takes none */
	assert_int_equal(output_width("e\xcc\x81"), 1);
	assert_int_equal(output_width(""), 0);
}

static void
columns_align_by_what_is_shown(void **state)
{
	struct output o = output_plain();
	struct table t;

	(void)state;
	table_init(&t, three);
	table_number(&t, 1);
	table_cell(&t, "山田太郎");
	table_cell(&t, "a");
	table_number(&t, 12);
	table_cell(&t, "Bob");
	table_cell(&t, "b");
	table_put(&t, &o);
	assert_string_equal(buf_str(&o.text), "ID  NAME      SUBJECT\n"
					      "1   山田太郎  a\n"
					      "12  Bob       b\n");
	table_free(&t);
	output_close(&o);
}

static void
an_absent_cell_is_a_dash(void **state)
{
	struct output o = output_plain();
	struct table t;

	(void)state;
	table_init(&t, three);
	table_cell(&t, NULL);
	table_cell(&t, "");
	table_cell(&t, "x");
	table_put(&t, &o);
	assert_string_equal(
	    buf_str(&o.text), "ID  NAME  SUBJECT\n-   -     x\n");
	table_free(&t);
	output_close(&o);
}

static void
a_cell_cannot_move_the_cursor(void **state)
{
	struct output o = output_plain();
	struct table t;

	(void)state;
	table_init(&t, three);
	table_number(&t, 1);
	table_cell(&t, "a\033[2J\nb");
	table_cell(&t, "\xe2\x80\xaetxt.exe");
	table_put(&t, &o);
	assert_null(strchr(buf_str(&o.text), '\033'));
	assert_null(strstr(buf_str(&o.text), "\xe2\x80\xae"));
	assert_non_null(strstr(buf_str(&o.text), "a\xef\xbf\xbd[2J b"));
	table_free(&t);
	output_close(&o);
}

static void
the_last_column_ends_where_the_terminal_does(void **state)
{
	struct output o = output_plain();
	struct table t;

	(void)state;
	o.columns = 35;
	table_init(&t, three);
	table_cell(&t, "1");
	table_cell(&t, "ab");
	table_cell(&t, "日本語日本語日本語日本語日本");
	table_put(&t, &o);
	/* 4 + 6 columns stand before it: of 25, twelve wide ones and "…" */
	assert_string_equal(buf_str(&o.text),
	    "ID  NAME  SUBJECT\n"
	    "1   ab    日本語日本語日本語日本語\xe2\x80\xa6\n");
	table_free(&t);
	output_close(&o);
}

static void
a_narrow_terminal_still_shows_some_of_it(void **state)
{
	struct output o = output_plain();
	struct table t;

	(void)state;
	o.columns = 5;
	table_init(&t, three);
	table_cell(&t, "1");
	table_cell(&t, "ab");
	table_cell(&t, "abcdefghijklmnopqrstuvwxyz");
	table_put(&t, &o);
	assert_string_equal(buf_str(&o.text),
	    "ID  NAME\n    SUBJECT\n"
	    "1   ab\n    abcdefghijklmno\xe2\x80\xa6\n");
	table_free(&t);
	output_close(&o);
}

static void
a_name_is_cut_before_the_last_column_is(void **state)
{
	struct output o = output_plain();
	struct table t;

	(void)state;
	o.columns = 34;
	table_init(&t, three);
	table_soft(&t, "NAME");
	table_cell(&t, "1");
	table_cell(&t, "日本語日本語日本");
	table_cell(&t, "abcdefghijklmnop");
	table_put(&t, &o);
	/* 4 for the id, 12 of 16 for the name and 2 after it */
	assert_string_equal(buf_str(&o.text),
	    "ID  NAME          SUBJECT\n"
	    "1   日本語日本\xe2\x80\xa6   abcdefghijklmnop\n");
	table_free(&t);
	output_close(&o);
}

static void
a_time_is_cut_to_what_a_list_needs(void **state)
{
	struct output o = output_plain();
	struct table t;

	(void)state;
	table_init(&t, three);
	table_time(&t, "2026-11-22T01:02:03Z", TIME_DAY);
	table_time(&t, "2026-11-22T01:02:03Z", TIME_MINUTE);
	table_time(&t, NULL, TIME_DAY);
	table_put(&t, &o);
	assert_string_equal(buf_str(&o.text),
	    "ID          NAME              SUBJECT\n"
	    "2026-11-22  2026-11-22 01:02  -\n");
	table_free(&t);
	output_close(&o);
}

static void
text_keeps_its_lines_and_ends_with_one(void **state)
{
	struct output o = output_plain();

	(void)state;
	output_text(&o, "a\r\nb\x07", 5);
	assert_string_equal(buf_str(&o.text), "a\nb\xef\xbf\xbd\n");
	output_close(&o);
}

static void
no_color_is_honoured(void **state)
{
	(void)state;
	assert_true(output_wants_colour(true, NULL, "xterm"));
	assert_true(output_wants_colour(true, "", "xterm"));
	assert_false(output_wants_colour(true, "1", "xterm"));
	assert_false(output_wants_colour(true, "0", "xterm"));
	assert_false(output_wants_colour(false, NULL, "xterm"));
	assert_false(output_wants_colour(true, NULL, "dumb"));
	assert_false(output_wants_colour(true, NULL, NULL));
}

static void
a_label_is_coloured_only_where_colour_is_on(void **state)
{
	struct output o = output_plain();

	(void)state;
	output_label(&o, "AMBER+STRICT", false);
	assert_string_equal(buf_str(&o.text), "TLP:AMBER+STRICT");
	buf_clear(&o.text);
	o.colour = true;
	output_label(&o, "RED", true);
	assert_string_equal(
	    buf_str(&o.text), "\033[38;2;255;43;43;48;2;0;0;0mRED\033[0m");
	output_close(&o);
}

static void
json_keeps_the_value_and_hides_what_acts(void **state)
{
	struct output o = output_plain();
	struct err e = {0};
	json_t *back;

	(void)state;
	assert_int_equal(output_json(&o,
			     json_pack("{s:s}", "a",
				 "\xc2\x9b"
				 "31m \xe2\x80\xae \xf3\xa0\x80\x81 日\033\n"),
			     &e),
	    0);
	assert_null(strstr(buf_str(&o.text), "\xc2\x9b"));
	assert_null(strchr(buf_str(&o.text), '\033'));
	assert_non_null(strstr(buf_str(&o.text), "\\u009b31m \\u202e "
						 "\\udb40\\udc01 日"));
	back = json_loads(buf_str(&o.text), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(back, "a")),
	    "\xc2\x9b"
	    "31m \xe2\x80\xae \xf3\xa0\x80\x81 日\033\n");
	json_decref(back);
	output_close(&o);
}

static void
json_ends_with_a_newline(void **state)
{
	struct output o = output_plain();
	struct err e = {0};

	(void)state;
	assert_int_equal(output_json(&o, json_pack("[i]", 1), &e), 0);
	assert_string_equal(buf_str(&o.text), "[\n  1\n]\n");
	output_close(&o);
}

static void
a_reader_who_left_is_no_failure(void **state)
{
	struct output o;
	struct err e = {0};
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(close(fd[0]), 0);
	output_open(&o, fd[1]);
	output_put(&o, "nobody reads this\n");
	assert_int_equal(output_flush(&o, &e), 0);
	assert_true(o.closed);
	assert_int_equal(o.text.len, 0);
	output_close(&o);
	assert_int_equal(close(fd[1]), 0);
}

static void
a_full_disk_is_a_failure(void **state)
{
	struct err e = {0};
	struct output o;
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	assert_int_not_equal(fd, -1);
	output_open(&o, fd);
	output_put(&o, "x");
	assert_int_equal(output_flush(&o, &e), -1);
	assert_int_equal(e.code, ERR_TEMP);
	output_close(&o);
	assert_int_equal(close(fd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wide_characters_take_two_columns),
	    cmocka_unit_test(columns_align_by_what_is_shown),
	    cmocka_unit_test(an_absent_cell_is_a_dash),
	    cmocka_unit_test(a_cell_cannot_move_the_cursor),
	    cmocka_unit_test(the_last_column_ends_where_the_terminal_does),
	    cmocka_unit_test(a_narrow_terminal_still_shows_some_of_it),
	    cmocka_unit_test(a_name_is_cut_before_the_last_column_is),
	    cmocka_unit_test(a_time_is_cut_to_what_a_list_needs),
	    cmocka_unit_test(text_keeps_its_lines_and_ends_with_one),
	    cmocka_unit_test(no_color_is_honoured),
	    cmocka_unit_test(a_label_is_coloured_only_where_colour_is_on),
	    cmocka_unit_test(json_keeps_the_value_and_hides_what_acts),
	    cmocka_unit_test(json_ends_with_a_newline),
	    cmocka_unit_test(a_reader_who_left_is_no_failure),
	    cmocka_unit_test(a_full_disk_is_a_failure),
	};

	/* a pipe without a reader is to be an error, not the end */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
