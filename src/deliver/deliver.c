/*
 * noroshi-deliver - hands finished mail on, one copy at a time.
 *
 * It sees only sealed files, by a descriptor that came with the order.
 */

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/pack.h"
#include "base/splice.h"
#include "deliver/outbox.h"
#include "deliver/smtp.h"
#include "process/role.h"
#include "process/secret.h"

/* Time-outs for the answer to a whole mail: RFC 5321 section 4.5.3.2.6. */
#define DELIVER_PATIENCE 10
#define DELIVER_LINGER 1000 /* ms that a session waits for its next mail */

/* What the queue wants delivered (IPC_SEND). */
struct order {
	int64_t id; /* 0: none */
	uint64_t attempt;
	char *transport;
	char *from;
	char *to;
	char *file;
	char *envid; /* NULL: none */
	int fd; /* -1: its bytes are not to be had */
};

struct deliver {
	const struct config *config;
	const struct role_start *start;
	struct ipc *control;
	struct ipc *queue; /* NULL: none now */
	struct outbox *outbox; /* NULL: could not be opened yet */
	struct smtp *smtp; /* NULL: as with the outbox */
	char *password; /* of smtp.user, or NULL */
	struct order order; /* under way */
	struct order later; /* that came meanwhile, and is for another way */
	int64_t left_id; /* the last order that was carried out; 0: none */
	uint64_t left_attempt;
	bool stop;
};

static void
order_free(struct order *o)
{
	free(o->transport);
	free(o->from);
	free(o->to);
	free(o->file);
	free(o->envid);
	if (o->fd != -1)
		close(o->fd);
	*o = (struct order){.fd = -1};
}

/* The copy's own bytes and those that it shares, where it has both. */
static int
order_open(struct order *o, int fd, const void *plan, size_t len, struct err *e)
{
	if (len > 0)
		return splice_join(fd, plan, len, &o->fd, e);
	o->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return o->fd == -1 ? err_set(e, ERR_TEMP, "dup: %m") : 0;
}

/* False where it is no order; e tells why its bytes are not to be had. */
static bool
order_read(struct order *o, const struct ipc_frame *frame, struct err *e)
{
	struct unpack u;
	const void *plan;
	size_t len;

	*o = (struct order){.fd = -1};
	unpack_init(&u, frame->body, frame->len);
	o->id = (int64_t)unpack_u64(&u);
	o->attempt = unpack_u64(&u);
	o->transport = unpack_str(&u);
	o->from = unpack_str(&u);
	o->to = unpack_str(&u);
	o->file = unpack_str(&u);
	o->envid = unpack_str(&u);
	plan = unpack_bytes(&u, &len);
	if (frame->type != IPC_SEND || frame->fd == -1 || !unpack_done(&u) ||
	    o->transport == NULL || o->from == NULL || o->to == NULL ||
	    o->file == NULL)
		return false;
	(void)order_open(o, frame->fd, plan, len, e);
	return true;
}

static int
deliver_open_smtp(struct deliver *d, struct err *e)
{
	const struct config *c = d->config;
	struct smtp_server server = {.host = c->smtp_host,
	    .port = (uint16_t)c->smtp_port,
	    .ca_file = c->smtp_ca_file,
	    .user = c->smtp_user,
	    .password = d->password,
	    .helo = c->smtp_helo,
	    .timeout = c->smtp_timeout,
	    .patience = DELIVER_PATIENCE * c->smtp_timeout,
	    .tls = strcmp(c->smtp_tls, "none") == 0	  ? SMTP_CLEAR
		   : strcmp(c->smtp_tls, "implicit") == 0 ? SMTP_IMPLICIT
							  : SMTP_STARTTLS};

	/* Queued while there was one: it waits until there is again. */
	if (server.host == NULL)
		return err_set(e, ERR_TEMP, "smtp.host is not set");
	return smtp_open(&d->smtp, &server, e);
}

