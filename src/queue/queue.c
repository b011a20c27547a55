/*
 * noroshi-queue - knows what came, what is due, and who has it.
 *
 * It registers what intake stored, hands messages to workers and deliveries to
 * the delivering processes, and writes down what became of them. All of it can
 * be read again from database and spool after a death at any moment.
 */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pack.h"
#include "cases/message.h"
#include "cases/index.h"
#include "cases/page.h"
#include "process/role.h"
#include "cases/alarm.h"
#include "cases/message_raw.h"
#include "config/config_business.h"
#include "queue/clockstep.h"
#include "queue/delivery.h"
#include "queue/incoming.h"
#include "queue/intakes.h"
#include "queue/schedule.h"
#include "store/blob.h"

#define QUEUE_TROUBLE 5000 /* ms between tries while database or disk fail */
#define QUEUE_STOP                                                             \
	8000 /* ms for what is in hand, before the supervisor ends             \
	      */
#define QUEUE_SWEEP 86400 /* seconds that a half-written file may lie */
#define RAW_KEPT 86400 /* seconds: a backup may still read it */
#define QUEUE_SCAN 600000 /* ms between looks into spool/new, on a wake */
#define QUEUE_BLIND 2000 /* ms between looks where nothing can be watched */
#define QUEUE_SLEEP 3600000 /* ms; the system's clock may have been set */
#define QUEUE_PAGE 60000 /* ms until a page that nobody answers for is lost */
#define QUEUE_FRAMES 256 /* of one channel, then the others have their turn */

struct queue {
	const struct config *config;
	struct ipc *control;
	struct intakes intakes;
	struct schedule schedule;
	struct clockstep step;
	int inotify; /* -1: none was to be had */
	bool scan; /* spool/new has to be looked through */
	int64_t scanned; /* clock_monotonic_ms of the last look */
	bool swept; /* spool/out was looked through */
	bool said_idle;
	int64_t trouble_until; /* clock_monotonic_ms; 0: none */
	int64_t stop_until; /* clock_monotonic_ms; 0: not stopping */
	int64_t due; /* clock_now of the next thing; 0: none */
	bool gone; /* the supervisor is */
	struct page page; /* that the supervisor runs; id 0: none */
	int64_t page_until; /* clock_monotonic_ms: it is lost */
};

static void
queue_trouble(struct queue *q, const struct err *e)
{
	q->trouble_until = clock_monotonic_ms() + QUEUE_TROUBLE;
	log_error("queue waits: error=%s", e->text);
}

static int
queue_scan(struct queue *q, struct err *e)
{
	struct schedule *s = &q->schedule;
	size_t count;

	if (!q->scan)
		return 0;
	if (incoming_recover(s->db, s->spool, clock_now(NULL), &count, e) == -1)
		return -1;
	if (count > 0)
		log_info("registered what lay in spool/new: count=%zu", count);
	q->scan = false;
	q->scanned = clock_monotonic_ms();
	if (!q->swept &&
	    (delivery_sweep(s->db, s->spool, clock_now(NULL), e) == -1 ||
		blob_sweep(s->db, s->spool, clock_now(NULL), DELIVERY_ORPHAN,
		    e) == -1 ||
		message_raw_sweep(
		    s->db, s->spool, clock_now(NULL), RAW_KEPT, e) == -1))
		return -1;
	q->swept = true;
	return 0;
}

static void
queue_say_idle(struct queue *q, bool idle)
{
	if (!q->config->once || q->said_idle || !idle ||
	    !intakes_drained(&q->intakes))
		return;
	q->said_idle = true;
	if (ipc_send(q->control, IPC_IDLE, NULL, -1, NULL) == -1)
		q->gone = true;
}

/* It cannot be told, as it does not listen: who started it ends it. */
static void
queue_end_late(struct queue *q)
{
	const struct hand *h;

	while ((h = schedule_late(&q->schedule)) != NULL) {
		struct buf body;

		log_error("worker stands still: id=%lld worker=%u after=%llds",
		    (long long)h->id, h->number,
		    (long long)(clock_monotonic_ms() - h->since) / 1000);
		buf_init(&body, 64);
		pack_u64(&body, ROLE_WORKER);
		pack_u64(&body, h->number);
		if (ipc_send(q->control, IPC_STUCK, &body, -1, NULL) == -1)
			q->gone = true;
		buf_free(&body);
	}
}

/* Where it fails the next look is a first one again. */
static int
queue_clock(struct queue *q, int64_t now, struct err *e)
{
	int64_t by;

	if (!clockstep_look(&q->step, now, clock_monotonic_ms(), &by))
		return 0;
	if (by != 0)
		log_warning("the clock was set: by=%llds", (long long)by);
	if (clockstep_mend(q->schedule.db, q->config->recall, now, e) == 0)
		return 0;
	q->step.known = false;
	return -1;
}

