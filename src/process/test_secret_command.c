#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "base/clock.h"
#include "process/secret.h"
#include "process/secret_command.h"

/* Runs command to its end; returns what secret_command_look said. */
static int
run(const char *command, int timeout, char **out, struct err *e)
{
	struct secret_command s;
	int rc;

	assert_int_equal(secret_command_start(&s, command, timeout, e), 0);
	while ((rc = secret_command_look(&s, out, e)) == 0) {
		struct pollfd p = {.fd = s.fd, .events = POLLIN};

		(void)poll(&p, 1, 5);
	}
	assert_int_equal(s.pid, 0);
	assert_int_equal(s.fd, -1);
	return rc;
}

static void
assert_fails(const char *command, int timeout, const char *why)
{
	struct err e = {0};
	char *out;

	assert_int_equal(run(command, timeout, &out, &e), -1);
	assert_null(out);
	if (strstr(e.text, why) == NULL)
		assert_string_equal(e.text, why);
}

static void
the_first_line_is_the_secret(void **state)
{
	struct err e = {0};
	char *out;

	(void)state;
	assert_int_equal(run("echo 'a word'; echo more", 10000, &out, &e), 1);
	assert_string_equal(out, "a word");
	secret_free(out);
	assert_int_equal(run("printf %03000d 7", 10000, &out, &e), 1);
	assert_int_equal(strlen(out), 3000);
	secret_free(out);
}

static void
a_command_that_fails_gives_no_secret_though_it_printed_one(void **state)
{
	(void)state;
	assert_fails("echo canary; exit 3", 10000, "ended with 3");
	assert_fails("echo canary; kill -9 $$", 10000, "by signal 9");
	assert_fails("/nonexistent/command", 10000, "ended with 127");
}

static void
what_cannot_be_a_secret_is_refused_and_not_told(void **state)
{
	struct err e = {0};
	char *out;

	(void)state;
	assert_fails("echo", 10000, "first line is empty");
	assert_fails("printf 'a\\tb\\n'", 10000, "control character");
	assert_fails("printf %020000d 7", 10000, "more than");
	assert_int_equal(run("printf 'canary\\t\\n'", 10000, &out, &e), -1);
	assert_null(strstr(e.text, "canary"));
}

static void
a_command_that_hangs_is_killed_with_what_it_started(void **state)
{
	int64_t before = clock_monotonic_ms();

	(void)state;
	assert_fails("sleep 60 & sleep 60", 100, "took too long");
	assert_true(clock_monotonic_ms() - before < 30000);
}

static void
a_command_that_leaves_somebody_behind_has_ended(void **state)
{
	int64_t before = clock_monotonic_ms();
	struct err e = {0};
	char *out;

	(void)state;
	assert_int_equal(run("sleep 60 & echo word", 20000, &out, &e), 1);
	assert_string_equal(out, "word");
	assert_true(clock_monotonic_ms() - before < 30000);
	secret_free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_line_is_the_secret),
	    cmocka_unit_test(
		a_command_that_fails_gives_no_secret_though_it_printed_one),
	    cmocka_unit_test(what_cannot_be_a_secret_is_refused_and_not_told),
	    cmocka_unit_test(
		a_command_that_hangs_is_killed_with_what_it_started),
	    cmocka_unit_test(a_command_that_leaves_somebody_behind_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
