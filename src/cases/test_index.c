#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/index.h"
#include "cases/indexing.h"
#include "cases/message.h"
#include "cases/test_store.h"
#include "store/audit.h"

#define WORDS (1U << INDEX_SUBJECT | 1U << INDEX_TEXT)

static char *
index_path(const struct store *s)
{
	return xasprintf("%s/index.db", s->folder);
}

static struct index *
opened(struct store *s)
{
	struct index *x;
	struct err e = {0};
	char *path = index_path(s);

	ok(index_open(&x, path, s->vault, &e), &e);
	free(path);
	return x;
}

static void
put(struct index *x, int64_t message, const char *text)
{
	struct index_entry n;
	struct err e = {0};

	index_entry_init(&n, message);
	n.at = NOW + message;
	index_entry_text(x, &n, INDEX_TEXT, text, strlen(text));
	index_entry_exact(x, &n, "tlp", "AMBER");
	ok(index_begin(x, &e), &e);
	ok(index_put(x, &n, &e), &e);
	ok(index_commit(x, &e), &e);
	index_entry_free(&n);
}

static bool
found(struct index *x, int64_t message, const char *text)
{
	struct index_set set;
	struct err e = {0};
	struct buf run;
	int64_t *part;
	size_t parts;
	bool has = false;

	buf_init(&run, 1U << 16);
	index_ask_text(x, &run, text, strlen(text));
	ok(index_parts(x, message >= INDEX_CASES, &part, &parts, &e), &e);
	for (size_t i = 0; i < parts; i++) {
		if (part[i] != message / INDEX_PART)
			continue;
		ok(index_match(x, part[i], WORDS, &run, &set, &e), &e);
		has = index_set_has(&set, message);
	}
	free(part);
	buf_free(&run);
	return has;
}

/* Bytes of a term of text as they lie in the index's files. */
static bool
files_have(struct store *s, struct index *x, const char *word)
{
	static const char *const suffix[] = {"", "-wal"};
	struct buf run;
	bool have = false;

	buf_init(&run, 1U << 10);
	index_ask_text(x, &run, word, strlen(word));
	for (int i = 0; i < 2; i++) {
		char *path = xasprintf("%s/index.db%s", s->folder, suffix[i]);
		FILE *f = fopen(path, "rb");
		struct buf all;
		int c;

		buf_init(&all, 1U << 28);
		while (f != NULL && (c = getc(f)) != EOF)
			buf_putc(&all, c);
		have = have ||
		       (all.len > 0 && memmem(all.data, all.len, run.data + 1,
					   BLIND_TERM) != NULL) ||
		       (all.len > 0 && memmem(all.data, all.len, word,
					   strlen(word)) != NULL);
		if (f != NULL)
			(void)fclose(f);
		buf_free(&all);
		free(path);
	}
	buf_free(&run);
	return have;
}

static void
a_row_of_terms_is_found_and_another_order_is_not(void **state)
{
	struct index *x = opened(*state);

	put(x, 1, "the printer in room 4");
	put(x, 2, "不正アクセスの報告です");
	assert_true(found(x, 1, "Printer in ROOM"));
	assert_false(found(x, 1, "room in printer"));
	assert_true(found(x, 2, "不正アクセス"));
	assert_true(found(x, 2, "告"));
	assert_true(found(x, 2, "アクセスの報告"));
	assert_false(found(x, 2, "正不"));
	assert_false(found(x, 1, "不正"));
	index_close(x);
}

static void
two_texts_of_a_column_are_no_row(void **state)
{
	struct index *x = opened(*state);
	struct index_entry n;
	struct err e = {0};

	index_entry_init(&n, 9);
	index_entry_text(x, &n, INDEX_TEXT, "red", 3);
	index_entry_text(x, &n, INDEX_TEXT, "door", 4);
	ok(index_begin(x, &e), &e);
	ok(index_put(x, &n, &e), &e);
	ok(index_commit(x, &e), &e);
	index_entry_free(&n);
	assert_true(found(x, 9, "door"));
	assert_false(found(x, 9, "red door"));
	index_close(x);
}

static void
a_message_that_changed_is_found_as_it_is_now(void **state)
{
	struct index *x = opened(*state);

	put(x, 1, "other");
	for (int i = 0; i < 3 * INDEX_VERSIONS; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "state number%d", i);
		put(x, 7, text);
		assert_true(found(x, 7, text));
		(void)snprintf(text, sizeof(text), "number%d", i - 1);
		assert_false(found(x, 7, text));
	}
	assert_true(found(x, 1, "other"));
	index_close(x);
}

