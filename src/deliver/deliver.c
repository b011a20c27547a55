/*
 * noroshi-deliver - hands finished mail on, one copy at a time.
 *
 * It sees only sealed files, by a descriptor that came with the order.
 */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/pack.h"
#include "base/splice.h"
#include "deliver/outbox.h"
#include "deliver/smtp.h"
#include "process/role.h"
#include "process/secret.h"

/* Time-outs for the answer to a whole mail: RFC 5321 section 4.5.3.2.6. */
#define DELIVER_PATIENCE 10

struct deliver {
	const struct config *config;
	const struct role_start *start;
	struct ipc *control;
	struct ipc *queue; /* NULL: none now */
	struct outbox *outbox; /* NULL: could not be opened yet */
	struct smtp *smtp; /* NULL: as with the outbox */
	char *password; /* of smtp.user, or NULL */
	bool stop;
};

/* What the queue wants delivered (IPC_SEND). */
struct order {
	int64_t id;
	uint64_t attempt;
	char *transport;
	char *from;
	char *to;
	char *file;
	const void *plan; /* borrowed from the frame */
	size_t plan_len; /* 0: the whole file */
};

static void
order_free(struct order *o)
{
	free(o->transport);
	free(o->from);
	free(o->to);
	free(o->file);
}

static bool
order_read(struct order *o, const struct ipc_frame *frame)
{
	struct unpack u;

	unpack_init(&u, frame->body, frame->len);
	o->id = (int64_t)unpack_u64(&u);
	o->attempt = unpack_u64(&u);
	o->transport = unpack_str(&u);
	o->from = unpack_str(&u);
	o->to = unpack_str(&u);
	o->file = unpack_str(&u);
	o->plan = unpack_bytes(&u, &o->plan_len);
	return frame->type == IPC_SEND && frame->fd != -1 && unpack_done(&u) &&
	       o->transport != NULL && o->from != NULL && o->to != NULL &&
	       o->file != NULL;
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
deliver_smtp(struct deliver *d, const struct order *o, int fd, struct err *e)
{
	if (d->smtp == NULL && deliver_open_smtp(d, e) == -1)
		return -1;
	return smtp_send(d->smtp, o->from, o->to, fd, e);
}

static int
deliver_file(struct deliver *d, const struct order *o, int fd, struct err *e)
{
	if (d->outbox == NULL &&
	    outbox_open(&d->outbox, d->config->outbox, e) == -1)
		return -1;
	if (outbox_put(d->outbox, o->file, o->from, o->to, fd, e) == 0)
		return 0;
	/* Its folders may have been moved away: the next one looks again. */
	outbox_close(d->outbox);
	d->outbox = NULL;
	return -1;
}

static int
deliver_by(struct deliver *d, const struct order *o, int fd, struct err *e)
{
	if (strcmp(o->transport, "file") == 0)
		return deliver_file(d, o, fd, e);
	if (strcmp(o->transport, "smtp") == 0)
		return deliver_smtp(d, o, fd, e);
	return err_set(e, ERR_CONFIG, "no transport \"%.32s\"", o->transport);
}

static int
deliver_order(struct deliver *d, const struct order *o, int fd, struct err *e)
{
	int copy, rc;

	if (o->plan_len == 0)
		return deliver_by(d, o, fd, e);
	if (splice_join(fd, o->plan, o->plan_len, &copy, e) == -1)
		return -1;
	rc = deliver_by(d, o, copy, e);
	close(copy);
	return rc;
}

static int
deliver_answer(struct deliver *d, int64_t id, const struct err *result)
{
	struct buf body;
	int rc;

	buf_init(&body, 1024);
	pack_u64(&body, (uint64_t)id);
	pack_u64(&body, result->code);
	pack_str(&body, result->text);
	rc = ipc_send(d->queue, IPC_RESULT, &body, -1, NULL);
	buf_free(&body);
	return rc;
}

static void
deliver_lose_queue(struct deliver *d)
{
	ipc_free(d->queue);
	d->queue = NULL;
}

static int
deliver_frame(struct deliver *d, struct ipc_frame *frame)
{
	struct order order = {0};
	struct err e = {0};
	int rc = -1;

	if (!order_read(&order, frame)) {
		log_error(
		    "frame not expected: from=queue type=%d", (int)frame->type);
		goto out;
	}
	if (deliver_order(d, &order, frame->fd, &e) == 0)
		e = (struct err){0};
	else
		log_warning("not delivered: delivery=%lld code=%d error=%s",
		    (long long)order.id, (int)e.code, e.text);
	rc = deliver_answer(d, order.id, &e);
out:
	if (frame->fd != -1)
		close(frame->fd);
	order_free(&order);
	return rc;
}

static void
deliver_hear_queue(struct deliver *d)
{
	struct ipc_frame frame;
	int rc;

	while ((rc = ipc_next(d->queue, &frame, NULL)) == 1)
		if (deliver_frame(d, &frame) == -1) {
			rc = -1;
			break;
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
	struct deliver d = {0};
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
	outbox_close(d.outbox);
	smtp_close(d.smtp);
	secret_free(d.password);
	ipc_free(d.queue);
	ipc_free(start.control);
	sandbox_free(start.sandbox);
	config_free(start.config);
	return code;
}
