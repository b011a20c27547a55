#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "policy/autoreply.h"

#define REPORTER "reporter@x.example"
#define TEAM "csirt@example.org"

/* A report that may be answered, and what a test changes in it. */
struct scene {
	struct autoreply_question q;
	struct part_table table;
	struct strs written_to, team, tags;
};

static void
scene_field(struct scene *s, uint32_t part, const char *name, const char *value)
{
	struct part_table *t = &s->table;

	t->field = xgrow(t->field, t->fields, sizeof(*t->field));
	t->field[t->fields++] = (struct field){
	    .part = part, .name = xstrdup(name), .value = xstrdup(value)};
}

static int
scene_make(void **state)
{
	struct scene *s = xcalloc(1, sizeof(*s));

	*state = s;
	strs_add(&s->team, TEAM);
	strs_add(&s->team, "soc@example.org");
	strs_add(&s->written_to, "other@x.example");
	strs_add(&s->written_to, TEAM);
	scene_field(s, 0, "From", REPORTER);
	s->q = (struct autoreply_question){.table = &s->table,
	    .sender = "Reporter@X.example",
	    .from = REPORTER,
	    .written_to = &s->written_to,
	    .team = &s->team,
	    .kind = KIND_REPORT,
	    .structure = KIND_UNKNOWN,
	    .tags = &s->tags};
	return 0;
}

static int
scene_end(void **state)
{
	struct scene *s = *state;

	part_table_free(&s->table);
	strs_free(&s->written_to);
	strs_free(&s->team);
	strs_free(&s->tags);
	free(s);
	return 0;
}

static void
assert_refused(const struct scene *s, const char *word)
{
	const char *got = autoreply_refused(&s->q);

	if (got == NULL)
		fail_msg("answered, expected %s", word);
	assert_string_equal(got, word);
}

static void
assert_answered(const struct scene *s)
{
	const char *got = autoreply_refused(&s->q);

	if (got != NULL)
		fail_msg("refused: %s", got);
}

static void
a_plain_report_to_the_team_is_answered(void **state)
{
	assert_answered(*state);
}

static void
an_envelope_sender_that_is_not_from_is_not_answered(void **state)
{
	struct scene *s = *state;

	s->q.sender = NULL;
	assert_refused(s, "sender-unknown");
	s->q.sender = "";
	assert_refused(s, "sender-null");
	s->q.sender = "other@x.example";
	assert_refused(s, "sender-not-from");
	s->q.sender = "no address";
	assert_refused(s, "sender-not-from");
}

static void
without_one_plain_from_nobody_is_answered(void **state)
{
	struct scene *s = *state;

	s->q.from = NULL;
	assert_refused(s, "from-unusable");
	s->q.from = "a b@x.example";
	assert_refused(s, "from-unusable");
	s->q.from = "\xe5\x8f\x97@x.example";
	assert_refused(s, "from-unusable");
}

/* One field of the header and the word that it leads to; NULL: none. */
static void
check_field(const char *name, const char *value, const char *word)
{
	struct scene *s;

	scene_make((void **)&s);
	scene_field(s, 0, name, value);
	if (word != NULL)
		assert_refused(s, word);
	else
		assert_answered(s);
	scene_end((void **)&s);
	scene_make((void **)&s);
	scene_field(s, 3, name, value);
	assert_answered(s); /* an enclosed message's field says nothing */
	scene_end((void **)&s);
}

static void
the_header_s_own_fields_ask_for_silence(void **state)
{
	(void)state;
	check_field("Auto-Submitted", "auto-replied", "auto-submitted");
	check_field("auto-submitted", " Auto-Generated; x=y", "auto-submitted");
	check_field("Auto-Submitted", "no", NULL);
	check_field("Auto-Submitted", "No (a person wrote it)", NULL);
	check_field("Auto-Submitted", "", "auto-submitted");
	check_field("List-Id", "<l.x.example>", "from-list");
	check_field("LIST-UNSUBSCRIBE", "<mailto:x@x.example>", "from-list");
	check_field("Listing", "x", NULL);
	check_field("Precedence", "bulk", "bulk");
	check_field("Precedence", "List", "bulk");
	check_field("Precedence", "junk", "bulk");
	check_field("Precedence", "first-class", NULL);
	check_field("X-Auto-Response-Suppress", "OOF, AutoReply", "suppressed");
	check_field("X-Auto-Response-Suppress", "All", "suppressed");
	check_field("X-Auto-Response-Suppress", "None", NULL);
}

static void
check_from(struct scene *s, const char *from, const char *word)
{
	s->q.from = s->q.sender = from;
	if (word != NULL)
		assert_refused(s, word);
	else
		assert_answered(s);
}

