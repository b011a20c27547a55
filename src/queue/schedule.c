#include "queue/schedule.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pack.h"
#include "cases/handover.h"
#include "queue/chore.h"
#include "queue/delivery.h"
#include "queue/delivery_act.h"

void
schedule_free(struct schedule *s)
{
	hands_free(&s->workers);
	dispatch_free(&s->dispatch);
	for (size_t i = 0; i < s->marks; i++)
		free(s->mark[i].reason);
	free(s->mark);
}

static struct mark *
schedule_mark(struct schedule *s, int64_t id)
{
	for (size_t i = 0; i < s->marks; i++)
		if (s->mark[i].id == id)
			return &s->mark[i];
	return NULL;
}

static struct mark *
schedule_set_mark(struct schedule *s, int64_t id, const char *reason)
{
	struct mark *m = schedule_mark(s, id);

	if (m != NULL)
		return m;
	s->mark = xgrow(s->mark, s->marks, sizeof(*s->mark));
	m = &s->mark[s->marks++];
	*m = (struct mark){.id = id, .reason = xstrdup(reason)};
	return m;
}

static void
schedule_unmark(struct schedule *s, int64_t id)
{
	struct mark *m = schedule_mark(s, id);

	if (m == NULL)
		return;
	free(m->reason);
	*m = s->mark[--s->marks];
}

/* The worker says that it went well: the row must say so too. */
static int
schedule_book_end(struct schedule *s, const struct hand *h, struct err *e)
{
	bool left;

	if (job_end(s->db, h->id, &left, e) == -1)
		return -1;
	if (!left) {
		schedule_unmark(s, h->id);
		return 0;
	}
	log_error("worker done, message not: id=%lld worker=%u",
	    (long long)h->id, h->number);
	(void)schedule_set_mark(
	    s, h->id, "a worker ended its work and left it undone");
	return 0;
}

static int
schedule_book_job(
    struct schedule *s, const struct hand *h, int64_t now, struct err *e)
{
	struct mark *m;

	if (h->lost) {
		log_warning("worker died with message: id=%lld worker=%u",
		    (long long)h->id, h->number);
		return 0;
	}
	if (h->result.code == ERR_NONE)
		return schedule_book_end(s, h, e);
	if (h->result.code == ERR_TEMP) {
		m = schedule_mark(s, h->id);
		if (job_delay(s->db, h->id, now, e) == -1)
			return -1;
		if (m != NULL && m->tries > 0)
			m->tries--;
		log_warning("message waits: id=%lld error=%s", (long long)h->id,
		    h->result.text);
		return 0;
	}
	log_error("message failed: id=%lld code=%d error=%s", (long long)h->id,
	    (int)h->result.code, h->result.text);
	(void)schedule_set_mark(s, h->id, h->result.text);
	return 0;
}

/* The index can wait, and is filled from where it was filled to. */
static void
schedule_book_index(struct schedule *s, const struct hand *h, int64_t now)
{
	if (!h->lost && h->result.code == ERR_NONE)
		return;
	log_warning("search index waits: worker=%u error=%s", h->number,
	    h->lost ? "the worker died" : h->result.text);
	s->index.wait_until = now + INDEX_JOB_PAUSE;
}

static int
schedule_book_worker(
    struct schedule *s, const struct hand *h, int64_t now, struct err *e)
{
	const struct chore *c = chore_of(h->job);

	if (h->job == JOB_INDEX) {
		schedule_book_index(s, h, now);
		return 0;
	}
	return c == NULL ? schedule_book_job(s, h, now, e)
			 : chore_book(c, s->db, h, now, e);
}

int
schedule_book(struct schedule *s, int64_t now, struct err *e)
{
	for (size_t i = 0; i < s->workers.count; i++) {
		struct hand *h = &s->workers.hand[i];

		if (!hand_is_over(h))
			continue;
		if (schedule_book_worker(s, h, now, e) == -1)
			return -1;
		hand_clear(h);
	}
	return dispatch_book(&s->dispatch, e);
}

/* What to do with it: as it came, or away with it after too many deaths. */
static struct mark *
schedule_judge(struct schedule *s, const struct job_due *due)
{
	char *reason;
	struct mark *m = schedule_mark(s, due->id);

	if (m != NULL || due->attempts < s->config->attempts)
		return m;
	reason = xasprintf("a worker died %lld times with this message",
	    (long long)s->config->attempts);
	m = schedule_set_mark(s, due->id, reason);
	/* Deaths in an earlier life of this process count too. */
	m->tries = (unsigned)(due->attempts - s->config->attempts);
	free(reason);
	return m;
}

