#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "pgp/test_office.h"

static void
a_signed_mail_is_covered_as_a_whole(void **state)
{
	struct office *o = *state;
	struct buf signature;
	struct buf raw;
	struct opened m;

	OFFICE_ALICE(o, office_entity, &signature, "-b");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	office_put_signed(&raw, office_entity, &signature);
	office_load(o);
	office_open(o, &raw, &m);
	opened_good(o, &m, true);
	assert_int_equal(m.v.encryption, ENCRYPTION_NONE);
	assert_string_equal(opened_subject(&m), "inner");
	assert_int_equal(m.v.warnings.count, 0);
	opened_close(&m);
	buf_free(&signature);
	buf_free(&raw);
}

static void
bare_line_feeds_are_signed_as_crlf(void **state)
{
	struct office *o = *state;
	struct buf signature;
	struct buf raw;
	struct buf lf;
	struct opened m;

	OFFICE_ALICE(o, office_entity, &signature, "-b");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_init(&lf, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	office_put_signed(&raw, office_entity, &signature);
	for (size_t i = 0; i < raw.len; i++)
		if (raw.data[i] != '\r')
			buf_putc(&lf, raw.data[i]);
	office_load(o);
	office_open(o, &lf, &m);
	opened_good(o, &m, true);
	opened_close(&m);
	buf_free(&signature);
	buf_free(&raw);
	buf_free(&lf);
}

static void
a_list_footer_is_covered_by_nothing(void **state)
{
	struct office *o = *state;
	struct buf signature;
	struct buf raw;
	struct opened m;

	OFFICE_ALICE(o, office_entity, &signature, "-b");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	buf_puts(
	    &raw, "Content-Type: multipart/mixed; boundary=M\r\n\r\n--M\r\n");
	office_put_signed(&raw, office_entity, &signature);
	buf_puts(&raw,
	    "\r\n--M\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--M--\r\n");
	office_load(o);
	office_open(o, &raw, &m);
	opened_good(o, &m, false);
	assert_int_equal(m.v.payload, PART_NONE);
	assert_true(strs_has(&m.v.warnings, "partly-signed"));
	opened_close(&m);
	buf_free(&signature);
	buf_free(&raw);
}

static void
an_enclosed_message_keeps_its_signature_to_itself(void **state)
{
	struct office *o = *state;
	struct buf signature;
	struct buf raw;
	struct opened m;

	OFFICE_ALICE(o, office_entity, &signature, "-b");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	buf_puts(&raw, "Content-Type: message/rfc822\r\n\r\n");
	buf_puts(&raw, office_head);
	office_put_signed(&raw, office_entity, &signature);
	office_load(o);
	office_open(o, &raw, &m);
	opened_good(o, &m, false);
	assert_int_equal(m.v.payload, PART_NONE);
	opened_close(&m);
	buf_free(&signature);
	buf_free(&raw);
}

static void
a_clear_signature_covers_its_text_alone(void **state)
{
	struct office *o = *state;
	struct buf block;
	struct opened m;

	OFFICE_ALICE(o, "Signed.\n- dash\n", &block, "--clearsign");
	office_load(o);
	office_open_text(o, "", &block, "", &m);
	opened_good(o, &m, true);
	assert_int_equal(m.v.encryption, ENCRYPTION_NONE);
	opened_text(&m, 1, "Signed.\n- dash\n");
	opened_close(&m);
	office_open_text(o, "", &block, "\r\nForged.\r\n", &m);
	opened_good(o, &m, false);
	assert_true(m.v.part[0].shown);
	assert_true(m.v.part[0].detached_text);
	opened_close(&m);
	block.data[strstr(buf_str(&block), "Signed.") - buf_str(&block)] = 's';
	office_open_text(o, "", &block, "", &m);
	assert_int_equal(m.v.signature[0].status, SIGNATURE_BAD);
	assert_true(strs_has(&m.v.warnings, "signature-bad"));
	opened_close(&m);
	buf_free(&block);
}

static void
opening_again_knows_the_signer(void **state)
{
	struct office *o = *state;
	struct people *p = &o->people;
	struct err e = {ERR_NONE, ""};
	struct buf armour;
	struct buf raw;
	struct opened m;
	size_t parts = 0;

	OFFICE_ALICE(o, office_entity, &armour, "-s", "-e");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	office_put_encrypted(&raw, &armour);
	people_load(p, &p->team, NULL);
	office_open(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	assert_int_equal(m.v.signature[0].status, SIGNATURE_NO_KEY);
	assert_true(strs_has(&m.v.missing, p->alice.fingerprint));
	parts = m.mail->table.parts;
	verdict_free(&m.v);
	office_load(o);
	if (pgp_open_again(p->ring, m.mail, clock_now(NULL), &m.v, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(m.mail->table.parts, parts);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	opened_good(o, &m, true);
	assert_int_equal(m.v.missing.count, 0);
	opened_close(&m);
	buf_free(&armour);
	buf_free(&raw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_signed_mail_is_covered_as_a_whole),
	    cmocka_unit_test(bare_line_feeds_are_signed_as_crlf),
	    cmocka_unit_test(a_list_footer_is_covered_by_nothing),
	    cmocka_unit_test(an_enclosed_message_keeps_its_signature_to_itself),
	    cmocka_unit_test(a_clear_signature_covers_its_text_alone),
	    cmocka_unit_test(opening_again_knows_the_signer),
	};

	return cmocka_run_group_tests(tests, office_setup, office_teardown);
}
