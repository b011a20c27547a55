#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <dirent.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "store/spool_batch.h"

static struct spool *
opened(void **state)
{
	char *path = xasprintf("%s/spool", (const char *)*state);
	struct err e = {0};
	struct spool *s;

	if (spool_open(&s, path, &e) == -1)
		fail_msg("%s", e.text);
	free(path);
	return s;
}

static void
add(struct spool_batch *b, const char *bytes, const char *source,
    char sha[SPOOL_SHA])
{
	struct envelope env = {.received_at = 7};

	env.source = xstrdup(source);
	strs_add(&env.recipients, "cert@example.net");
	assert_int_equal(spool_batch_begin(b, NULL), 0);
	for (const char *p = bytes; *p != '\0'; p++)
		assert_int_equal(spool_batch_put(b, p, 1, NULL), 0);
	spool_batch_end(b, &env, sha);
	envelope_free(&env);
}

static size_t
files(void **state, const char *folder)
{
	char *path = xasprintf("%s/spool/%s", (const char *)*state, folder);
	DIR *d = opendir(path);
	const struct dirent *entry;
	size_t n = 0;

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			n++;
	closedir(d);
	free(path);
	return n;
}

static void
what_was_committed_lies_there_with_its_envelope(void **state)
{
	struct spool *s = opened(state);
	struct spool_batch *b = spool_batch_create(s);
	struct envelope *env;
	char first[SPOOL_SHA], second[SPOOL_SHA];
	struct buf bytes;
	size_t count;

	add(b, "abc", "imap:a/INBOX", first);
	add(b, "def", "imap:a/INBOX", second);
	assert_string_equal(first, "ba7816bf8f01cfea414140de5dae2223b00361a396"
				   "177a9cb410ff61f20015ad");
	assert_false(spool_has_new(s, first));
	assert_int_equal(spool_batch_commit(b, NULL), 0);
	assert_int_equal(spool_batch_count(b), 0);
	assert_int_equal(files(state, "new"), 4);
	assert_int_equal(files(state, "tmp"), 0);
	buf_init(&bytes, 100);
	assert_int_equal(spool_read_new(s, second, &bytes, NULL), 0);
	assert_string_equal(buf_str(&bytes), "def");
	buf_free(&bytes);
	assert_int_equal(spool_envelopes(s, first, &env, &count, NULL), 0);
	assert_int_equal(count, 1);
	assert_string_equal(env->source, "imap:a/INBOX");
	assert_int_equal(env->received_at, 7);
	assert_string_equal(env->recipients.item[0], "cert@example.net");
	envelope_list_free(env, count);
	spool_batch_free(b);
	spool_close(s);
}

static void
the_same_bytes_twice_in_a_batch_are_one_message(void **state)
{
	struct spool *s = opened(state);
	struct spool_batch *b = spool_batch_create(s);
	char first[SPOOL_SHA], second[SPOOL_SHA];

	add(b, "abc", "imap:a/INBOX", first);
	add(b, "abc", "imap:a/INBOX", second);
	assert_string_equal(first, second);
	assert_int_equal(spool_batch_count(b), 1);
	assert_int_equal(spool_batch_commit(b, NULL), 0);
	assert_int_equal(files(state, "new"), 2);
	assert_int_equal(files(state, "tmp"), 0);
	spool_batch_free(b);
	spool_close(s);
}

static void
another_source_of_the_same_bytes_joins_the_envelope(void **state)
{
	struct spool *s = opened(state);
	struct spool_batch *b = spool_batch_create(s);
	struct envelope *env;
	char sha[SPOOL_SHA];
	size_t count;

	add(b, "abc", "imap:a/INBOX", sha);
	assert_int_equal(spool_batch_commit(b, NULL), 0);
	add(b, "abc", "imap:a/Abuse", sha);
	assert_int_equal(spool_batch_commit(b, NULL), 0);
	add(b, "abc", "imap:a/INBOX", sha);
	assert_int_equal(spool_batch_commit(b, NULL), 0);
	assert_int_equal(spool_envelopes(s, sha, &env, &count, NULL), 0);
	assert_int_equal(count, 2);
	envelope_list_free(env, count);
	spool_batch_free(b);
	spool_close(s);
}

