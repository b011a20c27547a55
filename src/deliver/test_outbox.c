#include "deliver/outbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_bytes.h"
#include "base/test_folder.h"

#define NAME "0123abcd"
#define FILE_NAME "0123abcd.noroshi"

struct place {
	char *folder; /* the test's own */
	char path[96];
	struct outbox *outbox;
	struct err e;
};

static int
place_open(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));

	p->folder = test_folder_make();
	(void)snprintf(p->path, sizeof(p->path), "%s/out", p->folder);
	*state = p;
	return outbox_open(&p->outbox, p->path, &p->e);
}

static const char *
place_path(const struct place *p, const char *name, char out[256])
{
	(void)snprintf(out, 256, "%s/%s", p->path, name);
	return out;
}

/* The files of one folder of the Maildir; removes them where asked. */
static int
place_count(const struct place *p, const char *folder, bool unlinks)
{
	char path[256];
	DIR *d = opendir(place_path(p, folder, path));
	const struct dirent *entry;
	int n = 0;

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		n++;
		if (unlinks)
			(void)unlinkat(dirfd(d), entry->d_name, 0);
	}
	closedir(d);
	return n;
}

static int
place_close(void **state)
{
	struct place *p = *state;
	int rc;

	outbox_close(p->outbox);
	rc = test_folder_remove(p->folder);
	free(p);
	return rc;
}

static int
put(struct place *p, const char *name, const char *from, const char *to,
    const char *text)
{
	int fd = test_bytes_fd(text, strlen(text));
	int rc;

	p->e = (struct err){0};
	rc = outbox_put(p->outbox, name, from, to, fd, &p->e);
	close(fd);
	return rc;
}

static char *
place_read(const struct place *p, const char *name)
{
	char path[256];
	char *text = xcalloc(1, 400000);
	int fd = open(place_path(p, name, path), O_RDONLY | O_CLOEXEC);
	ssize_t n, len = 0;

	assert_int_not_equal(fd, -1);
	while ((n = read(fd, text + len, (size_t)(399999 - len))) > 0)
		len += n;
	close(fd);
	return text;
}

static void
a_delivery_lies_in_new_with_its_envelope_on_top(void **state)
{
	struct place *p = *state;
	char *text;

	assert_int_equal(put(p, NAME, "t@example.org", "a@example.org",
			     "Subject: x\r\n\r\nbody\r\n"),
	    0);
	text = place_read(p, "new/" FILE_NAME);
	assert_string_equal(text,
	    "Return-Path: <t@example.org>\nDelivered-To: a@example.org\n"
	    "Subject: x\n\nbody\n");
	free(text);
	assert_int_equal(place_count(p, "tmp", false), 0);
}

static void
the_null_sender_is_written_as_such(void **state)
{
	static const char top[] = "Return-Path: <>\n";
	struct place *p = *state;
	char *text;

	assert_int_equal(put(p, NAME, "", "a@example.org", "x\r\n"), 0);
	text = place_read(p, "new/" FILE_NAME);
	assert_memory_equal(text, top, sizeof(top) - 1);
	free(text);
}

static void
the_same_delivery_again_is_one_file(void **state)
{
	struct place *p = *state;

	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    put(p, NAME, "t@example.org", "a@example.org", "x\r\n"), 0);
	assert_int_equal(place_count(p, "new", false), 1);
}

static void
a_delivery_that_was_read_is_not_delivered_again(void **state)
{
	static const char *const read_as[] = {
	    "cur/" FILE_NAME ":2,S", "cur/" FILE_NAME};
	struct place *p = *state;
	char from[256], to[256];

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
		    put(p, NAME, "t@example.org", "a@example.org", "x\r\n"), 0);
		assert_int_equal(rename(place_path(p, "new/" FILE_NAME, from),
				     place_path(p, read_as[i], to)),
		    0);
		assert_int_equal(
		    put(p, NAME, "t@example.org", "a@example.org", "x\r\n"), 0);
		assert_int_equal(place_count(p, "new", false), 0);
		assert_int_equal(place_count(p, "cur", true), 1);
	}
}

static void
a_longer_name_in_cur_is_another_delivery(void **state)
{
	struct place *p = *state;
	char path[256];
	int fd = open(place_path(p, "cur/" FILE_NAME "2:2,S", path),
	    O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_not_equal(fd, -1);
	close(fd);
	assert_int_equal(
	    put(p, NAME, "t@example.org", "a@example.org", "x\r\n"), 0);
	assert_int_equal(place_count(p, "new", false), 1);
}

static void
a_half_written_file_of_an_earlier_life_is_replaced(void **state)
{
	struct place *p = *state;
	char path[256];
	char *text;
	int fd = open(place_path(p, "tmp/" FILE_NAME, path),
	    O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, "half of an older and longer one", 31), 31);
	close(fd);
	assert_int_equal(put(p, NAME, "f@x.org", "a@x.org", "x\r\n"), 0);
	text = place_read(p, "new/" FILE_NAME);
	assert_string_equal(
	    text, "Return-Path: <f@x.org>\nDelivered-To: a@x.org\nx\n");
	free(text);
	assert_int_equal(place_count(p, "tmp", false), 0);
}

