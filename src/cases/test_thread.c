#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cases/case_people.h"
#include "cases/reference.h"
#include "cases/test_store.h"
#include "cases/thread.h"
#include "cases/token.h"

#define FROM "sender@x.example"
#define TAG "EX-2026-0001"
#define TEAM "csirt@y.example"
#define NUMBER "JPCERT#12345678"
#define TICKET "INC0012345"

/*
 * A case with one message, <theirs@x>, of which a copy went out as <ours@y>.
 * The sender is contact 5, where it is known.
 */
struct scene {
	struct store *s;
	int64_t cases;
	int64_t message;
};

/* A claimed message in a case (0: in none); its id. */
static int64_t
message_known(struct store *s, const char *rfc_message_id, int64_t cases)
{
	struct err e = {0};
	struct message m;
	char sha[65];
	int64_t n, id;

	ok(db_get_int(s->db, &n, 0, &e, "SELECT COUNT(*) FROM message", ""),
	    &e);
	memset(sha, (int)('a' + n), 64);
	sha[64] = '\0';
	id = store_message(s, sha);
	ok(message_get(s->db, id, &m, &e), &e);
	ok(vault_key_create(s->vault, &m.vault_key, &e), &e);
	m.rfc_message_id = xstrdup(rfc_message_id);
	m.cases = cases;
	m.facts = json_object();
	m.content = json_object();
	ok(message_claim(s->db, s->vault, &m, &e), &e);
	message_free(&m);
	return id;
}

static struct scene
scene_make(void **state)
{
	struct scene sc = {.s = *state};
	struct err e = {0};

	store_contact(sc.s, 5);
	sc.cases = store_case(sc.s, "a case");
	sc.message = message_known(sc.s, "<theirs@x>", sc.cases);
	ok(db_run(sc.s->db, &e,
	       "INSERT INTO draft (kind, message, rfc_message_id, language,"
	       " label, created_at)"
	       " VALUES ('copy', ?, '<ours@y>', 'en', 'AMBER', 0)",
	       "i", sc.message),
	    &e);
	return sc;
}

/* What is asked of a message whose References names refers (NULL: nothing). */
static struct thread
found(struct scene *sc, const struct sender *sender, const char *refers,
    const char *subject, const char *outer_subject)
{
	struct head head = {0};
	const struct thread_question q = {.head = &head,
	    .subject = subject,
	    .outer_subject = outer_subject,
	    .from = FROM,
	    .sender = sender,
	    .prefix = "EX",
	    .self = 1000};
	struct thread t;
	struct err e = {0};

	if (refers != NULL)
		strs_split(&head.references, refers, " ");
	ok(thread_find(sc->s->db, &q, &t, &e), &e);
	strs_free(&head.references);
	assert_true(t.why[0] != '\0');
	return t;
}

static const struct sender by_signature = {
    .contact = 5, .evidence = EVIDENCE_SIGNATURE};
static const struct sender by_dkim = {.contact = 5, .evidence = EVIDENCE_DKIM};
static const struct sender by_address = {
    .contact = 5, .evidence = EVIDENCE_ADDRESS};
static const struct sender unknown = {.evidence = EVIDENCE_NONE};
static const struct sender alarming = {
    .evidence = EVIDENCE_NONE, .alarm = true};

/* The four ways to name a case. */
enum way { TO_THEIRS, TO_OURS, IN_SUBJECT, IN_OUTER_SUBJECT, WAYS };

