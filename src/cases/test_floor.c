#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cases/floor.h"
#include "cases/quote.h"
#include "cases/test_store.h"

#define PLAN "The attackers come back through the printer in room 4."
#define SHA(c)                                                                 \
	c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c  \
	    c c c c c c c c c c c c c c c c c c c c c c c c c c c c c

/* What each message also holds, decrypted beside its text. */
#define SEALED "Dear manager,\n\nthe door's code\n"

/* A message of the case with that text, and an attachment of bytes "data". */
static int64_t
said(struct store *s, const char *sha256, int64_t cases, const char *label,
    const char *source, const char *text)
{
	char sha[SPOOL_SHA], sealed_sha[SPOOL_SHA];
	struct message m;
	struct err e = {0};
	int64_t id = store_message(s, sha256);

	spool_sha("data", 4, sha);
	spool_sha(SEALED, strlen(SEALED), sealed_sha);
	ok(message_get(s->db, id, &m, &e), &e);
	ok(vault_key_create(s->vault, &m.vault_key, &e), &e);
	m.cases = cases;
	m.label = xstrdup(label);
	m.sender_address = xstrdup("desk@x.example");
	m.facts = json_pack("{s:s, s:{s:s, s:s}}", "encryption", "none", "tlp",
	    "label", label, "source", source);
	m.content = json_pack("{s:s, s:[{s:s}], s:[{s:s, s:s}]}", "text", text,
	    "attachments", "sha256", strcmp(text, "") == 0 ? sha : "none",
	    "apart", "sha256", sealed_sha, "text", SEALED);
	ok(message_claim(s->db, s->vault, &m, &e), &e);
	message_free(&m);
	return id;
}

/* What leaves under text; the caller's to floor_free. */
static struct floor
floor_of(struct store *s, struct outgoing *o, const char *text)
{
	struct floor f;
	struct err e = {0};

	buf_init(&o->text, 1 << 16);
	buf_puts(&o->text, text);
	ok(floor_find(s->db, s->vault, o, NOROSHI_TLP_AMBER, &f, &e), &e);
	outgoing_free(o);
	return f;
}

static void
a_text_without_anything_has_the_default_label(void **state)
{
	struct outgoing o = {0};
	struct floor f = floor_of(*state, &o, "Hello");

	assert_int_equal(f.label, NOROSHI_TLP_AMBER);
	assert_int_equal(f.items, 1);
	assert_int_equal(f.item[0].origin, NOROSHI_ORIGIN_OURS);
	assert_true(f.item[0].label_by_default);
	assert_false(f.raised || f.lowered);
	floor_free(&f);
}

static void
the_label_asked_for_counts_where_nothing_is_above_it(void **state)
{
	struct outgoing o = {.label_asked = true, .label = NOROSHI_TLP_GREEN};
	struct floor f = floor_of(*state, &o, "Hello");

	assert_int_equal(f.label, NOROSHI_TLP_GREEN);
	assert_false(f.item[0].label_by_default || f.raised || f.lowered);
	floor_free(&f);
}

static void
an_answer_does_not_fall_below_what_it_answers(void **state)
{
	struct store *s = *state;
	struct outgoing o = {.label_asked = true,
	    .label = NOROSHI_TLP_GREEN,
	    .answers = said(s, SHA("1"), 0, "AMBER", "body", PLAN)};
	struct floor f = floor_of(s, &o, "Hello");

	assert_int_equal(f.label, NOROSHI_TLP_AMBER);
	assert_true(f.lowered);
	assert_true(f.lowered_third);
	assert_false(f.raised);
	floor_free(&f);
}

static void
our_own_words_on_a_mail_without_a_label_have_the_one_asked_for(void **state)
{
	struct store *s = *state;
	struct outgoing o = {.label_asked = true,
	    .label = NOROSHI_TLP_GREEN,
	    .answers = said(s, SHA("1"), 0, "AMBER", "default", PLAN)};
	struct floor f = floor_of(s, &o, "Hello");

	assert_int_equal(f.label, NOROSHI_TLP_GREEN);
	assert_false(f.lowered || f.raised);
	floor_free(&f);
	o = (struct outgoing){.label_asked = true,
	    .label = NOROSHI_TLP_GREEN,
	    .answers = said(s, SHA("2"), 0, "AMBER", "default", PLAN)};
	f = floor_of(s, &o, "> " PLAN);
	assert_int_equal(f.label, NOROSHI_TLP_AMBER);
	assert_true(f.raised);
	floor_free(&f);
}

