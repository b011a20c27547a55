#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/case_people.h"
#include "cases/reference.h"
#include "cases/test_scene.h"
#include "cases/token.h"

#define TAG "EX-2026-0001"
#define NUMBER "JPCERT#12345678"

/* The four ways to name a case. */
enum way { TO_THEIRS, TO_OURS, IN_SUBJECT, IN_OUTER_SUBJECT, WAYS };

static struct thread
asked(struct scene *sc, const struct sender *sender, enum way way)
{
	switch (way) {
	case TO_THEIRS:
		return scene_found(sc, sender, "<theirs@x>", "Re: it", NULL);
	case TO_OURS:
		return scene_found(sc, sender, "<ours@y>", "Re: it", NULL);
	case IN_SUBJECT:
		return scene_found(sc, sender, NULL, "Re: [" TAG "] it", "...");
	case IN_OUTER_SUBJECT:
	case WAYS:
		break;
	}
	return scene_found(sc, sender, NULL, NULL, "Re: [" TAG "] it");
}

/* 'T' joins, trusted; 'u' joins, untrusted; 'n' only names the case. */
static void
check_ways(struct scene *sc, const struct sender *sender, const char *expected)
{
	for (enum way way = 0; way < WAYS; way++) {
		struct thread t = asked(sc, sender, way);
		bool joins = expected[way] != 'n';
		bool refers = way == TO_THEIRS || way == TO_OURS;

		assert_int_equal(t.cases, joins ? sc->cases : 0);
		assert_int_equal(t.named, joins ? 0 : sc->cases);
		assert_int_equal(t.untrusted, expected[way] == 'u');
		assert_int_equal(t.parent, joins && refers ? sc->message : 0);
	}
}

static void
each_evidence_reaches_just_what_it_may(void **state)
{
	struct scene sc = scene_make(state);

	check_ways(&sc, &by_signature, "TTTT");
	check_ways(&sc, &by_dkim, "TTTT");
	check_ways(&sc, &by_address, "uunn");
	check_ways(&sc, &unknown, "nunn");
}

static void
who_takes_part_joins_but_is_no_more_trusted_for_it(void **state)
{
	struct scene sc = scene_make(state);
	struct err e = {0};

	ok(case_participant_add(sc.s->db, NOW, sc.cases, 0, FROM, NULL, &e),
	    &e);
	check_ways(&sc, &by_signature, "TTTT");
	check_ways(&sc, &by_dkim, "TTTT");
	check_ways(&sc, &by_address, "uuuu");
	check_ways(&sc, &unknown, "uuuu");
}

static void
a_contact_takes_part_under_each_of_its_addresses(void **state)
{
	struct scene sc = scene_make(state);
	struct err e = {0};

	ok(case_participant_add(
	       sc.s->db, NOW, sc.cases, 5, "old@x.example", NULL, &e),
	    &e);
	check_ways(&sc, &by_address, "uuuu");
	check_ways(&sc, &unknown, "nunn");
}

static void
an_alarming_sender_never_joins(void **state)
{
	const struct sender strong = {
	    .contact = 5, .evidence = EVIDENCE_SIGNATURE, .alarm = true};
	struct scene sc = scene_make(state);
	struct err e = {0};

	check_ways(&sc, &alarming, "nnnn");
	check_ways(&sc, &strong, "nnnn");
	ok(case_participant_add(sc.s->db, NOW, sc.cases, 5, FROM, NULL, &e),
	    &e);
	check_ways(&sc, &alarming, "nnnn");
	check_ways(&sc, &strong, "nnnn");
}

static void
a_message_without_from_joins_by_our_own_id_alone(void **state)
{
	struct scene sc = scene_make(state);
	struct head head = {0};
	struct thread_question q = {
	    .head = &head, .sender = &unknown, .prefix = "EX"};
	struct thread t;
	struct err e = {0};

	strs_add(&head.references, "<theirs@x>");
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, sc.cases);
	strs_add(&head.references, "<ours@y>");
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, sc.cases);
	assert_true(t.untrusted);
	strs_free(&head.references);
}

