#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "policy/feedback.h"
#include "policy/machine_type.h"

/* Reads from an exact-size block: the sanitizer sees one byte too many. */
static void
read_text(struct feedback *out, const char *text)
{
	size_t len = strlen(text);
	char *block = xmalloc(len);

	memcpy(block, text, len);
	feedback_read(block, len, out);
	free(block);
}

static void
fields_that_accuse_are_kept_as_written(void **state)
{
	struct feedback f;

	(void)state;
	read_text(&f, "Feedback-Type: abuse\r\nUser-Agent: x/1\r\n"
		      "source-ip:\t192.0.2.1 \r\n"
		      "Reported-URI: http://a.example/\r\n  x\r\n"
		      "Original-Rcpt-To: victim@b.example\r\n"
		      "Feedback-Type: fraud\r\n"
		      "Original-Mail-From: <s@c.example>");
	assert_string_equal(f.type, "abuse");
	assert_int_equal(f.sources.count, 3);
	assert_string_equal(f.sources.item[0], "192.0.2.1");
	assert_string_equal(f.sources.item[1], "http://a.example/  x");
	assert_string_equal(f.sources.item[2], "<s@c.example>");
	feedback_free(&f);
}

static void
what_is_no_field_is_passed_over(void **state)
{
	static const char *const texts[] = {
	    "", "\n\n", " folded: x\n", "no field\nSource-IP", "\x1b[0m: x"};
	struct feedback f;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		read_text(&f, texts[i]);
		assert_null(f.type);
		assert_int_equal(f.sources.count, 0);
		feedback_free(&f);
	}
}

static void
a_value_is_safe_and_has_an_end(void **state)
{
	char *a = xcalloc(5000, 1), *text;
	struct feedback f;

	(void)state;
	memset(a, 'a', 4999);
	text = xasprintf("Feedback-Type: \x1b[1m%s\n %s\nSource-IP: x", a, a);
	read_text(&f, text);
	assert_null(strchr(f.type, '\x1b'));
	assert_true(strlen(f.type) <= FEEDBACK_VALUE_MAX + 2);
	assert_int_equal(f.sources.count, 1);
	feedback_free(&f);
	free(text);
	free(a);
}

static void
each_type_has_its_category(void **state)
{
	(void)state;
	assert_string_equal(machine_type_arf("ABUSE").category, "spam");
	assert_string_equal(machine_type_arf("fraud").rsit, "fraud:phishing");
	assert_string_equal(machine_type_arf("virus").category, "malware");
	assert_string_equal(
	    machine_type_arf("auth-failure").category, "forged-mail");
	assert_null(machine_type_arf("not-spam").category);
	assert_null(machine_type_arf("other").rsit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields_that_accuse_are_kept_as_written),
	    cmocka_unit_test(what_is_no_field_is_passed_over),
	    cmocka_unit_test(a_value_is_safe_and_has_an_end),
	    cmocka_unit_test(each_type_has_its_category),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
