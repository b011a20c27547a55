/*
 * lmtp.h - what is said between us and one client, RFC 2033.
 *
 * With PIPELINING (RFC 2920), SIZE (1870), 8BITMIME (6152), SMTPUTF8 (6531),
 * ENHANCEDSTATUSCODES (2034) and CHUNKING (3030). It knows no socket, disk or
 * clock: bytes go in by lmtp_feed, replies come out by lmtp_replies, and what
 * the message itself needs is asked of struct lmtp_calls. After the end of a
 * message each recipient gets a reply of its own, once lmtp_answer was called.
 */
#ifndef INTAKE_LMTP_H
#define INTAKE_LMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/envelope.h"

#define LMTP_LINE_MAX 4096 /* bytes of a command; RFC 5321 asks for 512 */
#define LMTP_RECIPIENTS 100 /* of a message, RFC 5321 section 4.5.3.1.8 */
#define LMTP_ASKED_MAX 10000 /* RCPT of one message, refused ones too */
#define LMTP_IDLE_MAX 1000 /* commands that bring no message further */
#define LMTP_BAD_MAX 20 /* commands that are none */
#define LMTP_REPLIES_HIGH 4096 /* bytes waiting, then no command is read */

/* What a session asks of who runs it; ctx is lmtp_create's. */
struct lmtp_calls {
	/* May a message come now, of size bytes (0: not said)? */
	bool (*may)(void *ctx, uint64_t size);
	/* It begins, it goes on. -1: the disk; drop follows. */
	int (*begin)(void *ctx);
	int (*put)(void *ctx, const void *data, size_t len);
	/*
	 * It is whole: lmtp_answer is due, later. env is borrowed until then;
	 * its source and time are still to be set.
	 */
	void (*whole)(void *ctx, const struct envelope *env);
	/* It came to its end and is not taken: what each recipient hears. */
	void (*refused)(void *ctx, const char *reply);
	/* It began and will not be whole. */
	void (*drop)(void *ctx);
};

struct lmtp;

/*
 * A client that has come: its greeting is among the replies. max is the size
 * of the largest message in bytes. calls is borrowed.
 */
struct lmtp *lmtp_create(
    const struct lmtp_calls *calls, void *ctx, uint64_t max);

/* Drops a message that is not whole; NULL is fine. */
void lmtp_free(struct lmtp *l);

/*
 * Takes what the client sent. Returns how many bytes were read: fewer than
 * len where an answer is awaited, the session is over, or the replies are to
 * be taken first.
 */
size_t lmtp_feed(struct lmtp *l, const char *bytes, size_t len);

/* What is to be sent; the caller takes it out (buf_clear). */
struct buf *lmtp_replies(struct lmtp *l);

/* reply, "250 2.0.0 text", is what each recipient of the whole message gets. */
void lmtp_answer(struct lmtp *l, const char *reply);

/* Ends the session with a last reply, "421 ...". */
void lmtp_end(struct lmtp *l, const char *reply);

bool lmtp_awaits(const struct lmtp *l); /* an answer is due */
bool lmtp_is_over(const struct lmtp *l); /* close it once all is sent */
bool lmtp_in_message(const struct lmtp *l); /* its bytes are coming */

/* Commands and messages read so far: who stalls does not raise it. */
uint64_t lmtp_progress(const struct lmtp *l);

#endif