/* What an archive holds: the team's own mail of then, and answers to it. */
static void
an_archives_mail_of_our_own_joins_what_it_refers_to(void **state)
{
	struct scene sc = scene_make(state);
	struct head head = {0};
	struct thread_question q = {.head = &head,
	    .sender = &unknown,
	    .from = "desk@team.example",
	    .prefix = "EX",
	    .subject = "Re: [team.example #4711] scan",
	    .import = true,
	    .self = 1000};
	struct err e = {0};
	struct thread t;

	strs_add(&head.references, "<theirs@x>");
	q.ours = true;
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, sc.cases);
	assert_true(t.untrusted);
	/* its number leads to that case, also without a reference */
	ok(thread_learn(sc.s->db, &q, sc.cases, true, &e), &e);
	strs_free(&head.references);
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, sc.cases);
	/* but nobody else who guesses it */
	q.ours = q.import = false;
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, 0);
}

static void
in_an_archive_an_answer_is_no_stranger_s_but_its_tag_is(void **state)
{
	struct scene sc = scene_make(state);
	struct head head = {0};
	struct thread_question q = {.head = &head,
	    .sender = &unknown,
	    .from = FROM,
	    .prefix = "EX",
	    .import = true,
	    .self = 1000};
	struct err e = {0};
	struct thread t;

	strs_add(&head.references, "<theirs@x>");
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, sc.cases);
	assert_int_equal(t.named, 0);
	assert_true(t.untrusted);
	q.sender = &alarming;
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, 0);
	q.sender = &unknown;
	q.import = false;
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, sc.cases);
	q.import = true;
	q.subject = "Re: [" TAG "] it";
	strs_free(&head.references);
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, 0);
}

static void
who_answers_what_the_team_wrote_before_it_moved_in_joins(void **state)
{
	struct scene sc = scene_make(state);
	int64_t id = scene_message(sc.s, "<old@team.example>", sc.cases);
	struct err e = {0};
	struct thread t;

	t = scene_found(&sc, &unknown, "<old@team.example>", NULL, NULL);
	assert_int_equal(t.cases, 0);
	ok(db_run(sc.s->db, &e,
	       "UPDATE message SET facts = '{\"ours\": true}' WHERE id = ?",
	       "i", id),
	    &e);
	t = scene_found(&sc, &unknown, "<old@team.example>", NULL, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_true(t.untrusted);
}

static void
what_refers_to_nothing_wants_a_case_of_its_own(void **state)
{
	struct scene sc = scene_make(state);
	const struct thread_question q = {
	    .sender = &by_signature, .from = FROM, .prefix = "EX"};
	struct thread t = scene_found(&sc, &by_signature, "<new@x> <other@x>",
	    "Re: [EX-2026-0002] no such case", "plain");
	struct err e = {0};

	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, 0);
	assert_int_equal(t.parent, 0);
	assert_false(t.untrusted);
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, 0);
}

static void
references_are_read_from_right_to_left(void **state)
{
	struct scene sc = scene_make(state);
	int64_t other = store_case(sc.s, "another case");
	int64_t later = scene_message(sc.s, "<later@x>", other);
	struct thread t;

	t = scene_found(&sc, &by_dkim, "<theirs@x> <later@x>", NULL, NULL);
	assert_int_equal(t.cases, other);
	assert_int_equal(t.parent, later);
	t = scene_found(
	    &sc, &by_dkim, "<later@x> <theirs@x> <new@x>", NULL, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_int_equal(t.parent, sc.message);
}

static void
in_reply_to_goes_before_references_and_both_before_a_tag(void **state)
{
	struct scene sc = scene_make(state);
	int64_t other = store_case(sc.s, "another case");
	int64_t later = scene_message(sc.s, "<later@x>", other);
	struct head head = {0};
	const struct thread_question q = {.head = &head,
	    .subject = "[" TAG "]",
	    .from = FROM,
	    .sender = &by_dkim,
	    .prefix = "EX"};
	struct thread t;
	struct err e = {0};

	strs_add(&head.references, "<theirs@x>");
	strs_add(&head.in_reply_to, "<later@x>");
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, other);
	assert_int_equal(t.parent, later);
	strs_free(&head.references);
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, other);
	strs_free(&head.in_reply_to);
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, sc.cases);
}

static void
a_stranger_s_reference_is_not_made_good_by_an_older_one(void **state)
{
	struct scene sc = scene_make(state);
	int64_t other = store_case(sc.s, "another case");
	struct thread t;

	scene_message(sc.s, "<later@x>", other);
	t = scene_found(&sc, &unknown, "<ours@y> <later@x>", NULL, NULL);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, other);
}

