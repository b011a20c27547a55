#include "process/ipc.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/pack.h"

/* A channel, and the bare socket at its other end. */
struct line {
	struct ipc *ipc;
	int raw;
};

static void
line_open(struct line *l)
{
	int fd[2];

	assert_int_equal(ipc_pair(fd, NULL), 0);
	l->ipc = ipc_create(fd[0]);
	l->raw = fd[1];
}

static void
line_close(struct line *l)
{
	ipc_free(l->ipc);
	if (l->raw != -1)
		close(l->raw);
}

/* A frame with the header's last two bytes and len bytes of 'x'. */
static size_t
frame_bytes(unsigned char *out, uint32_t said, unsigned zero, unsigned passes,
    size_t len)
{
	const unsigned char header[8] = {(unsigned char)(said >> 24),
	    (unsigned char)(said >> 16), (unsigned char)(said >> 8),
	    (unsigned char)said, 0, IPC_STOP, (unsigned char)zero,
	    (unsigned char)passes};

	memcpy(out, header, sizeof(header));
	memset(out + sizeof(header), 'x', len);
	return sizeof(header) + len;
}

static void
a_frame_cut_at_any_byte_is_not_whole_yet(void **state)
{
	unsigned char bytes[64];
	size_t len = frame_bytes(bytes, 20, 0, 0, 20);

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		struct ipc_frame frame;
		struct line l;

		line_open(&l);
		if (cut > 0)
			assert_int_equal(write(l.raw, bytes, cut), cut);
		assert_int_equal(ipc_next(l.ipc, &frame, NULL), 0);
		assert_int_equal(
		    write(l.raw, bytes + cut, len - cut), len - cut);
		assert_int_equal(ipc_next(l.ipc, &frame, NULL), 1);
		assert_int_equal(frame.type, IPC_STOP);
		assert_int_equal(frame.len, 20);
		assert_memory_equal(frame.body, bytes + 8, 20);
		assert_int_equal(frame.fd, -1);
		line_close(&l);
	}
}

static void
a_frame_cut_by_the_peers_end_is_an_error(void **state)
{
	unsigned char bytes[64];
	size_t len = frame_bytes(bytes, 20, 0, 0, 20);

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		struct ipc_frame frame;
		struct err e = {0};
		struct line l;

		line_open(&l);
		if (cut > 0)
			assert_int_equal(write(l.raw, bytes, cut), cut);
		close(l.raw);
		l.raw = -1;
		assert_int_equal(ipc_next(l.ipc, &frame, &e), -1);
		assert_int_equal(e.code, ERR_TEMP);
		line_close(&l);
	}
}

