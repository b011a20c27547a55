#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_bytes.h"
#include "cases/case.h"
#include "cases/message.h"
#include "cases/message_raw.h"
#include "cases/rfc_id.h"
#include "cases/test_store.h"

#define SHA_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define SHA_2 "2222222222222222222222222222222222222222222222222222222222222222"
#define SHA_3 "3333333333333333333333333333333333333333333333333333333333333333"

/* A registered message as a worker holds it, ready to be claimed. */
static void
message_ready(struct store *s, const char *sha256, const char *rfc_message_id,
    int64_t cases, struct message *m)
{
	struct err e = {0};

	ok(message_get(s->db, store_message(s, sha256), m, &e), &e);
	ok(vault_key_create(s->vault, &m->vault_key, &e), &e);
	m->rfc_message_id = xstrdup_null(rfc_message_id);
	m->cases = cases;
	m->facts = json_pack("{s:s}", "encryption", "whole");
	m->content = json_pack("{s:s, s:s}", "subject", "Harbour crane", "text",
	    "The password is Quayside");
}

static int64_t
message_known(struct store *s, const char *sha256, const char *rfc_message_id,
    int64_t cases)
{
	struct message m;
	struct err e = {0};
	int64_t id;

	message_ready(s, sha256, rfc_message_id, cases, &m);
	ok(message_claim(s->db, s->vault, &m, &e), &e);
	id = m.id;
	message_free(&m);
	return id;
}

static void
draft_row(struct store *s, int64_t message, const char *rfc_message_id)
{
	struct err e = {0};

	ok(db_run(s->db, &e,
	       "INSERT INTO draft (kind, message, rfc_message_id, language,"
	       " label, created_at) VALUES ('copy', ?, ?, 'en', 'AMBER', 0)",
	       "is", message, rfc_message_id),
	    &e);
}

