#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "noroshi.h"

#define OURS NOROSHI_ORIGIN_OURS
#define THIRD NOROSHI_ORIGIN_THIRD

/* The columns of the table in doc/ARCHITECTURE.md, in its order. */
static const struct {
	enum noroshi_tlp label;
	enum noroshi_origin origin;
} columns[] = {
    {NOROSHI_TLP_RED, OURS},
    {NOROSHI_TLP_RED, THIRD},
    {NOROSHI_TLP_AMBER_STRICT, OURS},
    {NOROSHI_TLP_AMBER_STRICT, THIRD},
    {NOROSHI_TLP_AMBER, OURS},
    {NOROSHI_TLP_AMBER, THIRD},
    {NOROSHI_TLP_GREEN, OURS},
    {NOROSHI_TLP_GREEN, THIRD},
    {NOROSHI_TLP_CLEAR, OURS},
};

/* clang-format off */

/* The table as it is printed there. */
static const struct {
	enum noroshi_relation relation;
	const char *cells; /* RED RED A+S A+S AMBER AMBER GREEN GREEN CLEAR */
} table[] = {
	/* 1   */ {NOROSHI_SOURCE,                  "A A A A A A A A A"},
	/* 2a  */ {NOROSHI_ORIGINAL_ADDRESSEE,      "A A A A A A A A A"},
	/* 2b  */ {NOROSHI_NAMED,                   "H H A H A H A A A"},
	/* 3   */ {NOROSHI_TEAM_READER,             "A A A A A A A A A"},
	/* 4   */ {NOROSHI_STAFF_PARTICIPANT,       "R R A A A A A A A"},
	/* 5   */ {NOROSHI_STAFF_OTHER,             "R R H H H H A A A"},
	/* 6   */ {NOROSHI_CONSTITUENT_PARTICIPANT, "R R H R A A A A A"},
	/* 7   */ {NOROSHI_CONSTITUENT_OTHER,       "R R R R H H A A A"},
	/* 8   */ {NOROSHI_PEER_PARTICIPANT,        "R R A R A R A A A"},
	/* 9   */ {NOROSHI_PEER_COMMUNITY,          "R R H R A R A A A"},
	/* 10  */ {NOROSHI_PEER_OTHER,              "R R H R H R A A A"},
	/* 11  */ {NOROSHI_FINDER_PARTICIPANT,      "R R H R H R A H A"},
	/* 12  */ {NOROSHI_AFFECTED_PARTY,          "R R R R H R A H A"},
	/* 12b */ {NOROSHI_PUBLIC_OTHER,            "R R R R R R H R A"},
	/* 13  */ {NOROSHI_AUTHORITY,               "H H H H H H H H A"},
	/* 14  */ {NOROSHI_PRESS,                   "R R R R R R R R H"},
	/* 14b */ {NOROSHI_VICTIM,                  "R R R R H R H R H"},
	/* 15  */ {NOROSHI_LIST_STAFF,              "R R H H H H A A A"},
	/* 16  */ {NOROSHI_LIST_CONSTITUENT,        "R R R R H H A A A"},
	/* 17  */ {NOROSHI_LIST_COMMUNITY,          "R R H R H R A A A"},
	/* 18  */ {NOROSHI_LIST_OTHER,              "R R R R R R H H A"},
	/* 19  */ {NOROSHI_LIST_OPEN,               "R R R R R R R R H"},
};

