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

/* A signed mail's parts, as one text with CRLF. */
static void
sign_entity(struct office *o, const char *content, struct buf *out)
{
	struct buf signature;
	struct buf mixed;

	OFFICE_ALICE(o, content, &signature, "-b");
	buf_init(&mixed, PEOPLE_LIMIT);
	buf_init(out, PEOPLE_LIMIT);
	office_put_signed(&mixed, content, &signature);
	mixed.len -= 2; /* the boundary's own CRLF */
	for (size_t i = 0; i < mixed.len; i++) {
		if (mixed.data[i] == '\n' && mixed.data[i - 1] != '\r')
			buf_putc(out, '\r');
		buf_putc(out, mixed.data[i]);
	}
	buf_free(&signature);
	buf_free(&mixed);
}

static void
open_entity(struct office *o, const struct buf *inner, struct opened *m)
{
	struct buf raw;

	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	buf_put(&raw, inner->data, inner->len);
	buf_puts(&raw, "\r\n");
	office_load(o);
	office_open(o, &raw, m);
	buf_free(&raw);
}

static void
signed_encrypted_and_signed_is_the_inner_ones(void **state)
{
	struct office *o = *state;
	struct buf inner;
	struct buf armour;
	struct buf middle;
	struct buf outer;
	struct opened m;
	size_t whole = 0;

	sign_entity(o, office_entity, &inner);
	OFFICE_ALICE(o, buf_str(&inner), &armour, "-s", "-e");
	buf_init(&middle, PEOPLE_LIMIT);
	office_put_encrypted(&middle, &armour);
	buf_clear(&inner);
	middle.len -= 2;
	for (size_t i = 0; i < middle.len; i++) {
		if (middle.data[i] == '\n' && middle.data[i - 1] != '\r')
			buf_putc(&inner, '\r');
		buf_putc(&inner, middle.data[i]);
	}
	sign_entity(o, buf_str(&inner), &outer);
	open_entity(o, &outer, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	assert_int_equal(m.v.signatures, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(m.v.signature[i].status, SIGNATURE_GOOD);
		whole += m.v.signature[i].whole;
	}
	assert_false(m.v.signature[0].whole);
	assert_int_equal(whole, 2);
	assert_string_equal(opened_subject(&m), "inner");
	opened_close(&m);
	buf_free(&inner);
	buf_free(&armour);
	buf_free(&middle);
	buf_free(&outer);
}

static void
signed_twice_is_whole_twice(void **state)
{
	struct office *o = *state;
	struct buf inner;
	struct buf outer;
	struct opened m;

	sign_entity(o, office_entity, &inner);
	sign_entity(o, buf_str(&inner), &outer);
	open_entity(o, &outer, &m);
	assert_int_equal(m.v.signatures, 2);
	assert_true(m.v.signature[0].whole);
	assert_true(m.v.signature[1].whole);
	assert_string_equal(opened_subject(&m), "inner");
	opened_close(&m);
	buf_free(&inner);
	buf_free(&outer);
}

/* Who encloses a signed message and signs that has signed all of it. */
static void
an_enclosed_signature_is_not_the_outer_ones(void **state)
{
	struct office *o = *state;
	struct buf inner;
	struct buf outer;
	struct buf enclosed;
	struct opened m;

	sign_entity(o, office_entity, &inner);
	buf_init(&enclosed, PEOPLE_LIMIT);
	buf_puts(&enclosed, "Content-Type: message/rfc822\r\n\r\n");
	buf_puts(&enclosed, office_head);
	buf_put(&enclosed, inner.data, inner.len);
	sign_entity(o, buf_str(&enclosed), &outer);
	open_entity(o, &outer, &m);
	assert_int_equal(m.v.signatures, 2);
	assert_true(m.v.signature[0].whole);
	assert_false(m.v.signature[1].whole);
	assert_int_equal(m.v.payload, PART_NONE);
	opened_close(&m);
	buf_free(&inner);
	buf_free(&outer);
	buf_free(&enclosed);
}

static void
a_third_part_or_another_protocol_is_no_signed_mail(void **state)
{
	struct office *o = *state;
	struct buf inner;
	struct buf raw;
	struct opened m;
	char *at = NULL;

	sign_entity(o, office_entity, &inner);
	buf_init(&raw, PEOPLE_LIMIT);
	buf_put(&raw, inner.data, inner.len - 2);
	buf_puts(&raw, "\r\nContent-Type: text/plain\r\n\r\nx\r\n--S--");
	open_entity(o, &raw, &m);
	assert_int_equal(m.v.signatures, 0);
	assert_true(strs_has(&m.v.warnings, "signature-bad"));
	opened_close(&m);
	at = strstr(buf_str(&inner), "protocol=\"application/pgp-sig");
	memcpy(at, "protocol=\"application/x", 23);
	open_entity(o, &inner, &m);
	assert_int_equal(m.v.signatures, 0);
	opened_close(&m);
	buf_free(&inner);
	buf_free(&raw);
}

static void
blocks_in_a_row_cover_a_part_each(void **state)
{
	struct office *o = *state;
	struct buf block;
	struct buf other;
	struct opened m;

	OFFICE_ALICE(o, "One.\n", &block, "--clearsign");
	OFFICE_ALICE(o, "Two.\n", &other, "--clearsign");
	buf_put(&block, other.data, other.len);
	office_load(o);
	office_open_text(o, "", &block, "", &m);
	assert_int_equal(m.v.signatures, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(m.v.signature[i].status, SIGNATURE_GOOD);
		assert_false(m.v.signature[i].whole);
	}
	assert_true(strs_has(&m.v.warnings, "partly-signed"));
	opened_close(&m);
	buf_free(&block);
	buf_free(&other);
}

static void
two_sign_one_text(void **state)
{
	struct office *o = *state;
	struct buf block;
	struct opened m;

	OFFICE_ALICE(o, "- Both of us.  \n\nFrom here.\n\n", &block, "-u",
	    o->people.mallory.fingerprint, "--clearsign");
	office_load(o);
	office_open_text(o, "\r\n \r\n", &block, "\r\n", &m);
	assert_int_equal(m.v.signatures, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(m.v.signature[i].status, SIGNATURE_GOOD);
		assert_true(m.v.signature[i].whole);
	}
	opened_text(&m, 1, "- Both of us.\n\nFrom here.\n\n");
	opened_close(&m);
	buf_free(&block);
}

/* What looks like a part of the block and is none. */
static void
text_at_the_edges_of_a_block_is_not_signed(void **state)
{
	static const char hash[] = "Hash: SHA512\n";
	static const char *const instead[] = {"Hash: SHA512\nPublish: this\n",
	    "Hash: SHA512 PUBLISH THIS\n", "Hash: SHA512\n\f\n",
	    "Hash: SHA512\x1b[8m\n", "Publish this.\n"};
	struct office *o = *state;
	struct buf block;
	struct opened m;

	OFFICE_ALICE(
	    o, "Signed.\n", &block, "--clearsign", "--digest-algo", "SHA512");
	office_load(o);
	for (size_t i = 0; i < sizeof(instead) / sizeof(instead[0]); i++) {
		const char *at = strstr(buf_str(&block), hash);
		struct buf changed;

		assert_non_null(at);
		buf_init(&changed, PEOPLE_LIMIT);
		buf_put(&changed, block.data, (size_t)(at - buf_str(&block)));
		buf_puts(&changed, instead[i]);
		buf_puts(&changed, at + strlen(hash));
		office_open_text(o, "", &changed, "", &m);
		assert_int_equal(m.v.signatures, 0);
		assert_true(strs_has(&m.v.warnings, "signature-bad"));
		opened_close(&m);
		buf_free(&changed);
	}
	office_open_text(o, "Publish this.\r\n", &block, "", &m);
	opened_good(o, &m, false);
	opened_close(&m);
	office_open_text(o, "> ", &block, "", &m);
	assert_int_equal(m.v.signatures, 0);
	opened_close(&m);
	buf_free(&block);
}

/* The text is cut where gpg stops to hash a line. */
static void
what_follows_a_long_blank_is_not_signed(void **state)
{
	struct office *o = *state;
	struct buf block;
	struct buf changed;
	struct opened m;
	const char *at = NULL;

	OFFICE_ALICE(o, "Signed.\n", &block, "--clearsign");
	at = strstr(buf_str(&block), "Signed.") + 7;
	for (size_t blanks = 10; blanks < 50000; blanks *= 10) {
		buf_init(&changed, PEOPLE_LIMIT);
		buf_put(&changed, block.data, (size_t)(at - buf_str(&block)));
		memset(buf_reserve(&changed, 2 * blanks), ' ', 2 * blanks);
		buf_puts(&changed, "Publish this.");
		buf_puts(&changed, at);
		office_load(o);
		office_open_text(o, "", &changed, "", &m);
		for (size_t i = 0; i < m.v.signatures; i++)
			assert_int_not_equal(
			    m.v.signature[i].status, SIGNATURE_GOOD);
		assert_true(strs_has(&m.v.warnings, "signature-bad"));
		opened_close(&m);
		buf_free(&changed);
	}
	buf_free(&block);
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
	    cmocka_unit_test(signed_encrypted_and_signed_is_the_inner_ones),
	    cmocka_unit_test(signed_twice_is_whole_twice),
	    cmocka_unit_test(an_enclosed_signature_is_not_the_outer_ones),
	    cmocka_unit_test(
		a_third_part_or_another_protocol_is_no_signed_mail),
	    cmocka_unit_test(blocks_in_a_row_cover_a_part_each),
	    cmocka_unit_test(two_sign_one_text),
	    cmocka_unit_test(text_at_the_edges_of_a_block_is_not_signed),
	    cmocka_unit_test(what_follows_a_long_blank_is_not_signed),
	};

	return cmocka_run_group_tests(tests, office_setup, office_teardown);
}
