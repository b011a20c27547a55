#include "queue/delivery.h"

#include <fcntl.h>
#include <setjmp.h>
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
#include "people/bouncing.h"
#include "queue/delivery_act.h"
#include "queue/untold.h"

#define CREATED 100000 /* when every row below was made */

struct place {
	char *folder; /* the test's own */
	struct db *db;
	struct spool *spool;
	struct clock clock;
	int64_t draft;
	struct err e;
};

static int64_t
insert_draft(struct place *p)
{
	int64_t message, draft;

	assert_int_equal(
	    db_insert(p->db, &message, &p->e,
		"INSERT INTO message (sha256, direction, source, received_at,"
		" size, state) VALUES ('a', 'in', 'pipe', 1, 1, 'processed')",
		""),
	    0);
	assert_int_equal(
	    db_insert(p->db, &draft, &p->e,
		"INSERT INTO draft (kind, message, rfc_message_id, language,"
		" label, created_at) VALUES ('copy', ?, '<1@x>', 'en', 'AMBER',"
		" 1)",
		"i", message),
	    0);
	return draft;
}

static int
place_open(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	char path[96];

	p->clock = (struct clock){.fixed = CREATED + 10, .seed = 7};
	p->folder = test_folder_make();
	*state = p;
	(void)snprintf(path, sizeof(path), "%s/n.db", p->folder);
	if (db_open(&p->db, path, true, &p->e) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/spool", p->folder);
	if (spool_open(&p->spool, path, &p->e) == -1)
		return -1;
	p->draft = insert_draft(p);
	return 0;
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
put_file(struct place *p, const char *name)
{
	struct buf b;

	buf_init(&b, 16);
	buf_puts(&b, "sealed");
	assert_int_equal(spool_put_out(p->spool, name, &b, &p->e), 0);
	buf_free(&b);
}

static bool
has_file(struct place *p, const char *name)
{
	int fd;

	if (spool_open_out(p->spool, name, &fd, NULL) == -1)
		return false;
	close(fd);
	return true;
}

/* next 0: the row has none. */
static int64_t
insert(struct place *p, const char *state, int64_t next, const char *file)
{
	int64_t id;

	if (file != NULL)
		put_file(p, file);
	assert_int_equal(
	    db_insert(p->db, &id, &p->e,
		"INSERT INTO delivery (draft, recipient, state, rule, reason,"
		" file, transport, next_attempt_at, created_at) VALUES"
		" (?, 'a@x.org', ?, 'r', 'because', ?, 'file', nullif(?, 0), "
		"?)",
		"issii", p->draft, state, file, next, (int64_t)CREATED),
	    0);
	return id;
}

static void
book(struct place *p, int64_t id, enum err_code code)
{
	struct delivery_result r = {.id = id};

	if (code != ERR_NONE)
		err_set(&r.result, code, "it went wrong");
	assert_int_equal(
	    delivery_book(p->db, p->spool, &p->clock, 14400, &r, 1, &p->e), 0);
}

static int64_t
count(struct place *p, const char *sql)
{
	int64_t n;

	assert_int_equal(db_get_int(p->db, &n, -1, &p->e, sql, ""), 0);
	return n;
}

#define ROWS "SELECT count(*) FROM delivery WHERE "
#define EVENTS "SELECT count(*) FROM audit WHERE event = "

/* The rows of a lane that are due at 100, up to max. */
struct due {
	int64_t id[8];
	size_t count;
	size_t max;
	bool asked; /* the last one is */
};

static bool
due_see(void *ctx, int64_t id, const char *transport, const char *recipient,
    bool asked)
{
	struct due *d = ctx;

	assert_string_equal(transport, "file");
	assert_string_equal(recipient, "a@x.org");
	d->asked = asked;
	d->id[d->count++] = id;
	return d->count < d->max;
}

static struct due
due(struct place *p, enum draft_lane lane, size_t max)
{
	struct due d = {.max = max};

	assert_int_equal(delivery_due(p->db, 100, lane, due_see, &d, &p->e), 0);
	return d;
}

static void
what_is_queued_and_due_is_due_and_nothing_else(void **state)
{
	struct place *p = *state;
	int64_t first, second, next;
	struct delivery d;
	struct due found;

	first = insert(p, "queued", 50, "a1");
	(void)insert(p, "queued", 101, "a2");
	(void)insert(p, "held", 50, "a3");
	(void)insert(p, "sent", 50, "a4");
	second = insert(p, "queued", 0, "a5");
	found = due(p, DRAFT_USUAL, 8);
	assert_int_equal(found.count, 2);
	assert_int_equal(found.id[0], second);
	assert_int_equal(found.id[1], first);
	assert_false(found.asked);
	assert_int_equal(due(p, DRAFT_USUAL, 1).count, 1);
	assert_true(due(p, DRAFT_USUAL, 1).asked);
	assert_int_equal(delivery_get(p->db, first, &d, &p->e), 0);
	assert_string_equal(d.recipient, "a@x.org");
	assert_string_equal(d.transport, "file");
	assert_string_equal(d.kind, "copy");
	delivery_free(&d);
	assert_int_equal(delivery_next(p->db, 100, &next, &p->e), 0);
	assert_int_equal(next, 101);
	assert_int_equal(delivery_next(p->db, 101, &next, &p->e), 0);
	assert_int_equal(next, 0);
}

static void
each_lane_has_its_own_copies(void **state)
{
	struct place *p = *state;
	int64_t urgent, many, next;

	urgent = insert(p, "queued", 60, "a1");
	many = insert(p, "queued", 50, "a2");
	assert_int_equal(db_run(p->db, &p->e,
			     "UPDATE delivery SET lane = CASE id WHEN ?"
			     " THEN 0 ELSE 2 END",
			     "i", urgent),
	    0);
	assert_int_equal(due(p, DRAFT_USUAL, 8).count, 0);
	assert_int_equal(due(p, DRAFT_URGENT, 8).id[0], urgent);
	assert_int_equal(due(p, DRAFT_MANY, 8).id[0], many);
	assert_int_equal(delivery_next(p->db, 49, &next, &p->e), 0);
	assert_int_equal(next, 50);
	assert_int_equal(delivery_next(p->db, 50, &next, &p->e), 0);
	assert_int_equal(next, 60);
}

static void
results_that_come_together_are_all_booked_or_none(void **state)
{
	struct place *p = *state;
	struct delivery_result r[3] = {
	    {.id = insert(p, "queued", 50, "a1"), .verp = true},
	    {.id = insert(p, "queued", 50, "a2")},
	    {.id = insert(p, "queued", 50, "a3")}};

	err_set(&r[1].result, ERR_DENIED, "550 no");
	err_set(&r[2].result, ERR_TEMP, "450 later");
	/* What no booking can get past. */
	assert_int_equal(db_run(p->db, &p->e,
			     "CREATE TRIGGER stop BEFORE UPDATE ON delivery"
			     " WHEN new.state = 'failed' BEGIN"
			     " SELECT raise(ABORT, 'no'); END",
			     ""),
	    0);
	assert_int_equal(
	    delivery_book(p->db, p->spool, &p->clock, 14400, r, 3, &p->e), -1);
	assert_int_equal(count(p, ROWS "state = 'queued' AND attempts = 0"), 3);
	assert_true(has_file(p, "a1"));
	assert_int_equal(db_run(p->db, &p->e, "DROP TRIGGER stop", ""), 0);
	assert_int_equal(
	    delivery_book(p->db, p->spool, &p->clock, 14400, r, 3, &p->e), 0);
	assert_int_equal(count(p, ROWS "state = 'sent' AND verp = 1"), 1);
	assert_int_equal(count(p, ROWS "state = 'failed' AND verp = 0"), 1);
	assert_int_equal(count(p, ROWS "state = 'queued' AND attempts = 1"), 1);
	assert_false(has_file(p, "a1"));
	assert_true(has_file(p, "a2"));
}

static void
what_was_sent_is_recorded_and_its_file_goes(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "queued", 50, "a1");

	book(p, id, ERR_NONE);
	assert_int_equal(count(p, ROWS "state = 'sent' AND attempts = 1 AND"
				       " sent_at = 100010 AND"
				       " next_attempt_at IS NULL"),
	    1);
	assert_int_equal(count(p, EVENTS "'delivery.sent'"), 1);
	assert_false(has_file(p, "a1"));
}

static void
a_passing_failure_is_tried_again_later_and_later(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "queued", 50, "a1");
	int64_t last = 0;

	for (int i = 0; i < 12; i++) {
		int64_t next, pause = DELIVERY_PAUSE_MAX;

		if (i < 8)
			pause = DELIVERY_PAUSE_MIN << i;
		book(p, id, ERR_TEMP);
		assert_int_equal(delivery_next(p->db, 0, &next, &p->e), 0);
		next -= p->clock.fixed;
		assert_in_range(next, pause - pause / 4, pause);
		assert_true(next >= last || pause == DELIVERY_PAUSE_MAX);
		last = next;
	}
	assert_int_equal(count(p, ROWS "state = 'queued' AND attempts = 12 AND"
				       " last_error = 'it went wrong'"),
	    1);
	assert_true(has_file(p, "a1"));
}