/* The rule of each row and label; where third is NULL, as ours. */
static const struct {
	enum noroshi_relation first;
	enum noroshi_relation last;
	enum noroshi_tlp label;
	const char *ours;
	const char *third;
} names[] = {
	{NOROSHI_STAFF_PARTICIPANT, NOROSHI_PUBLIC_OTHER,
	    NOROSHI_TLP_RED, "red-not-named", NULL},
	{NOROSHI_PRESS, NOROSHI_VICTIM,
	    NOROSHI_TLP_RED, "red-not-named", NULL},
	{NOROSHI_LIST_STAFF, NOROSHI_LIST_OPEN,
	    NOROSHI_TLP_RED, "red-list", NULL},
	{NOROSHI_STAFF_PARTICIPANT, NOROSHI_STAFF_PARTICIPANT,
	    NOROSHI_TLP_AMBER_STRICT, "staff-need-to-know", NULL},
	{NOROSHI_STAFF_OTHER, NOROSHI_STAFF_OTHER,
	    NOROSHI_TLP_AMBER_STRICT, "staff-not-in-case", NULL},
	{NOROSHI_CONSTITUENT_PARTICIPANT, NOROSHI_PUBLIC_OTHER,
	    NOROSHI_TLP_AMBER_STRICT, "strict-outside-org", NULL},
	{NOROSHI_LIST_STAFF, NOROSHI_LIST_OPEN,
	    NOROSHI_TLP_AMBER_STRICT, "strict-list", NULL},
	{NOROSHI_STAFF_PARTICIPANT, NOROSHI_STAFF_PARTICIPANT,
	    NOROSHI_TLP_AMBER, "need-to-know", NULL},
	{NOROSHI_STAFF_OTHER, NOROSHI_STAFF_OTHER,
	    NOROSHI_TLP_AMBER, "staff-not-in-case", NULL},
	{NOROSHI_CONSTITUENT_PARTICIPANT, NOROSHI_CONSTITUENT_PARTICIPANT,
	    NOROSHI_TLP_AMBER, "need-to-know", NULL},
	{NOROSHI_CONSTITUENT_OTHER, NOROSHI_CONSTITUENT_OTHER,
	    NOROSHI_TLP_AMBER, "client-not-affected", NULL},
	{NOROSHI_PEER_PARTICIPANT, NOROSHI_PEER_OTHER,
	    NOROSHI_TLP_AMBER, "amber-peer", "amber-third-party"},
	{NOROSHI_FINDER_PARTICIPANT, NOROSHI_FINDER_PARTICIPANT,
	    NOROSHI_TLP_AMBER, "amber-outside-clients", NULL},
	{NOROSHI_AFFECTED_PARTY, NOROSHI_AFFECTED_PARTY,
	    NOROSHI_TLP_AMBER, "affected-party", "amber-outside-clients"},
	{NOROSHI_PUBLIC_OTHER, NOROSHI_PUBLIC_OTHER,
	    NOROSHI_TLP_AMBER, "amber-outside-clients", NULL},
	{NOROSHI_LIST_STAFF, NOROSHI_LIST_OPEN,
	    NOROSHI_TLP_AMBER, "amber-list", "amber-third-party"},
	{NOROSHI_STAFF_PARTICIPANT, NOROSHI_PEER_COMMUNITY,
	    NOROSHI_TLP_GREEN, "green-community", NULL},
	{NOROSHI_PEER_OTHER, NOROSHI_PEER_OTHER,
	    NOROSHI_TLP_GREEN, "green-other-community", NULL},
	{NOROSHI_FINDER_PARTICIPANT, NOROSHI_FINDER_PARTICIPANT,
	    NOROSHI_TLP_GREEN, "green-public", NULL},
	{NOROSHI_AFFECTED_PARTY, NOROSHI_AFFECTED_PARTY,
	    NOROSHI_TLP_GREEN, "affected-party", NULL},
	{NOROSHI_PUBLIC_OTHER, NOROSHI_PUBLIC_OTHER,
	    NOROSHI_TLP_GREEN, "green-public", NULL},
	{NOROSHI_LIST_STAFF, NOROSHI_LIST_COMMUNITY,
	    NOROSHI_TLP_GREEN, "green-community", NULL},
	{NOROSHI_LIST_OTHER, NOROSHI_LIST_OTHER,
	    NOROSHI_TLP_GREEN, "green-other-community", NULL},
	{NOROSHI_LIST_OPEN, NOROSHI_LIST_OPEN,
	    NOROSHI_TLP_GREEN, "green-open-list", NULL},
	{NOROSHI_AFFECTED_PARTY, NOROSHI_AFFECTED_PARTY,
	    NOROSHI_TLP_CLEAR, "affected-party", NULL},
	{NOROSHI_STAFF_PARTICIPANT, NOROSHI_PUBLIC_OTHER,
	    NOROSHI_TLP_CLEAR, "clear", NULL},
	{NOROSHI_LIST_STAFF, NOROSHI_LIST_OTHER,
	    NOROSHI_TLP_CLEAR, "clear", NULL},
	{NOROSHI_LIST_OPEN, NOROSHI_LIST_OPEN,
	    NOROSHI_TLP_CLEAR, "press-needs-pr", NULL},
};

