#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "message/json.h"
#include "policy/observed.h"

static void
check(const char *json, const char *expected)
{
	struct leaves l = {0};
	struct buf out;

	json_leaves(&l, json, strlen(json));
	assert_false(l.broken);
	buf_init(&out, 4096);
	observed_of_json(&l, &out);
	assert_string_equal(buf_str(&out), expected);
	buf_free(&out);
	leaves_free(&l);
}

static void
an_advisory_names_its_vulnerabilities_and_nobody_else(void **state)
{
	(void)state;
	check(
	    "{\"document\":{\"csaf_version\":\"2.0\",\"publisher\":"
	    "{\"namespace\":\"https://vendor.example\"},\"tracking\":"
	    "{\"aliases\":[\"VU#123456\"]},\"references\":[{\"url\":"
	    "\"https://vendor.example/a\"}]},\"vulnerabilities\":[{\"cve\":"
	    "\"CVE-2024-1234\",\"cwe\":{\"id\":\"CWE-79\",\"name\":\"x\"},"
	    "\"ids\":[{\"system_name\":\"s.example\",\"text\":"
	    "\"JVN#12345678\"}],\"references\":[{\"url\":\"https://x.jp\"}]}]}",
	    "CVE-2024-1234 \nVU#123456 \nCWE-79 \nJVN#12345678 \n");
}

static void
a_bundle_shows_patterns_values_and_networks(void **state)
{
	(void)state;
	check("{\"type\":\"bundle\",\"objects\":[{\"type\":\"indicator\","
	      "\"created_by_ref\":\"identity--evil.com\",\"pattern\":"
	      "\"[domain-name:value = 'evil.com']\"},{\"type\":"
	      "\"autonomous-system\",\"number\":64496},{\"type\":\"file\","
	      "\"hashes\":{\"MD5\":\"d41d\"},\"size\":12}]}",
	    "[domain-name:value = 'evil.com'] \nd41d \nASN 64496\n");
}

static void
an_event_shows_the_values_of_its_attributes(void **state)
{
	(void)state;
	check("{\"Event\":{\"Orgc\":{\"name\":\"x.example\"},\"Attribute\":"
	      "[{\"type\":\"ip-dst\",\"value\":\"192.0.2.1\"}]}}",
	    "192.0.2.1 \n");
}

static void
another_document_shows_all_but_its_references(void **state)
{
	(void)state;
	check(
	    "{\"$schema\":\"https://a.example/s\",\"@context\":[\"https://b\"],"
	    "\"seen\":{\"ip\":[\"192.0.2.1\"]},\"references\":[\"https://c\"]}",
	    "192.0.2.1 \n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		an_advisory_names_its_vulnerabilities_and_nobody_else),
	    cmocka_unit_test(a_bundle_shows_patterns_values_and_networks),
	    cmocka_unit_test(an_event_shows_the_values_of_its_attributes),
	    cmocka_unit_test(another_document_shows_all_but_its_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
