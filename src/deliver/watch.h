/*
 * watch.h - looks on while libesmtp speaks to a server, and cuts it off.
 *
 * libesmtp says little of what went wrong, waits for a connection and for slow
 * bytes without an end, and goes on unknown where a password is refused.
 */
#ifndef DELIVER_WATCH_H
#define DELIVER_WATCH_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

#define WATCH_HEARD 65536 /* bytes that a server may say in one session */
#define WATCH_LINE 1024 /* bytes, more than RFC 5321 section 4.5.3.1.5 */

struct watch {
	const char *password; /* kept out of all texts; borrowed, or NULL */
	bool wants_tls; /* nothing but the start is said without it */
	timer_t timer;
	bool has_timer;
	struct sigaction before;
	/* of one session */
	volatile int fd; /* its socket; -1: none */
	volatile sig_atomic_t late; /* its time was over, and it was cut */
	bool cut; /* by us, for reason why */
	struct err why;
	bool secured; /* TLS is in use */
	bool asked; /* AUTH was sent */
	bool known; /* and accepted */
	size_t heard; /* bytes */
	int64_t heard_at; /* clock_monotonic_ms; 0: never connected */
	char line[WATCH_LINE]; /* the one that is coming */
	size_t len;
	char said[WATCH_LINE]; /* the last whole one, or the last refusal */
};

/* w is zeros; takes SIGALRM over until watch_close. */
int watch_open(struct watch *w, struct err *e);
void watch_close(struct watch *w);

/* A new session, which is cut after seconds. */
void watch_begin(struct watch *w, int64_t seconds);
void watch_end(struct watch *w);

/* libesmtp has just connected: finds its socket. It has seconds from now on. */
void watch_connected(struct watch *w, int64_t seconds);

/* The same session: there is no mail now; there is, and it has seconds. */
void watch_rest(struct watch *w);
void watch_again(struct watch *w, int64_t seconds);

/* Ends what libesmtp waits for, which it takes as a lost connection. */
void watch_cut(struct watch *w, const char *why);

/* Bytes that came, and bytes that are about to leave. */
void watch_hear(struct watch *w, const char *bytes, size_t len);
void watch_say(struct watch *w, const char *bytes, size_t len);

/* The server's words, one harmless line of them, without the password. */
void watch_words(const struct watch *w, struct buf *b, const char *text);

#endif
