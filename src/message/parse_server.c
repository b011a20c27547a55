#include "message/parse_server.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/pack.h"
#include "message/encoding.h"
#include "message/json.h"
#include "message/memfile.h"
#include "message/text.h"
#include "message/tree.h"

static int
answer_failed(struct ipc *peer, const struct err *why, struct err *e)
{
	struct buf body;
	int rc;

	buf_init(&body, IPC_BODY_MAX);
	pack_u64(&body, why->code);
	pack_str(&body, why->text);
	rc = ipc_send(peer, IPC_FAILED, &body, -1, e);
	buf_free(&body);
	return rc;
}

static int
bad_request(struct err *e)
{
	return err_set(e, ERR_BUG, "a request to the parser is broken");
}

/* Of a memory file of size bytes, what is to be read. */
struct stretch {
	uint64_t size, from, len;
};

static struct stretch
unpack_stretch(struct unpack *u)
{
	struct stretch s = {.size = unpack_u64(u)};

	s.from = unpack_max(u, s.size);
	s.len = unpack_max(u, s.size - s.from);
	return s;
}

static int
answer_parse(struct ipc *peer, struct unpack *u, int fd, struct err *e)
{
	uint64_t size = unpack_u64(u);
	struct scan_limits limits = {.message = unpack_u64(u)};
	struct part_table table;
	struct memfile file;
	struct buf body;
	struct err why = {0};
	int rc;

	limits.depth = unpack_u64(u);
	limits.parts = unpack_u64(u);
	limits.header = unpack_u64(u);
	limits.field = unpack_u64(u);
	limits.comments = unpack_u64(u);
	limits.addresses = unpack_u64(u);
	if (!unpack_done(u))
		return bad_request(e);
	if (memfile_open(&file, fd, size, e) == -1)
		return -1;
	if (tree_parse(&table, file.data, file.len, &limits, &why) == -1) {
		rc = answer_failed(peer, &why, e);
	} else {
		buf_init_secret(&body, IPC_BODY_MAX);
		part_table_pack(&table, &body);
		if (body.over) {
			(void)err_set(&why, ERR_DATA,
			    "table of parts over %u bytes", IPC_BODY_MAX);
			rc = answer_failed(peer, &why, e);
		} else {
			rc = ipc_send(peer, IPC_PARSED, &body, -1, e);
		}
		buf_free(&body);
		part_table_free(&table);
	}
	memfile_close(&file);
	return rc;
}

static int
answer_bytes(struct ipc *peer, enum ipc_type type, const struct buf *bytes,
    const struct strs *warnings, struct err *e)
{
	struct buf body;
	int fd, rc;

	if (memfile_create(&fd, bytes->data, bytes->len, e) == -1)
		return -1;
	buf_init(&body, IPC_BODY_MAX);
	pack_u64(&body, bytes->len);
	pack_strs(&body, warnings);
	rc = ipc_send(peer, type, &body, fd, e);
	buf_free(&body);
	close(fd);
	return rc;
}

static int
answer_text(struct ipc *peer, struct unpack *u, int fd, struct err *e)
{
	struct stretch s = unpack_stretch(u);
	char *encoding = unpack_str(u);
	char *charset = unpack_str(u);
	struct text_form form = {
	    .encoding = encoding, .charset = charset, .html = unpack_bool(u)};
	struct memfile file = {0};
	struct strs warnings = {0};
	struct buf text;
	uint64_t most;
	int rc = -1;

	form.flowed = unpack_bool(u);
	form.delsp = unpack_bool(u);
	form.legacy = unpack_bool(u);
	most = unpack_max(u, SIZE_MAX / 2);
	buf_init_secret(&text, most);
	if (!unpack_done(u)) {
		(void)bad_request(e);
	} else if (memfile_open(&file, fd, s.size, e) == 0) {
		text_read(&text, &form, file.data + s.from, s.len, &warnings);
		rc = answer_bytes(peer, IPC_TEXT_IS, &text, &warnings, e);
	}
	memfile_close(&file);
	buf_free(&text);
	strs_free(&warnings);
	free(encoding);
	free(charset);
	return rc;
}

static int
answer_data(struct ipc *peer, struct unpack *u, int fd, struct err *e)
{
	struct stretch s = unpack_stretch(u);
	char *encoding = unpack_str(u);
	uint64_t most = unpack_max(u, SIZE_MAX / 2);
	struct memfile file = {0};
	struct strs warnings = {0};
	struct buf data;
	int rc = -1;

	buf_init_secret(&data, most);
	if (!unpack_done(u)) {
		(void)bad_request(e);
	} else if (memfile_open(&file, fd, s.size, e) == 0) {
		if (encoding_decode(&data, encoding_find(encoding),
			file.data + s.from, s.len))
			strs_add(&warnings, "encoding-bad");
		if (data.over)
			strs_add(&warnings, "data-truncated");
		rc = answer_bytes(peer, IPC_DATA_IS, &data, &warnings, e);
	}
	memfile_close(&file);
	buf_free(&data);
	strs_free(&warnings);
	free(encoding);
	return rc;
}

static int
answer_json(struct ipc *peer, struct unpack *u, int fd, struct err *e)
{
	uint64_t size = unpack_u64(u);
	struct leaves leaves = {0};
	struct memfile file = {0};
	struct strs none = {0};
	struct buf packed;
	int rc = -1;

	if (!unpack_done(u))
		return bad_request(e);
	if (memfile_open(&file, fd, size, e) == -1)
		return -1;
	buf_init_secret(&packed, SIZE_MAX / 2);
	json_leaves(&leaves, file.data, file.len);
	leaves_pack(&leaves, &packed);
	rc = answer_bytes(peer, IPC_JSON_IS, &packed, &none, e);
	buf_free(&packed);
	leaves_free(&leaves);
	memfile_close(&file);
	return rc;
}

int
parse_server_answer(struct ipc *peer, struct ipc_frame *frame, struct err *e)
{
	struct unpack u;
	int rc;

	unpack_init(&u, frame->body, frame->len);
	if (frame->fd == -1)
		return bad_request(e);
	switch (frame->type) {
	case IPC_PARSE:
		rc = answer_parse(peer, &u, frame->fd, e);
		break;
	case IPC_TEXT:
		rc = answer_text(peer, &u, frame->fd, e);
		break;
	case IPC_DATA:
		rc = answer_data(peer, &u, frame->fd, e);
		break;
	case IPC_JSON:
		rc = answer_json(peer, &u, frame->fd, e);
		break;
	default:
		rc = bad_request(e);
	}
	close(frame->fd);
	frame->fd = -1;
	return rc;
}
