#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "worker/replytext.h"

#define RULE "------------------------------------------------------------"

static char *
cut(const char *text)
{
	char *exact = xmemdup(text, strlen(text));
	struct buf out;

	buf_init(&out, 4096);
	replytext_cut(exact, strlen(text), &out);
	free(exact);
	return buf_take_str(&out);
}

static void
expect(const char *text, const char *wanted)
{
	char *got = cut(text);

	assert_string_equal(got, wanted);
	free(got);
}

static void
a_signature_block_stays_inside(void **state)
{
	(void)state;
	expect(
	    "gone since noon\n-- \nKen, 090-0000-0000\n", "gone since noon\n");
}

static void
our_summary_does_not_leave_in_a_quote(void **state)
{
	char *got = cut("yes\n\n> Case: EX-2026-0001\n> Sender: words\n> " RULE
			"\n> TLP:AMBER\n> their own text\n");

	(void)state;
	assert_null(strstr(got, "Sender: words"));
	assert_non_null(strstr(got, "> their own text"));
	free(got);
}

static void
a_text_without_a_quote_is_as_it_was(void **state)
{
	(void)state;
	expect("one\n\ntwo\n", "one\n\ntwo\n");
	expect("", "");
	expect("no line end", "no line end");
}

static void
marks_are_taken_off_a_subject(void **state)
{
	static const char *const from[] = {
	    "Re: [EX-2026-0001] TLP:AMBER Re: Phishing site",
	    "返信: [EX-2026-0001] [ALARM] Phishing site", "Phishing site"};

	(void)state;
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		char *got = replytext_subject(from[i]);

		assert_string_equal(got, "Re: Phishing site");
		free(got);
	}
}

static void
an_ordinary_bracket_stays_in_a_subject(void **state)
{
	char *got = replytext_subject("[Important] page");

	(void)state;
	assert_string_equal(got, "Re: [Important] page");
	free(got);
}

static struct buf
unnamed(const char *text)
{
	char *address = xstrdup("ken@example.org");
	struct contact ken = {.name = xstrdup("Ken Deputy"),
	    .class = CLASS_STAFF,
	    .addresses = {&address, 1}};
	struct buf out;

	buf_init(&out, 4096);
	buf_puts(&out, text);
	replytext_unname(&ken, 1, &out);
	free(ken.name);
	free(address);
	return out;
}

static void
expect_unnamed(const char *text, const char *wanted)
{
	struct buf out = unnamed(text);

	assert_string_equal(buf_str(&out), wanted);
	buf_free(&out);
}

static void
a_time_zone_above_a_quotation_stays_inside(void **state)
{
	(void)state;
	expect_unnamed("yes\nOn Sun, Nov 22, 2026 at 07:00:00PM +0900, Example "
		       "CSIRT wrote:\n> their words\n",
	    "yes\n> their words\n");
	expect_unnamed("On Sun, 22 Nov 2026 19:00:00 +0900\nExample CSIRT "
		       "<csirt@example.org> wrote:\n\n> their words\n",
	    "\n> their words\n");
	expect_unnamed("2026年11月22日(日) 19:00 Example CSIRT "
		       "<csirt@example.org>:\n> a\n",
	    "> a\n");
}

static void
an_author_s_own_words_above_a_quotation_leave(void **state)
{
	const char *text = "This was in the log at 19:00:\n> GET /verify\n";

	(void)state;
	expect_unnamed(text, text);
	expect_unnamed("You wrote:\n> a\n", "You wrote:\n> a\n");
}

static void
a_first_name_below_a_greeting_stays_inside(void **state)
{
	(void)state;
	expect_unnamed("done\nRegards,\n  Ken \n", "done\nRegards,\n");
	expect_unnamed("Kenya is next\n> Ken\n", "Kenya is next\n> Ken\n");
}

static void
a_quoted_name_is_not_said_by_the_author(void **state)
{
	const char *text = "> Dear Ken Deputy,\nok\n";

	(void)state;
	assert_false(replytext_says(text, strlen(text), "Ken Deputy"));
	assert_true(replytext_says("I, ken deputy\n", 14, "Ken Deputy"));
	assert_true(replytext_says("Ken.", 4, "Ken"));
	assert_false(replytext_says("the token of Kenya", 18, "Ken"));
	assert_true(replytext_says("担当の鈴木健です", 24, "鈴木健"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_time_zone_above_a_quotation_stays_inside),
	    cmocka_unit_test(an_author_s_own_words_above_a_quotation_leave),
	    cmocka_unit_test(a_first_name_below_a_greeting_stays_inside),
	    cmocka_unit_test(a_quoted_name_is_not_said_by_the_author),
	    cmocka_unit_test(a_signature_block_stays_inside),
	    cmocka_unit_test(our_summary_does_not_leave_in_a_quote),
	    cmocka_unit_test(a_text_without_a_quote_is_as_it_was),
	    cmocka_unit_test(marks_are_taken_off_a_subject),
	    cmocka_unit_test(an_ordinary_bracket_stays_in_a_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
