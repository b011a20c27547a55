#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "cli/wkd.h"

/* The example of draft-koch-openpgp-webkey-service, section 3.1. */
static void
the_local_part_is_hashed_in_lower_case(void **state)
{
	char hash[WKD_HASH];

	(void)state;
	wkd_hash("Joe.Doe@Example.ORG", hash);
	assert_string_equal(hash, "iy9q119eutrkn8s1mk4r39qejnbu3n5q");
	wkd_hash("joe.doe@example.org", hash);
	assert_string_equal(hash, "iy9q119eutrkn8s1mk4r39qejnbu3n5q");
}

static bool
is_there(const char *folder, const char *name)
{
	char *path = xasprintf("%s/%s", folder, name);
	bool is = access(path, R_OK) == 0;

	free(path);
	return is;
}

static void
both_methods_have_the_key_and_a_policy(void **state)
{
#define HASH "iy9q119eutrkn8s1mk4r39qejnbu3n5q"
	char *to = xasprintf("%s/wkd", (const char *)*state);
	struct err e = {0};
	struct buf key;

	buf_init(&key, 10);
	buf_puts(&key, "key");
	assert_int_equal(
	    wkd_write(to, "joe.doe@Example.org", &key, false, &e), 0);
	assert_true(is_there(to, "example.org/hu/" HASH));
	assert_true(is_there(to, "example.org/policy"));
	assert_false(is_there(to, "hu"));
	assert_int_equal(
	    wkd_write(to, "joe.doe@example.org", &key, true, &e), 0);
	assert_true(is_there(to, "hu/" HASH));
	assert_true(is_there(to, "policy"));
	assert_false(is_there(to, "hu/" HASH ".new"));
	assert_int_equal(wkd_write(to, "x@../..", &key, true, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	buf_free(&key);
	free(to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_local_part_is_hashed_in_lower_case),
	    cmocka_unit_test_setup_teardown(
		both_methods_have_the_key_and_a_policy, test_folder_open,
		test_folder_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
