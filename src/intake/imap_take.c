#include "intake/imap_take.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "intake/maildir.h"

#define TAKE_MOVE 256 /* messages that one MOVE takes */
#define TAKE_SETTLE 64 /* so many at least, while there is more to fetch */
#define TAKE_LEFT_MAX 1000 /* that could not be fetched, then all waits */
#define TAKE_PATIENCE 60000 /* ms for the queue, at the end of a look */

/* One look at one stretch of a mailbox. */
struct take {
	struct imap_taker *t;
	struct imap_mailbox *m;
	struct imap_item now[IMAP_FETCH_MAX]; /* to be fetched together */
	size_t count;
	uint64_t bytes;
	struct imap_item odd[IMAP_FETCH_MAX]; /* to be fetched in pieces */
	size_t odds;
	struct { /* ended in the batch, by its own order */
		uint32_t uid;
		char sha[SPOOL_SHA];
	} stored[IMAP_FETCH_MAX];
	size_t n_stored;
	uint64_t total; /* bytes of the message that comes in pieces */
	size_t piece; /* bytes of the last one */
	bool came; /* the piece that was asked for */
	struct envelope env; /* of that message */
	size_t took;
	size_t moved;
	bool had[IMAP_FETCH_MAX]; /* which of now came */
	uint32_t reached; /* the last UID that was looked at */
};

/* The envelope is in the lines that the server's MTA put on top. */
static void
take_envelope(
    const struct take *k, const char *data, size_t len, struct envelope *env)
{
	*env = (struct envelope){
	    .source = xstrdup(k->m->source), .received_at = clock_now(NULL)};
	maildir_envelope(data, len, env);
}

static void
take_end(struct take *k, uint32_t uid, const struct envelope *env)
{
	k->stored[k->n_stored].uid = uid;
	spool_batch_end(k->t->batch, env, k->stored[k->n_stored].sha);
	k->n_stored++;
}

/* A whole message, as a rule; else it comes again in pieces. */
static int
take_got(void *ctx, size_t i, const char *data, size_t len, struct err *e)
{
	struct take *k = ctx;
	struct envelope env;

	k->had[i] = true;
	if (len >= IMAP_PIECE || len < k->now[i].size) {
		k->odd[k->odds++] = k->now[i];
		return 0;
	}
	if (spool_batch_begin(k->t->batch, e) == -1 ||
	    spool_batch_put(k->t->batch, data, len, e) == -1) {
		spool_batch_undo(k->t->batch);
		return -1;
	}
	take_envelope(k, data, len, &env);
	take_end(k, k->now[i].uid, &env);
	envelope_free(&env);
	return 0;
}

/* Durable first; then the queue is told. */
static int
take_commit(struct take *k, struct err *e)
{
	int rc = spool_batch_commit(k->t->batch, e);

	for (size_t i = 0; i < k->n_stored && rc == 0; i++) {
		uint32_t uid = k->stored[i].uid;

		log_info("stored: sha256=%s source=%s uid=%u", k->stored[i].sha,
		    k->m->source, uid);
		imap_mailbox_set(k->m, uid, IMAP_TOLD);
		registry_tell(k->t->registry, k->stored[i].sha,
		    imap_mailbox_registered, k->m,
		    imap_mailbox_cookie(k->m, uid));
		k->took++;
	}
	k->n_stored = 0;
	return rc;
}

/* Waits until the queue has answered all but left of what it was told. */
static int
take_await(struct take *k, size_t left, int64_t until, struct err *e)
{
	const struct imap_waiter *w = k->t->waiter;

	while (registry_fd(k->t->registry) == -1 ||
	       registry_count(k->t->registry, NULL) > left) {
		int rc = w->wait(w->ctx, -1, 0, until);

		if (rc == -1)
			return err_set(e, ERR_TEMP, "stopping");
		if (rc == 0)
			return 0;
	}
	return 0;
}

