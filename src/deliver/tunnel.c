#include "deliver/tunnel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

#define TUNNEL_CHUNK 16384 /* bytes, of a TLS record (RFC 8446 section 5.1) */

/* Bytes on their way in one direction. */
struct tunnel_way {
	char bytes[TUNNEL_CHUNK];
	size_t at;
	size_t len; /* 0: none */
	bool ended; /* none will come */
};

struct tunnel {
	SSL *ssl;
	int net;
	int clear;
	bool started;
	pthread_t thread;
	struct tunnel_way out; /* from the client to the server */
	struct tunnel_way in;
};

/* What poll has to wait for before TLS can go on; 0: it is over. */
static short
tunnel_wants(const struct tunnel *t, int rc)
{
	switch (SSL_get_error(t->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return POLLIN;
	case SSL_ERROR_WANT_WRITE:
		return POLLOUT;
	default:
		return 0;
	}
}

static int
tunnel_handshake(struct tunnel *t, struct tls *tls, int timeout, struct err *e)
{
	int64_t end = clock_monotonic_ms() + timeout;
	int rc;

	while ((rc = SSL_connect(t->ssl)) != 1) {
		int64_t left = end - clock_monotonic_ms();
		struct pollfd p = {.fd = t->net, .events = tunnel_wants(t, rc)};
		const char *wrong = tls_wrong(tls);

		if (p.events == 0)
			return err_set(e, ERR_TEMP, "TLS: %s",
			    wrong == NULL ? "no handshake" : wrong);
		if (left <= 0)
			return err_set(e, ERR_TEMP, "TLS: no answer");
		(void)poll(&p, 1, (int)left);
	}
	return 0;
}

/* Returns what poll has to wait for on the network. */
static short
tunnel_receive(struct tunnel *t)
{
	struct tunnel_way *w = &t->in;
	int n;

	if (w->ended || w->len > 0)
		return 0;
	n = SSL_read(t->ssl, w->bytes, sizeof(w->bytes));
	if (n > 0) {
		w->at = 0;
		w->len = (size_t)n;
		return 0;
	}
	short wants = tunnel_wants(t, n);

	w->ended = wants == 0;
	return wants;
}

static short
tunnel_send(struct tunnel *t)
{
	struct tunnel_way *w = &t->out;

	while (w->len > 0) {
		int n = SSL_write(t->ssl, w->bytes + w->at, (int)w->len);

		if (n <= 0) {
			short wants = tunnel_wants(t, n);

			if (wants == 0)
				w->ended = t->in.ended = true;
			return wants;
		}
		w->at += (size_t)n;
		w->len -= (size_t)n;
	}
	return 0;
}

static void
tunnel_give(struct tunnel *t)
{
	struct tunnel_way *w = &t->in;

	while (w->len > 0) {
		ssize_t n =
		    send(t->clear, w->bytes + w->at, w->len, MSG_NOSIGNAL);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n == -1) {
			w->len = 0;
			t->out.ended = true;
			return;
		}
		w->at += (size_t)n;
		w->len -= (size_t)n;
	}
}

static void
tunnel_take(struct tunnel *t)
{
	struct tunnel_way *w = &t->out;
	ssize_t n;

	if (w->ended || w->len > 0)
		return;
	n = read(t->clear, w->bytes, sizeof(w->bytes));
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	w->ended = n <= 0;
	w->at = 0;
	w->len = n > 0 ? (size_t)n : 0;
}

static void *
tunnel_carry(void *arg)
{
	struct tunnel *t = arg;

	for (;;) {
		struct pollfd p[2] = {{.fd = t->net}, {.fd = t->clear}};
		bool waits, came;

		p[0].events = tunnel_send(t);
		waits = t->out.len > 0;
		p[0].events |= tunnel_receive(t);
		came = t->in.len > 0;
		tunnel_give(t);
		tunnel_take(t);
		if ((t->out.ended && t->out.len == 0) ||
		    (t->in.ended && t->in.len == 0))
			break;
		/* There may be more of it, and what was taken can go on. */
		if ((came && t->in.len == 0) || (!waits && t->out.len > 0))
			continue;
		if (!waits)
			p[1].events |= POLLIN;
		if (came)
			p[1].events |= POLLOUT;
		(void)poll(p, 2, -1);
	}
	(void)SSL_shutdown(t->ssl);
	(void)shutdown(t->clear, SHUT_RDWR);
	return NULL;
}

static int
tunnel_start(struct tunnel *t, struct err *e)
{
	sigset_t all, before;
	int rc;

	/* Signals are for the thread that acts on them. */
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&t->thread, NULL, tunnel_carry, t);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return err_set(e, ERR_TEMP, "TLS: no thread: %s", strerror(rc));
	t->started = true;
	return 0;
}

/* The clear end takes the number of the client's socket. */
static int
tunnel_place(struct tunnel *t, int fd, struct err *e)
{
	int pair[2];
	int rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		pair) == -1)
		return err_set(e, ERR_TEMP, "TLS: socketpair: %m");
	rc = dup3(pair[1], fd, O_CLOEXEC);
	if (rc == -1)
		err_set(e, ERR_TEMP, "TLS: dup3: %m");
	close(pair[1]);
	t->clear = pair[0];
	return rc == -1 ? -1 : 0;
}

int
tunnel_open(
    struct tunnel **out, struct tls *tls, int fd, int timeout, struct err *e)
{
	struct tunnel *t = xcalloc(1, sizeof(*t));
	int rc = -1;

	*out = NULL;
	t->clear = -1;
	t->net = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	t->ssl = SSL_new(tls_context(tls));
	if (t->net == -1 || t->ssl == NULL ||
	    fcntl(t->net, F_SETFL, O_NONBLOCK) == -1 ||
	    SSL_set_fd(t->ssl, t->net) != 1) {
		err_set(e, ERR_TEMP, "TLS: %m");
		goto out;
	}
	SSL_set_mode(t->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
				 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (tunnel_handshake(t, tls, timeout, e) == -1 ||
	    tunnel_place(t, fd, e) == -1 || tunnel_start(t, e) == -1)
		goto out;
	*out = t;
	t = NULL;
	rc = 0;
out:
	tunnel_close(t);
	return rc;
}

void
tunnel_close(struct tunnel *t)
{
	if (t == NULL)
		return;
	if (t->started) {
		(void)shutdown(t->net, SHUT_RDWR);
		(void)shutdown(t->clear, SHUT_RDWR);
		(void)pthread_join(t->thread, NULL);
	}
	SSL_free(t->ssl);
	if (t->net != -1)
		close(t->net);
	if (t->clear != -1)
		close(t->clear);
	explicit_bzero(&t->out, sizeof(t->out));
	free(t);
}
