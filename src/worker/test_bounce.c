#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/test_store.h"
#include "worker/bounce.h"

/* One draft, <ours@y>, of that kind to each of the addresses in to. */
static void
draft_make(struct store *s, const char *kind, const char *to)
{
	struct strs l = {0};
	struct err e = {0};
	char sha[65];
	int64_t id;

	memset(sha, 'a', 64);
	sha[64] = '\0';
	ok(db_insert(s->db, &id, &e,
	       "INSERT INTO draft (kind, message, rfc_message_id, language,"
	       " label, created_at) VALUES (?, ?, '<ours@y>', 'en', 'AMBER', "
	       "0)",
	       "si", kind, store_message(s, sha)),
	    &e);
	strs_split(&l, to, " ");
	for (size_t i = 0; i < l.count; i++)
		ok(db_run(s->db, &e,
		       "INSERT INTO delivery (draft, recipient, state, rule,"
		       " reason, transport, created_at) VALUES (?, ?, 'sent',"
		       " 'r', 'because', 'file', 0)",
		       "is", id, l.item[i]),
		    &e);
	strs_free(&l);
}

/* What a report with that body makes of it, as "recipient action ..." */
static void
found(struct store *s, const char *report, const char *expected)
{
	struct bounce b = {.message_id = xstrdup("<ours@y>")};
	struct buf got;
	struct err e = {0};

	dsn_read(report, strlen(report), &b.dsn);
	ok(bounce_find(s->db, &b, &e), &e);
	buf_init(&got, 4096);
	for (size_t i = 0; i < b.hits; i++)
		buf_putf(&got, "%s%s %s", i == 0 ? "" : " ", b.hit[i].recipient,
		    b.hit[i].said->action == DSN_FAILED ? "failed" : "delayed");
	assert_string_equal(buf_str(&got), expected);
	buf_free(&got);
	bounce_free(&b);
}

#define ABOUT(who, action)                                                     \
	"Final-Recipient: rfc822; " who "\nAction: " action "\n\n"

static void
each_recipient_that_is_named_is_found_and_no_other(void **state)
{
	struct store *s = *state;

	draft_make(s, "answer", "a@x b@x c@x");
	found(s, ABOUT("B@X", "failed"), "b@x failed");
	found(s, ABOUT("c@x", "failed") ABOUT("a@x", "delayed"),
	    "a@x delayed c@x failed");
	found(s, ABOUT("a@x", "delivered"), "");
	found(s, ABOUT("d@x", "failed"), "");
	found(s, ABOUT("a@x", "delayed") ABOUT("a@x", "failed"), "a@x failed");
	found(s,
	    "Final-Recipient: rfc822; d@isp\nOriginal-Recipient: rfc822; a@x\n"
	    "Action: failed\n",
	    "a@x failed");
	found(s, "", "");
}

static void
an_only_recipient_is_meant_whatever_the_address(void **state)
{
	struct store *s = *state;

	draft_make(s, "answer", "a@x");
	found(s, ABOUT("d@isp", "failed"), "a@x failed");
	found(
	    s, ABOUT("d@isp", "failed") ABOUT("f@isp", "failed"), "a@x failed");
	/* A list behind the address: one of them got it, or may still. */
	found(s, ABOUT("d@isp", "failed") ABOUT("f@isp", "delivered"), "");
	found(s, ABOUT("d@isp", "failed") ABOUT("f@isp", "delayed"),
	    "a@x delayed");
	found(s, ABOUT("d@isp", "relayed"), "");
}

static void
a_message_id_that_is_not_ours_finds_nothing(void **state)
{
	struct bounce b = {.message_id = xstrdup("<theirs@y>")};
	struct bounce none = {0};
	struct store *s = *state;
	const char *report = ABOUT("a@x", "failed");
	struct thread t = {.cases = 7};
	struct err e = {0};

	draft_make(s, "answer", "a@x");
	dsn_read(report, strlen(report), &b.dsn);
	ok(bounce_find(s->db, &b, &e), &e);
	assert_int_equal(b.hits, 0);
	assert_false(bounce_thread(&b, &t));
	assert_int_equal(t.cases, 7);
	ok(bounce_find(s->db, &none, &e), &e);
	assert_false(bounce_thread(&none, &t));
	bounce_free(&b);
}

