#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/hex.h"
#include "pgp/armour.h"
#include "pgp/test_office.h"

/* Opens content in a multipart/signed with that armoured signature. */
static void
open_around(struct office *o, const char *content, const struct buf *signature,
    struct opened *m)
{
	struct buf raw;

	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	office_put_signed(&raw, content, signature);
	office_load(o);
	office_open(o, &raw, m);
	buf_free(&raw);
}

/* As alice would sign it as a file, and what another makes of it. */
static void
expect_signed(struct office *o, const char *content, bool whole)
{
	struct buf signature;
	struct opened m;

	OFFICE_ALICE(o, content, &signature, "-b");
	open_around(o, content, &signature, &m);
	opened_good(o, &m, whole);
	assert_int_equal(strs_has(&m.v.warnings, "partly-signed"), !whole);
	assert_int_equal(m.v.failures.count, !whole);
	opened_close(&m);
	buf_free(&signature);
}

static void
a_signed_file_is_no_mail(void **state)
{
	struct office *o = *state;

	expect_signed(o, "TLP:RED\r\n\r\nFor your eyes only.", false);
	expect_signed(o, "Subject: x\r\n\r\nPublish this.", false);
	expect_signed(o, "Format: 1.0\r\nSource: x\r\n\r\nFiles: y\r\n", false);
	expect_signed(o, "{\r\n  \"document\": {\r\n\r\n  }\r\n}", false);
	expect_signed(o, "Hello,\r\n\r\nPublish this.\r\n", false);
}

static void
a_part_with_few_fields_is_one(void **state)
{
	struct office *o = *state;

	expect_signed(o, "Content-Type: text/plain\r\n\r\nHello.", true);
	expect_signed(o, "Content-Transfer-Encoding: 8bit\r\n\r\nHello.", true);
	expect_signed(o, "\r\nHello.\r\n", true);
}

/* Its signature is one over a text's lines, and fits that text anywhere. */
static void
a_clear_signed_text_is_no_part(void **state)
{
	struct office *o = *state;
	struct buf block;
	struct buf signature;
	struct armour a;
	struct opened m;
	char name[65];

	OFFICE_ALICE(
	    o, "TLP:RED\n\nFor your eyes only.\n", &block, "--clearsign");
	office_load(o);
	office_open_text(o, "", &block, "", &m);
	opened_good(o, &m, true);
	opened_text(&m, 1, "TLP:RED\n\nFor your eyes only.\n");
	assert_true(hex_is(m.v.signature[0].replay, 64));
	memcpy(name, m.v.signature[0].replay, sizeof(name));
	opened_close(&m);

	assert_true(armour_find(block.data, block.len,
	    (size_t)(strstr(buf_str(&block), "-----BEGIN PGP SIGNATURE") -
		     buf_str(&block)),
	    &a));
	buf_init(&signature, PEOPLE_LIMIT);
	buf_put(&signature, block.data + a.start, a.end - a.start);
	open_around(o, "TLP:RED\r\n\r\nFor your eyes only.", &signature, &m);
	opened_good(o, &m, false);
	assert_string_equal(m.v.signature[0].replay, name);
	opened_close(&m);
	buf_free(&block);
	buf_free(&signature);
}

/* She had encrypted and signed a text; another put it into a MIME frame. */
static void
an_encrypted_text_is_no_part(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf raw;
	struct opened m;

	OFFICE_ALICE(
	    o, "TLP:RED\n\nFor your eyes only.\n", &armour, "-s", "-e");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	office_put_encrypted(&raw, &armour);
	office_load(o);
	office_open(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	opened_good(o, &m, false);
	assert_int_equal(m.v.payload, PART_NONE);
	opened_close(&m);
	buf_free(&armour);
	buf_free(&raw);
}

static void
a_header_protects_only_where_it_says_so(void **state)
{
	static const char content[] = "Content-Type: text/plain\r\n"
				      "Subject: x\r\n\r\nHello.";
	struct office *o = *state;
	struct buf signature;
	struct opened m;

	OFFICE_ALICE(o, content, &signature, "-b");
	open_around(o, content, &signature, &m);
	opened_good(o, &m, true);
	assert_int_equal(m.v.payload, PART_NONE);
	opened_close(&m);
	buf_free(&signature);
}

static void
another_signature_has_another_name(void **state)
{
	struct office *o = *state;
	struct buf signature;
	struct opened m;
	char name[65];

	OFFICE_ALICE(o, office_entity, &signature, "-b", "--faked-system-time",
	    "20990101T000000");
	open_around(o, office_entity, &signature, &m);
	assert_int_equal(m.v.signature[0].status, SIGNATURE_ERROR);
	assert_string_equal(m.v.signature[0].replay, "");
	opened_close(&m);
	buf_free(&signature);
	OFFICE_ALICE(o, office_entity, &signature, "-b");
	open_around(o, office_entity, &signature, &m);
	memcpy(name, m.v.signature[0].replay, sizeof(name));
	opened_close(&m);
	open_around(o, office_entity, &signature, &m);
	assert_string_equal(m.v.signature[0].replay, name);
	opened_close(&m);
	open_around(o, "\r\nHello, team.", &signature, &m);
	assert_int_equal(m.v.signature[0].status, SIGNATURE_BAD);
	assert_string_equal(m.v.signature[0].replay, "");
	opened_close(&m);
	buf_free(&signature);
	OFFICE_ALICE(o, "\r\nHello, team.", &signature, "-b");
	open_around(o, "\r\nHello, team.", &signature, &m);
	opened_good(o, &m, true);
	assert_string_not_equal(m.v.signature[0].replay, name);
	opened_close(&m);
	buf_free(&signature);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_signed_file_is_no_mail),
	    cmocka_unit_test(a_part_with_few_fields_is_one),
	    cmocka_unit_test(a_clear_signed_text_is_no_part),
	    cmocka_unit_test(an_encrypted_text_is_no_part),
	    cmocka_unit_test(a_header_protects_only_where_it_says_so),
	    cmocka_unit_test(another_signature_has_another_name),
	};

	return cmocka_run_group_tests(tests, office_setup, office_teardown);
}
