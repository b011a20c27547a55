#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "policy/kind.h"

#define PARTS 4
#define FIELDS 3

/* A table of parts and fields, in as few words as a test can say it. */
struct sketch {
	struct {
		const char *type;
		uint32_t parent; /* index + 1; 0: the root */
		uint32_t buffer;
		const char *report_type;
		const char *name;
	} part[PARTS];
	struct {
		const char *name;
		const char *value;
	} field[FIELDS]; /* of the root */
	const char *from;
	const char *subject;
	const char *text;
	bool answers;
	bool null_sender;
};

static enum kind
kind_of(const struct sketch *s)
{
	size_t len = s->text == NULL ? 0 : strlen(s->text);
	struct part_table t = {0};
	enum kind k;
	char *text;

	t.part = xcalloc(PARTS, sizeof(*t.part));
	t.field = xcalloc(FIELDS, sizeof(*t.field));
	t.head = xcalloc(1, sizeof(*t.head));
	t.heads = 1;
	for (; t.parts < PARTS && s->part[t.parts].type != NULL; t.parts++) {
		struct part *p = &t.part[t.parts];

		p->type = xstrdup(s->part[t.parts].type);
		p->encoding = xstrdup("7bit");
		p->report_type = xstrdup_null(s->part[t.parts].report_type);
		p->name = xstrdup_null(s->part[t.parts].name);
		p->parent = s->part[t.parts].parent - 1;
		p->buffer = s->part[t.parts].buffer;
	}
	for (; t.fields < FIELDS && s->field[t.fields].name != NULL;
	     t.fields++) {
		t.field[t.fields].name = xstrdup(s->field[t.fields].name);
		t.field[t.fields].value = xstrdup(s->field[t.fields].value);
	}
	if (s->from != NULL)
		mailboxes_add(&t.head[0].from, NULL, s->from);
	t.head[0].subject = xstrdup_null(s->subject);
	if (s->answers)
		strs_add(&t.head[0].in_reply_to, "<1@team.example>");
	/* an exact-size block: the sanitizer sees a byte too many */
	text = len == 0 ? NULL : xmemdup(s->text, len);
	k = kind_by_structure(&(struct kind_question){.table = &t,
	    .null_sender = s->null_sender,
	    .text = text,
	    .text_len = len});
	free(text);
	part_table_free(&t);
	return k;
}

static void
check(const struct sketch *s, enum kind expected)
{
	enum kind k = kind_of(s);

	if (k != expected)
		fail_msg("%s \"%s\": kind %d, not %d", s->part[0].type,
		    s->subject != NULL ? s->subject : "", k, expected);
}

#define CHECK(expected, ...) check(&(struct sketch){__VA_ARGS__}, expected)

#define REPORT(kind, leaf)                                                     \
	.part = {{"multipart/report", 0, 0, kind, NULL},                       \
	    {"text/plain", 1, 0, NULL, NULL}, {leaf, 1, 0, NULL, NULL}}

static void
a_report_is_told_by_its_type_and_its_part(void **state)
{
	(void)state;
	CHECK(
	    KIND_BOUNCE, REPORT("delivery-status", "message/delivery-status"));
	CHECK(KIND_BOUNCE, REPORT(NULL, "message/delivery-status"));
	CHECK(KIND_AUTO_REPLY, REPORT("disposition-notification",
				   "message/disposition-notification"));
	CHECK(
	    KIND_REPORT, REPORT("feedback-report", "message/feedback-report"));
	CHECK(KIND_NOTIFICATION, REPORT("tlsrpt", "application/tlsrpt+gzip"));
	CHECK(KIND_NOTIFICATION, REPORT(NULL, "application/tlsrpt"));
	CHECK(KIND_UNKNOWN, REPORT("other", "text/x-other"));
}

