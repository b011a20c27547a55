/*
 * noroshi-intake - takes mail in from its sources and makes it durable.
 *
 * For each file: into the spool, IPC_STORED to the queue, and only after its
 * IPC_REGISTERED the source's file goes. What was not registered when one of
 * the two died is still at the source, and the same bytes are the same
 * message. A mail server's client (lmtp_server.h) hears 250 then, no sooner.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pack.h"
#include "intake/lmtp_server.h"
#include "intake/imap.h"
#include "intake/registry.h"
#include "intake/room.h"
#include "intake/source.h"
#include "process/role.h"

#define INTAKE_BATCH 16 /* files between two looks at the channels */
#define INTAKE_BYTES (4 << 20) /* that wait for others to be durable with */
#define INTAKE_BLIND 2000 /* ms between looks where nothing can be watched */
#define INTAKE_PAUSE 1000 /* ms after the first failure of the disk */
#define INTAKE_PAUSE_MAX 60000 /* ms */
#define INTAKE_ONCE_TRIES 5 /* failing rounds, then --once goes without */
#define INTAKE_STOP 3000 /* ms for what LMTP clients wait for, at the end */
#define INTAKE_FAILURES 3 /* in a round, then the disk is to blame, no file */

struct intake {
	const struct config *config;
	const struct role_start *start;
	struct ipc *control;
	struct registry *registry;
	struct spool *spool;
	struct spool_batch
	    *batch; /* files of one Maildir that are not durable */
	struct {
		struct maildir_file file;
		char sha[SPOOL_SHA];
	} in_batch[INTAKE_BATCH];
	size_t in_batches;
	int64_t batch_bytes;
	struct room room;
	struct lmtp_server *lmtp;
	struct source *source;
	size_t sources;
	int inotify; /* -1: none was to be had */
	int64_t looked; /* clock_monotonic_ms; where there is no inotify */
	int64_t retry_at; /* clock_monotonic_ms; 0: nothing failed */
	unsigned tries; /* rounds in a row in which something failed */
	unsigned failures; /* files in a row in this round, of all sources */
	bool stop;
	int64_t stop_until; /* clock_monotonic_ms; 0: not stopping */
};

/* Something failed that may get better: all is looked at again after a pause.
 */
static void
intake_later(struct intake *in, const struct err *e)
{
	int64_t pause = INTAKE_PAUSE;

	if (in->retry_at != 0)
		return;
	for (unsigned i = 0; i < in->tries && pause < INTAKE_PAUSE_MAX; i++)
		pause *= 2;
	if (pause > INTAKE_PAUSE_MAX)
		pause = INTAKE_PAUSE_MAX;
	in->tries++;
	in->retry_at = clock_monotonic_ms() + pause;
	log_error(
	    "intake waits: pause=%lldms error=%s", (long long)pause, e->text);
}

static void
intake_open_sources(struct intake *in)
{
	struct err e = {0};

	for (size_t i = 0; i < in->sources; i++)
		if (in->source[i].maildir == NULL &&
		    source_open(&in->source[i], in->inotify, &e) == -1)
			intake_later(in, &e);
}

/* True while nothing can be taken in: one bad file must not stop the others. */
static bool
intake_is_blocked(const struct intake *in)
{
	return in->failures >= INTAKE_FAILURES || in->stop ||
	       registry_fd(in->registry) == -1;
}

static void
intake_failed(struct intake *in, const struct err *e)
{
	in->failures++;
	intake_later(in, e);
}

static void
intake_take(struct intake *in, struct source *s, const char *name)
{
	struct maildir_file *file = &in->in_batch[in->in_batches].file;
	char *sha = in->in_batch[in->in_batches].sha;
	struct err e = {0};

	if (maildir_take(s->maildir, name, (uint64_t)in->config->limit_message,
		clock_now(NULL), in->batch, file, sha, &e) == 0) {
		in->batch_bytes += file->size;
		in->in_batches++;
	} else if (e.code == ERR_DENIED) {
		source_skip(s, name, &e);
	} else if (e.code == ERR_DATA) {
		source_refuse(s, name, &e);
	} else if (e.code != ERR_NOINPUT && e.code != ERR_SERVICE) {
		intake_failed(in, &e);
	}
}

