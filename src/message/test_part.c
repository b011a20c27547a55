#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "message/part.h"

/* A root of 100 bytes with one child, as the parser would fill it. */
static void
table_make(struct part_table *t)
{
	static const struct part root = {
	    .parent = PART_NONE, .body = 10, .end = 100};
	static const struct part child = {
	    .parent = 0, .depth = 1, .start = 20, .body = 30, .end = 90};

	memset(t, 0, sizeof(*t));
	t->part = xcalloc(2, sizeof(*t->part));
	t->part[0] = root;
	t->part[1] = child;
	t->parts = 2;
	for (size_t i = 0; i < 2; i++) {
		t->part[i].type = xstrdup("text/plain");
		t->part[i].encoding = xstrdup("7bit");
	}
	t->part[1].name = xstrdup("a.txt");
	t->field = xcalloc(1, sizeof(*t->field));
	t->field[0].name = xstrdup("Subject");
	t->field[0].value = xstrdup("hello");
	t->fields = 1;
	t->head = xcalloc(1, sizeof(*t->head));
	t->head[0].subject = xstrdup("hello");
	t->head[0].date = -5;
	mailboxes_add(&t->head[0].from, "A", "a@example.org");
	strs_add(&t->head[0].references, "<1@x>");
	t->head[0].conversation = xstrdup("<thread-index 00>");
	t->heads = 1;
	strs_add(&t->warnings, "mime-broken");
}

static int
round_trip(const struct part_table *from, struct part_table *to, uint64_t size,
    size_t cut)
{
	struct buf b;
	struct unpack u;
	unsigned char *exact;
	size_t len;
	int rc;

	buf_init(&b, 1 << 20);
	part_table_pack(from, &b);
	len = cut < b.len ? b.len - cut : 0;
	exact = malloc(len == 0 ? 1 : len);
	memcpy(exact, b.data, len);
	unpack_init(&u, exact, len);
	rc = part_table_unpack(to, &u, size, 10);
	if (rc == 0)
		assert_true(unpack_done(&u));
	free(exact);
	buf_free(&b);
	return rc;
}

static void
a_table_comes_back_as_it_was(void **state)
{
	struct part_table a, b;

	(void)state;
	table_make(&a);
	assert_int_equal(round_trip(&a, &b, 100, 0), 0);
	assert_int_equal(b.parts, 2);
	assert_int_equal(b.part[1].depth, 1);
	assert_int_equal(b.part[1].end, 90);
	assert_string_equal(b.part[1].name, "a.txt");
	assert_string_equal(part_field(&b, 0, "SUBJECT"), "hello");
	assert_null(part_field(&b, 1, "Subject"));
	assert_string_equal(
	    part_head(&b, 0)->from.item[0].address, "a@example.org");
	assert_int_equal(part_head(&b, 0)->date, -5);
	assert_null(part_head(&b, 1));
	assert_int_equal(part_child(&b, 0, 0), 1);
	assert_int_equal(part_child(&b, 0, 1), PART_NONE);
	assert_true(part_within(&b, 1, 0));
	assert_false(part_within(&b, 0, 1));
	assert_false(part_within(&b, PART_NONE, PART_NONE));
	assert_true(strs_has(&b.warnings, "mime-broken"));
	part_table_free(&a);
	part_table_free(&b);
}

static void
a_table_cut_short_is_no_table(void **state)
{
	struct part_table a, b;

	(void)state;
	table_make(&a);
	for (size_t cut = 1; cut < 200; cut++)
		assert_int_equal(round_trip(&a, &b, 100, cut), -1);
	part_table_free(&a);
}

static void
a_span_outside_the_bytes_is_refused(void **state)
{
	struct part_table a, b;

	(void)state;
	table_make(&a);
	assert_int_equal(round_trip(&a, &b, 99, 0), -1);
	a.part[1].end = 101;
	assert_int_equal(round_trip(&a, &b, 200, 0), -1);
	a.part[1].end = 25; /* before its own body */
	assert_int_equal(round_trip(&a, &b, 100, 0), -1);
	a.part[1].end = 90;
	a.part[1].parent = 1;
	assert_int_equal(round_trip(&a, &b, 100, 0), -1);
	part_table_free(&a);
}

static void
fields_out_of_order_are_refused(void **state)
{
	struct part_table a, b;

	(void)state;
	table_make(&a);
	a.field = xreallocarray(a.field, 4, sizeof(*a.field));
	for (a.fields = 1; a.fields < 4; a.fields++)
		a.field[a.fields] = (struct field){.part = a.fields / 2,
		    .name = xasprintf("X-%zu", a.fields),
		    .value = xstrdup("v")};
	assert_int_equal(round_trip(&a, &b, 100, 0), 0);
	assert_int_equal(part_fields(&b, 1), 2);
	assert_non_null(part_field(&b, 1, "x-3"));
	assert_null(part_field(&b, 0, "x-3"));
	part_table_free(&b);
	a.field[0].part = 1;
	assert_int_equal(round_trip(&a, &b, 100, 0), -1);
	part_table_free(&a);
}

static void
a_string_with_a_control_character_is_refused(void **state)
{
	struct part_table a, b;

	(void)state;
	table_make(&a);
	free(a.head[0].subject);
	a.head[0].subject = xstrdup("x\033[2J");
	assert_int_equal(round_trip(&a, &b, 100, 0), -1);
	free(a.head[0].subject);
	a.head[0].subject = NULL;
	free(a.part[1].name);
	a.part[1].name = xstrdup("../x");
	assert_int_equal(round_trip(&a, &b, 100, 0), -1);
	part_table_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_table_comes_back_as_it_was),
	    cmocka_unit_test(a_table_cut_short_is_no_table),
	    cmocka_unit_test(a_span_outside_the_bytes_is_refused),
	    cmocka_unit_test(fields_out_of_order_are_refused),
	    cmocka_unit_test(a_string_with_a_control_character_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
