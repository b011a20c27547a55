#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/message.h"
#include "cases/message_json.h"
#include "cases/test_store.h"

#define SHA_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define SHA_2 "2222222222222222222222222222222222222222222222222222222222222222"

/* The fields that every message object has, and three more of ours. */
static const char *const promised[] = {"id", "direction", "message_id",
    "sha256", "received_at", "source", "from", "to", "cc", "subject", "date",
    "encryption", "signatures", "sender", "classification", "tlp", "case",
    "in_reply_to_message", "warnings", "text", "attachments", "state",
    "indicators"};
static const char *const more[] = {"size", "untrusted", "products"};

#define PROMISED (sizeof(promised) / sizeof(promised[0]))
#define MORE (sizeof(more) / sizeof(more[0]))

/* The object of a message with those facts and that content (both taken). */
static json_t *
shown(struct store *s, json_t *facts, json_t *content, int64_t cases,
    int64_t parent, const char *state)
{
	int64_t id = store_message(s, SHA_1);
	struct err e = {0};
	struct message m;
	json_t *j;

	ok(message_get(s->db, id, &m, &e), &e);
	ok(vault_key_create(s->vault, &m.vault_key, &e), &e);
	m.facts = facts;
	m.content = content;
	m.cases = cases;
	m.parent = parent;
	m.label = xstrdup("AMBER");
	ok(message_claim(s->db, s->vault, &m, &e), &e);
	ok(message_finish(s->db, id, state, &e), &e);
	message_free(&m);
	ok(message_get(s->db, id, &m, &e), &e);
	ok(message_unseal(s->db, s->vault, &m, &e), &e);
	ok(message_json(s->db, &m, true, &j, &e), &e);
	message_free(&m);
	return j;
}

static json_t *
quarantined(struct store *s)
{
	return shown(s,
	    json_pack("{s:[s], s:{s:s}}", "warnings", "quarantined",
		"quarantine", "reason", "over a limit"),
	    json_pack("{s:n, s:s, s:[], s:[]}", "subject", "text", "",
		"attachments", "indicators"),
	    0, 0, "quarantined");
}

static json_t *
read_whole(struct store *s)
{
	json_t *facts = json_pack("{s:{s:s, s:s}, s:[{s:n, s:s}], s:[],"
				  " s:s, s:s, s:[], s:[]}",
	    "from", "name", "A", "address", "a@x.example", "to", "name",
	    "address", "csirt@y.example", "cc", "date", "2026-11-22T00:00:00Z",
	    "encryption", "whole", "signatures", "warnings");

	json_object_set_new(facts, "sender",
	    json_pack("{s:i, s:n, s:s, s:s}", "contact", 3, "organisation",
		"class", "staff", "evidence", "signature"));
	return shown(s, facts,
	    json_pack("{s:s, s:s, s:[], s:[{s:s, s:s}]}", "subject",
		"The subject", "text", "The text", "attachments", "indicators",
		"type", "ipv4", "value", "192.0.2.1"),
	    store_case(s, "title"), store_message(s, SHA_2), "processed");
}

static const char *
str(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	assert_non_null(s);
	return s;
}

static void
check_null(const json_t *j, const char *name)
{
	json_t *value = json_object_get(j, name);

	assert_non_null(value);
	assert_true(json_is_null(value));
}

static void
check_empty(const json_t *j, const char *name)
{
	json_t *value = json_object_get(j, name);

	assert_true(json_is_array(value));
	assert_int_equal(json_array_size(value), 0);
}

/* Each promised field stands there, and none that nobody knows. */
static void
check_fields(const json_t *j, size_t others)
{
	for (size_t i = 0; i < PROMISED; i++)
		if (json_object_get(j, promised[i]) == NULL)
			fail_msg("no field %s", promised[i]);
	for (size_t i = 0; i < MORE; i++)
		assert_non_null(json_object_get(j, more[i]));
	assert_int_equal(json_object_size(j), PROMISED + MORE + others);
}

static void
a_processed_message_has_just_the_promised_fields(void **state)
{
	json_t *j = read_whole(*state);

	check_fields(j, 0);
	json_decref(j);
}

