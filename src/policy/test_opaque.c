#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "policy/opaque.h"

static void
put_le(struct buf *b, uint32_t v, int n)
{
	for (int i = 0; i < n; i++)
		buf_putc(b, (char)(v >> (8 * i) & 0xff));
}

/* A ZIP of one member, as its central directory shows it. */
static void
zip(struct buf *b, const char *name, unsigned flags)
{
	uint32_t at;

	buf_init(b, 1 << 16);
	buf_put(b, "PK\3\4", 4);
	buf_puts(b, "some bytes of the member");
	at = (uint32_t)b->len;
	buf_put(b, "PK\1\2", 4);
	put_le(b, 20, 4);
	put_le(b, flags, 2);
	put_le(b, 0, 4);
	put_le(b, 0, 4);
	put_le(b, 0, 4);
	put_le(b, 0, 4);
	put_le(b, 0, 2);
	put_le(b, (uint32_t)strlen(name), 2);
	for (int i = 0; i < 16; i++)
		buf_putc(b, '\0');
	buf_puts(b, name);
	buf_put(b, "PK\5\6", 4);
	put_le(b, 0, 4);
	put_le(b, 1, 2);
	put_le(b, 1, 2);
	put_le(b, (uint32_t)(b->len - 12) - at, 4);
	put_le(b, at, 4);
	put_le(b, 0, 2);
}

/* In a block of exactly its size: one byte too many is seen. */
static const char *
why(const char *name, const void *data, size_t len)
{
	void *exact = xmalloc(len > 0 ? len : 1);
	const char *said;

	memcpy(exact, data, len);
	said = opaque_why(name, exact, len);
	free(exact);
	return said == NULL ? "" : said;
}

static void
expect_zip(const char *name, unsigned flags, const char *said)
{
	struct buf b;

	zip(&b, name, flags);
	assert_string_equal(why("x.zip", b.data, b.len), said);
	buf_free(&b);
}

static void
an_encrypted_zip_cannot_be_looked_into(void **state)
{
	(void)state;
	expect_zip("report.txt", 0, "");
	expect_zip("report.txt", 1, "an encrypted ZIP");
	expect_zip("inner.7z", 0, "an archive inside a ZIP");
	expect_zip("word/document.xml", 0, "");
}

static void
a_zip_cut_short_is_one_that_cannot_be_read(void **state)
{
	struct buf b;

	(void)state;
	zip(&b, "report.txt", 0);
	for (size_t n = 4; n < b.len; n++)
		assert_true(why("x.zip", b.data, n)[0] != '\0');
	buf_free(&b);
}

static void
encrypted_documents_are_found_by_their_bytes(void **state)
{
	static const char plain[] = "%PDF-1.7\n1 0 obj\n<< /Root 2 0 R >>\n";
	static const char sealed[] =
	    "%PDF-1.7\ntrailer\n<< /Encrypt 5 0 R >>\n";
	static const char ole[] =
	    "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....E\0n\0c\0r\0y\0p\0t\0e\0d\0P"
	    "\0a\0c\0k\0a\0g\0e";
	char doc[600] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

	(void)state;
	assert_string_equal(why("a.pdf", plain, sizeof(plain) - 1), "");
	assert_string_equal(
	    why("a.pdf", sealed, sizeof(sealed) - 1), "an encrypted PDF");
	assert_string_equal(why("a.docx", ole, sizeof(ole) - 1),
	    "an encrypted Office document");
	memcpy(doc + 512, "\xec\xa5", 2);
	assert_string_equal(why("a.doc", doc, sizeof(doc)), "");
	doc[512 + 11] = 1;
	assert_string_equal(
	    why("a.doc", doc, sizeof(doc)), "an encrypted Office document");
	memset(doc + 512, 0, 88);
	memcpy(doc + 512, "\x09\x08\x02\x00..\x2f\x00\x00\x00", 10);
	assert_string_equal(
	    why("a.xls", doc, sizeof(doc)), "an encrypted Office document");
	for (size_t n = 0; n < sizeof(doc); n++)
		(void)why("a.xls", doc, n);
}

static void
archives_that_nobody_unpacks_are_opaque_whatever_their_name(void **state)
{
	(void)state;
	assert_string_equal(why("holiday.jpg", "7z\xbc\xaf\x27\x1c..", 8),
	    "an archive that is not read here");
	assert_string_equal(why("a.txt", "Rar!\x1a\x07\x00", 7),
	    "an archive that is not read here");
	assert_string_equal(
	    why("a.rar", "whatever", 8), "an archive that is not read here");
	assert_string_equal(why(NULL, "-----BEGIN PGP MESSAGE-----\n", 28),
	    "an OpenPGP message");
	assert_string_equal(why("a.gpg", "\xc1\x0c.", 3), "an OpenPGP message");
}

static void
what_is_shown_as_it_is_is_not_opaque(void **state)
{
	(void)state;
	assert_string_equal(why("a.txt", "hello", 5), "");
	assert_string_equal(why("a.png", "\x89PNG\r\n", 6), "");
	assert_string_equal(why("a.json", "{}", 2), "");
	assert_string_equal(why(NULL, "", 0), "");
}

static void
names_inside_a_zip_have_labels(void **state)
{
	enum noroshi_tlp label = NOROSHI_TLP_CLEAR;
	struct buf b;

	(void)state;
	zip(&b, "TLP-RED_plan.pdf", 0);
	assert_true(opaque_names(b.data, b.len, &label));
	assert_int_equal(label, NOROSHI_TLP_RED);
	buf_free(&b);
	zip(&b, "plan.pdf", 0);
	assert_false(opaque_names(b.data, b.len, &label));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_encrypted_zip_cannot_be_looked_into),
	    cmocka_unit_test(a_zip_cut_short_is_one_that_cannot_be_read),
	    cmocka_unit_test(encrypted_documents_are_found_by_their_bytes),
	    cmocka_unit_test(
		archives_that_nobody_unpacks_are_opaque_whatever_their_name),
	    cmocka_unit_test(what_is_shown_as_it_is_is_not_opaque),
	    cmocka_unit_test(names_inside_a_zip_have_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
