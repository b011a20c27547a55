/*
 * worker.c - a worker process: takes one job at a time from the queue.
 */
#include "worker/ring.h"
#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "people/contact.h"
#include "people/key.h"
#include "pgp/seal.h"
#include "process/role.h"
#include "queue/job.h"
#include "store/vault_file.h"
#include "worker/holdmail.h"
#include "worker/indexer.h"
#include "worker/pipeline.h"
#include "worker/rejudge.h"
#include "worker/tell.h"

#define WORKER_HOLD_MS 20
#define WORKER_HOLD_TRIES 1500 /* of 20 ms: half a minute in all */

/* The process: what the supervisor gave it, and what it works with. */
struct worker_process {
	struct role_start start;
	struct worker worker;
	struct ipc *queue; /* NULL until the supervisor gave it */
	char *agent; /* its socket; NULL until told */
	int64_t people; /* people_version that the team's keys are of */
	int hands; /* spool/hands: a byte is locked for each message in work */
	bool stop;
	bool broken; /* the parser died: end, and be started again */
};

static int
worker_hands(struct worker_process *p, struct err *e)
{
	char *path = config_spool(p->start.config, "hands");

	p->hands = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (p->hands == -1)
		(void)err_set(e, ERR_TEMP, "%s: %m", path);
	free(path);
	return p->hands == -1 ? -1 : 0;
}

/*
 * A queue that died is followed by one that does not know whose hands a
 * message is in, and may give it to a second worker. That one waits for the
 * first to finish or to die; such a lock dies with its process, and is not
 * inherited by gpg.
 */
static int
worker_hold(const struct worker_process *p, int64_t id, struct err *e)
{
	const struct timespec pause = {.tv_nsec = WORKER_HOLD_MS * 1000000L};

	for (int i = 0; i < WORKER_HOLD_TRIES; i++) {
		struct flock lock = {.l_type = F_WRLCK,
		    .l_whence = SEEK_SET,
		    .l_start = (off_t)id,
		    .l_len = 1};

		if (fcntl(p->hands, F_SETLK, &lock) == 0)
			return 0;
		if (errno != EACCES && errno != EAGAIN && errno != EINTR)
			return err_set(e, ERR_TEMP, "spool/hands: %m");
		(void)nanosleep(&pause, NULL);
	}
	return err_set(e, ERR_TEMP, "another worker has it in hand");
}

static void
worker_let_go(const struct worker_process *p, int64_t id)
{
	struct flock lock = {.l_type = F_UNLCK,
	    .l_whence = SEEK_SET,
	    .l_start = (off_t)id,
	    .l_len = 1};

	if (fcntl(p->hands, F_SETLK, &lock) == -1)
		log_warning("still held: id=%lld error=%s", (long long)id,
		    strerror(errno));
}

static void
worker_keys_free(struct worker *w)
{
	for (size_t i = 0; i < w->teams; i++)
		key_free(&w->team[i]);
	free(w->team);
	w->team = NULL;
	w->teams = 0;
}

static int
worker_keys(struct worker *w, struct err *e)
{
	const struct buf **blob;
	int rc;

	if (key_list(w->db, true, &w->team, &w->teams, e) == -1)
		return -1;
	blob = xcalloc(w->teams, sizeof(const struct buf *));
	for (size_t i = 0; i < w->teams; i++)
		blob[i] = &w->team[i].blob;
	rc = keyring_load(w->keyring, blob, w->teams, e);
	free(blob);
	return rc;
}

/* The vault comes after it: where gpg cannot run in there, no mail suffers. */
static int
worker_confine(struct worker_process *p, struct err *e)
{
	db_keep_log(p->worker.db);
	return role_confine(ROLE_WORKER, &p->start, e);
}

