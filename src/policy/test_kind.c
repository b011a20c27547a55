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
	} part[PARTS];
	struct {
		const char *name;
		const char *value;
	} field[FIELDS]; /* of the root */
	const char *from;
	const char *subject;
	bool null_sender;
};

static enum kind
kind_of(const struct sketch *s)
{
	struct part_table t = {0};
	enum kind k;

	t.part = xcalloc(PARTS, sizeof(*t.part));
	t.field = xcalloc(FIELDS, sizeof(*t.field));
	t.head = xcalloc(1, sizeof(*t.head));
	t.heads = 1;
	for (; t.parts < PARTS && s->part[t.parts].type != NULL; t.parts++) {
		struct part *p = &t.part[t.parts];

		p->type = xstrdup(s->part[t.parts].type);
		p->encoding = xstrdup("7bit");
		p->report_type = xstrdup_null(s->part[t.parts].report_type);
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
	k = kind_by_structure(&t, s->null_sender);
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

static void
a_report_is_told_by_its_type(void **state)
{
	(void)state;
	CHECK(KIND_BOUNCE,
	    .part = {{"multipart/report", 0, 0, "delivery-status"}});
	CHECK(KIND_AUTO_REPLY,
	    .part = {{"multipart/report", 0, 0, "disposition-notification"}});
	CHECK(KIND_REPORT,
	    .part = {{"multipart/report", 0, 0, "feedback-report"}});
	CHECK(
	    KIND_NOTIFICATION, .part = {{"multipart/report", 0, 0, "tlsrpt"}});
	CHECK(KIND_UNKNOWN, .part = {{"multipart/report", 0, 0, "other"}});
}

static void
a_report_part_tells_where_the_type_is_missing(void **state)
{
	(void)state;
	CHECK(KIND_BOUNCE, .part = {{"multipart/report", 0, 0, NULL},
			       {"text/plain", 1, 0, NULL},
			       {"message/delivery-status", 1, 0, NULL}});
	CHECK(KIND_REPORT, .part = {{"multipart/mixed", 0, 0, NULL},
			       {"message/feedback-report", 1, 0, NULL}});
}

static void
an_enclosed_report_does_not_tell(void **state)
{
	(void)state;
	CHECK(KIND_UNKNOWN, .part = {{"multipart/mixed", 0, 0, NULL},
				{"message/rfc822", 1, 0, NULL},
				{"multipart/report", 2, 0, "delivery-status"},
				{"message/delivery-status", 3, 0, NULL}});
}

static void
a_report_inside_a_signature_or_a_cipher_tells(void **state)
{
	(void)state;
	CHECK(KIND_REPORT, .part = {{"multipart/signed", 0, 0, NULL},
			       {"multipart/report", 1, 0, "feedback-report"}});
	CHECK(KIND_REPORT, .part = {{"multipart/encrypted", 0, 0, NULL},
			       {"application/octet-stream", 1, 0, NULL},
			       {"multipart/report", 2, 1, "feedback-report"}});
}

static void
words_do_not_tell(void **state)
{
	static const char *const subjects[] = {
	    "Out-of-bounds write in LibreOffice",
	    "certificate revocation bypass",
	    "Undelivered Mail Returned to Sender",
	    "Out of office",
	    "Auto: your report",
	    "Delivery Status Notification (Failure)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++)
		CHECK(KIND_UNKNOWN, .part = {{"text/plain", 0, 0, NULL}},
		    .from = "postmaster@victim.example",
		    .subject = subjects[i]);
}

#define PLAIN .part = {{"text/plain", 0, 0, NULL}}

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
	CHECK(KIND_UNKNOWN, PLAIN, .null_sender = true,
	    .field = {{"X-Auto-Response-Suppress", "All"}});
	CHECK(KIND_UNKNOWN, PLAIN, .field = {{"Precedence", "list"}});
}

static void
a_mail_without_parts_is_unknown(void **state)
{
	struct part_table t = {0};

	(void)state;
	assert_int_equal(kind_by_structure(&t, true), KIND_UNKNOWN);
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
	    cmocka_unit_test(a_report_is_told_by_its_type),
	    cmocka_unit_test(a_report_part_tells_where_the_type_is_missing),
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