static void
refused(const unsigned char *bytes, size_t len)
{
	struct ipc_frame frame;
	struct err e = {0};
	struct line l;

	line_open(&l);
	assert_int_equal(write(l.raw, bytes, len), len);
	assert_int_equal(ipc_next(l.ipc, &frame, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
	line_close(&l);
}

static void
a_frame_over_the_limit_ends_the_channel_before_its_body_came(void **state)
{
	unsigned char bytes[64];

	(void)state;
	refused(bytes, frame_bytes(bytes, IPC_BODY_MAX + 1, 0, 0, 0));
	refused(bytes, frame_bytes(bytes, 0xffffffffU, 0, 0, 0));
}

static void
a_header_that_is_not_ours_ends_the_channel(void **state)
{
	unsigned char bytes[64];

	(void)state;
	refused(bytes, frame_bytes(bytes, 1, 1, 0, 1));
	refused(bytes, frame_bytes(bytes, 1, 0, 2, 1));
}

static void
a_frame_that_promises_a_descriptor_and_has_none_ends_the_channel(void **state)
{
	unsigned char bytes[64];

	(void)state;
	refused(bytes, frame_bytes(bytes, 1, 0, 1, 1));
}

static void
a_descriptor_with_a_frame_that_says_nothing_of_it_ends_the_channel(void **state)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {{0}};
	unsigned char bytes[64];
	struct iovec iov = {bytes, frame_bytes(bytes, 1, 0, 0, 1)};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	struct ipc_frame frame;
	struct err e = {0};
	struct line l;

	(void)state;
	line_open(&l);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &l.raw, sizeof(int));
	assert_int_equal(sendmsg(l.raw, &msg, 0), iov.iov_len);
	/* The frame itself is whole; what is left over is the offence. */
	assert_int_equal(ipc_next(l.ipc, &frame, &e), 1);
	assert_int_equal(frame.fd, -1);
	assert_int_equal(ipc_next(l.ipc, &frame, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
	line_close(&l);
}

static void
a_body_over_the_limit_is_not_sent(void **state)
{
	struct err e = {0};
	struct line l;
	struct buf b;

	(void)state;
	line_open(&l);
	buf_init(&b, 4);
	buf_puts(&b, "five!");
	assert_true(b.over);
	assert_int_equal(ipc_send(l.ipc, IPC_STOP, &b, -1, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
	buf_free(&b);
	line_close(&l);
}

static void
send_number(struct ipc *ipc, enum ipc_type type, uint64_t number, int fd)
{
	struct buf b;

	buf_init(&b, 64);
	pack_u64(&b, number);
	assert_int_equal(ipc_send(ipc, type, &b, fd, NULL), 0);
	buf_free(&b);
}

static uint64_t
number_of(const struct ipc_frame *frame)
{
	struct unpack u;
	uint64_t number;

	unpack_init(&u, frame->body, frame->len);
	number = unpack_u64(&u);
	assert_true(unpack_done(&u));
	return number;
}

/* The kernel joins the bytes of frames with and without a descriptor. */
static void
a_descriptor_comes_with_its_own_frame_and_no_other(void **state)
{
	struct ipc_frame frame;
	int fd[2], data[2];
	struct ipc *a, *b;
	char byte = 0;

	(void)state;
	assert_int_equal(ipc_pair(fd, NULL), 0);
	assert_int_equal(pipe(data), 0);
	a = ipc_create(fd[0]);
	b = ipc_create(fd[1]);
	send_number(a, IPC_CONFIG, 1, -1);
	send_number(a, IPC_AGENT, 2, -1);
	send_number(a, IPC_PEER, 3, data[1]);
	send_number(a, IPC_STOP, 4, -1);
	close(data[1]);
	for (uint64_t i = 1; i <= 4; i++) {
		assert_int_equal(ipc_next(b, &frame, NULL), 1);
		assert_int_equal(number_of(&frame), i);
		if (i != 3) {
			assert_int_equal(frame.fd, -1);
			continue;
		}
		assert_int_not_equal(frame.fd, -1);
		assert_true(fcntl(frame.fd, F_GETFD) & FD_CLOEXEC);
		assert_int_equal(write(frame.fd, "!", 1), 1);
		close(frame.fd);
	}
	assert_int_equal(ipc_next(b, &frame, NULL), 0);
	assert_int_equal(read(data[0], &byte, 1), 1);
	assert_int_equal(byte, '!');
	close(data[0]);
	ipc_free(a);
	ipc_free(b);
}

static void
a_descriptor_that_nobody_took_is_closed_with_the_channel(void **state)
{
	struct ipc_frame frame;
	int fd[2], data[2];
	struct ipc *a, *b;
	char byte;

	(void)state;
	assert_int_equal(ipc_pair(fd, NULL), 0);
	assert_int_equal(pipe(data), 0);
	a = ipc_create(fd[0]);
	b = ipc_create(fd[1]);
	send_number(a, IPC_PEER, 1, data[1]);
	send_number(a, IPC_PEER, 2, data[1]);
	close(data[1]);
	assert_int_equal(ipc_next(b, &frame, NULL), 1);
	close(frame.fd);
	ipc_free(a);
	ipc_free(b);
	assert_int_equal(read(data[0], &byte, 1), 0);
	close(data[0]);
}

static void
sending_to_a_peer_that_is_gone_fails_and_kills_nobody(void **state)
{
	struct ipc_frame frame;
	struct err e = {0};
	struct line l;

	(void)state;
	line_open(&l);
	close(l.raw);
	l.raw = -1;
	assert_int_equal(ipc_send(l.ipc, IPC_STOP, NULL, -1, &e), -1);
	assert_int_equal(e.code, ERR_TEMP);
	assert_int_equal(ipc_wait(l.ipc, &frame, 1000, &e), -1);
	line_close(&l);
}

static void
waiting_ends_when_its_time_is_over(void **state)
{
	struct ipc_frame frame;
	struct line l;

	(void)state;
	line_open(&l);
	assert_int_equal(ipc_wait(l.ipc, &frame, 10, NULL), 0);
	line_close(&l);
}

static void
frames_sent_before_the_peer_closed_are_still_read(void **state)
{
	struct ipc_frame frame;
	int fd[2];
	struct ipc *a, *b;

	(void)state;
	assert_int_equal(ipc_pair(fd, NULL), 0);
	a = ipc_create(fd[0]);
	b = ipc_create(fd[1]);
	send_number(a, IPC_DONE, 1, -1);
	send_number(a, IPC_DONE, 2, -1);
	ipc_free(a);
	assert_int_equal(ipc_next(b, &frame, NULL), 1);
	assert_int_equal(number_of(&frame), 1);
	assert_int_equal(ipc_next(b, &frame, NULL), 1);
	assert_int_equal(number_of(&frame), 2);
	assert_int_equal(ipc_next(b, &frame, NULL), -1);
	ipc_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_frame_cut_at_any_byte_is_not_whole_yet),
	    cmocka_unit_test(a_frame_cut_by_the_peers_end_is_an_error),
	    cmocka_unit_test(
		a_frame_over_the_limit_ends_the_channel_before_its_body_came),
	    cmocka_unit_test(a_header_that_is_not_ours_ends_the_channel),
	    cmocka_unit_test(
		a_frame_that_promises_a_descriptor_and_has_none_ends_the_channel),
	    cmocka_unit_test(
		a_descriptor_with_a_frame_that_says_nothing_of_it_ends_the_channel),
	    cmocka_unit_test(a_body_over_the_limit_is_not_sent),
	    cmocka_unit_test(
		a_descriptor_comes_with_its_own_frame_and_no_other),
	    cmocka_unit_test(
		a_descriptor_that_nobody_took_is_closed_with_the_channel),
	    cmocka_unit_test(
		sending_to_a_peer_that_is_gone_fails_and_kills_nobody),
	    cmocka_unit_test(waiting_ends_when_its_time_is_over),
	    cmocka_unit_test(frames_sent_before_the_peer_closed_are_still_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
