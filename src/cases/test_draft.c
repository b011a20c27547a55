#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/draft.h"
#include "cases/test_store.h"

#define SHA_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define FINGERPRINT "0123456789ABCDEF0123456789ABCDEF01234567"

/* A draft of a stored message, without copies. */
static void
draft_start(struct store *s, struct draft *d, const char *rfc_message_id)
{
	*d = (struct draft){.kind = xstrdup("copy"),
	    .message = store_message(s, SHA_1),
	    .rfc_message_id = xstrdup(rfc_message_id),
	    .language = xstrdup("ja"),
	    .label = NOROSHI_TLP_AMBER_STRICT};
}

static struct draft_copy *
copy_add(struct draft *d, const char *recipient, enum noroshi_decision decision,
    const char *file)
{
	struct draft_copy *c = draft_add(d, recipient, 0);

	c->answer =
	    (struct noroshi_answer){.decision = decision, .rule = "a-rule"};
	c->reason = xstrdup("a reason");
	c->file = xstrdup_null(file);
	return c;
}

static int64_t
count(struct store *s, const char *sql)
{
	struct err e = {0};
	int64_t n;

	ok(db_get_int(s->db, &n, -1, &e, sql, ""), &e);
	return n;
}

static void
an_allowed_copy_is_queued_as_it_was_judged(void **state)
{
	struct store *s = *state;
	struct draft_copy *c;
	struct db_row *row;
	struct err e = {0};
	struct draft d;

	store_contact(s, 4);
	draft_start(s, &d, "<1@y>");
	c = copy_add(&d, "a@x.example", NOROSHI_ALLOW, "aa11");
	c->contact = 4;
	memcpy(c->encrypted_to, FINGERPRINT, sizeof(FINGERPRINT));
	ok(draft_insert(s->db, NOW, &d, "smtp", &e), &e);
	ok(db_query(s->db, &row, &e,
	       "SELECT v.recipient, v.contact, v.state, v.rule, v.reason,"
	       " v.encrypted_to, v.file, v.transport, v.next_attempt_at,"
	       " d.kind, d.message, d.rfc_message_id, d.language, d.label,"
	       " d.created_at FROM delivery v JOIN draft d ON d.id = v.draft",
	       ""),
	    &e);
	assert_int_equal(db_step(row, &e), 1);
	assert_string_equal(db_text(row, 0), "a@x.example");
	assert_int_equal(db_int(row, 1), 4);
	assert_string_equal(db_text(row, 2), "queued");
	assert_string_equal(db_text(row, 3), "a-rule");
	assert_string_equal(db_text(row, 4), "a reason");
	assert_string_equal(db_text(row, 5), FINGERPRINT);
	assert_string_equal(db_text(row, 6), "aa11");
	assert_string_equal(db_text(row, 7), "smtp");
	assert_int_equal(db_int(row, 8), NOW);
	assert_string_equal(db_text(row, 9), "copy");
	assert_int_equal(db_int(row, 10), d.message);
	assert_string_equal(db_text(row, 11), "<1@y>");
	assert_string_equal(db_text(row, 12), "ja");
	assert_string_equal(db_text(row, 13), "AMBER+STRICT");
	assert_int_equal(db_int(row, 14), NOW);
	assert_int_equal(db_step(row, &e), 0);
	draft_free(&d);
}

static void
a_refused_copy_gets_no_row(void **state)
{
	struct store *s = *state;
	struct err e = {0};
	struct draft d;

	draft_start(s, &d, "<1@y>");
	copy_add(&d, "no@x.example", NOROSHI_REFUSE, NULL);
	copy_add(&d, "yes@x.example", NOROSHI_ALLOW, "aa11");
	copy_add(&d, "never@x.example", NOROSHI_REFUSE, "bb22");
	ok(draft_insert(s->db, NOW, &d, "smtp", &e), &e);
	assert_int_equal(count(s, "SELECT COUNT(*) FROM draft"), 1);
	assert_int_equal(count(s, "SELECT COUNT(*) FROM delivery"), 1);
	assert_int_equal(
	    count(s, "SELECT COUNT(*) FROM delivery WHERE recipient ="
		     " 'yes@x.example' AND state = 'queued'"),
	    1);
	draft_free(&d);
}

static void
a_held_copy_has_neither_file_nor_key(void **state)
{
	struct store *s = *state;
	struct err e = {0};
	struct draft d;

	draft_start(s, &d, "<1@y>");
	copy_add(&d, "held@x.example", NOROSHI_HOLD, NULL);
	copy_add(&d, "too@x.example", NOROSHI_HOLD, NULL);
	ok(draft_insert(s->db, NOW, &d, "outbox", &e), &e);
	assert_int_equal(
	    count(s, "SELECT COUNT(*) FROM delivery WHERE state ="
		     " 'held' AND file IS NULL AND encrypted_to IS NULL"
		     " AND contact IS NULL"),
	    2);
	draft_free(&d);
}

