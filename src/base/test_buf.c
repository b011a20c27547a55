#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"

static void
what_fits_exactly_is_kept(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_puts(&b, "hello");
	assert_false(b.over);
	assert_int_equal(b.len, 5);
	assert_string_equal(buf_str(&b), "hello");
	buf_free(&b);
}

static void
what_would_pass_max_is_not_put_at_all(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_puts(&b, "hell");
	buf_puts(&b, "oo");
	assert_true(b.over);
	assert_int_equal(b.len, 4);
	assert_string_equal(buf_str(&b), "hell");
	buf_free(&b);
}

static void
over_stays_set_though_less_would_fit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_puts(&b, "too long");
	buf_putc(&b, 'x');
	assert_true(b.over);
	assert_int_equal(b.len, 0);
	assert_string_equal(buf_str(&b), "");
	buf_free(&b);
}

static void
a_length_near_the_largest_number_does_not_wrap(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 16);
	buf_puts(&b, "1234");
	buf_put(&b, "5", SIZE_MAX);
	assert_true(b.over);
	assert_int_equal(b.len, 4);
	assert_null(buf_reserve(&b, SIZE_MAX - 2));
	assert_int_equal(b.len, 4);
	buf_free(&b);
}

static void
nothing_put_leaves_no_memory_behind(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 16);
	buf_put(&b, NULL, 0);
	buf_puts(&b, "");
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_string_equal(buf_str(&b), "");
	buf_free(&b);
}

static void
many_bytes_keep_their_order_while_it_grows(void **state)
{
	struct buf b;

	(void)state;
	for (int secret = 0; secret < 2; secret++) {
		if (secret)
			buf_init_secret(&b, 10000);
		else
			buf_init(&b, 10000);
		for (int i = 0; i < 10000; i++)
			buf_putc(&b, i % 251);
		assert_false(b.over);
		assert_int_equal(b.len, 10000);
		for (int i = 0; i < 10000; i++)
			assert_int_equal(b.data[i], i % 251);
		assert_int_equal(b.data[10000], 0);
		buf_putc(&b, 'x');
		assert_true(b.over);
		buf_free(&b);
	}
}

static void
a_nul_inside_is_a_byte_as_any_other(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 16);
	buf_put(&b, "a\0b", 3);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b\0", 4);
	buf_free(&b);
}

static void
a_freed_buffer_keeps_its_limit_and_its_secrecy(void **state)
{
	struct buf b;

	(void)state;
	buf_init_secret(&b, 4);
	buf_puts(&b, "key");
	buf_free(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.max, 4);
	assert_true(b.secret);
	buf_puts(&b, "12345");
	assert_true(b.over);
	buf_free(&b);
	assert_false(b.over);
}

static void
a_cleared_secret_is_wiped_in_its_place(void **state)
{
	static const unsigned char zeros[6];
	struct buf b;

	(void)state;
	buf_init_secret(&b, 64);
	buf_puts(&b, "secret");
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_non_null(b.data);
	assert_memory_equal(b.data, zeros, sizeof(zeros));
	assert_string_equal(buf_str(&b), "");
	buf_puts(&b, "next");
	assert_string_equal(buf_str(&b), "next");
	buf_free(&b);
}

static void
reserved_bytes_are_zeros(void **state)
{
	static const unsigned char zeros[100];
	unsigned char *at;
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	buf_puts(&b, "head");
	at = buf_reserve(&b, sizeof(zeros));
	assert_non_null(at);
	assert_ptr_equal(at, b.data + 4);
	assert_memory_equal(at, zeros, sizeof(zeros));
	assert_int_equal(b.len, 104);
	assert_null(buf_reserve(&b, 97));
	assert_true(b.over);
	assert_int_equal(b.len, 104);
	buf_free(&b);
}

static void
a_format_that_passes_max_puts_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_putf(&b, "%d-%s", 12, "ab");
	assert_string_equal(buf_str(&b), "12-ab");
	buf_putf(&b, "%s", "cdef");
	assert_true(b.over);
	assert_string_equal(buf_str(&b), "12-ab");
	buf_free(&b);
}

static void
a_taken_string_leaves_an_empty_buffer_that_works(void **state)
{
	struct buf b;
	char *s;

	(void)state;
	buf_init(&b, 16);
	s = buf_take_str(&b);
	assert_string_equal(s, "");
	free(s);
	buf_puts(&b, "taken");
	s = buf_take_str(&b);
	assert_string_equal(s, "taken");
	assert_int_equal(b.len, 0);
	assert_string_equal(buf_str(&b), "");
	free(s);
	buf_puts(&b, "again");
	assert_string_equal(buf_str(&b), "again");
	buf_free(&b);
}