static struct thread
asked(struct scene *sc, const struct sender *sender, enum way way)
{
	switch (way) {
	case TO_THEIRS:
		return found(sc, sender, "<theirs@x>", "Re: it", NULL);
	case TO_OURS:
		return found(sc, sender, "<ours@y>", "Re: it", NULL);
	case IN_SUBJECT:
		return found(sc, sender, NULL, "Re: [" TAG "] it", "...");
	case IN_OUTER_SUBJECT:
	case WAYS:
		break;
	}
	return found(sc, sender, NULL, NULL, "Re: [" TAG "] it");
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
	ok(thread_find(sc.s->db, &q, &t, &e), &e);
	assert_int_equal(t.cases, 0);
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
a_live_mail_that_is_untrusted_teaches_no_number(void **state)
{
	struct scene sc = scene_make(state);
	const struct thread_question q = {.sender = &unknown,
	    .from = FROM,
	    .prefix = "EX",
	    .subject = "[desk #12] scan",
	    .self = 1000};
	struct err e = {0};
	int64_t *cases;
	size_t count;

	ok(thread_learn(sc.s->db, &q, sc.cases, true, &e), &e);
	ok(reference_cases(sc.s->db, "[desk #12]", &cases, &count, &e), &e);
	assert_int_equal(count, 0);
	free(cases);
}

static void
who_answers_what_the_team_wrote_before_it_moved_in_joins(void **state)
{
	struct scene sc = scene_make(state);
	int64_t id = message_known(sc.s, "<old@team.example>", sc.cases);
	struct err e = {0};
	struct thread t;

	t = found(&sc, &unknown, "<old@team.example>", NULL, NULL);
	assert_int_equal(t.cases, 0);
	ok(db_run(sc.s->db, &e,
	       "UPDATE message SET facts = '{\"ours\": true}' WHERE id = ?",
	       "i", id),
	    &e);
	t = found(&sc, &unknown, "<old@team.example>", NULL, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_true(t.untrusted);
}

static void
what_refers_to_nothing_wants_a_case_of_its_own(void **state)
{
	struct scene sc = scene_make(state);
	const struct thread_question q = {
	    .sender = &by_signature, .from = FROM, .prefix = "EX"};
	struct thread t = found(&sc, &by_signature, "<new@x> <other@x>",
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
	int64_t later = message_known(sc.s, "<later@x>", other);
	struct thread t;

	t = found(&sc, &by_dkim, "<theirs@x> <later@x>", NULL, NULL);
	assert_int_equal(t.cases, other);
	assert_int_equal(t.parent, later);
	t = found(&sc, &by_dkim, "<later@x> <theirs@x> <new@x>", NULL, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_int_equal(t.parent, sc.message);
}

static void
in_reply_to_goes_before_references_and_both_before_a_tag(void **state)
{
	struct scene sc = scene_make(state);
	int64_t other = store_case(sc.s, "another case");
	int64_t later = message_known(sc.s, "<later@x>", other);
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

	message_known(sc.s, "<later@x>", other);
	t = found(&sc, &unknown, "<ours@y> <later@x>", NULL, NULL);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, other);
}

static void
an_answer_to_mail_without_a_case_keeps_the_nearest_parent(void **state)
{
	struct scene sc = scene_make(state);
	int64_t near = message_known(sc.s, "<near@x>", 0), far;
	struct thread t;

	far = message_known(sc.s, "<far@x>", 0);
	assert_true(far > near);
	t = found(&sc, &by_dkim, "<far@x> <near@x>", NULL, NULL);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, 0);
	assert_int_equal(t.parent, near);
	t = found(&sc, &by_dkim, "<theirs@x> <near@x>", NULL, NULL);
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
		    found(&sc, &by_dkim, NULL, tags[i], NULL).cases, sc.cases);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		char *exact = xstrdup(none[i]);
		struct thread t = found(&sc, &by_dkim, NULL, exact, NULL);

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

	t = found(&sc, &by_signature, NULL, "[EX-2026-0002]", "[EX-2026-0001]");
	assert_int_equal(t.cases, other);
	t = found(&sc, &unknown, NULL, "[EX-2026-0002]", "[EX-2026-0001]");
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
	    found(&sc, &by_dkim, NULL, "[" TAG "]", NULL).cases, survivor);
	assert_int_equal(
	    found(&sc, &unknown, NULL, "[" TAG "]", NULL).named, survivor);
	assert_int_equal(
	    found(&sc, &by_dkim, NULL, NUMBER, NULL).cases, survivor);
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

static void
a_global_number_lets_in_whoever_a_tag_lets_in(void **state)
{
	struct scene sc = scene_make(state);
	struct err e = {0};
	struct thread t;

	ok(reference_add(sc.s->db, sc.cases, NUMBER, &e), &e);
	t = found(&sc, &by_dkim, NULL, "Re: " NUMBER, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_false(t.untrusted);
	t = found(&sc, &by_dkim, NULL, "...", NUMBER);
	assert_int_equal(t.cases, sc.cases);
	t = found(&sc, &by_address, NULL, NUMBER, NULL);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, sc.cases);
	t = found(&sc, &alarming, NULL, NUMBER, NULL);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, sc.cases);
	assert_null(strstr(t.why, NUMBER));
	ok(case_participant_add(sc.s->db, NOW, sc.cases, 0, FROM, NULL, &e),
	    &e);
	t = found(&sc, &unknown, NULL, NUMBER, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_true(t.untrusted);
	assert_int_equal(
	    found(&sc, &by_dkim, NULL, "JPCERT#12345679", NULL).cases, 0);
}

static void
a_local_number_is_good_only_where_its_organisation_takes_part(void **state)
{
	char client[] = "Client Ltd", vendor[] = "Vendor Inc";
	struct sender sender = by_signature;
	struct scene sc = scene_make(state);
	struct err e = {0};
	struct thread t;

	ok(reference_add(sc.s->db, sc.cases, TICKET, &e), &e);
	ok(db_run(sc.s->db, &e,
	       "INSERT INTO organisation (id, name) VALUES (1, 'Client Ltd')",
	       ""),
	    &e);
	store_contact(sc.s, 6);
	ok(db_run(sc.s->db, &e,
	       "UPDATE contact SET organisation = 1 WHERE id = 6", ""),
	    &e);
	ok(case_participant_add(
	       sc.s->db, NOW, sc.cases, 6, "six@x.example", NULL, &e),
	    &e);
	t = found(&sc, &sender, NULL, TICKET, NULL);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, 0);
	sender.organisation = vendor;
	assert_int_equal(found(&sc, &sender, NULL, TICKET, NULL).cases, 0);
	sender.organisation = client;
	t = found(&sc, &sender, NULL, TICKET, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_false(t.untrusted);
	sender.evidence = EVIDENCE_ADDRESS;
	assert_int_equal(found(&sc, &sender, NULL, TICKET, NULL).cases, 0);
}

static void
a_tag_of_ours_goes_before_a_number_of_theirs(void **state)
{
	struct scene sc = scene_make(state);
	int64_t other = store_case(sc.s, "another case");
	struct err e = {0};

	ok(reference_add(sc.s->db, sc.cases, NUMBER, &e), &e);
	assert_int_equal(
	    found(&sc, &by_dkim, NULL, NUMBER, "[EX-2026-0002]").cases, other);
}

/* How many numbers sc's case knows after learning from that sender. */
static int64_t
learnt(struct scene *sc, const struct sender *sender, bool untrusted)
{
	const struct thread_question q = {.subject = "Re: " NUMBER " " TICKET,
	    .outer_subject = "[RT #5]",
	    .sender = sender,
	    .prefix = "EX"};
	struct err e = {0};
	int64_t n;

	ok(thread_learn(sc->s->db, &q, sc->cases, untrusted, &e), &e);
	ok(db_get_int(sc->s->db, &n, 0, &e,
	       "SELECT COUNT(*) FROM case_reference WHERE cases = ?", "i",
	       sc->cases),
	    &e);
	return n;
}

static void
a_case_learns_numbers_from_those_it_may_believe(void **state)
{
	struct scene sc = scene_make(state);

	assert_int_equal(learnt(&sc, &alarming, false), 0);
	assert_int_equal(learnt(&sc, &by_address, true), 0);
	assert_int_equal(learnt(&sc, &unknown, false), 2);
	assert_int_equal(learnt(&sc, &by_dkim, false), 3);
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

/* A mail of a mailing list, or of people who write to each other. */
struct post {
	const char *id; /* its Message-ID, or NULL */
	const char *from;
	const char *to; /* one address, or NULL */
	const char *subject; /* or NULL */
	const char *refers; /* its References, or NULL */
	const char *conversation; /* its Thread-Index, or NULL */
};

/* A stored post in a case; its id. */
static int64_t
post_known(struct scene *sc, const struct post *p, int64_t cases)
{
	struct err e = {0};
	struct message m;
	struct strs refers = {0};
	int64_t id = message_known(sc->s, p->id, cases);

	ok(message_get(sc->s->db, id, &m, &e), &e);
	ok(message_unseal(sc->s->db, sc->s->vault, &m, &e), &e);
	m.sender_address = xstrdup_null(p->from);
	json_object_set_new(m.content, "subject", json_pack("s?", p->subject));
	if (p->to != NULL)
		json_object_set_new(m.facts, "to",
		    json_pack("[{s:n, s:s}]", "name", "address", p->to));
	ok(message_claim(sc->s->db, sc->s->vault, &m, &e), &e);
	if (p->refers != NULL)
		strs_split(&refers, p->refers, " ");
	if (p->conversation != NULL)
		strs_add(&refers, p->conversation);
	ok(message_refer(sc->s->db, id, &refers, &e), &e);
	strs_free(&refers);
	message_free(&m);
	return id;
}

static struct thread
post_found(struct scene *sc, const struct sender *sender, const struct post *p)
{
	struct head head = {.conversation = xstrdup_null(p->conversation)};
	const struct thread_question q = {.head = &head,
	    .rfc_message_id = p->id,
	    .subject = p->subject,
	    .from = p->from,
	    .sender = sender,
	    .prefix = "EX",
	    .vault = sc->s->vault,
	    .team = TEAM,
	    .self = 1000};
	struct thread t;
	struct err e = {0};

	if (p->refers != NULL)
		strs_split(&head.references, p->refers, " ");
	if (p->to != NULL)
		mailboxes_add(&head.to, NULL, p->to);
	ok(thread_find(sc->s->db, &q, &t, &e), &e);
	assert_true(t.why[0] != '\0');
	strs_free(&head.references);
	mailboxes_free(&head.to);
	free(head.conversation);
	return t;
}

#define LIST "talk@list.example"
#define HOSTER "abuse@hoster.example"

static void
who_was_written_to_answers_without_being_known(void **state)
{
	struct scene sc = scene_make(state);
	int64_t cases = store_case(sc.s, "with a hoster");
	const struct post report = {
	    "<r@x>", "rika@x.example", HOSTER, "A site", NULL, NULL};
	int64_t id = post_known(&sc, &report, cases);
	const struct post answer = {
	    "<a@h>", HOSTER, TEAM, "Re: A site", "<r@x>", NULL};
	const struct post other = {
	    "<b@h>", "else@hoster.example", TEAM, "Re: A site", "<r@x>", NULL};
	struct thread t = post_found(&sc, &unknown, &answer);

	assert_int_equal(t.cases, cases);
	assert_int_equal(t.parent, id);
	assert_true(t.untrusted);
	t = post_found(&sc, &unknown, &other);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, cases);
	t = post_found(&sc, &alarming, &answer);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, cases);
}

