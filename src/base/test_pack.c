#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/pack.h"

/* What the record of these tests holds, read back. */
struct record {
	uint64_t number;
	int64_t negative;
	bool yes;
	char *text;
	char *absent;
	char *empty;
	struct strs list;
	const void *bytes; /* borrowed */
	size_t bytes_len;
};

static void
record_pack(struct buf *b)
{
	struct strs list = {0};

	strs_add(&list, "one");
	strs_add(&list, "");
	strs_add(&list, "three");
	buf_init(b, 1024);
	pack_u64(b, UINT64_MAX);
	pack_i64(b, -2);
	pack_bool(b, true);
	pack_str(b, "text");
	pack_str(b, NULL);
	pack_str(b, "");
	pack_strs(b, &list);
	pack_bytes(b, "a\0b", 3);
	strs_free(&list);
	assert_false(b->over);
}

static void
record_unpack(struct unpack *u, struct record *r)
{
	*r = (struct record){0};
	r->number = unpack_u64(u);
	r->negative = unpack_i64(u);
	r->yes = unpack_bool(u);
	r->text = unpack_str(u);
	r->absent = unpack_str(u);
	r->empty = unpack_str(u);
	unpack_strs(u, &r->list, 3);
	r->bytes = unpack_bytes(u, &r->bytes_len);
}

static void
record_free(struct record *r)
{
	free(r->text);
	free(r->absent);
	free(r->empty);
	strs_free(&r->list);
}

static void
a_record_reads_back_as_it_was_packed(void **state)
{
	struct record r;
	struct unpack u;
	struct buf b;

	(void)state;
	record_pack(&b);
	unpack_init(&u, b.data, b.len);
	record_unpack(&u, &r);
	assert_true(unpack_done(&u));
	assert_true(r.number == UINT64_MAX);
	assert_int_equal(r.negative, -2);
	assert_true(r.yes);
	assert_string_equal(r.text, "text");
	assert_null(r.absent);
	assert_string_equal(r.empty, "");
	assert_int_equal(r.list.count, 3);
	assert_string_equal(r.list.item[0], "one");
	assert_string_equal(r.list.item[1], "");
	assert_string_equal(r.list.item[2], "three");
	assert_int_equal(r.bytes_len, 3);
	assert_memory_equal(r.bytes, "a\0b", 3);
	record_free(&r);
	buf_free(&b);
}

static void
a_record_cut_short_anywhere_is_bad(void **state)
{
	struct record r;
	struct unpack u;
	struct buf b;

	(void)state;
	record_pack(&b);
	for (size_t len = 0; len < b.len; len++) {
		void *exact = xmemdup(b.data, len);

		unpack_init(&u, exact, len);
		record_unpack(&u, &r);
		assert_true(u.bad);
		assert_false(unpack_done(&u));
		/* the last field is always beyond the cut */
		assert_null(r.bytes);
		assert_int_equal(r.bytes_len, 0);
		record_free(&r);
		free(exact);
	}
	buf_free(&b);
}

static void
a_byte_after_the_last_field_is_not_done(void **state)
{
	struct record r;
	struct unpack u;
	struct buf b;

	(void)state;
	record_pack(&b);
	buf_putc(&b, 'n');
	unpack_init(&u, b.data, b.len);
	record_unpack(&u, &r);
	assert_false(u.bad);
	assert_false(unpack_done(&u));
	record_free(&r);
	buf_free(&b);
}

static void
a_number_is_no_string_and_a_string_no_number(void **state)
{
	struct unpack u;
	struct buf b;
	size_t len = 7;

	(void)state;
	buf_init(&b, 256);
	pack_u64(&b, 5);
	unpack_init(&u, b.data, b.len);
	assert_null(unpack_str(&u));
	assert_true(u.bad);
	unpack_init(&u, b.data, b.len);
	assert_null(unpack_bytes(&u, &len));
	assert_int_equal(len, 0);
	assert_true(u.bad);
	buf_clear(&b);
	pack_str(&b, "12345678");
	unpack_init(&u, b.data, b.len);
	assert_int_equal(unpack_u64(&u), 0);
	assert_true(u.bad);
	buf_clear(&b);
	pack_str(&b, NULL);
	unpack_init(&u, b.data, b.len);
	assert_null(unpack_bytes(&u, &len));
	assert_true(u.bad);
	buf_free(&b);
}

static void
after_a_bad_field_all_others_are_empty(void **state)
{
	struct strs list = {0};
	struct unpack u;
	struct buf b;
	size_t len;

	(void)state;
	buf_init(&b, 256);
	pack_str(&b, "not a number");
	unpack_init(&u, b.data, b.len);
	assert_int_equal(unpack_u64(&u), 0);
	assert_null(unpack_str(&u));
	assert_int_equal(unpack_i64(&u), 0);
	assert_false(unpack_bool(&u));
	assert_null(unpack_bytes(&u, &len));
	strs_add(&list, "of before");
	unpack_strs(&u, &list, 10);
	assert_int_equal(list.count, 0);
	assert_false(unpack_done(&u));
	buf_free(&b);
}