static void
after_five_days_a_passing_failure_is_a_final_one(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "queued", 50, "a1");

	p->clock.fixed = CREATED + DELIVERY_GIVE_UP - 1;
	for (int i = 0; i < DELIVERY_TRIES; i++)
		book(p, id, ERR_TEMP);
	assert_int_equal(count(p, ROWS "state = 'queued'"), 1);
	p->clock.fixed = CREATED + DELIVERY_GIVE_UP;
	book(p, id, ERR_TEMP);
	assert_int_equal(count(p, ROWS "state = 'failed'"), 1);
	assert_int_equal(count(p, EVENTS "'delivery.failed'"), 1);
}

static void
a_contact_whose_mail_fails_for_good_is_named(void **state)
{
	struct place *p = *state;
	int64_t one = insert(p, "queued", 50, "a1");
	int64_t two = insert(p, "sent", 0, "a2");
	int64_t late = insert(p, "queued", 50, "a3");
	int64_t ok = insert(p, "queued", 50, "a4");
	struct bouncing *b;
	bool changed;
	size_t n;

	assert_int_equal(db_run(p->db, &p->e,
			     "INSERT INTO contact (id, name, class, created_at)"
			     " VALUES (1, 'A', 'partner', 1)",
			     ""),
	    0);
	assert_int_equal(db_run(p->db, &p->e,
			     "INSERT INTO contact_address (address, contact,"
			     " written, position) VALUES"
			     " ('a@x.org', 1, 'a@x.org', 0)",
			     ""),
	    0);
	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE delivery SET contact = 1", ""), 0);
	book(p, late, ERR_TEMP);
	assert_int_equal(bouncing_list(p->db, CREATED + 10, &b, &n, &p->e), 0);
	assert_int_equal(n, 0);
	book(p, one, ERR_DENIED);
	assert_int_equal(delivery_bounced(p->db, two, true, CREATED + 20,
			     "5.1.1 gone", &changed, &p->e),
	    0);
	assert_int_equal(bouncing_list(p->db, CREATED + 20, &b, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_string_equal(b[0].address, "a@x.org");
	assert_int_equal(b[0].count, 2);
	assert_string_equal(b[0].why, "5.1.1 gone");
	bouncing_free(b, n);
	/* One that does not come back is a proof, in time. */
	p->clock.fixed = CREATED + 30;
	book(p, ok, ERR_NONE);
	assert_int_equal(bouncing_list(p->db, CREATED + 30, &b, &n, &p->e), 0);
	assert_int_equal(n, 1);
	bouncing_free(b, n);
	assert_int_equal(
	    bouncing_list(p->db, CREATED + 31 + BOUNCING_PROOF, &b, &n, &p->e),
	    0);
	assert_int_equal(n, 0);
}

static void
a_clock_set_a_year_ahead_makes_no_failure_final(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "queued", 50, "a1");

	p->clock.fixed = CREATED + 365 * 86400;
	for (int i = 0; i < DELIVERY_TRIES; i++) {
		book(p, id, ERR_TEMP);
		assert_int_equal(count(p, ROWS "state = 'queued'"), 1);
	}
	book(p, id, ERR_TEMP);
	assert_int_equal(count(p, ROWS "state = 'failed'"), 1);
}

static void
a_clock_set_back_puts_nothing_off(void **state)
{
	struct place *p = *state;
	int64_t now = p->clock.fixed, next;
	int64_t id = insert(p, "queued", now + 365 * 86400, "a1");

	assert_int_equal(delivery_clock_set(p->db, 60, now, &p->e), 0);
	assert_int_equal(delivery_next(p->db, 0, &next, &p->e), 0);
	assert_int_equal(next, now);
	/* the longest pause is none */
	assert_int_equal(db_run(p->db, &p->e,
			     "UPDATE delivery SET next_attempt_at = ?"
			     " WHERE id = ?",
			     "ii", now + DELIVERY_PAUSE_MAX, id),
	    0);
	assert_int_equal(delivery_clock_set(p->db, 60, now, &p->e), 0);
	assert_int_equal(delivery_next(p->db, 0, &next, &p->e), 0);
	assert_int_equal(next, now + DELIVERY_PAUSE_MAX);
}

static void
a_clock_set_back_leaves_the_recall_window_whole(void **state)
{
	struct place *p = *state;
	int64_t now = p->clock.fixed, next;
	int64_t id = insert(p, "queued", now + 365 * 86400, "a1");

	assert_int_equal(db_run(p->db, &p->e,
			     "UPDATE delivery SET"
			     " recall_until = next_attempt_at WHERE id = ?",
			     "i", id),
	    0);
	assert_int_equal(delivery_clock_set(p->db, 60, now, &p->e), 0);
	assert_int_equal(delivery_next(p->db, 0, &next, &p->e), 0);
	assert_int_equal(next, now + 60);
	assert_int_equal(count(p, ROWS "recall_until = next_attempt_at"), 1);
}

/* A person wrote what the copies are of. */
static void
insert_author(struct place *p)
{
	assert_int_equal(
	    db_run(p->db, &p->e,
		"INSERT INTO contact (id, name, class,"
		" language, created_at) VALUES (1, 'T', 'staff', 'en', 1)",
		""),
	    0);
	assert_int_equal(db_run(p->db, &p->e,
			     "INSERT INTO outgoing (message, kind, author,"
			     " identity, language) SELECT message, 'copy', 1,"
			     " 'user:t', 'en' FROM draft",
			     ""),
	    0);
}

static void
an_author_learns_once_of_all_that_is_late(void **state)
{
	struct place *p = *state;
	int64_t one = insert(p, "queued", 50, "a1");
	int64_t two = insert(p, "queued", 50, "a2");
	struct untold *u;
	size_t n;

	insert_author(p);
	p->clock.fixed = CREATED + 14399;
	book(p, one, ERR_TEMP);
	book(p, two, ERR_TEMP);
	assert_int_equal(untold_list(p->db, 1, &u, &n, &p->e), 0);
	assert_int_equal(n, 0);
	p->clock.fixed = CREATED + 14400;
	book(p, one, ERR_TEMP);
	book(p, two, ERR_TEMP);
	book(p, one, ERR_TEMP);
	assert_int_equal(untold_list(p->db, 1, &u, &n, &p->e), 0);
	assert_int_equal(n, 2);
	assert_true(u[0].delayed && u[1].delayed);
	assert_string_equal(u[0].recipient, "a@x.org");
	assert_string_equal(u[0].error, "it went wrong");
	untold_free(u, n);
}

static void
an_author_is_told_when_every_copy_was_tried(void **state)
{
	struct place *p = *state;
	int64_t one = insert(p, "queued", 50, "a1");
	int64_t two = insert(p, "queued", 50, "a2");
	struct untold_due told[2];
	size_t n;

	insert_author(p);
	book(p, one, ERR_DENIED);
	assert_int_equal(untold_due(p->db, CREATED, told, 2, &n, &p->e), 0);
	assert_int_equal(n, 0);
	book(p, two, ERR_TEMP);
	assert_int_equal(untold_due(p->db, CREATED, told, 2, &n, &p->e), 0);
	assert_int_equal(n, 1);
}

static void
a_final_failure_keeps_the_file(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "queued", 50, "a1");

	book(p, id, ERR_CONFIG);
	assert_int_equal(count(p, ROWS "state = 'failed' AND"
				       " last_error = 'it went wrong'"),
	    1);
	assert_int_equal(count(p, EVENTS "'delivery.failed'"), 1);
	assert_true(has_file(p, "a1"));
}

