#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/splice.h"
#include "base/test_bytes.h"

static void
a_plan_puts_its_pieces_in_order(void **state)
{
	int fd = test_bytes_fd("0123456789", 10), out;
	struct err e = {ERR_NONE, ""};
	struct buf plan;
	char got[32] = "";

	(void)state;
	buf_init(&plan, 1024);
	splice_add(&plan, "", 0, 0, 2);
	splice_add(&plan, "head ", 5, 7, 3);
	splice_add(&plan, " end", 4, 10, 0);
	assert_int_equal(splice_join(fd, plan.data, plan.len, &out, &e), 0);
	assert_int_equal(pread(out, got, sizeof(got), 0), 14);
	assert_string_equal(got, "01head 789 end");
	/* nobody changes it any more */
	assert_int_equal(pwrite(out, "x", 1, 0), -1);
	close(out);
	close(fd);
	buf_free(&plan);
}

static void
a_range_past_the_file_is_no_plan(void **state)
{
	static const uint64_t range[][2] = {
	    {0, 11}, {10, 1}, {11, 0}, {UINT64_MAX, 1}, {1, UINT64_MAX}};
	int fd = test_bytes_fd("0123456789", 10);

	(void)state;
	for (size_t i = 0; i < sizeof(range) / sizeof(range[0]); i++) {
		struct err e = {ERR_NONE, ""};
		struct buf plan;
		int out;

		buf_init(&plan, 1024);
		splice_add(&plan, "x", 1, range[i][0], range[i][1]);
		assert_int_equal(
		    splice_join(fd, plan.data, plan.len, &out, &e), -1);
		assert_int_equal(e.code, ERR_BUG);
		assert_int_equal(out, -1);
		buf_free(&plan);
	}
	close(fd);
}

static void
a_plan_cut_short_is_none(void **state)
{
	int fd = test_bytes_fd("0123456789", 10);
	struct buf plan;

	(void)state;
	buf_init(&plan, 1024);
	splice_add(&plan, "head", 4, 1, 2);
	for (size_t len = 1; len < plan.len; len++) {
		struct err e = {ERR_NONE, ""};
		unsigned char *exact = malloc(len);
		int out;

		memcpy(exact, plan.data, len);
		assert_int_equal(splice_join(fd, exact, len, &out, &e), -1);
		assert_int_equal(e.code, ERR_BUG);
		free(exact);
	}
	close(fd);
	buf_free(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_plan_puts_its_pieces_in_order),
	    cmocka_unit_test(a_range_past_the_file_is_no_plan),
	    cmocka_unit_test(a_plan_cut_short_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
