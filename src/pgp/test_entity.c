#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pgp/entity.h"

static bool
ok(const char *header)
{
	size_t len = strlen(header);
	char *exact = xmemdup(header, len);
	bool is = entity_header_ok(exact, len);

	free(exact);
	return is;
}

static void
what_mail_programs_write_is_an_entity(void **state)
{
	(void)state;
	assert_true(ok("Content-Type: text/plain; charset=utf-8\r\n\r\n"));
	assert_true(ok("Content-Type: text/plain;\n\tcharset=utf-8\n"
		       "Content-Disposition: inline\n\n"));
	assert_true(ok("content-transfer-encoding: 7bit\r\n"
		       "content-type: text/plain\r\n\r\n"));
	assert_true(ok("Content-Type: multipart/mixed; boundary=b;\r\n"
		       " protected-headers=\"v1\"\r\n"
		       "From: a@example.org\r\nSubject: x\r\n\r\n"));
	assert_true(ok("Content-Type: text/plain\nX-Long-Line: x\n\n"));
	assert_true(ok("Content-Transfer-Encoding: quoted-printable\n\n"));
	assert_true(ok("MIME-Version: 1.0\n\n"));
	assert_true(ok("\r\n"));
}

static void
what_is_no_header_hides_nothing(void **state)
{
	(void)state;
	assert_false(ok("TLP:RED\r\n\r\n"));
	assert_false(ok("Subject: x\r\n\r\n"));
	assert_false(ok("Format: 3.0 (quilt)\nSource: x\n\n"));
	assert_false(ok("Hello,\n\n"));
	assert_false(ok("Content-Type: text/plain\nHello,\n\n"));
	assert_false(ok("{\n  \"document\": {\n"));
	assert_false(ok(" Content-Type: text/plain\n\n"));
	assert_false(ok("\tx\n\n"));
	assert_false(ok("Content-Type : text/plain\n\n"));
	assert_false(ok(": x\n\n"));
	assert_false(ok("Content-Transfer-Encoding: 8bit\nTLP: RED\n\n"));
	assert_false(ok("\x1b[2J: x\nContent-Type: text/plain\n\n"));
	assert_false(ok("Content-"));
	assert_false(ok(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_mail_programs_write_is_an_entity),
	    cmocka_unit_test(what_is_no_header_hides_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
