#include "intake/lmtp_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "intake/lmtp.h"
#include "store/spool_batch.h"

#define READ_MAX 65536 /* bytes of one client in one round */
#define EVENTS 64
#define CHOKED 1000 /* ms, after a client that could not be let in */

/* One client, or a socket where they come in. */
struct client {
	struct lmtp_server *server;
	int fd;
	bool listens;
	struct lmtp *lmtp; /* NULL: it listens */
	struct spool_entry *entry; /* the message that comes; NULL: none */
	struct envelope env; /* of one that is whole */
	bool whole; /* it waits for the next batch */
	bool told; /* the queue was told of it; now is waited for */
	bool failed; /* the disk did not take it, and the log says so */
	char sha[SPOOL_SHA];
	struct buf in; /* what was read and has to wait */
	bool ended; /* the client will say no more */
	bool broken; /* the connection is to be closed at once */
	uint32_t events; /* epoll is asked for */
	int64_t since; /* clock_monotonic_ms: this command, or this message */
	int64_t heard; /* the same: bytes came */
	uint64_t progress; /* lmtp_progress then */
	bool in_message;
	struct client *next;
};

struct lmtp_server {
	const struct config *config;
	struct spool *spool;
	struct registry *registry;
	struct room *room;
	struct spool_batch *batch;
	int epoll;
	struct client *listeners;
	struct client *clients;
	size_t count; /* of clients */
	bool full; /* nobody is let in */
	bool stopping;
	int64_t choked; /* clock_monotonic_ms until nobody is let in; 0: no */
	int64_t away; /* clock_monotonic_ms since there is no queue; 0: one */
};

static bool
server_has_queue(struct lmtp_server *s)
{
	if (registry_fd(s->registry) != -1 &&
	    registry_count(s->registry, NULL) < REGISTRY_MAX)
		s->away = 0;
	else if (s->away == 0)
		s->away = clock_monotonic_ms();
	return s->away == 0 || clock_monotonic_ms() - s->away <
				   s->config->lmtp_answer_timeout * 1000;
}

static bool
client_may(void *ctx, uint64_t size)
{
	struct client *c = ctx;

	return !c->server->stopping && room_for(c->server->room, size) &&
	       server_has_queue(c->server);
}

/* Its file is kept for as long as the message may become whole. */
static int
client_failed(struct client *c, const struct err *e)
{
	if (!c->failed)
		log_error("message not stored: source=lmtp error=%s", e->text);
	c->failed = true;
	return -1;
}

static int
client_begin(void *ctx)
{
	struct client *c = ctx;
	struct err e = {0};

	c->failed = false;
	if (spool_entry_create(&c->entry, c->server->spool, &e) == -1)
		return client_failed(c, &e);
	return 0;
}

static int
client_put(void *ctx, const void *data, size_t len)
{
	struct client *c = ctx;
	struct err e = {0};

	if (!room_for(c->server->room, len)) {
		err_set(&e, ERR_TEMP, "the disk is too full");
		return client_failed(c, &e);
	}
	if (spool_entry_put(c->entry, data, len, &e) == -1)
		return client_failed(c, &e);
	room_taken(c->server->room, len);
	return 0;
}

static void
client_drop(void *ctx)
{
	struct client *c = ctx;

	spool_entry_free(c->entry);
	c->entry = NULL;
}

static void
client_whole(void *ctx, const struct envelope *env)
{
	struct client *c = ctx;

	c->env = (struct envelope){.source = xstrdup("lmtp"),
	    .sender = xstrdup_null(env->sender),
	    .received_at = clock_now(NULL)};
	strs_copy(&c->env.recipients, &env->recipients);
	c->whole = true;
}

static void
client_refused(void *ctx, const char *reply)
{
	(void)ctx;
	log_warning("message refused: source=lmtp reply=%s", reply);
}

static const struct lmtp_calls client_calls = {
    .may = client_may,
    .begin = client_begin,
    .put = client_put,
    .whole = client_whole,
    .refused = client_refused,
    .drop = client_drop,
};

