#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz.h"
#include "process/ipc.h"

#define MOST 65536 /* bytes, which a socket holds without a reader */

/* Writes the bytes, with a descriptor among them where passes is set. */
static void
say(int sock, const uint8_t *data, size_t size, bool passes)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {{0}};
	uint8_t *copy = (uint8_t *)(uintptr_t)data;
	struct iovec iov = {copy, size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	const int null = STDERR_FILENO;
	struct cmsghdr *c;

	if (passes) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &null, sizeof(null));
	}
	assert(sendmsg(sock, &msg, MSG_NOSIGNAL) == (ssize_t)size);
}

/* The first byte says how often, and with how many descriptors, it is said. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int before = fuzz_lowest_fd(), rc, fd[2];
	struct ipc_frame frame;
	struct err e = {0};
	size_t frames = 0;
	struct ipc *ipc;

	if (size < 2 || size > MOST)
		return 0;
	assert(ipc_pair(fd, &e) == 0);
	ipc = ipc_create(fd[0]);
	for (unsigned i = 0; i < (data[0] & 15U); i++)
		say(fd[1], data + 1, 1, true);
	say(fd[1], data + 1, size - 1, (data[0] & 16) != 0);
	close(fd[1]);
	while ((rc = ipc_next(ipc, &frame, &e)) == 1) {
		assert(frame.len <= IPC_BODY_MAX && frame.len <= size + 16);
		for (size_t i = 0; i < frame.len; i++)
			frames += frame.body[i] & 1;
		if (frame.fd != -1)
			close(frame.fd);
	}
	/* The peer has gone: it must not look like one that is slow. */
	assert(rc == -1 && e.text[0] != '\0');
	assert(frames <= size + 16);
	ipc_free(ipc);
	assert(fuzz_lowest_fd() == before);
	return 0;
}
