#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/case_people.h"
#include "cases/rfc_id.h"
#include "cases/test_scene.h"

#define LIST "talk@list.example"
#define HOSTER "abuse@hoster.example"

static void
who_was_written_to_answers_without_being_known(void **state)
{
	struct scene sc = scene_make(state);
	int64_t cases = store_case(sc.s, "with a hoster");
	const struct post report = {
	    "<r@x>", "rika@x.example", HOSTER, "A site", NULL, NULL};
	int64_t id = scene_post(&sc, &report, cases);
	const struct post answer = {
	    "<a@h>", HOSTER, TEAM, "Re: A site", "<r@x>", NULL};
	const struct post other = {
	    "<b@h>", "else@hoster.example", TEAM, "Re: A site", "<r@x>", NULL};
	struct thread t = scene_post_found(&sc, &unknown, &answer);

	assert_int_equal(t.cases, cases);
	assert_int_equal(t.parent, id);
	assert_true(t.untrusted);
	t = scene_post_found(&sc, &unknown, &other);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, cases);
	t = scene_post_found(&sc, &alarming, &answer);
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

	scene_post(&sc, &first, cases);
	scene_post(&sc, &ours, cases);
	assert_int_equal(
	    scene_post_found(&sc, &unknown, &to_list).cases, cases);
	assert_int_equal(
	    scene_post_found(&sc, &unknown, &to_author).cases, cases);
	assert_true(scene_post_found(&sc, &unknown, &to_author).untrusted);
	/* our own domain's addresses are no list */
	assert_int_equal(scene_post_found(&sc, &unknown, &to_us).cases, 0);
}

static void
who_wrote_a_mail_of_the_case_may_go_on_from_it(void **state)
{
	struct scene sc = scene_make(state);
	int64_t cases = store_case(sc.s, "with a hoster");
	const struct post first = {
	    "<1@h>", HOSTER, TEAM, "Re: A site", NULL, NULL};
	const struct post more = {
	    "<2@h>", HOSTER, TEAM, "Re: A site", "<1@h>", NULL};
	struct thread t;

	scene_post(&sc, &first, cases);
	t = scene_post_found(&sc, &unknown, &more);
	assert_int_equal(t.cases, cases);
	assert_true(t.untrusted);
	assert_int_equal(scene_post_found(&sc, &alarming, &more).cases, 0);
}

static void
a_ticket_s_mails_that_share_a_mail_and_a_number_belong_together(void **state)
{
	struct scene sc = scene_make(state);
	int64_t cases = store_case(sc.s, "a ticket");
	const struct post one = {"<1@d>", "desk@d.example", TEAM,
	    "[desk #33575] AutoReply: A site", "<Ticket-33575@d>", NULL};
	struct post two = {"<2@d>", "desk@d.example", TEAM,
	    "[desk #33575] Resolved: A site", "<Ticket-33575@d>", NULL};

	scene_post(&sc, &one, cases);
	assert_int_equal(scene_post_found(&sc, &unknown, &two).cases, cases);
	two.subject = "[desk #33576] Resolved: Another";
	assert_int_equal(scene_post_found(&sc, &unknown, &two).cases, 0);
	two.subject = one.subject;
	two.from = "mal@e.example";
	assert_int_equal(scene_post_found(&sc, &unknown, &two).cases, 0);
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

	scene_post(&sc, &one, cases);
	t = scene_post_found(&sc, &unknown, &two);
	assert_int_equal(t.cases, cases);
	assert_int_equal(t.parent, 0);
	assert_true(t.untrusted);
	two.subject = "...";
	assert_int_equal(scene_post_found(&sc, &unknown, &two).cases, cases);
	/* a constant id of some machine's is no mail */
	two.subject = "Backup failed";
	assert_int_equal(scene_post_found(&sc, &by_dkim, &two).cases, 0);
	two.subject = "a site";
	two.to = TEAM;
	t = scene_post_found(&sc, &unknown, &two);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.named, 0);
	assert_int_equal(scene_post_found(&sc, &alarming, &two).cases, 0);
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

	scene_post(&sc, &one, cases);
	assert_int_equal(scene_post_found(&sc, &by_dkim, &two).cases, 0);
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

	scene_post(&sc, &one, cases);
	assert_int_equal(scene_post_found(&sc, &by_dkim, &two).cases, cases);
	two.from = "mal@e.example";
	assert_int_equal(scene_post_found(&sc, &unknown, &two).cases, 0);
	two.from = FROM;
	two.conversation = "<thread-index 02>";
	assert_int_equal(scene_post_found(&sc, &by_dkim, &two).cases, 0);
}

