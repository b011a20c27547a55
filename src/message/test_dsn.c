#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "message/dsn.h"

/* As Postfix writes it. */
#define POSTFIX                                                                \
	"Reporting-MTA: dns; mx.example\n"                                     \
	"X-Postfix-Queue-ID: 4XyZ\n"                                           \
	"Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0000 (UTC)\n"                \
	"\n"                                                                   \
	"Final-Recipient: rfc822; Gone@client.example\n"                       \
	"Original-Recipient: rfc822;rika@client.example\n"                     \
	"Action: failed\n"                                                     \
	"Status: 5.1.1\n"                                                      \
	"Remote-MTA: dns; mail.client.example\n"                               \
	"Diagnostic-Code: smtp; 550 5.1.1 <gone@client.example>:\n"            \
	"    Recipient address rejected: User unknown\n"

/* From a block of exactly that size, so that a byte too far is seen. */
static struct dsn
read_bytes(const char *text, size_t len)
{
	char *exact = xmalloc(len == 0 ? 1 : len);
	struct dsn d;

	memcpy(exact, text, len);
	dsn_read(exact, len, &d);
	free(exact);
	return d;
}

static struct dsn
read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void
a_report_by_postfix_is_read(void **state)
{
	struct dsn d = read_text(POSTFIX);
	const struct dsn_recipient *r = d.recipient;

	(void)state;
	assert_int_equal(d.recipients, 1);
	assert_string_equal(r->final, "Gone@client.example");
	assert_string_equal(r->original, "rika@client.example");
	assert_int_equal(r->action, DSN_FAILED);
	assert_string_equal(r->status, "5.1.1");
	assert_string_equal(r->diagnostic,
	    "550 5.1.1 <gone@client.example>: Recipient address rejected:"
	    " User unknown");
	dsn_free(&d);
}

static void
each_group_is_one_recipient(void **state)
{
	struct dsn d = read_text("Reporting-MTA: dns; mx\r\n\r\n"
				 "Final-Recipient: rfc822; <a@x>\r\n"
				 "Action: delayed\r\nStatus: 4.4.1\r\n"
				 " \r\n\r\n"
				 "FINAL-RECIPIENT: utf-8; b@x\r\n"
				 "action: Delivered (to the mailbox)\r\n"
				 "\r\nFinal-Recipient:rfc822;c@x\r\n"
				 "Action:\r\n failed\r\nStatus: 4.4.7\r\n");

	(void)state;
	assert_int_equal(d.recipients, 3);
	assert_string_equal(d.recipient[0].final, "a@x");
	assert_int_equal(d.recipient[0].action, DSN_DELAYED);
	assert_string_equal(d.recipient[1].final, "b@x");
	assert_int_equal(d.recipient[1].action, DSN_FINE);
	assert_null(d.recipient[1].status);
	/* Given up after days of "try again later": that has failed. */
	assert_string_equal(d.recipient[2].final, "c@x");
	assert_int_equal(d.recipient[2].action, DSN_FAILED);
	dsn_free(&d);
}

static void
without_an_action_the_status_decides(void **state)
{
	static const struct {
		const char *status;
		enum dsn_action action;
	} cases[] = {{"5.0.0", DSN_FAILED}, {"4.2.2 (full)", DSN_DELAYED},
	    {"2.1.5", DSN_FINE}, {"5.1", DSN_FINE}, {"5.1000.1", DSN_FINE},
	    {"55.1.1", DSN_FINE}, {"", DSN_FINE}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text =
		    xasprintf("Final-Recipient: rfc822; a@x\nAction: what\n"
			      "Status: %s\n",
			cases[i].status);
		struct dsn d = read_text(text);

		assert_int_equal(d.recipients, 1);
		assert_int_equal(d.recipient[0].action, cases[i].action);
		dsn_free(&d);
		free(text);
	}
}

static void
a_report_cut_short_anywhere_is_read_as_far_as_it_goes(void **state)
{
	const char *text = POSTFIX;

	(void)state;
	for (size_t len = 0; len <= strlen(text); len++) {
		struct dsn d = read_bytes(text, len);
		char *id = dsn_message_id(text, len);

		assert_true(d.recipients <= 1);
		assert_null(id);
		dsn_free(&d);
	}
}