static void
the_cases_own_label_is_a_floor_of_ours(void **state)
{
	struct store *s = *state;
	int64_t cases = store_case(s, "case");
	struct outgoing o = {
	    .label_asked = true, .label = NOROSHI_TLP_GREEN, .cases = cases};
	struct floor f;
	struct err e = {0};

	ok(case_set_label(s->db, cases, NOROSHI_TLP_AMBER_STRICT, &e), &e);
	f = floor_of(s, &o, "Hello");
	assert_int_equal(f.label, NOROSHI_TLP_AMBER_STRICT);
	assert_true(f.lowered);
	assert_false(f.lowered_third);
	floor_free(&f);
}

static void
a_quote_of_a_higher_label_raises_the_message_not_our_own_text(void **state)
{
	struct store *s = *state;
	int64_t cases = store_case(s, "case");
	struct outgoing o = {
	    .label_asked = true, .label = NOROSHI_TLP_GREEN, .cases = cases};
	struct floor f;

	(void)said(s, SHA("1"), cases, "RED", "body", "Look:\n" PLAN "\n");
	f = floor_of(s, &o,
	    "As they say:\n> > the  ATTACKERS come back through"
	    " the printer in room 4.\n");
	assert_int_equal(f.label, NOROSHI_TLP_RED);
	assert_true(f.raised);
	assert_false(f.lowered);
	assert_int_equal(f.items, 2);
	assert_int_equal(f.item[0].label, NOROSHI_TLP_GREEN);
	assert_int_equal(f.item[1].origin, NOROSHI_ORIGIN_THIRD);
	assert_int_equal(f.item[1].source, 1);
	assert_true(strs_has(&f.quoted, "1"));
	floor_free(&f);
}

static void
a_case_with_a_red_message_does_not_lock_its_other_answers(void **state)
{
	struct store *s = *state;
	int64_t cases = store_case(s, "case");
	struct outgoing o = {.cases = cases};
	struct floor f;

	(void)said(s, SHA("1"), cases, "RED", "body", PLAN);
	o.answers = said(s, SHA("2"), cases, "AMBER", "default",
	    "There is a phishing page at our address.");
	f = floor_of(
	    s, &o, "Thank you.\n> There is a phishing page at our address.\n");
	assert_int_equal(f.label, NOROSHI_TLP_AMBER);
	assert_int_equal(f.items, 2);
	assert_int_equal(f.item[1].source, 2);
	assert_true(f.item[0].label_by_default && f.item[1].label_by_default);
	assert_false(f.raised || f.lowered);
	floor_free(&f);
}

static void
a_stored_attachment_is_known_by_its_bytes(void **state)
{
	struct store *s = *state;
	int64_t cases = store_case(s, "case");
	struct outgoing o = {
	    .label_asked = true, .label = NOROSHI_TLP_GREEN, .cases = cases};
	struct floor f;

	(void)said(s, SHA("1"), cases, "AMBER+STRICT", "body", "");
	(void)outgoing_attach(&o, "x.txt", "text/plain", "data", 4);
	f = floor_of(s, &o, "See the file.");
	assert_int_equal(f.label, NOROSHI_TLP_AMBER_STRICT);
	assert_int_equal(f.items, 2);
	assert_true(f.raised);
	floor_free(&f);
	o = (struct outgoing){
	    .label_asked = true, .label = NOROSHI_TLP_GREEN, .cases = cases};
	(void)outgoing_attach(&o, "x.txt", "text/plain", "Data", 4);
	f = floor_of(s, &o, "See the file.");
	assert_int_equal(f.items, 1);
	floor_free(&f);
}

static void
a_label_in_our_own_words_raises_what_was_asked_for(void **state)
{
	struct outgoing o = {.label_asked = true, .label = NOROSHI_TLP_CLEAR};
	struct floor f = floor_of(*state, &o, "TLP:AMBER\n\nHello\n");

	assert_int_equal(f.label, NOROSHI_TLP_AMBER);
	assert_false(f.raised);
	floor_free(&f);
	o = (struct outgoing){.label_asked = true, .label = NOROSHI_TLP_CLEAR};
	f = floor_of(*state, &o, "Hello\n\n> TLP:RED\n> text\n");
	assert_int_equal(f.label, NOROSHI_TLP_RED);
	assert_true(f.raised);
	floor_free(&f);
}

