#include "intake/maildir.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"

struct place {
	char *folder; /* the test's own */
	char box[96];
	struct maildir *maildir;
	struct spool *spool;
	struct err e;
};

static int
place_open(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	char spool[96];

	(void)signal(SIGIO, SIG_IGN);
	p->folder = test_folder_make();
	(void)snprintf(p->box, sizeof(p->box), "%s/inbox", p->folder);
	(void)snprintf(spool, sizeof(spool), "%s/spool", p->folder);
	*state = p;
	if (spool_open(&p->spool, spool, &p->e) == -1)
		return -1;
	return maildir_open(&p->maildir, p->box, &p->e);
}

static int
place_close(void **state)
{
	struct place *p = *state;
	int rc;

	maildir_close(p->maildir);
	spool_close(p->spool);
	rc = test_folder_remove(p->folder);
	free(p);
	return rc;
}

static const char *
place_path(const struct place *p, const char *name, char out[256])
{
	(void)snprintf(out, 256, "%s/%s", p->box, name);
	return out;
}

static bool
place_has(const struct place *p, const char *name)
{
	char path[256];

	return access(place_path(p, name, path), F_OK) == 0;
}

static void
place_write(const struct place *p, const char *name, const char *text)
{
	char path[256];
	int fd = open(place_path(p, name, path),
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int
take(struct place *p, const char *name, uint64_t max, struct maildir_file *f,
    char sha[SPOOL_SHA])
{
	struct spool_batch *batch = spool_batch_create(p->spool);
	int rc;

	p->e = (struct err){0};
	rc = maildir_take(p->maildir, name, max, 1000, batch, f, sha, &p->e);
	assert_int_equal(spool_batch_count(batch), rc == 0);
	if (rc == 0)
		assert_int_equal(spool_batch_commit(batch, &p->e), 0);
	spool_batch_free(batch);
	return rc;
}

/* maildir_take says no, with code. */
static void
refused(struct place *p, const char *name, enum err_code code)
{
	struct maildir_file f;
	char sha[SPOOL_SHA];

	assert_int_equal(take(p, name, 1000, &f, sha), -1);
	assert_int_equal(p->e.code, code);
	assert_null(f.name);
}

static void
a_file_is_in_the_spool_before_it_is_removed(void **state)
{
	static const char text[] = "Subject: x\n\nbody\n";
	struct place *p = *state;
	struct maildir_file f;
	char sha[SPOOL_SHA], expected[SPOOL_SHA];

	place_write(p, "new/1.a", text);
	assert_int_equal(take(p, "1.a", 1000, &f, sha), 0);
	spool_sha(text, strlen(text), expected);
	assert_string_equal(sha, expected);
	assert_true(spool_has_new(p->spool, sha));
	assert_true(place_has(p, "new/1.a"));
	assert_int_equal(maildir_remove(p->maildir, &f, &p->e), 0);
	assert_int_equal(maildir_sync(p->maildir, &p->e), 0);
	assert_false(place_has(p, "new/1.a"));
	/* Once more, as after a death between the two: nothing to do. */
	assert_int_equal(maildir_remove(p->maildir, &f, &p->e), 0);
	maildir_file_free(&f);
}

static void
the_envelope_that_an_mta_wrote_comes_along(void **state)
{
	struct place *p = *state;
	struct envelope *env;
	struct maildir_file f;
	char sha[SPOOL_SHA];
	size_t count;

	place_write(p, "new/1.a",
	    "Return-Path: <f@x.org>\nX-Original-To: soc@x.org\n"
	    "Delivered-To: t@x.org\nSubject: x\n\nbody\n");
	assert_int_equal(take(p, "1.a", 1000, &f, sha), 0);
	assert_int_equal(
	    spool_envelopes(p->spool, sha, &env, &count, &p->e), 0);
	assert_int_equal(count, 1);
	assert_string_equal(env[0].source, "maildir:inbox");
	assert_string_equal(env[0].sender, "f@x.org");
	assert_int_equal(env[0].recipients.count, 2);
	assert_true(strs_has(&env[0].recipients, "soc@x.org"));
	assert_true(strs_has(&env[0].recipients, "t@x.org"));
	assert_int_equal(env[0].received_at, 1000);
	envelope_free(&env[0]);
	free(env);
	maildir_file_free(&f);
}

static void
a_file_that_changed_after_it_was_read_is_not_removed(void **state)
{
	struct place *p = *state;
	struct maildir_file f;
	char sha[SPOOL_SHA];

	place_write(p, "new/1.a", "first\n");
	assert_int_equal(take(p, "1.a", 1000, &f, sha), 0);
	place_write(p, "new/1.a", "first and more\n");
	assert_int_equal(maildir_remove(p->maildir, &f, &p->e), -1);
	assert_int_equal(p->e.code, ERR_DATA);
	assert_true(place_has(p, "new/1.a"));
	maildir_file_free(&f);
}

static void
a_file_that_is_being_written_is_left_alone(void **state)
{
	struct place *p = *state;
	struct maildir_file f;
	char path[256], sha[SPOOL_SHA];
	int fd = open(place_path(p, "new/1.a", path),
	    O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, "half", 4), 4);
	refused(p, "1.a", ERR_SERVICE);
	close(fd);
	assert_int_equal(take(p, "1.a", 1000, &f, sha), 0);
	maildir_file_free(&f);
}

static void
links_pipes_and_folders_are_not_read(void **state)
{
	struct place *p = *state;
	char path[256];

	assert_int_equal(
	    symlink("/etc/passwd", place_path(p, "new/link", path)), 0);
	assert_int_equal(mkfifo(place_path(p, "new/pipe", path), 0600), 0);
	assert_int_equal(mkdir(place_path(p, "new/folder", path), 0700), 0);
	refused(p, "link", ERR_DENIED);
	refused(p, "pipe", ERR_DENIED);
	refused(p, "folder", ERR_DENIED);
	refused(p, "absent", ERR_NOINPUT);
}

static void
a_file_over_the_limit_is_moved_and_not_lost(void **state)
{
	struct place *p = *state;
	struct maildir_file f;
	char sha[SPOOL_SHA];

	place_write(p, "new/1.a", "12345");
	assert_int_equal(take(p, "1.a", 5, &f, sha), 0);
	maildir_file_free(&f);
	assert_int_equal(take(p, "1.a", 4, &f, sha), -1);
	assert_int_equal(p->e.code, ERR_DATA);
	assert_int_equal(maildir_refuse(p->maildir, "1.a", &p->e), 0);
	assert_false(place_has(p, "new/1.a"));
	assert_true(place_has(p, ".refused/new/1.a"));
	/* Another of that name does not take its place. */
	place_write(p, "new/1.a", "67890");
	assert_int_equal(maildir_refuse(p->maildir, "1.a", &p->e), -1);
	assert_true(place_has(p, "new/1.a"));
}

static void
names_come_sorted_and_without_hidden_ones(void **state)
{
	struct place *p = *state;
	struct strs names = {0};

	place_write(p, "new/2.b", "x");
	place_write(p, "new/1.a", "x");
	place_write(p, "new/.hidden", "x");
	place_write(p, "cur/0.c", "x");
	assert_int_equal(maildir_list(p->maildir, &names, &p->e), 0);
	assert_int_equal(names.count, 2);
	assert_string_equal(names.item[0], "1.a");
	assert_string_equal(names.item[1], "2.b");
	strs_free(&names);
}

static void
the_maildir_is_made_private_where_it_was_absent(void **state)
{
	struct place *p = *state;
	char path[256];
	struct stat st;

	assert_int_equal(stat(place_path(p, "new", path), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(place_has(p, "cur"));
	assert_true(place_has(p, "tmp"));
	assert_string_equal(maildir_source(p->maildir), "maildir:inbox");
}

/* In a block of its exact size: a byte too far is seen. */
static void
envelope_of(const char *text, struct envelope *env)
{
	size_t len = strlen(text);
	char *exact = xmemdup(len == 0 ? "x" : text, len == 0 ? 1 : len);

	*env = (struct envelope){0};
	maildir_envelope(exact, len, env);
	free(exact);
}

static void
lines_after_any_other_field_are_the_senders_and_not_believed(void **state)
{
	struct envelope env;

	(void)state;
	envelope_of("Delivered-To: a@x.org\nReceived: by x\n"
		    "Delivered-To: b@x.org\nReturn-Path: <c@x.org>\n\n",
	    &env);
	assert_int_equal(env.recipients.count, 1);
	assert_string_equal(env.recipients.item[0], "a@x.org");
	assert_null(env.sender);
	envelope_free(&env);
	envelope_of("\nDelivered-To: a@x.org\n", &env);
	assert_int_equal(env.recipients.count, 0);
	envelope_free(&env);
}

static void
the_null_sender_is_known_and_a_missing_one_is_not(void **state)
{
	struct envelope env;

	(void)state;
	envelope_of("return-path:<>\r\n\r\n", &env);
	assert_string_equal(env.sender, "");
	envelope_free(&env);
	envelope_of("Delivered-To: a@x.org\r\n\r\n", &env);
	assert_null(env.sender);
	assert_string_equal(env.recipients.item[0], "a@x.org");
	envelope_free(&env);
}

static void
an_address_that_is_cut_or_has_controls_is_none(void **state)
{
	char text[1024];
	struct envelope env;

	(void)state;
	envelope_of("Delivered-To: a@x.org", &env);
	assert_int_equal(env.recipients.count, 0);
	envelope_free(&env);
	envelope_of("Delivered-To: a\x01@x.org\nDelivered-To: a b\n"
		    "Delivered-To: \n",
	    &env);
	assert_int_equal(env.recipients.count, 0);
	envelope_free(&env);
	(void)snprintf(
	    text, sizeof(text), "Delivered-To: %0*d\n", MAILDIR_ADDRESS + 1, 0);
	envelope_of(text, &env);
	assert_int_equal(env.recipients.count, 0);
	envelope_free(&env);
}

static void
recipients_are_counted(void **state)
{
	struct buf b;
	struct envelope env;

	(void)state;
	buf_init(&b, MAILDIR_ENVELOPE);
	for (int i = 0; i < MAILDIR_RECIPIENTS + 50; i++)
		buf_putf(&b, "Delivered-To: a%d@x.org\n", i);
	envelope_of(buf_str(&b), &env);
	assert_int_equal(env.recipients.count, MAILDIR_RECIPIENTS);
	envelope_free(&env);
	buf_free(&b);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_file_is_in_the_spool_before_it_is_removed),
	    TEST(the_envelope_that_an_mta_wrote_comes_along),
	    TEST(a_file_that_changed_after_it_was_read_is_not_removed),
	    TEST(a_file_that_is_being_written_is_left_alone),
	    TEST(links_pipes_and_folders_are_not_read),
	    TEST(a_file_over_the_limit_is_moved_and_not_lost),
	    TEST(names_come_sorted_and_without_hidden_ones),
	    TEST(the_maildir_is_made_private_where_it_was_absent),
	    cmocka_unit_test(
		lines_after_any_other_field_are_the_senders_and_not_believed),
	    cmocka_unit_test(the_null_sender_is_known_and_a_missing_one_is_not),
	    cmocka_unit_test(an_address_that_is_cut_or_has_controls_is_none),
	    cmocka_unit_test(recipients_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