/* What the client's next bytes are waited for by epoll; 0: not now. */
static void
client_watch(struct client *c)
{
	struct epoll_event event = {.data.ptr = c};

	if (c->broken)
		return;
	if (!c->listens) {
		if (lmtp_replies(c->lmtp)->len > 0)
			event.events |= EPOLLOUT;
		else if (!c->ended && c->in.len < READ_MAX &&
			 !lmtp_awaits(c->lmtp))
			event.events |= EPOLLIN;
	} else if (!c->server->full && !c->server->stopping &&
		   c->server->choked == 0) {
		event.events = EPOLLIN;
	}
	if (event.events == c->events)
		return;
	c->events = event.events;
	if (epoll_ctl(c->server->epoll, EPOLL_CTL_MOD, c->fd, &event) == -1)
		c->broken = true;
}

static struct client *
client_create(struct lmtp_server *s, int fd, bool listens)
{
	struct client *c = xcalloc(1, sizeof(*c));
	struct epoll_event event = {.data.ptr = c};

	c->server = s;
	c->fd = fd;
	c->listens = listens;
	c->since = c->heard = clock_monotonic_ms();
	buf_init(&c->in, READ_MAX);
	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) == -1)
		c->broken = true;
	if (!listens)
		c->lmtp = lmtp_create(
		    &client_calls, c, (uint64_t)s->config->limit_message);
	return c;
}

static void
client_free(struct client *c)
{
	registry_forget(c->server->registry, c);
	lmtp_free(c->lmtp);
	spool_entry_free(c->entry);
	envelope_free(&c->env);
	buf_free(&c->in);
	close(c->fd);
	free(c);
}

static void
client_send(struct client *c)
{
	struct buf *out = lmtp_replies(c->lmtp);
	ssize_t n;

	if (out->len == 0 || c->broken)
		return;
	n = send(c->fd, out->data, out->len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			c->broken = true;
		return;
	}
	memmove(out->data, out->data + n, out->len - (size_t)n);
	out->len -= (size_t)n;
}

/* The time of a command starts with it, that of a message with its bytes. */
static void
client_clock(struct client *c)
{
	uint64_t progress = lmtp_progress(c->lmtp);
	bool in_message = lmtp_in_message(c->lmtp);

	if (in_message == c->in_message &&
	    (in_message || progress == c->progress))
		return;
	c->progress = progress;
	c->in_message = in_message;
	c->since = clock_monotonic_ms();
}

/* Reads what has waited, as far as it goes. */
static void
client_feed(struct client *c)
{
	size_t used;

	if (c->in.len == 0)
		return;
	used = lmtp_feed(c->lmtp, buf_str(&c->in), c->in.len);
	memmove(c->in.data, c->in.data + used, c->in.len - used);
	c->in.len -= used;
	if (c->in.len == 0)
		buf_free(&c->in);
	client_clock(c);
	client_send(c);
}

static void
client_read(struct client *c)
{
	char bytes[READ_MAX];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes) - c->in.len, MSG_DONTWAIT);

	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			c->broken = true;
		return;
	}
	if (n == 0)
		c->ended = true;
	c->heard = clock_monotonic_ms();
	buf_put(&c->in, bytes, (size_t)n);
}

static void
client_event(struct client *c, uint32_t events)
{
	if ((events & EPOLLOUT) != 0) {
		client_send(c);
	} else if ((events & EPOLLIN) != 0) {
		client_read(c);
		client_feed(c);
	} else {
		/* Both ways are closed: nobody would hear the reply. */
		c->broken = true;
	}
}

