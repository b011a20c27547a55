#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pgp/test_office.h"

static const char secret[] = "the secret\r\n";

/* The part, among those that decryption added, with that text; or none. */
static uint32_t
find_text(struct opened *m, const char *text)
{
	for (uint32_t i = 0; i < m->v.parts; i++) {
		size_t len;
		const unsigned char *body = mail_body(m->mail, i, &len);

		if (m->v.part[i].shown && m->v.part[i].encrypted &&
		    memmem(body, len, text, strlen(text)) != NULL)
			return i;
	}
	return PART_NONE;
}

static void
put_replaced(
    struct buf *out, const struct buf *from, const char *what, const char *with)
{
	const char *at = strstr(buf_str(from), what);

	assert_non_null(at);
	buf_init(out, PEOPLE_LIMIT);
	buf_put(out, from->data, (size_t)(at - buf_str(from)));
	buf_puts(out, with);
	buf_puts(out, at + strlen(what));
}

static void
words_about_armour_are_no_armour(void **state)
{
	static const char *const block[] = {
	    "-----BEGIN PGP MESSAGE-----\r\n...\r\n-----END PGP MESSAGE-----",
	    "-----BEGIN PGP MESSAGE-----\r\n\r\n-----END PGP MESSAGE-----",
	    "-----BEGIN PGP MESSAGE-----\r\n\r\nyour text here\r\n"
	    "-----END PGP MESSAGE-----"};
	struct office *o = *state;

	office_load(o);
	for (size_t i = 0; i < sizeof(block) / sizeof(block[0]); i++) {
		struct opened m;
		struct buf text;

		buf_init(&text, 1000);
		buf_puts(&text, block[i]);
		office_open_text(o, "It looks so:\r\n", &text, "\r\n", &m);
		assert_int_equal(m.v.encryption, ENCRYPTION_NONE);
		assert_int_equal(m.v.failures.count, 0);
		opened_close(&m);
		buf_free(&text);
	}
}

static void
armour_that_was_damaged_is_still_encrypted(void **state)
{
	struct office *o = *state;
	struct buf armour, damaged;
	struct opened m;

	OFFICE_ALICE(o, secret, &armour, "-e");
	put_replaced(&damaged, &armour, "\n\n", "\n\n!\n");
	office_load(o);
	office_open_text(o, "", &damaged, "", &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_FAILED);
	opened_close(&m);
	buf_free(&armour);
	buf_free(&damaged);
}

static void
armour_bent_by_a_mail_program_is_opened(void **state)
{
	struct office *o = *state;
	struct buf armour;
	const char *sum;

	OFFICE_ALICE(o, secret, &armour, "-e");
	sum = strrchr(buf_str(&armour), '=');
	assert_non_null(sum);
	office_load(o);
	for (int i = 0; i < 3; i++) {
		char *line = xasprintf("\n%.5s\n", sum);
		char *joined = xasprintf("%.5s\n", sum);
		struct opened m;
		struct buf bent;

		if (i == 0)
			put_replaced(&bent, &armour, "\n\n", "\n\xc2\xa0\n");
		else if (i == 1)
			put_replaced(&bent, &armour, "\n\n", "\n\xa0\r\n");
		else
			put_replaced(&bent, &armour, line, joined);
		office_open_text(o, "", &bent, "", &m);
		assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
		assert_int_not_equal(find_text(&m, "the secret"), PART_NONE);
		opened_close(&m);
		buf_free(&bent);
		free(line);
		free(joined);
	}
	buf_free(&armour);
}

static void
a_ciphertext_in_html_is_an_object_apart(void **state)
{
	struct office *o = *state;
	struct buf armour, raw;
	struct opened m;
	uint32_t found;

	OFFICE_ALICE(o, secret, &armour, "-e");
	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	buf_puts(&raw, "Content-Type: text/html\r\n\r\n<p>Hello</p><pre>\r\n");
	buf_put(&raw, armour.data, armour.len);
	buf_puts(&raw, "</pre><div style=\"display:none\">x</div>\r\n");
	office_load(o);
	office_open(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_PART);
	found = find_text(&m, "the secret");
	assert_int_not_equal(found, PART_NONE);
	assert_true(m.v.part[found].apart);
	opened_close(&m);
	buf_free(&armour);
	buf_free(&raw);
}

static void
what_is_closed_in_an_enclosed_mail_is_no_failure_of_this_one(void **state)
{
	static const char *const where[] = {
	    "message/rfc822\r\n\r\n", "text/plain\r\n\r\n"};
	struct office *o = *state;
	struct buf armour;

	/* to nobody here */
	OFFICE_ALICE(o, secret, &armour, "-r", o->people.mallory.fingerprint,
	    "--no-encrypt-to", "-e");
	people_load(&o->people, &o->people.team, NULL);
	for (int i = 0; i < 2; i++) {
		struct opened m;
		struct buf raw;

		buf_init(&raw, PEOPLE_LIMIT);
		buf_puts(&raw, office_head);
		buf_puts(&raw, "Content-Type: multipart/mixed; boundary=M"
			       "\r\n\r\n--M\r\nContent-Type: text/plain\r\n\r\n"
			       "It came back.\r\n--M\r\nContent-Type: ");
		buf_puts(&raw, where[i]);
		if (i == 0)
			buf_puts(&raw, "From: team@csirt.example\r\n\r\n");
		buf_put(&raw, armour.data, armour.len);
		buf_puts(&raw, "\r\n--M--\r\n");
		/* a broken one, whoever could open it */
		memcpy(strstr((char *)raw.data, "\n\n") + 2, "!!!!", 4);
		office_open(o, &raw, &m);
		assert_int_equal(m.v.encryption,
		    i == 0 ? ENCRYPTION_NONE : ENCRYPTION_FAILED);
		assert_int_equal(m.v.failures.count, 1);
		opened_close(&m);
		buf_free(&raw);
	}
	buf_free(&armour);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_about_armour_are_no_armour),
	    cmocka_unit_test(armour_that_was_damaged_is_still_encrypted),
	    cmocka_unit_test(armour_bent_by_a_mail_program_is_opened),
	    cmocka_unit_test(a_ciphertext_in_html_is_an_object_apart),
	    cmocka_unit_test(
		what_is_closed_in_an_enclosed_mail_is_no_failure_of_this_one),
	};

	return cmocka_run_group_tests(tests, office_setup, office_teardown);
}