/* Durable first; then the queue is told. */
static void
intake_commit(struct intake *in, struct source *s)
{
	struct err e = {0};
	int rc;

	if (in->in_batches == 0)
		return;
	rc = spool_batch_commit(in->batch, &e);
	for (size_t i = 0; i < in->in_batches; i++) {
		const char *sha = in->in_batch[i].sha;
		struct maildir_file *file = &in->in_batch[i].file;

		if (rc == -1) {
			maildir_file_free(file);
			continue;
		}
		log_info("stored: sha256=%s source=%s", sha,
		    maildir_source(s->maildir));
		registry_tell(in->registry, sha, source_registered, s,
		    source_took(s, file));
	}
	in->in_batches = 0;
	in->batch_bytes = 0;
	if (rc == -1)
		intake_failed(in, &e);
	else
		in->failures = 0;
}

/* Those of a batch are told of soon. */
static bool
intake_has_room(const struct intake *in, const struct source *s)
{
	return registry_has_room(in->registry, s) &&
	       registry_count(in->registry, NULL) + in->in_batches <
		   REGISTRY_MAX &&
	       registry_count(in->registry, s) + in->in_batches <
		   REGISTRY_WINDOW;
}

static void
intake_scan(struct intake *in, struct source *s)
{
	struct err e = {0};

	if (source_scan(s, &e) == -1)
		intake_later(in, &e);
}

/* True where the source may have more to give now. */
static bool
source_has_more(const struct source *s)
{
	return s->maildir != NULL &&
	       (s->next < s->names.count || source_is_due(s));
}

/* No room: room_for said so in the log, and is asked again before long. */
static void
intake_full(struct intake *in)
{
	in->failures = INTAKE_FAILURES;
	if (in->retry_at != 0)
		return;
	in->tries++;
	in->retry_at = clock_monotonic_ms() + ROOM_AGAIN;
}

static void
source_work(struct intake *in, struct source *s, int *batch)
{
	if (s->next == s->names.count && source_is_due(s))
		intake_scan(in, s);
	while (s->next<s->names.count && * batch> 0 && !intake_is_blocked(in) &&
	       intake_has_room(in, s)) {
		const char *name = s->names.item[s->next++];

		if (source_has_taken(s, name) || strs_has(&s->stuck, name))
			continue;
		if (!room_for(&in->room, 0)) {
			intake_full(in);
			break;
		}
		intake_take(in, s, name);
		(*batch)--;
		if (in->batch_bytes >= INTAKE_BYTES)
			intake_commit(in, s);
	}
	intake_commit(in, s);
}

/* True where there is more that can be done at once. */
static bool
intake_work(struct intake *in)
{
	int batch = INTAKE_BATCH;
	bool more = false, ready = false;

	if (intake_is_blocked(in))
		return false;
	for (size_t i = 0; i < in->sources; i++) {
		struct source *s = &in->source[i];

		if (s->maildir != NULL && registry_has_room(in->registry, s))
			source_work(in, s, &batch);
		if (!source_has_more(s))
			continue;
		more = true;
		if (registry_has_room(in->registry, s))
			ready = true;
	}
	if (!more && in->retry_at == 0)
		in->tries = 0;
	return ready && !intake_is_blocked(in);
}

/* Removal that is lost in a power cut costs a second look, no message. */
static void
intake_sync(struct intake *in)
{
	struct err e = {0};

	for (size_t i = 0; i < in->sources; i++) {
		struct source *s = &in->source[i];

		if (!s->dirty)
			continue;
		s->dirty = false;
		if (s->maildir != NULL && maildir_sync(s->maildir, &e) == -1)
			log_warning("not synced: error=%s", e.text);
	}
}

/* A socket where mail servers connect. */
static void
intake_listen(struct intake *in, int fd)
{
	struct err e = {0};

	if (lmtp_server_listen(in->lmtp, fd, &e) == -1)
		log_error("%s", e.text);
}

