#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/url.h"

/* The length of the URL at the start of text, in a block of its exact size. */
static size_t
end_of(const char *text)
{
	size_t len = strlen(text);
	char *exact = xmemdup(text, len);
	size_t end = url_end(exact, len);

	free(exact);
	return end;
}

static void
what_ends_a_sentence_is_not_of_the_url(void **state)
{
	(void)state;
	assert_int_equal(end_of("example.org/a."), 13);
	assert_int_equal(end_of("example.org/a)?"), 13);
	assert_int_equal(end_of("example.org/(a)"), 15);
	assert_int_equal(end_of("example.org/a>b"), 13);
	assert_int_equal(end_of("example.org/a b"), 13);
	assert_int_equal(end_of("a.org,hxxp://b.org"), 5);
	assert_int_equal(end_of("a.org,b"), 7);
	assert_int_equal(end_of("[2001:db8::1]/x"), 15);
	assert_int_equal(end_of("[2001:db8"), 0);
	assert_int_equal(end_of(""), 0);
}

static void
a_host_stands_without_user_port_and_brackets(void **state)
{
	static const struct {
		const char *rest;
		const char *host;
	} t[] = {
	    {"example.org", "example.org"},
	    {"u:p@example.org:8080/x@y", "example.org"},
	    {"[2001:db8::1]:443/", "2001:db8::1"},
	    {"[2001:db8::1", ""},
	    {"example.org?u=@evil.example", "example.org"},
	    {"/path", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct span rest = {t[i].rest, strlen(t[i].rest)};
		struct span host = url_host(rest);

		assert_int_equal(host.len, strlen(t[i].host));
		assert_memory_equal(host.p, t[i].host, host.len);
	}
}

static void
a_defanged_scheme_is_read_as_the_one_that_was_meant(void **state)
{
	size_t len;

	(void)state;
	assert_string_equal(url_scheme_before("see hXXps", 9, &len), "https");
	assert_int_equal(len, 5);
	assert_string_equal(url_scheme_before("fxp", 3, &len), "ftp");
	assert_null(url_scheme_before("xhttp", 5, &len));
	assert_null(url_scheme_before("mailto", 6, &len));
	assert_null(url_scheme_before("http", 0, &len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_ends_a_sentence_is_not_of_the_url),
	    cmocka_unit_test(a_host_stands_without_user_port_and_brackets),
	    cmocka_unit_test(
		a_defanged_scheme_is_read_as_the_one_that_was_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
