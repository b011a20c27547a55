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

#define NUMBER "JPCERT#12345678"
#define TICKET "INC0012345"

/* The numbers found in a subject, with "|" between them. */
static void
check(const char *subject, const char *expected)
{
	char *exact = xstrdup(subject);
	struct strs found = {0};
	char *got;

	reference_find(exact, &found);
	got = strs_join(&found, "|");
	assert_string_equal(got, expected);
	free(got);
	strs_free(&found);
	free(exact);
}

static void
the_numbers_of_other_teams_are_found_in_one_spelling(void **state)
{
	(void)state;
	check("Re: JPCERT#12345678 phishing", "JPCERT#12345678");
	check("jpcert#12345678", "JPCERT#12345678");
	check("Re: [JPCERT#12345678] scan", "JPCERT#12345678");
	check("\xe4\xbb\xb6JPCERT#12345678\xe4\xbb\xb6", "JPCERT#12345678");
	check("(IPA#12345678)", "IPA#12345678");
	check("VU#123456: a flaw", "VU#123456");
	check("Re: JVN#12345678 JVNVU#91234567 jvnta#91234568",
	    "JVN#12345678|JVNVU#91234567|JVNTA#91234568");
	check("Re: [INC-123] scan", "INC-123");
	check("Fwd: INC0012345 - server down", "INC0012345");
	check("[RT #123] help", "[rt #123]");
	check("Re: [Example.ORG #42]", "[example.org #42]");
	check("[support.information-security.university.example #42]",
	    "[support.information-security.university.example #42]");
	check("[Ticket#2026112210000012] a site", "[ticket#2026112210000012]");
	check("Re: [#12345] a site", "[#12345]");
	check("RITM0012345 and SIR0012345", "RITM0012345|SIR0012345");
	check("[RT #1] INC0012345 VU#123456 [RT #1]",
	    "[rt #1]|INC0012345|VU#123456");
}

static void
what_only_looks_like_a_number_is_none(void **state)
{
	(void)state;
	check("", "");
	check("JPCERT#", "");
	check("JPCERT#12345", "");
	check("JPCERT#12345678901", "");
	check("xJPCERT#12345678", "");
	check("JPCERT#12345678x", "");
	check("INC12", "");
	check("INC-1", "");
	check("JVN#1234567", "");
	check("JVN#123456789", "");
	check("ZINC0012345", "");
	check("INCIDENT 0012345", "");
	check("[EX-2026-0001]", "");
	check("[RT#123]", "");
	check("[#1234]", "");
	check("[Ticket#123456789012345678901]", "");
	check("CS12345", "");
	check("[ #123]", "");
	check("[RT #]", "");
	check("[RT #123", "");
	check("[RT #12a]", "");
	check("[", "");
	check("[[[[", "");
	check("[a name that is longer than eighty bytes, all told, and all of"
	      " them were counted twice #1]",
	    "");
}

static void
no_more_than_ten_are_kept_of_one_subject(void **state)
{
	struct strs found = {0};

	(void)state;
	reference_find("[a #1][a #2][a #3][a #4][a #5][a #6][a #7][a #8][a #9]"
		       "[a #10][a #11][a #12]",
	    &found);
	assert_int_equal(found.count, REFERENCE_MAX);
	strs_free(&found);
}

static void
only_an_issuer_s_own_numbers_are_global(void **state)
{
	(void)state;
	assert_true(reference_is_global("JPCERT#12345678"));
	assert_true(reference_is_global("VU#123456"));
	assert_false(reference_is_global("INC0012345"));
	assert_false(reference_is_global("[rt #123]"));
}

static void
a_global_number_has_a_local_spelling(void **state)
{
	char *local = reference_other("JPCERT#12345678"), *back;

	(void)state;
	assert_string_equal(local, "jpcert#12345678");
	assert_false(reference_is_global(local));
	back = reference_other(local);
	assert_string_equal(back, "JPCERT#12345678");
	assert_null(reference_other("INC0012345"));
	assert_null(reference_other("[rt #123]"));
	free(local);
	free(back);
}

static void
a_number_is_remembered_for_each_of_its_cases_once(void **state)
{
	struct store *s = *state;
	int64_t first = store_case(s, "one"), second = store_case(s, "two");
	int64_t *cases;
	size_t count;
	struct err e = {0};

	ok(reference_add(s->db, first, "VU#123456", &e), &e);
	ok(reference_add(s->db, first, "VU#123456", &e), &e);
	ok(reference_add(s->db, second, "VU#123456", &e), &e);
	ok(reference_cases(s->db, "VU#123456", &cases, &count, &e), &e);
	assert_int_equal(count, 2);
	assert_int_equal(cases[0], second);
	assert_int_equal(cases[1], first);
	free(cases);
	ok(reference_cases(s->db, "VU#999999", &cases, &count, &e), &e);
	assert_int_equal(count, 0);
	free(cases);
}