static void
only_readers_of_the_team_are_gone(void **state)
{
	struct store *s = *state;
	static const char *const kinds[] = {"copy", "answer"};
	const char *report = ABOUT("a@x", "failed");
	struct err e = {0};

	draft_make(s, "copy", "a@x b@x");
	for (size_t i = 0; i < 2; i++) {
		struct bounce b = {.message_id = xstrdup("<ours@y>")};
		struct strs gone = {0};
		struct thread t;

		ok(db_run(
		       s->db, &e, "UPDATE draft SET kind = ?", "s", kinds[i]),
		    &e);
		dsn_read(report, strlen(report), &b.dsn);
		ok(bounce_find(s->db, &b, &e), &e);
		bounce_gone(&b, &gone);
		assert_int_equal(gone.count, i == 0 ? 1 : 0);
		assert_int_equal(strs_has(&gone, "a@x"), i == 0);
		assert_true(bounce_thread(&b, &t));
		assert_int_equal(t.parent, b.returned[0].message);
		strs_free(&gone);
		bounce_free(&b);
	}
}

static void
a_bounce_that_names_nobody_may_be_of_any_reader(void **state)
{
	struct bounce b = {.message_id = xstrdup("<ours@y>")};
	struct store *s = *state;
	struct strs gone = {0};
	struct err e = {0};

	draft_make(s, "copy", "a@x b@x");
	ok(bounce_find(s->db, &b, &e), &e);
	assert_int_equal(b.hits, 0);
	bounce_gone(&b, &gone);
	assert_int_equal(gone.count, 2);
	strs_free(&gone);
	bounce_free(&b);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

static void
without_its_token_no_copy_that_had_one_is_booked(void **state)
{
	struct bounce b = {.message_id = xstrdup("<ours@y>")};
	struct err e = {0};

	draft_make(*state, "post", "a@x.org b@x.org");
	ok(db_run(((struct store *)*state)->db, &e,
	       "UPDATE delivery SET verp = 1 WHERE recipient = 'a@x.org'", ""),
	    &e);
	dsn_read(ABOUT("a@x.org", "failed") ABOUT("b@x.org", "failed"),
	    strlen(ABOUT("a@x.org", "failed") ABOUT("b@x.org", "failed")),
	    &b.dsn);
	ok(bounce_find(((struct store *)*state)->db, &b, &e), &e);
	assert_int_equal(b.hits, 2);
	assert_false(b.hit[0].counts);
	assert_true(b.hit[1].counts);
	bounce_free(&b);
}

static void
a_token_is_for_its_copy_alone_whatever_the_report_says(void **state)
{
	struct bounce b = {.message_id = xstrdup("<ours@y>")};
	struct store *s = *state;
	struct err e = {0};

	draft_make(s, "post", "a@x.org b@x.org");
	ok(db_run(s->db, &e, "UPDATE delivery SET verp = 1", ""), &e);
	ok(db_get_int(s->db, &b.copy, 0, &e,
	       "SELECT id FROM delivery WHERE recipient = 'a@x.org'", ""),
	    &e);
	dsn_read(ABOUT("b@x.org", "failed"), strlen(ABOUT("b@x.org", "failed")),
	    &b.dsn);
	ok(bounce_find(s->db, &b, &e), &e);
	assert_int_equal(b.hits, 1);
	assert_string_equal(b.hit[0].recipient, "a@x.org");
	assert_true(b.hit[0].counts);
	bounce_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(each_recipient_that_is_named_is_found_and_no_other),
	    TEST(an_only_recipient_is_meant_whatever_the_address),
	    TEST(a_message_id_that_is_not_ours_finds_nothing),
	    TEST(only_readers_of_the_team_are_gone),
	    TEST(without_its_token_no_copy_that_had_one_is_booked),
	    TEST(a_token_is_for_its_copy_alone_whatever_the_report_says),
	    TEST(a_bounce_that_names_nobody_may_be_of_any_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
