#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "cases/advisory.h"
#include "cases/advisory_status.h"
#include "cases/draft.h"
#include "cases/outgoing.h"
#include "cases/test_store.h"
#include "cases/token.h"

#define TEAM "csirt@example.org"

static int64_t
message(struct store *s, const char *subject)
{
	struct outgoing o = {.kind = xstrdup("advisory"),
	    .identity = xstrdup("user:test"),
	    .language = xstrdup("en"),
	    .subject = xstrdup(subject),
	    .label_asked = true,
	    .label = NOROSHI_TLP_GREEN};
	struct err e = {0};
	int64_t id;

	buf_init(&o.text, 100);
	buf_puts(&o.text, "text");
	outgoing_vary(&o, "ja", "題", "本文", strlen("本文"));
	ok(outgoing_create(s->db, s->vault, NULL, NOW, &o, &e), &e);
	id = o.message;
	outgoing_free(&o);
	return id;
}

static struct advisory
first(struct store *s)
{
	struct advisory a = {.message = message(s, "one")};
	struct err e = {0};

	ok(advisory_add(s->db, &a, &e), &e);
	return a;
}

/* A copy of the message for a contact, in that state. */
static void
copy(struct store *s, int64_t id, int64_t contact, const char *rfc_id,
    const char *state)
{
	struct err e = {0};
	int64_t draft;

	ok(db_insert(s->db, &draft, &e,
	       "INSERT INTO draft (kind, message, rfc_message_id, language,"
	       " label, created_at) VALUES ('advisory', ?, ?, 'en', 'GREEN', "
	       "1)",
	       "is", id, rfc_id),
	    &e);
	ok(db_run(s->db, &e,
	       "INSERT INTO delivery (draft, recipient, contact, state, rule,"
	       " reason, transport, created_at)"
	       " VALUES (?, 'm@x.example', ?, ?, 'r', 'why', 'outbox', 1)",
	       "iis", draft, contact, state),
	    &e);
}

static int64_t
sum(const json_t *status, const char *name)
{
	return json_integer_value(
	    json_object_get(json_object_get(status, "sums"), name));
}

static void
a_revision_keeps_the_number(void **state)
{
	struct store *s = *state;
	struct advisory a = first(s), b = {.number = a.number}, c, of;
	struct err e = {0};
	char *name;

	assert_int_equal(a.number, 1);
	b.message = message(s, "two");
	ok(advisory_revise(s->db, &b, &e), &e);
	name = advisory_name(&b);
	assert_string_equal(name, "1-r2");
	free(name);
	c = first(s);
	assert_int_equal(c.number, 2);
	assert_int_equal(c.revision, 1);
	ok(advisory_of(s->db, b.message, &of, &e), &e);
	assert_int_equal(of.number, 1);
	assert_int_equal(of.revision, 2);
	ok(advisory_of(s->db, 999, &of, &e), &e);
	assert_int_equal(of.number, 0);
}

static void
a_revision_answers_the_first_that_left(void **state)
{
	struct store *s = *state;
	struct advisory a = first(s), found;
	struct strs ids = {0};
	struct err e = {0};

	store_contact(s, 7);
	copy(s, a.message, 7, "<held@x>", "held");
	copy(s, a.message, 7, "<sent@x>", "sent");
	ok(advisory_references(s->db, a.number, "ja", &ids, &e), &e);
	assert_int_equal(ids.count, 1);
	assert_string_equal(ids.item[0], "<sent@x>");
	strs_free(&ids);
	ok(advisory_by_rfc_id(s->db, "<sent@x>", &found, &e), &e);
	assert_int_equal(found.number, a.number);
	ok(advisory_by_rfc_id(s->db, "<other@x>", &found, &e), &e);
	assert_int_equal(found.number, 0);
}

static void
cancelling_leaves_the_notice_of_it(void **state)
{
	struct store *s = *state;
	struct advisory a = first(s), n = {.number = a.number, .notice = true};
	struct advisory *list;
	struct err e = {0};
	size_t count;

	n.message = message(s, "end");
	ok(advisory_revise(s->db, &n, &e), &e);
	ok(advisory_cancel(s->db, a.number, NOW, &e), &e);
	ok(advisory_list(s->db, a.number, &list, &count, &e), &e);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].cancelled_at, NOW);
	assert_int_equal(list[1].cancelled_at, 0);
	assert_true(list[1].notice);
	free(list);
}

