#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cases/message_content.h"

#define LIMIT (1U << 20) /* bytes */

static json_t *
content_make(size_t text)
{
	json_t *j = json_pack(
	    "{s:s, s:[s]}", "subject", "a \"b\" \n\x7f", "attachments", "x");
	char *long_text = malloc(text + 1);

	assert_non_null(long_text);
	for (size_t i = 0; i < text; i++)
		long_text[i] = "\"\\\n{}a\t,"[i % 8];
	long_text[text] = '\0';
	json_object_set_new(j, "text", json_stringn(long_text, text));
	free(long_text);
	return j;
}

static void
content_of_any_length_comes_back(void **state)
{
	static const size_t lengths[] = {0, 1, 1023, 1024, 1025, 100000};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		json_t *before = content_make(lengths[i]), *after;
		struct err e = {0};
		struct buf b;

		buf_init(&b, LIMIT);
		assert_int_equal(message_content_write(before, &b, &e), 0);
		assert_int_equal(message_content_read(&b, &after, &e), 0);
		assert_true(json_equal(before, after));
		json_decref(before);
		json_decref(after);
		buf_free(&b);
	}
}

static void
a_long_text_with_a_nul_comes_back(void **state)
{
	json_t *before = content_make(0), *after;
	struct err e = {0};
	struct buf b;
	char text[2000];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[7] = text[1999] = '\0';
	json_object_set_new(before, "text", json_stringn(text, sizeof(text)));
	buf_init(&b, LIMIT);
	assert_int_equal(message_content_write(before, &b, &e), 0);
	assert_int_equal(message_content_read(&b, &after, &e), 0);
	assert_true(json_equal(before, after));
	json_decref(before);
	json_decref(after);
	buf_free(&b);
}

static void
content_of_an_older_version_is_json_alone(void **state)
{
	json_t *before = content_make(5000), *after;
	char *json = json_dumps(before, 0);
	struct err e = {0};
	struct buf b;

	(void)state;
	buf_init(&b, LIMIT);
	buf_puts(&b, json);
	assert_int_equal(message_content_read(&b, &after, &e), 0);
	assert_true(json_equal(before, after));
	json_decref(before);
	json_decref(after);
	free(json);
	buf_free(&b);
}

static void
what_is_no_json_is_an_error(void **state)
{
	json_t *after;
	struct err e = {0};
	struct buf b;

	(void)state;
	buf_init(&b, LIMIT);
	assert_int_equal(message_content_read(&b, &after, &e), -1);
	buf_put(&b, "{\0text", 6);
	assert_int_equal(message_content_read(&b, &after, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(content_of_any_length_comes_back),
	    cmocka_unit_test(a_long_text_with_a_nul_comes_back),
	    cmocka_unit_test(content_of_an_older_version_is_json_alone),
	    cmocka_unit_test(what_is_no_json_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