/* People attach such parts to what they write about them. */
static void
without_both_only_a_mail_system_makes_a_report(void **state)
{
	(void)state;
	CHECK(KIND_UNKNOWN,
	    .part = {{"multipart/mixed", 0, 0, NULL, NULL},
		{"text/plain", 1, 0, NULL, NULL},
		{"message/delivery-status", 1, 0, NULL, NULL}},
	    .from = "alice@victim.example");
	CHECK(KIND_BOUNCE,
	    .part = {{"multipart/mixed", 0, 0, NULL, NULL},
		{"text/plain", 1, 0, NULL, NULL},
		{"message/delivery-status", 1, 0, NULL, NULL}},
	    .from = "MAILER-DAEMON@mx.example");
	CHECK(KIND_UNKNOWN, REPORT("delivery-status", "text/plain"),
	    .from = "alice@victim.example");
	CHECK(KIND_BOUNCE, REPORT("delivery-status", "text/plain"),
	    .from = "alice@victim.example", .null_sender = true);
	CHECK(KIND_UNKNOWN, REPORT("disposition-notification", "text/plain"));
	CHECK(KIND_REPORT, .part = {{"multipart/mixed", 0, 0, NULL, NULL},
			       {"message/feedback-report", 1, 0, NULL, NULL}});
}

static void
an_enclosed_report_does_not_tell(void **state)
{
	(void)state;
	CHECK(KIND_UNKNOWN,
	    .part = {{"multipart/mixed", 0, 0, NULL, NULL},
		{"message/rfc822", 1, 0, NULL, NULL},
		{"multipart/report", 2, 0, "delivery-status", NULL},
		{"message/delivery-status", 3, 0, NULL, NULL}});
}

static void
a_report_inside_a_signature_or_a_cipher_tells(void **state)
{
	(void)state;
	CHECK(KIND_REPORT,
	    .part = {{"multipart/signed", 0, 0, NULL, NULL},
		{"multipart/report", 1, 0, "feedback-report", NULL}});
	CHECK(KIND_REPORT,
	    .part = {{"multipart/encrypted", 0, 0, NULL, NULL},
		{"application/octet-stream", 1, 0, NULL, NULL},
		{"multipart/report", 2, 1, "feedback-report", NULL}});
}

#define PLAIN .part = {{"text/plain", 0, 0, NULL, NULL}}

