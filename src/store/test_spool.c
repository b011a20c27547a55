#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/test_bytes.h"
#include "base/test_folder.h"
#include "store/envelope.h"
#include "store/spool.h"

static const char zeros[] =
    "0000000000000000000000000000000000000000000000000000000000000000";

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

static char *
in_spool(void **state, const char *name)
{
	return xasprintf("%s/spool/%s", (const char *)*state, name);
}

static int
add_text(struct spool *s, const char *text, const struct envelope *env,
    char sha[SPOOL_SHA], struct err *e)
{
	int fd = test_bytes_fd(text, strlen(text));
	int rc = spool_add(s, fd, strlen(text), env, sha, e);

	(void)close(fd);
	return rc;
}

static void
add(struct spool *s, const char *bytes, const char *to, char sha[SPOOL_SHA])
{
	struct envelope env = {.received_at = 7};
	struct err e = {0};

	env.source = xstrdup("pipe");
	env.sender = xstrdup("");
	strs_add(&env.recipients, to);
	if (add_text(s, bytes, &env, sha, &e) == -1)
		fail_msg("%s", e.text);
	envelope_free(&env);
}

static size_t
entries(struct spool *s)
{
	struct strs l = {0};
	size_t n;

	assert_int_equal(spool_list_new(s, &l, NULL), 0);
	n = l.count;
	strs_free(&l);
	return n;
}

static void
what_was_added_comes_back_under_its_sha256(void **state)
{
	struct spool *s = opened(state);
	struct envelope *env;
	char sha[SPOOL_SHA];
	size_t count;
	struct buf b;

	add(s, "abc", "cert@example.net", sha);
	assert_string_equal(sha, "ba7816bf8f01cfea414140de5dae2223b00361a396177"
				 "a9cb410ff61f20015ad");
	assert_true(spool_has_new(s, sha));
	buf_init(&b, 3);
	assert_int_equal(spool_read_new(s, sha, &b, NULL), 0);
	assert_string_equal(buf_str(&b), "abc");
	buf_free(&b);
	assert_int_equal(spool_envelopes(s, sha, &env, &count, NULL), 0);
	assert_int_equal(count, 1);
	assert_string_equal(env[0].source, "pipe");
	assert_string_equal(env[0].sender, "");
	assert_string_equal(env[0].recipients.item[0], "cert@example.net");
	assert_int_equal(env[0].received_at, 7);
	envelope_list_free(env, count);
	spool_close(s);
}

