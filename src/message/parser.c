/*
 * noroshi-parser - the process where strangers' bytes meet C. It has no files
 * but the conversion tables, no network, no keys, and keeps nothing from one
 * request to the next.
 */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/pack.h"
#include "message/parse_server.h"
#include "process/role.h"

struct parser {
	struct ipc *control;
	struct ipc *peer; /* its worker, or NULL while there is none */
	bool stop;
};

static void
peer_close(struct parser *p)
{
	ipc_free(p->peer);
	p->peer = NULL;
}

static int
control_frame(struct parser *p, struct ipc_frame *frame, struct err *e)
{
	struct unpack u;

	unpack_init(&u, frame->body, frame->len);
	if (frame->type == IPC_STOP) {
		p->stop = true;
	} else if (frame->type == IPC_PEER && frame->fd != -1 &&
		   unpack_u64(&u) == ROLE_WORKER && !u.bad) {
		/* A new worker takes the place of the one before it. */
		peer_close(p);
		p->peer = ipc_create(frame->fd);
		frame->fd = -1;
	} else {
		(void)err_set(e, ERR_BUG, "frame %d is not expected now",
		    (int)frame->type);
	}
	if (frame->fd != -1)
		close(frame->fd);
	return e->code == ERR_NONE ? 0 : -1;
}

static int
control_read(struct parser *p, struct err *e)
{
	struct ipc_frame frame;
	int rc;

	while ((rc = ipc_next(p->control, &frame, e)) == 1)
		if (control_frame(p, &frame, e) == -1)
			return -1;
	return rc;
}

/* A peer that breaks the rules loses its channel; we go on. */
static void
peer_read(struct parser *p)
{
	struct ipc_frame frame;
	struct err e = {0};
	int rc;

	while ((rc = ipc_next(p->peer, &frame, &e)) == 1) {
		if (parse_server_answer(p->peer, &frame, &e) == 0)
			continue;
		log_warning("worker's request refused: %s", e.text);
		if (frame.fd != -1)
			close(frame.fd);
		rc = -1;
		break;
	}
	if (rc == -1)
		peer_close(p);
}

static int
serve(struct parser *p, struct err *e)
{
	while (!p->stop) {
		struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLIN}};

		fds[0].fd = ipc_fd(p->control);
		fds[1].fd = p->peer == NULL ? -1 : ipc_fd(p->peer);
		if (poll(fds, 2, -1) == -1) {
			if (errno == EINTR)
				continue;
			return err_set(e, ERR_TEMP, "poll: %m");
		}
		if (fds[1].revents != 0)
			peer_read(p);
		if (fds[0].revents != 0 && control_read(p, e) == -1)
			return -1;
	}
	return 0;
}

int
main(void)
{
	struct role_start start;
	struct parser p = {0};
	struct err e = {0};
	int rc;

	/* Before there is no file to take it from: strangers choose the keys
	 * of its hash tables. */
	json_object_seed(0);
	if (role_start(ROLE_PARSER, &start, &e) == -1 ||
	    role_confine(ROLE_PARSER, &start, &e) == -1) {
		log_error("%s", e.text);
		return e.code;
	}
	p.control = start.control;
	rc = serve(&p, &e);
	/* The supervisor's end of the channel means: exit. */
	if (rc == -1 && e.code != ERR_TEMP)
		log_error("%s", e.text);
	peer_close(&p);
	ipc_free(p.control);
	sandbox_free(start.sandbox);
	config_free(start.config);
	return rc == -1 && e.code != ERR_TEMP ? e.code : 0;
}