static void
who_takes_part_is_led_back_by_an_older_reference(void **state)
{
	struct scene sc = scene_make(state);
	int64_t other = store_case(sc.s, "a stranger's");
	struct err e = {0};
	struct thread t;

	scene_message(sc.s, "<stranger@z>", other);
	ok(case_participant_add(sc.s->db, NOW, sc.cases, 0, FROM, NULL, &e),
	    &e);
	t = scene_found(&sc, &unknown, "<theirs@x> <stranger@z>", NULL, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_int_equal(t.named, 0);
	assert_int_equal(t.parent, sc.message);
}

static void
an_answer_to_mail_without_a_case_keeps_the_nearest_parent(void **state)
{
	struct scene sc = scene_make(state);
	int64_t near = scene_message(sc.s, "<near@x>", 0), far;
	struct thread t;

	far = scene_message(sc.s, "<far@x>", 0);
	assert_true(far > near);
	t = scene_found(&sc, &by_dkim, "<far@x> <near@x>", NULL, NULL);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, 0);
	assert_int_equal(t.parent, near);
	t = scene_found(&sc, &by_dkim, "<theirs@x> <near@x>", NULL, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_int_equal(t.parent, sc.message);
}

static void
a_message_that_refers_to_itself_answers_nothing(void **state)
{
	struct scene sc = scene_make(state);
	struct head head = {0};
	struct thread_question q = {.head = &head,
	    .from = FROM,
	    .sender = &by_signature,
	    .prefix = "EX",
	    .self = sc.message};
	struct thread t;
	struct err e = {0};

	strs_add(&head.references, "<theirs@x>");
	strs_add(&head.in_reply_to, "<theirs@x>");
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.parent, 0);
	assert_int_equal(t.named, 0);
	strs_free(&head.references);
	strs_free(&head.in_reply_to);
}

static void
no_more_than_a_hundred_references_are_asked_for(void **state)
{
	struct scene sc = scene_make(state);
	struct head head = {0};
	const struct thread_question q = {
	    .head = &head, .from = FROM, .sender = &by_dkim, .prefix = "EX"};
	struct thread t;
	struct err e = {0};
	bool pending;

	strs_add(&head.references, "<theirs@x>");
	for (int i = 0; i < 99; i++)
		strs_add(&head.references, "<unknown@x>");
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, sc.cases);
	strs_add(&head.in_reply_to, "<unknown@x>");
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, 0);
	ok(thread_pending(sc.s->db, &head, 1000, NOW, &pending, &e), &e);
	assert_false(pending);
	strs_free(&head.references);
	strs_free(&head.in_reply_to);
}

static void
only_a_whole_tag_in_brackets_is_one(void **state)
{
	static const char *const tags[] = {"[ex-2026-0001]", "[[EX-2026-0001]",
	    "[list] [EX-2026-0001] x", "a[EX-2026-0001]b",
	    "[EX-2026-0002x] [EX-2026-0001]", "[EX-2026-0001][EX-2026-0002]"};
	static const char *const none[] = {"EX-2026-0001", "[EX-2026-0001",
	    "[EX-2026-0001 ]", "[ EX-2026-0001]", "[EX-2026-001]",
	    "[EX-26-0001]", "[EX-20260001]", "[EX2026-0001]",
	    "[CASE-2026-0001]", "[EX-2026-00010000000001]", "[EX-2026-]",
	    "[EX-", "[EX", "[", "", "[1]", "[EX-2026-0001-x]",
	    "[EX-2026-\xef\xbc\x90\xef\xbc\x90\xef\xbc\x90\xef\xbc\x91]"};
	struct scene sc = scene_make(state);

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		assert_int_equal(
		    scene_found(&sc, &by_dkim, NULL, tags[i], NULL).cases,
		    sc.cases);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		char *exact = xstrdup(none[i]);
		struct thread t = scene_found(&sc, &by_dkim, NULL, exact, NULL);

		assert_int_equal(t.cases, 0);
		assert_int_equal(t.named, 0);
		free(exact);
	}
}

static void
the_protected_subject_s_tag_goes_before_the_outer_one(void **state)
{
	struct scene sc = scene_make(state);
	int64_t other = store_case(sc.s, "another case");
	struct thread t;

	t = scene_found(
	    &sc, &by_signature, NULL, "[EX-2026-0002]", "[EX-2026-0001]");
	assert_int_equal(t.cases, other);
	t = scene_found(
	    &sc, &unknown, NULL, "[EX-2026-0002]", "[EX-2026-0001]");
	assert_int_equal(t.named, other);
	assert_int_equal(t.cases, 0);
}

