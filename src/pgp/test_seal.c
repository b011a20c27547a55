#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pgp/armour.h"
#include "pgp/packet.h"
#include "pgp/seal.h"
#include "pgp/test_people.h"

static void
each_copy_is_for_its_recipient_alone(void **state)
{
	struct people *p = *state;
	const char *recipient[] = {
	    p->alice.fingerprint, p->mallory.fingerprint};
	const struct key *key[] = {&p->alice, &p->mallory};
	struct buf payload;
	struct seal_request r = {.signer = p->team.fingerprint,
	    .recipient = recipient,
	    .recipients = 2,
	    .payload = &payload};
	struct seal_copy *copy = NULL;
	struct err e = {ERR_NONE, ""};

	people_hello(&payload);
	people_load(p, &p->team, &p->alice, &p->mallory, NULL);
	if (seal(p->ring, &r, &copy, &e) == -1)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < 2; i++) {
		struct packet_message m;
		struct buf binary;
		struct buf plain;

		buf_init(&binary, PEOPLE_LIMIT);
		buf_init(&plain, PEOPLE_LIMIT);
		assert_string_equal(copy[i].encrypted_to, recipient[i]);
		assert_int_equal(armour_decode(copy[i].armour.data,
				     copy[i].armour.len, &binary, &e),
		    0);
		packet_message_read(&m, binary.data, binary.len);
		assert_int_equal(m.recipients.count, 1);
		assert_string_equal(
		    m.recipients.item[0], key[i]->subkey[1].key_id);
		people_run(p, &copy[i].armour, &plain, "-d", NULL);
		assert_string_equal(buf_str(&plain), people_text);
		packet_message_free(&m);
		buf_free(&binary);
		buf_free(&plain);
	}
	seal_free(copy, 2);
	people_load(p, &p->team, &p->alice, NULL);
	assert_int_equal(seal(p->ring, &r, &copy, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.text, p->mallory.fingerprint));
	assert_null(copy);
	buf_free(&payload);
}

static void
a_sealed_secret_opens_again(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct buf sealed;
	struct buf plain;

	buf_init(&sealed, PEOPLE_LIMIT);
	buf_init_secret(&plain, PEOPLE_LIMIT);
	people_load(p, &p->team, NULL);
	assert_int_equal(seal_secret(p->ring, p->team.fingerprint, people_text,
			     strlen(people_text), &sealed, &e),
	    0);
	assert_int_equal(
	    seal_open_secret(p->ring, sealed.data, sealed.len, &plain, &e), 0);
	assert_string_equal(buf_str(&plain), people_text);
	sealed.data[sealed.len - 5] ^= 1;
	assert_int_equal(
	    seal_open_secret(p->ring, sealed.data, sealed.len, &plain, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	buf_free(&sealed);
	buf_free(&plain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_copy_is_for_its_recipient_alone),
	    cmocka_unit_test(a_sealed_secret_opens_again),
	};

	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
