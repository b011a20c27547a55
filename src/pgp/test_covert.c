#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pgp/test_office.h"

#define TEXT "--M\r\nContent-Type: text/plain\r\n\r\nWhat do you think?\r\n"
#define HTML "--M\r\nContent-Type: text/html\r\n\r\n<img src=\"\r\n"
#define BLANK "--M\r\nContent-Type: text/plain\r\n\r\n \r\n"
#define SECRET "The pass phrase is staple."

static const char secret[] = "Content-Type: text/plain\r\n\r\n" SECRET "\r\n";

/* Every part that shows the secret is an object of its own, if any does. */
static void
expect_apart(struct opened *m, size_t objects)
{
	size_t found = 0;

	assert_int_equal(m->v.encryption, ENCRYPTION_PART);
	assert_true(strs_has(&m->v.warnings, "partly-encrypted"));
	assert_int_equal(m->v.payload, PART_NONE);
	for (uint32_t i = 0; i < m->v.parts; i++) {
		const struct part_verdict *v = &m->v.part[i];
		const unsigned char *body = NULL;
		size_t len = 0;

		if (!v->shown)
			continue;
		body = mail_body(m->mail, i, &len);
		if (memmem(body, len, SECRET, strlen(SECRET)) == NULL) {
			assert_false(v->encrypted);
			continue;
		}
		found++;
		assert_true(v->encrypted);
		assert_true(v->apart);
	}
	assert_int_equal(found, objects);
	for (size_t i = 0; i < m->v.signatures; i++)
		assert_false(m->v.signature[i].whole);
}

/* before, the ciphertext in PGP/MIME, after; in a multipart of that kind. */
static void
open_around(struct office *o, const char *kind, const char *before,
    const char *after, struct opened *m)
{
	struct buf armour;
	struct buf raw;

	OFFICE_ALICE(o, secret, &armour, "-s", "-e");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	buf_putf(&raw,
	    "Content-Type: multipart/%s; boundary=M\r\n\r\n%s--M\r\n", kind,
	    before);
	office_put_encrypted(&raw, &armour);
	buf_putf(&raw, "\r\n%s--M--\r\n", after);
	office_load(o);
	office_open(o, &raw, m);
	buf_free(&armour);
	buf_free(&raw);
}

static void
in_any_multipart_a_ciphertext_is_apart(void **state)
{
	static const char *const kind[] = {
	    "mixed", "alternative", "related", "digest", "report", "x-odd"};
	static const struct {
		const char *before;
		const char *after;
	} c[] = {
	    {TEXT, ""}, {"", TEXT}, {HTML, HTML}, {BLANK, TEXT}, {TEXT, BLANK}};
	struct office *o = *state;

	for (size_t k = 0; k < sizeof(kind) / sizeof(kind[0]); k++)
		for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
			struct opened m;

			open_around(o, kind[k], c[i].before, c[i].after, &m);
			expect_apart(&m, 1);
			opened_close(&m);
		}
}

static void
deep_inside_it_is_apart_as_well(void **state)
{
	struct office *o = *state;
	struct opened m;

	open_around(o, "mixed",
	    TEXT "--M\r\nContent-Type: multipart/related; boundary=N\r\n\r\n"
		 "--N\r\nContent-Type: text/html\r\n\r\n<p>\r\n--N--\r\n",
	    "", &m);
	expect_apart(&m, 1);
	opened_close(&m);
}

static void
in_an_enclosed_message_it_is_apart(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf raw;
	struct opened m;

	OFFICE_ALICE(o, secret, &armour, "-e");
	for (int text = 0; text < 2; text++) {
		buf_init(&raw, PEOPLE_LIMIT);
		buf_puts(&raw, office_head);
		buf_puts(
		    &raw, "Content-Type: multipart/mixed; boundary=M\r\n\r\n");
		buf_puts(&raw, text ? TEXT : "");
		buf_puts(&raw, "--M\r\nContent-Type: message/rfc822\r\n\r\n");
		buf_puts(&raw, office_head);
		office_put_encrypted(&raw, &armour);
		buf_puts(&raw, "\r\n--M--\r\n");
		office_load(o);
		office_open(o, &raw, &m);
		expect_apart(&m, 1);
		opened_close(&m);
		buf_free(&raw);
	}
	buf_free(&armour);
}

static void
put_lines(struct buf *out, int count)
{
	for (int i = 0; i < count; i++)
		buf_puts(out, "\r\n");
}

