#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "intake/lmtp.h"

#define MAX 300 /* bytes of a message */
#define SAID_MAX (1U << 22) /* bytes of replies and messages */

/* One session, and all that became of it. */
struct run {
	struct lmtp *lmtp;
	struct buf said; /* every reply */
	struct buf taken; /* every message that became whole, with envelope */
	struct buf message; /* the one that comes */
	bool begun;
	bool later; /* answers are given by the caller */
};

static bool
run_may(void *ctx, uint64_t size)
{
	(void)ctx;
	assert(size <= MAX);
	return size != 7;
}

static int
run_begin(void *ctx)
{
	struct run *r = ctx;

	assert(!r->begun);
	r->begun = true;
	buf_clear(&r->message);
	return 0;
}

static int
run_put(void *ctx, const void *data, size_t len)
{
	struct run *r = ctx;

	assert(r->begun && len > 0);
	buf_put(&r->message, data, len);
	/* As a disk that is full now and then. */
	return r->message.len > 5 && r->message.data[4] == 'Z' ? -1 : 0;
}

/* What was taken has lines that every server sees alike. */
static void
check_lines(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++) {
		if (b->data[i] == '\n')
			assert(i > 0 && b->data[i - 1] == '\r');
		if (b->data[i] == '\r')
			assert(i + 1 < b->len && b->data[i + 1] == '\n');
	}
}

static void
run_whole(void *ctx, const struct envelope *env)
{
	struct run *r = ctx;

	assert(r->begun && env->sender != NULL && env->recipients.count > 0);
	assert(r->message.len <= MAX);
	check_lines(&r->message);
	buf_puts(&r->taken, env->sender);
	for (size_t i = 0; i < env->recipients.count; i++)
		buf_puts(&r->taken, env->recipients.item[i]);
	buf_put(&r->taken, r->message.data, r->message.len);
	r->begun = false;
	if (!r->later)
		lmtp_answer(r->lmtp, "250 2.0.0 taken");
}

static void
run_refused(void *ctx, const char *reply)
{
	(void)ctx;
	assert(reply[0] == '4' || reply[0] == '5');
}

static void
run_drop(void *ctx)
{
	struct run *r = ctx;

	assert(r->begun);
	r->begun = false;
}

static const struct lmtp_calls calls = {
    .may = run_may,
    .begin = run_begin,
    .put = run_put,
    .whole = run_whole,
    .refused = run_refused,
    .drop = run_drop,
};

static void
run_replies(struct run *r)
{
	struct buf *out = lmtp_replies(r->lmtp);

	assert(!out->over);
	buf_put(&r->said, out->data, out->len);
	buf_clear(out);
}

/* Feeds it step bytes at a time. */
static void
run_session(struct run *r, const uint8_t *data, size_t size, size_t step)
{
	size_t at = 0, still = 0;

	buf_init(&r->said, SAID_MAX);
	buf_init(&r->taken, SAID_MAX);
	buf_init(&r->message, SAID_MAX);
	r->lmtp = lmtp_create(&calls, r, MAX);
	while (at < size && !lmtp_is_over(r->lmtp)) {
		size_t len = size - at < step ? size - at : step;
		size_t used = lmtp_feed(r->lmtp, (const char *)data + at, len);

		assert(used <= len);
		run_replies(r);
		if (lmtp_awaits(r->lmtp))
			lmtp_answer(r->lmtp, "250 2.0.0 taken");
		/* It never stands still for ever. */
		still = used == 0 ? still + 1 : 0;
		assert(still < 3);
		at += used;
	}
	run_replies(r);
	assert(lmtp_in_message(r->lmtp) || !r->begun);
	lmtp_free(r->lmtp);
	assert(!r->begun);
	buf_free(&r->message);
}

static bool
is_same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len &&
	       (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/*
 * The first byte says how the rest is cut; the second session gets the same in
 * one piece, and hears the same.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run cut = {.later = true}, once = {0};

	if (size < 1)
		return 0;
	run_session(&cut, data + 1, size - 1, (size_t)data[0] + 1);
	run_session(&once, data + 1, size - 1, size);
	assert(is_same(&cut.said, &once.said));
	assert(is_same(&cut.taken, &once.taken));
	buf_free(&cut.said);
	buf_free(&cut.taken);
	buf_free(&once.said);
	buf_free(&once.taken);
	return 0;
}
