#include "queue/incoming.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_bytes.h"
#include "base/test_folder.h"

struct place {
	char *folder; /* the test's own */
	char spool_path[96];
	struct db *db;
	struct spool *spool;
	struct err e;
};

static int
place_open(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	char db[96];

	p->folder = test_folder_make();
	(void)snprintf(
	    p->spool_path, sizeof(p->spool_path), "%s/spool", p->folder);
	(void)snprintf(db, sizeof(db), "%s/n.db", p->folder);
	*state = p;
	if (db_open(&p->db, db, true, &p->e) == -1)
		return -1;
	return spool_open(&p->spool, p->spool_path, &p->e);
}

static int
place_close(void **state)
{
	struct place *p = *state;
	int rc;

	db_close(p->db);
	spool_close(p->spool);
	rc = test_folder_remove(p->folder);
	free(p);
	return rc;
}

static void
add(struct place *p, const char *text, const char *recipient,
    char sha[SPOOL_SHA])
{
	char from[] = "f@x.org", source[] = "pipe";
	struct envelope env = {
	    .source = source, .sender = from, .received_at = 500};
	int fd = test_bytes_fd(text, strlen(text));

	if (recipient != NULL)
		strs_add(&env.recipients, recipient);
	assert_int_equal(
	    spool_add(p->spool, fd, strlen(text), &env, sha, &p->e), 0);
	(void)close(fd);
	strs_free(&env.recipients);
}

static int64_t
enter(struct place *p, const char *sha, bool expected)
{
	bool duplicate = !expected;
	int64_t id = 0;

	assert_int_equal(incoming_register(p->db, p->spool, sha, 1000, &id,
			     &duplicate, &p->e),
	    0);
	assert_int_equal(duplicate, expected);
	assert_true(id > 0);
	return id;
}

static int64_t
count(struct place *p, const char *sql)
{
	int64_t n;

	assert_int_equal(db_get_int(p->db, &n, -1, &p->e, sql, ""), 0);
	return n;
}

#define EVENTS "SELECT count(*) FROM audit WHERE event = "
#define RECEIVED EVENTS "'message.received'"
#define DUPLICATES EVENTS "'message.duplicate'"
#define MESSAGES "SELECT count(*) FROM message"
#define ENVELOPES "SELECT count(*) FROM envelope"

static void
finish(struct place *p, int64_t id, const char *state)
{
	assert_int_equal(db_run(p->db, &p->e,
			     "UPDATE message SET state = ?, step = 'done'"
			     " WHERE id = ?",
			     "si", state, id),
	    0);
}

static void
store(struct place *p, const char *sha)
{
	struct buf b;

	buf_init(&b, 16);
	buf_puts(&b, "sealed");
	assert_int_equal(spool_put_store(p->spool, sha, &b, &p->e), 0);
	buf_free(&b);
}

static void
a_new_message_has_a_row_its_envelope_and_an_entry(void **state)
{
	struct place *p = *state;
	char sha[SPOOL_SHA];
	int64_t id;

	add(p, "one", "t@x.org", sha);
	id = enter(p, sha, false);
	assert_int_equal(
	    count(p, MESSAGES " WHERE state = 'received' AND step = 'new' AND"
			      " direction = 'in' AND source = 'pipe' AND"
			      " received_at = 500 AND size = 3 AND"
			      " attempts = 0"),
	    1);
	assert_int_equal(count(p, ENVELOPES " WHERE sender = 'f@x.org' AND"
					    " recipient = 't@x.org' AND"
					    " source = 'pipe'"),
	    1);
	assert_int_equal(count(p, RECEIVED), 1);
	assert_int_equal(count(p, "SELECT message FROM audit"), id);
	assert_true(spool_has_new(p->spool, sha));
}

static void
the_same_bytes_for_someone_else_join_the_same_message(void **state)
{
	struct place *p = *state;
	char sha[SPOOL_SHA];
	int64_t id;

	add(p, "one", "t@x.org", sha);
	id = enter(p, sha, false);
	add(p, "one", "u@x.org", sha);
	assert_int_equal(enter(p, sha, true), id);
	assert_int_equal(count(p, MESSAGES), 1);
	assert_int_equal(count(p, ENVELOPES), 2);
	assert_int_equal(count(p, DUPLICATES), 1);
}

/* The queue died before its answer reached intake, which asks again. */
static void
asking_again_changes_nothing(void **state)
{
	struct place *p = *state;
	char sha[SPOOL_SHA];
	int64_t id;

	add(p, "one", "t@x.org", sha);
	id = enter(p, sha, false);
	assert_int_equal(enter(p, sha, true), id);
	assert_int_equal(count(p, ENVELOPES), 1);
	assert_int_equal(count(p, RECEIVED), 1);
	assert_int_equal(count(p, DUPLICATES), 0);
	assert_true(spool_has_new(p->spool, sha));
}

static void
a_message_that_is_done_does_not_come_back(void **state)
{
	struct place *p = *state;
	char sha[SPOOL_SHA];
	int64_t id;

	add(p, "one", "t@x.org", sha);
	id = enter(p, sha, false);
	store(p, sha);
	finish(p, id, "processed");
	assert_int_equal(spool_remove_new(p->spool, sha, &p->e), 0);
	add(p, "one", "t@x.org", sha);
	assert_int_equal(enter(p, sha, true), id);
	assert_false(spool_has_new(p->spool, sha));
	assert_int_equal(count(p, MESSAGES " WHERE state = 'processed'"), 1);
	assert_int_equal(count(p, DUPLICATES), 1);
}