static void
words_do_not_tell(void **state)
{
	static const char *const subjects[] = {
	    "Out-of-bounds write in LibreOffice",
	    "Undelivered mail exploit",
	    "Re: failure notice",
	    "vacation",
	    "自動返信メールの件",
	    "Automatic reply: is a weakness",
	    "Report Domain: example.net",
	    "certificate revocation bypass",
	    "Undelivered Mail Returned to Sender",
	    "Out of office",
	    "Auto: your report",
	    "Delivery Status Notification (Failure)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++)
		CHECK(KIND_UNKNOWN, PLAIN, .from = "postmaster@victim.example",
		    .subject = subjects[i]);
}

static void
a_bounce_without_mime_has_no_sender_and_a_daemons_name(void **state)
{
	(void)state;
	CHECK(KIND_BOUNCE, PLAIN, .from = "MAILER-DAEMON@mx.example",
	    .null_sender = true);
	CHECK(KIND_BOUNCE, PLAIN, .from = "Postmaster@mx.example",
	    .null_sender = true, .field = {{"Auto-Submitted", "auto-replied"}});
	CHECK(KIND_BOUNCE, PLAIN, .null_sender = true,
	    .field = {{"X-Failed-Recipients", "a@b.example"}});
	CHECK(KIND_BOUNCE, PLAIN, .from = "Mailer-Daemon@mx.example",
	    .field = {{"Auto-Submitted", "auto-replied"}});
	CHECK(KIND_BOUNCE, PLAIN, .from = "MAILER-DAEMON", .null_sender = true);
	CHECK(KIND_UNKNOWN, PLAIN, .from = "MAILER-DAEMON@mx.example");
	CHECK(KIND_UNKNOWN, PLAIN, .from = "alice@mx.example",
	    .null_sender = true);
	CHECK(KIND_UNKNOWN, PLAIN, .from = "not-mailer-daemon@mx.example",
	    .null_sender = true);
}

static void
an_automatic_reply_says_so(void **state)
{
	(void)state;
	CHECK(KIND_AUTO_REPLY, PLAIN,
	    .field = {{"auto-submitted", "Auto-Replied; x=y"}});
	CHECK(KIND_AUTO_REPLY, PLAIN,
	    .field = {{"Auto-Submitted", "auto-replied (vacation)"}});
	CHECK(KIND_UNKNOWN, PLAIN, .field = {{"Auto-Submitted", "no"}});
	CHECK(KIND_UNKNOWN, PLAIN,
	    .field = {{"Auto-Submitted", "auto-generated"}});
	CHECK(KIND_NOTIFICATION, PLAIN,
	    .field = {
		{"Auto-Submitted", "auto-generated"}, {"Precedence", "bulk"}});
	CHECK(KIND_NOTIFICATION, PLAIN, .null_sender = true,
	    .field = {{"Auto-Submitted", "auto-generated"}});
}

static void
old_marks_of_automatic_mail_need_the_empty_sender(void **state)
{
	(void)state;
	CHECK(KIND_UNKNOWN, PLAIN, .field = {{"X-Autoreply", "yes"}});
	CHECK(KIND_UNKNOWN, PLAIN, .field = {{"Precedence", "auto_reply"}});
	CHECK(KIND_AUTO_REPLY, PLAIN, .null_sender = true,
	    .field = {{"X-Autoreply", "yes"}});
	CHECK(KIND_AUTO_REPLY, PLAIN, .null_sender = true,
	    .field = {{"Precedence", "auto_reply"}});
	CHECK(KIND_AUTO_REPLY, PLAIN, .answers = true,
	    .field = {{"X-Apple-Action", "VACATION"}});
	CHECK(KIND_UNKNOWN, PLAIN, .null_sender = true,
	    .field = {{"X-Auto-Response-Suppress", "All"}});
	CHECK(KIND_UNKNOWN, PLAIN, .answers = true,
	    .field = {{"X-Auto-Response-Suppress", "All"}});
	CHECK(KIND_UNKNOWN, PLAIN, .field = {{"Precedence", "list"}});
}

static void
words_of_automatic_replies_count_beside_its_marks_alone(void **state)
{
	static const char *const subjects[] = {"Automatic reply: your report",
	    "自動返信: ご報告", "不在のお知らせ", "Out of office",
	    "[自動返信] ご報告", "Absence du bureau : vacances"};

	(void)state;
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		CHECK(KIND_AUTO_REPLY, PLAIN, .subject = subjects[i],
		    .from = "alice@victim.example", .null_sender = true);
		CHECK(KIND_AUTO_REPLY, PLAIN, .subject = subjects[i],
		    .answers = true,
		    .field = {{"X-Auto-Response-Suppress", "All"}});
		CHECK(KIND_AUTO_REPLY, PLAIN, .subject = subjects[i],
		    .answers = true, .field = {{"Precedence", "bulk"}});
		CHECK(KIND_UNKNOWN, PLAIN, .subject = subjects[i],
		    .field = {{"Precedence", "bulk"}});
		CHECK(KIND_UNKNOWN, PLAIN, .subject = subjects[i],
		    .answers = true);
	}
	CHECK(KIND_UNKNOWN, PLAIN, .subject = "Vacation rentals that phish",
	    .null_sender = true);
}

static const char returned[] =
    "I'm afraid I wasn't able to deliver your message.\n\n"
    "--- Below this line is a copy of the message.\n\n"
    "Return-Path: <root@nijo.example>\n"
    "Received: (qmail 8 invoked by uid 0);\n 29 Apr 2010 07:55:23 -0000\n"
    "Message-ID: <1.qmail@nijo.example>\n";