static int
deliver_file(struct deliver *d, const struct order *o, struct err *e)
{
	if (d->outbox == NULL &&
	    outbox_open(&d->outbox, d->config->outbox, e) == -1)
		return -1;
	if (outbox_put(d->outbox, o->file, o->from, o->to, o->fd, e) == 0)
		return 0;
	/* Its folders may have been moved away: the next one looks again. */
	outbox_close(d->outbox);
	d->outbox = NULL;
	return -1;
}

static void
deliver_lose_queue(struct deliver *d)
{
	ipc_free(d->queue);
	d->queue = NULL;
}

/* reached: it was not the way to the server that failed. */
static void
deliver_answer(struct deliver *d, const struct err *result, bool reached)
{
	struct buf body;

	if (result->code == ERR_NONE) {
		d->left_id = d->order.id;
		d->left_attempt = d->order.attempt;
	}
	if (result->code != ERR_NONE)
		log_warning("not delivered: delivery=%lld code=%d error=%s",
		    (long long)d->order.id, (int)result->code, result->text);
	buf_init(&body, 1024);
	pack_u64(&body, (uint64_t)d->order.id);
	pack_u64(&body, result->code);
	pack_str(&body, result->text);
	pack_u64(&body, reached);
	if (d->queue != NULL &&
	    ipc_send(d->queue, IPC_RESULT, &body, -1, NULL) == -1)
		deliver_lose_queue(d);
	buf_free(&body);
}

/* A queue that died before it booked a result gives that very try again. */
static bool
deliver_did(const struct deliver *d, const struct order *o)
{
	if (o->id != d->left_id || o->attempt != d->left_attempt)
		return false;
	log_info("has left before: delivery=%lld", (long long)o->id);
	return true;
}

/* 1: an order is in *out; 0: none has come; -1: the queue is gone. */
static int
deliver_take(struct deliver *d, struct order *out)
{
	struct ipc_frame frame;
	struct err e = {0};
	int rc = ipc_next(d->queue, &frame, NULL);

	if (rc != 1)
		return rc;
	if (!order_read(out, &frame, &e)) {
		log_error(
		    "frame not expected: from=queue type=%d", (int)frame.type);
		order_free(out);
		rc = -1;
	} else if (out->fd == -1 || deliver_did(d, out)) {
		/* As the disk's: no fault of the server's. */
		if (out != &d->order) {
			order_free(&d->order);
			d->order = *out;
			*out = (struct order){.fd = -1};
		}
		deliver_answer(d, &e, true);
		rc = d->queue == NULL ? -1 : 0;
	}
	if (frame.fd != -1)
		close(frame.fd);
	return rc;
}

static void
deliver_smtp_done(void *ctx, const struct err *result, bool answered)
{
	deliver_answer(ctx, result, answered);
}

static void
deliver_as_mail(const struct order *o, struct smtp_mail *out)
{
	*out = (struct smtp_mail){
	    .from = o->from, .to = o->to, .envid = o->envid, .fd = o->fd};
}

/* Waits a little for the next one, so that it needs no session of its own. */
static bool
deliver_smtp_next(void *ctx, struct smtp_mail *out)
{
	struct deliver *d = ctx;
	int64_t end = clock_monotonic_ms() + DELIVER_LINGER;
	int64_t left;

	/* As in deliver_run: who has to start anew takes no more. */
	while (d->queue != NULL && !sandbox_is_stale(d->start->sandbox) &&
	       (left = end - clock_monotonic_ms()) > 0) {
		struct pollfd p[2] = {
		    {.fd = ipc_fd(d->queue), .events = POLLIN},
		    {.fd = ipc_fd(d->control), .events = POLLIN},
		};
		struct order next;
		int rc = deliver_take(d, &next);

		if (rc == -1) {
			deliver_lose_queue(d);
		} else if (rc == 1 && strcmp(next.transport, "smtp") == 0) {
			order_free(&d->order);
			d->order = next;
			deliver_as_mail(&d->order, out);
			return true;
		} else if (rc == 1) {
			d->later = next;
			return false;
		} else if (poll(p, 2, (int)left) > 0 && p[1].revents != 0) {
			return false;
		}
	}
	return false;
}