/* What is asked of a message that was written to address. */
static struct thread
sent_to(struct scene *sc, const struct sender *sender, const char *address)
{
	struct strs recipients = {0};
	const struct thread_question q = {.subject = "[EX-2026-0002]",
	    .from = FROM,
	    .sender = sender,
	    .prefix = "EX",
	    .recipients = &recipients,
	    .vault = sc->s->vault,
	    .team = TEAM};
	struct thread t;
	struct err e = {0};

	strs_add(&recipients, TEAM);
	strs_add(&recipients, "other@x.example");
	strs_add(&recipients, address);
	ok(thread_find(sc->s->db, &q, &t, &e), &e);
	strs_free(&recipients);
	return t;
}

static void
a_token_goes_before_all_else_and_proves_nobody(void **state)
{
	struct scene sc = scene_make(state);
	char *address =
	    token_address(sc.s->vault, TEAM, TOKEN_SENDER, sc.cases, FROM);
	struct thread t;

	store_case(sc.s, "the case that the subject names");
	t = sent_to(&sc, &by_signature, address);
	assert_int_equal(t.cases, sc.cases);
	assert_false(t.untrusted);
	t = sent_to(&sc, &by_dkim, address);
	assert_int_equal(t.cases, sc.cases);
	assert_false(t.untrusted);
	t = sent_to(&sc, &by_address, address);
	assert_int_equal(t.cases, sc.cases);
	assert_true(t.untrusted);
	t = sent_to(&sc, &unknown, address);
	assert_int_equal(t.cases, sc.cases);
	assert_true(t.untrusted);
	t = sent_to(&sc, &alarming, address);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, sc.cases);
	assert_false(t.untrusted);
	free(address);
}

static void
another_one_s_token_joins_untrusted_even_if_signed(void **state)
{
	struct scene sc = scene_make(state);
	char *address = token_address(
	    sc.s->vault, TEAM, TOKEN_SENDER, sc.cases, "other@x.example");
	struct err e = {0};
	struct thread t = sent_to(&sc, &by_signature, address);

	assert_int_equal(t.cases, 0);
	ok(case_participant_add(
	       sc.s->db, NOW, sc.cases, 0, "other@x.example", NULL, &e),
	    &e);
	t = sent_to(&sc, &by_signature, address);
	assert_int_equal(t.cases, sc.cases);
	assert_true(t.untrusted);
	free(address);
}

static void
a_merged_case_s_address_tag_and_number_lead_to_the_survivor(void **state)
{
	struct scene sc = scene_make(state);
	int64_t middle = store_case(sc.s, "between");
	int64_t survivor = store_case(sc.s, "survivor");
	char *address =
	    token_address(sc.s->vault, TEAM, TOKEN_SENDER, sc.cases, FROM);
	struct err e = {0};

	ok(reference_add(sc.s->db, sc.cases, NUMBER, &e), &e);
	ok(db_run(sc.s->db, &e,
	       "UPDATE cases SET state = 'closed', merged_into = CASE id"
	       " WHEN ?1 THEN ?2 ELSE ?3 END WHERE id IN (?1, ?2)",
	       "iii", sc.cases, middle, survivor),
	    &e);
	assert_int_equal(sent_to(&sc, &unknown, address).cases, survivor);
	assert_int_equal(
	    scene_found(&sc, &by_dkim, NULL, "[" TAG "]", NULL).cases,
	    survivor);
	assert_int_equal(
	    scene_found(&sc, &unknown, NULL, "[" TAG "]", NULL).named,
	    survivor);
	assert_int_equal(
	    scene_found(&sc, &by_dkim, NULL, NUMBER, NULL).cases, survivor);
	free(address);
}

static void
the_address_for_answers_is_for_staff_who_signed(void **state)
{
	const struct sender staff = {
	    .contact = 5, .class = CLASS_STAFF, .evidence = EVIDENCE_SIGNATURE};
	const struct sender by_border = {
	    .contact = 5, .class = CLASS_STAFF, .evidence = EVIDENCE_DKIM};
	const struct sender vendor = {.contact = 5,
	    .class = CLASS_VENDOR,
	    .evidence = EVIDENCE_SIGNATURE};
	struct scene sc = scene_make(state);
	char *address =
	    token_address(sc.s->vault, TEAM, TOKEN_REPLY, sc.cases, "");
	struct thread t = sent_to(&sc, &staff, address);

	assert_int_equal(t.cases, sc.cases);
	assert_false(t.untrusted);
	assert_int_equal(sent_to(&sc, &by_border, address).cases, 0);
	assert_int_equal(sent_to(&sc, &vendor, address).cases, 0);
	assert_int_equal(sent_to(&sc, &vendor, address).named, 0);
	assert_int_equal(sent_to(&sc, &alarming, address).cases, 0);
	free(address);
}