static void
who_answers_the_same_list_or_the_author_is_in_the_thread(void **state)
{
	struct scene sc = scene_make(state);
	int64_t cases = store_case(sc.s, "a list's thread");
	const struct post first = {
	    "<1@x>", "rika@x.example", LIST, "A site", NULL, NULL};
	const struct post to_list = {"<2@z>", "zoe@z.example",
	    "TALK@List.example", "Re: A site", "<1@x>", NULL};
	const struct post to_author = {"<3@z>", "zoe@z.example",
	    "rika@x.example", "Re: A site", "<1@x>", NULL};
	const struct post ours = {
	    "<4@y>", "rika@x.example", "abuse@y.example", "Other", NULL, NULL};
	const struct post to_us = {"<5@z>", "zoe@z.example", "abuse@y.example",
	    "Re: Other", "<4@y>", NULL};

	post_known(&sc, &first, cases);
	post_known(&sc, &ours, cases);
	assert_int_equal(post_found(&sc, &unknown, &to_list).cases, cases);
	assert_int_equal(post_found(&sc, &unknown, &to_author).cases, cases);
	assert_true(post_found(&sc, &unknown, &to_author).untrusted);
	/* our own domain's addresses are no list */
	assert_int_equal(post_found(&sc, &unknown, &to_us).cases, 0);
}