static void
a_failure_of_what_was_cancelled_meanwhile_leaves_it_cancelled(void **state)
{
	struct place *p = *state;
	int64_t one = insert(p, "cancelled", 0, "a1");
	int64_t two = insert(p, "cancelled", 0, "a2");

	book(p, one, ERR_TEMP);
	book(p, two, ERR_DATA);
	assert_int_equal(count(p, ROWS "state = 'cancelled'"), 2);
	assert_int_equal(count(p, "SELECT count(*) FROM audit"), 0);
}

static void
what_was_sent_before_it_was_cancelled_was_sent(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "cancelled", 0, "a1");

	book(p, id, ERR_NONE);
	assert_int_equal(count(p, ROWS "state = 'sent'"), 1);
}

static void
a_result_for_no_delivery_changes_nothing(void **state)
{
	struct place *p = *state;

	book(p, 4711, ERR_NONE);
	assert_int_equal(count(p, "SELECT count(*) FROM audit"), 0);
	/* No transaction is left open by it. */
	assert_int_equal(db_begin(p->db, &p->e), 0);
	assert_int_equal(db_commit(p->db, &p->e), 0);
}

static void
make_old(struct place *p, const char *name)
{
	const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/spool/out/%s", p->folder, name);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
}

/* Young files without a row may be a worker's that has not committed yet. */
static void
only_files_that_nobody_needs_are_swept(void **state)
{
	struct place *p = *state;

	(void)insert(p, "queued", 50, "a1");
	(void)insert(p, "held", 0, "a2");
	(void)insert(p, "failed", 0, "a3");
	(void)insert(p, "sent", 0, "a4");
	put_file(p, "b1");
	put_file(p, "b2");
	make_old(p, "a1");
	make_old(p, "b1");
	assert_int_equal(
	    delivery_sweep(p->db, p->spool, clock_now(NULL), &p->e), 0);
	assert_true(has_file(p, "a1"));
	assert_true(has_file(p, "a2"));
	assert_true(has_file(p, "a3"));
	assert_false(has_file(p, "a4"));
	assert_false(has_file(p, "b1"));
	assert_true(has_file(p, "b2"));
}