/* Messages with those ids, whose key is destroyed. */
static void
destroy(struct store *s, const int64_t *message, size_t count)
{
	struct err e = {0};
	int64_t key;

	ok(vault_key_create(s->vault, &key, &e), &e);
	for (size_t i = 0; i < count; i++) {
		char sha[2] = {(char)('a' + i), '\0'};

		ok(db_run(s->db, &e,
		       "UPDATE message SET id = ?, vault_key = ? WHERE id = ?",
		       "iii", message[i], key, store_message(s, sha)),
		    &e);
	}
	ok(vault_key_destroy(s->vault, key, &e), &e);
}

static void
what_is_forgotten_is_in_no_file(void **state)
{
	struct store *s = *state;
	struct index *x = opened(s);
	const int64_t gone[] = {INDEX_PART + 3, 5, 7};
	struct err e = {0};
	size_t count;

	put(x, 5, "harbour");
	put(x, 5, "lighthouse");
	put(x, 6, "common words");
	put(x, 7, "common 灯台");
	put(x, INDEX_PART + 3, "quayside");
	assert_true(files_have(s, x, "灯台"));
	destroy(s, gone, 3);
	ok(index_forget_destroyed(x, s->db, &count, &e), &e);
	assert_int_equal(count, 3);
	assert_false(files_have(s, x, "harbour"));
	assert_false(files_have(s, x, "lighthouse"));
	assert_false(files_have(s, x, "灯台"));
	assert_false(files_have(s, x, "灯"));
	assert_false(files_have(s, x, "quayside"));
	assert_true(files_have(s, x, "common"));
	assert_true(found(x, 6, "common words"));
	assert_false(found(x, 7, "common"));
	put(x, 7, "new");
	assert_true(found(x, 7, "new"));
	index_close(x);
}

static void
without_the_key_nothing_is_found(void **state)
{
	struct store *s = *state;
	struct index *x = opened(s), *blind;
	char *path = index_path(s);
	struct err e = {0};

	put(x, 1, "harbour");
	ok(index_open(&blind, path, NULL, &e), &e);
	assert_false(found(blind, 1, "harbour"));
	index_close(blind);
	index_close(x);
	free(path);
}

static void
times_tell_which_came(void **state)
{
	struct index *x = opened(*state);
	struct index_set set;
	struct err e = {0};

	put(x, 1, "a");
	put(x, 2, "b");
	ok(index_between(x, 0, NOW + 2, NOW + 3, &set, &e), &e);
	assert_false(index_set_has(&set, 1));
	assert_true(index_set_has(&set, 2));
	ok(index_all(x, 0, &set, &e), &e);
	assert_true(index_set_has(&set, 1));
	index_close(x);
}

/* --- following the audit log ------------------------------------------------
 */

static int64_t
judged(struct store *s, int n, const char *text, int64_t *key)
{
	struct audit_entry entry = {
	    .actor = "worker", .event = "message.judged"};
	struct message m;
	struct err e = {0};
	char sha[65];
	int64_t id;

	(void)snprintf(sha, sizeof(sha), "%064d", n);
	id = store_message(s, sha);
	ok(message_get(s->db, id, &m, &e), &e);
	ok(vault_key_create(s->vault, &m.vault_key, &e), &e);
	if (key != NULL)
		*key = m.vault_key;
	m.label = xstrdup("AMBER");
	m.facts = json_pack("{s:s}", "encryption", "none");
	m.content = json_pack("{s:s, s:s}", "subject", "Betreff", "text", text);
	ok(db_begin(s->db, &e), &e);
	ok(message_claim(s->db, s->vault, &m, &e), &e);
	ok(message_finish(s->db, id, "processed", &e), &e);
	entry.message = id;
	ok(audit_add(s->db, NOW, &entry, &e), &e);
	ok(db_commit(s->db, &e), &e);
	message_free(&m);
	return id;
}

static struct indexing
followed(struct store *s, struct index *x, size_t most)
{
	struct indexing b = {.most = most, .now = NOW};
	struct err e = {0};

	ok(indexing_follow(x, s->db, s->vault, &b, &e), &e);
	return b;
}

static void
the_log_is_followed_in_batches(void **state)
{
	struct store *s = *state;
	struct index *x = opened(s);
	int64_t one = judged(s, 1, "first harbour", NULL);
	int64_t two = judged(s, 2, "second harbour", NULL);
	struct indexing b = followed(s, x, 1);

	assert_int_equal(b.messages, 1);
	assert_true(b.left);
	assert_true(found(x, one, "harbour"));
	assert_false(found(x, two, "harbour"));
	b = followed(s, x, 10);
	assert_int_equal(b.messages, 1);
	assert_true(found(x, two, "second harbour"));
	assert_true(found(x, two, "betreff"));
	b = followed(s, x, 10);
	assert_int_equal(b.messages, 0);
	assert_false(b.left);
	index_close(x);
}