static bool
pending(struct store *s, const struct head *head, int64_t self)
{
	struct err e = {0};
	bool yes = true;

	ok(thread_pending(s->db, head, self, NOW, &yes, &e), &e);
	return yes;
}

static void
set_in_hand(struct store *s, int64_t id, int64_t attempts, int64_t next)
{
	struct err e = {0};

	ok(db_run(s->db, &e,
	       "UPDATE message SET attempts = ?, next_attempt_at = ?"
	       " WHERE id = ?",
	       "iii", attempts, next, id),
	    &e);
}

static void
a_reply_waits_only_for_an_earlier_message_in_a_worker_s_hands(void **state)
{
	struct scene sc = scene_make(state);
	struct head head = {0};
	int64_t early = store_message(sc.s, "e"), self;

	self = store_message(sc.s, "s");
	set_in_hand(sc.s, self, 1, NOW);
	assert_false(pending(sc.s, NULL, self));
	assert_false(pending(sc.s, &head, self));
	strs_add(&head.references, "<not-yet@x>");
	assert_false(pending(sc.s, &head, self));
	set_in_hand(sc.s, early, 1, NOW);
	assert_true(pending(sc.s, &head, self));
	assert_false(pending(sc.s, &head, early));
	set_in_hand(sc.s, early, 1, NOW + 60);
	assert_false(pending(sc.s, &head, self));
	set_in_hand(sc.s, early, 0, NOW);
	assert_false(pending(sc.s, &head, self));
	strs_free(&head.references);
}

static void
a_reply_to_what_is_stored_does_not_wait(void **state)
{
	struct scene sc = scene_make(state);
	struct head head = {0};
	int64_t early = store_message(sc.s, "e"), self;

	self = store_message(sc.s, "s");
	set_in_hand(sc.s, early, 1, NOW);
	strs_add(&head.in_reply_to, "<not-yet@x>");
	assert_true(pending(sc.s, &head, self));
	strs_add(&head.references, "<ours@y>");
	strs_add(&head.references, "<nor-this@x>");
	assert_false(pending(sc.s, &head, self));
	strs_free(&head.references);
	strs_add(&head.in_reply_to, "<theirs@x>");
	assert_false(pending(sc.s, &head, self));
	strs_free(&head.in_reply_to);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(each_evidence_reaches_just_what_it_may),
	    TEST(who_takes_part_joins_but_is_no_more_trusted_for_it),
	    TEST(a_contact_takes_part_under_each_of_its_addresses),
	    TEST(an_alarming_sender_never_joins),
	    TEST(a_message_without_from_joins_by_our_own_id_alone),
	    TEST(an_archives_mail_of_our_own_joins_what_it_refers_to),
	    TEST(in_an_archive_an_answer_is_no_stranger_s_but_its_tag_is),
	    TEST(who_answers_what_the_team_wrote_before_it_moved_in_joins),
	    TEST(what_refers_to_nothing_wants_a_case_of_its_own),
	    TEST(references_are_read_from_right_to_left),
	    TEST(in_reply_to_goes_before_references_and_both_before_a_tag),
	    TEST(a_stranger_s_reference_is_not_made_good_by_an_older_one),
	    TEST(who_takes_part_is_led_back_by_an_older_reference),
	    TEST(an_answer_to_mail_without_a_case_keeps_the_nearest_parent),
	    TEST(a_message_that_refers_to_itself_answers_nothing),
	    TEST(no_more_than_a_hundred_references_are_asked_for),
	    TEST(only_a_whole_tag_in_brackets_is_one),
	    TEST(the_protected_subject_s_tag_goes_before_the_outer_one),
	    TEST(a_token_goes_before_all_else_and_proves_nobody),
	    TEST(another_one_s_token_joins_untrusted_even_if_signed),
	    TEST(a_merged_case_s_address_tag_and_number_lead_to_the_survivor),
	    TEST(the_address_for_answers_is_for_staff_who_signed),
	    TEST(a_reply_waits_only_for_an_earlier_message_in_a_worker_s_hands),
	    TEST(a_reply_to_what_is_stored_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