static void
an_acknowledgement_has_the_null_sender(void **state)
{
	char ack[] = "acknowledgement", copy[] = "copy";
	struct delivery d = {.kind = ack};

	(void)state;
	assert_true(delivery_is_one_way(&d));
	d.kind = copy;
	assert_false(delivery_is_one_way(&d));
}

/* The draft's message becomes an answer by contact 1. */
static void
write_by_author(struct place *p)
{
	assert_int_equal(db_run(p->db, &p->e,
			     "INSERT INTO contact (id, name, class, created_at)"
			     " VALUES (1, 'Author', 'staff', 1)",
			     ""),
	    0);
	assert_int_equal(
	    db_run(p->db, &p->e,
		"INSERT INTO outgoing (message, kind, author, identity,"
		" language) SELECT message, 'answer', 1, 'user:a',"
		" 'en' FROM draft WHERE id = ?",
		"i", p->draft),
	    0);
	assert_int_equal(
	    db_run(p->db, &p->e,
		"UPDATE draft SET kind = 'answer' WHERE id = ?", "i", p->draft),
	    0);
}

#define UNTOLD "SELECT count(*) FROM untold"

static void
only_a_final_failure_of_what_a_person_wrote_is_to_be_told(void **state)
{
	struct place *p = *state;

	book(p, insert(p, "queued", 50, "a1"), ERR_DATA);
	assert_int_equal(count(p, UNTOLD), 0);
	write_by_author(p);
	book(p, insert(p, "queued", 50, "a2"), ERR_TEMP);
	book(p, insert(p, "queued", 50, "a3"), ERR_NONE);
	assert_int_equal(count(p, UNTOLD), 0);
	book(p, insert(p, "queued", 50, "a4"), ERR_DATA);
	assert_int_equal(count(p, UNTOLD), 1);
	/* The notice of it that fails itself is told to nobody. */
	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE draft SET kind = 'notice'", ""), 0);
	book(p, insert(p, "queued", 50, "a5"), ERR_DATA);
	assert_int_equal(count(p, UNTOLD), 1);
}

