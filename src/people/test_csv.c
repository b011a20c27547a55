#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "people/csv.h"

/* One row of text, in a block of its exact size. */
static bool
read_row(const char *text, struct strs *cells, struct strs *errors, int *line)
{
	size_t len = strlen(text);
	unsigned char *exact = xmemdup(text, len);
	struct csv c = {.p = exact, .left = len, .line = 1, .errors = errors};
	bool good;

	strs_free(cells);
	strs_free(errors);
	good = csv_read_row(&c, cells);
	*line = c.line;
	free(exact);
	return good;
}

static void
a_row_ends_with_its_line_but_not_inside_quotes(void **state)
{
	struct strs cells = {0}, errors = {0};
	int line;

	(void)state;
	assert_true(
	    read_row("a,\"b\r\n,\"\"c\",\r\nd", &cells, &errors, &line));
	assert_int_equal(cells.count, 3);
	assert_string_equal(cells.item[0], "a");
	assert_string_equal(cells.item[1], "b\r\n,\"c");
	assert_string_equal(cells.item[2], "");
	assert_int_equal(line, 3);
	assert_false(csv_row_is_empty(&cells));
	assert_true(read_row("\n", &cells, &errors, &line));
	assert_true(csv_row_is_empty(&cells));
	strs_free(&cells);
	strs_free(&errors);
}

static void
a_row_that_is_wrong_is_named_by_its_line_and_skipped(void **state)
{
	static const char *const wrong[] = {
	    "a\"b\nc", "\"a\"b\nc", "\"a\nc", "\""};
	struct strs cells = {0}, errors = {0};
	int line;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_false(read_row(wrong[i], &cells, &errors, &line));
		assert_int_equal(errors.count, 1);
		assert_memory_equal(errors.item[0], "line 1: ", 8);
	}
	assert_false(read_row(wrong[0], &cells, &errors, &line));
	assert_int_equal(line, 2);
	strs_free(&cells);
	strs_free(&errors);
}

static void
a_cell_that_was_written_is_read_back(void **state)
{
	static const char *const cell[] = {
	    "", "plain", " first a space", "a,b", "\"quoted\"", "two\r\nlines"};
	struct strs cells = {0}, errors = {0};
	int line;

	(void)state;
	for (size_t i = 0; i < sizeof(cell) / sizeof(*cell); i++) {
		struct buf b;

		buf_init(&b, 1000);
		csv_put(&b, cell[i], ',');
		csv_put(&b, "end", '\n');
		assert_true(read_row(buf_str(&b), &cells, &errors, &line));
		assert_int_equal(cells.count, 2);
		assert_string_equal(cells.item[0], cell[i]);
		assert_string_equal(cells.item[1], "end");
		buf_free(&b);
	}
	strs_free(&cells);
	strs_free(&errors);
}

static void
the_line_of_a_byte_that_is_no_utf8_is_told(void **state)
{
	const unsigned char good[] = {'a', '\n', 0xc3, 0xa9};
	const unsigned char bad[] = {'a', '\n', 0xc3};

	(void)state;
	assert_int_equal(csv_bad_utf8(good, sizeof(good)), 0);
	assert_int_equal(csv_bad_utf8(bad, sizeof(bad)), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_row_ends_with_its_line_but_not_inside_quotes),
	    cmocka_unit_test(
		a_row_that_is_wrong_is_named_by_its_line_and_skipped),
	    cmocka_unit_test(a_cell_that_was_written_is_read_back),
	    cmocka_unit_test(the_line_of_a_byte_that_is_no_utf8_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
