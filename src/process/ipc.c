#include "process/ipc.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

#define IPC_HEADER 8 /* bytes: length, type, zero, descriptor or not */
#define IPC_READ 65536 /* bytes asked of the kernel at once */

struct ipc {
	int fd;
	struct buf in;
	size_t used; /* bytes of in that the last frame took */
	int passed[8]; /* descriptors that came and no frame has taken */
	size_t n_passed;
};

const char *
role_name(enum role role)
{
	static const char *const name[ROLE_COUNT] = {
	    [ROLE_SUPERVISOR] = "noroshid",
	    [ROLE_INTAKE] = "intake",
	    [ROLE_QUEUE] = "queue",
	    [ROLE_WORKER] = "worker",
	    [ROLE_PARSER] = "parser",
	    [ROLE_DELIVER] = "deliver",
	};

	return role < ROLE_COUNT ? name[role] : "?";
}

struct ipc *
ipc_create(int fd)
{
	struct ipc *ipc = xcalloc(1, sizeof(*ipc));

	ipc->fd = fd;
	buf_init_secret(&ipc->in, IPC_HEADER + IPC_BODY_MAX + IPC_READ);
	return ipc;
}

void
ipc_free(struct ipc *ipc)
{
	if (ipc == NULL)
		return;
	for (size_t i = 0; i < ipc->n_passed; i++)
		close(ipc->passed[i]);
	buf_free(&ipc->in);
	close(ipc->fd);
	free(ipc);
}

int
ipc_fd(const struct ipc *ipc)
{
	return ipc->fd;
}

static void
ipc_header(unsigned char header[IPC_HEADER], size_t len, enum ipc_type type,
    bool passes)
{
	for (int i = 0; i < 4; i++)
		header[i] = (unsigned char)(len >> (24 - 8 * i));
	header[4] = (unsigned char)((unsigned)type >> 8);
	header[5] = (unsigned char)type;
	header[6] = 0;
	header[7] = passes;
}

static ssize_t
ipc_sendmsg(int sock, struct iovec *iov, size_t n, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {{0}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = n};
	struct cmsghdr *c;

	if (fd != -1) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL);
}

int
ipc_send(struct ipc *ipc, enum ipc_type type, const struct buf *body, int fd,
    struct err *e)
{
	unsigned char header[IPC_HEADER];
	size_t len = body == NULL ? 0 : body->len, done = 0;

	if (len > IPC_BODY_MAX || (body != NULL && body->over))
		return err_set(e, ERR_BUG, "frame over %u bytes", IPC_BODY_MAX);
	ipc_header(header, len, type, fd != -1);
	while (done < IPC_HEADER + len) {
		struct iovec iov[2];
		size_t n = 0;
		ssize_t sent;

		if (done < IPC_HEADER)
			iov[n++] =
			    (struct iovec){header + done, IPC_HEADER - done};
		if (len > 0) {
			size_t from = done < IPC_HEADER ? 0 : done - IPC_HEADER;

			iov[n++] =
			    (struct iovec){body->data + from, len - from};
		}
		sent = ipc_sendmsg(ipc->fd, iov, n, done == 0 ? fd : -1);
		if (sent == -1 && errno == EINTR)
			continue;
		if (sent == -1 && errno == EAGAIN) {
			struct pollfd p = {.fd = ipc->fd, .events = POLLOUT};

			(void)poll(&p, 1, -1);
			continue;
		}
		if (sent == -1)
			return err_set(e, ERR_TEMP, "frame not sent: %m");
		done += (size_t)sent;
	}
	return 0;
}

/* Keeps the descriptors that came; those over the limit are closed. */
static void
ipc_keep_passed(struct ipc *ipc, struct msghdr *msg)
{
	const size_t max = sizeof(ipc->passed) / sizeof(ipc->passed[0]);

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	     c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (ipc->n_passed < max)
				ipc->passed[ipc->n_passed++] = fd;
			else
				close(fd);
		}
	}
}

/* 1: something came, 0: nothing now, -1: the peer is gone. */
static int
ipc_read(struct ipc *ipc, struct err *e)
{
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control;
	unsigned char chunk[IPC_READ];
	struct iovec iov = {chunk, sizeof(chunk)};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes)};
	ssize_t n;

	do {
		n = recvmsg(ipc->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n == -1)
		return err_set(e, ERR_TEMP, "frame not read: %m");
	if (n == 0)
		return err_set(e, ERR_TEMP, "the other end has closed");
	ipc_keep_passed(ipc, &msg);
	buf_put(&ipc->in, chunk, (size_t)n);
	explicit_bzero(chunk, (size_t)n);
	if (ipc->in.over)
		return err_set(e, ERR_BUG, "frames over the channel's limit");
	return 1;
}

/* Drops the bytes of the frame that was handed out last. */
static void
ipc_forget(struct ipc *ipc)
{
	size_t left = ipc->in.len - ipc->used;

	if (ipc->used == 0)
		return;
	memmove(ipc->in.data, ipc->in.data + ipc->used, left);
	explicit_bzero(ipc->in.data + left, ipc->used);
	ipc->in.len = left;
	ipc->used = 0;
	if (left == 0 && ipc->in.cap > 1U << 20)
		buf_free(&ipc->in);
}

static int
ipc_cut(struct ipc *ipc, struct ipc_frame *frame, struct err *e)
{
	const unsigned char *p = ipc->in.data;
	size_t len;

	if (ipc->in.len == 0 && ipc->n_passed > 0)
		return err_set(e, ERR_BUG, "a descriptor without its frame");
	if (ipc->in.len < IPC_HEADER)
		return 0;
	len =
	    (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	if (len > IPC_BODY_MAX || p[6] != 0 || p[7] > 1)
		return err_set(e, ERR_BUG, "a frame that breaks the rules");
	if (ipc->in.len < IPC_HEADER + len)
		return 0;
	frame->type = (enum ipc_type)(p[4] << 8 | p[5]);
	frame->body = p + IPC_HEADER;
	frame->len = len;
	frame->fd = -1;
	if (p[7] == 1 && ipc->n_passed == 0)
		return err_set(e, ERR_BUG, "a frame without its descriptor");
	if (p[7] == 1) {
		frame->fd = ipc->passed[0];
		ipc->n_passed--;
		memmove(ipc->passed, ipc->passed + 1,
		    ipc->n_passed * sizeof(ipc->passed[0]));
	}
	ipc->used = IPC_HEADER + len;
	return 1;
}

int
ipc_next(struct ipc *ipc, struct ipc_frame *frame, struct err *e)
{
	int rc;

	ipc_forget(ipc);
	for (;;) {
		rc = ipc_cut(ipc, frame, e);
		if (rc != 0)
			return rc;
		rc = ipc_read(ipc, e);
		if (rc != 1)
			return rc;
	}
}

int
ipc_wait(struct ipc *ipc, struct ipc_frame *frame, int timeout, struct err *e)
{
	int64_t end = clock_monotonic_ms() + timeout;

	for (;;) {
		struct pollfd p = {.fd = ipc->fd, .events = POLLIN};
		int64_t left = timeout == -1 ? -1 : end - clock_monotonic_ms();
		int rc = ipc_next(ipc, frame, e);

		if (rc != 0)
			return rc;
		if (timeout != -1 && left <= 0)
			return 0;
		if (poll(&p, 1, (int)left) == -1 && errno != EINTR)
			return err_set(e, ERR_TEMP, "poll: %m");
	}
}

int
ipc_pair(int fd[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == -1)
		return err_set(e, ERR_TEMP, "socketpair: %m");
	return 0;
}