/* Returns -1 where the supervisor has gone. */
static int
intake_hear_control(struct intake *in)
{
	struct ipc_frame frame;
	struct unpack u;
	int rc;

	while ((rc = ipc_next(in->control, &frame, NULL)) == 1) {
		uint64_t role;

		unpack_init(&u, frame.body, frame.len);
		role = unpack_u64(&u);
		(void)unpack_u64(&u);
		if (frame.type == IPC_STOP) {
			in->stop = true;
		} else if (frame.type == IPC_LISTEN && frame.fd != -1) {
			intake_listen(in, frame.fd);
			continue;
		} else if (frame.type == IPC_PEER && role == ROLE_QUEUE &&
			   unpack_done(&u) && frame.fd != -1) {
			registry_connect(in->registry, frame.fd);
			continue;
		} else {
			log_error("frame not expected: from=noroshid type=%d",
			    (int)frame.type);
		}
		if (frame.fd != -1)
			close(frame.fd);
	}
	return rc;
}

static void
intake_event(struct intake *in, const struct inotify_event *event)
{
	for (size_t i = 0; i < in->sources; i++) {
		struct source *s = &in->source[i];
		struct err e = {0};

		if ((event->mask & IN_Q_OVERFLOW) != 0)
			s->scan = true;
		if (s->watch == -1 || s->watch != event->wd)
			continue;
		s->scan = true;
		if ((event->mask &
			(IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) == 0)
			continue;
		err_set(&e, ERR_TEMP, "%s: new/ is no longer there", s->path);
		if ((event->mask & IN_IGNORED) == 0)
			(void)inotify_rm_watch(in->inotify, s->watch);
		source_close(s);
		intake_later(in, &e);
	}
}

static void
intake_events(struct intake *in)
{
	union {
		struct inotify_event event;
		char bytes[16384];
	} u;
	ssize_t n;

	while ((n = read(in->inotify, u.bytes, sizeof(u.bytes))) > 0)
		for (ssize_t at = 0; at < n;) {
			struct inotify_event event;

			memcpy(&event, u.bytes + at, sizeof(event));
			intake_event(in, &event);
			at += (ssize_t)(sizeof(event) + event.len);
		}
}

/* With --once: says so when every source was read to its end. */
static void
intake_drained(struct intake *in)
{
	bool gives_up = in->tries >= INTAKE_ONCE_TRIES;
	bool blocked = gives_up && in->failures >= INTAKE_FAILURES;

	if (!in->config->once || registry_count(in->registry, NULL) > 0)
		return;
	for (size_t i = 0; i < in->sources && !blocked; i++) {
		const struct source *s = &in->source[i];

		if ((s->maildir == NULL && !gives_up) || source_is_due(s) ||
		    s->next < s->names.count)
			return;
	}
	if (!gives_up && in->retry_at != 0)
		return;
	if (registry_drained(in->registry) && gives_up)
		log_error("mail stays at its source: failures=%u", in->tries);
}

static void
intake_retry(struct intake *in)
{
	if (in->retry_at == 0 || clock_monotonic_ms() < in->retry_at)
		return;
	in->retry_at = 0;
	in->failures = 0;
	if (sandbox_is_stale(in->start->sandbox)) {
		in->stop = true;
		return;
	}
	for (size_t i = 0; i < in->sources; i++)
		in->source[i].scan = in->source[i].maildir != NULL;
	intake_open_sources(in);
}

/* A host may have no more watches to give. */
static void
intake_look(struct intake *in)
{
	int64_t now = clock_monotonic_ms();

	if (now < in->looked + INTAKE_BLIND)
		return;
	in->looked = now;
	for (size_t i = 0; i < in->sources; i++)
		if (in->source[i].maildir != NULL)
			in->source[i].scan = true;
}

/* The sooner of two times to wait, ms; -1: for good. */
static int
intake_sooner(int a, int b)
{
	return a == -1 || (b != -1 && b < a) ? b : a;
}

static int
intake_timeout(const struct intake *in, bool more)
{
	int next = -1;
	int64_t left;

	if (more)
		return 0;
	if (in->retry_at != 0) {
		left = in->retry_at - clock_monotonic_ms();
		next = left < 0 ? 0 : (int)left;
	} else if (in->inotify == -1) {
		next = INTAKE_BLIND;
	}
	next = intake_sooner(next, lmtp_server_timeout(in->lmtp));
	/* Looked at often then: it is over soon. */
	return in->stop ? intake_sooner(next, 100) : next;
}

/* A client whose message is on its way to the queue hears how it went. */
static bool
intake_is_over(struct intake *in)
{
	int64_t now = clock_monotonic_ms();

	if (!in->stop)
		return false;
	if (in->stop_until == 0)
		in->stop_until = now + INTAKE_STOP;
	return lmtp_server_stop(in->lmtp) || in->stop_until <= now;
}

static void
intake_run(struct intake *in)
{
	while (!intake_is_over(in)) {
		bool more = intake_work(in);
		struct pollfd p[4] = {
		    {.fd = ipc_fd(in->control), .events = POLLIN},
		    {.fd = in->inotify, .events = POLLIN},
		    {.fd = -1, .events = POLLIN},
		    {.fd = lmtp_server_fd(in->lmtp), .events = POLLIN},
		};

		intake_drained(in);
		p[2].fd = registry_fd(in->registry);
		if (poll(p, 4, intake_timeout(in, more)) == -1)
			continue;
		if (in->inotify == -1)
			intake_look(in);
		if (p[2].revents != 0) {
			registry_hear(in->registry);
			intake_sync(in);
		}
		lmtp_server_run(in->lmtp);
		if (p[1].revents != 0)
			intake_events(in);
		if (p[0].revents != 0 && intake_hear_control(in) == -1)
			return;
		intake_retry(in);
	}
}

static int
intake_init(struct intake *in, struct role_start *start, struct err *e)
{
	in->config = start->config;
	in->control = start->control;
	in->start = start;
	in->registry = registry_create();
	/* A lease that is broken says so by this signal; nobody listens. */
	(void)signal(SIGIO, SIG_IGN);
	in->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (in->inotify == -1)
		log_warning(
		    "inotify: %m: looking every %d ms instead", INTAKE_BLIND);
	if (spool_open(&in->spool, in->config->spool, e) == -1)
		return -1;
	in->batch = spool_batch_create(in->spool);
	in->room = (struct room){
	    .spool = in->spool, .least = (uint64_t)in->config->limit_free};
	in->lmtp =
	    lmtp_server_create(in->config, in->spool, in->registry, &in->room);
	in->source = xcalloc(in->config->intakes + 1, sizeof(*in->source));
	for (size_t i = 0; i < in->config->intakes; i++) {
		const struct config_intake *c = &in->config->intake[i];

		if (strcmp(c->type, "maildir") == 0)
			in->source[in->sources++] =
			    (struct source){.path = c->path, .watch = -1};
	}
	/* Made where they are absent: later they could not be. */
	intake_open_sources(in);
	return role_confine(ROLE_INTAKE, start, e);
}

static void
intake_free(struct intake *in)
{
	for (size_t i = 0; i < in->sources; i++)
		source_free(&in->source[i]);
	free(in->source);
	lmtp_server_free(in->lmtp);
	spool_batch_free(in->batch);
	spool_close(in->spool);
	registry_free(in->registry);
	if (in->inotify != -1)
		close(in->inotify);
}

int
main(void)
{
	struct role_start start;
	struct intake in = {.inotify = -1};
	struct err e = {0};
	int code = 0;

	if (role_start(ROLE_INTAKE, &start, &e) == -1) {
		log_error("%s", e.text);
		return (int)e.code;
	}
	if (start.number > 0) {
		code = imap_run(&start);
	} else if (intake_init(&in, &start, &e) == -1) {
		log_error("%s", e.text);
		code = (int)e.code;
	} else {
		intake_run(&in);
	}
	intake_free(&in);
	ipc_free(start.control);
	sandbox_free(start.sandbox);
	config_free(start.config);
	return code;
}