/* Not answered: the supervisor would have ended the command by then. */
static int
queue_page_late(struct queue *q, int64_t now, struct err *e)
{
	if (q->page.id == 0 || clock_monotonic_ms() < q->page_until)
		return 0;
	if (page_failed(q->schedule.db, now, &q->page, "no answer", e) == -1)
		return -1;
	page_free(&q->page);
	return 0;
}

/* One at a time is asked for. */
static int
queue_page(struct queue *q, int64_t now, struct err *e)
{
	struct buf body;

	if (queue_page_late(q, now, e) == -1)
		return -1;
	if (q->page.id != 0 || q->config->page_command.count == 0)
		return 0;
	if (page_due(q->schedule.db, now, q->config->page_pause, &q->page, e) ==
	    -1)
		return -1;
	if (q->page.id == 0)
		return 0;
	buf_init(&body, 1024);
	pack_u64(&body, (uint64_t)q->page.id);
	pack_str(&body, q->page.name);
	pack_str(&body, q->page.priority);
	pack_u64(&body, (uint64_t)q->page.count);
	if (ipc_send(q->control, IPC_PAGE, &body, -1, NULL) == -1)
		q->gone = true;
	buf_free(&body);
	q->page_until = clock_monotonic_ms() + QUEUE_PAGE;
	return 0;
}

/* A page in hand, or one that waits for its time, is looked at again. */
static int
queue_page_look(struct queue *q, int64_t now, bool *idle, struct err *e)
{
	int64_t at = 0;

	if (q->page.id != 0) {
		*idle = false;
		return 0;
	}
	if (q->config->page_command.count > 0 &&
	    page_next(q->schedule.db, now, q->config->page_pause, &at, e) == -1)
		return -1;
	if (at != 0 && (q->due == 0 || at < q->due))
		q->due = at;
	return 0;
}

/* IPC_PAGED. Where it cannot be written down, it is asked for again. */
static int
queue_paged(struct queue *q, const struct ipc_frame *frame)
{
	int64_t now = clock_now(NULL), id;
	struct err e = {0};
	struct unpack u;
	enum err_code code;
	char *text;
	int rc = -1;

	unpack_init(&u, frame->body, frame->len);
	id = (int64_t)unpack_u64(&u);
	code = (enum err_code)unpack_max(&u, 255);
	text = unpack_str(&u);
	if (unpack_done(&u) && id == q->page.id) {
		rc = 0;
		if (code != ERR_NONE)
			log_error("nobody was paged: case=%s error=%s",
			    q->page.name, text == NULL ? "" : text);
		if ((code == ERR_NONE
			    ? page_done(q->schedule.db, now, &q->page, &e)
			    : page_failed(q->schedule.db, now, &q->page, text,
				  &e)) == -1)
			queue_trouble(q, &e);
		page_free(&q->page);
	}
	free(text);
	return rc;
}

static int
queue_work(struct queue *q, struct err *e)
{
	struct schedule *s = &q->schedule;
	int64_t now = clock_now(NULL);
	bool idle;

	if (schedule_book(s, now, e) == -1)
		return -1;
	queue_end_late(q);
	if (q->stop_until != 0)
		return 0;
	if (queue_clock(q, now, e) == -1 || queue_scan(q, e) == -1 ||
	    intakes_register(&q->intakes, s->db, s->spool, e) == -1 ||
	    schedule_hand_out(s, now, e) == -1 || queue_page(q, now, e) == -1 ||
	    schedule_look(s, now, &idle, &q->due, e) == -1 ||
	    queue_page_look(q, now, &idle, e) == -1)
		return -1;
	queue_say_idle(q, idle);
	return 0;
}

/* IPC_DONE; IPC_RESULT has one field more. */
static int
queue_result(struct hand *h, const struct ipc_frame *frame)
{
	struct err result = {0};
	struct unpack u;
	char *text;
	int64_t id;
	bool good, reached;

	unpack_init(&u, frame->body, frame->len);
	id = (int64_t)unpack_u64(&u);
	result.code = (enum err_code)unpack_max(&u, 255);
	text = unpack_str(&u);
	reached = frame->type != IPC_RESULT || unpack_max(&u, 1) == 1;
	good = unpack_done(&u);
	if (good && result.code != ERR_NONE)
		(void)err_set(&result, result.code, "%s",
		    text == NULL ? "no reason given" : text);
	free(text);
	return good && hand_result(h, id, &result, reached) ? 0 : -1;
}

