#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "message/mail.h"
#include "message/memfile.h"
#include "message/tree.h"

#define ANSWER_MAX 32768 /* bytes, which a socket holds without a reader */

/* What the worker says first, and would wait for. */
static const char raw[] = "Subject: x\r\nContent-Type: text/plain\r\n\r\nabc";

/* The table that a sound parser makes of it, with the input's changes. */
static void
pack_table(struct buf *out, struct fuzz *f)
{
	struct scan_limits limits = fuzz_limits();
	struct part_table t;
	struct err e = {0};

	assert(tree_parse(&t, raw, sizeof(raw) - 1, &limits, &e) == 0);
	part_table_pack(&t, out);
	part_table_free(&t);
	fuzz_edit(out, f);
}

static void
take_text(struct mail *mail, uint32_t part)
{
	struct strs warnings = {0};
	struct err e = {0};
	struct buf out;

	buf_init(&out, 4096);
	(void)mail_text(mail, part, &out, &warnings, &e);
	assert(!out.over && fuzz_is_safe(out.data, out.len));
	assert(fuzz_is_line(e.text));
	buf_clear(&out);
	(void)mail_data(mail, part, &out, &e);
	assert(!out.over);
	buf_free(&out);
	strs_free(&warnings);
}

/*
 * A parser in a stranger's hands: what the input holds are its answers, a
 * table and memory files. No answer of it may do more than fail.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int before = fuzz_lowest_fd(), fd[2], file;
	struct config *config = config_create();
	struct mail *mail = NULL;
	struct fuzz f = {data + 1, size == 0 ? 0 : size - 1};
	struct ipc *here, *there;
	struct err e = {0};
	struct buf answer;

	if (size > ANSWER_MAX || size < 2) {
		config_free(config);
		return 0;
	}
	assert(ipc_pair(fd, &e) == 0);
	here = ipc_create(fd[0]);
	there = ipc_create(fd[1]);
	buf_init(&answer, ANSWER_MAX);
	if ((data[0] & 2) != 0)
		buf_put(&answer, data + 1, size - 1);
	else
		pack_table(&answer, &f);
	assert(ipc_send(there, IPC_PARSED, &answer, -1, &e) == 0);
	assert(memfile_create(&file, data, size, &e) == 0);
	buf_clear(&answer);
	pack_u64(&answer, (data[0] & 1) != 0 ? size : data[0]);
	pack_u64(&answer, 0);
	assert(ipc_send(there, IPC_TEXT_IS, &answer, file, &e) == 0);
	assert(ipc_send(there, IPC_DATA_IS, &answer, file, &e) == 0);
	buf_free(&answer);
	(void)shutdown(fd[1], SHUT_WR);
	if (mail_open(&mail, here, config, raw, sizeof(raw) - 1, &e) == 0) {
		fuzz_check_table(&mail->table, sizeof(raw) - 1);
		take_text(mail, (uint32_t)mail->table.parts - 1);
	} else {
		assert(mail == NULL && fuzz_is_line(e.text));
	}
	mail_free(mail);
	close(file);
	ipc_free(here);
	ipc_free(there);
	config_free(config);
	assert(fuzz_lowest_fd() == before);
	return 0;
}