static void
server_accept(struct lmtp_server *s, struct client *listener)
{
	while (s->count < (size_t)s->config->lmtp_connections) {
		int fd = accept4(
		    listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct client *c;

		if (fd == -1) {
			if (errno == EAGAIN || errno == ECONNABORTED ||
			    errno == EINTR)
				return;
			log_error("lmtp: accept: %m");
			s->choked = clock_monotonic_ms() + CHOKED;
			return;
		}
		c = client_create(s, fd, false);
		c->next = s->clients;
		s->clients = c;
		s->count++;
		client_send(c);
		client_watch(c);
	}
}

/* The queue has it: owner is the client. */
static void
client_registered(void *owner, uint64_t cookie)
{
	struct client *c = owner;
	char reply[96];

	(void)cookie;
	(void)snprintf(reply, sizeof(reply), "250 2.0.0 %s", c->sha);
	c->told = false;
	if (lmtp_awaits(c->lmtp))
		lmtp_answer(c->lmtp, reply);
	client_clock(c);
}

static void
client_sorry(struct client *c, const char *reply)
{
	c->whole = c->told = false;
	registry_forget(c->server->registry, c);
	lmtp_answer(c->lmtp, reply);
	client_clock(c);
}

/* The batch's messages are durable, or none is. */
static void
server_commit(struct lmtp_server *s, struct client **in, size_t count)
{
	struct err e = {0};
	bool good = spool_batch_commit(s->batch, &e) == 0;

	if (!good)
		log_error("messages not stored: source=lmtp count=%zu error=%s",
		    count, e.text);
	for (size_t i = 0; i < count; i++) {
		struct client *c = in[i];

		envelope_free(&c->env);
		c->env = (struct envelope){0};
		c->whole = false;
		if (!good) {
			client_sorry(c, "452 4.3.1 message cannot be stored");
			continue;
		}
		log_info("stored: sha256=%s source=lmtp", c->sha);
		c->told = true;
		c->since = clock_monotonic_ms();
		registry_tell(s->registry, c->sha, client_registered, c, 0);
	}
}

/* All that is whole by now goes into spool/new in one round. */
static void
server_store(struct lmtp_server *s)
{
	struct client *in[SPOOL_BATCH_MAX];
	size_t count = 0;

	for (struct client *c = s->clients; c != NULL; c = c->next) {
		if (!c->whole)
			continue;
		if (count == SPOOL_BATCH_MAX ||
		    !spool_batch_add(s->batch, &c->entry, &c->env, c->sha)) {
			/* The same bytes for others: the next round's. */
			server_commit(s, in, count);
			count = 0;
			(void)spool_batch_add(
			    s->batch, &c->entry, &c->env, c->sha);
		}
		in[count++] = c;
	}
	if (count > 0)
		server_commit(s, in, count);
}

/* Why this client has to go now, or NULL; *left: ms until there is a reason. */
static const char *
client_late(const struct client *c, int64_t now, int64_t *left)
{
	const struct config *config = c->server->config;
	int64_t limit = config->lmtp_timeout * 1000;
	int64_t silent = now - c->heard, taken = now - c->since;
	bool hurry = c->server->full && !c->told;

	if (c->told)
		limit = config->lmtp_answer_timeout * 1000;
	else if (c->in_message)
		limit = config->lmtp_data_timeout * 1000;
	else if (hurry && limit > LMTP_HURRY)
		limit = LMTP_HURRY;
	*left = limit - taken;
	if (c->in_message && hurry) {
		if (*left > LMTP_HURRY - silent)
			*left = LMTP_HURRY - silent;
		if (c->entry != NULL && taken > LMTP_HURRY &&
		    (int64_t)spool_entry_size(c->entry) * 1000 / taken <
			LMTP_LEAST)
			*left = 0;
	}
	if (*left > 0)
		return NULL;
	return c->in_message ? "message" : "command";
}

static void
client_deadline(struct client *c, int64_t now)
{
	int64_t left;
	const char *late = client_late(c, now, &left);

	if (late == NULL || c->broken || c->whole)
		return;
	if (c->told) {
		log_warning(
		    "no answer from the queue: sha256=%s source=lmtp", c->sha);
		client_sorry(c, "451 4.3.0 not in the database yet");
		return;
	}
	log_warning("client is too slow: source=lmtp waited_for=%s", late);
	lmtp_end(c->lmtp, "421 4.4.2 too slow");
	client_send(c);
	c->broken = true;
}

static bool
client_is_over(const struct client *c)
{
	if (c->broken)
		return true;
	if (c->whole || c->told || lmtp_replies(c->lmtp)->len > 0)
		return false;
	return lmtp_is_over(c->lmtp) || (c->ended && c->in.len == 0);
}

static void
server_clean(struct lmtp_server *s)
{
	struct client **at = &s->clients;

	while (*at != NULL) {
		struct client *c = *at;

		client_deadline(c, clock_monotonic_ms());
		client_feed(c);
		client_send(c);
		if (!client_is_over(c)) {
			client_watch(c);
			at = &c->next;
			continue;
		}
		*at = c->next;
		client_free(c);
		s->count--;
	}
	if (s->choked < clock_monotonic_ms())
		s->choked = 0;
	s->full = s->count >= (size_t)s->config->lmtp_connections;
	for (struct client *c = s->listeners; c != NULL; c = c->next)
		client_watch(c);
}

void
lmtp_server_run(struct lmtp_server *s)
{
	struct epoll_event event[EVENTS];
	int n = epoll_wait(s->epoll, event, EVENTS, 0);

	for (int i = 0; i < n; i++) {
		struct client *c = event[i].data.ptr;

		if (c->listens)
			server_accept(s, c);
		else
			client_event(c, event[i].events);
	}
	server_store(s);
	server_clean(s);
}

int
lmtp_server_timeout(const struct lmtp_server *s)
{
	int64_t now = clock_monotonic_ms(), next = -1;

	if (s->choked != 0)
		next = s->choked < now ? 0 : s->choked - now;
	for (const struct client *c = s->clients; c != NULL; c = c->next) {
		int64_t left;

		if (c->whole || (c->in.len > 0 && !lmtp_awaits(c->lmtp) &&
				    lmtp_replies(c->lmtp)->len == 0))
			return 0;
		(void)client_late(c, now, &left);
		left = left < 0 ? 0 : left;
		if (next == -1 || left < next)
			next = left;
	}
	return (int)next;
}

struct lmtp_server *
lmtp_server_create(const struct config *config, struct spool *spool,
    struct registry *registry, struct room *room)
{
	struct lmtp_server *s = xcalloc(1, sizeof(*s));

	s->config = config;
	s->spool = spool;
	s->registry = registry;
	s->room = room;
	s->batch = spool_batch_create(spool);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	return s;
}

static void
clients_free(struct client *c)
{
	while (c != NULL) {
		struct client *next = c->next;

		client_free(c);
		c = next;
	}
}

void
lmtp_server_free(struct lmtp_server *s)
{
	if (s == NULL)
		return;
	clients_free(s->clients);
	clients_free(s->listeners);
	spool_batch_free(s->batch);
	if (s->epoll != -1)
		close(s->epoll);
	free(s);
}

int
lmtp_server_listen(struct lmtp_server *s, int fd, struct err *e)
{
	struct client *c;

	if (s->epoll == -1) {
		close(fd);
		return err_set(e, ERR_SERVICE, "lmtp: no epoll");
	}
	c = client_create(s, fd, true);
	c->next = s->listeners;
	s->listeners = c;
	client_watch(c);
	return c->broken ? err_set(e, ERR_SERVICE, "lmtp: %m") : 0;
}

int
lmtp_server_fd(const struct lmtp_server *s)
{
	return s->listeners == NULL ? -1 : s->epoll;
}

bool
lmtp_server_stop(struct lmtp_server *s)
{
	bool waits = false;

	s->stopping = true;
	for (struct client *c = s->clients; c != NULL; c = c->next) {
		if (c->whole || c->told || lmtp_replies(c->lmtp)->len > 0)
			waits = true;
		else if (!lmtp_is_over(c->lmtp))
			lmtp_end(c->lmtp, "421 4.3.2 going down");
	}
	return !waits;
}