static void
a_daemon_that_returns_a_header_bounces(void **state)
{
	(void)state;
	CHECK(KIND_BOUNCE, PLAIN, .from = "MAILER-DAEMON@nijo.example",
	    .text = returned);
	CHECK(KIND_BOUNCE, PLAIN, .from = "MAILER-DAEMON@nijo.example",
	    .text = "x\n\nFinal-Recipient: rfc822; a@b.example\n"
		    "Action: delayed");
	CHECK(KIND_BOUNCE, PLAIN, .null_sender = true, .text = returned);
	CHECK(KIND_BOUNCE, PLAIN, .text = returned,
	    .field = {{"Return-Path", "<>"}});
	CHECK(KIND_BOUNCE,
	    .part = {{"multipart/mixed", 0, 0, NULL, NULL},
		{"message/rfc822", 1, 0, NULL, NULL}},
	    .from = "MAILER-DAEMON@nijo.example");
	CHECK(KIND_UNKNOWN,
	    .part = {{"multipart/mixed", 0, 0, NULL, NULL},
		{"message/rfc822", 1, 0, NULL, NULL}},
	    .from = "alice@nijo.example", .null_sender = true);
	CHECK(KIND_UNKNOWN, PLAIN, .from = "MAILER-DAEMON@nijo.example",
	    .text = "From: one\n\nTo: two\n\nSubject: three\n");
	CHECK(KIND_UNKNOWN, PLAIN, .from = "root@nijo.example",
	    .subject = "Re: failure notice", .text = returned);
	CHECK(KIND_UNKNOWN, PLAIN, .from = "postmaster@nijo.example",
	    .text = returned);
}

static void
a_mail_system_s_envelope_or_name_alone_tells_beside_another_mark(void **state)
{
	(void)state;
	CHECK(KIND_BOUNCE, PLAIN, .from = "postmaster@nijo.example",
	    .field = {{"Return-Path", "<MAILER-DAEMON>"}});
	CHECK(KIND_BOUNCE, PLAIN, .from = "Postmaster@nijo.example",
	    .field = {{"Return-Path", "<MAILER-DAEMON@nijo.example>"}});
	CHECK(KIND_BOUNCE, PLAIN, .from = "Mail.Delivery.System@nijo.example",
	    .field = {{"Return-Path", "<MAILER-DAEMON@nijo.example>"}});
	CHECK(KIND_UNKNOWN, PLAIN, .from = "postmaster@nijo.example",
	    .subject = "Fwd: strange",
	    .field = {{"Return-Path", "<MAILER-DAEMON@nijo.example>"}});
	CHECK(KIND_UNKNOWN, PLAIN, .from = "postmaster@nijo.example",
	    .field = {{"Return-Path", "<mailer-daemons@nijo.example>"}});
	CHECK(KIND_UNKNOWN, PLAIN, .from = "alice@nijo.example",
	    .field = {{"Return-Path", "<MAILER-DAEMON@nijo.example>"}});
	/* "MAILER-DAEMON <>" parses to no address */
	CHECK(KIND_BOUNCE, PLAIN, .text = returned,
	    .field = {{"From", "MAILER-DAEMON <>"}});
	CHECK(KIND_UNKNOWN, PLAIN, .field = {{"From", "MAILER-DAEMON <>"}});
	CHECK(KIND_UNKNOWN, PLAIN, .text = returned,
	    .field = {{"From", "Mail Watch <>"}});
}

static void
exchange_frames_what_it_returns(void **state)
{
	static const char text[] = "Generating server: x.example\n\n"
				   "Original message headers:\n\nFrom: a\n";

	(void)state;
	CHECK(KIND_BOUNCE, PLAIN, .from = "postmaster@x.example",
	    .subject = "Undeliverable: x", .text = text);
	CHECK(KIND_UNKNOWN, PLAIN, .from = "postmaster@x.example",
	    .subject = "Fw: Undeliverable: x", .text = text);
	CHECK(KIND_UNKNOWN, PLAIN, .from = "alice@x.example",
	    .subject = "Undeliverable: x", .text = text);
}