/* Another deliverer, that a queue which died gave the same copy to. */
static _Noreturn void
other_deliverer(const struct place *p, int ready)
{
	const struct timespec pause = {.tv_nsec = 100 * 1000000L};
	char from[256], to[256];
	int fd = open(place_path(p, "tmp/" FILE_NAME, from),
	    O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	bool good = fd != -1 && flock(fd, LOCK_EX) == 0 &&
		    write(fd, "first ", 6) == 6 && write(ready, "", 1) == 1;

	(void)nanosleep(&pause, NULL);
	good = good && write(fd, "half", 4) == 4 &&
	       rename(from, place_path(p, "new/" FILE_NAME, to)) == 0;
	_exit(good ? 0 : 1);
}

static void
a_copy_that_another_one_is_writing_is_left_to_it(void **state)
{
	struct place *p = *state;
	int ready[2], status = -1;
	char byte, *text;
	pid_t other;

	assert_int_equal(pipe(ready), 0);
	other = fork();
	assert_int_not_equal(other, -1);
	if (other == 0)
		other_deliverer(p, ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(put(p, NAME, "f@x.org", "a@x.org", "x\r\n"), 0);
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_int_equal(status, 0);
	text = place_read(p, "new/" FILE_NAME);
	assert_string_equal(text, "first half");
	free(text);
	assert_int_equal(place_count(p, "new", false), 1);
	assert_int_equal(place_count(p, "tmp", false), 0);
	close(ready[0]);
	close(ready[1]);
}

static void
lines_end_the_same_wherever_a_read_cuts_them(void **state)
{
	struct place *p = *state;
	char *text = xmalloc(131075);
	char *got;

	/* A CR is the last byte of the first read of 65536, its LF the next. */
	memset(text, 'a', 131074);
	text[65535] = '\r';
	text[65536] = '\n';
	text[131072] = '\r';
	text[131073] = '\r';
	text[131074] = '\0';
	assert_int_equal(put(p, NAME, "f@x.org", "a@x.org", text), 0);
	got = place_read(p, "new/" FILE_NAME);
	/* One CR went with its LF; the two alone at the end stay. */
	assert_int_equal(strlen(got),
	    strlen("Return-Path: <f@x.org>\nDelivered-To: a@x.org\n") + 131073);
	assert_string_equal(got + strlen(got) - 3, "a\r\r");
	assert_null(strstr(got, "\r\n"));
	free(got);
	free(text);
}

static void
an_address_with_control_characters_is_not_written(void **state)
{
	static const char *const bad[] = {
	    "a@x.org\nBcc: b@x.org", "a@x.org\r", "a\x7f@x.org", "\t"};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(put(p, NAME, "f@x.org", bad[i], "x"), -1);
		assert_int_equal(p->e.code, ERR_DATA);
		assert_int_equal(put(p, NAME, bad[i], "a@x.org", "x"), -1);
		assert_int_equal(p->e.code, ERR_DATA);
	}
	assert_int_equal(put(p, NAME, "f@x.org", "", "x"), -1);
	assert_int_equal(p->e.code, ERR_DATA);
	assert_int_equal(place_count(p, "new", false), 0);
}

static void
a_name_that_leads_elsewhere_is_not_written(void **state)
{
	static const char *const bad[] = {
	    "../x", "a/b", ".hidden", "", "a:2,S", "a b"};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(put(p, bad[i], "f@x.org", "a@x.org", "x"), -1);
		assert_int_equal(p->e.code, ERR_DATA);
	}
	assert_int_equal(place_count(p, "new", false), 0);
	assert_int_equal(place_count(p, "tmp", false), 0);
}

static void
an_outbox_that_is_a_file_is_a_failure_to_try_again(void **state)
{
	struct place *p = *state;
	struct outbox *o;
	char path[256];
	int fd = open(place_path(p, "new/file", path),
	    O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	close(fd);
	assert_int_equal(outbox_open(&o, path, &p->e), -1);
	assert_int_equal(p->e.code, ERR_TEMP);
	assert_null(o);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_delivery_lies_in_new_with_its_envelope_on_top),
	    TEST(the_null_sender_is_written_as_such),
	    TEST(the_same_delivery_again_is_one_file),
	    TEST(a_delivery_that_was_read_is_not_delivered_again),
	    TEST(a_longer_name_in_cur_is_another_delivery),
	    TEST(a_half_written_file_of_an_earlier_life_is_replaced),
	    TEST(a_copy_that_another_one_is_writing_is_left_to_it),
	    TEST(lines_end_the_same_wherever_a_read_cuts_them),
	    TEST(an_address_with_control_characters_is_not_written),
	    TEST(a_name_that_leads_elsewhere_is_not_written),
	    TEST(an_outbox_that_is_a_file_is_a_failure_to_try_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