static void
answer(struct store *s, int64_t number, int64_t contact, const char *sha,
    const char *word, bool proven, int64_t at)
{
	struct err e = {0};
	struct advisory_answer a = {.number = number,
	    .revision = 1,
	    .contact = contact,
	    .message = store_message(s, sha),
	    .word = word,
	    .proven = proven,
	    .at = at};

	ok(advisory_answer_add(s->db, &a, &e), &e);
	ok(advisory_answer_add(s->db, &a, &e), &e);
}

static void
the_latest_proven_answer_counts(void **state)
{
	struct store *s = *state;
	struct advisory a = first(s);
	struct err e = {0};
	json_t *status;

	store_contact(s, 7);
	store_contact(s, 8);
	copy(s, a.message, 7, "<7@x>", "sent");
	copy(s, a.message, 8, "<8@x>", "failed");
	answer(s, a.number, 7, "a", "not-affected", true, 200);
	answer(s, a.number, 7, "b", "affected", true, 100);
	answer(s, a.number, 8, "c", "ack", false, 300);
	ok(advisory_status(s->db, a.number, &status, &e), &e);
	assert_int_equal(sum(status, "members"), 2);
	assert_int_equal(sum(status, "sent"), 1);
	assert_int_equal(sum(status, "not_reached"), 1);
	assert_int_equal(sum(status, "not-affected"), 1);
	assert_int_equal(sum(status, "affected"), 0);
	assert_int_equal(sum(status, "ack"), 0);
	assert_int_equal(sum(status, "unproven"), 1);
	assert_int_equal(
	    json_array_size(json_object_get(
		json_array_get(json_object_get(status, "members"), 0),
		"answers")),
	    2);
	json_decref(status);
}

static void
an_unknown_number_has_no_status(void **state)
{
	struct store *s = *state;
	struct err e = {0};
	json_t *status;

	assert_int_equal(advisory_status(s->db, 5, &status, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
}

static void
variants_come_back_as_they_were_written(void **state)
{
	struct store *s = *state;
	int64_t id = message(s, "one");
	struct outgoing o;
	struct err e = {0};

	ok(outgoing_get(s->db, s->vault, NULL, id, &o, &e), &e);
	assert_int_equal(o.variants, 1);
	assert_string_equal(o.variant[0].language, "ja");
	assert_string_equal(o.variant[0].subject, "題");
	assert_string_equal(buf_str(&o.variant[0].text), "本文");
	outgoing_free(&o);
}

static void
its_address_leads_back_to_it_alone(void **state)
{
	struct store *s = *state;
	char *address = token_address(s->vault, TEAM, TOKEN_ADVISORY, 12, "");
	enum token_kind kind;
	struct err e = {0};
	int64_t cases;
	bool other;

	assert_int_equal(token_advisory(s->vault, TEAM, address), 12);
	ok(token_read(
	       s->db, s->vault, TEAM, address, NULL, &kind, &cases, &other, &e),
	    &e);
	assert_int_equal(kind, TOKEN_NONE);
	address[strlen("csirt+a1")] = '3';
	assert_int_equal(token_advisory(s->vault, TEAM, address), 0);
	assert_int_equal(token_advisory(s->vault, TEAM, TEAM), 0);
	free(address);
	store_case(s, "a case");
	address = token_address(s->vault, TEAM, TOKEN_REPLY, 1, "");
	assert_int_equal(token_advisory(s->vault, TEAM, address), 0);
	free(address);
}

#define WITH_STORE(name)                                                       \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_STORE(a_revision_keeps_the_number),
	    WITH_STORE(a_revision_answers_the_first_that_left),
	    WITH_STORE(cancelling_leaves_the_notice_of_it),
	    WITH_STORE(the_latest_proven_answer_counts),
	    WITH_STORE(an_unknown_number_has_no_status),
	    WITH_STORE(variants_come_back_as_they_were_written),
	    WITH_STORE(its_address_leads_back_to_it_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
