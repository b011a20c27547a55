#include "intake/imap_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "intake/imap_guard.h"

#define STREAM_CHUNK 65536 /* bytes that are read at once */

struct imap_stream {
	int fd;
	SSL *ssl; /* NULL: no TLS */
	const struct imap_waiter *waiter;
	struct imap_guard guard;
	int64_t until; /* clock_monotonic_ms; of the answer */
	char ahead[STREAM_CHUNK]; /* read and not taken, from at to len */
	size_t at;
	size_t len;
	struct err error; /* what went wrong first */
};

/* Waits for the server; ERR_TEMP where it is too late. */
static int
stream_await(struct imap_stream *s, short events, struct err *e)
{
	int rc = s->waiter->wait(s->waiter->ctx, s->fd, events, s->until);

	if (rc == 1)
		return 0;
	return err_set(
	    e, ERR_TEMP, rc == 0 ? "the server does not answer" : "stopping");
}

static int
stream_connect(struct imap_stream *s, const struct addrinfo *ai, struct err *e)
{
	int one = 1, failed = 0;
	socklen_t size = sizeof(failed);

	s->fd = socket(ai->ai_family,
	    ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol);
	if (s->fd == -1)
		return err_set(e, ERR_TEMP, "socket: %m");
	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(s->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	if (connect(s->fd, ai->ai_addr, ai->ai_addrlen) == -1) {
		if (errno != EINPROGRESS)
			return err_set(e, ERR_TEMP, "connect: %m");
		if (stream_await(s, POLLOUT, e) == -1)
			return -1;
		if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &failed, &size) ==
			-1 ||
		    failed != 0)
			return err_set(
			    e, ERR_TEMP, "connect: %s", strerror(failed));
	}
	return 0;
}