/* Rows whose rule is the same at all labels, but 14 and 14b at RED. */
static const struct {
	enum noroshi_relation relation;
	const char *rule;
} everywhere[] = {
	{NOROSHI_SOURCE, "source-own"},
	{NOROSHI_ORIGINAL_ADDRESSEE, "original-addressee"},
	{NOROSHI_NAMED, "named"},
	{NOROSHI_TEAM_READER, "team-reader"},
	{NOROSHI_AUTHORITY, "authority-needs-legal"},
	{NOROSHI_PRESS, "press-needs-pr"},
	{NOROSHI_VICTIM, "victim-needs-legal"},
};

/* The channel table: E1, EI, E2, E0; '-': as the decision table says. */
static const struct {
	enum noroshi_tlp label;
	const char *cells;
	enum noroshi_encryption encryption;
} channels[] = {
	{NOROSHI_TLP_RED,          "- H R R", NOROSHI_ENCRYPTION_REQUIRED},
	{NOROSHI_TLP_AMBER_STRICT, "- - H R", NOROSHI_ENCRYPTION_REQUIRED},
	{NOROSHI_TLP_AMBER,        "- - H H", NOROSHI_ENCRYPTION_REQUIRED},
	{NOROSHI_TLP_GREEN,        "- - - -", NOROSHI_ENCRYPTION_PREFERRED},
	{NOROSHI_TLP_CLEAR,        "- - - -", NOROSHI_ENCRYPTION_OPTIONAL},
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static char
letter(enum noroshi_decision d)
{
	return "AHR"[d];
}

static void
check(const struct noroshi_question *q, char decision, const char *rule)
{
	struct noroshi_answer a;

	noroshi_gate(q, &a);
	if (letter(a.decision) != decision ||
	    (rule != NULL && strcmp(a.rule, rule) != 0))
		fail_msg("TLP:%s origin %d to %s channel %d: %c %s, not %c %s",
		    noroshi_tlp_name(q->label), q->origin,
		    noroshi_relation_name(q->relation), q->channel,
		    letter(a.decision), a.rule, decision,
		    rule != NULL ? rule : "");
}

static const char *
expected_rule(enum noroshi_relation relation, enum noroshi_tlp label,
    enum noroshi_origin origin)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].label == label && names[i].first <= relation &&
		    relation <= names[i].last)
			return origin == THIRD && names[i].third != NULL
				   ? names[i].third
				   : names[i].ours;
	for (size_t i = 0; i < COUNT(everywhere); i++)
		if (everywhere[i].relation == relation)
			return everywhere[i].rule;
	fail_msg("the standard names no rule");
	return NULL;
}

static void
each_cell_of_the_decision_table_is_as_printed(void **state)
{
	(void)state;
	assert_int_equal(COUNT(table), NOROSHI_RELATIONS);
	for (size_t r = 0; r < COUNT(table); r++) {
		for (size_t c = 0; c < COUNT(columns); c++) {
			struct noroshi_question q = {
			    .label = columns[c].label,
			    .origin = columns[c].origin,
			    .relation = table[r].relation,
			    .channel = NOROSHI_E1,
			};

			check(&q, table[r].cells[2 * c],
			    expected_rule(q.relation, q.label, q.origin));
		}
		/* CLEAR has one column for both origins. */
		check(&(struct noroshi_question){.label = NOROSHI_TLP_CLEAR,
			  .origin = THIRD,
			  .relation = table[r].relation},
		    table[r].cells[16], NULL);
	}
}

static void
each_channel_makes_it_stricter_and_never_looser(void **state)
{
	const char order[] = "AHR";

	(void)state;
	for (size_t r = 0; r < COUNT(table); r++) {
		for (size_t n = 0; n < COUNT(columns) * 4; n++) {
			size_t c = n / 4;
			size_t l = NOROSHI_TLP_RED - columns[c].label;
			char cell = table[r].cells[2 * c];
			char channel = channels[l].cells[2 * (n % 4)];
			struct noroshi_question q = {
			    .label = columns[c].label,
			    .origin = columns[c].origin,
			    .relation = table[r].relation,
			    .channel = (enum noroshi_channel)(n % 4),
			};
			const char *rule = NULL;

			if (q.relation == NOROSHI_AUTHORITY && channel == 'R')
				channel = 'H';
			if (channel != '-' &&
			    strchr(order, channel) > strchr(order, cell)) {
				cell = channel;
				rule = q.channel == NOROSHI_E2
					   ? "channel-unverified"
					   : "channel-plain";
			}
			check(&q, cell, rule);
		}
	}
}

