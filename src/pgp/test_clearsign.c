#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pgp/armour.h"
#include "pgp/clearsign.h"

#define ROOM 65536

/* A signature packet of no sense, and the literal "abc". */
static const unsigned char packet[] = {0xc2, 0x03, 4, 1, 1};
static const unsigned char literal[] = {
    0xcb, 0x09, 'b', 0, 0, 0, 0, 0, 'a', 'b', 'c'};

static void
put_block(struct buf *out, const char *text, const void *end, size_t len)
{
	buf_init(out, ROOM);
	buf_puts(out, "-----BEGIN PGP SIGNED MESSAGE-----\n");
	buf_puts(out, text);
	armour_encode(ARMOUR_SIGNATURE, end, len, out);
	out->len--; /* its last line feed is no part of it */
}

/* What is signed of the block, or NULL where there is none; the caller's. */
static char *
read_block(const void *block, size_t len)
{
	char *exact = xmemdup(block, len);
	char *found = NULL;
	struct buf text;
	struct buf signature;

	buf_init(&text, ROOM);
	buf_init(&signature, ROOM);
	if (clearsign_read(exact, len, &text, &signature)) {
		assert_int_equal(signature.len, sizeof(packet));
		assert_memory_equal(signature.data, packet, sizeof(packet));
		found = xstrdup(buf_str(&text));
	}
	buf_free(&text);
	buf_free(&signature);
	free(exact);
	return found;
}

static void
expect(const char *text, const char *is_signed)
{
	struct buf block;
	char *found = NULL;

	put_block(&block, text, packet, sizeof(packet));
	found = read_block(block.data, block.len);
	if (is_signed == NULL)
		assert_null(found);
	else {
		assert_non_null(found);
		assert_string_equal(found, is_signed);
	}
	free(found);
	buf_free(&block);
}

static void
the_text_is_what_was_signed(void **state)
{
	(void)state;
	expect("\ntext\n", "text");
	expect("Hash: SHA512\n\ntext\n", "text");
	expect("Hash: SHA256,SHA512\r\nHash: SHA1\r\n\r\na\r\nb\r\n", "a\r\nb");
	expect("Hash: SHA512\n \t\ntext\n", "text");
	expect("\n\n\na\n\n", "\r\n\r\na\r\n");
	expect("\na \t\nb\r\r\n", "a\r\nb");
	expect("\n", "");
}

static void
dashes_are_escaped(void **state)
{
	(void)state;
	expect("\n- - item\n- \n-  x\n", "- item\r\n\r\n x");
	expect(
	    "\n- -----BEGIN PGP MESSAGE-----\n", "-----BEGIN PGP MESSAGE-----");
	expect("\n- From x\n", "From x");
	expect("\n-----BEGIN PGP MESSAGE-----\n", NULL);
	expect("\n-- \nname\n", NULL);
	expect("\n-\n", NULL);
}

static void
nothing_but_digests_stands_before_the_text(void **state)
{
	static const char *const head[] = {"Comment: x", "Hash: SHA512\fx",
	    "Hash: SHA512 TLP:CLEAR", "Hash: PUBLISH THIS", "Hash: SHA512,",
	    "Hash: ", "Hash:SHA512", "hash: SHA512", "Hash: SHA512\x1b[2J",
	    "Hash: SHA512\nNotDashEscaped: You need GnuPG", "\f", "\v",
	    "\xc2\xa0", "Hash: SHA512\n\f"};

	(void)state;
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++) {
		struct buf text;

		buf_init(&text, ROOM);
		buf_puts(&text, head[i]);
		buf_puts(&text, "\n\ntext\n");
		expect(buf_str(&text), NULL);
		buf_free(&text);
	}
}

static void
only_signatures_end_a_text(void **state)
{
	struct buf block;

	(void)state;
	put_block(&block, "\ntext\n", literal, sizeof(literal));
	assert_null(read_block(block.data, block.len));
	buf_free(&block);
	put_block(&block, "\ntext\n", "", 0);
	assert_null(read_block(block.data, block.len));
	buf_free(&block);
}

static void
a_block_cut_anywhere_is_none(void **state)
{
	struct buf block;

	(void)state;
	put_block(&block, "Hash: SHA256\n\n- -a\nb\n", packet, sizeof(packet));
	for (size_t i = 0; i < block.len; i++)
		assert_null(read_block(block.data, i));
	buf_free(&block);
}

/* gpg would hash the start of the line alone, and the reader see all of it. */
static void
a_line_too_long_is_none(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, ROOM);
	buf_puts(&text, "\nfoo");
	memset(buf_reserve(&text, CLEARSIGN_LINE_MAX), ' ', CLEARSIGN_LINE_MAX);
	assert_false(clearsign_line_over(text.data + 1, CLEARSIGN_LINE_MAX));
	assert_true(clearsign_line_over(text.data + 1, text.len - 1));
	buf_puts(&text, "bar\n");
	expect(buf_str(&text), NULL);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_text_is_what_was_signed),
	    cmocka_unit_test(dashes_are_escaped),
	    cmocka_unit_test(nothing_but_digests_stands_before_the_text),
	    cmocka_unit_test(only_signatures_end_a_text),
	    cmocka_unit_test(a_block_cut_anywhere_is_none),
	    cmocka_unit_test(a_line_too_long_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