static void
far_below_a_text_it_is_apart(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf before;
	struct opened m;

	OFFICE_ALICE(o, SECRET "\n", &armour, "-s", "-e");
	buf_init(&before, PEOPLE_LIMIT);
	buf_puts(&before, "What do you think?\r\n");
	put_lines(&before, 500);
	office_load(o);
	office_open_text(o, buf_str(&before), &armour, "", &m);
	expect_apart(&m, 1);
	assert_true(m.v.part[0].detached_text);
	opened_close(&m);
	buf_clear(&before);
	put_lines(&before, 500);
	office_open_text(o, buf_str(&before), &armour, "\r\nx", &m);
	expect_apart(&m, 1);
	opened_close(&m);
	/* Nothing but blank lines hides nothing. */
	office_open_text(o, buf_str(&before), &armour, "\r\n\r\n", &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	opened_good(o, &m, true);
	opened_close(&m);
	buf_free(&before);
	buf_free(&armour);
}

static void
several_blocks_are_several_objects(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf other;
	struct opened m;

	OFFICE_ALICE(o, SECRET "\n", &armour, "-s", "-e");
	OFFICE_ALICE(o, SECRET "\n", &other, "-e");
	buf_put(&armour, other.data, other.len);
	office_load(o);
	office_open_text(o, "", &armour, "", &m);
	expect_apart(&m, 2);
	assert_true(m.v.part[0].container);
	opened_close(&m);
	office_open_text(o, "Hello.\r\n", &armour, "", &m);
	expect_apart(&m, 2);
	opened_close(&m);
	buf_free(&armour);
	buf_free(&other);
}

/* A browser would make one document of it. */
static void
in_html_it_is_no_part_of_the_text(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf raw;
	struct opened m;

	OFFICE_ALICE(o, SECRET "\n", &armour, "-e");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	buf_puts(&raw, "Content-Type: text/html\r\n\r\n<pre>\r\n");
	buf_put(&raw, armour.data, armour.len);
	buf_puts(&raw, "</pre>\r\n");
	office_load(o);
	office_open(o, &raw, &m);
	expect_apart(&m, 1);
	opened_close(&m);
	buf_free(&armour);
	buf_free(&raw);
}

/* A clear-signed text around somebody's ciphertext. */
static void
a_signed_text_around_it_does_not_take_it_in(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf block;
	struct opened m;

	OFFICE_ALICE(o, SECRET "\n", &armour, "-e");
	OFFICE_ALICE(o, buf_str(&armour), &block, "--clearsign");
	office_load(o);
	office_open_text(o, "", &block, "", &m);
	opened_good(o, &m, false);
	opened_close(&m);
	buf_free(&block);
	buf_init(&block, PEOPLE_LIMIT);
	buf_puts(&block, "Look:\n");
	buf_put(&block, armour.data, armour.len);
	buf_free(&armour);
	OFFICE_ALICE(o, buf_str(&block), &armour, "--clearsign");
	office_open_text(o, "", &armour, "", &m);
	expect_apart(&m, 1);
	opened_close(&m);
	buf_free(&armour);
	buf_free(&block);
}

/* It is encrypted as a whole, by one who need not know what is inside. */
static void
an_encrypted_mail_may_hold_a_foreign_ciphertext(void **state)
{
	struct office *o = *state;

	for (int file = 0; file < 2; file++) {
		struct buf armour;
		struct buf inner;
		struct buf raw;
		struct opened m;
		uint32_t last = 0;

		OFFICE_ALICE(o, secret, &armour, "-e");
		buf_init(&inner, PEOPLE_LIMIT);
		buf_puts(&inner,
		    "Content-Type: multipart/mixed; boundary=M\r\n\r\n" TEXT
		    "--M\r\n");
		if (file) {
			buf_puts(&inner,
			    "Content-Type: application/octet-stream; "
			    "name=a.txt.gpg\r\n\r\n");
			buf_put(&inner, armour.data, armour.len);
		} else
			office_put_encrypted(&inner, &armour);
		buf_puts(&inner, "\r\n--M--\r\n");
		buf_free(&armour);
		OFFICE_ALICE(o, buf_str(&inner), &armour, "-s", "-e");
		buf_init(&raw, PEOPLE_LIMIT);
		buf_puts(&raw, office_head);
		office_put_encrypted(&raw, &armour);
		office_load(o);
		office_open(o, &raw, &m);
		assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
		last = (uint32_t)m.v.parts - 1;
		for (uint32_t i = 0; i <= last; i++)
			assert_int_equal(m.v.part[i].apart, i == last);
		/* A file that she attached is hers as it was. */
		opened_good(o, &m, file);
		opened_close(&m);
		buf_free(&armour);
		buf_free(&inner);
		buf_free(&raw);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(in_any_multipart_a_ciphertext_is_apart),
	    cmocka_unit_test(deep_inside_it_is_apart_as_well),
	    cmocka_unit_test(in_an_enclosed_message_it_is_apart),
	    cmocka_unit_test(far_below_a_text_it_is_apart),
	    cmocka_unit_test(several_blocks_are_several_objects),
	    cmocka_unit_test(in_html_it_is_no_part_of_the_text),
	    cmocka_unit_test(a_signed_text_around_it_does_not_take_it_in),
	    cmocka_unit_test(an_encrypted_mail_may_hold_a_foreign_ciphertext),
	};

	return cmocka_run_group_tests(tests, office_setup, office_teardown);
}
