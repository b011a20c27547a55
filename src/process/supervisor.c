#include "process/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pack.h"
#include "process/child.h"
#include "process/ending.h"
#include "process/keeper.h"
#include "process/kernel.h"
#include "process/listener.h"
#include "process/peer.h"
#include "process/sandbox.h"
#include "process/pager.h"
#include "process/secrets.h"

#define SUPERVISOR_STOP_MS 10000 /* from "stop" to SIGKILL */
#define SUPERVISOR_CLOSED_MS 5000 /* from a closed channel to SIGKILL */
#define SUPERVISOR_STARTS 10 /* failed ones in a row, while someone waits */
#define SUPERVISOR_FRAMES 64 /* taken from one role at once */
#define SUPERVISOR_SIGNS 3 /* of life, within a watchdog's time */

struct supervisor {
	const struct config *config;
	const struct supervisor_options *options;
	struct child *child;
	size_t count;
	struct keeper *keeper; /* one for each worker */
	size_t workers;
	struct listeners listeners; /* for LMTP */
	struct secrets *secrets;
	struct pager *pager;
	struct pollfd *poll; /* signals, log, each child, each secret */
	bool announced;
	bool stopping;
	size_t phase; /* of the stop */
	int64_t stop_until;
	int64_t ping_at; /* clock_monotonic_ms; 0: no watchdog */
	int code;
};

static size_t
supervisor_cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == -1)
		return 1;
	return (size_t)CPU_COUNT(&set);
}

static void
supervisor_add(struct supervisor *s, enum role role, size_t number)
{
	s->child = xgrow(s->child, s->count, sizeof(*s->child));
	s->child[s->count++] =
	    (struct child){.role = role, .number = (unsigned)number};
}

static void
supervisor_init(struct supervisor *s)
{
	supervisor_add(s, ROLE_QUEUE, 0);
	s->workers = s->config->workers > 0 ? (size_t)s->config->workers
					    : supervisor_cores();
	for (size_t i = 0; i < s->workers; i++) {
		supervisor_add(s, ROLE_WORKER, i);
		supervisor_add(s, ROLE_PARSER, i);
	}
	for (size_t i = 0; i < (size_t)s->config->delivers; i++)
		supervisor_add(s, ROLE_DELIVER, i);
	for (size_t i = 0; i <= config_imaps(s->config); i++)
		supervisor_add(s, ROLE_INTAKE, i);
	s->keeper = xcalloc(s->workers, sizeof(*s->keeper));
	s->secrets = secrets_create(s->config);
	s->pager = pager_create(s->config);
	s->poll =
	    xcalloc(s->count + secrets_count(s->secrets) + 3, sizeof(*s->poll));
}

/* Ends everything in order, to exit with code. */
static void
supervisor_stop(struct supervisor *s, int code)
{
	if (s->stopping)
		return;
	s->stopping = true;
	s->code = code;
	if (code != SUPERVISOR_RELOAD)
		service_tell(s->options->service, "STOPPING=1");
	s->stop_until = clock_monotonic_ms() + SUPERVISOR_STOP_MS;
}

static void
supervisor_announce(struct supervisor *s)
{
	struct err e = {0};

	if (s->announced)
		return;
	for (size_t i = 0; i < s->count; i++)
		if (!s->child[i].ready)
			return;
	s->announced = true;
	log_info("ready: workers=%zu delivers=%lld", s->workers,
	    (long long)s->config->delivers);
	service_tell(s->options->service, "READY=1");
	if (s->options->ready_fd == -1)
		return;
	if (s->options->log != NULL &&
	    logpipe_to_syslog(s->options->log, &e) == -1)
		log_error("no way to syslog: error=%s", e.text);
	if (write(s->options->ready_fd, "", 1) == -1)
		log_debug("nobody waited for the start");
}

static void
supervisor_ready(struct supervisor *s, struct child *c)
{
	c->ready = c->proven = true;
	for (size_t i = 0; i < s->count; i++) {
		struct child *d = &s->child[i];

		if (!d->ready || d->control == NULL)
			continue;
		if (peer_pairs(c, d))
			peer_join(c, d);
		else if (peer_pairs(d, c))
			peer_join(d, c);
	}
	supervisor_announce(s);
}

static void
supervisor_sign(struct supervisor *s)
{
	int64_t within = service_watchdog(s->options->service);

	service_tell(s->options->service, "WATCHDOG=1");
	s->ping_at = clock_monotonic_ms() + within / SUPERVISOR_SIGNS;
}

/*
 * The queue is asked, and its answer is the sign of life. One that is gone is
 * being started again, which is life of ours.
 */