static void
facts_and_content_are_shown_as_they_were_kept(void **state)
{
	json_t *j = read_whole(*state), *one;

	assert_string_equal(str(j, "sha256"), SHA_1);
	assert_string_equal(str(j, "direction"), "in");
	assert_string_equal(str(j, "received_at"), "2026-11-22T01:02:03Z");
	assert_string_equal(str(j, "source"), "maildir:inbox");
	assert_string_equal(str(j, "state"), "processed");
	assert_string_equal(str(j, "case"), "EX-2026-0001");
	assert_string_equal(str(j, "encryption"), "whole");
	assert_string_equal(str(j, "subject"), "The subject");
	assert_string_equal(str(j, "text"), "The text");
	assert_string_equal(str(j, "date"), "2026-11-22T00:00:00Z");
	assert_string_equal(
	    str(json_object_get(j, "from"), "address"), "a@x.example");
	one = json_array_get(json_object_get(j, "to"), 0);
	assert_string_equal(str(one, "address"), "csirt@y.example");
	check_null(one, "name");
	assert_int_equal(
	    json_integer_value(json_object_get(j, "in_reply_to_message")), 1);
	one = json_object_get(j, "sender");
	assert_string_equal(str(one, "evidence"), "signature");
	one = json_array_get(json_object_get(j, "indicators"), 0);
	assert_string_equal(str(one, "value"), "192.0.2.1");
	json_decref(j);
}

static void
a_quarantined_message_claims_nothing_about_its_sender(void **state)
{
	json_t *j = quarantined(*state), *sender, *c, *tlp;

	check_fields(j, 1); /* and quarantine */
	sender = json_object_get(j, "sender");
	check_null(sender, "contact");
	check_null(sender, "organisation");
	check_null(sender, "resembles");
	check_null(sender, "ascii");
	assert_string_equal(str(sender, "class"), "public");
	assert_string_equal(str(sender, "evidence"), "none");
	assert_true(json_is_false(json_object_get(sender, "constituency")));
	assert_int_equal(json_object_size(sender), 7);
	c = json_object_get(j, "classification");
	assert_string_equal(str(c, "kind"), "report");
	check_null(c, "category");
	check_null(c, "rsit");
	assert_string_equal(str(c, "priority"), "normal");
	check_empty(c, "rules");
	assert_int_equal(json_object_size(c), 5);
	tlp = json_object_get(j, "tlp");
	assert_string_equal(str(tlp, "label"), "AMBER");
	assert_string_equal(str(tlp, "effective"), "AMBER");
	assert_string_equal(str(tlp, "source"), "default");
	assert_int_equal(json_object_size(tlp), 3);
	json_decref(j);
}

static void
a_quarantined_message_has_null_or_nothing_for_what_was_not_read(void **state)
{
	static const char *const nulls[] = {"from", "date", "subject",
	    "message_id", "case", "in_reply_to_message"};
	static const char *const empty[] = {
	    "to", "cc", "signatures", "attachments", "indicators"};
	json_t *j = quarantined(*state);

	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		check_null(j, nulls[i]);
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		check_empty(j, empty[i]);
	assert_string_equal(str(j, "encryption"), "none");
	assert_string_equal(str(j, "text"), "");
	assert_string_equal(str(j, "state"), "quarantined");
	assert_string_equal(
	    str(json_object_get(j, "quarantine"), "reason"), "over a limit");
	assert_int_equal(json_array_size(json_object_get(j, "warnings")), 1);
	assert_string_equal(json_string_value(json_array_get(
				json_object_get(j, "warnings"), 0)),
	    "quarantined");
	json_decref(j);
}

static void
what_was_not_unsealed_shows_no_content(void **state)
{
	struct store *s = *state;
	struct message m;
	struct err e = {0};
	json_t *j;

	json_decref(read_whole(s));
	ok(message_get(s->db, 2, &m, &e), &e);
	ok(message_json(s->db, &m, true, &j, &e), &e);
	check_fields(j, 0);
	check_null(j, "subject");
	assert_string_equal(str(j, "text"), "");
	check_empty(j, "attachments");
	check_empty(j, "indicators");
	assert_string_equal(str(j, "encryption"), "whole");
	json_decref(j);
	ok(message_json(s->db, &m, false, &j, &e), &e);
	assert_null(json_object_get(j, "text"));
	json_decref(j);
	message_free(&m);
}

static void
a_message_that_no_worker_saw_can_be_shown(void **state)
{
	struct store *s = *state;
	struct message m;
	struct err e = {0};
	json_t *j;

	ok(message_get(s->db, store_message(s, SHA_1), &m, &e), &e);
	ok(message_json(s->db, &m, true, &j, &e), &e);
	check_fields(j, 0);
	assert_string_equal(str(j, "state"), "received");
	check_null(j, "from");
	check_empty(j, "warnings");
	json_decref(j);
	message_free(&m);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_processed_message_has_just_the_promised_fields),
	    TEST(facts_and_content_are_shown_as_they_were_kept),
	    TEST(a_quarantined_message_claims_nothing_about_its_sender),
	    TEST(
		a_quarantined_message_has_null_or_nothing_for_what_was_not_read),
	    TEST(what_was_not_unsealed_shows_no_content),
	    TEST(a_message_that_no_worker_saw_can_be_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