static bool
apart(struct store *s, int64_t answers, const char *text, const char *file)
{
	struct outgoing o = {.answers = answers};
	struct floor f;
	bool is;

	if (file != NULL)
		(void)outgoing_attach(
		    &o, "x.txt", "text/plain", file, strlen(file));
	f = floor_of(s, &o, text);
	is = f.apart;
	floor_free(&f);
	return is;
}

static void
what_was_decrypted_apart_is_known_in_a_quote_and_attached(void **state)
{
	struct store *s = *state;
	int64_t id = said(s, SHA("1"), 0, "AMBER", "body", PLAN);

	assert_true(apart(s, id, "Yes.\n> the door's code\n", NULL));
	assert_true(apart(s, id, "Yes.\n", SEALED));
	assert_true(apart(s, id, "Yes.\n", "> the door's code\n"));
	assert_false(apart(s, id, "Yes.\n> " PLAN "\n", NULL));
	assert_false(apart(s, id, "Yes.\n", "data"));
	assert_false(apart(s, 0, "Yes.\n> the door's code\n", NULL));
}

static bool
quotes(const char *text, const char *source)
{
	struct quote *q = quote_create(text, strlen(text));
	bool is = quote_of(q, source, strlen(source));

	quote_free(q);
	return is;
}

static void
a_quote_is_known_through_wrapping_width_and_case(void **state)
{
	(void)state;
	assert_true(quotes("> " PLAN, PLAN));
	assert_true(quotes(PLAN, PLAN));
	assert_true(quotes("> The attackers come\n> back through the\n"
			   "> printer in room 4. They wait until the\n"
			   "> night watch has gone home.\n",
	    "The attackers come back through the printer in room 4. They wait "
	    "until the night watch has gone home.\n"));
	assert_true(quotes("> ＴＨＥ　ＡＴＴＡＣＫＥＲＳ come back\n",
	    "the attackers come back\n"));
	assert_true(
	    quotes("> お世話になっております。調査の結果をお送りします。",
		"お世話になっております。調査の結果をお送りします。"));
	assert_true(quotes("> 203.0.113.7\n> 203.0.113.8\n> 203.0.113.9\n",
	    "203.0.113.7\n203.0.113.8\n203.0.113.9\n"));
}

static void
a_phrase_that_everybody_writes_is_no_quote(void **state)
{
	(void)state;
	assert_false(quotes("Thank you for your report.\n" PLAN,
	    "Thank you for your report.\nWe look at it.\n"));
	assert_false(quotes("> 203.0.113.7\n", "203.0.113.7\n"));
	assert_false(quotes("Hello\n-- \nExample CSIRT, 1 Harbour Street, "
			    "Example Town, example.org\n",
	    "Bye\n-- \nExample CSIRT, 1 Harbour Street, Example Town, "
	    "example.org\n"));
	/* both have it from a third, and here nothing is quoted */
	assert_false(quotes(PLAN, "> " PLAN));
	assert_true(quotes("> " PLAN, "> " PLAN));
	assert_false(quotes("", PLAN));
	assert_false(quotes(PLAN, ""));
	assert_false(quotes("\xff\xfe\n>", "\xff\xfe\n>"));
}

static void
what_the_answered_mail_quotes_of_ours_is_forgotten(void **state)
{
	const char *text = "> " PLAN "\n";
	struct quote *q = quote_create(text, strlen(text));

	(void)state;
	assert_true(quote_of(q, PLAN, strlen(PLAN)));
	quote_forget(q, PLAN, strlen(PLAN));
	assert_false(quote_of(q, PLAN, strlen(PLAN)));
	quote_free(q);
}

static void
a_downgrade_that_was_released_leaves_as_it_was_asked_for(void **state)
{
	struct store *s = *state;
	int64_t cases = store_case(s, "case");
	struct outgoing o = {
	    .label_asked = true, .label = NOROSHI_TLP_CLEAR, .cases = cases};
	struct floor f;
	struct err e = {0};

	ok(case_set_label(s->db, cases, NOROSHI_TLP_RED, &e), &e);
	f = floor_of(s, &o, "TLP:GREEN\n\nHello");
	assert_int_equal(f.label, NOROSHI_TLP_RED);
	assert_true(f.lowered);
	floor_lower(&f);
	assert_int_equal(f.label, NOROSHI_TLP_GREEN); /* what it says itself */
	assert_int_equal(f.item[0].label, NOROSHI_TLP_GREEN);
	assert_true(f.released && !f.lowered);
	floor_free(&f);
}