/* One member of one list, to whom the draft's copies go. */
static void
write_to_member(struct place *p)
{
	static const char *const sql[] = {
	    "INSERT INTO community (id, name, max_label, default_label, kind,"
	    " sponsors, archive, dual_release, created_at, bounces) VALUES"
	    " (1, 'banks', 'AMBER', 'GREEN', 'discussion', 0, 'none', 0, 1, 2)",
	    "INSERT INTO community_member (community, contact, joined_at)"
	    " VALUES (1, 1, 1)",
	    "INSERT INTO community_post (message, community, author)"
	    " SELECT message, 1, 1 FROM draft",
	    "UPDATE draft SET kind = 'post'"};

	write_by_author(p);
	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]); i++)
		assert_int_equal(db_run(p->db, &p->e, sql[i], ""), 0);
}

static int64_t
insert_member(struct place *p, int64_t next, const char *file)
{
	int64_t id = insert(p, "queued", next, file);

	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE delivery SET contact = 1 WHERE id = ?",
		"i", id),
	    0);
	return id;
}

#define DISABLED                                                               \
	"SELECT count(*) FROM community_member WHERE state = "                 \
	"'bounce-disabled'"

static void
a_server_that_refuses_a_member_counts_as_a_bounce(void **state)
{
	struct place *p = *state;

	write_to_member(p);
	(void)insert_member(p, CREATED + 1000, "a1");
	book(p, insert_member(p, 50, "a2"), ERR_DENIED);
	/* Our own failures are no word of theirs. */
	book(p, insert_member(p, 50, "a3"), ERR_TEMP);
	book(p, insert_member(p, 50, "a4"), ERR_DATA);
	assert_int_equal(count(p, DISABLED), 0);
	book(p, insert_member(p, 50, "a5"), ERR_DENIED);
	assert_int_equal(count(p, DISABLED), 1);
	assert_int_equal(count(p, "SELECT count(*) FROM audit WHERE event ="
				  " 'community.bounce-disabled'"),
	    1);
	/* What waits for them, a1 and what is tried again, does not leave. */
	assert_int_equal(count(p, ROWS "state = 'cancelled'"), 2);
}

