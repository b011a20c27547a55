#include "pgp/test_office.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "message/parse_server.h"

#define WORDS_MAX 24

const char office_entity[] =
    "Content-Type: text/plain; charset=utf-8; protected-headers=\"v1\"\r\n"
    "Subject: inner\r\n"
    "\r\n"
    "Hello, team.\r\n";

const char office_head[] = "From: Alice <alice@partner.example>\r\n"
			   "To: team@csirt.example\r\n"
			   "Subject: outer\r\n"
			   "MIME-Version: 1.0\r\n";

void
office_gpg(struct office *o, const char *text, struct buf *out, ...)
{
	const char *args[WORDS_MAX] = {
	    "--armor", "-r", o->people.team.fingerprint};
	struct buf in;
	va_list ap;
	size_t n = 3;

	va_start(ap, out);
	while (
	    n < WORDS_MAX - 1 && (args[n] = va_arg(ap, const char *)) != NULL)
		n++;
	va_end(ap);
	buf_init(&in, PEOPLE_LIMIT);
	buf_init(out, PEOPLE_LIMIT);
	buf_puts(&in, text);
	assert_int_equal(people_gpg(o->people.home, &in, out, args), 0);
	buf_free(&in);
}

void
office_open(struct office *o, const struct buf *raw, struct opened *m)
{
	struct err e = {ERR_NONE, ""};

	buf_init(&m->raw, PEOPLE_LIMIT);
	buf_put(&m->raw, raw->data, raw->len);
	if (mail_open(&m->mail, o->parser, o->config, m->raw.data, m->raw.len,
		&e) == -1 ||
	    pgp_open(o->people.ring, m->mail, clock_now(NULL), &m->v, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(m->v.parts, m->mail->table.parts);
}

void
opened_close(struct opened *m)
{
	verdict_free(&m->v);
	mail_free(m->mail);
	buf_free(&m->raw);
}

void
office_load(struct office *o)
{
	struct people *p = &o->people;

	people_load(p, &p->team, &p->alice, &p->mallory, NULL);
}

void
office_put_encrypted(struct buf *out, const struct buf *armour)
{
	buf_puts(out, "Content-Type: multipart/encrypted; boundary=E;\r\n"
		      " protocol=\"application/pgp-encrypted\"\r\n\r\n"
		      "--E\r\nContent-Type: application/pgp-encrypted\r\n\r\n"
		      "Version: 1\r\n\r\n"
		      "--E\r\nContent-Type: application/octet-stream\r\n\r\n");
	buf_put(out, armour->data, armour->len);
	buf_puts(out, "\r\n--E--\r\n");
}

void
office_put_signed(
    struct buf *out, const char *content, const struct buf *signature)
{
	buf_puts(out,
	    "Content-Type: multipart/signed; boundary=S; micalg=pgp-sha512;\r\n"
	    " protocol=\"application/pgp-signature\"\r\n\r\n--S\r\n");
	buf_puts(out, content);
	buf_puts(
	    out, "\r\n--S\r\nContent-Type: application/pgp-signature\r\n\r\n");
	buf_put(out, signature->data, signature->len);
	buf_puts(out, "\r\n--S--\r\n");
}

void
opened_good(const struct office *o, const struct opened *m, bool whole)
{
	assert_int_equal(m->v.signatures, 1);
	assert_int_equal(m->v.signature[0].status, SIGNATURE_GOOD);
	assert_string_equal(
	    m->v.signature[0].fingerprint, o->people.alice.fingerprint);
	assert_int_equal(m->v.signature[0].whole, whole);
}

const char *
opened_subject(const struct opened *m)
{
	assert_int_not_equal(m->v.payload, PART_NONE);
	return part_field(&m->mail->table, m->v.payload, "Subject");
}

void
office_open_text(struct office *o, const char *before, const struct buf *block,
    const char *after, struct opened *m)
{
	struct buf raw;

	buf_init(&raw, PEOPLE_LIMIT);
	buf_puts(&raw, office_head);
	buf_puts(&raw, "Content-Type: text/plain; charset=utf-8\r\n\r\n");
	buf_puts(&raw, before);
	buf_put(&raw, block->data, block->len);
	buf_puts(&raw, after);
	office_open(o, &raw, m);
	buf_free(&raw);
}

void
opened_text(struct opened *m, uint32_t part, const char *text)
{
	struct strs warnings = {NULL, 0};
	struct err e = {ERR_NONE, ""};
	struct buf out;

	buf_init(&out, PEOPLE_LIMIT);
	assert_int_equal(mail_text(m->mail, part, &out, &warnings, &e), 0);
	assert_string_equal(buf_str(&out), text);
	buf_free(&out);
	strs_free(&warnings);
}

static void
serve(int fd)
{
	struct ipc *peer = ipc_create(fd);
	struct ipc_frame frame;
	struct err e = {ERR_NONE, ""};

	while (ipc_wait(peer, &frame, -1, &e) == 1 &&
	       parse_server_answer(peer, &frame, &e) == 0)
		;
	_exit(0);
}

int
office_setup(void **state)
{
	struct office *o = xcalloc(1, sizeof(*o));
	struct err e = {ERR_NONE, ""};
	int fd[2];

	assert_int_equal(ipc_pair(fd, &e), 0);
	o->parser_pid = fork();
	if (o->parser_pid == 0) {
		close(fd[0]);
		serve(fd[1]);
	}
	close(fd[1]);
	o->parser = ipc_create(fd[0]);
	o->config = config_create();
	people_open(&o->people);
	*state = o;
	return 0;
}

int
office_teardown(void **state)
{
	struct office *o = *state;

	people_close(&o->people);
	ipc_free(o->parser);
	waitpid(o->parser_pid, NULL, 0);
	config_free(o->config);
	free(o);
	return 0;
}