static void
a_nul_inside_a_string_is_bad(void **state)
{
	struct strs list = {0};
	struct unpack u;
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	pack_bytes(&b, "a\0b", 3);
	unpack_init(&u, b.data, b.len);
	assert_null(unpack_str(&u));
	assert_true(u.bad);
	buf_clear(&b);
	pack_u64(&b, 2);
	pack_str(&b, "whole");
	pack_bytes(&b, "a\0", 2);
	unpack_init(&u, b.data, b.len);
	unpack_strs(&u, &list, 10);
	assert_true(u.bad);
	assert_int_equal(list.count, 0);
	strs_free(&list);
	buf_free(&b);
}

static void
one_string_more_than_max_is_bad(void **state)
{
	struct strs list = {0}, back = {0};
	struct unpack u;
	struct buf b;

	(void)state;
	for (int i = 0; i < 4; i++)
		strs_add(&list, "x");
	buf_init(&b, 256);
	pack_strs(&b, &list);
	unpack_init(&u, b.data, b.len);
	unpack_strs(&u, &back, 4);
	assert_true(unpack_done(&u));
	assert_int_equal(back.count, 4);
	unpack_init(&u, b.data, b.len);
	unpack_strs(&u, &back, 3);
	assert_true(u.bad);
	assert_int_equal(back.count, 0);
	strs_free(&list);
	strs_free(&back);
	buf_free(&b);
}

static void
a_list_that_promises_more_than_is_there_is_bad_and_empty(void **state)
{
	struct strs list = {0};
	struct unpack u;
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	pack_u64(&b, 1000000);
	pack_str(&b, "only one");
	unpack_init(&u, b.data, b.len);
	unpack_strs(&u, &list, 1000000);
	assert_true(u.bad);
	assert_int_equal(list.count, 0);
	strs_free(&list);
	buf_free(&b);
}

static void
an_absent_string_in_a_list_is_bad(void **state)
{
	struct strs list = {0};
	struct unpack u;
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	pack_u64(&b, 1);
	pack_str(&b, NULL);
	unpack_init(&u, b.data, b.len);
	unpack_strs(&u, &list, 10);
	assert_true(u.bad);
	assert_int_equal(list.count, 0);
	buf_free(&b);
}

static void
a_length_that_passes_the_end_is_bad(void **state)
{
	static const unsigned char far[] = {'b', 0xff, 0xff, 0xff, 0xff, 'x'};
	void *exact = xmemdup(far, sizeof(far));
	struct unpack u;
	size_t len;

	(void)state;
	unpack_init(&u, exact, sizeof(far));
	assert_null(unpack_bytes(&u, &len));
	assert_int_equal(len, 0);
	assert_true(u.bad);
	free(exact);
}

static void
a_value_over_max_is_bad_and_two_is_no_truth(void **state)
{
	struct unpack u;
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	pack_u64(&b, 8);
	pack_u64(&b, 2);
	unpack_init(&u, b.data, b.len);
	assert_int_equal(unpack_max(&u, 8), 8);
	assert_false(u.bad);
	assert_false(unpack_bool(&u));
	assert_true(u.bad);
	unpack_init(&u, b.data, b.len);
	assert_int_equal(unpack_max(&u, 7), 0);
	assert_true(u.bad);
	buf_free(&b);
}

static void
no_bytes_at_all_are_done_but_hold_no_field(void **state)
{
	struct unpack u;

	(void)state;
	unpack_init(&u, NULL, 0);
	assert_true(unpack_done(&u));
	assert_null(unpack_str(&u));
	assert_true(u.bad);
}

static void
a_record_that_does_not_fit_is_known_by_over(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	pack_u64(&b, 1);
	assert_false(b.over);
	pack_str(&b, "x");
	assert_true(b.over);
	assert_true(b.len <= 10);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_record_reads_back_as_it_was_packed),
	    cmocka_unit_test(a_record_cut_short_anywhere_is_bad),
	    cmocka_unit_test(a_byte_after_the_last_field_is_not_done),
	    cmocka_unit_test(a_number_is_no_string_and_a_string_no_number),
	    cmocka_unit_test(after_a_bad_field_all_others_are_empty),
	    cmocka_unit_test(a_nul_inside_a_string_is_bad),
	    cmocka_unit_test(one_string_more_than_max_is_bad),
	    cmocka_unit_test(
		a_list_that_promises_more_than_is_there_is_bad_and_empty),
	    cmocka_unit_test(an_absent_string_in_a_list_is_bad),
	    cmocka_unit_test(a_length_that_passes_the_end_is_bad),
	    cmocka_unit_test(a_value_over_max_is_bad_and_two_is_no_truth),
	    cmocka_unit_test(no_bytes_at_all_are_done_but_hold_no_field),
	    cmocka_unit_test(a_record_that_does_not_fit_is_known_by_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