static void
queue_hear_hand(struct hand *h, enum ipc_type expected, const char *who)
{
	struct ipc_frame frame;
	int rc = 0;

	for (int i = 0; i < QUEUE_FRAMES; i++) {
		rc = ipc_next(h->ipc, &frame, NULL);
		if (rc != 1)
			break;
		if (frame.fd != -1)
			close(frame.fd);
		rc = frame.type == expected ? queue_result(h, &frame) : -1;
		if (rc == -1) {
			log_error("frame not expected: from=%s number=%u "
				  "type=%d",
			    who, h->number, (int)frame.type);
			break;
		}
	}
	if (rc == -1)
		hand_lose(h);
}

static int
queue_peer(struct queue *q, const struct ipc_frame *frame)
{
	struct unpack u;
	uint64_t role;
	unsigned number;

	unpack_init(&u, frame->body, frame->len);
	role = unpack_u64(&u);
	number = (unsigned)unpack_max(&u, 4096);
	if (!unpack_done(&u) || frame->fd == -1)
		return -1;
	switch (role) {
	case ROLE_INTAKE:
		return intakes_connect(&q->intakes, number, frame->fd);
	case ROLE_WORKER:
		hands_connect(
		    &q->schedule.workers, number, ipc_create(frame->fd));
		return 0;
	case ROLE_DELIVER:
		hands_connect(
		    &q->schedule.dispatch.hands, number, ipc_create(frame->fd));
		return 0;
	default:
		return -1;
	}
}

static void
queue_hear_control(struct queue *q)
{
	struct ipc_frame frame;
	int rc;

	while ((rc = ipc_next(q->control, &frame, NULL)) == 1) {
		if (frame.type == IPC_PEER && queue_peer(q, &frame) == 0)
			continue;
		if (frame.type == IPC_PAGED && queue_paged(q, &frame) == 0)
			continue;
		if (frame.type == IPC_STOP)
			q->stop_until = clock_monotonic_ms() + QUEUE_STOP;
		else if (frame.type == IPC_PING)
			(void)ipc_send(q->control, IPC_PONG, NULL, -1, NULL);
		else
			log_error("frame not expected: from=noroshid type=%d",
			    (int)frame.type);
		if (frame.fd != -1)
			close(frame.fd);
	}
	if (rc == -1)
		q->gone = true;
}

/* Somebody else changed the database: what is due is looked up anyway. */
static void
queue_woken(struct queue *q)
{
	char bytes[16384];

	while (q->inotify != -1 && read(q->inotify, bytes, sizeof(bytes)) > 0)
		;
	if (clock_monotonic_ms() - q->scanned > QUEUE_SCAN)
		q->scan = true;
}

/* A host may have no more watches to give: then spool/wake is not waited for.
 */
static void
queue_watch(struct queue *q)
{
	char *wake = config_spool(q->config, "wake");

	q->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (q->inotify != -1 &&
	    inotify_add_watch(q->inotify, wake, IN_ATTRIB | IN_MODIFY) == -1) {
		close(q->inotify);
		q->inotify = -1;
	}
	if (q->inotify == -1)
		log_warning(
		    "inotify: %m: looking every %d ms instead", QUEUE_BLIND);
	free(wake);
}

static int
queue_timeout(const struct queue *q)
{
	int64_t now = clock_monotonic_ms(), left = -1, late;

	if (q->stop_until != 0)
		return q->stop_until <= now ? 0 : (int)(q->stop_until - now);
	if (q->trouble_until != 0)
		return q->trouble_until <= now ? 0
					       : (int)(q->trouble_until - now);
	if (q->due != 0) {
		left = (q->due - clock_now(NULL)) * 1000;
		left = left < 0 ? 0 : left > QUEUE_SLEEP ? QUEUE_SLEEP : left;
	}
	late = schedule_late_at(&q->schedule);
	if (late != 0 && (left == -1 || left > late - now))
		left = late <= now ? 0 : late - now;
	if (q->inotify == -1 && (left == -1 || left > QUEUE_BLIND))
		left = QUEUE_BLIND;
	return (int)left;
}

static void
queue_poll_hands(struct pollfd *p, const struct hands *l)
{
	for (size_t i = 0; i < l->count; i++)
		p[i] = (struct pollfd){
		    .fd = l->hand[i].ipc == NULL ? -1 : ipc_fd(l->hand[i].ipc),
		    .events = POLLIN};
}

static void
queue_hear_hands(const struct pollfd *p, struct hands *l, size_t count,
    enum ipc_type type, const char *who)
{
	for (size_t i = 0; i < count; i++)
		if (p[i].revents != 0 && l->hand[i].ipc != NULL)
			queue_hear_hand(&l->hand[i], type, who);
}

