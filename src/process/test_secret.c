#include "process/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"

/* Reads a file with that text; the result is the caller's. */
static char *
secret_of(const char *folder, const char *text, mode_t mode, struct err *e)
{
	char *path = xasprintf("%s/password", folder);
	char *secret;

	test_folder_write(folder, "password", text);
	assert_int_equal(chmod(path, mode), 0);
	if (secret_read(&secret, path, e) == -1) {
		assert_null(secret);
		assert_int_equal(e->code, ERR_CONFIG);
	}
	free(path);
	return secret;
}

static void
the_first_line_is_the_password(void **state)
{
	static const char *const texts[] = {"a b\n", "a b", "a b\r\nmore\n"};
	struct err e = {0};

	for (size_t i = 0; i < 3; i++) {
		char *secret = secret_of(*state, texts[i], 0600, &e);

		assert_non_null(secret);
		assert_string_equal(secret, "a b");
		secret_free(secret);
	}
	secret_free(NULL);
}

static void
a_password_has_up_to_255_bytes(void **state)
{
	char text[300];
	char *secret;
	struct err e = {0};

	memset(text, 'x', sizeof(text));
	text[255] = '\0';
	secret = secret_of(*state, text, 0400, &e);
	assert_non_null(secret);
	assert_int_equal(strlen(secret), 255);
	secret_free(secret);
	text[255] = 'x';
	text[256] = '\0';
	assert_null(secret_of(*state, text, 0600, &e));
	text[256] = 'x';
	text[299] = '\0';
	assert_null(secret_of(*state, text, 0600, &e));
}

static void
a_file_that_others_may_read_is_refused(void **state)
{
	static const mode_t modes[] = {0640, 0604, 0660, 0601};
	struct err e = {0};

	for (size_t i = 0; i < 4; i++) {
		assert_null(secret_of(*state, "hunter2\n", modes[i], &e));
		assert_non_null(strstr(e.text, "others"));
		assert_null(strstr(e.text, "hunter2"));
	}
}

static void
what_is_no_password_is_refused(void **state)
{
	static const char *const texts[] = {"", "\n", "\r\n", "a\tb\n", "\x7f"};
	struct err e = {0};
	char *secret;

	for (size_t i = 0; i < 5; i++)
		assert_null(secret_of(*state, texts[i], 0600, &e));
	assert_int_equal(secret_read(&secret, *state, &e), -1);
	assert_int_equal(secret_read(&secret, "/nonexistent/x", &e), -1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(                                       \
	    name, test_folder_open, test_folder_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_first_line_is_the_password),
	    TEST(a_password_has_up_to_255_bytes),
	    TEST(a_file_that_others_may_read_is_refused),
	    TEST(what_is_no_password_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