static void
deliver_smtp(struct deliver *d)
{
	const struct smtp_flow flow = {deliver_smtp_done, deliver_smtp_next, d};
	struct smtp_mail first;
	struct err e = {0};

	if (d->smtp == NULL && deliver_open_smtp(d, &e) == -1) {
		deliver_answer(d, &e, false);
		return;
	}
	deliver_as_mail(&d->order, &first);
	smtp_submit(d->smtp, &first, &flow);
}

static void
deliver_order(struct deliver *d)
{
	struct err e = {0};

	if (strcmp(d->order.transport, "smtp") == 0) {
		deliver_smtp(d);
		return;
	}
	if (strcmp(d->order.transport, "file") != 0)
		(void)err_set(&e, ERR_CONFIG, "no transport \"%.32s\"",
		    d->order.transport);
	else if (deliver_file(d, &d->order, &e) == 0)
		e = (struct err){0};
	deliver_answer(d, &e, true);
}

/* As many as have come, and those that come meanwhile. */
static void
deliver_hear_queue(struct deliver *d)
{
	int rc = 1;

	while (d->queue != NULL && rc == 1) {
		if (d->later.id != 0) {
			d->order = d->later;
			d->later = (struct order){.fd = -1};
		} else {
			rc = deliver_take(d, &d->order);
		}
		if (rc == 1)
			deliver_order(d);
		order_free(&d->order);
	}
	if (rc == -1)
		deliver_lose_queue(d);
}

static int
deliver_hear_control(struct deliver *d)
{
	struct ipc_frame frame;
	struct unpack u;
	int rc;

	while ((rc = ipc_next(d->control, &frame, NULL)) == 1) {
		uint64_t role;

		unpack_init(&u, frame.body, frame.len);
		role = unpack_u64(&u);
		(void)unpack_u64(&u);
		if (frame.type == IPC_STOP) {
			d->stop = true;
		} else if (frame.type == IPC_PEER && role == ROLE_QUEUE &&
			   unpack_done(&u) && frame.fd != -1) {
			ipc_free(d->queue);
			d->queue = ipc_create(frame.fd);
			continue;
		} else {
			log_error("frame not expected: from=noroshid type=%d",
			    (int)frame.type);
		}
		if (frame.fd != -1)
			close(frame.fd);
	}
	return rc;
}

static void
deliver_run(struct deliver *d)
{
	while (!d->stop) {
		struct pollfd p[2] = {
		    {.fd = ipc_fd(d->control), .events = POLLIN},
		    {.fd = -1, .events = POLLIN},
		};

		if (d->queue != NULL)
			p[1].fd = ipc_fd(d->queue);
		if (poll(p, 2, -1) == -1)
			continue;
		/* Before an order is read: the queue gives it to the next. */
		if (sandbox_is_stale(d->start->sandbox))
			return;
		if (p[0].revents != 0 && deliver_hear_control(d) == -1)
			return;
		if (p[1].revents != 0 && d->queue != NULL)
			deliver_hear_queue(d);
	}
}

int
main(void)
{
	struct role_start start;
	struct deliver d = {.order.fd = -1, .later.fd = -1};
	struct err e = {0};
	int code = 0;

	if (role_start(ROLE_DELIVER, &start, &e) == -1) {
		log_error("%s", e.text);
		return (int)e.code;
	}
	d.config = start.config;
	d.control = start.control;
	d.start = &start;
	d.password = start.password;
	/* libesmtp looks there for keys and certificates of a user. */
	(void)setenv("HOME", "/nonexistent", 1);
	(void)unsetenv("XDG_CONFIG_DIR");
	if (strcmp(d.config->transport, "file") == 0 &&
	    outbox_open(&d.outbox, d.config->outbox, &e) == -1)
		log_error("%s", e.text);
	if (role_confine(ROLE_DELIVER, &start, &e) == -1) {
		log_error("%s", e.text);
		code = (int)e.code;
	} else {
		deliver_run(&d);
	}
	order_free(&d.order);
	order_free(&d.later);
	outbox_close(d.outbox);
	smtp_close(d.smtp);
	secret_free(d.password);
	ipc_free(d.queue);
	ipc_free(start.control);
	sandbox_free(start.sandbox);
	config_free(start.config);
	return code;
}
