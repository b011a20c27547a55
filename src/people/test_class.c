#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "people/class.h"

static void
every_word_reads_back_as_itself(void **state)
{
	enum verified v;
	enum class c;

	(void)state;
	for (int i = CLASS_STAFF; i <= CLASS_PUBLIC; i++) {
		assert_true(class_parse(class_name((enum class)i), &c));
		assert_int_equal(c, i);
	}
	for (int i = VERIFIED_MET; i <= VERIFIED_NONE; i++) {
		assert_true(
		    verified_parse(verified_name((enum verified)i), &v));
		assert_int_equal(v, i);
	}
	assert_false(class_parse("Staff", &c));
	assert_false(verified_parse("", &v));
	assert_true(role_is_known("legal"));
	assert_false(role_is_known("Legal"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_word_reads_back_as_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