static int
schedule_send_job(struct hand *h, const struct mark *m)
{
	struct buf body;
	int rc;

	buf_init(&body, 1024);
	pack_u64(&body, h->job);
	pack_u64(&body, (uint64_t)h->id);
	pack_str(&body, m == NULL ? NULL : m->reason);
	rc = ipc_send(h->ipc, IPC_JOB, &body, -1, NULL);
	buf_free(&body);
	h->since = clock_monotonic_ms();
	return rc;
}

static int
schedule_give_job(struct schedule *s, struct hand *h, const struct job_due *due,
    int64_t now, struct err *e)
{
	struct mark *m = schedule_judge(s, due);

	if (m != NULL && m->tries >= SCHEDULE_QUARANTINES) {
		if (job_abandon(s->db, due->id, now, m->reason, e) == -1)
			return -1;
		log_error("message quarantined unread, bytes in spool/new: "
			  "id=%lld reason=%s",
		    (long long)due->id, m->reason);
		schedule_unmark(s, due->id);
		return 0;
	}
	if (job_start(s->db, due->id, e) == -1)
		return -1;
	h->id = due->id;
	h->job = m == NULL ? JOB_PROCESS : JOB_QUARANTINE;
	h->large = due->size >= JOB_LARGE;
	h->archive = due->archive;
	if (m != NULL)
		m->tries++;
	log_debug("to a worker: id=%lld worker=%u job=%d", (long long)h->id,
	    h->number, (int)h->job);
	if (schedule_send_job(h, m) == -1) {
		/* It never saw the message: no attempt of the message's. */
		hand_lose(h);
		if (m != NULL)
			m->tries--;
		if (job_release(s->db, due->id, e) == -1)
			return -1;
		hand_clear(h);
	}
	return 0;
}

/* Bytes below which a message may be handed out now. */
static int64_t
schedule_below(const struct schedule *s)
{
	for (size_t i = 0; s->workers.count > 1 && i < s->workers.count; i++)
		if (s->workers.hand[i].id != 0 && s->workers.hand[i].large)
			return JOB_LARGE;
	return INT64_MAX;
}

/* Whether a worker has a message of an archive. */
static bool
schedule_archive(const struct schedule *s)
{
	for (size_t i = 0; i < s->workers.count; i++)
		if (s->workers.hand[i].id != 0 && s->workers.hand[i].archive)
			return true;
	return false;
}

static int
schedule_jobs(struct schedule *s, int64_t now, struct err *e)
{
	size_t max = 2 * s->workers.count, count;
	struct job_due *due;
	int rc;

	if (hands_open(&s->workers) == NULL)
		return 0;
	due = xcalloc(max, sizeof(*due));
	rc = job_due(s->db, now, schedule_below(s), due, max, &count, e);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct hand *h = hands_open(&s->workers);

		if (h == NULL)
			break;
		if (!hands_have(&s->workers, due[i].id) &&
		    due[i].size < schedule_below(s) &&
		    !(due[i].archive && schedule_archive(s)))
			rc = schedule_give_job(s, h, &due[i], now, e);
	}
	free(due);
	return rc;
}

static int
schedule_give_chore(struct schedule *s, const struct chore *c, struct hand *h,
    const struct due *due, int64_t now, struct err *e)
{
	if (due->attempts >= s->config->attempts) {
		log_error("%s given up: id=%lld", c->what, (long long)due->id);
		return c->abandon(
		    s->db, due->id, now, "it failed too often", e);
	}
	if (attempts_start(s->db, c->attempts, due->id, e) == -1)
		return -1;
	h->id = due->id;
	h->job = c->job;
	if (schedule_send_job(h, NULL) == 0)
		return 0;
	hand_lose(h);
	hand_clear(h);
	return attempts_release(s->db, c->attempts, due->id, e);
}

/* Ids of alarms may be those of messages: then one waits for the other. */
static int
schedule_chore(
    struct schedule *s, const struct chore *c, int64_t now, struct err *e)
{
	size_t max = 2 * s->workers.count, count;
	struct due *due;
	int rc;

	if (hands_open(&s->workers) == NULL)
		return 0;
	due = xcalloc(max, sizeof(*due));
	rc = c->due(s->db, now, due, max, &count, e);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct hand *h = hands_open(&s->workers);

		if (h == NULL)
			break;
		if (!hands_have(&s->workers, due[i].id))
			rc = schedule_give_chore(s, c, h, &due[i], now, e);
	}
	free(due);
	return rc;
}

/* When nothing else is to be done: nobody waits for it. */
static int
schedule_index(struct schedule *s, int64_t now, struct err *e)
{
	struct hand *h = hands_open(&s->workers);
	bool waiting, due;

	if (h == NULL || hands_have(&s->workers, INDEX_JOB_ID))
		return 0;
	if (index_job_due(s->db, &s->index, now, s->config->once, &waiting,
		&due, e) == -1)
		return -1;
	if (!due)
		return 0;
	index_job_given(&s->index);
	h->id = INDEX_JOB_ID;
	h->job = JOB_INDEX;
	if (schedule_send_job(h, NULL) == -1) {
		hand_lose(h);
		hand_clear(h);
	}
	return 0;
}