static void
who_takes_part_is_led_back_by_an_older_reference(void **state)
{
	struct scene sc = scene_make(state);
	int64_t other = store_case(sc.s, "a stranger's");
	struct err e = {0};
	struct thread t;

	message_known(sc.s, "<stranger@z>", other);
	ok(case_participant_add(sc.s->db, NOW, sc.cases, 0, FROM, NULL, &e),
	    &e);
	t = found(&sc, &unknown, "<theirs@x> <stranger@z>", NULL, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_int_equal(t.named, 0);
	assert_int_equal(t.parent, sc.message);
}

static void
two_answers_to_a_mail_that_never_came_belong_together(void **state)
{
	struct scene sc = scene_make(state);
	int64_t cases = store_case(sc.s, "answers");
	const struct post one = {
	    "<1@x>", FROM, LIST, "Re: A site", "<0@x>", NULL};
	struct post two = {"<2@x>", "zoe@z.example", LIST, "AW: [talk] a site",
	    "<0@x> <9@x>", NULL};
	struct thread t;

	post_known(&sc, &one, cases);
	t = post_found(&sc, &unknown, &two);
	assert_int_equal(t.cases, cases);
	assert_int_equal(t.parent, 0);
	assert_true(t.untrusted);
	two.subject = "...";
	assert_int_equal(post_found(&sc, &unknown, &two).cases, cases);
	/* a constant id of some machine's is no mail */
	two.subject = "Backup failed";
	assert_int_equal(post_found(&sc, &by_dkim, &two).cases, 0);
	two.subject = "a site";
	two.to = TEAM;
	t = post_found(&sc, &unknown, &two);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, 0);
	assert_int_equal(post_found(&sc, &alarming, &two).cases, 0);
}

