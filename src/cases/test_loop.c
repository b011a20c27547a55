#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/loop.h"
#include "cases/test_store.h"

/* Whether a message is taken for ours with value in a field of that part. */
static bool
carried(struct vault *v, uint32_t part, const char *name, const char *value)
{
	char *exact = xstrdup(value), *field = xstrdup(name);
	struct field f = {.part = part, .name = field, .value = exact};
	const struct part_table t = {.field = &f, .fields = 1};
	bool yes = loop_carried(v, &t);

	free(exact);
	free(field);
	return yes;
}

static void
a_mark_of_ours_is_known_wherever_it_comes_back(void **state)
{
	struct store *s = *state;
	char mark[LOOP_MARK], other[LOOP_MARK];

	loop_mark(s->vault, NULL, mark);
	loop_mark(s->vault, NULL, other);
	assert_int_equal(strlen(mark), LOOP_MARK - 1);
	assert_string_not_equal(mark, other);
	assert_true(carried(s->vault, 0, "X-Noroshi-Loop", mark));
	assert_true(carried(s->vault, 4, "x-noroshi-loop", mark));
	assert_false(carried(s->vault, 0, "X-Other", mark));
}

static void
a_mark_that_another_made_is_not_ours(void **state)
{
	static const unsigned char key[VAULT_KEY] =
	    "another key of thirty-two bytes";
	struct store *s = *state;
	struct vault *other;
	struct err e = {0};
	char mark[LOOP_MARK];

	ok(vault_open(&other, s->db, key, &e), &e);
	loop_mark(other, NULL, mark);
	vault_close(other);
	assert_false(carried(s->vault, 0, "X-Noroshi-Loop", mark));
	loop_mark(s->vault, NULL, mark);
	for (size_t i = 0; i < LOOP_MARK - 1; i++) {
		char was = mark[i];

		mark[i] = was == '0' ? '1' : '0';
		assert_false(carried(s->vault, 0, "X-Noroshi-Loop", mark));
		mark[i] = was;
	}
	mark[LOOP_MARK - 2] = '\0';
	assert_false(carried(s->vault, 0, "X-Noroshi-Loop", mark));
	assert_false(carried(s->vault, 0, "X-Noroshi-Loop", ""));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_mark_of_ours_is_known_wherever_it_comes_back),
	    TEST(a_mark_that_another_made_is_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