static void
a_registered_message_has_nothing_but_its_envelope_s_facts(void **state)
{
	struct store *s = *state;
	struct message m;
	struct err e = {0};

	ok(message_get(s->db, store_message(s, SHA_1), &m, &e), &e);
	assert_string_equal(m.sha256, SHA_1);
	assert_string_equal(m.direction, "in");
	assert_string_equal(m.source, "maildir:inbox");
	assert_string_equal(m.state, "received");
	assert_string_equal(m.step, "new");
	assert_int_equal(m.received_at, NOW);
	assert_int_equal(m.size, 321);
	assert_null(m.rfc_message_id);
	assert_null(m.facts);
	assert_int_equal(m.vault_key, 0);
	ok(message_unseal(s->db, s->vault, &m, &e), &e);
	assert_null(m.content);
	message_free(&m);
	assert_int_equal(message_get(s->db, 99, &m, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
}

static void
what_is_claimed_reads_back(void **state)
{
	struct store *s = *state;
	int64_t cases = store_case(s, "case");
	int64_t parent = store_message(s, SHA_2), id;
	struct message m;
	struct err e = {0};

	store_contact(s, 5);
	message_ready(s, SHA_1, "<1@x.example>", cases, &m);
	m.sender_address = xstrdup("a@x.example");
	m.sender_contact = 5;
	m.kind = xstrdup("reply");
	m.label = xstrdup("RED");
	m.parent = parent;
	m.untrusted = true;
	id = m.id;
	ok(message_claim(s->db, s->vault, &m, &e), &e);
	message_free(&m);

	ok(message_get(s->db, id, &m, &e), &e);
	assert_string_equal(m.step, "claimed");
	assert_string_equal(m.state, "received");
	assert_string_equal(m.rfc_message_id, "<1@x.example>");
	assert_string_equal(m.sender_address, "a@x.example");
	assert_int_equal(m.sender_contact, 5);
	assert_string_equal(m.kind, "reply");
	assert_string_equal(m.label, "RED");
	assert_int_equal(m.cases, cases);
	assert_int_equal(m.parent, parent);
	assert_true(m.untrusted);
	assert_string_equal(
	    json_string_value(json_object_get(m.facts, "encryption")), "whole");
	assert_null(m.content);
	ok(message_unseal(s->db, s->vault, &m, &e), &e);
	assert_string_equal(
	    json_string_value(json_object_get(m.content, "subject")),
	    "Harbour crane");
	message_free(&m);

	ok(message_finish(s->db, id, "processed", &e), &e);
	ok(message_get(s->db, id, &m, &e), &e);
	assert_string_equal(m.state, "processed");
	assert_string_equal(m.step, "done");
	message_free(&m);
}

static void
content_is_nowhere_in_the_file_s_bytes(void **state)
{
	struct store *s = *state;
	struct err e = {0};

	message_known(s, SHA_1, "<visible@x.example>", 0);
	assert_true(store_files_have(s, "<visible@x.example>"));
	assert_false(store_files_have(s, "Harbour"));
	assert_false(store_files_have(s, "Quayside"));
	ok(db_scrub(s->db, &e), &e);
	assert_true(store_files_have(s, "<visible@x.example>"));
	assert_false(store_files_have(s, "Harbour"));
	assert_false(store_files_have(s, "Quayside"));
}

static void
content_moved_to_another_message_does_not_open(void **state)
{
	struct store *s = *state;
	int64_t one = message_known(s, SHA_1, NULL, 0);
	int64_t two = message_known(s, SHA_2, NULL, 0);
	struct message m;
	struct err e = {0};

	ok(db_run(s->db, &e,
	       "UPDATE message SET vault_key ="
	       " (SELECT vault_key FROM message WHERE id = ?) WHERE id = ?",
	       "ii", one, two),
	    &e);
	ok(db_run(s->db, &e,
	       "UPDATE message_content SET sealed = (SELECT sealed"
	       " FROM message_content WHERE message = ?) WHERE message = ?",
	       "ii", one, two),
	    &e);
	ok(message_get(s->db, two, &m, &e), &e);
	assert_int_equal(message_unseal(s->db, s->vault, &m, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_null(m.content);
	message_free(&m);
}

static void
a_destroyed_key_leaves_facts_without_content(void **state)
{
	struct store *s = *state;
	int64_t id = message_known(s, SHA_1, NULL, 0);
	struct message m;
	struct err e = {0};

	ok(message_get(s->db, id, &m, &e), &e);
	ok(vault_key_destroy(s->vault, m.vault_key, &e), &e);
	assert_int_equal(message_unseal(s->db, s->vault, &m, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	assert_null(m.content);
	assert_non_null(m.facts);
	message_free(&m);
}

static void
a_claim_without_content_is_our_own_mistake(void **state)
{
	struct store *s = *state;
	struct message m;
	struct err e = {0};

	message_ready(s, SHA_1, NULL, 0, &m);
	json_decref(m.content);
	m.content = NULL;
	assert_int_equal(message_claim(s->db, s->vault, &m, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
	message_free(&m);
}

static void
raw_bytes_come_back_byte_for_byte(void **state)
{
	struct store *s = *state;
	struct envelope env = {.source = xstrdup("pipe"), .received_at = NOW};
	struct buf raw, back;
	struct spool *spool;
	struct message m;
	struct err e = {0};
	char sha[SPOOL_SHA], *path = xasprintf("%s/spool", s->folder);
	int fd;

	ok(spool_open(&spool, path, &e), &e);
	buf_init(&raw, 100000);
	for (int i = 0; i < 70000; i++)
		buf_putc(&raw, i * 7 % 256);
	fd = test_bytes_fd(raw.data, raw.len);
	ok(spool_add(spool, fd, raw.len, &env, sha, &e), &e);
	(void)close(fd);
	message_ready(s, sha, NULL, 0, &m);
	for (int sealed = 0; sealed < 2; sealed++) {
		if (sealed) {
			ok(message_raw_seal(s->vault, spool, &m, &raw, &e), &e);
			ok(spool_remove_new(spool, sha, &e), &e);
			assert_true(spool_has_store(spool, sha));
		}
		buf_init_secret(&back, 100000);
		ok(message_raw(s->vault, spool, &m, &back, &e), &e);
		assert_int_equal(back.len, raw.len);
		assert_memory_equal(back.data, raw.data, raw.len);
		buf_free(&back);
	}
	buf_clear(&raw);
	ok(spool_read_store(spool, sha, &raw, &e), &e);
	spool_sha(raw.data, raw.len, sha);
	assert_string_not_equal(sha, m.sha256);
	ok(vault_key_destroy(s->vault, m.vault_key, &e), &e);
	assert_int_equal(message_raw(s->vault, spool, &m, &raw, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	buf_free(&raw);
	message_free(&m);
	envelope_free(&env);
	spool_close(spool);
	free(path);
}

static void
check_rfc_id(struct store *s, const char *rfc_id, int64_t expected_id,
    int64_t expected_cases, bool expected_ours)
{
	struct err e = {0};
	int64_t id, cases;
	bool ours;

	ok(rfc_id_find(s->db, rfc_id, &id, &cases, &ours, &e), &e);
	assert_int_equal(id, expected_id);
	assert_int_equal(cases, expected_cases);
	assert_int_equal(ours, expected_ours);
}

static void
a_message_is_found_by_its_id_and_ours_go_first(void **state)
{
	struct store *s = *state;
	int64_t cases = store_case(s, "case");
	int64_t theirs = message_known(s, SHA_1, "<theirs@x>", 0);
	int64_t copied = message_known(s, SHA_2, "<copied@x>", cases);
	struct err e = {0};

	check_rfc_id(s, "<theirs@x>", theirs, 0, false);
	check_rfc_id(s, "<copied@x>", copied, cases, false);
	check_rfc_id(s, "<nobody@x>", 0, 0, false);
	check_rfc_id(s, "", 0, 0, false);
	draft_row(s, copied, "<ours@x>");
	check_rfc_id(s, "<ours@x>", copied, cases, true);
	/* whoever sends our own id back, first in the table, takes no place */
	ok(db_run(s->db, &e,
	       "UPDATE message SET rfc_message_id = '<ours@x>' WHERE id = ?",
	       "i", theirs),
	    &e);
	check_rfc_id(s, "<ours@x>", copied, cases, true);
	ok(db_run(s->db, &e,
	       "UPDATE message SET direction = 'out' WHERE id = ?", "i",
	       copied),
	    &e);
	check_rfc_id(s, "<copied@x>", copied, cases, true);
}

static void
the_first_of_two_with_one_id_is_found_and_no_unclaimed_one(void **state)
{
	struct store *s = *state;
	int64_t waiting = store_message(s, SHA_1);
	int64_t first = message_known(s, SHA_2, "<same@x>", 0);
	struct err e = {0};

	message_known(s, SHA_3, "<same@x>", store_case(s, "later"));
	ok(db_run(s->db, &e,
	       "UPDATE message SET rfc_message_id = '<same@x>' WHERE id = ?",
	       "i", waiting),
	    &e);
	check_rfc_id(s, "<same@x>", first, 0, false);
}

static void
a_list_is_filtered_by_case_state_and_direction(void **state)
{
	struct store *s = *state;
	int64_t cases = store_case(s, "case"), *id;
	int64_t one = message_known(s, SHA_1, NULL, cases);
	int64_t two = message_known(s, SHA_2, NULL, 0);
	int64_t three = message_known(s, SHA_3, NULL, cases);
	const struct {
		struct message_filter filter;
		size_t count;
		int64_t first;
	} asked[] = {{{0, NULL, NULL}, 3, one}, {{cases, NULL, NULL}, 2, one},
	    {{0, "quarantined", NULL}, 2, two},
	    {{cases, "quarantined", NULL}, 1, three},
	    {{cases + 1, NULL, NULL}, 0, 0}, {{0, "processed", NULL}, 0, 0},
	    {{0, NULL, "in"}, 3, one}, {{0, NULL, "out"}, 0, 0}};
	struct err e = {0};
	size_t count;

	ok(message_finish(s->db, two, "quarantined", &e), &e);
	ok(message_finish(s->db, three, "quarantined", &e), &e);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		ok(message_list(s->db, &asked[i].filter, &id, &count, &e), &e);
		assert_int_equal(count, asked[i].count);
		if (count > 0)
			assert_int_equal(id[0], asked[i].first);
		else
			assert_null(id);
		free(id);
	}
}

static void
envelope_row(
    struct store *s, int64_t id, const char *sender, const char *recipient)
{
	struct err e = {0};

	ok(db_run(s->db, &e, "INSERT INTO envelope VALUES (?, ?, ?, 'lmtp', 0)",
	       "iss", id, sender, recipient),
	    &e);
}

static void
only_an_empty_envelope_sender_is_the_null_sender(void **state)
{
	struct store *s = *state;
	int64_t id = store_message(s, SHA_1);
	struct err e = {0};
	bool null_sender = true;

	envelope_row(s, id, NULL, "a@x");
	envelope_row(s, id, "who@x", "b@x");
	ok(message_envelope(s->db, id, &null_sender, &e), &e);
	assert_false(null_sender);
	envelope_row(s, id, "", "c@x");
	ok(message_envelope(s->db, id, &null_sender, &e), &e);
	assert_true(null_sender);
}

static void
a_reader_is_recorded_once(void **state)
{
	struct store *s = *state;
	int64_t id = store_message(s, SHA_1), count;
	struct err e = {0};
	bool is;

	store_contact(s, 5);
	ok(message_reader_add(s->db, id, 5, &e), &e);
	ok(message_reader_add(s->db, id, 5, &e), &e);
	ok(db_get_int(s->db, &count, -1, &e,
	       "SELECT COUNT(*) FROM reader WHERE message = ?", "i", id),
	    &e);
	assert_int_equal(count, 1);
	ok(message_is_reader(s->db, id, 5, &is, &e), &e);
	assert_true(is);
	ok(message_is_reader(s->db, id, 6, &is, &e), &e);
	assert_false(is);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_registered_message_has_nothing_but_its_envelope_s_facts),
	    TEST(what_is_claimed_reads_back),
	    TEST(content_is_nowhere_in_the_file_s_bytes),
	    TEST(content_moved_to_another_message_does_not_open),
	    TEST(a_destroyed_key_leaves_facts_without_content),
	    TEST(a_claim_without_content_is_our_own_mistake),
	    TEST(raw_bytes_come_back_byte_for_byte),
	    TEST(a_message_is_found_by_its_id_and_ours_go_first),
	    TEST(the_first_of_two_with_one_id_is_found_and_no_unclaimed_one),
	    TEST(a_list_is_filtered_by_case_state_and_direction),
	    TEST(only_an_empty_envelope_sender_is_the_null_sender),
	    TEST(a_reader_is_recorded_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
