#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pack.h"
#include "fuzz.h"
#include "message/memfile.h"
#include "message/parse_server.h"

#define MOST 16384 /* bytes; the answer has to fit into a socket */

static void
pack_request(struct buf *b, enum ipc_type type, struct fuzz *f)
{
	char *encoding = fuzz_line(f), *charset = fuzz_line(f);
	unsigned options = fuzz_byte(f);

	pack_u64(b, f->left);
	if (type == IPC_PARSE) {
		const struct scan_limits l = fuzz_limits();

		pack_u64(b, l.message);
		pack_u64(b, l.depth);
		pack_u64(b, options);
		pack_u64(b, l.header);
		pack_u64(b, l.field);
		pack_u64(b, l.comments);
		pack_u64(b, l.addresses);
	} else {
		size_t from = (options & 16) != 0 ? f->left / 2 : 0;

		pack_u64(b, from);
		pack_u64(b, f->left - from);
		pack_str(b, encoding);
		if (type == IPC_TEXT) {
			pack_str(b, charset);
			pack_bool(b, (options & 1) != 0);
			pack_bool(b, (options & 2) != 0);
			pack_bool(b, (options & 4) != 0);
			pack_bool(b, (options & 8) != 0);
		}
		pack_u64(b, options * 16U);
	}
	free(encoding);
	free(charset);
}

/* One answer for one request, which the worker could read. */
static void
check_answer(struct ipc *there)
{
	struct ipc_frame frame;
	struct err e = {0};
	struct unpack u;

	assert(ipc_next(there, &frame, &e) == 1);
	assert(frame.type == IPC_FAILED ||
	       (frame.fd != -1) == (frame.type != IPC_PARSED));
	unpack_init(&u, frame.body, frame.len);
	if (frame.type == IPC_PARSED) {
		struct part_table t;

		assert(part_table_unpack(&t, &u, MOST, 255) == 0);
		part_table_free(&t);
	} else if (frame.type != IPC_FAILED) {
		struct memfile m;
		struct strs words = {0};
		uint64_t size = unpack_u64(&u);

		assert(size <= 255 * 16U);
		assert(memfile_open(&m, frame.fd, size, &e) == 0);
		unpack_strs(&u, &words, 100);
		strs_free(&words);
		memfile_close(&m);
	} else {
		(void)unpack_u64(&u);
		free(unpack_str(&u));
	}
	assert(unpack_done(&u));
	if (frame.fd != -1)
		close(frame.fd);
	assert(ipc_next(there, &frame, &e) == 0);
}

/* A letter for the request, encoding, charset, options, the bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum ipc_type types[] = {IPC_PARSE, IPC_TEXT, IPC_DATA};
	int before = fuzz_lowest_fd(), fd[2];
	struct fuzz f = {data, size};
	enum ipc_type type = types[fuzz_byte(&f) % 3];
	struct ipc_frame frame = {.type = type};
	struct ipc *here, *there;
	struct err e = {0};
	struct buf request;

	if (size > MOST)
		return 0;
	assert(ipc_pair(fd, &e) == 0);
	here = ipc_create(fd[0]);
	there = ipc_create(fd[1]);
	buf_init(&request, 2 * size + 4096);
	pack_request(&request, type, &f);
	frame.body = request.data;
	frame.len = request.len;
	assert(memfile_create(&frame.fd, f.p, f.left, &e) == 0);
	assert(parse_server_answer(here, &frame, &e) == 0);
	assert(frame.fd == -1);
	check_answer(there);
	buf_free(&request);
	ipc_free(here);
	ipc_free(there);
	assert(fuzz_lowest_fd() == before);
	return 0;
}
