/*
 * imap_stream.h - a connection to an IMAP server, with a deadline on every
 * wait, TLS whose certificate is checked (deliver/tls.h), and a guard on every
 * byte that comes in.
 *
 * libetpan gets it as its stream, and so has no socket and no TLS of its own:
 * its own TLS accepts every certificate.
 */
#ifndef INTAKE_IMAP_STREAM_H
#define INTAKE_IMAP_STREAM_H

#include <libetpan/mailstream.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "deliver/tls.h"

/*
 * Waits for events on fd, as poll(2), until until (clock_monotonic_ms), and
 * does what else comes up meanwhile. Returns 1 where there are some (with fd
 * -1: where anything else came up), 0 once it is too late, -1 where this
 * process is to end.
 */
struct imap_waiter {
	int (*wait)(void *ctx, int fd, short events, int64_t until);
	void *ctx;
};

struct imap_stream;

/* Connects to host within timeout milliseconds; w is borrowed. ERR_TEMP. */
int imap_stream_open(struct imap_stream **out, const char *host, uint16_t port,
    const struct imap_waiter *w, int timeout, struct err *e);
void imap_stream_close(struct imap_stream *s); /* NULL is fine */

/*
 * From here it is TLS. Nothing that came before may still be unread (an
 * attacker's commands would be taken for the server's): then ERR_TEMP, as where
 * there is no handshake or the certificate is wrong. tls is borrowed.
 */
int imap_stream_secure(struct imap_stream *s, struct tls *tls, struct err *e);

/*
 * What the answer to the next command may have: imap_guard_allow, and
 * milliseconds for all of it.
 */
void imap_stream_allow(struct imap_stream *s, size_t bytes, size_t lines,
    size_t literal_max, int timeout);

/*
 * Reads one line without its end into line, size bytes. Before libetpan has
 * the stream.
 */
int imap_stream_line(
    struct imap_stream *s, char *line, size_t size, struct err *e);
int imap_stream_write(
    struct imap_stream *s, const void *data, size_t len, struct err *e);

/*
 * libetpan's view of it, for once; text is the first that libetpan reads, as
 * if the server had sent it. mailstream_close leaves s as it is. What a failure
 * was, imap_stream_error says.
 */
mailstream *imap_stream_etpan(struct imap_stream *s, const char *text);
const struct err *imap_stream_error(const struct imap_stream *s);

/* Waits until something can be read; as struct imap_waiter. */
int imap_stream_wait(struct imap_stream *s, int64_t until);

#endif