/* Opens everything that a message needs; the agent must be there. */
static int
worker_open(struct worker_process *p, struct err *e)
{
	struct worker *w = &p->worker;
	struct config *c = p->start.config;
	struct keyring_options o = {.agent_socket = p->agent,
	    .deadline = c->gpg_deadline,
	    .memory = c->gpg_memory};
	char *ring, *wrapper;
	int rc = -1;

	w->config = c;
	ring = xasprintf("%s/ring-%u", c->gnupg, p->start.number);
	wrapper = xasprintf("%s/noroshi-gpg", c->libexec);
	o.ring = ring;
	o.wrapper = wrapper;
	if (worker_hands(p, e) == 0 &&
	    db_open(&w->db, c->database, false, e) == 0 &&
	    spool_open(&w->spool, c->spool, e) == 0 &&
	    rules_compile(&w->rules, c, e) == 0 &&
	    keyring_open(&w->keyring, &o, e) == 0 &&
	    worker_confine(p, e) == 0 && worker_keys(w, e) == 0)
		rc = vault_file_open(&w->vault, w->db, w->keyring, c->gnupg, e);
	free(ring);
	free(wrapper);
	return rc;
}

static void
worker_close(struct worker_process *p)
{
	struct worker *w = &p->worker;

	vault_close(w->vault);
	worker_keys_free(w);
	keyring_close(w->keyring);
	rules_free(w->rules);
	lookalike_free(w->lookalike);
	spool_close(w->spool);
	db_close(w->db);
	ipc_free(w->parser);
	ipc_free(p->queue);
	ipc_free(p->start.control);
	sandbox_free(p->start.sandbox);
	config_free(p->start.config);
	free(p->agent);
	if (p->hands != -1)
		close(p->hands);
}

/* A former team key that was imported meanwhile opens mail at once. */
static int
worker_keys_now(struct worker_process *p, struct err *e)
{
	int64_t version;

	if (people_version(p->worker.db, &version, e) == -1)
		return -1;
	if (version == p->people)
		return 0;
	worker_keys_free(&p->worker);
	if (worker_keys(&p->worker, e) == -1)
		return -1;
	p->people = version;
	return 0;
}

static int
worker_do(struct worker_process *p, enum job job, int64_t id,
    const char *reason, struct err *e)
{
	struct worker *w = &p->worker;
	int rc;

	if (worker_hold(p, id, e) == -1)
		return -1;
	if (worker_keys_now(p, e) == -1)
		rc = -1;
	else if (job == JOB_TELL)
		rc = tell_author(w, id, e);
	else if (job == JOB_AGAIN)
		rc = rejudge_process(w, id, e);
	else if (job == JOB_HOLD)
		rc = holdmail_due(w, id, e);
	else if (job == JOB_ALARM)
		rc = ring_alarm(w, id, e);
	else if (job == JOB_INDEX)
		rc = indexer_run(w, e);
	else if (job == JOB_QUARANTINE)
		rc = pipeline_quarantine(
		    w, id, reason == NULL ? "no reason" : reason, e);
	else
		rc = pipeline_process(w, id, e);
	worker_let_go(p, id);
	return rc;
}

static int
worker_job(struct worker_process *p, const struct ipc_frame *f, struct err *e)
{
	struct err why = {0};
	struct unpack u;
	struct buf body;
	enum job job;
	char *reason;
	int64_t id;
	int rc;

	unpack_init(&u, f->body, f->len);
	job = (enum job)unpack_u64(&u);
	id = unpack_i64(&u);
	reason = unpack_str(&u);
	if (f->type != IPC_JOB || !unpack_done(&u)) {
		free(reason);
		return err_set(e, ERR_BUG, "a job frame is broken");
	}
	if (worker_do(p, job, id, reason, &why) == -1)
		log_warning(
		    "not processed: id=%lld why=%s", (long long)id, why.text);
	free(reason);
	if (why.code == ERR_BUG)
		p->broken = true; /* the queue counts this death */
	if (p->broken)
		return 0;
	buf_init(&body, 1024);
	pack_i64(&body, id);
	pack_u64(&body, why.code);
	pack_str(&body, why.text);
	rc = ipc_send(p->queue, IPC_DONE, &body, -1, e);
	buf_free(&body);
	return rc;
}