static void
the_only_copy_of_the_bytes_is_never_removed(void **state)
{
	struct place *p = *state;
	char sha[SPOOL_SHA];
	size_t n;

	add(p, "one", "t@x.org", sha);
	finish(p, enter(p, sha, false), "quarantined");
	(void)enter(p, sha, true);
	assert_int_equal(incoming_recover(p->db, p->spool, 1000, &n, &p->e), 0);
	assert_true(spool_has_new(p->spool, sha));
}

static void
a_message_without_recipients_keeps_its_sender(void **state)
{
	struct place *p = *state;
	char sha[SPOOL_SHA];

	add(p, "one", NULL, sha);
	(void)enter(p, sha, false);
	assert_int_equal(count(p, ENVELOPES " WHERE sender = 'f@x.org' AND"
					    " recipient = ''"),
	    1);
}

static void
bytes_that_are_not_there_are_not_registered(void **state)
{
	static const char sha[] = "0123456789abcdef0123456789abcdef"
				  "0123456789abcdef0123456789abcdef";
	struct place *p = *state;
	bool duplicate;
	int64_t id;

	assert_int_equal(incoming_register(p->db, p->spool, sha, 1000, &id,
			     &duplicate, &p->e),
	    -1);
	assert_int_equal(p->e.code, ERR_NOINPUT);
	assert_int_equal(count(p, MESSAGES), 0);
	assert_int_equal(count(p, "SELECT count(*) FROM audit"), 0);
}

static void
an_envelope_that_is_broken_does_not_lose_the_message(void **state)
{
	struct place *p = *state;
	char sha[SPOOL_SHA], path[256];
	FILE *f;

	add(p, "one", "t@x.org", sha);
	(void)snprintf(path, sizeof(path), "%s/new/%s.env", p->spool_path, sha);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("rubbish", f);
	fclose(f);
	(void)enter(p, sha, false);
	assert_int_equal(count(p, MESSAGES " WHERE source = 'unknown'"), 1);
}

static void
what_lies_in_the_spool_without_a_row_gets_one_at_the_next_start(void **state)
{
	struct place *p = *state;
	char one[SPOOL_SHA], two[SPOOL_SHA];
	size_t n;

	add(p, "one", "t@x.org", one);
	add(p, "two", "t@x.org", two);
	(void)enter(p, one, false);
	assert_int_equal(incoming_recover(p->db, p->spool, 1000, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(incoming_recover(p->db, p->spool, 1000, &n, &p->e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(count(p, MESSAGES), 2);
	assert_int_equal(count(p, RECEIVED), 2);
	assert_int_equal(count(p, DUPLICATES), 0);
}

static void
many_are_registered_together_or_none_is(void **state)
{
	struct place *p = *state;
	char sha[3][SPOOL_SHA];
	struct incoming_message m[3];

	add(p, "one", "t@x.org", sha[0]);
	add(p, "two", "t@x.org", sha[1]);
	spool_sha("gone", 4, sha[2]);
	for (size_t i = 0; i < 3; i++)
		m[i] = (struct incoming_message){.sha = sha[i]};
	assert_int_equal(
	    incoming_register_all(p->db, p->spool, m, 3, 1000, &p->e), -1);
	assert_int_equal(p->e.code, ERR_NOINPUT);
	assert_int_equal(count(p, MESSAGES), 0);
	assert_int_equal(count(p, RECEIVED), 0);
	m[2].sha = sha[0];
	assert_int_equal(
	    incoming_register_all(p->db, p->spool, m, 3, 1000, &p->e), 0);
	assert_int_equal(count(p, MESSAGES), 2);
	assert_int_equal(count(p, RECEIVED), 2);
	assert_int_equal(m[0].id, m[2].id);
	assert_true(m[1].id > 0 && m[1].id != m[0].id);
	assert_false(m[0].duplicate || m[1].duplicate);
	assert_true(m[2].duplicate);
}

/* A worker died after its commit, before it could remove the raw bytes. */
static void
what_a_worker_left_of_a_done_message_goes_without_an_entry(void **state)
{
	struct place *p = *state;
	char sha[SPOOL_SHA];
	size_t n;

	add(p, "one", "t@x.org", sha);
	finish(p, enter(p, sha, false), "processed");
	store(p, sha);
	assert_int_equal(incoming_recover(p->db, p->spool, 1000, &n, &p->e), 0);
	assert_int_equal(n, 0);
	assert_false(spool_has_new(p->spool, sha));
	assert_int_equal(count(p, DUPLICATES), 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_new_message_has_a_row_its_envelope_and_an_entry),
	    TEST(the_same_bytes_for_someone_else_join_the_same_message),
	    TEST(asking_again_changes_nothing),
	    TEST(a_message_that_is_done_does_not_come_back),
	    TEST(the_only_copy_of_the_bytes_is_never_removed),
	    TEST(a_message_without_recipients_keeps_its_sender),
	    TEST(bytes_that_are_not_there_are_not_registered),
	    TEST(an_envelope_that_is_broken_does_not_lose_the_message),
	    TEST(
		what_lies_in_the_spool_without_a_row_gets_one_at_the_next_start),
	    TEST(many_are_registered_together_or_none_is),
	    TEST(what_a_worker_left_of_a_done_message_goes_without_an_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