static void
controls_and_nul_do_not_come_through(void **state)
{
	static const char text[] =
	    "Final-Recipient: rfc822; a\0b@x\x1b[2J\nAction: failed\n"
	    "Status: 5.1.1\0\n"
	    "Diagnostic-Code: x; \x07\xff\xe2\x80\xae"
	    "evil\rline\n";
	struct dsn d = read_bytes(text, sizeof(text) - 1);

	(void)state;
	assert_int_equal(d.recipients, 1);
	assert_string_equal(d.recipient[0].final, "a\xef\xbf\xbd"
						  "b@x\xef\xbf\xbd[2J");
	assert_int_equal(d.recipient[0].action, DSN_FAILED);
	for (const char *s = d.recipient[0].diagnostic; *s != '\0'; s++)
		assert_true((unsigned char)*s >= ' ');
	assert_null(strstr(d.recipient[0].diagnostic, "\xe2\x80\xae"));
	dsn_free(&d);
}

static void
a_huge_report_is_bounded(void **state)
{
	struct buf b;
	struct dsn d;

	(void)state;
	buf_init(&b, 8U << 20);
	for (int i = 0; i < 30000; i++)
		buf_puts(&b, "Final-Recipient: rfc822; a@x\n\n");
	d = read_bytes(buf_str(&b), b.len);
	assert_int_equal(d.recipients, DSN_RECIPIENTS_MAX);
	dsn_free(&d);
	buf_clear(&b);
	buf_puts(&b, "Final-Recipient: a@x\nDiagnostic-Code: smtp;");
	while (b.len < (4U << 20))
		buf_puts(&b, "\xe3\x81\x82\n ");
	d = read_bytes(buf_str(&b), b.len);
	assert_int_equal(d.recipients, 1);
	assert_true(
	    strlen(d.recipient[0].diagnostic) <= 3 * DSN_DIAGNOSTIC_MAX);
	dsn_free(&d);
	buf_free(&b);
}

static void
what_names_no_recipient_is_none(void **state)
{
	struct dsn d = read_text("Action: failed\nStatus: 5.0.0\n\n: x\n"
				 "no field\n\n Final-Recipient: a@x\n");

	(void)state;
	assert_int_equal(d.recipients, 0);
	dsn_free(&d);
}

static void
message_id_is(const char *headers, const char *expected)
{
	char *id = dsn_message_id(headers, strlen(headers));

	if (expected == NULL)
		assert_null(id);
	else
		assert_non_null(id);
	if (id != NULL && expected != NULL)
		assert_string_equal(id, expected);
	free(id);
}

static void
the_message_id_is_found_in_a_header_block_alone(void **state)
{
	(void)state;
	message_id_is("From: x\nMessage-ID: <1@y>\nTo: z\n", "<1@y>");
	message_id_is("message-id:\r\n\t<1@y> (comment)\r\n", "<1@y>");
	message_id_is("From x Sun\nMessage-Id : <1@y>", "<1@y>");
	message_id_is("Message-ID: 1@y\n", NULL);
	message_id_is("Message-ID: >1@y<\n", NULL);
	message_id_is("From: x\n\nMessage-ID: <1@y>\n", NULL);
	message_id_is("Subject: a\n Message-ID: <1@y>\n", NULL);
	message_id_is("", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_report_by_postfix_is_read),
	    cmocka_unit_test(each_group_is_one_recipient),
	    cmocka_unit_test(without_an_action_the_status_decides),
	    cmocka_unit_test(
		a_report_cut_short_anywhere_is_read_as_far_as_it_goes),
	    cmocka_unit_test(controls_and_nul_do_not_come_through),
	    cmocka_unit_test(a_huge_report_is_bounded),
	    cmocka_unit_test(what_names_no_recipient_is_none),
	    cmocka_unit_test(the_message_id_is_found_in_a_header_block_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
