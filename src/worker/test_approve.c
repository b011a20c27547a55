#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "worker/approve.h"
#include "worker/release.h"

/* The word in a heap block of just its size. */
static enum approve_kind
word(const char *text, bool *in_clear, char **why)
{
	size_t len = strlen(text);
	char *exact = xmalloc(len == 0 ? 1 : len);
	enum approve_kind kind;
	struct buf reason;

	memcpy(exact, text, len);
	kind = approve_word(exact, len, in_clear, &reason);
	free(exact);
	if (why != NULL)
		*why = xstrdup(buf_str(&reason));
	buf_free(&reason);
	return kind;
}

static void
a_word_alone_on_the_first_line_counts(void **state)
{
	static const struct {
		const char *text;
		enum approve_kind kind;
		bool in_clear;
	} table[] = {{"approve\n", APPROVE_RELEASE, false},
	    {"\r\n  Approve.\r\nthanks\r\n", APPROVE_RELEASE, false},
	    {"RELEASE", APPROVE_RELEASE, false},
	    {"承認", APPROVE_RELEASE, false},
	    {"承認。\n", APPROVE_RELEASE, false},
	    {"approve in clear\n", APPROVE_RELEASE, true},
	    {"平文で承認\n", APPROVE_RELEASE, true},
	    {"cancel\n", APPROVE_CANCEL, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		bool in_clear;

		assert_int_equal(
		    word(table[i].text, &in_clear, NULL), table[i].kind);
		assert_int_equal(in_clear, table[i].in_clear);
	}
}

static void
anything_else_is_no_word(void **state)
{
	static const char *const text[] = {"", "\n\n", "approved\n",
	    "approve it\n", "I approve\n", "approve in clear?\n",
	    "approve in  clear\n", "> approve\n", "承認しません\n",
	    "not yet\napprove\n", "approver\n", "cancel that\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
		bool in_clear;

		if (word(text[i], &in_clear, NULL) != APPROVE_NONE)
			fail_msg("\"%s\" is taken for a word", text[i]);
	}
}

static void
what_stands_behind_reject_is_its_reason(void **state)
{
	bool in_clear;
	char *why;

	(void)state;
	assert_int_equal(word("reject: wrong client\nKen\n", &in_clear, &why),
	    APPROVE_REJECT);
	assert_string_equal(why, "wrong client");
	free(why);
	assert_int_equal(
	    word("差戻し　宛先が違います\n", &in_clear, &why), APPROVE_REJECT);
	assert_string_equal(why, "宛先が違います");
	free(why);
	assert_int_equal(word("reject\n", &in_clear, &why), APPROVE_REJECT);
	assert_string_equal(why, "");
	free(why);
}

static void
a_line_without_end_is_no_word(void **state)
{
	char *line = xmalloc(5000);
	bool in_clear;

	(void)state;
	memset(line, 'x', 4999);
	memcpy(line, "reject ", 7);
	line[4999] = '\0';
	assert_int_equal(word(line, &in_clear, NULL), APPROVE_NONE);
	free(line);
}

/* --- whose word lets it go ------------------------------------------------ */

/* A hold under that rule and label, and what these approvals make of it. */
static enum noroshi_decision
judged(
    const char *rule, enum noroshi_tlp label, struct approval *a, size_t count)
{
	char author[] = "user:taro";
	struct outgoing o = {.author = 1, .identity = author};
	struct floor floor = {.label = label};
	struct case_file incident = {.id = 0};
	struct community community = {.id = 0};
	struct contact writer = {.id = 0};
	struct release_question q = {.outgoing = &o,
	    .floor = &floor,
	    .incident = &incident,
	    .author = &writer,
	    .community = &community,
	    .approval = a,
	    .approvals = count};
	struct recipient r = {.has_key = true,
	    .answer = {.decision = NOROSHI_HOLD, .rule = rule}};

	release_judge(&q, &r);
	return r.answer.decision;
}

static struct approval
by(int64_t contact, const char *identity, const char *role)
{
	return (struct approval){.contact = contact,
	    .identity = (char *)(uintptr_t)identity,
	    .role = (char *)(uintptr_t)role};
}

static void
an_authority_asks_for_two_people_one_for_legal(void **state)
{
	struct approval poc = by(2, "key:A", "poc"),
			poc_again = by(2, "user:ken", "poc"),
			legal = by(3, "key:B", "legal"),
			paper = by(2, "outside:1", "legal"),
			approver = by(4, "key:C", "approver");
	struct approval both[] = {poc, legal}, same[] = {poc, poc_again},
			entered[] = {poc, paper}, low[] = {legal, approver};
	const char *rule = "authority-needs-legal";

	(void)state;
	assert_int_equal(
	    judged(rule, NOROSHI_TLP_AMBER, both, 2), NOROSHI_ALLOW);
	assert_int_equal(
	    judged(rule, NOROSHI_TLP_AMBER, entered, 2), NOROSHI_ALLOW);
	assert_int_equal(
	    judged(rule, NOROSHI_TLP_AMBER, same, 2), NOROSHI_HOLD);
	assert_int_equal(judged(rule, NOROSHI_TLP_AMBER, low, 2), NOROSHI_HOLD);
	assert_int_equal(
	    judged(rule, NOROSHI_TLP_AMBER, both, 1), NOROSHI_HOLD);
	assert_int_equal(
	    judged(rule, NOROSHI_TLP_AMBER, &paper, 1), NOROSHI_HOLD);
}

static void
the_press_asks_for_pr_beside_the_head(void **state)
{
	struct approval poc = by(2, "key:A", "poc"), pr = by(3, "key:B", "pr"),
			legal = by(3, "key:B", "legal");
	struct approval both[] = {poc, pr}, wrong[] = {poc, legal};
	const char *rule = "press-needs-pr";

	(void)state;
	assert_int_equal(
	    judged(rule, NOROSHI_TLP_CLEAR, both, 2), NOROSHI_ALLOW);
	assert_int_equal(
	    judged(rule, NOROSHI_TLP_CLEAR, &poc, 1), NOROSHI_HOLD);
	assert_int_equal(judged(rule, NOROSHI_TLP_CLEAR, &pr, 1), NOROSHI_HOLD);
	assert_int_equal(
	    judged(rule, NOROSHI_TLP_CLEAR, wrong, 2), NOROSHI_HOLD);
}

static void
who_is_alone_confirms_their_own_but_never_red(void **state)
{
	struct approval self = by(1, "user:taro", "self"),
			other = by(2, "user:ken", "self");

	(void)state;
	assert_int_equal(
	    judged("amber-peer", NOROSHI_TLP_AMBER, &self, 1), NOROSHI_ALLOW);
	assert_int_equal(
	    judged("amber-peer", NOROSHI_TLP_AMBER, &other, 1), NOROSHI_HOLD);
	assert_int_equal(
	    judged("named", NOROSHI_TLP_RED, &self, 1), NOROSHI_HOLD);
	assert_int_equal(judged("press-needs-pr", NOROSHI_TLP_CLEAR, &self, 1),
	    NOROSHI_HOLD);
}

static void
an_approver_releases_amber_and_not_red(void **state)
{
	struct approval approver = by(4, "key:C", "approver"),
			legal = by(3, "key:B", "legal"),
			author = by(1, "key:D", "poc"),
			hand = by(4, "user:taro", "poc");

	(void)state;
	assert_int_equal(judged("amber-peer", NOROSHI_TLP_AMBER, &approver, 1),
	    NOROSHI_ALLOW);
	assert_int_equal(
	    judged("named", NOROSHI_TLP_RED, &approver, 1), NOROSHI_HOLD);
	assert_int_equal(
	    judged("amber-peer", NOROSHI_TLP_AMBER, &legal, 1), NOROSHI_HOLD);
	assert_int_equal(
	    judged("amber-peer", NOROSHI_TLP_AMBER, &author, 1), NOROSHI_HOLD);
	assert_int_equal(
	    judged("amber-peer", NOROSHI_TLP_AMBER, &hand, 1), NOROSHI_HOLD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_word_alone_on_the_first_line_counts),
	    cmocka_unit_test(anything_else_is_no_word),
	    cmocka_unit_test(what_stands_behind_reject_is_its_reason),
	    cmocka_unit_test(a_line_without_end_is_no_word),
	    cmocka_unit_test(an_authority_asks_for_two_people_one_for_legal),
	    cmocka_unit_test(the_press_asks_for_pr_beside_the_head),
	    cmocka_unit_test(who_is_alone_confirms_their_own_but_never_red),
	    cmocka_unit_test(an_approver_releases_amber_and_not_red),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