static void
encryption_follows_the_label(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(channels); i++) {
		struct noroshi_question q = {.label = channels[i].label};
		struct noroshi_answer a;

		noroshi_gate(&q, &a);
		assert_int_equal(a.encryption, channels[i].encryption);
	}
	assert_string_equal(
	    noroshi_encryption_name(NOROSHI_ENCRYPTION_REQUIRED), "required");
	assert_string_equal(
	    noroshi_encryption_name(NOROSHI_ENCRYPTION_PREFERRED), "preferred");
	assert_string_equal(
	    noroshi_encryption_name(NOROSHI_ENCRYPTION_OPTIONAL), "optional");
}

#define ASK(decision, rule, ...)                                               \
	check(&(struct noroshi_question){__VA_ARGS__}, decision, rule)

static void
each_parenthesis_of_the_table_holds_for_its_cell(void **state)
{
	(void)state;
#define ROW9 .origin = THIRD, .relation = NOROSHI_PEER_COMMUNITY
	ASK('H', "strict-outside-org", .label = NOROSHI_TLP_AMBER_STRICT, ROW9,
	    .same_community = true);
	ASK('H', "strict-outside-org", .label = NOROSHI_TLP_AMBER_STRICT, ROW9,
	    .declared_organisation = true);
	ASK('A', "amber-third-party", .label = NOROSHI_TLP_AMBER, ROW9,
	    .same_community = true);
	ASK('H', "amber-third-party", .label = NOROSHI_TLP_AMBER, ROW9,
	    .declared_organisation = true);
	ASK('R', "red-not-named", .label = NOROSHI_TLP_RED, ROW9,
	    .same_community = true, .declared_organisation = true);
	ASK('R', "green-other-community", .label = NOROSHI_TLP_GREEN,
	    .origin = THIRD, .relation = NOROSHI_PEER_OTHER,
	    .other_community = true);
	ASK('A', "green-other-community", .label = NOROSHI_TLP_GREEN,
	    .origin = OURS, .relation = NOROSHI_PEER_OTHER,
	    .other_community = true);
#define ROW15 .relation = NOROSHI_LIST_STAFF, .all_participants = true
	ASK('A', "strict-list", .label = NOROSHI_TLP_AMBER_STRICT, ROW15);
	ASK('A', "strict-list", .label = NOROSHI_TLP_AMBER_STRICT, ROW15,
	    .origin = THIRD);
	ASK('A', "amber-list", .label = NOROSHI_TLP_AMBER, ROW15);
	ASK('A', "amber-third-party", .label = NOROSHI_TLP_AMBER, ROW15,
	    .origin = THIRD);
	ASK('R', "red-list", .label = NOROSHI_TLP_RED, ROW15);
#define ROW17 .relation = NOROSHI_LIST_COMMUNITY
	ASK('H', "strict-list", .label = NOROSHI_TLP_AMBER_STRICT, ROW17,
	    .origin = THIRD, .same_community = true);
	ASK('H', "strict-list", .label = NOROSHI_TLP_AMBER_STRICT, ROW17,
	    .origin = THIRD, .declared_organisation = true);
	ASK('A', "amber-list", .label = NOROSHI_TLP_AMBER, ROW17,
	    .single_release = true);
	ASK('R', "amber-third-party", .label = NOROSHI_TLP_AMBER, ROW17,
	    .origin = THIRD, .single_release = true);
	ASK('A', "amber-third-party", .label = NOROSHI_TLP_AMBER, ROW17,
	    .origin = THIRD, .same_community = true);
	ASK('H', "amber-third-party", .label = NOROSHI_TLP_AMBER, ROW17,
	    .origin = THIRD, .declared_organisation = true);
	ASK('R', "green-other-community", .label = NOROSHI_TLP_GREEN,
	    .origin = THIRD, .relation = NOROSHI_LIST_OTHER,
	    .other_community = true);
#define ROW19 .label = NOROSHI_TLP_CLEAR, .relation = NOROSHI_LIST_OPEN
	ASK('A', "clear", ROW19, .own_list = true, .poc_signed = true);
	ASK('H', "press-needs-pr", ROW19, .own_list = true);
	ASK('H', "press-needs-pr", ROW19, .poc_signed = true);
}