static void
worker_peer(struct worker_process *p, const struct ipc_frame *f)
{
	struct ipc **to;
	struct unpack u;
	uint64_t role;

	unpack_init(&u, f->body, f->len);
	role = unpack_u64(&u);
	(void)unpack_u64(&u);
	if (!unpack_done(&u) || f->fd == -1 ||
	    (role != ROLE_QUEUE && role != ROLE_PARSER)) {
		log_error("a peer frame is broken");
		return;
	}
	to = role == ROLE_QUEUE ? &p->queue : &p->worker.parser;
	ipc_free(*to);
	*to = ipc_create(f->fd);
}

static int
worker_agent(struct worker_process *p, const struct ipc_frame *f, struct err *e)
{
	struct unpack u;

	unpack_init(&u, f->body, f->len);
	free(p->agent);
	p->agent = unpack_str(&u);
	if (!unpack_done(&u) || p->agent == NULL)
		return err_set(e, ERR_BUG, "an agent frame is broken");
	return 0;
}

/* What the supervisor says: 1 more to do, 0 nothing, -1 it is gone. */
static int
worker_control(struct worker_process *p, struct err *e)
{
	struct ipc_frame f;
	int rc = ipc_next(p->start.control, &f, e);

	if (rc != 1)
		return rc;
	switch (f.type) {
	case IPC_PEER:
		worker_peer(p, &f);
		return 1;
	case IPC_AGENT:
		return worker_agent(p, &f, e) == -1 ? -1 : 1;
	case IPC_STOP:
		p->stop = true;
		return 0;
	default:
		return err_set(e, ERR_BUG, "an unexpected frame");
	}
}

/* Jobs are asked for only when all is there that they need. */
static bool
worker_ready(const struct worker_process *p)
{
	return p->queue != NULL && p->worker.vault != NULL &&
	       p->worker.parser != NULL;
}

/* Waits for the next frame of supervisor or queue. */
static int
worker_wait(struct worker_process *p)
{
	struct pollfd fd[2] = {
	    {.fd = ipc_fd(p->start.control), .events = POLLIN},
	    {.fd = worker_ready(p) ? ipc_fd(p->queue) : -1, .events = POLLIN}};

	if (poll(fd, 2, -1) == -1 && errno != EINTR)
		return -1;
	return 0;
}

static int
worker_loop(struct worker_process *p, struct err *e)
{
	while (!p->stop && !p->broken) {
		struct ipc_frame f;
		int rc;

		while ((rc = worker_control(p, e)) == 1)
			;
		if (rc == -1)
			return -1;
		if (p->agent != NULL && p->worker.db == NULL && !p->stop &&
		    (worker_open(p, e) == -1 || role_ready(&p->start, e) == -1))
			return -1;
		if (worker_ready(p) && sandbox_is_stale(p->start.sandbox))
			p->stop = true;
		if (worker_ready(p) && !p->stop) {
			rc = ipc_next(p->queue, &f, NULL);
			if (rc == 1 && worker_job(p, &f, e) == -1)
				rc = -1;
			if (rc == 1)
				continue;
			if (rc == -1) {
				/* The queue is gone; the next one will come. */
				ipc_free(p->queue);
				p->queue = NULL;
			}
		}
		if (!p->stop && worker_wait(p) == -1)
			return err_set(e, ERR_BUG, "poll: %m");
	}
	return 0;
}

int
main(void)
{
	struct worker_process p = {.hands = -1};
	struct err e = {0};
	int status = 0;

	if (role_start(ROLE_WORKER, &p.start, &e) == -1) {
		log_error("%s", e.text);
		return e.code;
	}
	db_pages_without_children();
	if (worker_loop(&p, &e) == -1 && !p.stop) {
		log_error("worker ends: %s", e.text);
		status = e.code;
	}
	if (p.broken)
		status = ERR_BUG;
	worker_close(&p);
	return status;
}