static void
queue_wait(struct queue *q)
{
	struct hands *workers = &q->schedule.workers;
	struct hands *delivers = &q->schedule.dispatch.hands;
	size_t w = workers->count, d = delivers->count, n = q->intakes.count;
	struct pollfd *p = xcalloc(2 + n + w + d, sizeof(*p));

	p[0] = (struct pollfd){.fd = ipc_fd(q->control), .events = POLLIN};
	p[1] = (struct pollfd){.fd = q->inotify, .events = POLLIN};
	intakes_poll(&q->intakes, p + 2);
	queue_poll_hands(p + 2 + n, workers);
	queue_poll_hands(p + 2 + n + w, delivers);
	if (poll(p, 2 + n + w + d, queue_timeout(q)) > 0) {
		queue_hear_hands(p + 2 + n, workers, w, IPC_DONE, "worker");
		queue_hear_hands(
		    p + 2 + n + w, delivers, d, IPC_RESULT, "deliver");
		intakes_hear(&q->intakes, p + 2);
		if (p[1].revents != 0)
			queue_woken(q);
		if (p[0].revents != 0)
			queue_hear_control(q);
	}
	free(p);
}

static bool
queue_stopped(const struct queue *q)
{
	if (q->gone)
		return true;
	return q->stop_until != 0 &&
	       (q->stop_until <= clock_monotonic_ms() ||
		   (!hands_busy(&q->schedule.workers) &&
		       !hands_busy(&q->schedule.dispatch.hands)));
}

static void
queue_run(struct queue *q)
{
	while (!queue_stopped(q)) {
		struct err e = {0};

		if (q->trouble_until <= clock_monotonic_ms()) {
			q->trouble_until = 0;
			if (queue_work(q, &e) == -1)
				queue_trouble(q, &e);
			if (queue_stopped(q))
				break;
		}
		queue_wait(q);
	}
	schedule_release(&q->schedule);
}

/* What is due for disposal is looked at on each working day. */
static int
queue_remind(struct queue *q, struct err *e)
{
	struct business_time b;
	int64_t now = clock_now(NULL), at;

	if (q->config->retentions == 0 || q->config->retention_remind == 0)
		return 0;
	config_business_time(q->config, &b);
	at = business_add_minutes(&b, now, 0);
	return alarm_begin(
	    q->schedule.db, ALARM_RETENTION, at != 0 ? at : now, e);
}

static int
queue_init(struct queue *q, struct role_start *start, struct err *e)
{
	struct schedule *s = &q->schedule;
	char *index;
	int rc;

	q->config = s->config = start->config;
	q->control = start->control;
	intakes_init(&q->intakes, config_imaps(q->config) + 1);
	q->scan = true;
	if (spool_open(&s->spool, q->config->spool, e) == -1 ||
	    db_open(&s->db, q->config->database, true, e) == -1)
		return -1;
	db_keep_log(s->db);
	index = config_spool(q->config, INDEX_FILE);
	rc = index_job_init(s->db, index, e);
	free(index);
	if (rc == -1)
		return -1;
	if (dispatch_open(&s->dispatch, q->config, s->db, s->spool, e) == -1)
		return -1;
	if (role_confine(ROLE_QUEUE, start, e) == -1 ||
	    spool_sweep(s->spool, QUEUE_SWEEP, e) == -1)
		return -1;
	/* A worker sets the terms of cases as they are now (cases/service.h).
	 */
	if (q->config->services > 0 &&
	    alarm_set(s->db, ALARM_TERMS, 0, "", 0, clock_now(NULL), e) == -1)
		return -1;
	if (queue_remind(q, e) == -1)
		return -1;
	/* Made first, so that there is something to watch. */
	if (spool_wake(s->spool, e) == -1)
		return -1;
	queue_watch(q);
	return 0;
}

static void
queue_free(struct queue *q)
{
	intakes_free(&q->intakes);
	db_close(q->schedule.db);
	spool_close(q->schedule.spool);
	schedule_free(&q->schedule);
	if (q->inotify != -1)
		close(q->inotify);
}

int
main(void)
{
	struct role_start start;
	struct queue q = {.inotify = -1};
	struct err e = {0};
	int code = 0;

	if (role_start(ROLE_QUEUE, &start, &e) == -1) {
		log_error("%s", e.text);
		return (int)e.code;
	}
	if (queue_init(&q, &start, &e) == -1) {
		log_error("%s", e.text);
		code = (int)e.code;
	} else {
		queue_run(&q);
	}
	queue_free(&q);
	ipc_free(start.control);
	sandbox_free(start.sandbox);
	config_free(start.config);
	return code;
}