static void
a_global_number_lets_in_whoever_a_tag_lets_in(void **state)
{
	struct scene sc = scene_make(state);
	struct err e = {0};
	struct thread t;

	ok(reference_add(sc.s->db, sc.cases, NUMBER, &e), &e);
	t = scene_found(&sc, &by_dkim, NULL, "Re: " NUMBER, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_false(t.untrusted);
	t = scene_found(&sc, &by_dkim, NULL, "...", NUMBER);
	assert_int_equal(t.cases, sc.cases);
	t = scene_found(&sc, &by_address, NULL, NUMBER, NULL);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, sc.cases);
	t = scene_found(&sc, &alarming, NULL, NUMBER, NULL);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, sc.cases);
	assert_null(strstr(t.why, NUMBER));
	ok(case_participant_add(sc.s->db, NOW, sc.cases, 0, FROM, NULL, &e),
	    &e);
	t = scene_found(&sc, &unknown, NULL, NUMBER, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_true(t.untrusted);
	assert_int_equal(
	    scene_found(&sc, &by_dkim, NULL, "JPCERT#12345679", NULL).cases, 0);
}

static void
a_number_out_of_unproven_mail_leads_who_wrote_it_alone(void **state)
{
	struct scene sc = scene_make(state);
	const struct thread_question q = {.sender = &unknown,
	    .from = FROM,
	    .prefix = "EX",
	    .subject = "Fwd: " NUMBER " scan",
	    .self = 1000};
	struct err e = {0};
	struct thread t;

	ok(thread_learn(sc.s->db, &q, sc.cases, false, &e), &e);
	assert_int_equal(scene_found(&sc, &unknown, NULL, NUMBER, NULL).cases, 0);
	ok(case_participant_add(sc.s->db, NOW, sc.cases, 0, FROM, NULL, &e),
	    &e);
	t = scene_found(&sc, &unknown, NULL, "Re: " NUMBER, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_true(t.untrusted);
	assert_int_equal(scene_found(&sc, &alarming, NULL, NUMBER, NULL).cases, 0);
	/* the issuer is not led into a case that somebody put its number on */
	ok(case_participant_remove(sc.s->db, sc.cases, 0, FROM, &e), &e);
	t = scene_found(&sc, &by_signature, NULL, NUMBER, NULL);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, 0);
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
	t = scene_found(&sc, &sender, NULL, TICKET, NULL);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, 0);
	sender.organisation = vendor;
	assert_int_equal(
	    scene_found(&sc, &sender, NULL, TICKET, NULL).cases, 0);
	sender.organisation = client;
	t = scene_found(&sc, &sender, NULL, TICKET, NULL);
	assert_int_equal(t.cases, sc.cases);
	assert_false(t.untrusted);
	sender.evidence = EVIDENCE_ADDRESS;
	assert_int_equal(
	    scene_found(&sc, &sender, NULL, TICKET, NULL).cases, 0);
}

static void
a_tag_of_ours_goes_before_a_number_of_theirs(void **state)
{
	struct scene sc = scene_make(state);
	int64_t other = store_case(sc.s, "another case");
	struct err e = {0};

	ok(reference_add(sc.s->db, sc.cases, NUMBER, &e), &e);
	assert_int_equal(
	    scene_found(&sc, &by_dkim, NULL, NUMBER, "[EX-2026-0002]").cases,
	    other);
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
	struct err e = {0};
	int64_t *cases;
	size_t count;

	assert_int_equal(learnt(&sc, &alarming, false), 0);
	assert_int_equal(learnt(&sc, &by_address, true), 0);
	/* a global one is written down as what it is: a stranger's word */
	assert_int_equal(learnt(&sc, &unknown, false), 3);
	ok(reference_cases(sc.s->db, NUMBER, &cases, &count, &e), &e);
	assert_int_equal(count, 0);
	free(cases);
	assert_int_equal(learnt(&sc, &by_dkim, false), 4);
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

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		the_numbers_of_other_teams_are_found_in_one_spelling),
	    cmocka_unit_test(what_only_looks_like_a_number_is_none),
	    cmocka_unit_test(no_more_than_ten_are_kept_of_one_subject),
	    cmocka_unit_test(only_an_issuer_s_own_numbers_are_global),
	    cmocka_unit_test(a_global_number_has_a_local_spelling),
	    TEST(a_number_is_remembered_for_each_of_its_cases_once),
	    TEST(a_global_number_lets_in_whoever_a_tag_lets_in),
	    TEST(a_number_out_of_unproven_mail_leads_who_wrote_it_alone),
	    TEST(a_local_number_is_good_only_where_its_organisation_takes_part),
	    TEST(a_tag_of_ours_goes_before_a_number_of_theirs),
	    TEST(a_case_learns_numbers_from_those_it_may_believe),
	    TEST(a_live_mail_that_is_untrusted_teaches_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