static void
a_role_mailbox_is_no_person_for_red(void **state)
{
	(void)state;
#define RED_ROLE .label = NOROSHI_TLP_RED, .role_mailbox = true
	ASK('R', "red-role-mailbox", RED_ROLE, .relation = NOROSHI_NAMED);
	ASK('R', "red-role-mailbox", RED_ROLE,
	    .relation = NOROSHI_PEER_PARTICIPANT);
	ASK('R', "red-role-mailbox", RED_ROLE, .relation = NOROSHI_PRESS);
	ASK('A', "source-own", RED_ROLE, .relation = NOROSHI_SOURCE);
	ASK('A', "original-addressee", RED_ROLE,
	    .relation = NOROSHI_ORIGINAL_ADDRESSEE);
	ASK('A', "team-reader", RED_ROLE, .relation = NOROSHI_TEAM_READER);
	ASK('H', "authority-needs-legal", RED_ROLE,
	    .relation = NOROSHI_AUTHORITY);
	ASK('R', "red-list", RED_ROLE, .relation = NOROSHI_LIST_STAFF);
	ASK('R', "channel-plain", RED_ROLE, .relation = NOROSHI_TEAM_READER,
	    .channel = NOROSHI_EI);
}

static void
an_ordinary_reporter_is_answered_in_clear(void **state)
{
	const struct noroshi_question own = {
	    .label = NOROSHI_TLP_AMBER,
	    .relation = NOROSHI_SOURCE,
	    .channel = NOROSHI_E0,
	    .label_by_default = true,
	    .answers_own_mail = true,
	};
	struct noroshi_question q = own;

	(void)state;
	check(&q, 'A', "source-own");
	q.label_by_default = false; /* an explicit AMBER still holds */
	check(&q, 'H', "channel-plain");
	q = own;
	q.came_encrypted = true;
	check(&q, 'H', "channel-plain");
	q = own;
	q.answers_own_mail = false;
	check(&q, 'H', "channel-plain");
	q = own;
	q.relation = NOROSHI_CONSTITUENT_PARTICIPANT;
	check(&q, 'H', "channel-plain");
	q = own;
	q.label = NOROSHI_TLP_AMBER_STRICT;
	check(&q, 'R', "channel-plain");
	q = own;
	q.channel = NOROSHI_E2;
	check(&q, 'H', "channel-unverified");
}

static void
what_came_encrypted_does_not_go_back_in_clear(void **state)
{
	(void)state;
	ASK('H', "channel-plain", .label = NOROSHI_TLP_GREEN,
	    .relation = NOROSHI_SOURCE, .channel = NOROSHI_E0,
	    .came_encrypted = true);
	ASK('A', "source-own", .label = NOROSHI_TLP_GREEN,
	    .relation = NOROSHI_SOURCE, .channel = NOROSHI_E1,
	    .came_encrypted = true);
	/* our answer, to whom else it goes */
	ASK('H', "channel-plain", .label = NOROSHI_TLP_GREEN,
	    .relation = NOROSHI_PEER_PARTICIPANT, .channel = NOROSHI_E0,
	    .came_encrypted = true);
}

static void
green_that_came_encrypted_is_passed_on_as_the_table_says(void **state)
{
	(void)state;
	ASK('A', "green-community", .label = NOROSHI_TLP_GREEN,
	    .origin = NOROSHI_ORIGIN_THIRD,
	    .relation = NOROSHI_CONSTITUENT_OTHER, .channel = NOROSHI_E0,
	    .came_encrypted = true);
	ASK('H', "affected-party", .label = NOROSHI_TLP_GREEN,
	    .origin = NOROSHI_ORIGIN_THIRD, .relation = NOROSHI_AFFECTED_PARTY,
	    .channel = NOROSHI_E0, .came_encrypted = true);
}

