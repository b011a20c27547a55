#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "message/mail.h"
#include "message/memfile.h"
#include "message/parse_server.h"

static const struct config config = {.limit_message = 1 << 20,
    .limit_decrypted = 1 << 20,
    .limit_depth = 5,
    .limit_parts = 10,
    .limit_header = 1 << 16,
    .limit_field = 1 << 16,
    .limit_comments = 8,
    .limit_addresses = 100,
    .limit_text = 1 << 16};

struct pair {
	struct ipc *worker;
	pid_t parser;
};

/* The parser's side, as its main has it but for the supervisor. */
static void
child_serve(int fd, bool lies)
{
	struct ipc *ipc = ipc_create(fd);
	struct ipc_frame frame;
	struct err e = {0};
	struct buf lie;

	while (ipc_wait(ipc, &frame, -1, &e) == 1) {
		if (!lies) {
			if (parse_server_answer(ipc, &frame, &e) == -1)
				break;
			continue;
		}
		if (frame.fd != -1)
			close(frame.fd);
		buf_init(&lie, 1000);
		pack_u64(&lie, 7);
		(void)ipc_send(ipc, IPC_PARSED, &lie, -1, &e);
		buf_free(&lie);
	}
	ipc_free(ipc);
	_exit(0);
}

static void
pair_start(struct pair *p, bool lies)
{
	struct err e = {0};
	int fd[2];

	assert_int_equal(ipc_pair(fd, &e), 0);
	p->parser = fork();
	assert_true(p->parser != -1);
	if (p->parser == 0) {
		close(fd[0]);
		child_serve(fd[1], lies);
	}
	close(fd[1]);
	p->worker = ipc_create(fd[0]);
}

static void
pair_stop(struct pair *p)
{
	int status;

	ipc_free(p->worker);
	assert_int_equal(waitpid(p->parser, &status, 0), p->parser);
}

static const char raw[] =
    "From: a@b\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=x\r\n"
    "\r\n--x\r\nContent-Type: text/html; charset=shift_jis\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>=93=FA</p>\r\n"
    "--x\r\nContent-Type: a/b; name=f.bin\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--x--\r\n";