static void
supervisor_ping(struct supervisor *s, int64_t now)
{
	const struct child *queue = &s->child[0];

	if (s->ping_at == 0 || s->ping_at > now)
		return;
	if (!queue->ready || queue->control == NULL || s->stopping ||
	    ipc_send(queue->control, IPC_PING, NULL, -1, NULL) == -1)
		supervisor_sign(s);
	else
		s->ping_at = now + service_watchdog(s->options->service);
}

/* With what it started: SIGKILL ends a process that was stopped, too. */
static int
supervisor_stuck(struct supervisor *s, const struct ipc_frame *frame)
{
	struct unpack u;
	uint64_t role, number;

	unpack_init(&u, frame->body, frame->len);
	role = unpack_u64(&u);
	number = unpack_u64(&u);
	if (!unpack_done(&u) || role != ROLE_WORKER)
		return -1;
	for (size_t i = 0; i < s->count; i++)
		if (s->child[i].role == role && s->child[i].number == number)
			child_kill(&s->child[i]);
	return 0;
}

/* Its channel is no use any more: it is about to end, or has to. */
static void
supervisor_closed(struct child *c)
{
	ipc_free(c->control);
	c->control = NULL;
	c->kill_at = clock_monotonic_ms() + SUPERVISOR_CLOSED_MS;
}

static void
supervisor_hear(struct supervisor *s, struct child *c)
{
	struct ipc_frame frame;
	struct err e = {0};
	int rc = 0;

	for (int i = 0; i < SUPERVISOR_FRAMES; i++) {
		rc = ipc_next(c->control, &frame, &e);
		if (rc != 1)
			break;
		if (frame.fd != -1)
			close(frame.fd);
		if (frame.type == IPC_READY && !c->ready && !s->stopping) {
			supervisor_ready(s, c);
		} else if (frame.type == IPC_IDLE && c->role == ROLE_QUEUE &&
			   s->config->once) {
			supervisor_stop(s, 0);
		} else if (frame.type == IPC_ASK && c->role == ROLE_INTAKE) {
			secrets_ask(s->secrets, c);
		} else if (frame.type == IPC_PONG && c->role == ROLE_QUEUE) {
			supervisor_sign(s);
		} else if (frame.type == IPC_STUCK && c->role == ROLE_QUEUE &&
			   supervisor_stuck(s, &frame) == 0) {
			continue;
		} else if (frame.type == IPC_PAGE && c->role == ROLE_QUEUE &&
			   pager_ask(s->pager, c, &frame) == 0) {
			continue;
		} else if (frame.type != IPC_READY) {
			log_error("frame not expected: role=%s type=%d",
			    role_name(c->role), (int)frame.type);
			rc = -1;
			break;
		}
	}
	if (rc == -1)
		supervisor_closed(c);
}

static int
supervisor_agent(struct supervisor *s, struct child *c, struct err *e)
{
	struct keeper *k = &s->keeper[c->number];
	struct buf body;
	int rc;

	buf_init(&body, 4096);
	pack_str(&body, agent_socket(k->agent));
	rc = ipc_send(c->control, IPC_AGENT, &body, -1, e);
	buf_free(&body);
	return rc;
}

static int
supervisor_listeners(struct supervisor *s, struct child *c, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < s->listeners.count && rc == 0; i++)
		rc = ipc_send(
		    c->control, IPC_LISTEN, NULL, s->listeners.item[i].fd, e);
	return rc;
}

/* What ends before it was ready for the first time will not get better. */
static bool
supervisor_hopeless(const struct supervisor *s, const struct child *c, int code)
{
	if (!c->proven && (code == ERR_CONFIG || code == ERR_SERVICE))
		return true;
	return c->failed_starts >= SUPERVISOR_STARTS &&
	       (s->config->once || !s->announced);
}

static void
supervisor_lost(struct supervisor *s, struct child *c, int code)
{
	struct child *partner = peer_partner(s->child, s->count, c);

	if (s->stopping) {
		log_debug("ended: role=%s number=%u code=%d",
		    role_name(c->role), c->number, code);
		return;
	}
	child_pause(c, code, clock_monotonic_ms());
	c->ready = false;
	if (!c->told)
		log_warning("ended: role=%s number=%u code=%d again=%lldms",
		    role_name(c->role), c->number, code,
		    (long long)(c->start_at - clock_monotonic_ms()));
	if (supervisor_hopeless(s, c, code)) {
		log_error("gave up: role=%s failed_starts=%u code=%d",
		    role_name(c->role), c->failed_starts, code);
		supervisor_stop(s,
		    code == ERR_CONFIG || code == ERR_SERVICE ? code : ERR_BUG);
		return;
	}
	if (partner != NULL && partner->pid != 0 && !c->told) {
		partner->told = true;
		child_kill(partner);
	}
}