/* What a team meets on its days, one question each. */
static void
the_cases_a_team_meets_come_out_as_agreed(void **state)
{
	(void)state;
	/* 1: also 18 */
	ASK('A', "source-own", .label = NOROSHI_TLP_AMBER,
	    .relation = NOROSHI_SOURCE, .channel = NOROSHI_E0,
	    .label_by_default = true, .answers_own_mail = true);
	/* 2 */
	ASK('A', "need-to-know", .label = NOROSHI_TLP_AMBER, .origin = THIRD,
	    .relation = NOROSHI_CONSTITUENT_PARTICIPANT);
	/* 3 */
	ASK('R', "amber-third-party", .label = NOROSHI_TLP_AMBER,
	    .origin = THIRD, .relation = NOROSHI_LIST_COMMUNITY);
	/* 4 */
	ASK('H', "amber-list", .label = NOROSHI_TLP_AMBER,
	    .relation = NOROSHI_LIST_COMMUNITY, .poc_signed = true);
	/* 5 */
	ASK('R', "red-not-named", .label = NOROSHI_TLP_RED, .origin = THIRD,
	    .relation = NOROSHI_STAFF_OTHER);
	ASK('H', "named", .label = NOROSHI_TLP_RED, .origin = THIRD,
	    .relation = NOROSHI_NAMED);
	/* 6: its label stayed AMBER, unlabelled counts as ours */
	ASK('R', "amber-list", .label = NOROSHI_TLP_AMBER,
	    .relation = NOROSHI_LIST_OPEN);
	/* 7 */
	ASK('A', "green-public", .label = NOROSHI_TLP_GREEN,
	    .relation = NOROSHI_FINDER_PARTICIPANT);
	ASK('H', "green-public", .label = NOROSHI_TLP_GREEN, .origin = THIRD,
	    .relation = NOROSHI_FINDER_PARTICIPANT);
	/* 8 */
	ASK('H', "press-needs-pr", .label = NOROSHI_TLP_CLEAR,
	    .relation = NOROSHI_PRESS);
	/* 10 */
	ASK('H', "key-unusable", .label = NOROSHI_TLP_AMBER,
	    .relation = NOROSHI_PEER_PARTICIPANT, .channel = NOROSHI_E0,
	    .key_unusable = true);
	/* 12 */
	ASK('R', "strict-outside-org", .label = NOROSHI_TLP_AMBER_STRICT,
	    .origin = THIRD, .relation = NOROSHI_CONSTITUENT_PARTICIPANT);
	ASK('H', "strict-outside-org", .label = NOROSHI_TLP_AMBER_STRICT,
	    .relation = NOROSHI_CONSTITUENT_PARTICIPANT);
	/* 13 */
	ASK('H', "channel-plain", .label = NOROSHI_TLP_AMBER,
	    .relation = NOROSHI_PEER_COMMUNITY, .channel = NOROSHI_E0);
	/* 14 */
	ASK('A', "affected-party", .label = NOROSHI_TLP_CLEAR,
	    .relation = NOROSHI_AFFECTED_PARTY);
	ASK('H', "affected-party", .label = NOROSHI_TLP_AMBER,
	    .relation = NOROSHI_AFFECTED_PARTY);
	/* 15 */
	ASK('H', "amber-peer", .label = NOROSHI_TLP_AMBER,
	    .relation = NOROSHI_PEER_OTHER);
	ASK('A', "green-other-community", .label = NOROSHI_TLP_GREEN,
	    .relation = NOROSHI_PEER_OTHER);
	/* 16 */
	ASK('A', "amber-third-party", .label = NOROSHI_TLP_AMBER,
	    .origin = THIRD, .relation = NOROSHI_LIST_COMMUNITY,
	    .same_community = true);
	/* 17 */
	ASK('A', "source-own", .label = NOROSHI_TLP_AMBER,
	    .relation = NOROSHI_SOURCE, .channel = NOROSHI_E1);
	/* 20 */
	ASK('A', "need-to-know", .label = NOROSHI_TLP_AMBER, .origin = THIRD,
	    .relation = NOROSHI_STAFF_PARTICIPANT, .channel = NOROSHI_EI);
}