static bool
bounced(struct place *p, int64_t id, bool failed)
{
	bool changed;

	assert_int_equal(delivery_bounced(p->db, id, failed, CREATED + 10,
			     "no such user", &changed, &p->e),
	    0);
	return changed;
}

static void
a_bounce_fails_what_was_sent_and_nothing_else(void **state)
{
	static const char *const others[] = {
	    "queued", "held", "cancelled", "failed"};
	struct place *p = *state;
	int64_t sent = insert(p, "sent", 0, "a1");
	bool changed;

	write_by_author(p);
	for (size_t i = 0; i < 4; i++)
		assert_false(bounced(p, insert(p, others[i], 0, NULL), true));
	assert_true(bounced(p, sent, false));
	assert_int_equal(count(p, ROWS "state = 'sent' AND"
				       " last_error = 'no such user'"),
	    1);
	assert_int_equal(count(p, UNTOLD), 0);
	assert_true(bounced(p, sent, true));
	assert_false(bounced(p, sent, true));
	assert_int_equal(count(p, UNTOLD), 1);
	assert_int_equal(delivery_names_file(p->db, "a1", &changed, &p->e), 0);
	assert_false(changed);
}

static void
what_is_told_is_due_until_it_is_cleared(void **state)
{
	struct place *p = *state;
	struct untold_due due[4];
	struct untold *u;
	size_t n;
	int64_t message = count(p, "SELECT message FROM draft"), at;

	write_by_author(p);
	book(p, insert(p, "queued", 50, "a1"), ERR_DATA);
	assert_int_equal(untold_start(p->db, message, &p->e), 0);
	assert_int_equal(untold_due(p->db, 10, due, 4, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(due[0].message, message);
	assert_int_equal(due[0].attempts, 1);
	assert_int_equal(untold_delay(p->db, message, 10, &p->e), 0);
	assert_int_equal(untold_due(p->db, 10, due, 4, &n, &p->e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(untold_next(p->db, 10, &at, &p->e), 0);
	assert_int_equal(at, 10 + UNTOLD_PAUSE);
	assert_int_equal(untold_list(p->db, message, &u, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_string_equal(u[0].recipient, "a@x.org");
	assert_string_equal(u[0].error, "it went wrong");
	assert_int_equal(untold_clear(p->db, message, u[0].id, &p->e), 0);
	assert_int_equal(db_changed(p->db), 1);
	untold_free(u, n);
	assert_int_equal(count(p, UNTOLD), 0);
	assert_int_equal(untold_next(p->db, 10, &at, &p->e), 0);
	assert_int_equal(at, 0);
}

static void
who_rejects_their_own_at_a_terminal_is_told_nothing(void **state)
{
	struct place *p = *state;
	int64_t message = count(p, "SELECT message FROM draft");

	write_by_author(p);
	assert_int_equal(untold_rejected(p->db, message, 1, NULL, &p->e), 0);
	assert_int_equal(count(p, UNTOLD), 0);
	assert_int_equal(untold_rejected(p->db, message, 0, NULL, &p->e), 0);
	assert_int_equal(count(p, UNTOLD), 1);
	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE outgoing SET came_as = message", ""),
	    0);
	assert_int_equal(untold_rejected(p->db, message, 1, NULL, &p->e), 0);
	assert_int_equal(count(p, UNTOLD), 2);
	assert_int_equal(untold_rejected(p->db, 4711, 1, NULL, &p->e), 0);
	assert_int_equal(count(p, UNTOLD), 2);
}

static void
what_cannot_be_told_is_recorded_and_given_up(void **state)
{
	struct place *p = *state;
	int64_t message = count(p, "SELECT message FROM draft");

	write_by_author(p);
	book(p, insert(p, "queued", 50, "a1"), ERR_DATA);
	assert_int_equal(
	    untold_abandon(p->db, message, 10, "too often", &p->e), 0);
	assert_int_equal(count(p, UNTOLD), 0);
	assert_int_equal(count(p, EVENTS "'author.not-told'"), 1);
}

/* --- what is judged anew ----------------------------------------------------
 */

/* The draft's mail is a person's own, in that case. */
static void
peoples(struct place *p, int64_t cases)
{
	assert_int_equal(
	    db_run(p->db, &p->e, "INSERT INTO vault_key (id) VALUES (1)", ""),
	    0);
	assert_int_equal(db_run(p->db, &p->e,
			     "INSERT INTO cases (id, year, number, name,"
			     " state, priority, title_sealed, vault_key,"
			     " opened_at) VALUES (?, 2026, ?, 'X', 'open',"
			     " 'normal', x'00', 1, 1)",
			     "ii", cases, cases),
	    0);
	assert_int_equal(db_run(p->db, &p->e,
			     "UPDATE message SET direction = 'out',"
			     " cases = ?",
			     "i", cases),
	    0);
	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE draft SET kind = 'answer'", ""), 0);
}

static void
know_key(
    struct place *p, const char *fingerprint, int64_t revoked, int64_t expires)
{
	assert_int_equal(
	    db_run(p->db, &p->e,
		"INSERT INTO key (fingerprint, user_ids, addresses, created,"
		" expires, revoked, material, blob, imported_at) VALUES"
		" (?, '', '', 1, ?, ?, x'00', x'00', 1)",
		"sii", fingerprint, expires, revoked),
	    0);
	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE delivery SET encrypted_to = ?", "s",
		fingerprint),
	    0);
}

static void
a_copy_to_a_key_that_was_revoked_is_judged_anew(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "queued", CREATED, "a");
	bool held = true;

	peoples(p, 1);
	know_key(p, "AA", 0, 0);
	assert_int_equal(delivery_unkey(p->db, id, CREATED, &held, &p->e), 0);
	assert_false(held);
	know_key(p, "BB", 1, 0);
	assert_int_equal(delivery_unkey(p->db, id, CREATED, &held, &p->e), 0);
	assert_true(held);
	assert_int_equal(count(p, "SELECT count(*) FROM delivery WHERE state ="
				  " 'held' AND rule = 'key-unusable'"),
	    1);
	assert_int_equal(
	    count(p, "SELECT count(*) FROM message WHERE state = 'received'"),
	    1);
}

static void
so_is_one_to_a_key_that_expired_or_is_gone(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "queued", CREATED, "a");
	bool held = false;

	peoples(p, 1);
	know_key(p, "AA", 0, CREATED);
	assert_int_equal(delivery_unkey(p->db, id, CREATED, &held, &p->e), 0);
	assert_true(held);
	assert_int_equal(db_run(p->db, &p->e,
			     "UPDATE delivery SET state = 'queued',"
			     " encrypted_to = 'CC'",
			     ""),
	    0);
	assert_int_equal(delivery_unkey(p->db, id, CREATED, &held, &p->e), 0);
	assert_true(held);
}

static void
a_team_copy_goes_as_it_is(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "queued", CREATED, "a");
	bool held = true;

	know_key(p, "AA", 1, 0);
	assert_int_equal(delivery_unkey(p->db, id, CREATED, &held, &p->e), 0);
	assert_false(held);
}