static void
mailboxes_that_no_person_reads_are_not_answered(void **state)
{
	static const char *const machines[] = {"mailer-daemon@x.example",
	    "postmaster@x.example", "owner-list@x.example",
	    "list-request@x.example", "list-bounces@x.example",
	    "list-bounces+me=y.example@x.example", "noreply@x.example",
	    "no-reply+12@x.example", "service-noreply@x.example"};
	static const char *const people[] = {"owner@x.example",
	    "request@x.example", "noreplyperson@x.example",
	    "bounces@x.example"};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		check_from(s, machines[i], "from-machine");
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		check_from(s, people[i], NULL);
}

static void
the_team_does_not_answer_itself(void **state)
{
	struct scene *s = *state;

	check_from(s, TEAM, "from-team");
	check_from(s, "soc@example.org", "from-team");
	check_from(s, "csirt+s1-abcdefghijklmnop@example.org", "from-team");
	check_from(s, "csirt@example.net", NULL);
	check_from(s, "csirt2@example.org", NULL);
}

static void
mail_that_names_the_team_nowhere_is_not_answered(void **state)
{
	struct scene *s = *state;

	strs_free(&s->written_to);
	assert_refused(s, "not-to-us");
	strs_add(&s->written_to, "csirt@example.net");
	assert_refused(s, "not-to-us");
	strs_add(&s->written_to, "CSIRT+s1-abcdefghijklmnop@EXAMPLE.org");
	assert_answered(s);
	strs_free(&s->written_to);
	strs_add(&s->written_to, "soc@example.org");
	assert_answered(s);
}

static void
what_may_be_spam_is_answered_only_as_a_report_of_something(void **state)
{
	struct scene *s = *state;

	strs_add(&s->tags, "spam-suspected");
	assert_refused(s, "kind");
	s->q.category = "spam";
	assert_answered(s);
}

static void
machines_and_noise_are_not_answered(void **state)
{
	static const enum kind silent[] = {KIND_SPAM, KIND_BOUNCE,
	    KIND_AUTO_REPLY, KIND_NOTIFICATION, KIND_ADVISORY};
	static const enum kind answered[] = {KIND_UNKNOWN, KIND_VULNERABILITY,
	    KIND_ENQUIRY, KIND_REPLY, KIND_ADMINISTRATIVE};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
		s->q.kind = silent[i];
		assert_refused(s, "kind");
	}
	for (size_t i = 0; i < sizeof(answered) / sizeof(answered[0]); i++) {
		s->q.kind = answered[i];
		assert_answered(s);
	}
	s->q.structure = KIND_REPORT; /* a feedback report, RFC 5965 */
	assert_refused(s, "machine-made");
}

static void
an_exercise_or_a_watched_network_is_not_answered(void **state)
{
	struct scene *s = *state;

	s->q.category = "exercise";
	assert_refused(s, "exercise");
	s->q.category = "apt";
	assert_refused(s, "apt");
	s->q.category = "malware";
	assert_answered(s);
	strs_add(&s->tags, "apt-suspected");
	assert_refused(s, "apt");
}

static void
staff_forgeries_loops_and_dmarc_failures_are_not_answered(void **state)
{
	struct scene *s = *state;

	s->q.staff = true;
	assert_refused(s, "staff");
	s->q.staff = false;
	s->q.alarm = true;
	assert_refused(s, "alarm");
	s->q.alarm = false;
	s->q.unauthorised = true;
	assert_refused(s, "dmarc-fail");
	s->q.unauthorised = false;
	s->q.looped = true;
	assert_refused(s, "looped");
	s->q.looped = false;
	s->q.answers_ours = true;
	assert_refused(s, "answers-ours");
	s->q.answers_ours = false;
	s->q.joined = true;
	assert_refused(s, "joined");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_make, scene_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_plain_report_to_the_team_is_answered),
	    TEST(an_envelope_sender_that_is_not_from_is_not_answered),
	    TEST(without_one_plain_from_nobody_is_answered),
	    cmocka_unit_test(the_header_s_own_fields_ask_for_silence),
	    TEST(mailboxes_that_no_person_reads_are_not_answered),
	    TEST(the_team_does_not_answer_itself),
	    TEST(mail_that_names_the_team_nowhere_is_not_answered),
	    TEST(what_may_be_spam_is_answered_only_as_a_report_of_something),
	    TEST(machines_and_noise_are_not_answered),
	    TEST(an_exercise_or_a_watched_network_is_not_answered),
	    TEST(staff_forgeries_loops_and_dmarc_failures_are_not_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