static void
supervisor_reap(struct supervisor *s)
{
	int code;

	for (size_t i = 0; i < s->count; i++) {
		struct child *c = &s->child[i];
		bool ours = c->told;

		if (!child_ended(c, &code))
			continue;
		if (ours && !s->stopping) {
			/* Ended for its partner's sake: no failure of it. */
			c->ready = false;
			c->start_at = 0;
			continue;
		}
		supervisor_lost(s, c, code);
	}
	for (size_t i = 0; i < s->workers && !s->stopping; i++)
		if (keeper_ended(&s->keeper[i]))
			log_warning("gpg-agent ended: number=%zu", i);
}

static void
supervisor_start(struct supervisor *s, struct child *c, int64_t now)
{
	int log_fd = s->options->log == NULL
			 ? STDERR_FILENO
			 : logpipe_write_fd(s->options->log);
	struct err e = {0};

	/* The worker's agent has to be there before it. */
	if (c->role == ROLE_WORKER && s->keeper[c->number].agent == NULL &&
	    keeper_start(&s->keeper[c->number], s->config->gnupg, &e) == -1)
		goto failed;
	if (child_start(c, s->config, log_fd, &e) == -1)
		goto failed;
	if (c->role == ROLE_WORKER && supervisor_agent(s, c, &e) == -1)
		goto failed;
	if (c->role == ROLE_INTAKE && supervisor_listeners(s, c, &e) == -1)
		goto failed;
	return;
failed:
	/* A process that is there but broken is taken in like any other. */
	if (c->pid != 0)
		return;
	log_error("not started: role=%s error=%s", role_name(c->role), e.text);
	c->ready = false;
	c->started = now;
	child_pause(c, e.code, now);
	if (supervisor_hopeless(s, c, (int)e.code))
		supervisor_stop(s, (int)e.code);
}

static void
supervisor_start_due(struct supervisor *s)
{
	int64_t now = clock_monotonic_ms();

	for (size_t i = 0; i < s->workers && !s->stopping; i++) {
		struct keeper *k = &s->keeper[i];
		struct err e = {0};

		if (k->start_at != 0 && k->start_at <= now &&
		    keeper_start(k, s->config->gnupg, &e) == -1)
			log_error("no agent: number=%zu error=%s", i, e.text);
	}
	for (size_t i = 0; i < s->count; i++) {
		struct child *c = &s->child[i];
		const struct child *partner =
		    peer_partner(s->child, s->count, c);

		if (c->kill_at != 0 && c->kill_at <= now) {
			child_kill(c);
			c->kill_at = 0;
		}
		if (c->pid != 0 || c->start_at > now || s->stopping)
			continue;
		/* The unit starts whole: not beside one that is ending. */
		if (partner != NULL &&
		    (partner->pid != 0 ? partner->told
				       : partner->start_at > now))
			continue;
		supervisor_start(s, c, now);
	}
}

static void
supervisor_reload(struct supervisor *s)
{
	char *state;

	if (s->stopping || !s->options->changed(s->options->arg))
		return;
	log_info("stopping: to start with the new configuration");
	state = xasprintf("RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)clock_monotonic_ms() * 1000);
	service_tell(s->options->service, state);
	free(state);
	supervisor_stop(s, SUPERVISOR_RELOAD);
}

static void
supervisor_signal(struct supervisor *s, int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (info.ssi_signo == SIGHUP && !s->options->terminal) {
			supervisor_reload(s);
			continue;
		}
		if (s->stopping && s->code == SUPERVISOR_RELOAD) {
			s->code = 0; /* the end of a reload is now ours */
			service_tell(s->options->service, "STOPPING=1");
			continue;
		}
		if (s->stopping) {
			s->stop_until = 0; /* asked twice: at once */
			continue;
		}
		log_info("stopping: signal=%u", info.ssi_signo);
		supervisor_stop(s, 0);
	}
}

static void
supervisor_earlier(int64_t *next, int64_t at)
{
	if (at != 0 && (*next == 0 || at < *next))
		*next = at;
}

/* Milliseconds until there is something to do by the clock; -1: none. */
static int
supervisor_timeout(const struct supervisor *s)
{
	int64_t next = 0, now = clock_monotonic_ms();

	if (s->stopping && s->stop_until > now)
		supervisor_earlier(&next, s->stop_until);
	supervisor_earlier(&next, s->ping_at);
	for (size_t i = 0; i < s->count; i++) {
		const struct child *c = &s->child[i];

		if (!s->stopping)
			supervisor_earlier(&next, c->kill_at);
		if (c->pid == 0 && !s->stopping && c->start_at > now)
			supervisor_earlier(&next, c->start_at);
	}
	for (size_t i = 0; i < s->workers && !s->stopping; i++)
		supervisor_earlier(&next, s->keeper[i].start_at);
	supervisor_earlier(&next, secrets_until(s->secrets));
	supervisor_earlier(&next, pager_until(s->pager));
	if (next == 0)
		return -1;
	return next <= now ? 0 : (int)(next - now);
}