static void
held_since(struct place *p, int64_t until)
{
	assert_int_equal(db_run(p->db, &p->e,
			     "INSERT INTO held (message, content, since,"
			     " expires_at) SELECT message, 'c', 1, ? FROM draft"
			     " LIMIT 1",
			     "i", until),
	    0);
}

static void
what_was_released_does_not_end_with_its_old_hold(void **state)
{
	struct place *p = *state;
	int64_t n;

	(void)insert(p, "queued", CREATED + 60, "a");
	peoples(p, 1);
	held_since(p, CREATED - 1);
	assert_int_equal(delivery_rejudge(p->db, 1, CREATED, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(count(p, "SELECT count(*) FROM held"), 0);
	assert_int_equal(
	    count(p, "SELECT count(*) FROM delivery WHERE state = 'held'"), 1);
}

static void
what_is_held_still_keeps_its_end(void **state)
{
	struct place *p = *state;
	int64_t n;

	(void)insert(p, "held", 0, NULL);
	peoples(p, 1);
	held_since(p, CREATED + 10);
	assert_int_equal(delivery_rejudge(p->db, 1, CREATED, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(count(p, "SELECT count(*) FROM held"), 1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_copy_to_a_key_that_was_revoked_is_judged_anew),
	    TEST(so_is_one_to_a_key_that_expired_or_is_gone),
	    TEST(a_team_copy_goes_as_it_is),
	    TEST(what_was_released_does_not_end_with_its_old_hold),
	    TEST(what_is_held_still_keeps_its_end),
	    TEST(what_is_queued_and_due_is_due_and_nothing_else),
	    TEST(each_lane_has_its_own_copies),
	    TEST(results_that_come_together_are_all_booked_or_none),
	    TEST(what_was_sent_is_recorded_and_its_file_goes),
	    TEST(a_passing_failure_is_tried_again_later_and_later),
	    TEST(after_five_days_a_passing_failure_is_a_final_one),
	    TEST(a_contact_whose_mail_fails_for_good_is_named),
	    TEST(a_clock_set_a_year_ahead_makes_no_failure_final),
	    TEST(a_clock_set_back_puts_nothing_off),
	    TEST(a_clock_set_back_leaves_the_recall_window_whole),
	    TEST(an_author_learns_once_of_all_that_is_late),
	    TEST(an_author_is_told_when_every_copy_was_tried),
	    TEST(a_final_failure_keeps_the_file),
	    TEST(a_failure_of_what_was_cancelled_meanwhile_leaves_it_cancelled),
	    TEST(what_was_sent_before_it_was_cancelled_was_sent),
	    TEST(a_result_for_no_delivery_changes_nothing),
	    TEST(only_files_that_nobody_needs_are_swept),
	    TEST(only_a_final_failure_of_what_a_person_wrote_is_to_be_told),
	    TEST(a_server_that_refuses_a_member_counts_as_a_bounce),
	    TEST(a_bounce_fails_what_was_sent_and_nothing_else),
	    TEST(what_is_told_is_due_until_it_is_cleared),
	    TEST(who_rejects_their_own_at_a_terminal_is_told_nothing),
	    TEST(what_cannot_be_told_is_recorded_and_given_up),
	    cmocka_unit_test(an_acknowledgement_has_the_null_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