static void
a_released_downgrade_does_not_lower_what_it_quotes(void **state)
{
	struct store *s = *state;
	int64_t cases = store_case(s, "case");
	struct outgoing o = {
	    .label_asked = true, .label = NOROSHI_TLP_CLEAR, .cases = cases};
	struct floor f;
	struct err e = {0};

	(void)said(s, SHA("1"), cases, "AMBER", "body", PLAN);
	ok(case_set_label(s->db, cases, NOROSHI_TLP_RED, &e), &e);
	f = floor_of(s, &o, "> " PLAN "\n");
	floor_lower(&f);
	assert_int_equal(f.label, NOROSHI_TLP_AMBER);
	floor_free(&f);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, store_make, store_remove)

static void
what_an_attachment_says_of_itself_raises_the_message(void **state)
{
	struct outgoing o = {.label_asked = true, .label = NOROSHI_TLP_GREEN};
	struct floor f;

	(void)outgoing_attach(
	    &o, "list.txt", "text/plain", "TLP:AMBER\n\na list\n", 18);
	f = floor_of(*state, &o, "Hello");
	assert_int_equal(f.label, NOROSHI_TLP_AMBER);
	assert_int_equal(f.asked, NOROSHI_TLP_GREEN);
	assert_true(f.attachment_raised);
	assert_false(f.raised || f.lowered);
	assert_null(f.opaque);
	floor_free(&f);
}

static void
an_archive_that_nobody_reads_is_said(void **state)
{
	struct outgoing o = {.label_asked = true, .label = NOROSHI_TLP_GREEN};
	struct floor f;

	(void)outgoing_attach(
	    &o, "a.bin", "application/octet-stream", "7z\xbc\xaf\x27\x1c..", 8);
	f = floor_of(*state, &o, "Hello");
	assert_non_null(f.opaque);
	assert_false(f.attachment_raised);
	floor_free(&f);
}

static void
an_excerpt_of_facts_is_ours_and_quotes_nobody(void **state)
{
	struct store *s = *state;
	int64_t cases = store_case(s, "case");
	struct outgoing o = {.kind = xstrdup("facts"), .cases = cases};
	struct floor f;

	(void)said(s, SHA("1"), cases, "AMBER", "default", PLAN);
	f = floor_of(s, &o, "Please look at 203.0.113.7.");
	assert_int_equal(f.label, NOROSHI_TLP_GREEN);
	assert_int_equal(f.items, 1);
	assert_null(f.excerpt.why);
	floor_free(&f);
	o = (struct outgoing){.kind = xstrdup("facts"), .cases = cases};
	f = floor_of(s, &o, PLAN);
	assert_string_equal(f.excerpt.rule, "quote-higher");
	floor_free(&f);
	o = (struct outgoing){.kind = xstrdup("facts"), .cases = cases};
	f = floor_of(s, &o, "DESK@x.example saw 203.0.113.7");
	assert_string_equal(f.excerpt.rule, "downgrade");
	floor_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_downgrade_that_was_released_leaves_as_it_was_asked_for),
	    TEST(a_released_downgrade_does_not_lower_what_it_quotes),
	    TEST(a_text_without_anything_has_the_default_label),
	    TEST(what_an_attachment_says_of_itself_raises_the_message),
	    TEST(an_archive_that_nobody_reads_is_said),
	    TEST(an_excerpt_of_facts_is_ours_and_quotes_nobody),
	    TEST(the_label_asked_for_counts_where_nothing_is_above_it),
	    TEST(an_answer_does_not_fall_below_what_it_answers),
	    TEST(
		our_own_words_on_a_mail_without_a_label_have_the_one_asked_for),
	    TEST(the_cases_own_label_is_a_floor_of_ours),
	    TEST(a_quote_of_a_higher_label_raises_the_message_not_our_own_text),
	    TEST(a_case_with_a_red_message_does_not_lock_its_other_answers),
	    TEST(a_stored_attachment_is_known_by_its_bytes),
	    TEST(what_was_decrypted_apart_is_known_in_a_quote_and_attached),
	    TEST(a_label_in_our_own_words_raises_what_was_asked_for),
	    cmocka_unit_test(a_quote_is_known_through_wrapping_width_and_case),
	    cmocka_unit_test(a_phrase_that_everybody_writes_is_no_quote),
	    cmocka_unit_test(
		what_the_answered_mail_quotes_of_ours_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