static void
what_was_undone_or_not_committed_leaves_nothing(void **state)
{
	struct spool *s = opened(state);
	struct spool_batch *b = spool_batch_create(s);
	char sha[SPOOL_SHA];

	assert_int_equal(spool_batch_begin(b, NULL), 0);
	assert_int_equal(spool_batch_put(b, "abc", 3, NULL), 0);
	assert_int_equal(files(state, "tmp"), 1);
	spool_batch_undo(b);
	assert_int_equal(files(state, "tmp"), 0);
	add(b, "abc", "imap:a/INBOX", sha);
	assert_int_equal(spool_batch_begin(b, NULL), 0);
	spool_batch_free(b);
	assert_int_equal(files(state, "tmp"), 0);
	assert_int_equal(files(state, "new"), 0);
	spool_close(s);
}

static void
a_folder_that_cannot_be_written_accepts_none_of_a_batch(void **state)
{
	struct spool *s = opened(state);
	struct spool_batch *b = spool_batch_create(s);
	char *tmp = xasprintf("%s/spool/tmp", (const char *)*state);
	struct err e = {0};
	char sha[SPOOL_SHA];

	add(b, "abc", "imap:a/INBOX", sha);
	/* What is in it goes; so the envelope cannot be made. */
	assert_int_equal(test_folder_remove(xstrdup(tmp)), 0);
	assert_int_equal(spool_batch_commit(b, &e), -1);
	assert_int_equal(e.code, ERR_TEMP);
	assert_false(spool_has_new(s, sha));
	assert_int_equal(files(state, "new"), 0);
	free(tmp);
	spool_batch_free(b);
	spool_close(s);
}

static void
messages_that_come_a_piece_of_each_are_whole(void **state)
{
	struct envelope env = {.received_at = 7}, *all;
	struct spool *s = opened(state);
	struct spool_batch *b = spool_batch_create(s);
	struct spool_entry *entry[3];
	char sha[3][SPOOL_SHA];
	size_t count;

	env.source = xstrdup("lmtp");
	strs_add(&env.recipients, "one@example.net");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(spool_entry_create(&entry[i], s, NULL), 0);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(spool_entry_put(entry[i % 3],
				     i % 3 == 1 ? "other" : "same", 4, NULL),
		    0);
	assert_int_equal(spool_entry_size(entry[0]), 8);
	assert_true(spool_batch_add(b, &entry[0], &env, sha[0]));
	assert_null(entry[0]);
	assert_true(spool_batch_add(b, &entry[1], &env, sha[1]));
	strs_add(&env.recipients, "two@example.net");
	assert_false(spool_batch_add(b, &entry[2], &env, sha[2]));
	assert_string_equal(sha[0], sha[2]);
	assert_int_equal(spool_batch_commit(b, NULL), 0);
	assert_true(spool_batch_add(b, &entry[2], &env, sha[2]));
	assert_int_equal(spool_batch_commit(b, NULL), 0);
	assert_true(spool_has_new(s, sha[1]));
	assert_int_equal(spool_envelopes(s, sha[0], &all, &count, NULL), 0);
	assert_int_equal(count, 2);
	envelope_list_free(all, count);
	assert_int_equal(spool_entry_create(&entry[0], s, NULL), 0);
	spool_entry_free(entry[0]);
	assert_int_equal(files(state, "tmp"), 0);
	envelope_free(&env);
	spool_batch_free(b);
	spool_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(                                       \
	    name, test_folder_open, test_folder_close)
	    TEST(what_was_committed_lies_there_with_its_envelope),
	    TEST(the_same_bytes_twice_in_a_batch_are_one_message),
	    TEST(another_source_of_the_same_bytes_joins_the_envelope),
	    TEST(what_was_undone_or_not_committed_leaves_nothing),
	    TEST(a_folder_that_cannot_be_written_accepts_none_of_a_batch),
	    TEST(messages_that_come_a_piece_of_each_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
