#include "queue/dispatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/pack.h"
#include "base/test_folder.h"

#define NOW 100

/* A queue's side of two delivering processes, and theirs. */
struct place {
	char *folder;
	struct db *db;
	struct spool *spool;
	struct config config;
	struct dispatch d;
	struct ipc *theirs[2];
	int64_t draft;
	int files;
	struct err e;
};

static void
place_hand(struct place *p, unsigned number)
{
	int fd[2];

	assert_int_equal(ipc_pair(fd, &p->e), 0);
	hands_connect(&p->d.hands, number, ipc_create(fd[0]));
	p->theirs[number] = ipc_create(fd[1]);
}

static int
place_open(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	int64_t message;
	char path[96];

	*state = p;
	p->folder = test_folder_make();
	p->config.team_address = xstrdup("t@example.org");
	(void)snprintf(path, sizeof(path), "%s/n.db", p->folder);
	assert_int_equal(db_open(&p->db, path, true, &p->e), 0);
	(void)snprintf(path, sizeof(path), "%s/spool", p->folder);
	assert_int_equal(spool_open(&p->spool, path, &p->e), 0);
	assert_int_equal(
	    dispatch_open(&p->d, &p->config, p->db, p->spool, &p->e), 0);
	assert_int_equal(
	    db_insert(p->db, &message, &p->e,
		"INSERT INTO message (sha256, direction, source, received_at,"
		" size, state) VALUES ('a', 'in', 'pipe', 1, 1, 'processed')",
		""),
	    0);
	assert_int_equal(
	    db_insert(p->db, &p->draft, &p->e,
		"INSERT INTO draft (kind, message, rfc_message_id, language,"
		" label, created_at) VALUES ('copy', ?, '<1@x>', 'en', 'AMBER',"
		" 1)",
		"i", message),
	    0);
	return 0;
}

static int
place_close(void **state)
{
	struct place *p = *state;
	int rc;

	dispatch_free(&p->d);
	ipc_free(p->theirs[0]);
	ipc_free(p->theirs[1]);
	db_close(p->db);
	spool_close(p->spool);
	free(p->config.team_address);
	rc = test_folder_remove(p->folder);
	free(p);
	return rc;
}

/* A copy that is due; next 0: asked for by hand. */
static int64_t
copy(struct place *p, enum draft_lane lane, const char *to, int64_t next)
{
	char name[16];
	struct buf b;
	int64_t id;

	(void)snprintf(name, sizeof(name), "a%d", ++p->files);
	buf_init(&b, 16);
	buf_puts(&b, "sealed");
	assert_int_equal(spool_put_out(p->spool, name, &b, &p->e), 0);
	buf_free(&b);
	assert_int_equal(
	    db_insert(p->db, &id, &p->e,
		"INSERT INTO delivery (draft, recipient, state, rule, reason,"
		" file, transport, next_attempt_at, created_at, lane) VALUES"
		" (?, ?, 'queued', 'r', 'b', ?, 'smtp', nullif(?, 0), ?, ?)",
		"issiii", p->draft, to, name, next, clock_now(NULL),
		(int64_t)lane),
	    0);
	return id;
}

/* The copy that this process was given, or 0. */
static int64_t
given(struct place *p, unsigned number)
{
	struct ipc_frame frame;
	struct unpack u;
	int64_t id;

	if (ipc_next(p->theirs[number], &frame, &p->e) != 1)
		return 0;
	unpack_init(&u, frame.body, frame.len);
	id = (int64_t)unpack_u64(&u);
	close(frame.fd);
	return id;
}

static void
hand_out(struct place *p)
{
	assert_int_equal(dispatch_hand_out(&p->d, NOW, &p->e), 0);
}

static void
result(struct place *p, unsigned number, int64_t id, enum err_code code,
    bool reached)
{
	struct err e = {0};

	if (code != ERR_NONE)
		(void)err_set(&e, code, "no");
	assert_true(hand_result(&p->d.hands.hand[number], id, &e, reached));
}