static void
an_index_that_is_cleared_is_filled_again(void **state)
{
	struct store *s = *state;
	struct index *x = opened(s);
	int64_t one = judged(s, 3, "first harbour", NULL);
	struct err e = {0};

	(void)followed(s, x, 10);
	ok(index_clear(x, &e), &e);
	assert_false(found(x, one, "harbour"));
	(void)followed(s, x, 100);
	assert_true(found(x, one, "harbour"));
	index_close(x);
}

static void
a_destroyed_key_is_followed_by_forgetting(void **state)
{
	struct store *s = *state;
	struct index *x = opened(s);
	int64_t key, one = judged(s, 4, "harbour lights", &key);
	int64_t two = judged(s, 5, "quayside lights", NULL);
	struct indexing b = followed(s, x, 100);
	struct err e = {0};

	assert_true(found(x, one, "harbour"));
	ok(vault_key_destroy(s->vault, key, &e), &e);
	b = followed(s, x, 100);
	assert_int_equal(b.forgotten, 1);
	assert_false(files_have(s, x, "harbour"));
	assert_true(found(x, two, "quayside lights"));
	b = followed(s, x, 100);
	assert_int_equal(b.forgotten, 0);
	/* what stands open about it is still found, once it is filled anew */
	ok(index_clear(x, &e), &e);
	(void)followed(s, x, 100);
	assert_false(found(x, one, "harbour"));
	index_close(x);
}

static void
who_destroys_a_key_needs_none_to_forget(void **state)
{
	struct store *s = *state;
	struct index *x = opened(s);
	int64_t key, one = judged(s, 9, "harbour lights", &key);
	char *path = index_path(s);
	struct err e = {0};

	(void)followed(s, x, 100);
	assert_true(found(x, one, "harbour"));
	ok(vault_key_destroy(s->vault, key, &e), &e);
	ok(index_after_erase(path, s->db, &e), &e);
	assert_false(files_have(s, x, "harbour"));
	index_close(x);
	(void)unlink(path);
	ok(index_after_erase(path, s->db, &e), &e);
	assert_int_equal(access(path, F_OK), -1);
	free(path);
}

static void
too_many_terms_are_cut_and_recorded(void **state)
{
	struct store *s = *state;
	struct index *x = opened(s);
	struct err e = {0};
	struct buf text;
	int64_t id, count;

	buf_init(&text, 1U << 24);
	for (int i = 0; i < INDEX_POSITIONS + 10; i++)
		buf_putf(&text, "w%d ", i);
	id = judged(s, 6, buf_str(&text), NULL);
	(void)followed(s, x, 100);
	assert_true(found(x, id, "w0 w1 w2"));
	ok(db_get_int(s->db, &count, 0, &e,
	       "SELECT count(*) FROM audit WHERE event = 'index.truncated'"
	       " AND message = ?",
	       "i", id),
	    &e);
	assert_int_equal(count, 1);
	/* its record is no reason to index it again */
	assert_int_equal(followed(s, x, 100).messages, 0);
	buf_free(&text);
	index_close(x);
}

static void
a_message_that_kills_who_indexes_it_is_left_out(void **state)
{
	struct store *s = *state;
	struct index *x = opened(s);
	int64_t one = judged(s, 7, "deadly", NULL);
	int64_t two = judged(s, 8, "harmless", NULL), before, count;
	struct err e = {0};

	for (int i = 0; i < 2 * INDEXING_TRIES; i++)
		ok(index_try(x, &before, &e), &e);
	(void)followed(s, x, 100);
	(void)followed(s, x, 100);
	assert_false(found(x, one, "deadly"));
	assert_true(found(x, two, "harmless"));
	ok(db_get_int(s->db, &count, 0, &e,
	       "SELECT count(*) FROM audit WHERE event = 'index.skipped'"
	       " AND message = ?",
	       "i", one),
	    &e);
	assert_int_equal(count, 1);
	index_close(x);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_row_of_terms_is_found_and_another_order_is_not),
	    TEST(two_texts_of_a_column_are_no_row),
	    TEST(a_message_that_changed_is_found_as_it_is_now),
	    TEST(what_is_forgotten_is_in_no_file),
	    TEST(without_the_key_nothing_is_found), TEST(times_tell_which_came),
	    TEST(the_log_is_followed_in_batches),
	    TEST(an_index_that_is_cleared_is_filled_again),
	    TEST(a_destroyed_key_is_followed_by_forgetting),
	    TEST(who_destroys_a_key_needs_none_to_forget),
	    TEST(too_many_terms_are_cut_and_recorded),
	    TEST(a_message_that_kills_who_indexes_it_is_left_out)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