static int
take_room(struct take *k, size_t count, struct err *e)
{
	while (registry_fd(k->t->registry) == -1 ||
	       registry_count(k->t->registry, NULL) + count > IMAP_WINDOW)
		if (take_await(k, IMAP_WINDOW - count,
			clock_monotonic_ms() + TAKE_PATIENCE, e) == -1)
			return -1;
	return 0;
}

/* Moves away what the queue has, where these are at least so many. */
static int
take_settle(struct take *k, size_t least, struct err *e)
{
	uint32_t uid[TAKE_MOVE];
	size_t n;

	while (imap_mailbox_count(k->m, IMAP_KNOWN) >= least &&
	       (n = imap_mailbox_list(k->m, IMAP_KNOWN, uid, TAKE_MOVE)) > 0) {
		if (imap_box_move(k->t->box, uid, n, k->t->source->done, e) ==
		    -1)
			return err_in(e, "%s", k->t->source->done);
		for (size_t i = 0; i < n; i++)
			imap_mailbox_set(k->m, uid[i], IMAP_NEW);
		k->moved += n;
	}
	return 0;
}

static int
take_refuse(struct take *k, uint32_t uid, struct err *e)
{
	if (k->m->keep)
		return 0;
	log_warning("message over limits.message, moved to %s: source=%s "
		    "uid=%u",
	    k->t->source->refused, k->m->source, uid);
	if (imap_box_move(k->t->box, &uid, 1, k->t->source->refused, e) == -1)
		return err_in(e, "%s", k->t->source->refused);
	k->moved++;
	return 0;
}

static void
take_missing(struct take *k, const struct imap_item *item)
{
	if (imap_mailbox_failed(k->m, item->uid, clock_monotonic_ms()))
		log_error("message left in its mailbox for an hour: source=%s "
			  "uid=%u",
		    k->m->source, item->uid);
}

/* A message that costs the connection again and again must not stop others. */
static int
take_failed(struct take *k, const struct imap_item *item, size_t count)
{
	if (!imap_box_is_lost(k->t->box))
		return -1;
	if (count == 1 &&
	    imap_mailbox_failed(k->m, item->uid, clock_monotonic_ms()))
		log_error("message left in its mailbox for an hour: source=%s "
			  "uid=%u",
		    k->m->source, item->uid);
	k->t->at_once = 1;
	return -1;
}

static int
take_piece(void *ctx, size_t i, const char *data, size_t len, struct err *e)
{
	struct take *k = ctx;

	(void)i;
	k->came = true;
	k->piece = len;
	if (k->total == 0)
		take_envelope(k, data, len, &k->env);
	k->total += len;
	return spool_batch_put(k->t->batch, data, len, e);
}

/*
 * True where more is to be asked for. What the server announced may be wrong
 * both ways: the end is where it has nothing more to give.
 */
static bool
take_goes_on(const struct take *k, const struct imap_item *item)
{
	if (!k->came || k->piece == 0 || k->total > k->t->limit)
		return false;
	return k->piece >= IMAP_PIECE || k->total != item->size;
}

static int
take_in_pieces(struct take *k, const struct imap_item *item, struct err *e)
{
	int rc = -1;

	k->total = 0;
	k->env = (struct envelope){0};
	if (spool_batch_begin(k->t->batch, e) == -1)
		goto out;
	do {
		k->came = false;
		if (imap_box_piece(k->t->box, item, (uint32_t)k->total,
			take_piece, k, e) == -1) {
			(void)take_failed(k, item, 1);
			goto out;
		}
	} while (take_goes_on(k, item));
	rc = 0;
	if (k->total > k->t->limit) {
		spool_batch_undo(k->t->batch);
		rc = take_refuse(k, item->uid, e);
	} else if (!k->came) {
		spool_batch_undo(k->t->batch);
		take_missing(k, item);
	} else {
		take_end(k, item->uid, &k->env);
		rc = take_commit(k, e);
	}
out:
	if (rc == -1)
		spool_batch_undo(k->t->batch);
	envelope_free(&k->env);
	return rc;
}

