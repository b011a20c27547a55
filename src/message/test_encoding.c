#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "message/encoding.h"

static void
decodes(enum encoding encoding, const char *in, const char *out, bool odd)
{
	size_t len = strlen(in);
	char *exact = malloc(len == 0 ? 1 : len);
	struct buf b;

	memcpy(exact, in, len);
	buf_init(&b, 1 << 20);
	assert_int_equal(encoding_decode(&b, encoding, exact, len), odd);
	assert_string_equal(buf_str(&b), out);
	buf_free(&b);
	free(exact);
}

static void
base64_is_read_liberally(void **state)
{
	(void)state;
	decodes(ENCODING_BASE64, "aGVsbG8=", "hello", false);
	decodes(ENCODING_BASE64, "aGVs\r\n bG8=\r\n", "hello", false);
	decodes(ENCODING_BASE64, "aGVsbG8", "hello", false);
	decodes(ENCODING_BASE64, "aG!Vsb*G8=", "hello", true);
	decodes(ENCODING_BASE64, "aA==aQ==", "hi", true);
	decodes(ENCODING_BASE64, "", "", false);
}

static void
quoted_printable_is_read_liberally(void **state)
{
	(void)state;
	decodes(ENCODING_QUOTED_PRINTABLE, "a=3Db=\r\nc  \r\nd", "a=bc\r\nd",
	    false);
	decodes(ENCODING_QUOTED_PRINTABLE, "=c3=A9", "\xc3\xa9", false);
	decodes(ENCODING_QUOTED_PRINTABLE, "a=XYb=", "a=XYb", true);
	decodes(ENCODING_QUOTED_PRINTABLE, "soft= \nline=", "softline", false);
	decodes(ENCODING_QUOTED_PRINTABLE, "=4", "=4", true);
}

static void
base64_comes_back_in_76_columns(void **state)
{
	unsigned char data[1000];
	struct buf b, back;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7);
	for (size_t len = 0; len < sizeof(data); len += 37) {
		buf_init(&b, 1 << 20);
		buf_init(&back, 1 << 20);
		encoding_base64_lines(&b, data, len);
		for (const char *p = buf_str(&b); *p != '\0';
		     p = strchr(p, '\n') + 1)
			assert_true(strcspn(p, "\r") <= 76);
		assert_false(
		    encoding_decode(&back, ENCODING_BASE64, b.data, b.len));
		assert_int_equal(back.len, len);
		assert_memory_equal(buf_str(&back), data, len);
		buf_free(&b);
		buf_free(&back);
	}
}

static void
what_transport_would_change_is_encoded(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	encoding_quoted_printable(&b, "From me\ntrail \n.\nx=y\ttab\t", 25);
	assert_string_equal(
	    buf_str(&b), "=46rom me\r\ntrail=20\r\n=2E\r\nx=3Dy\ttab=09\r\n");
	buf_free(&b);
}

static void
long_lines_are_broken_and_mended(void **state)
{
	char text[600];
	struct buf b, back;

	(void)state;
	memset(text, 'F', sizeof(text));
	for (size_t i = 0; i + 5 < sizeof(text); i += 5)
		memcpy(text + i, "From ", 5);
	for (size_t len = 60; len < sizeof(text); len += 13) {
		buf_init(&b, 1 << 16);
		buf_init(&back, 1 << 16);
		encoding_quoted_printable(&b, text, len);
		assert_null(strstr(buf_str(&b), "\nFrom "));
		assert_null(strstr(buf_str(&b), " \r\n"));
		for (const char *p = buf_str(&b); *p != '\0';
		     p = strchr(p, '\n') + 1)
			assert_true(strcspn(p, "\r") <= 76);
		encoding_decode(
		    &back, ENCODING_QUOTED_PRINTABLE, b.data, b.len);
		assert_int_equal(back.len, len + 2);
		assert_memory_equal(back.data, text, len);
		buf_free(&b);
		buf_free(&back);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(base64_is_read_liberally),
	    cmocka_unit_test(quoted_printable_is_read_liberally),
	    cmocka_unit_test(base64_comes_back_in_76_columns),
	    cmocka_unit_test(what_transport_would_change_is_encoded),
	    cmocka_unit_test(long_lines_are_broken_and_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
