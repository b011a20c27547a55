#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/hex.h"

static void
bytes_become_two_lower_case_digits_each(void **state)
{
	static const unsigned char bytes[] = {0x00, 0x0f, 0xf0, 0xab, 0xff};
	char *out = xmalloc(2 * sizeof(bytes) + 1);

	(void)state;
	assert_ptr_equal(hex_encode(bytes, sizeof(bytes), out), out);
	assert_string_equal(out, "000ff0abff");
	free(out);
}

static void
no_bytes_become_an_empty_string(void **state)
{
	char *out = xmalloc(1);

	(void)state;
	assert_string_equal(hex_encode("", 0, out), "");
	free(out);
}

static void
every_byte_has_its_own_digits(void **state)
{
	char out[3];

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		unsigned char byte = (unsigned char)i;

		hex_encode(&byte, 1, out);
		assert_int_equal(strtoul(out, NULL, 16), i);
		assert_true(hex_is(out, 2));
	}
}

static void
digits_of_either_case_and_of_that_length_are_hex(void **state)
{
	(void)state;
	assert_true(hex_is("0123456789abcdefABCDEF", 22));
	assert_true(hex_is("", 0));
	assert_false(hex_is("", 1));
	assert_false(hex_is("abc", 2));
	assert_false(hex_is("abc", 4));
}

static void
anything_else_inside_is_no_hex(void **state)
{
	(void)state;
	assert_false(hex_is("abcg", 4));
	assert_false(hex_is("ab/d", 4));
	assert_false(hex_is("ab:d", 4));
	assert_false(hex_is("ab d", 4));
	assert_false(hex_is("0xab", 4));
	assert_false(hex_is("ab\n", 3));
	assert_false(hex_is("..", 2));
	assert_false(hex_is("\xef\xbc\x91", 3));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes_become_two_lower_case_digits_each),
	    cmocka_unit_test(no_bytes_become_an_empty_string),
	    cmocka_unit_test(every_byte_has_its_own_digits),
	    cmocka_unit_test(digits_of_either_case_and_of_that_length_are_hex),
	    cmocka_unit_test(anything_else_inside_is_no_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
