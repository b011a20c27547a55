#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "message/json.h"
#include "policy/xarf.h"

static bool
read_text(struct xarf *x, const char *text, bool named)
{
	struct leaves l;
	bool is;

	json_leaves(&l, text, strlen(text));
	is = xarf_read(&l, named, x);
	leaves_free(&l);
	return is;
}

#define REPORTER                                                               \
	"\"ReporterInfo\":{\"ReporterOrg\":\"O\","                             \
	"\"ReporterOrgDomain\":\"o.example\",\"ReporterOrgEmail\":\"a@o.e\"}"
#define DATE "\"Date\":\"2018-02-05T14:17:10Z\""
#define THREE(type, more)                                                      \
	"{\"Version\":\"3\"," REPORTER ",\"Disclosure\":true,\"Report\":{"     \
	"\"ReportClass\":\"Activity\",\"ReportType\":\"" type "\"," DATE more  \
	"}}"
#define FOUR(category, type, more)                                             \
	"{\"xarf_version\":\"4.2.0\",\"report_id\":\"1\","                     \
	"\"timestamp\":\"2025-01-11T09:21:23Z\",\"reporter\":{\"org\":\"o\"}," \
	"\"source_identifier\":\"192.0.2.1\",\"category\":\"" category "\","   \
	"\"type\":\"" type "\"" more "}"

/* NULL for rsit: it is not valid. */
static void
check(const char *text, const char *category, const char *rsit)
{
	struct xarf x;

	assert_true(read_text(&x, text, false));
	if (x.valid != (rsit != NULL))
		fail_msg("%s is %svalid", text, x.valid ? "" : "not ");
	if (rsit != NULL)
		assert_string_equal(x.type.rsit, rsit);
	if (category != NULL)
		assert_string_equal(x.type.category, category);
	xarf_free(&x);
}

static void
both_versions_are_known_by_their_fields(void **state)
{
	struct xarf x;

	(void)state;
	check(THREE("PortScan", ",\"SourceIp\":\"192.0.2.1\""), "scan",
	    "information-gathering:scanner");
	check(FOUR("connection", "ddos", ""), "dos", "availability:ddos");
	check(FOUR("copyright", "p2p", ""), NULL, "fraud:copyright");
	check(FOUR("connection", "new_thing", ""), "scan",
	    "information-gathering:scanner");
	assert_false(read_text(&x, "{\"Version\":\"3\"}", false));
	assert_false(read_text(&x, "{\"source_identifier\":\"x\"}", false));
	assert_false(read_text(&x, "[1]", false));
	assert_false(read_text(&x, "{", false));
}

static void
a_broken_one_is_seen_where_its_name_tells(void **state)
{
	struct xarf x;

	(void)state;
	assert_true(read_text(&x, "{", true));
	assert_false(x.valid);
	assert_null(x.type.rsit);
	xarf_free(&x);
	assert_true(read_text(
	    &x, THREE("Spam", ",\"SourceIp\":\"192.0.2.1\"") "}", true));
	assert_false(x.valid);
	xarf_free(&x);
}

static void
a_field_that_does_not_fit_makes_it_invalid(void **state)
{
	static const char *const texts[] = {
	    THREE("Nothing", ",\"SourceIp\":\"192.0.2.1\""),
	    THREE("Spam", ""),
	    THREE("Spam", ",\"SourceIp\":\"198\""),
	    THREE("Spam", ",\"SourceIp\":45"),
	    THREE("Spam", ",\"SourceIp\":\"192.0.2.1\",\"SourcePort\":65536"),
	    THREE("Spam", ",\"SourceIp\":\"192.0.2.1\",\"SourcePort\":-1"),
	    THREE("Spam", ",\"SourceUrl\":\"a.example\""),
	    THREE("Spam", ",\"SourceIp\":\"::1\",\"CVE\":\"CVE-1-1\""),
	    THREE("Spam", ",\"SourceIp\":\"::1\",\"Custom\":{\"a\":{\"b\":1}}"),
	    THREE("OpenService", ",\"SourceIp\":\"::1\""),
	    THREE("PotentiallyCompromisedAccount", ",\"SourceIp\":\"::1\""),
	    FOUR("messaging", "spam", ""),
	    FOUR("nothing", "spam", ""),
	    FOUR("content", "phishing", ",\"url\":\"not one\""),
	    FOUR("content", "phishing", ",\"source_port\":\"80\""),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check(texts[i], NULL, NULL);
}

static void
what_it_accuses_is_kept_and_the_victim_is_not(void **state)
{
	struct xarf x;

	(void)state;
	assert_true(read_text(&x,
	    THREE("Malware", ",\"SourceIp\":\"192.0.2.1\","
			     "\"SourceUrl\":\"http://a.example/x\","
			     "\"DestinationIp\":\"198.51.100.1\""),
	    false));
	assert_true(x.valid);
	assert_int_equal(x.sources.count, 2);
	assert_true(strs_has(&x.sources, "192.0.2.1"));
	assert_true(strs_has(&x.sources, "http://a.example/x"));
	xarf_free(&x);
}

static void
what_may_not_be_disclosed_says_so(void **state)
{
	struct xarf x;

	(void)state;
	assert_true(read_text(&x,
	    "{\"Version\":\"3\"," REPORTER ",\"Disclosure\":false}", false));
	assert_true(x.kept);
	xarf_free(&x);
	assert_true(
	    read_text(&x, THREE("Spam", ",\"SourceIp\":\"192.0.2.1\""), false));
	assert_false(x.kept);
	xarf_free(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_versions_are_known_by_their_fields),
	    cmocka_unit_test(a_broken_one_is_seen_where_its_name_tells),
	    cmocka_unit_test(a_field_that_does_not_fit_makes_it_invalid),
	    cmocka_unit_test(what_it_accuses_is_kept_and_the_victim_is_not),
	    cmocka_unit_test(what_may_not_be_disclosed_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
