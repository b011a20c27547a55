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
#include "cases/content_item.h"
#include "cases/message.h"
#include "cases/test_store.h"
#include "people/key.h"

#define SHA_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define SHA_2 "2222222222222222222222222222222222222222222222222222222222222222"
#define FPR_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define FPR_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

/* A key that can be encrypted to until it expires. */
static void
key_made(struct store *s, const char *fingerprint, int64_t expires)
{
	struct key k = {.created = 1, .expires = expires};
	struct err e = {0};
	bool fresh;

	memcpy(k.fingerprint, fingerprint, strlen(fingerprint));
	k.subkey = xcalloc(1, sizeof(*k.subkey));
	k.subkeys = 1;
	k.subkey[0] = (struct subkey){.created = 1,
	    .expires = expires,
	    .can_sign = true,
	    .can_encrypt = true,
	    .algorithm = "ed25519",
	    .bits = 255};
	memcpy(k.subkey[0].fingerprint, fingerprint, strlen(fingerprint));
	memcpy(k.subkey[0].key_id, fingerprint + 24, 16);
	buf_init(&k.material, 8);
	buf_put(&k.material, "m", 1);
	buf_init(&k.blob, 8);
	buf_put(&k.blob, "b", 1);
	ok(db_begin(s->db, &e), &e);
	ok(key_store(s->db, NOW, &k, false, &fresh, &e), &e);
	ok(db_commit(s->db, &e), &e);
	key_free(&k);
}

/* A contact with an address; fingerprint NULL: no key. */
static int64_t
contact_made(struct store *s, const char *address, enum class class,
    const char *fingerprint, enum verified verified)
{
	struct contact c = {.name = xstrdup(address), .class = class};
	struct err e = {0};
	int64_t id = 0;

	strs_add(&c.addresses, address);
	if (fingerprint != NULL) {
		c.key = xcalloc(1, sizeof(*c.key));
		c.key[c.keys++] = (struct contact_key){
		    .fingerprint = xstrdup(fingerprint), .verified = verified};
	}
	ok(db_begin(s->db, &e), &e);
	ok(contact_add(s->db, NOW, &c, &id, &e), &e);
	ok(db_commit(s->db, &e), &e);
	contact_free(&c);
	return id;
}

/* A message as it was judged; facts is taken. */
static int64_t
message_made(struct store *s, const char *sha256, const char *sender,
    const char *label, json_t *facts)
{
	struct message m;
	struct err e = {0};
	int64_t id = store_message(s, sha256);

	assert_non_null(facts);
	ok(message_get(s->db, id, &m, &e), &e);
	ok(vault_key_create(s->vault, &m.vault_key, &e), &e);
	m.sender_address = xstrdup(sender);
	m.label = xstrdup(label);
	m.facts = facts;
	m.content = json_pack("{s:s}", "text", "nothing much");
	ok(message_claim(s->db, s->vault, &m, &e), &e);
	message_free(&m);
	return id;
}

static json_t *
facts_plain(const char *label, const char *source)
{
	return json_pack("{s:s, s:[], s:[], s:[], s:{s:s, s:s, s:s}}",
	    "encryption", "none", "signatures", "to", "cc", "tlp", "label",
	    label, "effective", label, "source", source);
}

static json_t *
facts_signed(const char *fingerprint, int64_t contact, const char *covers)
{
	return json_pack("{s:s, s:[{s:s, s:s, s:s, s:o}], s:{s:s, s:s}}",
	    "encryption", "whole", "signatures", "fingerprint", fingerprint,
	    "status", "good", "covers", covers, "contact",
	    contact == 0 ? json_null() : json_integer(contact), "tlp", "label",
	    "AMBER", "source", "body");
}

static enum noroshi_channel
channel_for(struct store *s, const char *who, int64_t answers, bool *unusable)
{
	enum noroshi_channel channel;
	struct recipient r;
	struct err e = {0};

	ok(recipient_find(s->db, NOW, who, answers, &r, &e), &e);
	channel = r.channel;
	assert_int_equal(r.has_key, channel != NOROSHI_E0);
	if (unusable != NULL)
		*unusable = r.key_unusable;
	recipient_free(&r);
	return channel;
}

