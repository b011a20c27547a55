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
	    cmocka_unit_test(a_sealed_secret_opens_again),
	};

	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