static void
an_allowed_copy_that_was_not_sealed_is_our_own_mistake(void **state)
{
	struct store *s = *state;
	struct err e = {0};
	struct draft d;

	draft_start(s, &d, "<1@y>");
	copy_add(&d, "a@x.example", NOROSHI_ALLOW, "aa11");
	copy_add(&d, "b@x.example", NOROSHI_ALLOW, NULL);
	ok(db_begin(s->db, &e), &e);
	assert_int_equal(draft_insert(s->db, NOW, &d, "smtp", &e), -1);
	assert_int_equal(e.code, ERR_BUG);
	db_rollback(s->db);
	assert_int_equal(count(s, "SELECT COUNT(*) FROM draft"), 0);
	assert_int_equal(count(s, "SELECT COUNT(*) FROM delivery"), 0);
	draft_free(&d);
}

static void
one_message_id_makes_no_two_drafts(void **state)
{
	struct store *s = *state;
	struct err e = {0};
	struct draft d;

	draft_start(s, &d, "<1@y>");
	ok(draft_insert(s->db, NOW, &d, "smtp", &e), &e);
	assert_int_equal(draft_insert(s->db, NOW, &d, "smtp", &e), -1);
	assert_int_equal(e.code, ERR_BUG);
	assert_int_equal(count(s, "SELECT COUNT(*) FROM draft"), 1);
	draft_free(&d);
}

static void
copies_keep_their_order_and_are_freed_together(void **state)
{
	struct draft d = {0};

	(void)state;
	for (int i = 0; i < 100; i++) {
		char *to = xasprintf("%d@x.example", i);

		copy_add(&d, to, NOROSHI_HOLD, "file");
		free(to);
	}
	assert_int_equal(d.copies, 100);
	assert_string_equal(d.copy[0].recipient, "0@x.example");
	assert_string_equal(d.copy[99].recipient, "99@x.example");
	assert_string_equal(d.copy[99].encrypted_to, "");
	draft_free(&d);
	assert_int_equal(d.copies, 0);
	assert_null(d.copy);
	draft_free(&d);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

static void
mail_to_many_leaves_last_unless_it_is_urgent(void **state)
{
	static const char names[] = "abcdefghijklmnopqrstu";
	struct store *s = *state;
	char sha[] = SHA_1;
	struct err e = {0};

	for (int round = 0; round < 3; round++) {
		struct draft d;

		d = (struct draft){.kind = xstrdup("copy"),
		    .rfc_message_id = xasprintf("<%d@y>", round),
		    .language = xstrdup("ja"),
		    .label = NOROSHI_TLP_GREEN};
		sha[0] = (char)('1' + round);
		d.message = store_message(s, sha);
		for (size_t i = 0; i < (round == 0 ? 20U : 21U); i++) {
			char to[] = "?@x.example", file[] = "a00";

			to[0] = names[i];
			file[1] = (char)('0' + round);
			file[2] = (char)('a' + i % 6);
			(void)copy_add(&d, to, NOROSHI_ALLOW, file);
		}
		if (round == 2)
			ok(db_run(s->db, &e,
			       "INSERT INTO advisory (number, revision,"
			       " message, notice, urgent) VALUES (1, 1, ?, 0,"
			       " 1)",
			       "i", d.message),
			    &e);
		ok(draft_insert(s->db, NOW, &d, "smtp", &e), &e);
		draft_free(&d);
	}
	assert_int_equal(count(s, "SELECT count(*) FROM delivery"
				  " WHERE lane = 1 AND draft = 1"),
	    20);
	assert_int_equal(count(s, "SELECT count(*) FROM delivery"
				  " WHERE lane = 2 AND draft = 2"),
	    21);
	assert_int_equal(count(s, "SELECT count(*) FROM delivery"
				  " WHERE lane = 0 AND draft = 3"),
	    21);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(mail_to_many_leaves_last_unless_it_is_urgent),
	    TEST(an_allowed_copy_is_queued_as_it_was_judged),
	    TEST(a_refused_copy_gets_no_row),
	    TEST(a_held_copy_has_neither_file_nor_key),
	    TEST(an_allowed_copy_that_was_not_sealed_is_our_own_mistake),
	    TEST(one_message_id_makes_no_two_drafts),
	    cmocka_unit_test(copies_keep_their_order_and_are_freed_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