static void
files_are_for_their_owner_only_and_tmp_is_left_empty(void **state)
{
	struct spool *s = opened(state);
	char *path, *tmp = in_spool(state, "tmp");
	char sha[SPOOL_SHA];
	struct stat st;

	add(s, "abc", "a@example.net", sha);
	path = xasprintf("%s/spool/new/%s", (const char *)*state, sha);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(tmp, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(rmdir(tmp), 0);
	free(path);
	free(tmp);
	spool_close(s);
}

static void
the_same_bytes_for_others_join_the_same_message(void **state)
{
	struct spool *s = opened(state);
	struct envelope *env;
	char sha[SPOOL_SHA], again[SPOOL_SHA];
	size_t count;

	add(s, "abc", "a@example.net", sha);
	add(s, "abc", "b@example.net", again);
	add(s, "abc", "b@example.net", again); /* its source was not answered */
	assert_string_equal(sha, again);
	assert_int_equal(entries(s), 1);
	assert_int_equal(spool_envelopes(s, sha, &env, &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_string_equal(env[1].recipients.item[0], "b@example.net");
	envelope_list_free(env, count);
	spool_close(s);
}

static void
bytes_that_were_processed_are_written_again(void **state)
{
	struct spool *s = opened(state);
	char sha[SPOOL_SHA];

	add(s, "abc", "a@example.net", sha);
	assert_int_equal(spool_remove_new(s, sha, NULL), 0);
	assert_int_equal(spool_remove_new(s, sha, NULL), 0);
	assert_false(spool_has_new(s, sha));
	add(s, "abc", "b@example.net", sha);
	assert_true(spool_has_new(s, sha));
	spool_close(s);
}

static void
processes_that_add_the_same_bytes_lose_no_envelope(void **state)
{
	struct spool *s;
	struct envelope *env;
	char sha[SPOOL_SHA], to[40];
	size_t count;
	pid_t pid[3];
	int status;

	for (int i = 0; i < 3; i++) {
		pid[i] = fork();
		assert_int_not_equal(pid[i], -1);
		if (pid[i] != 0)
			continue;
		s = opened(state);
		for (int j = 0; j < 10; j++) {
			(void)snprintf(to, sizeof(to), "%d-%d@x.example", i, j);
			add(s, "abc", to, sha);
		}
		spool_close(s);
		_exit(0);
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	s = opened(state);
	spool_sha("abc", 3, sha);
	assert_int_equal(spool_envelopes(s, sha, &env, &count, NULL), 0);
	assert_int_equal(count, 30);
	envelope_list_free(env, count);
	spool_close(s);
}

static int
add_from_pipe(struct spool *s, size_t len, uint64_t max, char sha[SPOOL_SHA],
    struct err *e)
{
	struct envelope env = {0};
	char bytes[1000];
	int fd[2], rc;

	memset(bytes, 'x', sizeof(bytes));
	env.source = xstrdup("pipe");
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], bytes, len), len);
	assert_int_equal(close(fd[1]), 0);
	rc = spool_add(s, fd[0], max, &env, sha, e);
	assert_int_equal(close(fd[0]), 0);
	envelope_free(&env);
	return rc;
}

static void
a_file_over_its_limit_leaves_nothing(void **state)
{
	struct spool *s = opened(state);
	char *tmp = in_spool(state, "tmp");
	struct err e = {0};
	char sha[SPOOL_SHA], want[SPOOL_SHA];

	assert_int_equal(add_from_pipe(s, 101, 100, sha, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_int_equal(entries(s), 0);
	assert_int_equal(add_from_pipe(s, 100, 100, sha, &e), 0);
	spool_sha("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	    100, want);
	assert_string_equal(sha, want);
	assert_int_equal(entries(s), 1);
	assert_int_equal(rmdir(tmp), 0);
	free(tmp);
	spool_close(s);
}

static void
a_name_that_is_no_hash_reaches_no_file(void **state)
{
	static const char *const hostile[] = {"", ".", "..", "../db",
	    "/etc/passwd", "abc", "new/0", "0.env",
	    "ZZ00000000000000000000000000000000000000000000000000000000000000",
	    "AA00000000000000000000000000000000000000000000000000000000000000",
	    "00000000000000000000000000000000000000000000000000000000000000000",
	    "../0000000000000000000000000000000000000000000000000000000000000"};
	struct spool *s = opened(state);
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct envelope *env;
		struct err e = {0};
		size_t count;

		assert_false(spool_has_new(s, hostile[i]));
		assert_int_equal(spool_read_new(s, hostile[i], &b, &e), -1);
		assert_int_equal(e.code, ERR_DATA);
		assert_int_equal(spool_put_store(s, hostile[i], &b, &e), -1);
		assert_int_equal(spool_read_store(s, hostile[i], &b, &e), -1);
		assert_int_equal(spool_remove_new(s, hostile[i], &e), -1);
		assert_int_equal(
		    spool_envelopes(s, hostile[i], &env, &count, &e), -1);
		if (strcmp(hostile[i], "abc") != 0)
			assert_int_equal(
			    spool_put_out(s, hostile[i], &b, &e), -1);
	}
	spool_close(s);
}

static void
absent_bytes_are_no_input(void **state)
{
	struct spool *s = opened(state);
	struct err e = {0};
	struct buf b;

	buf_init(&b, 100);
	assert_int_equal(spool_read_new(s, zeros, &b, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	spool_close(s);
}

static void
an_envelope_cut_short_anywhere_is_no_envelope(void **state)
{
	struct envelope env[2] = {{.received_at = 1}, {.received_at = -1}};
	struct envelope *out;
	size_t count;
	struct buf b;

	(void)state;
	env[0].source = xstrdup("pipe");
	env[1].source = xstrdup("maildir:inbox");
	env[1].sender = xstrdup("a@example.net");
	strs_add(&env[1].recipients, "b@example.net");
	strs_add(&env[1].recipients, "c@example.net");
	buf_init(&b, 1000);
	assert_int_equal(envelope_write(&b, env, 1, &env[1], NULL), 0);
	for (size_t len = 0; len <= b.len; len++) {
		void *exact = xmemdup(b.data, len);
		struct err e = {0};
		int rc = envelope_read(exact, len, &out, &count, &e);

		assert_int_equal(rc, len == b.len ? 0 : -1);
		if (rc == -1)
			assert_int_equal(e.code, ERR_DATA);
		free(exact);
	}
	assert_int_equal(count, 2);
	assert_null(out[0].sender);
	assert_true(envelope_same(&out[1], &env[1]));
	assert_false(envelope_same(&out[0], &env[1]));
	envelope_list_free(out, count);
	buf_putc(&b, 'n');
	assert_int_equal(envelope_read(b.data, b.len, &out, &count, NULL), -1);
	b.data[8] = 2; /* the version */
	assert_int_equal(envelope_read(b.data, b.len, &out, &count, NULL), -1);
	buf_free(&b);
	envelope_free(&env[0]);
	envelope_free(&env[1]);
}

static void
an_envelope_over_its_limits_is_refused(void **state)
{
	struct spool *s = opened(state);
	struct envelope env = {0};
	struct err e = {0};
	char sha[SPOOL_SHA];

	env.source = xstrdup("pipe");
	for (int i = 0; i <= ENVELOPE_RECIPIENTS_MAX; i++)
		strs_add(&env.recipients, "a@example.net");
	assert_int_equal(add_text(s, "abc", &env, sha, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_int_equal(entries(s), 0);
	envelope_free(&env);
	env.source = xmalloc(ENVELOPE_SOURCE_MAX + 2);
	memset(env.source, 'x', ENVELOPE_SOURCE_MAX + 1);
	env.source[ENVELOPE_SOURCE_MAX + 1] = '\0';
	assert_int_equal(add_text(s, "abc", &env, sha, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	envelope_free(&env);
	spool_close(s);
}

static void
touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(close(fd), 0);
}

static void
sweeping_takes_only_what_is_old_and_half_written(void **state)
{
	struct spool *s = opened(state);
	char *tmp = in_spool(state, "tmp/left");
	char *lone =
	    xasprintf("%s/spool/new/%s.env", (const char *)*state, zeros);
	char *other = in_spool(state, "new/README.env");
	char sha[SPOOL_SHA];

	add(s, "abc", "a@example.net", sha);
	touch(tmp);
	touch(lone);
	touch(other);
	assert_int_equal(spool_sweep(s, 3600, NULL), 0);
	assert_int_equal(access(tmp, F_OK), 0);
	assert_int_equal(access(lone, F_OK), 0);
	assert_int_equal(spool_sweep(s, -1, NULL), 0);
	assert_int_equal(access(tmp, F_OK), -1);
	assert_int_equal(access(lone, F_OK), -1);
	assert_int_equal(access(other, F_OK), 0);
	assert_int_equal(entries(s), 1);
	free(tmp);
	free(lone);
	free(other);
	spool_close(s);
}

static void
outgoing_files_are_listed_opened_and_removed(void **state)
{
	struct spool *s = opened(state);
	struct strs l = {0};
	struct err e = {0};
	char text[4] = "";
	struct buf b;
	int fd;

	buf_init(&b, 10);
	buf_puts(&b, "out");
	assert_int_equal(spool_put_out(s, "0a1b", &b, NULL), 0);
	assert_int_equal(spool_list_out(s, &l, NULL), 0);
	assert_int_equal(l.count, 1);
	assert_string_equal(l.item[0], "0a1b");
	assert_int_equal(spool_open_out(s, "0a1b", &fd, NULL), 0);
	assert_int_equal(read(fd, text, 3), 3);
	assert_string_equal(text, "out");
	assert_int_equal(close(fd), 0);
	assert_int_equal(spool_remove_out(s, "0a1b", NULL), 0);
	assert_int_equal(spool_open_out(s, "0a1b", &fd, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	strs_free(&l);
	buf_clear(&b);
	buf_puts(&b, "sealed");
	assert_int_equal(spool_put_store(s, zeros, &b, NULL), 0);
	buf_clear(&b);
	assert_int_equal(spool_read_store(s, zeros, &b, NULL), 0);
	assert_string_equal(buf_str(&b), "sealed");
	buf_free(&b);
	spool_close(s);
}

static void
waking_is_seen_by_who_watches(void **state)
{
	struct spool *s = opened(state);
	char *path = in_spool(state, "wake");
	char event[4096];
	uint64_t bytes;
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	assert_int_equal(spool_wake(s, NULL), 0);
	assert_int_not_equal(
	    inotify_add_watch(fd, path, IN_CLOSE_WRITE | IN_ATTRIB), -1);
	assert_int_equal(read(fd, event, sizeof(event)), -1);
	assert_int_equal(spool_wake(s, NULL), 0);
	assert_true(read(fd, event, sizeof(event)) > 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(spool_free_bytes(s, &bytes, NULL), 0);
	assert_true(bytes > 0);
	free(path);
	spool_close(s);
}

int
main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, test_folder_open, test_folder_close)
	const struct CMUnitTest tests[] = {
	    TEST(what_was_added_comes_back_under_its_sha256),
	    TEST(files_are_for_their_owner_only_and_tmp_is_left_empty),
	    TEST(the_same_bytes_for_others_join_the_same_message),
	    TEST(bytes_that_were_processed_are_written_again),
	    TEST(processes_that_add_the_same_bytes_lose_no_envelope),
	    TEST(a_file_over_its_limit_leaves_nothing),
	    TEST(a_name_that_is_no_hash_reaches_no_file),
	    TEST(absent_bytes_are_no_input),
	    TEST(an_envelope_cut_short_anywhere_is_no_envelope),
	    TEST(an_envelope_over_its_limits_is_refused),
	    TEST(sweeping_takes_only_what_is_old_and_half_written),
	    TEST(outgoing_files_are_listed_opened_and_removed),
	    TEST(waking_is_seen_by_who_watches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
