#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "people/contact.h"

static struct contact
person(const char *name, const char *address)
{
	struct contact c = {.name = xstrdup(name), .class = CLASS_VENDOR};

	if (address != NULL)
		strs_add(&c.addresses, address);
	return c;
}

static void
addresses_are_compared_by_their_fold(void **state)
{
	static const struct {
		const char *address;
		const char *fold;
	} t[] = {
	    {"Taro@Example.NET", "taro@example.net"},
	    {"  taro@example.net ", "taro@example.net"},
	    {"\xef\xbc\xb4"
	     "aro\xef\xbc\xa0"
	     "example.net",
		"taro@example.net"},
	    {"\xc3\x84@example.net", "\xc3\x84@example.net"},
	    {"A\xcc\x88@example.net", "\xc3\x84@example.net"},
	    {"", NULL},
	    {"taro", NULL},
	    {"@example.net", NULL},
	    {"taro@", NULL},
	    {"ta ro@example.net", NULL},
	    {"taro@example.net\r\nBcc: x@example.net", NULL},
	    {"taro@example.net\n", NULL},
	    {"a@b@example.net", NULL},
	    {"a\xef\xbc\xa0"
	     "b@example.net",
		NULL},
	    {"a@x,b", NULL},
	    {"<a@x>", NULL},
	    {"a\xe2\x80\x8b@example.net", NULL},
	    {"a\xe2\x80\xae@example.net", NULL},
	    {"a\xff@example.net", NULL},
	};
	char longest[322];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char *exact = xstrdup(t[i].address);
		char *fold = contact_address_fold(exact);

		if (t[i].fold == NULL)
			assert_null(fold);
		else
			assert_string_equal(fold, t[i].fold);
		free(fold);
		free(exact);
	}
	memset(longest, 'a', sizeof(longest));
	longest[1] = '@';
	longest[321] = '\0';
	assert_null(contact_address_fold(longest));
}

static void
fields_that_cannot_be_kept_are_refused(void **state)
{
	static const char *const name[] = {
	    "", "12", "a\nb", "a\xe2\x80\xae", "\xff"};
	struct contact c;

	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		c = person(name[i], NULL);
		assert_int_equal(contact_check(&c, NULL), -1);
		contact_free(&c);
	}
	c = person("Taro", "no address");
	assert_int_equal(contact_check(&c, NULL), -1);
	strs_free(&c.addresses);
	assert_int_equal(contact_check(&c, NULL), 0);
	strs_add(&c.roles, "king");
	assert_int_equal(contact_check(&c, NULL), -1);
	strs_free(&c.roles);
	c.language = xstrdup("de");
	assert_int_equal(contact_check(&c, NULL), -1);
	contact_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_are_compared_by_their_fold),
	    cmocka_unit_test(fields_that_cannot_be_kept_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
