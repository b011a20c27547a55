#include "queue/dispatch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/pack.h"
#include "queue/delivery.h"
#include "queue/delivery_act.h"

#define DISPATCH_LOOK 4096 /* rows of a lane that are looked at in one go */

int
dispatch_open(struct dispatch *d, const struct config *c, struct db *db,
    struct spool *spool, struct err *e)
{
	d->config = d->to.config = c;
	d->db = db;
	d->spool = spool;
	return verp_open(&d->verp, db, c->return_path, c->team_address, e);
}

void
dispatch_free(struct dispatch *d)
{
	hands_free(&d->hands);
	verp_close(&d->verp);
	destination_free(&d->to);
}

static void
dispatch_note(struct hand *h)
{
	if (h->lost)
		(void)err_set(&h->result, ERR_TEMP, DELIVERY_DIED);
	if (h->result.code == ERR_NONE)
		log_info("delivered: delivery=%lld", (long long)h->id);
	else
		log_warning("not delivered: delivery=%lld code=%d error=%s",
		    (long long)h->id, (int)h->result.code, h->result.text);
}

static void
dispatch_clear(struct dispatch *d, struct hand *h)
{
	if (h->recipient != NULL) {
		destination_end(&d->to, h->recipient);
		if (!h->lost)
			destination_reached(
			    &d->to, NULL, clock_monotonic_ms(), h->reached);
	}
	hand_clear(h);
}

int
dispatch_book(struct dispatch *d, struct err *e)
{
	struct hands *l = &d->hands;
	struct delivery_result *tried = xcalloc(l->count + 1, sizeof(*tried));
	size_t count = 0;
	int rc = 0;

	for (size_t i = 0; i < l->count; i++) {
		struct hand *h = &l->hand[i];

		if (!hand_is_over(h))
			continue;
		dispatch_note(h);
		tried[count++] = (struct delivery_result){
		    .id = h->id, .verp = h->verp, .result = h->result};
	}
	if (count > 0)
		rc = delivery_book(d->db, d->spool, NULL, d->config->tell_delay,
		    tried, count, e);
	for (size_t i = 0; rc == 0 && i < l->count; i++)
		if (hand_is_over(&l->hand[i]))
			dispatch_clear(d, &l->hand[i]);
	free(tried);
	return rc;
}

/* Its return path and ENVID, each the caller's. */
static void
dispatch_return(struct dispatch *d, struct hand *h, const struct delivery *c,
    char **from, char **envid)
{
	const struct verp_copy copy = {.id = c->id,
	    .message = c->message,
	    .created_at = c->created_at,
	    .recipient = c->recipient};
	bool one_way = delivery_is_one_way(c);

	h->verp = !one_way && verp_is_on(&d->verp);
	*from = h->verp	  ? verp_address(&d->verp, &copy)
		: one_way ? xstrdup("")
			  : xstrdup(d->verp.scheme);
	*envid = h->verp ? verp_token(&d->verp, &copy) : NULL;
}

static int
dispatch_send(
    struct dispatch *d, struct hand *h, const struct delivery *c, int fd)
{
	char *name = xasprintf("%lld.%s", (long long)c->id, c->file);
	char *from, *envid;
	struct buf body;
	int rc;

	dispatch_return(d, h, c, &from, &envid);
	buf_init(&body, 65536 + c->splice.len);
	pack_u64(&body, (uint64_t)c->id);
	pack_u64(&body, (uint64_t)c->attempts + 1);
	pack_str(&body, c->transport);
	pack_str(&body, from);
	pack_str(&body, c->recipient);
	pack_str(&body, name);
	pack_str(&body, envid);
	pack_bytes(&body, c->splice.data, c->splice.len);
	rc = ipc_send(h->ipc, IPC_SEND, &body, fd, NULL);
	free(name);
	free(from);
	free(envid);
	buf_free(&body);
	return rc;
}