static void
an_empty_buffer_that_was_over_is_usable_once_taken(void **state)
{
	struct buf b;
	char *s;

	(void)state;
	buf_init(&b, 4);
	buf_puts(&b, "longer");
	assert_true(b.over);
	s = buf_take_str(&b);
	assert_string_equal(s, "");
	free(s);
	buf_puts(&b, "fits");
	assert_string_equal(buf_str(&b), "fits");
	buf_free(&b);
}

static void
room_for_many_is_made_at_once(void **state)
{
	struct buf b;

	(void)state;
	buf_init_secret(&b, 5000);
	buf_puts(&b, "head");
	buf_expect(&b, 4000);
	assert_string_equal(buf_str(&b), "head");
	assert_int_equal(b.cap, 4005);
	for (int i = 0; i < 4000; i++)
		buf_putc(&b, 'x');
	assert_int_equal(b.cap, 4005);
	assert_false(b.over);
	/* more than the limit is no promise */
	buf_expect(&b, 4000);
	assert_int_equal(b.cap, 4005);
	assert_false(b.over);
	buf_free(&b);
}

/* Whether the page that p is in is there in a child. */
static bool
child_has(void *p)
{
	uintptr_t page = (uintptr_t)p & ~(uintptr_t)4095;
	unsigned char there;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(mincore((void *)page, 4096, &there) == 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 1;
}

static void
long_bytes_keep_their_order_and_stay_out_of_children(void **state)
{
	for (int secret = 0; secret < 2; secret++) {
		struct buf b;
		char *s;

		(void)state;
		buf_init(&b, 20U << 20);
		if (secret)
			buf_init_secret(&b, 20U << 20);
		for (uint32_t i = 0; i < 5U << 18; i++)
			buf_put(&b, &i, sizeof(i));
		assert_true(b.mapped && b.len == 5U << 20 && b.cap > b.len);
		assert_int_equal(b.data[b.len], 0);
		for (uint32_t i = 0; i < 5U << 18; i++)
			assert_memory_equal(b.data + 4 * (size_t)i, &i, 4);
		assert_false(child_has(b.data));
		/* what is the caller's can be freed */
		buf_putc(&b, 'x');
		s = buf_take_str(&b);
		assert_int_equal(s[5U << 20], 'x');
		assert_int_equal(s[(5U << 20) + 1], '\0');
		assert_true(child_has(s));
		free(s);
		assert_false(b.mapped);
		/* and it works again */
		buf_puts(&b, "short");
		assert_string_equal(buf_str(&b), "short");
		buf_expect(&b, 3U << 20);
		assert_string_equal(buf_str(&b), "short");
		buf_expect(&b, 19U << 20);
		assert_string_equal(buf_str(&b), "short");
		assert_non_null(buf_reserve(&b, 19U << 20));
		assert_int_equal(b.data[b.len - 1], 0);
		buf_free(&b);
		assert_false(b.mapped);
		assert_null(b.data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_fits_exactly_is_kept),
	    cmocka_unit_test(what_would_pass_max_is_not_put_at_all),
	    cmocka_unit_test(over_stays_set_though_less_would_fit),
	    cmocka_unit_test(a_length_near_the_largest_number_does_not_wrap),
	    cmocka_unit_test(nothing_put_leaves_no_memory_behind),
	    cmocka_unit_test(many_bytes_keep_their_order_while_it_grows),
	    cmocka_unit_test(a_nul_inside_is_a_byte_as_any_other),
	    cmocka_unit_test(a_freed_buffer_keeps_its_limit_and_its_secrecy),
	    cmocka_unit_test(a_cleared_secret_is_wiped_in_its_place),
	    cmocka_unit_test(reserved_bytes_are_zeros),
	    cmocka_unit_test(a_format_that_passes_max_puts_nothing),
	    cmocka_unit_test(a_taken_string_leaves_an_empty_buffer_that_works),
	    cmocka_unit_test(
		an_empty_buffer_that_was_over_is_usable_once_taken),
	    cmocka_unit_test(room_for_many_is_made_at_once),
	    cmocka_unit_test(
		long_bytes_keep_their_order_and_stay_out_of_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