int
imap_stream_open(struct imap_stream **out, const char *host, uint16_t port,
    const struct imap_waiter *w, int timeout, struct err *e)
{
	struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct imap_stream *s = xcalloc(1, sizeof(*s));
	struct addrinfo *found = NULL;
	char service[8];
	int rc;

	*out = NULL;
	s->fd = -1;
	s->waiter = w;
	(void)snprintf(service, sizeof(service), "%u", (unsigned)port);
	rc = getaddrinfo(host, service, &hints, &found);
	if (rc != 0)
		err_set(e, ERR_TEMP, "%s: %s", host, gai_strerror(rc));
	for (const struct addrinfo *ai = found; ai != NULL; ai = ai->ai_next) {
		s->until = clock_monotonic_ms() + timeout;
		rc = stream_connect(s, ai, e);
		if (rc == 0)
			break;
		err_in(e, "%s:%u", host, (unsigned)port);
		if (s->fd != -1)
			close(s->fd);
		s->fd = -1;
	}
	if (found != NULL)
		freeaddrinfo(found);
	if (s->fd == -1) {
		imap_stream_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

void
imap_stream_close(struct imap_stream *s)
{
	if (s == NULL)
		return;
	SSL_free(s->ssl);
	if (s->fd != -1)
		close(s->fd);
	free(s);
}

/* Waits for what TLS needs to go on with; rc is its answer. */
static int
stream_tls_await(struct imap_stream *s, int rc, struct err *e)
{
	switch (SSL_get_error(s->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return stream_await(s, POLLIN, e);
	case SSL_ERROR_WANT_WRITE:
		return stream_await(s, POLLOUT, e);
	default:
		return err_set(e, ERR_TEMP, "the server closed the connection");
	}
}

static int
stream_handshake(struct imap_stream *s, struct tls *tls, struct err *e)
{
	int rc;

	while ((rc = SSL_connect(s->ssl)) != 1) {
		if (tls_wrong(tls) != NULL)
			return err_set(
			    e, ERR_DENIED, "TLS: %s", tls_wrong(tls));
		if (stream_tls_await(s, rc, e) == -1)
			return err_in(e, "TLS");
	}
	return 0;
}

int
imap_stream_secure(struct imap_stream *s, struct tls *tls, struct err *e)
{
	if (s->at < s->len)
		return err_set(e, ERR_TEMP,
		    "bytes in clear after STARTTLS, RFC 9051 section 6.2.1");
	tls_forget(tls);
	s->ssl = SSL_new(tls_context(tls));
	if (s->ssl == NULL || SSL_set_fd(s->ssl, s->fd) != 1)
		return err_set(e, ERR_TEMP, "TLS: no memory");
	SSL_set_mode(s->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
				 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return stream_handshake(s, tls, e);
}

void
imap_stream_allow(struct imap_stream *s, size_t bytes, size_t lines,
    size_t literal_max, int timeout)
{
	imap_guard_allow(&s->guard, bytes, lines, literal_max);
	s->until = clock_monotonic_ms() + timeout;
}

/* One read of what is there, after waiting for it. */
static ssize_t
stream_receive(struct imap_stream *s, char *to, size_t size, struct err *e)
{
	for (;;) {
		ssize_t n;

		if (clock_monotonic_ms() >= s->until)
			return err_set(
			    e, ERR_TEMP, "the server answers too slowly");
		if (s->ssl != NULL)
			n = SSL_read(s->ssl, to, (int)size);
		else
			n = read(s->fd, to, size);
		if (n > 0)
			return n;
		if (s->ssl != NULL) {
			if (stream_tls_await(s, (int)n, e) == -1)
				return -1;
			continue;
		}
		if (n == 0)
			return err_set(
			    e, ERR_TEMP, "the server closed the connection");
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return err_set(e, ERR_TEMP, "reading: %m");
		if (stream_await(s, POLLIN, e) == -1)
			return -1;
	}
}

static int
stream_fill(struct imap_stream *s, struct err *e)
{
	ssize_t n = stream_receive(s, s->ahead, sizeof(s->ahead), e);

	if (n == -1 || imap_guard_look(&s->guard, s->ahead, (size_t)n, e) == -1)
		return -1;
	s->at = 0;
	s->len = (size_t)n;
	return 0;
}

int
imap_stream_line(struct imap_stream *s, char *line, size_t size, struct err *e)
{
	size_t len = 0;

	for (;;) {
		if (s->at == s->len && stream_fill(s, e) == -1)
			return -1;
		line[len++] = s->ahead[s->at++];
		if (line[len - 1] == '\n')
			break;
		if (len == size)
			return err_set(
			    e, ERR_DATA, "IMAP: a line over %zu bytes", size);
	}
	/* The guard has seen its CR. */
	line[len - 2] = '\0';
	return 0;
}

int
imap_stream_write(
    struct imap_stream *s, const void *data, size_t len, struct err *e)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = s->ssl != NULL ? SSL_write(s->ssl, p, (int)len)
					   : send(s->fd, p, len, MSG_NOSIGNAL);

		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if (s->ssl != NULL) {
			if (stream_tls_await(s, (int)n, e) == -1)
				return -1;
		} else if (errno == EAGAIN) {
			if (stream_await(s, POLLOUT, e) == -1)
				return -1;
		} else if (errno != EINTR) {
			return err_set(e, ERR_TEMP, "writing: %m");
		}
	}
	return 0;
}

int
imap_stream_wait(struct imap_stream *s, int64_t until)
{
	if (s->at < s->len || (s->ssl != NULL && SSL_pending(s->ssl) > 0))
		return 1;
	return s->waiter->wait(s->waiter->ctx, s->fd, POLLIN, until);
}

const struct err *
imap_stream_error(const struct imap_stream *s)
{
	return &s->error;
}

/* Never 0: libetpan would ask again for ever. */
static ssize_t
low_read(mailstream_low *low, void *to, size_t size)
{
	struct imap_stream *s = low->data;

	if (s->error.code != ERR_NONE)
		return -1;
	if (s->at == s->len && stream_fill(s, &s->error) == -1)
		return -1;
	if (size > s->len - s->at)
		size = s->len - s->at;
	memcpy(to, s->ahead + s->at, size);
	s->at += size;
	return (ssize_t)size;
}

static ssize_t
low_write(mailstream_low *low, const void *data, size_t size)
{
	struct imap_stream *s = low->data;

	if (s->error.code != ERR_NONE ||
	    imap_stream_write(s, data, size, &s->error) == -1)
		return -1;
	return (ssize_t)size;
}

static int
low_close(mailstream_low *low)
{
	(void)low;
	return 0;
}

static int
low_fd(mailstream_low *low)
{
	const struct imap_stream *s = low->data;

	return s->fd;
}

static void
low_free(mailstream_low *low)
{
	free(low);
}

mailstream *
imap_stream_etpan(struct imap_stream *s, const char *text)
{
	static const mailstream_low_driver driver = {
	    .mailstream_read = low_read,
	    .mailstream_write = low_write,
	    .mailstream_close = low_close,
	    .mailstream_get_fd = low_fd,
	    .mailstream_free = low_free,
	};
	/* Cast: libetpan only reads it. */
	mailstream_low *low =
	    mailstream_low_new(s, (mailstream_low_driver *)(uintptr_t)&driver);
	mailstream *stream;
	size_t len = strlen(text), rest = s->len - s->at;

	if (low == NULL)
		return NULL;
	stream = mailstream_new(low, STREAM_CHUNK);
	if (stream == NULL) {
		free(low);
		return NULL;
	}
	/* What came after the login's answer is not lost. */
	if (len > sizeof(s->ahead) - rest)
		rest = sizeof(s->ahead) - len;
	memmove(s->ahead + len, s->ahead + s->at, rest);
	memcpy(s->ahead, text, len);
	s->at = 0;
	s->len = len + rest;
	return stream;
}