static int
dispatch_give(struct dispatch *d, struct hand *h, const struct delivery *c,
    int64_t now, struct err *e)
{
	struct delivery_result failed = {.id = c->id};
	struct err *why = &failed.result;
	bool held;
	int fd = -1;

	if (delivery_unkey(d->db, c->id, now, &held, e) == -1)
		return -1;
	if (held) {
		log_warning(
		    "key cannot be used any more: id=%lld delivery=%lld",
		    (long long)c->message, (long long)c->id);
		return 0;
	}
	if (c->file == NULL)
		(void)err_set(why, ERR_BUG, "no file to send");
	else if (spool_open_out(d->spool, c->file, &fd, why) == 0)
		why->code = ERR_NONE;
	if (why->code != ERR_NONE) {
		log_error("delivery without its file: id=%lld delivery=%lld "
			  "error=%s",
		    (long long)c->message, (long long)c->id, why->text);
		return delivery_book(d->db, d->spool, NULL,
		    d->config->tell_delay, &failed, 1, e);
	}
	h->id = c->id;
	h->lane = c->lane;
	/* One that never got the order has not delivered it. */
	if (dispatch_send(d, h, c, fd) == -1) {
		hand_clear(h);
		hand_lose(h);
	} else if (strcmp(c->transport, "smtp") == 0) {
		h->recipient = xstrdup(c->recipient);
		destination_begin(&d->to, c->recipient, clock_monotonic_ms());
	}
	close(fd);
	return 0;
}

/* What to do with a row of a lane, while the rows are walked. */
struct dispatch_pick {
	struct dispatch *d;
	int64_t now; /* ms */
	size_t looked;
	int64_t id; /* that is to leave; 0: none yet */
};

static bool
dispatch_pick(void *ctx, int64_t id, const char *transport,
    const char *recipient, bool asked)
{
	struct dispatch_pick *p = ctx;
	struct dispatch *d = p->d;

	if (++p->looked > DISPATCH_LOOK)
		return false;
	if (hands_have(&d->hands, id) || (strcmp(transport, "smtp") == 0 &&
					     !destination_may(&d->to, recipient,
						 asked, p->now, &d->blocked)))
		return true;
	p->id = id;
	return false;
}

/* Of several processes one is kept from mail to many. */
static bool
dispatch_has_room(const struct dispatch *d, enum draft_lane lane)
{
	size_t many = 0, live = 0;

	for (size_t i = 0; i < d->hands.count; i++) {
		const struct hand *h = &d->hands.hand[i];

		live += h->ipc != NULL;
		many += h->id != 0 && h->lane == DRAFT_MANY;
	}
	return lane != DRAFT_MANY || live < 2 || many + 1 < live;
}

/* 1: one was given; 0: none of this lane may leave now; -1: failed. */
static int
dispatch_lane(
    struct dispatch *d, enum draft_lane lane, int64_t now, struct err *e)
{
	struct dispatch_pick pick = {.d = d, .now = clock_monotonic_ms()};
	struct hand *h = hands_open(&d->hands);
	struct delivery c;
	int rc;

	if (h == NULL || !dispatch_has_room(d, lane))
		return 0;
	if (delivery_due(d->db, now, lane, dispatch_pick, &pick, e) == -1)
		return -1;
	if (pick.id == 0)
		return 0;
	if (delivery_get(d->db, pick.id, &c, e) == -1)
		return -1;
	rc = dispatch_give(d, h, &c, now, e);
	delivery_free(&c);
	return rc == -1 ? -1 : 1;
}

int
dispatch_hand_out(struct dispatch *d, int64_t now, struct err *e)
{
	d->blocked = 0;
	for (int lane = 0; lane < DRAFT_LANES; lane++) {
		int rc;

		while (
		    (rc = dispatch_lane(d, (enum draft_lane)lane, now, e)) == 1)
			;
		if (rc == -1)
			return -1;
	}
	return 0;
}

/* One is enough to know. */
static bool
dispatch_see(void *ctx, int64_t id, const char *transport,
    const char *recipient, bool asked)
{
	(void)id;
	(void)transport;
	(void)recipient;
	(void)asked;
	*(bool *)ctx = true;
	return false;
}

int
dispatch_look(
    struct dispatch *d, int64_t now, bool *due, int64_t *next, struct err *e)
{
	*due = false;
	for (int lane = 0; lane < DRAFT_LANES && !*due; lane++)
		if (delivery_due(d->db, now, (enum draft_lane)lane,
			dispatch_see, due, e) == -1)
			return -1;
	if (delivery_next(d->db, now, next, e) == -1)
		return -1;
	if (d->blocked != 0) {
		int64_t left = d->blocked - clock_monotonic_ms();
		int64_t at = now + (left < 1000 ? 1 : (left + 999) / 1000);

		if (*next == 0 || at < *next)
			*next = at;
	}
	return 0;
}
