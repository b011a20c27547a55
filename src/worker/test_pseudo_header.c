#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "worker/pseudo_header.h"

/* In a block of just its size: one byte too many is seen. */
static struct pseudo_head
head(const char *text)
{
	size_t len = strlen(text);
	char *exact = xmemdup(text, len);
	struct pseudo_head h;

	pseudo_head_read(exact, len, &h);
	free(exact);
	return h;
}

static void
expect(const char *text, enum pseudo_kind kind)
{
	struct pseudo_head h = head(text);

	assert_int_equal(h.kind, kind);
	pseudo_head_free(&h);
}

static void
orders_stand_above_an_empty_line(void **state)
{
	struct pseudo_head h =
	    head("Case: EX-2026-0001\r\nstatus : waiting\nNote:one\n  two\n\n"
		 "the text\n");

	(void)state;
	assert_int_equal(h.kind, PSEUDO_ORDERS);
	assert_int_equal(h.lines, 3);
	assert_int_equal(h.line[1].word, PSEUDO_STATUS);
	assert_string_equal(h.line[0].value, "EX-2026-0001");
	assert_string_equal(h.line[1].value, "waiting");
	assert_string_equal(h.line[2].value, "one\ntwo");
	assert_true(pseudo_head_has(&h, PSEUDO_NOTE));
	assert_false(pseudo_head_has(&h, PSEUDO_TO));
	assert_int_equal(h.end,
	    strlen("Case: EX-2026-0001\r\nstatus : waiting\nNote:one\n  two\n"
		   "\n"));
	pseudo_head_free(&h);
}

static void
orders_alone_are_a_whole_mail(void **state)
{
	struct pseudo_head h = head("\n\nX-LIST-KEYS:\nx-list-name: a@b");

	(void)state;
	assert_int_equal(h.kind, PSEUDO_ORDERS);
	assert_int_equal(h.lines, 2);
	assert_string_equal(h.line[0].value, "");
	pseudo_head_free(&h);
}

static void
a_wide_colon_is_one_too(void **state)
{
	struct pseudo_head h = head("Status：closed\n\n");

	(void)state;
	assert_int_equal(h.kind, PSEUDO_ORDERS);
	assert_string_equal(h.line[0].value, "closed");
	pseudo_head_free(&h);
}

static void
one_unknown_word_breaks_the_head(void **state)
{
	struct pseudo_head h = head("Status: closed\nPrioritty: high\n\nx");

	(void)state;
	assert_int_equal(h.kind, PSEUDO_BROKEN);
	assert_string_equal(h.unknown, "Prioritty");
	pseudo_head_free(&h);
	expect("Stauts: closed\n\ntext\n", PSEUDO_BROKEN);
	expect("x-delete-everything:\nTo: a@b\n\n", PSEUDO_BROKEN);
}

static void
text_right_below_orders_breaks_the_head(void **state)
{
	(void)state;
	expect("Status: closed\nthank you\n", PSEUDO_BROKEN);
}

static void
words_for_people_are_no_orders(void **state)
{
	(void)state;
	expect("", PSEUDO_NONE);
	expect("\n \n", PSEUDO_NONE);
	expect("The page is gone.\nStatus: closed\n", PSEUDO_NONE);
	expect("The page is gone.\n\nStatus: closed\n\n", PSEUDO_NONE);
	expect("> Status: closed\n>\n> x\n", PSEUDO_NONE);
	expect("Rika:\n\nthe page is gone\n", PSEUDO_NONE);
	expect("https://a.example/\n\n", PSEUDO_NONE);
	expect("Hello Ken: look\n\n", PSEUDO_NONE);
	expect("On 22 Nov Rika wrote:\n> Status: closed\n", PSEUDO_NONE);
	expect("----- Original Message -----\nTo: x\n\n", PSEUDO_NONE);
	expect("Update: seen\nby many people\n", PSEUDO_NONE);
	expect(":\n\n", PSEUDO_NONE);
	expect("TLP:GREEN\nThe page is gone.\n", PSEUDO_NONE);
	expect("TLP:GREEN\nStatus: closed\nThe page is gone.\n", PSEUDO_BROKEN);
	expect("-: x\n\n", PSEUDO_NONE);
}

static void
our_summary_on_top_is_no_order(void **state)
{
	struct pseudo_head h =
	    head("Case: EX-2026-0001\nMessage: 3\nFrom: x\n");

	(void)state;
	assert_int_equal(h.kind, PSEUDO_BROKEN);
	assert_string_equal(h.unknown, "Message");
	pseudo_head_free(&h);
}

static void
a_key_may_follow_its_order_at_once(void **state)
{
	const char *text = "X-ADD-KEY:\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n";
	struct pseudo_head h = head(text);

	(void)state;
	assert_int_equal(h.kind, PSEUDO_ORDERS);
	assert_int_equal(h.end, strlen("X-ADD-KEY:\n"));
	pseudo_head_free(&h);
}

static void
a_head_has_an_end(void **state)
{
	struct buf text;
	struct pseudo_head h;

	(void)state;
	buf_init(&text, 1U << 20);
	for (int i = 0; i < PSEUDO_LINES + 1; i++)
		buf_puts(&text, "Note: x\n");
	h = head(buf_str(&text));
	assert_int_equal(h.kind, PSEUDO_BROKEN);
	pseudo_head_free(&h);
	buf_clear(&text);
	buf_puts(&text, "Note: x\n");
	for (int i = 0; i < 90; i++)
		buf_putf(&text, " %0100d\n", i);
	h = head(buf_str(&text));
	assert_int_equal(h.kind, PSEUDO_BROKEN);
	pseudo_head_free(&h);
	buf_free(&text);
}

static void
control_characters_do_not_get_into_a_value(void **state)
{
	struct pseudo_head h = head("Note: a\033[2Jb\n\n");

	(void)state;
	assert_int_equal(h.kind, PSEUDO_ORDERS);
	assert_null(strchr(h.line[0].value, '\033'));
	pseudo_head_free(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(orders_stand_above_an_empty_line),
	    cmocka_unit_test(orders_alone_are_a_whole_mail),
	    cmocka_unit_test(a_wide_colon_is_one_too),
	    cmocka_unit_test(one_unknown_word_breaks_the_head),
	    cmocka_unit_test(text_right_below_orders_breaks_the_head),
	    cmocka_unit_test(words_for_people_are_no_orders),
	    cmocka_unit_test(our_summary_on_top_is_no_order),
	    cmocka_unit_test(a_key_may_follow_its_order_at_once),
	    cmocka_unit_test(a_head_has_an_end),
	    cmocka_unit_test(control_characters_do_not_get_into_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