static void
a_worker_reads_a_message_through_the_parser(void **state)
{
	static const unsigned char bytes[] = {0, 1, 2};
	struct strs warnings = {0};
	struct err e = {0};
	struct mail *mail;
	struct pair p;
	struct buf out;
	size_t len;

	(void)state;
	pair_start(&p, false);
	buf_init(&out, 1000);
	assert_int_equal(
	    mail_open(&mail, p.worker, &config, raw, sizeof(raw) - 1, &e), 0);
	assert_int_equal(mail->table.parts, 3);
	assert_string_equal(part_head(&mail->table, 0)->subject, "s");
	assert_memory_equal(mail_body(mail, 2, &len), "AAEC", 4);
	assert_int_equal(len, 4);
	assert_ptr_equal(mail_entity(mail, 0, &len), mail->buffer[0].data);
	assert_int_equal(len, sizeof(raw) - 1);
	assert_int_equal(mail_text(mail, 1, &out, &warnings, &e), 0);
	assert_string_equal(buf_str(&out), "日\n");
	assert_int_equal(warnings.count, 0);
	buf_clear(&out);
	assert_int_equal(mail_data(mail, 2, &out, &e), 0);
	assert_int_equal(out.len, 3);
	assert_memory_equal(out.data, bytes, 3);
	buf_clear(&out);
	assert_int_equal(mail_bytes_text(mail, "\x93\xfa", 2, "nonsense", &out,
			     &warnings, &e),
	    0);
	assert_string_equal(buf_str(&out), "\xef\xbf\xbd\xef\xbf\xbd");
	assert_true(strs_has(&warnings, "charset-unknown"));
	buf_free(&out);
	buf_init(&out, 2);
	assert_int_equal(mail_data(mail, 2, &out, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_int_equal(mail_text(mail, 3, &out, &warnings, &e), -1);
	buf_free(&out);
	strs_free(&warnings);
	mail_free(mail);
	pair_stop(&p);
}

static void
decrypted_bytes_hang_below_their_part(void **state)
{
	struct err e = {0};
	struct mail *mail;
	struct pair p;
	struct buf inner;
	uint32_t root;
	size_t len;

	(void)state;
	pair_start(&p, false);
	assert_int_equal(
	    mail_open(&mail, p.worker, &config, raw, sizeof(raw) - 1, &e), 0);
	buf_init(&inner, 1000);
	buf_puts(&inner, "Subject: in\n\nx");
	assert_int_equal(mail_add(mail, &inner, 2, &root, &e), 0);
	assert_int_equal(inner.len, 0);
	assert_int_equal(root, 3);
	assert_int_equal(mail->table.part[3].parent, 2);
	assert_int_equal(mail->table.part[3].depth, 2);
	assert_int_equal(mail->table.part[3].buffer, 1);
	assert_string_equal(part_head(&mail->table, 3)->subject, "in");
	assert_string_equal(part_field(&mail->table, 3, "subject"), "in");
	assert_memory_equal(mail_body(mail, 3, &len), "x", 1);
	assert_true(part_within(&mail->table, 3, 0));
	assert_true(mail->buffer[1].secret);
	/* five levels are allowed; three are used by now */
	for (int i = 0; i < 3; i++)
		buf_puts(&inner, "Content-Type: message/rfc822\n\n");
	assert_int_equal(mail_add(mail, &inner, 3, &root, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.text, "limit_depth"));
	assert_int_equal(mail->table.parts, 4);
	assert_int_equal(mail->buffers, 2);
	mail_free(mail);
	pair_stop(&p);
}

static void
json_comes_back_as_its_values(void **state)
{
	struct err e = {0};
	struct leaves l;
	struct mail *mail;
	struct pair p;

	(void)state;
	pair_start(&p, false);
	assert_int_equal(
	    mail_open(&mail, p.worker, &config, raw, sizeof(raw) - 1, &e), 0);
	assert_int_equal(mail_json(mail, "{\"a\": [\"b\"]}", 12, &l, &e), 0);
	assert_int_equal(l.count, 1);
	assert_string_equal(leaves_at(&l, "/a/0")->value, "b");
	leaves_free(&l);
	assert_int_equal(mail_json(mail, "{", 1, &l, &e), 0);
	assert_true(l.broken);
	leaves_free(&l);
	mail_free(mail);
	pair_stop(&p);
}

static void
a_message_over_a_limit_is_bad_data(void **state)
{
	size_t len = (1 << 20) + 1;
	char *big = xcalloc(len, 1);
	struct err e = {0};
	struct mail *mail;
	struct pair p;

	(void)state;
	pair_start(&p, false);
	assert_int_equal(mail_open(&mail, p.worker, &config, big, len, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.text, "limit_message"));
	assert_null(mail);
	/* the parser goes on */
	assert_int_equal(mail_open(&mail, p.worker, &config, "", 0, &e), 0);
	assert_int_equal(mail->table.parts, 1);
	mail_free(mail);
	free(big);
	pair_stop(&p);
}

static void
a_parser_that_lies_or_dies_is_a_bug(void **state)
{
	struct err e = {0};
	struct mail *mail;
	struct pair p;

	(void)state;
	pair_start(&p, true);
	assert_int_equal(mail_open(&mail, p.worker, &config, "a", 1, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
	pair_stop(&p);
	pair_start(&p, false);
	kill(p.parser, SIGKILL);
	assert_int_equal(mail_open(&mail, p.worker, &config, "a", 1, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
	pair_stop(&p);
}

/* The bytes of "hello" that are asked for; NULL: the channel ends. */
static char *
decoded(uint64_t from, uint64_t len)
{
	struct err e = {0};
	struct ipc_frame frame;
	struct memfile file;
	struct unpack u;
	struct buf body;
	struct pair p;
	char *found = NULL;
	int fd;

	pair_start(&p, false);
	assert_int_equal(memfile_create(&fd, "hello", 5, &e), 0);
	buf_init(&body, 200);
	pack_u64(&body, 5);
	pack_u64(&body, from);
	pack_u64(&body, len);
	pack_str(&body, NULL);
	pack_u64(&body, 9);
	assert_int_equal(ipc_send(p.worker, IPC_DATA, &body, fd, &e), 0);
	buf_free(&body);
	close(fd);
	if (ipc_wait(p.worker, &frame, 5000, &e) == 1) {
		assert_int_equal(frame.type, IPC_DATA_IS);
		unpack_init(&u, frame.body, frame.len);
		assert_int_equal(
		    memfile_open(&file, frame.fd, unpack_u64(&u), &e), 0);
		found = xstrndup((const char *)file.data, file.len);
		memfile_close(&file);
		close(frame.fd);
	}
	pair_stop(&p);
	return found;
}

static void
a_stretch_of_a_file_is_read_and_none_beyond_it(void **state)
{
	char *all = decoded(0, 5), *middle = decoded(1, 3);
	char *nothing = decoded(5, 0);

	(void)state;
	assert_string_equal(all, "hello");
	assert_string_equal(middle, "ell");
	assert_string_equal(nothing, "");
	assert_null(decoded(0, 6));
	assert_null(decoded(3, 3));
	assert_null(decoded(6, 0));
	assert_null(decoded(UINT64_MAX, 2));
	assert_null(decoded(2, UINT64_MAX));
	free(all);
	free(middle);
	free(nothing);
}

static void
a_request_that_is_none_ends_the_channel(void **state)
{
	struct err e = {0};
	struct ipc_frame frame;
	struct buf body;
	struct pair p;
	int fd[2];

	(void)state;
	pair_start(&p, false);
	buf_init(&body, 100);
	pack_u64(&body, 5);
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(ipc_send(p.worker, IPC_TEXT, &body, fd[0], &e), 0);
	assert_int_equal(ipc_wait(p.worker, &frame, 5000, &e), -1);
	pair_stop(&p);
	/* whole fields, but a file that could still change */
	pair_start(&p, false);
	pack_u64(&body, 0);
	pack_u64(&body, 5);
	pack_str(&body, NULL);
	pack_u64(&body, 9);
	assert_int_equal(ipc_send(p.worker, IPC_DATA, &body, fd[0], &e), 0);
	assert_int_equal(ipc_wait(p.worker, &frame, 5000, &e), -1);
	pair_stop(&p);
	close(fd[0]);
	close(fd[1]);
	buf_free(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_comes_back_as_its_values),
	    cmocka_unit_test(a_worker_reads_a_message_through_the_parser),
	    cmocka_unit_test(decrypted_bytes_hang_below_their_part),
	    cmocka_unit_test(a_message_over_a_limit_is_bad_data),
	    cmocka_unit_test(a_parser_that_lies_or_dies_is_a_bug),
	    cmocka_unit_test(a_stretch_of_a_file_is_read_and_none_beyond_it),
	    cmocka_unit_test(a_request_that_is_none_ends_the_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
