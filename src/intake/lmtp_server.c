#include "intake/lmtp_client.h"

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

#define EVENTS 64
#define CHOKED 1000 /* ms, after a client that could not be let in */

static void
server_accept(struct lmtp_server *s, struct lmtp_client *listener)
{
	while (s->count < (size_t)s->config->lmtp_connections) {
		int fd = accept4(
		    listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct lmtp_client *c;

		if (fd == -1) {
			if (errno == EAGAIN || errno == ECONNABORTED ||
			    errno == EINTR)
				return;
			log_error("lmtp: accept: %m");
			s->choked = clock_monotonic_ms() + CHOKED;
			return;
		}
		c = lmtp_client_create(s, fd, false);
		c->next = s->clients;
		s->clients = c;
		s->count++;
		lmtp_client_send(c);
		lmtp_client_watch(c);
	}
}

/* The batch's messages are durable, or none is. */
static void
server_commit(struct lmtp_server *s, struct lmtp_client **in, size_t count)
{
	struct err e = {0};
	bool good = spool_batch_commit(s->batch, &e) == 0;

	if (!good)
		log_error("messages not stored: source=lmtp count=%zu error=%s",
		    count, e.text);
	for (size_t i = 0; i < count; i++) {
		struct lmtp_client *c = in[i];

		envelope_free(&c->env);
		c->env = (struct envelope){0};
		c->whole = false;
		if (!good) {
			lmtp_client_sorry(
			    c, "452 4.3.1 message cannot be stored");
			continue;
		}
		log_info("stored: sha256=%s source=lmtp", c->sha);
		c->told = true;
		c->since = clock_monotonic_ms();
		registry_tell(
		    s->registry, c->sha, lmtp_client_registered, c, 0);
	}
}

/* All that is whole by now goes into spool/new in one round. */
static void
server_store(struct lmtp_server *s)
{
	struct lmtp_client *in[SPOOL_BATCH_MAX];
	size_t count = 0;

	for (struct lmtp_client *c = s->clients; c != NULL; c = c->next) {
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

static void
server_clean(struct lmtp_server *s)
{
	struct lmtp_client **at = &s->clients;

	while (*at != NULL) {
		struct lmtp_client *c = *at;

		lmtp_client_deadline(c, clock_monotonic_ms());
		lmtp_client_feed(c);
		lmtp_client_send(c);
		if (!lmtp_client_is_over(c)) {
			lmtp_client_watch(c);
			at = &c->next;
			continue;
		}
		*at = c->next;
		lmtp_client_free(c);
		s->count--;
	}
	if (s->choked < clock_monotonic_ms())
		s->choked = 0;
	s->full = s->count >= (size_t)s->config->lmtp_connections;
	for (struct lmtp_client *c = s->listeners; c != NULL; c = c->next)
		lmtp_client_watch(c);
}

void
lmtp_server_run(struct lmtp_server *s)
{
	struct epoll_event event[EVENTS];
	int n = epoll_wait(s->epoll, event, EVENTS, 0);

	for (int i = 0; i < n; i++) {
		struct lmtp_client *c = event[i].data.ptr;

		if (c->listens)
			server_accept(s, c);
		else
			lmtp_client_event(c, event[i].events);
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
	for (const struct lmtp_client *c = s->clients; c != NULL; c = c->next) {
		int64_t left;

		if (c->whole || (c->in.len > 0 && !lmtp_awaits(c->lmtp) &&
				    lmtp_replies(c->lmtp)->len == 0))
			return 0;
		(void)lmtp_client_late(c, now, &left);
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
clients_free(struct lmtp_client *c)
{
	while (c != NULL) {
		struct lmtp_client *next = c->next;

		lmtp_client_free(c);
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
	struct lmtp_client *c;

	if (s->epoll == -1) {
		close(fd);
		return err_set(e, ERR_SERVICE, "lmtp: no epoll");
	}
	c = lmtp_client_create(s, fd, true);
	c->next = s->listeners;
	s->listeners = c;
	lmtp_client_watch(c);
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
	for (struct lmtp_client *c = s->clients; c != NULL; c = c->next) {
		if (c->whole || c->told || lmtp_replies(c->lmtp)->len > 0)
			waits = true;
		else if (!lmtp_is_over(c->lmtp))
			lmtp_end(c->lmtp, "421 4.3.2 going down");
	}
	return !waits;
}