static void
a_verified_key_is_e1_an_unverified_e2_an_expired_none(void **state)
{
	struct store *s = *state;
	bool unusable;

	key_made(s, FPR_A, 0);
	(void)contact_made(
	    s, "a@example.net", CLASS_VENDOR, FPR_A, VERIFIED_MET);
	assert_int_equal(
	    channel_for(s, "A@Example.net", 0, &unusable), NOROSHI_E1);
	assert_false(unusable);
	key_made(s, FPR_B, NOW - 86400);
	(void)contact_made(
	    s, "b@example.net", CLASS_VENDOR, FPR_B, VERIFIED_MET);
	assert_int_equal(
	    channel_for(s, "b@example.net", 0, &unusable), NOROSHI_E0);
	assert_true(unusable);
	key_made(s, FPR_B, 0);
	assert_int_equal(channel_for(s, "b@example.net", 0, NULL), NOROSHI_E1);
}

static void
nobody_we_know_is_public_and_has_the_address_as_written(void **state)
{
	struct store *s = *state;
	struct recipient r;
	struct err e = {0};
	char *address;

	ok(recipient_find(s->db, NOW, " Zoe@Example.net ", 0, &r, &e), &e);
	assert_int_equal(r.contact.id, 0);
	assert_int_equal(r.contact.class, CLASS_PUBLIC);
	assert_string_equal(r.address, "Zoe@Example.net");
	assert_int_equal(r.channel, NOROSHI_E0);
	recipient_free(&r);
	assert_int_equal(recipient_address(s->db, "Zoe", &address, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	assert_null(address);
	(void)contact_made(s, "a@example.net", CLASS_VENDOR, NULL, 0);
	ok(recipient_address(s->db, "1", &address, &e), &e);
	assert_string_equal(address, "a@example.net");
	free(address);
}

static void
the_key_that_signed_the_report_answers_its_sender(void **state)
{
	struct store *s = *state;
	int64_t id;

	key_made(s, FPR_A, 0);
	id = message_made(s, SHA_1, "finder@x.example", "AMBER",
	    facts_signed(FPR_A, 0, "whole"));
	assert_int_equal(
	    channel_for(s, "finder@x.example", id, NULL), NOROSHI_E1);
	assert_int_equal(
	    channel_for(s, "finder@x.example", 0, NULL), NOROSHI_E0);
	assert_int_equal(
	    channel_for(s, "other@x.example", id, NULL), NOROSHI_E0);
}

static void
a_signature_over_a_part_or_by_anothers_key_is_no_source_key(void **state)
{
	struct store *s = *state;
	int64_t part, other, known;

	key_made(s, FPR_A, 0);
	key_made(s, FPR_B, 0);
	part = message_made(s, SHA_1, "finder@x.example", "AMBER",
	    facts_signed(FPR_A, 0, "part"));
	assert_int_equal(
	    channel_for(s, "finder@x.example", part, NULL), NOROSHI_E0);
	other = message_made(s, SHA_2, "finder@x.example", "AMBER",
	    facts_signed(FPR_B, 0, "whole"));
	(void)contact_made(
	    s, "owner@y.example", CLASS_VENDOR, FPR_B, VERIFIED_NONE);
	assert_int_equal(
	    channel_for(s, "finder@x.example", other, NULL), NOROSHI_E0);
	/* whoever has keys that we know does not sign with a new one */
	known = contact_made(
	    s, "finder@x.example", CLASS_FINDER, NULL, VERIFIED_NONE);
	assert_true(known > 0);
	assert_int_equal(
	    channel_for(s, "finder@x.example", other, NULL), NOROSHI_E0);
}

static void
an_unverified_key_of_the_sender_becomes_e1_by_their_signature(void **state)
{
	struct store *s = *state;
	int64_t id, contact;

	key_made(s, FPR_A, 0);
	contact =
	    contact_made(s, "f@x.example", CLASS_FINDER, FPR_A, VERIFIED_NONE);
	assert_int_equal(channel_for(s, "f@x.example", 0, NULL), NOROSHI_E2);
	id = message_made(s, SHA_1, "f@x.example", "AMBER",
	    facts_signed(FPR_A, contact, "whole"));
	assert_int_equal(channel_for(s, "f@x.example", id, NULL), NOROSHI_E1);
}

static void
expect(struct store *s, const char *who, int64_t cases,
    const struct content_item *item, size_t items, enum noroshi_decision d,
    const char *rule)
{
	struct recipient r;
	struct err e = {0};

	ok(recipient_find(s->db, NOW, who, item[0].answered, &r, &e), &e);
	ok(recipient_judge(s->db, &r, cases, item, items, &e), &e);
	assert_string_equal(r.answer.rule, rule);
	assert_int_equal(r.answer.decision, d);
	assert_true(strlen(r.reason) > 10);
	recipient_free(&r);
}

static void
an_ordinary_reporter_is_answered_in_clear(void **state)
{
	struct store *s = *state;
	int64_t id = message_made(s, SHA_1, "jiro@x.example", "AMBER",
	    facts_plain("AMBER", "default"));
	int64_t other = message_made(s, SHA_2, "vendor@x.example", "AMBER",
	    facts_plain("AMBER", "subject"));
	struct content_item item[3] = {{.label = NOROSHI_TLP_AMBER,
	    .label_by_default = true,
	    .answered = id}};
	struct message m;
	struct err e = {0};

	expect(s, "jiro@x.example", 0, item, 1, NOROSHI_ALLOW, "source-own");
	ok(message_get(s->db, id, &m, &e), &e);
	content_item_read(&m, &item[1]);
	message_free(&m);
	assert_int_equal(item[1].origin, NOROSHI_ORIGIN_OURS);
	assert_true(item[1].label_by_default);
	item[1].answered = id;
	expect(s, "jiro@x.example", 0, item, 2, NOROSHI_ALLOW, "source-own");
	ok(message_get(s->db, other, &m, &e), &e);
	content_item_read(&m, &item[2]);
	message_free(&m);
	assert_int_equal(item[2].origin, NOROSHI_ORIGIN_THIRD);
	assert_false(item[2].label_by_default);
	item[2].answered = id;
	expect(s, "jiro@x.example", 0, item, 3, NOROSHI_REFUSE,
	    "amber-outside-clients");
	item[0].label_by_default = false;
	expect(s, "jiro@x.example", 0, item, 1, NOROSHI_HOLD, "channel-plain");
}

static void
to_be_the_source_of_one_opens_nobody_elses_text(void **state)
{
	struct store *s = *state;
	int64_t red = message_made(
	    s, SHA_1, "desk@x.example", "RED", facts_plain("RED", "body"));
	struct content_item item[2] = {
	    {.label = NOROSHI_TLP_GREEN}, {.label = NOROSHI_TLP_RED,
					      .origin = NOROSHI_ORIGIN_THIRD,
					      .source = red}};

	(void)contact_made(
	    s, "peer@x.example", CLASS_FIRST, NULL, VERIFIED_NONE);
	expect(s, "peer@x.example", 0, item, 1, NOROSHI_ALLOW,
	    "green-other-community");
	expect(
	    s, "peer@x.example", 0, item, 2, NOROSHI_REFUSE, "red-not-named");
}

static void
a_named_addressee_counts_by_a_protected_header_alone(void **state)
{
	struct store *s = *state;
	json_t *facts = json_pack("{s:s, s:[{s:s}], s:{s:s, s:s}}",
	    "encryption", "none", "cc", "address", "Boss@x.example", "tlp",
	    "label", "GREEN", "source", "body");
	int64_t id = message_made(s, SHA_1, "desk@x.example", "GREEN", facts);
	struct content_item item = {.label = NOROSHI_TLP_GREEN,
	    .origin = NOROSHI_ORIGIN_THIRD,
	    .source = id};

	expect(s, "boss@x.example", 0, &item, 1, NOROSHI_HOLD,
	    "original-addressee");
	expect(
	    s, "other@x.example", 0, &item, 1, NOROSHI_REFUSE, "green-public");
}

static void
who_is_in_the_case_is_another_row(void **state)
{
	struct store *s = *state;
	int64_t cases = store_case(s, "case");
	struct content_item item = {.label = NOROSHI_TLP_AMBER_STRICT};
	int64_t boss;
	struct err e = {0};

	key_made(s, FPR_A, 0);
	key_made(s, FPR_B, 0);
	boss =
	    contact_made(s, "boss@x.example", CLASS_STAFF, FPR_A, VERIFIED_MET);
	(void)contact_made(
	    s, "client@x.example", CLASS_CONSTITUENT, FPR_B, VERIFIED_MET);
	expect(s, "boss@x.example", cases, &item, 1, NOROSHI_HOLD,
	    "staff-not-in-case");
	expect(s, "client@x.example", cases, &item, 1, NOROSHI_REFUSE,
	    "strict-outside-org");
	ok(case_affected_add(s->db, cases, "client@x.example", &e), &e);
	expect(s, "client@x.example", cases, &item, 1, NOROSHI_HOLD,
	    "strict-outside-org");
	ok(case_participant_add(
	       s->db, NOW, cases, boss, "boss@x.example", NULL, &e),
	    &e);
	expect(s, "boss@x.example", cases, &item, 1, NOROSHI_ALLOW,
	    "staff-need-to-know");
	item.label = NOROSHI_TLP_RED;
	expect(s, "boss@x.example", cases, &item, 1, NOROSHI_REFUSE,
	    "red-not-named");
	ok(case_reader_add(s->db, cases, boss, &e), &e);
	expect(s, "boss@x.example", cases, &item, 1, NOROSHI_HOLD, "named");
}

static void
a_recorded_reader_may_have_a_red_message_again(void **state)
{
	struct store *s = *state;
	int64_t id = message_made(
	    s, SHA_1, "desk@x.example", "RED", facts_plain("RED", "body"));
	struct content_item item = {.label = NOROSHI_TLP_RED,
	    .origin = NOROSHI_ORIGIN_THIRD,
	    .source = id};
	struct err e = {0};
	int64_t boss;

	key_made(s, FPR_A, 0);
	boss =
	    contact_made(s, "boss@x.example", CLASS_STAFF, FPR_A, VERIFIED_MET);
	expect(
	    s, "boss@x.example", 0, &item, 1, NOROSHI_REFUSE, "red-not-named");
	ok(message_reader_add(s->db, id, boss, &e), &e);
	expect(s, "boss@x.example", 0, &item, 1, NOROSHI_ALLOW, "team-reader");
	item.source = 0; /* our own words are another matter */
	expect(
	    s, "boss@x.example", 0, &item, 1, NOROSHI_REFUSE, "red-not-named");
}

static void
nothing_to_judge_is_never_allowed(void **state)
{
	struct store *s = *state;
	struct recipient r;
	struct err e = {0};

	ok(recipient_find(s->db, NOW, "a@x.example", 0, &r, &e), &e);
	assert_int_equal(recipient_judge(s->db, &r, 0, NULL, 0, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
	recipient_free(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_verified_key_is_e1_an_unverified_e2_an_expired_none),
	    TEST(nobody_we_know_is_public_and_has_the_address_as_written),
	    TEST(the_key_that_signed_the_report_answers_its_sender),
	    TEST(a_signature_over_a_part_or_by_anothers_key_is_no_source_key),
	    TEST(an_unverified_key_of_the_sender_becomes_e1_by_their_signature),
	    TEST(an_ordinary_reporter_is_answered_in_clear),
	    TEST(to_be_the_source_of_one_opens_nobody_elses_text),
	    TEST(a_named_addressee_counts_by_a_protected_header_alone),
	    TEST(who_is_in_the_case_is_another_row),
	    TEST(a_recorded_reader_may_have_a_red_message_again),
	    TEST(nothing_to_judge_is_never_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