static void
supervisor_wait(struct supervisor *s, int signals)
{
	struct pollfd *p = s->poll;
	size_t count = s->count + 2;

	p[0] = (struct pollfd){.fd = signals, .events = POLLIN};
	p[1] = (struct pollfd){.fd = -1, .events = POLLIN};
	if (s->options->log != NULL)
		p[1].fd = logpipe_read_fd(s->options->log);
	for (size_t i = 0; i < s->count; i++) {
		const struct ipc *ipc = s->child[i].control;

		p[i + 2] = (struct pollfd){
		    .fd = ipc == NULL ? -1 : ipc_fd(ipc), .events = POLLIN};
	}
	secrets_poll(s->secrets, p + count);
	count += secrets_count(s->secrets);
	pager_poll(s->pager, p + count++);
	if (poll(p, count, supervisor_timeout(s)) == -1)
		return;
	if (p[0].revents != 0)
		supervisor_signal(s, signals);
	if (p[1].revents != 0)
		logpipe_forward(s->options->log);
	for (size_t i = 0; i < s->count; i++)
		if (p[i + 2].revents != 0 && s->child[i].control != NULL)
			supervisor_hear(s, &s->child[i]);
	secrets_look(s->secrets, s->child, s->count);
	pager_look(s->pager, s->child, s->count);
}

/* One whose program is not there is named before anything starts. */
static bool
supervisor_programs(struct supervisor *s)
{
	bool all = true;

	for (size_t i = 0; i < s->count; i++) {
		char *program = child_program(&s->child[i], s->config);

		if (s->child[i].number == 0 && access(program, X_OK) == -1) {
			log_error("no program: path=%s error=%s", program,
			    strerror(errno));
			all = false;
		}
		free(program);
	}
	return all;
}

/* What the kernel cannot do is said here, in one line for all the roles. */
static bool
supervisor_confine(const struct supervisor *s, struct sandbox **out)
{
	struct err e = {0};

	if (strcmp(s->config->sandbox, "off") != 0 && kernel_confines(&e) == -1)
		log_warning("processes are not confined: %s", e.text);
	if (sandbox_harden(ROLE_SUPERVISOR, &e) == 0 &&
	    sandbox_enter(out, ROLE_SUPERVISOR, 0, s->config, &e) == 0)
		return true;
	log_error("%s", e.text);
	return false;
}

/* With --once nobody is waited for. */
static bool
supervisor_listen(struct supervisor *s)
{
	struct err e = {0};

	if (s->config->once ||
	    listeners_open(&s->listeners, s->config, &e) == 0)
		return true;
	log_error("%s", e.text);
	return false;
}

static void
supervisor_free(struct supervisor *s)
{
	for (size_t i = 0; i < s->workers; i++)
		agent_stop(s->keeper[i].agent);
	for (size_t i = 0; i < s->count; i++)
		ipc_free(s->child[i].control);
	listeners_close(&s->listeners);
	secrets_free(s->secrets);
	pager_free(s->pager);
	free(s->keeper);
	free(s->child);
	free(s->poll);
}

int
supervisor_run(
    const struct config *config, const struct supervisor_options *options)
{
	struct supervisor s = {.config = config, .options = options};
	struct sandbox *sandbox = NULL;
	sigset_t set, before;
	int signals;

	supervisor_init(&s);
	if (service_watchdog(options->service) > 0)
		supervisor_sign(&s);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, &before);
	(void)signal(SIGPIPE, SIG_IGN);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals == -1) {
		log_error("signalfd: %s", strerror(errno));
		s.code = ERR_SERVICE;
	} else if (!supervisor_programs(&s) || !supervisor_listen(&s)) {
		s.code = ERR_SERVICE;
	} else if (!supervisor_confine(&s, &sandbox)) {
		s.code = ERR_CONFIG;
	} else {
		agent_sweep(config->gnupg);
		for (;;) {
			supervisor_reap(&s);
			supervisor_ping(&s, clock_monotonic_ms());
			if (!s.stopping)
				supervisor_start_due(&s);
			if (s.stopping &&
			    ending_step(s.child, s.count, &s.phase,
				clock_monotonic_ms() >= s.stop_until))
				break;
			supervisor_wait(&s, signals);
		}
	}
	supervisor_free(&s);
	sandbox_free(sandbox);
	if (signals != -1)
		close(signals);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return s.code;
}