static void
a_second_copy_is_in_the_case_of_the_first(void **state)
{
	struct scene sc = scene_make(state);
	int64_t cases = store_case(sc.s, "a report");
	const struct post one = {"<1@x>", FROM, LIST, "A site", NULL, NULL};
	struct post two = {"<1@x>", FROM, TEAM, "[talk] A site", NULL, NULL};
	int64_t id = scene_post(&sc, &one, cases);
	struct err e = {0};
	struct thread t;

	ok(case_participant_add(sc.s->db, NOW, cases, 0, FROM, NULL, &e), &e);
	t = scene_post_found(&sc, &unknown, &two);
	assert_int_equal(t.cases, cases);
	assert_int_equal(t.twin, id);
	assert_int_equal(t.parent, 0);
	two.subject = "Another site";
	t = scene_post_found(&sc, &unknown, &two);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.twin, id);
	two.subject = "A site";
	two.from = "zoe@z.example";
	t = scene_post_found(&sc, &unknown, &two);
	assert_int_equal(t.cases, 0);
	assert_int_equal(t.twin, id);
}

static void
a_mark_that_a_gateway_put_before_the_subject_makes_no_other_mail(void **state)
{
	struct scene sc = scene_make(state);
	int64_t cases = store_case(sc.s, "a report");
	const struct post other = {
	    "<1@x>", "zoe@z.example", LIST, "A site", NULL, NULL};
	const struct post one = {"<1@x>", FROM, LIST, "A site", NULL, NULL};
	struct post two = {
	    "<1@x>", FROM, TEAM, "Bug#12: [out] a site", NULL, NULL};

	scene_post(&sc, &other, sc.cases);
	/* the copy is found behind another one's mail with that id */
	scene_post(&sc, &one, cases);
	assert_int_equal(scene_post_found(&sc, &unknown, &two).cases, cases);
	two.subject = "*SPAM* A site";
	assert_int_equal(scene_post_found(&sc, &unknown, &two).cases, cases);
	two.subject = "Not a site";
	assert_int_equal(scene_post_found(&sc, &unknown, &two).cases, 0);
	two.subject = "Bug#12:";
	assert_int_equal(scene_post_found(&sc, &unknown, &two).cases, 0);
}

static void
of_two_mails_with_one_id_the_one_that_the_sender_knows_is_meant(void **state)
{
	struct scene sc = scene_make(state);
	int64_t first = store_case(sc.s, "somebody's");
	int64_t second = store_case(sc.s, "the sender's"), id;
	struct err e = {0};
	struct thread t;

	scene_message(sc.s, "<twice@x>", first);
	id = scene_message(sc.s, "<twice@x>", second);
	ok(case_participant_add(sc.s->db, NOW, second, 0, FROM, NULL, &e), &e);
	t = scene_found(&sc, &unknown, "<twice@x>", NULL, NULL);
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
	int64_t child = scene_post(&sc, &early, sc.cases), id;
	struct err e = {0};
	struct message m;

	id = scene_post(&sc, &late, sc.cases);
	ok(message_get(sc.s->db, id, &m, &e), &e);
	ok(rfc_id_adopt(sc.s->db, &m, &e), &e);
	assert_int_equal(parent_of(&sc, child), id);
	message_free(&m);
	ok(message_get(sc.s->db, child, &m, &e), &e);
	ok(rfc_id_adopt(sc.s->db, &m, &e), &e);
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
	int64_t child = scene_post(&sc, &early, sc.cases), id[3];
	struct err e = {0};
	struct message m;

	for (int i = 0; i < 3; i++) {
		id[i] = scene_message(sc.s, late[i], sc.cases);
		ok(message_get(sc.s->db, id[i], &m, &e), &e);
		ok(rfc_id_adopt(sc.s->db, &m, &e), &e);
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
	    TEST(who_was_written_to_answers_without_being_known),
	    TEST(who_answers_the_same_list_or_the_author_is_in_the_thread),
	    TEST(who_wrote_a_mail_of_the_case_may_go_on_from_it),
	    TEST(
		a_ticket_s_mails_that_share_a_mail_and_a_number_belong_together),
	    TEST(two_answers_to_a_mail_that_never_came_belong_together),
	    TEST(an_address_in_a_phrase_is_no_mail_that_two_answer),
	    TEST(outlook_s_conversation_is_one_without_any_reference),
	    TEST(a_second_copy_is_in_the_case_of_the_first),
	    TEST(
		a_mark_that_a_gateway_put_before_the_subject_makes_no_other_mail),
	    TEST(
		of_two_mails_with_one_id_the_one_that_the_sender_knows_is_meant),
	    TEST(
		a_parent_that_comes_late_is_answered_and_never_by_its_own_parent),
	    TEST(of_parents_that_come_late_the_nearest_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