/* Fetches what stands in now and odd. */
static int
take_flush(struct take *k, struct err *e)
{
	if (take_room(k, k->count + k->odds, e) == -1)
		return -1;
	memset(k->had, 0, sizeof(k->had));
	if (k->count > 0 &&
	    imap_box_fetch(k->t->box, k->now, k->count, take_got, k, e) == -1)
		return take_failed(k, k->now, k->count);
	if (take_commit(k, e) == -1)
		return -1;
	/* Another client may have taken it away; else it comes later. */
	for (size_t i = 0; i < k->count; i++)
		if (!k->had[i])
			take_missing(k, &k->now[i]);
	for (size_t i = 0; i < k->odds; i++)
		if (take_in_pieces(k, &k->odd[i], e) == -1)
			return -1;
	if (k->count + k->odds > 0 && k->t->at_once < IMAP_FETCH_MAX)
		k->t->at_once *= 2;
	k->count = k->odds = 0;
	k->bytes = 0;
	imap_mailbox_pass(k->m, k->reached);
	return take_settle(k, TAKE_SETTLE, e);
}

static int
take_item(struct take *k, const struct imap_item *item, struct err *e)
{
	if (imap_mailbox_state(k->m, item->uid, clock_monotonic_ms()) !=
	    IMAP_NEW)
		return 0;
	if (item->size > k->t->limit)
		return take_refuse(k, item->uid, e);
	if (k->count + k->odds >= k->t->at_once ||
	    k->bytes + item->size > 4 * IMAP_PIECE)
		if (take_flush(k, e) == -1)
			return -1;
	if (item->size == 0 || item->size >= IMAP_PIECE) {
		k->odd[k->odds++] = *item;
	} else {
		k->now[k->count++] = *item;
		k->bytes += item->size;
	}
	return 0;
}

static int
take_stretch(
    struct take *k, const struct imap_item *item, size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++)
		if (take_item(k, &item[i], e) == -1)
			return -1;
		else
			k->reached = item[i].uid;
	if (take_flush(k, e) == -1 ||
	    take_await(k, 0, clock_monotonic_ms() + TAKE_PATIENCE, e) == -1)
		return -1;
	return take_settle(k, 1, e);
}

static int
take_by_uid(const void *a, const void *b)
{
	const struct imap_item *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

/*
 * By message numbers, which begin at 1 and close up where something was moved
 * away: so the next stretch begins behind what stayed.
 */
static int
take_all(struct take *k, struct err *e)
{
	struct imap_item item[IMAP_LIST_MAX];
	uint32_t at = 1, highest = 0, exists;

	while (at <= (exists = imap_box_exists(k->t->box))) {
		uint32_t last = exists - at < IMAP_LIST_MAX
				    ? exists
				    : at + IMAP_LIST_MAX - 1;
		size_t count;

		if (imap_mailbox_count(k->m, IMAP_LEFT) > TAKE_LEFT_MAX)
			return err_set(e, ERR_DENIED,
			    "over %d messages could not be fetched",
			    TAKE_LEFT_MAX);
		if (imap_box_list(k->t->box, at, last, item, &count, e) == -1)
			return -1;
		qsort(item, count, sizeof(item[0]), take_by_uid);
		/* UIDs only grow; who shows the same again has no end. */
		if (count == 0 || item[count - 1].uid <= highest)
			break;
		highest = item[count - 1].uid;
		k->moved = 0;
		if (take_stretch(k, item, count, e) == -1)
			return -1;
		if (last + 1 - at > k->moved)
			at = last + 1 - (uint32_t)k->moved;
	}
	return 0;
}

int
imap_take(
    struct imap_taker *t, struct imap_mailbox *m, size_t *took, struct err *e)
{
	struct take k = {.t = t, .m = m};
	uint32_t validity;
	int rc = -1;

	if (imap_box_select(t->box, m->wire, &validity, e) == 0) {
		imap_mailbox_selected(m, validity);
		imap_mailbox_begin(m);
		rc = take_all(&k, e);
	}
	if (rc == 0)
		imap_mailbox_end(m);
	/* What did not get so far comes again. */
	spool_batch_clear(t->batch);
	*took = k.took;
	return rc == 0 ? 0 : err_in(e, "%s", m->source);
}
