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

#define READ_MAX 65536 /* bytes of one client in one round */

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
	struct lmtp_client *c = ctx;

	return !c->server->stopping && room_for(c->server->room, size) &&
	       server_has_queue(c->server);
}

/* Its file is kept for as long as the message may become whole. */
static int
client_failed(struct lmtp_client *c, const struct err *e)
{
	if (!c->failed)
		log_error("message not stored: source=lmtp error=%s", e->text);
	c->failed = true;
	return -1;
}

static int
client_begin(void *ctx)
{
	struct lmtp_client *c = ctx;
	struct err e = {0};

	c->failed = false;
	if (spool_entry_create(&c->entry, c->server->spool, &e) == -1)
		return client_failed(c, &e);
	return 0;
}

static int
client_put(void *ctx, const void *data, size_t len)
{
	struct lmtp_client *c = ctx;
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
	struct lmtp_client *c = ctx;

	spool_entry_free(c->entry);
	c->entry = NULL;
}

static void
client_whole(void *ctx, const struct envelope *env)
{
	struct lmtp_client *c = ctx;

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

void
lmtp_client_watch(struct lmtp_client *c)
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

struct lmtp_client *
lmtp_client_create(struct lmtp_server *s, int fd, bool listens)
{
	struct lmtp_client *c = xcalloc(1, sizeof(*c));
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

void
lmtp_client_free(struct lmtp_client *c)
{
	registry_forget(c->server->registry, c);
	lmtp_free(c->lmtp);
	spool_entry_free(c->entry);
	envelope_free(&c->env);
	buf_free(&c->in);
	close(c->fd);
	free(c);
}

void
lmtp_client_send(struct lmtp_client *c)
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
client_clock(struct lmtp_client *c)
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

void
lmtp_client_feed(struct lmtp_client *c)
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
	lmtp_client_send(c);
}

static void
client_read(struct lmtp_client *c)
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

void
lmtp_client_event(struct lmtp_client *c, uint32_t events)
{
	if ((events & EPOLLOUT) != 0) {
		lmtp_client_send(c);
	} else if ((events & EPOLLIN) != 0) {
		client_read(c);
		lmtp_client_feed(c);
	} else {
		/* Both ways are closed: nobody would hear the reply. */
		c->broken = true;
	}
}

void
lmtp_client_registered(void *owner, uint64_t cookie)
{
	struct lmtp_client *c = owner;
	char reply[96];

	(void)cookie;
	(void)snprintf(reply, sizeof(reply), "250 2.0.0 %s", c->sha);
	c->told = false;
	if (lmtp_awaits(c->lmtp))
		lmtp_answer(c->lmtp, reply);
	client_clock(c);
}

void
lmtp_client_sorry(struct lmtp_client *c, const char *reply)
{
	c->whole = c->told = false;
	registry_forget(c->server->registry, c);
	lmtp_answer(c->lmtp, reply);
	client_clock(c);
}

const char *
lmtp_client_late(const struct lmtp_client *c, int64_t now, int64_t *left)
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

void
lmtp_client_deadline(struct lmtp_client *c, int64_t now)
{
	int64_t left;
	const char *late = lmtp_client_late(c, now, &left);

	if (late == NULL || c->broken || c->whole)
		return;
	if (c->told) {
		log_warning(
		    "no answer from the queue: sha256=%s source=lmtp", c->sha);
		lmtp_client_sorry(c, "451 4.3.0 not in the database yet");
		return;
	}
	log_warning("client is too slow: source=lmtp waited_for=%s", late);
	lmtp_end(c->lmtp, "421 4.4.2 too slow");
	lmtp_client_send(c);
	c->broken = true;
}

bool
lmtp_client_is_over(const struct lmtp_client *c)
{
	if (c->broken)
		return true;
	if (c->whole || c->told || lmtp_replies(c->lmtp)->len > 0)
		return false;
	return lmtp_is_over(c->lmtp) || (c->ended && c->in.len == 0);
}
