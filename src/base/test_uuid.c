#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/uuid.h"

/* RFC 9562 appendix A.4, and an id of STIX 2.1's own examples. */
static void
a_name_has_the_uuid_of_the_standards(void **state)
{
	char text[UUID_TEXT];

	(void)state;
	assert_string_equal(
	    uuid_of(text, "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
		"www.example.com"),
	    "2ed6657d-e927-568b-95e1-2665a8aea6a2");
	assert_string_equal(
	    uuid_of(text, "00abedb4-aa42-466c-9c01-fed23315a9b7",
		"{\"value\":\"example.com\"}"),
	    "bedb4899-d24b-5401-bc86-8f6b4cc18ec7");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_has_the_uuid_of_the_standards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