static void
an_address_in_a_phrase_is_no_mail_that_two_answer(void **state)
{
	struct scene sc = scene_make(state);
	int64_t cases = store_case(sc.s, "answers");
	const struct post one = {
	    "<1@x>", FROM, LIST, "hello", "<" LIST "> <1@y>", NULL};
	const struct post two = {
	    "<2@x>", FROM, LIST, "hello", "<" LIST "> <2@y>", NULL};

	post_known(&sc, &one, cases);
	assert_int_equal(post_found(&sc, &by_dkim, &two).cases, 0);
}

static void
outlook_s_conversation_is_one_without_any_reference(void **state)
{
	struct scene sc = scene_make(state);
	int64_t cases = store_case(sc.s, "outlook");
	const struct post one = {
	    "<1@x>", FROM, TEAM, "A site", NULL, "<thread-index 01>"};
	struct post two = {
	    "<2@x>", FROM, TEAM, "RE: A site", NULL, "<thread-index 01>"};

	post_known(&sc, &one, cases);
	assert_int_equal(post_found(&sc, &by_dkim, &two).cases, cases);
	assert_int_equal(post_found(&sc, &unknown, &two).cases, 0);
	two.conversation = "<thread-index 02>";
	assert_int_equal(post_found(&sc, &by_dkim, &two).cases, 0);
}

static void
a_second_copy_is_in_the_case_of_the_first(void **state)
{
	struct scene sc = scene_make(state);
	int64_t cases = store_case(sc.s, "a report");
	const struct post one = {"<1@x>", FROM, LIST, "A site", NULL, NULL};
	struct post two = {"<1@x>", FROM, TEAM, "[talk] A site", NULL, NULL};
	int64_t id = post_known(&sc, &one, cases);
	struct err e = {0};
	struct thread t;

	ok(case_participant_add(sc.s->db, NOW, cases, 0, FROM, NULL, &e), &e);
	t = post_found(&sc, &unknown, &two);
	assert_int_equal(t.cases, cases);
	assert_int_equal(t.twin, id);
	assert_int_equal(t.parent, 0);
	two.subject = "Another site";
	t = post_found(&sc, &unknown, &two);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.twin, id);
	two.subject = "A site";
	two.from = "zoe@z.example";
	t = post_found(&sc, &unknown, &two);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.twin, id);
}

static void
of_two_mails_with_one_id_the_one_that_the_sender_knows_is_meant(void **state)
{
	struct scene sc = scene_make(state);
	int64_t first = store_case(sc.s, "somebody's");
	int64_t second = store_case(sc.s, "the sender's"), id;
	struct err e = {0};
	struct thread t;

	message_known(sc.s, "<twice@x>", first);
	id = message_known(sc.s, "<twice@x>", second);
	ok(case_participant_add(sc.s->db, NOW, second, 0, FROM, NULL, &e), &e);
	t = found(&sc, &unknown, "<twice@x>", NULL, NULL);
	assert_int_equal(t.cases, second);
	assert_int_equal(t.parent, id);
}

static int64_t
parent_of(struct scene *sc, int64_t id)
{
	struct err e = {0};
	struct message m;
	int64_t parent;

	ok(message_get(sc->s->db, id, &m, &e), &e);
	parent = m.parent;
	message_free(&m);
	return parent;
}