#define AGGREGATE "google.com!a.example!1669507200!1669593599.zip"

static void
an_aggregate_has_its_file_and_says_what_it_is(void **state)
{
	(void)state;
	CHECK(KIND_NOTIFICATION,
	    .part = {{"application/zip", 0, 0, NULL, AGGREGATE}},
	    .subject = "Report domain: a.example Submitter: google.com");
	CHECK(KIND_NOTIFICATION,
	    .part = {{"multipart/mixed", 0, 0, NULL, NULL},
		{"application/gzip", 1, 0, NULL,
		    "b.net!a.example!1667948400!1668034800!7.xml.gz"}},
	    .field = {{"Auto-Submitted", "auto-generated"}});
	CHECK(KIND_UNKNOWN,
	    .part = {{"multipart/mixed", 0, 0, NULL, NULL},
		{"application/zip", 1, 0, NULL, AGGREGATE}},
	    .subject = "What does this file say?");
	CHECK(KIND_UNKNOWN,
	    .part = {{"multipart/mixed", 0, 0, NULL, NULL},
		{"application/zip", 1, 0, NULL, AGGREGATE}},
	    .subject = "Fwd: Report domain: a.example");
	CHECK(KIND_UNKNOWN,
	    .part = {{"application/zip", 0, 0, NULL, "a!b!1!2.zip"}},
	    .subject = "Report domain: a.example");
}

static void
a_list_makes_nothing_automatic(void **state)
{
	(void)state;
	CHECK(KIND_UNKNOWN, PLAIN,
	    .field = {
		{"List-Id", "<alerts.ncc.example>"}, {"Precedence", "list"}});
	CHECK(KIND_UNKNOWN, PLAIN,
	    .field = {{"List-Id", "<alerts.ncc.example>"},
		{"Precedence", "bulk"}, {"Auto-Submitted", "auto-generated"}});
}

static void
a_mail_without_parts_is_unknown(void **state)
{
	struct part_table t = {0};

	(void)state;
	assert_int_equal(kind_by_structure(&(struct kind_question){
			     .table = &t, .null_sender = true}),
	    KIND_UNKNOWN);
}

static void
a_name_parses_to_its_kind(void **state)
{
	(void)state;
	for (enum kind k = KIND_REPORT; k <= KIND_SPAM; k++) {
		enum kind back = KIND_UNKNOWN;

		assert_true(kind_parse(kind_name(k), &back));
		assert_int_equal(back, k);
	}
	assert_string_equal(kind_name(KIND_UNKNOWN), "report");
	assert_false(kind_parse("rumour", &(enum kind){KIND_SPAM}));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_report_is_told_by_its_type_and_its_part),
	    cmocka_unit_test(without_both_only_a_mail_system_makes_a_report),
	    cmocka_unit_test(
		words_of_automatic_replies_count_beside_its_marks_alone),
	    cmocka_unit_test(a_daemon_that_returns_a_header_bounces),
	    cmocka_unit_test(
		a_mail_system_s_envelope_or_name_alone_tells_beside_another_mark),
	    cmocka_unit_test(exchange_frames_what_it_returns),
	    cmocka_unit_test(an_aggregate_has_its_file_and_says_what_it_is),
	    cmocka_unit_test(a_list_makes_nothing_automatic),
	    cmocka_unit_test(an_enclosed_report_does_not_tell),
	    cmocka_unit_test(a_report_inside_a_signature_or_a_cipher_tells),
	    cmocka_unit_test(words_do_not_tell),
	    cmocka_unit_test(
		a_bounce_without_mime_has_no_sender_and_a_daemons_name),
	    cmocka_unit_test(an_automatic_reply_says_so),
	    cmocka_unit_test(old_marks_of_automatic_mail_need_the_empty_sender),
	    cmocka_unit_test(a_mail_without_parts_is_unknown),
	    cmocka_unit_test(a_name_parses_to_its_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