static void
values_out_of_range_are_judged_strictly(void **state)
{
	(void)state;
	ASK('R', NULL, .label = (enum noroshi_tlp)9,
	    .relation = (enum noroshi_relation)99,
	    .channel = (enum noroshi_channel)7);
	/* Nobody knows that it is our own list either. */
	ASK('H', NULL, .label = NOROSHI_TLP_CLEAR,
	    .relation = (enum noroshi_relation)99, .own_list = true,
	    .poc_signed = true);
	assert_string_equal(
	    noroshi_decision_name((enum noroshi_decision)9), "refuse");
	assert_string_equal(
	    noroshi_relation_name((enum noroshi_relation)99), "unknown");
}

static void
a_reason_is_one_sentence_that_names_label_and_relation(void **state)
{
	(void)state;
	for (size_t r = 0; r < COUNT(table); r++) {
		for (size_t n = 0; n < COUNT(columns) * 4; n++) {
			struct noroshi_question q = {
			    .label = columns[n / 4].label,
			    .origin = columns[n / 4].origin,
			    .relation = table[r].relation,
			    .channel = (enum noroshi_channel)(n % 4),
			};
			struct noroshi_answer a;
			char text[400];
			char label[32] = "TLP:";

			noroshi_gate(&q, &a);
			assert_ptr_equal(
			    noroshi_gate_reason(&q, &a, text, sizeof(text)),
			    text);
			memcpy(label + 4, noroshi_tlp_name(q.label),
			    strlen(noroshi_tlp_name(q.label)) + 1);
			assert_ptr_equal(strstr(text, label), text);
			assert_ptr_equal(
			    strchr(text, '.'), text + strlen(text) - 1);
			/* Each rule says itself what would help. */
			assert_null(strstr(text, "look at it"));
			if (a.decision != NOROSHI_ALLOW)
				assert_non_null(strchr(text, ':'));
		}
	}
}

static void
a_reason_is_cut_to_its_size(void **state)
{
	struct noroshi_question q = {
	    .label = NOROSHI_TLP_RED, .relation = NOROSHI_PRESS};
	struct noroshi_answer a;
	char text[8] = "........";

	(void)state;
	noroshi_gate(&q, &a);
	noroshi_gate_reason(&q, &a, text, sizeof(text));
	assert_string_equal(text, "TLP:RED");
}

static void
green_in_clear_waits_where_the_team_wants_it(void **state)
{
	struct noroshi_question q = {.label = NOROSHI_TLP_GREEN,
	    .relation = NOROSHI_PEER_OTHER,
	    .channel = NOROSHI_E0,
	    .green_encrypted = true};
	struct noroshi_answer a;

	(void)state;
	noroshi_gate(&q, &a);
	assert_int_equal(a.decision, NOROSHI_HOLD);
	assert_string_equal(a.rule, "channel-plain");
	q.channel = NOROSHI_E1;
	noroshi_gate(&q, &a);
	assert_int_equal(a.decision, NOROSHI_ALLOW);
	q.channel = NOROSHI_E0;
	q.label = NOROSHI_TLP_CLEAR;
	noroshi_gate(&q, &a);
	assert_int_equal(a.decision, NOROSHI_ALLOW);
	q.label = NOROSHI_TLP_GREEN;
	q.green_encrypted = false;
	noroshi_gate(&q, &a);
	assert_int_equal(a.decision, NOROSHI_ALLOW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(green_in_clear_waits_where_the_team_wants_it),
	    cmocka_unit_test(each_cell_of_the_decision_table_is_as_printed),
	    cmocka_unit_test(each_channel_makes_it_stricter_and_never_looser),
	    cmocka_unit_test(encryption_follows_the_label),
	    cmocka_unit_test(each_parenthesis_of_the_table_holds_for_its_cell),
	    cmocka_unit_test(a_role_mailbox_is_no_person_for_red),
	    cmocka_unit_test(an_ordinary_reporter_is_answered_in_clear),
	    cmocka_unit_test(what_came_encrypted_does_not_go_back_in_clear),
	    cmocka_unit_test(
		green_that_came_encrypted_is_passed_on_as_the_table_says),
	    cmocka_unit_test(the_cases_a_team_meets_come_out_as_agreed),
	    cmocka_unit_test(values_out_of_range_are_judged_strictly),
	    cmocka_unit_test(
		a_reason_is_one_sentence_that_names_label_and_relation),
	    cmocka_unit_test(a_reason_is_cut_to_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
