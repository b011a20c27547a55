#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "pgp/test_office.h"

static void
a_combined_mail_is_whole(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf raw;
	struct opened m;

	OFFICE_ALICE(o, office_entity, &armour, "-s", "-e");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	office_put_encrypted(&raw, &armour);
	office_load(o);
	office_open(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	opened_good(o, &m, true);
	assert_string_equal(opened_subject(&m), "inner");
	assert_int_equal(m.v.recipients.count, 1);
	opened_close(&m);
	buf_free(&armour);
	buf_free(&raw);
}

static void
signed_inside_encrypted_is_whole(void **state)
{
	struct office *o = *state;
	struct buf signature;
	struct buf armour;
	struct buf inner;
	struct buf raw;
	struct opened m;

	OFFICE_ALICE(o, office_entity, &signature, "-b");
	buf_init(&inner, PEOPLE_LIMIT);
	buf_init(&raw, PEOPLE_LIMIT);
	office_put_signed(&inner, office_entity, &signature);
	OFFICE_ALICE(o, buf_str(&inner), &armour, "-e");
	buf_puts(&raw, office_head);
	office_put_encrypted(&raw, &armour);
	office_load(o);
	office_open(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	opened_good(o, &m, true);
	assert_string_equal(opened_subject(&m), "inner");
	opened_close(&m);
	buf_free(&signature);
	buf_free(&armour);
	buf_free(&inner);
	buf_free(&raw);
}

static void
a_signature_around_a_ciphertext_covers_a_part(void **state)
{
	struct office *o = *state;
	struct buf signature;
	struct buf armour;
	struct buf inner;
	struct buf raw;
	struct opened m;

	OFFICE_ALICE(o, office_entity, &armour, "-e");
	buf_init(&inner, PEOPLE_LIMIT);
	buf_init(&raw, PEOPLE_LIMIT);
	office_put_encrypted(&inner, &armour);
	inner.data[inner.len -= 2] = '\0'; /* the boundary's own CRLF */
	for (size_t i = 0; i < inner.len; i++)
		if (inner.data[i] != '\r') {
			if (inner.data[i] == '\n')
				buf_putc(&raw, '\r');
			buf_putc(&raw, inner.data[i]);
		}
	OFFICE_ALICE(o, buf_str(&raw), &signature, "-b");
	buf_clear(&inner);
	buf_puts(&inner, buf_str(&raw));
	buf_clear(&raw);
	buf_puts(&raw, office_head);
	office_put_signed(&raw, buf_str(&inner), &signature);
	office_load(o);
	office_open(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	opened_good(o, &m, false);
	assert_true(strs_has(&m.v.warnings, "partly-signed"));
	assert_string_equal(opened_subject(&m), "inner");
	opened_close(&m);
	buf_free(&signature);
	buf_free(&armour);
	buf_free(&inner);
	buf_free(&raw);
}

static void
text_around_an_encrypted_part_makes_it_part(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf raw;
	struct opened m;

	OFFICE_ALICE(o, office_entity, &armour, "-s", "-e");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	buf_puts(&raw,
	    "Content-Type: multipart/mixed; boundary=M\r\n\r\n"
	    "--M\r\nContent-Type: text/html\r\n\r\n<img src=\"\r\n--M\r\n");
	office_put_encrypted(&raw, &armour);
	buf_puts(&raw, "\r\n--M--\r\n");
	office_load(o);
	office_open(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_PART);
	opened_good(o, &m, false);
	assert_int_equal(m.v.payload, PART_NONE);
	assert_true(strs_has(&m.v.warnings, "partly-encrypted"));
	assert_true(m.v.part[m.v.parts - 1].apart);
	opened_close(&m);
	buf_free(&armour);
	buf_free(&raw);
}

static void
two_encrypted_parts_are_no_whole(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf raw;
	struct opened m;

	OFFICE_ALICE(o, office_entity, &armour, "-e");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	buf_puts(
	    &raw, "Content-Type: multipart/mixed; boundary=M\r\n\r\n--M\r\n");
	office_put_encrypted(&raw, &armour);
	buf_puts(&raw, "\r\n--M\r\n");
	office_put_encrypted(&raw, &armour);
	buf_puts(&raw, "\r\n--M--\r\n");
	office_load(o);
	office_open(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_PART);
	assert_true(m.v.part[m.v.parts - 2].apart);
	assert_true(m.v.part[m.v.parts - 1].apart);
	opened_close(&m);
	buf_free(&armour);
	buf_free(&raw);
}

/* A multipart/mixed of these parts and alice's ciphertext; opened. */
static void
open_mangled(struct office *o, const char *first, const char *version,
    const char *data, const char *last, struct opened *m)
{
	struct buf armour;
	struct buf raw;

	OFFICE_ALICE(o, office_entity, &armour, "-s", "-e");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	buf_putf(&raw, "Content-Type: multipart/%s; boundary=E\r\n\r\n",
	    strcmp(last, "encrypted") == 0 ? last : "mixed");
	buf_puts(&raw, first);
	buf_putf(&raw,
	    "--E\r\nContent-Type: %s\r\n"
	    "--E\r\nContent-Type: %s\r\n\r\n",
	    version, data);
	buf_put(&raw, armour.data, armour.len);
	if (strcmp(last, "unclosed") == 0)
		buf_puts(&raw, "\r\n--E\r\n");
	else
		buf_putf(&raw, "\r\n%s--E--\r\n",
		    strcmp(last, "encrypted") == 0 ? "" : last);
	office_load(o);
	office_open(o, &raw, m);
	buf_free(&armour);
	buf_free(&raw);
}

#define EMPTY "--E\r\nContent-Type: text/plain; charset=\"us-ascii\"\r\n"
#define VERSION_ONE "application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
#define DATA "application/octet-stream; name=\"encrypted.asc\""

static void
what_exchange_broke_is_repaired(void **state)
{
	static const char base64[] =
	    "application/pgp-encrypted; name=\"PGPMIME version "
	    "identification\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\nVmVyc2lvbjogMQ0K\r\n";
	static const struct {
		const char *first;
		const char *version;
	} c[] = {{"", VERSION_ONE}, {EMPTY "\r\n\r\n", VERSION_ONE},
	    {EMPTY "\r\n", base64},
	    {EMPTY "Content-Transfer-Encoding: quoted-printable\r\n\r\n\r\n",
		base64},
	    {EMPTY "Content-Transfer-Encoding: base64\r\n\r\nDQo=\r\n",
		base64}};
	struct office *o = *state;

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct opened m;

		open_mangled(o, c[i].first, c[i].version, DATA, "", &m);
		assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
		opened_good(o, &m, true);
		assert_true(strs_has(&m.v.warnings, "pgp-repaired"));
		assert_string_equal(opened_subject(&m), "inner");
		opened_close(&m);
	}
	/* without a last boundary; by its parts, without a protocol */
	for (int i = 0; i < 2; i++) {
		struct opened m;

		open_mangled(o, "", VERSION_ONE, DATA,
		    i == 0 ? "unclosed" : "encrypted", &m);
		assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
		opened_good(o, &m, true);
		assert_true(strs_has(&m.v.warnings, "pgp-repaired"));
		opened_close(&m);
	}
}

static void
what_is_not_exactly_that_is_left(void **state)
{
	static const struct {
		const char *first;
		const char *version;
		const char *data;
		const char *last;
	} c[] = {
	    {EMPTY "\r\nx\r\n", VERSION_ONE, DATA, ""},
	    {EMPTY "\r\n\r\n", VERSION_ONE, DATA, EMPTY "\r\n\r\n"},
	    {EMPTY "\r\n\r\n" EMPTY "\r\n\r\n", VERSION_ONE, DATA, ""},
	    {"--E\r\nContent-Type: text/html\r\n\r\n\r\n", VERSION_ONE, DATA,
		""},
	    {"--E\r\nContent-Type: text/plain; charset=utf-16le\r\n\r\n"
	     "    \r\n",
		VERSION_ONE, DATA, ""},
	    {EMPTY "Content-Transfer-Encoding: base64\r\n\r\neA==\r\n",
		VERSION_ONE, DATA, ""},
	    {"", "application/pgp-encrypted\r\n\r\nVersion: 2\r\n", DATA, ""},
	    {"", "application/pgp-encrypted\r\n\r\nVersion: 1\r\nx\r\n", DATA,
		""},
	    {"", "text/plain\r\n\r\nVersion: 1\r\n", DATA, ""},
	    {"", VERSION_ONE, "application/pdf", ""},
	};
	struct office *o = *state;

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct opened m;

		open_mangled(
		    o, c[i].first, c[i].version, c[i].data, c[i].last, &m);
		assert_false(strs_has(&m.v.warnings, "pgp-repaired"));
		assert_int_not_equal(m.v.encryption, ENCRYPTION_WHOLE);
		assert_int_equal(m.v.payload, PART_NONE);
		for (size_t s = 0; s < m.v.signatures; s++)
			assert_false(m.v.signature[s].whole);
		opened_close(&m);
	}
}

static void
inline_text_is_opened(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct opened m;

	OFFICE_ALICE(o, "Inline.\n", &armour, "-s", "-e");
	office_load(o);
	office_open_text(o, "", &armour, "", &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	opened_good(o, &m, true);
	assert_int_equal(m.v.parts, 2);
	assert_true(m.v.part[0].container);
	assert_false(m.v.part[0].shown);
	assert_int_equal(m.v.payload, PART_NONE);
	opened_text(&m, 1, "Inline.\n");
	opened_close(&m);
	office_open_text(o, "Look:\r\n", &armour, "", &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_PART);
	opened_good(o, &m, false);
	assert_true(m.v.part[0].detached_text);
	opened_close(&m);
	buf_free(&armour);
}

static void
an_encrypted_file_is_an_object_of_its_own(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf raw;
	struct opened m;
	uint32_t last = 0;

	OFFICE_ALICE(o, "a,b\n", &armour, "-e");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	buf_puts(&raw,
	    "Content-Type: multipart/mixed; boundary=M\r\n\r\n"
	    "--M\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n"
	    "--M\r\nContent-Type: application/octet-stream\r\n"
	    "Content-Disposition: attachment; filename=\"a "
	    "b.csv.gpg\"\r\n\r\n");
	buf_put(&raw, armour.data, armour.len);
	buf_puts(&raw, "\r\n--M--\r\n");
	office_load(o);
	office_open(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_PART);
	last = (uint32_t)m.v.parts - 1;
	assert_true(m.v.part[last].encrypted);
	assert_true(m.v.part[last].apart);
	assert_string_equal(m.mail->table.part[last].name, "a b.csv");
	assert_string_equal(
	    m.mail->table.part[last].type, "application/octet-stream");
	opened_close(&m);
	buf_free(&armour);
	buf_free(&raw);
}

static void
an_encrypted_mail_that_fails_says_so(void **state)
{
	struct office *o = *state;
	struct people *p = &o->people;
	struct buf in;
	struct buf armour;
	struct buf raw;
	struct opened m;

	buf_init(&in, PEOPLE_LIMIT);
	buf_init(&armour, PEOPLE_LIMIT);
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&in, office_entity);
	people_run(p, &in, &armour, "--armor", "-r", p->mallory.fingerprint,
	    "-e", NULL);
	buf_puts(&raw, office_head);
	office_put_encrypted(&raw, &armour);
	office_load(o);
	office_open(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_FAILED);
	assert_true(strs_has(&m.v.warnings, "not-for-us"));
	assert_int_equal(m.v.failures.count, 1);
	assert_int_equal(m.mail->buffers, 1);
	assert_int_equal(m.v.payload, PART_NONE);
	opened_close(&m);
	buf_free(&in);
	buf_free(&armour);
	buf_free(&raw);
}

static void
a_layer_too_deep_stays_closed(void **state)
{
	struct office *o = *state;
	int64_t layers = o->config->limit_layers;
	struct buf armour;
	struct buf inner;
	struct buf raw;
	struct opened m;

	buf_init(&inner, PEOPLE_LIMIT);
	buf_init(&raw, PEOPLE_LIMIT);
	OFFICE_ALICE(o, office_entity, &armour, "-e");
	office_put_encrypted(&inner, &armour);
	buf_free(&armour);
	OFFICE_ALICE(o, buf_str(&inner), &armour, "-e");
	buf_puts(&raw, office_head);
	office_put_encrypted(&raw, &armour);
	office_load(o);
	office_open(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	assert_string_equal(opened_subject(&m), "inner");
	opened_close(&m);
	o->config->limit_layers = 1;
	office_open(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_FAILED);
	assert_true(strs_has(&m.v.warnings, "too-many-layers"));
	opened_close(&m);
	o->config->limit_layers = layers;
	buf_free(&armour);
	buf_free(&inner);
	buf_free(&raw);
}

static void
a_bomb_is_an_error(void **state)
{
	struct office *o = *state;
	int64_t limit = o->config->limit_decrypted;
	struct err e = {ERR_NONE, ""};
	struct buf text;
	struct buf armour;
	struct buf raw;
	struct opened m = {0};

	buf_init(&text, PEOPLE_LIMIT);
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&text, office_entity);
	memset(buf_reserve(&text, 1U << 20), 'x', 1U << 20);
	OFFICE_ALICE(o, buf_str(&text), &armour, "-e");
	buf_puts(&raw, office_head);
	office_put_encrypted(&raw, &armour);
	office_load(o);
	o->config->limit_decrypted = 65536;
	assert_int_equal(
	    mail_open(&m.mail, o->parser, o->config, raw.data, raw.len, &e), 0);
	assert_int_equal(
	    pgp_open(o->people.ring, m.mail, clock_now(NULL), &m.v, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_true(strs_has(&m.v.warnings, "bomb"));
	assert_int_equal(m.mail->buffers, 1);
	o->config->limit_decrypted = limit;
	opened_close(&m);
	buf_free(&text);
	buf_free(&armour);
	buf_free(&raw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_combined_mail_is_whole),
	    cmocka_unit_test(signed_inside_encrypted_is_whole),
	    cmocka_unit_test(a_signature_around_a_ciphertext_covers_a_part),
	    cmocka_unit_test(text_around_an_encrypted_part_makes_it_part),
	    cmocka_unit_test(two_encrypted_parts_are_no_whole),
	    cmocka_unit_test(what_exchange_broke_is_repaired),
	    cmocka_unit_test(what_is_not_exactly_that_is_left),
	    cmocka_unit_test(inline_text_is_opened),
	    cmocka_unit_test(an_encrypted_file_is_an_object_of_its_own),
	    cmocka_unit_test(an_encrypted_mail_that_fails_says_so),
	    cmocka_unit_test(a_layer_too_deep_stays_closed),
	    cmocka_unit_test(a_bomb_is_an_error),
	};

	return cmocka_run_group_tests(tests, office_setup, office_teardown);
}