int
schedule_hand_out(struct schedule *s, int64_t now, struct err *e)
{
	const struct chore *c;

	if (handover_end_due(s->db, now, e) == -1 ||
	    schedule_jobs(s, now, e) == -1)
		return -1;
	for (size_t i = 0; (c = chore_nth(i)) != NULL; i++)
		if (schedule_chore(s, c, now, e) == -1)
			return -1;
	if (s->config->once && delivery_end_recall(s->db, now, e) == -1)
		return -1;
	/* A copy whose key is gone became work for a worker. */
	if (dispatch_hand_out(&s->dispatch, now, e) == -1 ||
	    schedule_jobs(s, now, e) == -1)
		return -1;
	return schedule_index(s, now, e);
}

static void
schedule_sooner(int64_t at, int64_t *next)
{
	if (at != 0 && (*next == 0 || at < *next))
		*next = at;
}

/* Whether a chore is due, and when the next one gets so. */
static int
schedule_look_chores(
    struct schedule *s, int64_t now, bool *any, int64_t *next, struct err *e)
{
	const struct chore *c;
	struct due due;
	size_t count;
	int64_t at;

	for (size_t i = 0; (c = chore_nth(i)) != NULL; i++) {
		if (c->due(s->db, now, &due, 1, &count, e) == -1 ||
		    c->next(s->db, now, &at, e) == -1)
			return -1;
		*any = *any || count > 0;
		schedule_sooner(at, next);
	}
	return 0;
}

/* Whether anything waits for it. What a worker has in hand is no news. */
static int
schedule_look_index(struct schedule *s, int64_t now, bool *waiting,
    int64_t *next, struct err *e)
{
	bool due;

	*waiting = false;
	if (hands_have(&s->workers, INDEX_JOB_ID))
		return 0;
	if (index_job_due(
		s->db, &s->index, now, s->config->once, waiting, &due, e) == -1)
		return -1;
	schedule_sooner(index_job_next(&s->index, now), next);
	return 0;
}

int
schedule_look(
    struct schedule *s, int64_t now, bool *idle, int64_t *next, struct err *e)
{
	struct job_due job;
	size_t jobs;
	bool deliveries, index, chores = false;
	int64_t other, leaving;

	if (job_due(s->db, now, INT64_MAX, &job, 1, &jobs, e) == -1 ||
	    job_next(s->db, now, next, e) == -1 ||
	    schedule_look_chores(s, now, &chores, next, e) == -1 ||
	    schedule_look_index(s, now, &index, next, e) == -1 ||
	    handover_next(s->db, now, &leaving, e) == -1 ||
	    dispatch_look(&s->dispatch, now, &deliveries, &other, e) == -1)
		return -1;
	*idle = jobs == 0 && !chores && !index && !deliveries &&
		!hands_busy(&s->workers) && !hands_busy(&s->dispatch.hands);
	schedule_sooner(other, next);
	schedule_sooner(leaving, next);
	return 0;
}

/* 0: it is free, over, or being ended. */
static int64_t
schedule_until(const struct schedule *s, const struct hand *h)
{
	if (h->id == 0 || h->late || hand_is_over(h))
		return 0;
	return h->since + SCHEDULE_LATE * 1000 * s->config->gpg_deadline;
}

const struct hand *
schedule_late(struct schedule *s)
{
	int64_t now = clock_monotonic_ms();

	for (size_t i = 0; i < s->workers.count; i++) {
		struct hand *h = &s->workers.hand[i];
		int64_t until = schedule_until(s, h);

		if (until == 0 || until > now)
			continue;
		h->late = true;
		return h;
	}
	return NULL;
}

int64_t
schedule_late_at(const struct schedule *s)
{
	int64_t first = 0;

	for (size_t i = 0; i < s->workers.count; i++) {
		int64_t until = schedule_until(s, &s->workers.hand[i]);

		if (until != 0 && (first == 0 || until < first))
			first = until;
	}
	return first;
}

static int
schedule_release_one(struct schedule *s, const struct hand *h, struct err *e)
{
	const struct chore *c = chore_of(h->job);

	if (h->job == JOB_INDEX)
		return 0;
	return c == NULL ? job_release(s->db, h->id, e)
			 : attempts_release(s->db, c->attempts, h->id, e);
}

void
schedule_release(struct schedule *s)
{
	for (size_t i = 0; i < s->workers.count; i++) {
		const struct hand *h = &s->workers.hand[i];
		struct err e = {0};

		if (h->id != 0 && !h->lost && !h->done &&
		    schedule_release_one(s, h, &e) == -1)
			log_warning("attempt stands: id=%lld error=%s",
			    (long long)h->id, e.text);
	}
}