static void
a_parent_that_comes_late_is_answered_and_never_by_its_own_parent(void **state)
{
	struct scene sc = scene_make(state);
	const struct post early = {
	    "<early@x>", FROM, TEAM, "Re: a", "<late@x>", NULL};
	const struct post late = {
	    "<late@x>", FROM, TEAM, "Re: a", "<early@x>", NULL};
	int64_t child = post_known(&sc, &early, sc.cases), id;
	struct err e = {0};
	struct message m;

	id = post_known(&sc, &late, sc.cases);
	ok(message_get(sc.s->db, id, &m, &e), &e);
	ok(message_adopt(sc.s->db, &m, &e), &e);
	assert_int_equal(parent_of(&sc, child), id);
	message_free(&m);
	ok(message_get(sc.s->db, child, &m, &e), &e);
	ok(message_adopt(sc.s->db, &m, &e), &e);
	message_free(&m);
	assert_int_equal(parent_of(&sc, id), 0);
}

static void
of_parents_that_come_late_the_nearest_is_answered(void **state)
{
	struct scene sc = scene_make(state);
	const struct post early = {"<early@x>", FROM, TEAM, "Re: a",
	    "<first@x> <second@x> <third@x>", NULL};
	static const char *const late[] = {
	    "<second@x>", "<first@x>", "<third@x>"};
	int64_t child = post_known(&sc, &early, sc.cases), id[3];
	struct err e = {0};
	struct message m;

	for (int i = 0; i < 3; i++) {
		id[i] = message_known(sc.s, late[i], sc.cases);
		ok(message_get(sc.s->db, id[i], &m, &e), &e);
		ok(message_adopt(sc.s->db, &m, &e), &e);
		message_free(&m);
		assert_int_equal(parent_of(&sc, child), id[i == 1 ? 0 : i]);
	}
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
	    TEST(a_live_mail_that_is_untrusted_teaches_no_number),
	    TEST(who_answers_what_the_team_wrote_before_it_moved_in_joins),
	    TEST(what_refers_to_nothing_wants_a_case_of_its_own),
	    TEST(references_are_read_from_right_to_left),
	    TEST(in_reply_to_goes_before_references_and_both_before_a_tag),
	    TEST(a_stranger_s_reference_is_not_made_good_by_an_older_one),
	    TEST(an_answer_to_mail_without_a_case_keeps_the_nearest_parent),
	    TEST(a_message_that_refers_to_itself_answers_nothing),
	    TEST(no_more_than_a_hundred_references_are_asked_for),
	    TEST(only_a_whole_tag_in_brackets_is_one),
	    TEST(the_protected_subject_s_tag_goes_before_the_outer_one),
	    TEST(a_token_goes_before_all_else_and_proves_nobody),
	    TEST(another_one_s_token_joins_untrusted_even_if_signed),
	    TEST(the_address_for_answers_is_for_staff_who_signed),
	    TEST(a_merged_case_s_address_tag_and_number_lead_to_the_survivor),
	    TEST(a_global_number_lets_in_whoever_a_tag_lets_in),
	    TEST(a_local_number_is_good_only_where_its_organisation_takes_part),
	    TEST(a_tag_of_ours_goes_before_a_number_of_theirs),
	    TEST(a_case_learns_numbers_from_those_it_may_believe),
	    TEST(a_reply_waits_only_for_an_earlier_message_in_a_worker_s_hands),
	    TEST(a_reply_to_what_is_stored_does_not_wait),
	    TEST(who_was_written_to_answers_without_being_known),
	    TEST(who_answers_the_same_list_or_the_author_is_in_the_thread),
	    TEST(who_takes_part_is_led_back_by_an_older_reference),
	    TEST(two_answers_to_a_mail_that_never_came_belong_together),
	    TEST(an_address_in_a_phrase_is_no_mail_that_two_answer),
	    TEST(outlook_s_conversation_is_one_without_any_reference),
	    TEST(a_second_copy_is_in_the_case_of_the_first),
	    TEST(of_parents_that_come_late_the_nearest_is_answered),
	    TEST(
		of_two_mails_with_one_id_the_one_that_the_sender_knows_is_meant),
	    TEST(
		a_parent_that_comes_late_is_answered_and_never_by_its_own_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
