#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pgp/armour.h"
#include "pgp/kbx.h"
#include "pgp/packet.h"

#define ROOM 65536

static void
what_is_encoded_decodes_to_itself(void **state)
{
	unsigned char data[100];
	struct buf text;
	struct buf back;
	struct armour a;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 37);
	for (size_t len = 1; len <= sizeof(data); len++) {
		buf_init(&text, ROOM);
		buf_init(&back, ROOM);
		buf_puts(&text, "before\n");
		armour_encode(ARMOUR_MESSAGE, data, len, &text);
		assert_true(armour_find(text.data, text.len, 0, &a));
		assert_int_equal(a.kind, ARMOUR_MESSAGE);
		assert_int_equal(a.start, 7);
		assert_int_equal(armour_decode(text.data + a.start,
				     a.end - a.start, &back, NULL),
		    0);
		assert_int_equal(back.len, len);
		assert_memory_equal(back.data, data, len);
		buf_free(&text);
		buf_free(&back);
	}
}

/* RFC 9580 section 6.1: the checksum of "123456789" is known: 21CF02. */
static void
the_checksum_is_crc24(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, ROOM);
	armour_encode(ARMOUR_SIGNATURE, "123456789", 9, &text);
	assert_non_null(strstr(buf_str(&text), "\n=Ic8C\n"));
	buf_free(&text);
}

static int
decode(const char *block)
{
	size_t len = strlen(block);
	char *exact = xmemdup(block, len);
	struct buf out;
	int rc = 0;

	buf_init(&out, ROOM);
	rc = armour_decode(exact, len, &out, NULL);
	buf_free(&out);
	free(exact);
	return rc;
}

static void
a_wrong_checksum_decides_nothing(void **state)
{
	(void)state;
	assert_int_equal(decode("-----BEGIN PGP MESSAGE-----\n\n"
				"MTIzNDU2Nzg5\n=Ic8C\n"
				"-----END PGP MESSAGE-----"),
	    0);
	assert_int_equal(decode("-----BEGIN PGP MESSAGE-----\n\n"
				"MTIzNDU2Nzg5\n"
				"-----END PGP MESSAGE-----"),
	    0);
	assert_int_equal(decode("-----BEGIN PGP MESSAGE-----\n\n"
				"MTIzNDU2Nzg5\n=Ic8D\n"
				"-----END PGP MESSAGE-----"),
	    0);
	assert_int_equal(decode("-----BEGIN PGP MESSAGE-----\n\n"
				"MTIzNDU2Nz#5\n"
				"-----END PGP MESSAGE-----"),
	    -1);
}

static void
a_block_without_its_end_is_none(void **state)
{
	struct armour a;
	struct buf text;
	size_t len = 0;

	(void)state;
	buf_init(&text, ROOM);
	armour_encode(ARMOUR_MESSAGE, "123456789", 9, &text);
	len = text.len - 1; /* its last line feed is no part of it */
	for (size_t i = 0; i < len; i++) {
		char *exact = xmemdup(text.data, i);

		assert_false(armour_find(exact, i, 0, &a));
		free(exact);
	}
	assert_true(armour_find(text.data, len, 0, &a));
	assert_int_equal(a.end, len);
	buf_free(&text);
}

/* PKESK v3 to 0102030405060708 and SEIPD v1, as short as they can be. */
static const unsigned char message[] = {
    0xc1, 0x0c, 3, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 0, 0xd2, 0x03, 1, 0xaa, 0xbb};

static void
a_message_names_its_recipients(void **state)
{
	struct packet_message m;

	(void)state;
	packet_message_read(&m, message, sizeof(message));
	assert_int_equal(m.form, PACKET_FORM_ENCRYPTED);
	assert_true(m.integrity);
	assert_false(m.newer);
	assert_int_equal(m.recipients.count, 1);
	assert_string_equal(m.recipients.item[0], "0102030405060708");
	packet_message_free(&m);
}

static void
a_message_cut_anywhere_is_no_message(void **state)
{
	struct packet_message m;

	(void)state;
	for (size_t i = 0; i < sizeof(message); i++) {
		unsigned char *exact = xmemdup(message, i);

		packet_message_read(&m, exact, i);
		assert_int_equal(m.form, PACKET_FORM_OTHER);
		assert_non_null(m.why);
		packet_message_free(&m);
		free(exact);
	}
}

static void
version_two_encrypted_data_is_newer(void **state)
{
	unsigned char two[sizeof(message)];
	struct packet_message m;

	(void)state;
	memcpy(two, message, sizeof(two));
	two[16] = 2;
	packet_message_read(&m, two, sizeof(two));
	assert_int_equal(m.form, PACKET_FORM_ENCRYPTED);
	assert_true(m.newer);
	assert_false(m.integrity);
	packet_message_free(&m);
}

static void
a_record_of_the_wrong_length_is_broken(void **state)
{
	struct buf file;
	const unsigned char *record = NULL;
	struct kbx_key *key = NULL;
	struct err e = {ERR_NONE, ""};
	size_t count = 0;
	size_t len = 0;
	size_t at = 0;

	(void)state;
	buf_init(&file, ROOM);
	kbx_header(&file, 0);
	assert_int_equal(file.len, 32);
	assert_int_equal(kbx_next(&file, &at, &record, &len, &e), 0);
	buf_put(&file, "\0\0\0\x2a\x02\x01", 6);
	at = 0;
	assert_int_equal(kbx_next(&file, &at, &record, &len, &e), -1);
	assert_int_equal(
	    kbx_keys("\0\0\0\x06\x02\x01", 6, &key, &count, &e), -1);
	assert_null(key);
	buf_free(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_encoded_decodes_to_itself),
	    cmocka_unit_test(the_checksum_is_crc24),
	    cmocka_unit_test(a_wrong_checksum_decides_nothing),
	    cmocka_unit_test(a_block_without_its_end_is_none),
	    cmocka_unit_test(a_message_names_its_recipients),
	    cmocka_unit_test(a_message_cut_anywhere_is_no_message),
	    cmocka_unit_test(version_two_encrypted_data_is_newer),
	    cmocka_unit_test(a_record_of_the_wrong_length_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