static void
an_urgent_copy_leaves_before_all_that_waited_longer(void **state)
{
	struct place *p = *state;
	int64_t many = copy(p, DRAFT_MANY, "a@x.org", 10);
	int64_t usual = copy(p, DRAFT_USUAL, "b@x.org", 20);
	int64_t urgent = copy(p, DRAFT_URGENT, "c@x.org", 30);
	const int64_t order[] = {urgent, usual, many};

	place_hand(p, 0);
	for (size_t i = 0; i < 3; i++) {
		hand_out(p);
		assert_int_equal(given(p, 0), order[i]);
		result(p, 0, order[i], ERR_NONE, true);
		assert_int_equal(dispatch_book(&p->d, &p->e), 0);
	}
	hand_out(p);
	assert_int_equal(given(p, 0), 0);
}

static void
mail_to_many_never_has_all_processes(void **state)
{
	struct place *p = *state;
	int64_t one = copy(p, DRAFT_MANY, "a@x.org", 10), urgent;

	(void)copy(p, DRAFT_MANY, "b@x.org", 10);
	place_hand(p, 0);
	place_hand(p, 1);
	hand_out(p);
	assert_int_equal(given(p, 0), one);
	assert_int_equal(given(p, 1), 0);
	urgent = copy(p, DRAFT_URGENT, "c@x.org", 30);
	hand_out(p);
	assert_int_equal(given(p, 1), urgent);
}

static void
a_process_gets_the_next_one_when_the_last_is_booked(void **state)
{
	struct place *p = *state;
	int64_t one = copy(p, DRAFT_USUAL, "a@x.org", 10);
	int64_t two = copy(p, DRAFT_USUAL, "b@x.org", 11);
	int64_t three = copy(p, DRAFT_USUAL, "c@x.org", 12);

	place_hand(p, 0);
	place_hand(p, 1);
	hand_out(p);
	assert_int_equal(given(p, 0), one);
	assert_int_equal(given(p, 1), two);
	result(p, 0, one, ERR_NONE, true);
	hand_out(p);
	assert_int_equal(given(p, 0), 0);
	assert_int_equal(dispatch_book(&p->d, &p->e), 0);
	hand_out(p);
	assert_int_equal(given(p, 0), three);
}

static void
a_server_that_is_away_gets_only_what_a_person_asks_for(void **state)
{
	struct place *p = *state;
	int64_t one = copy(p, DRAFT_USUAL, "a@x.org", 10), asked, next;
	bool due;

	(void)copy(p, DRAFT_USUAL, "b@x.org", 11);
	place_hand(p, 0);
	hand_out(p);
	assert_int_equal(given(p, 0), one);
	result(p, 0, one, ERR_TEMP, false);
	assert_int_equal(dispatch_book(&p->d, &p->e), 0);
	hand_out(p);
	assert_int_equal(given(p, 0), 0);
	/* It wakes by itself for that. */
	assert_int_equal(dispatch_look(&p->d, NOW, &due, &next, &p->e), 0);
	assert_true(due);
	assert_in_range(next, NOW + 3, NOW + 6);
	asked = copy(p, DRAFT_USUAL, "c@x.org", 0);
	hand_out(p);
	assert_int_equal(given(p, 0), asked);
	result(p, 0, asked, ERR_DENIED, true);
	assert_int_equal(dispatch_book(&p->d, &p->e), 0);
	hand_out(p);
	assert_int_not_equal(given(p, 0), 0);
}

static void
a_process_that_died_had_its_copy_in_vain(void **state)
{
	struct place *p = *state;
	int64_t one = copy(p, DRAFT_USUAL, "a@x.org", 10), attempts;

	place_hand(p, 0);
	hand_out(p);
	assert_int_equal(given(p, 0), one);
	hand_lose(&p->d.hands.hand[0]);
	assert_int_equal(dispatch_book(&p->d, &p->e), 0);
	assert_int_equal(db_get_int(p->db, &attempts, -1, &p->e,
			     "SELECT attempts FROM delivery WHERE state ="
			     " 'queued'",
			     ""),
	    0);
	assert_int_equal(attempts, 1);
	assert_false(hands_busy(&p->d.hands));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_urgent_copy_leaves_before_all_that_waited_longer),
	    TEST(mail_to_many_never_has_all_processes),
	    TEST(a_process_gets_the_next_one_when_the_last_is_booked),
	    TEST(a_server_that_is_away_gets_only_what_a_person_asks_for),
	    TEST(a_process_that_died_had_its_copy_in_vain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
