#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pgp/test_people.h"
#include "pgp/verify.h"

static enum signature_status
check_signed(struct people *p, const struct buf *signature, struct signature *s)
{
	struct signatures l = {NULL, 0};
	struct err e = {ERR_NONE, ""};
	enum signature_status status = SIGNATURE_ERROR;

	if (verify_detached(p->ring, signature->data, signature->len,
		people_text, strlen(people_text), clock_now(NULL), &l,
		&e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(l.count, 1);
	status = l.item[0].facts.status;
	if (s != NULL)
		*s = l.item[0].facts;
	signatures_free(&l);
	return status;
}

static void
a_weak_digest_is_no_evidence(void **state)
{
	struct people *p = *state;
	struct signature s;
	struct buf in;
	struct buf signature;

	people_hello(&in);
	buf_init(&signature, PEOPLE_LIMIT);
	people_run(p, &in, &signature, "-u", p->alice.fingerprint,
	    "--digest-algo", "SHA1", "-b", NULL);
	people_load(p, &p->alice, NULL);
	assert_int_equal(check_signed(p, &signature, &s), SIGNATURE_ERROR);
	assert_non_null(strstr(s.why, "SHA-1"));
	buf_free(&in);
	buf_free(&signature);
}

static void
a_detached_signature_is_good_or_bad(void **state)
{
	struct people *p = *state;
	struct signature s;
	struct buf in;
	struct buf signature;

	people_hello(&in);
	buf_init(&signature, PEOPLE_LIMIT);
	people_run(p, &in, &signature, "-u", p->alice.fingerprint, "-b", NULL);
	people_load(p, &p->alice, NULL);
	assert_int_equal(check_signed(p, &signature, &s), SIGNATURE_GOOD);
	assert_string_equal(s.fingerprint, p->alice.fingerprint);
	buf_clear(&signature);
	buf_putc(&in, 'x');
	people_run(p, &in, &signature, "-u", p->alice.fingerprint, "-b", NULL);
	assert_int_equal(check_signed(p, &signature, NULL), SIGNATURE_BAD);
	/* A whole signed message in its place would be checked by itself. */
	buf_clear(&signature);
	people_run(p, &in, &signature, "-u", p->alice.fingerprint, "-s", NULL);
	assert_int_equal(check_signed(p, &signature, NULL), SIGNATURE_ERROR);
	buf_free(&in);
	buf_free(&signature);
}

static void
an_expired_key_signs_nothing_good(void **state)
{
	struct people *p = *state;
	static const char who[] = "Old <old@partner.example>";
	struct key *key = NULL;
	struct err e = {ERR_NONE, ""};
	size_t count = 0;
	struct buf in;
	struct buf out;

	people_hello(&in);
	buf_init(&out, PEOPLE_LIMIT);
	people_run(p, NULL, NULL, "--faked-system-time", "20200101T000000!",
	    "--quick-gen-key", who, "future-default", "default", "1y", NULL);
	people_run(p, NULL, &out, "--export", who, NULL);
	assert_int_equal(
	    keyring_import(p->ring, out.data, out.len, false, &key, &count, &e),
	    0);
	assert_true(key_problems(key, clock_now(NULL)) & KEY_EXPIRED);
	people_load(p, key, NULL);
	buf_clear(&out);
	people_run(p, &in, &out, "--faked-system-time", "20200601T000000!",
	    "-u", who, "-b", NULL);
	assert_int_equal(check_signed(p, &out, NULL), SIGNATURE_EXPIRED);
	key_free(key);
	free(key);
	buf_free(&in);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_weak_digest_is_no_evidence),
	    cmocka_unit_test(a_detached_signature_is_good_or_bad),
	    cmocka_unit_test(an_expired_key_signs_nothing_good),
	};

	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
