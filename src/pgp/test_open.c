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
#include "base/clock.h"
#include "config/config.h"
#include "message/parse_server.h"
#include "pgp/open.h"
#include "pgp/test_people.h"

#define LIMIT (8U << 20)

struct office {
	struct people people;
	struct config *config;
	struct ipc *parser;
	pid_t parser_pid;
};

/* One mail that was opened. */
struct opened {
	struct mail *mail;
	struct verdict v;
};

static const char entity[] = "Content-Type: text/plain; charset=utf-8\r\n"
			     "Subject: inner\r\n"
			     "\r\n"
			     "Hello, team.\r\n";

static const char head[] = "From: Alice <alice@partner.example>\r\n"
			   "To: team@csirt.example\r\n"
			   "Subject: outer\r\n"
			   "MIME-Version: 1.0\r\n";

static void
open_raw(struct office *o, const struct buf *raw, struct opened *m)
{
	struct err e = {ERR_NONE, ""};

	if (mail_open(&m->mail, o->parser, o->config, raw->data, raw->len,
		&e) == -1 ||
	    pgp_open(o->people.ring, m->mail, clock_now(NULL), &m->v, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(m->v.parts, m->mail->table.parts);
}

static void
close_opened(struct opened *m)
{
	verdict_free(&m->v);
	mail_free(m->mail);
}

static void
load_all(struct office *o)
{
	struct people *p = &o->people;

	people_load(p, &p->team, &p->alice, &p->mallory, NULL);
}

/* Alice's gpg over the text; words are its options. */
#define ALICE(o, text, out, ...)                                               \
	do {                                                                   \
		struct buf in_;                                                \
		buf_init(&in_, LIMIT);                                         \
		buf_puts(&in_, text);                                          \
		buf_init(out, LIMIT);                                          \
		people_run(&(o)->people, &in_, out, "--armor", "-u",           \
		    (o)->people.alice.fingerprint, "-r",                       \
		    (o)->people.team.fingerprint, __VA_ARGS__, NULL);          \
		buf_free(&in_);                                                \
	} while (0)

static void
put_encrypted(struct buf *out, const struct buf *armour)
{
	buf_puts(out, "Content-Type: multipart/encrypted; boundary=E;\r\n"
		      " protocol=\"application/pgp-encrypted\"\r\n\r\n"
		      "--E\r\nContent-Type: application/pgp-encrypted\r\n\r\n"
		      "Version: 1\r\n\r\n"
		      "--E\r\nContent-Type: application/octet-stream\r\n\r\n");
	buf_put(out, armour->data, armour->len);
	buf_puts(out, "\r\n--E--\r\n");
}

static void
put_signed(struct buf *out, const char *content, const struct buf *signature)
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

static void
expect_good(const struct office *o, const struct opened *m, bool whole)
{
	assert_int_equal(m->v.signatures, 1);
	assert_int_equal(m->v.signature[0].status, SIGNATURE_GOOD);
	assert_string_equal(
	    m->v.signature[0].fingerprint, o->people.alice.fingerprint);
	assert_int_equal(m->v.signature[0].whole, whole);
}

static const char *
payload_subject(const struct opened *m)
{
	assert_int_not_equal(m->v.payload, PART_NONE);
	return part_field(&m->mail->table, m->v.payload, "Subject");
}

static void
a_signed_mail_is_covered_as_a_whole(void **state)
{
	struct office *o = *state;
	struct buf signature;
	struct buf raw;
	struct opened m;

	ALICE(o, entity, &signature, "-b");
	buf_init(&raw, LIMIT);
	buf_puts(&raw, head);
	put_signed(&raw, entity, &signature);
	load_all(o);
	open_raw(o, &raw, &m);
	expect_good(o, &m, true);
	assert_int_equal(m.v.encryption, ENCRYPTION_NONE);
	assert_string_equal(payload_subject(&m), "inner");
	assert_int_equal(m.v.warnings.count, 0);
	close_opened(&m);
	buf_free(&signature);
	buf_free(&raw);
}

static void
bare_line_feeds_are_signed_as_crlf(void **state)
{
	struct office *o = *state;
	struct buf signature;
	struct buf raw;
	struct buf lf;
	struct opened m;

	ALICE(o, entity, &signature, "-b");
	buf_init(&raw, LIMIT);
	buf_init(&lf, LIMIT);
	buf_puts(&raw, head);
	put_signed(&raw, entity, &signature);
	for (size_t i = 0; i < raw.len; i++)
		if (raw.data[i] != '\r')
			buf_putc(&lf, raw.data[i]);
	load_all(o);
	open_raw(o, &lf, &m);
	expect_good(o, &m, true);
	close_opened(&m);
	buf_free(&signature);
	buf_free(&raw);
	buf_free(&lf);
}

static void
a_list_footer_is_covered_by_nothing(void **state)
{
	struct office *o = *state;
	struct buf signature;
	struct buf raw;
	struct opened m;

	ALICE(o, entity, &signature, "-b");
	buf_init(&raw, LIMIT);
	buf_puts(&raw, head);
	buf_puts(
	    &raw, "Content-Type: multipart/mixed; boundary=M\r\n\r\n--M\r\n");
	put_signed(&raw, entity, &signature);
	buf_puts(&raw,
	    "\r\n--M\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--M--\r\n");
	load_all(o);
	open_raw(o, &raw, &m);
	expect_good(o, &m, false);
	assert_int_equal(m.v.payload, PART_NONE);
	assert_true(strs_has(&m.v.warnings, "partly-signed"));
	close_opened(&m);
	buf_free(&signature);
	buf_free(&raw);
}

static void
an_enclosed_message_keeps_its_signature_to_itself(void **state)
{
	struct office *o = *state;
	struct buf signature;
	struct buf raw;
	struct opened m;

	ALICE(o, entity, &signature, "-b");
	buf_init(&raw, LIMIT);
	buf_puts(&raw, head);
	buf_puts(&raw, "Content-Type: message/rfc822\r\n\r\n");
	buf_puts(&raw, head);
	put_signed(&raw, entity, &signature);
	load_all(o);
	open_raw(o, &raw, &m);
	expect_good(o, &m, false);
	assert_int_equal(m.v.payload, PART_NONE);
	close_opened(&m);
	buf_free(&signature);
	buf_free(&raw);
}

static void
a_combined_mail_is_whole(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf raw;
	struct opened m;

	ALICE(o, entity, &armour, "-s", "-e");
	buf_init(&raw, LIMIT);
	buf_puts(&raw, head);
	put_encrypted(&raw, &armour);
	load_all(o);
	open_raw(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	expect_good(o, &m, true);
	assert_string_equal(payload_subject(&m), "inner");
	assert_int_equal(m.v.recipients.count, 1);
	close_opened(&m);
	buf_free(&armour);
	buf_free(&raw);
}

static void
signed_inside_encrypted_is_whole(void **state)
{
	struct office *o = *state;
	struct buf signature;
	struct buf armour;
	struct buf inner;
	struct buf raw;
	struct opened m;

	ALICE(o, entity, &signature, "-b");
	buf_init(&inner, LIMIT);
	buf_init(&raw, LIMIT);
	put_signed(&inner, entity, &signature);
	ALICE(o, buf_str(&inner), &armour, "-e");
	buf_puts(&raw, head);
	put_encrypted(&raw, &armour);
	load_all(o);
	open_raw(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	expect_good(o, &m, true);
	assert_string_equal(payload_subject(&m), "inner");
	close_opened(&m);
	buf_free(&signature);
	buf_free(&armour);
	buf_free(&inner);
	buf_free(&raw);
}

static void
a_signature_around_a_ciphertext_covers_a_part(void **state)
{
	struct office *o = *state;
	struct buf signature;
	struct buf armour;
	struct buf inner;
	struct buf raw;
	struct opened m;

	ALICE(o, entity, &armour, "-e");
	buf_init(&inner, LIMIT);
	buf_init(&raw, LIMIT);
	put_encrypted(&inner, &armour);
	inner.data[inner.len -= 2] = '\0'; /* the boundary's own CRLF */
	for (size_t i = 0; i < inner.len; i++)
		if (inner.data[i] != '\r') {
			if (inner.data[i] == '\n')
				buf_putc(&raw, '\r');
			buf_putc(&raw, inner.data[i]);
		}
	ALICE(o, buf_str(&raw), &signature, "-b");
	buf_clear(&inner);
	buf_puts(&inner, buf_str(&raw));
	buf_clear(&raw);
	buf_puts(&raw, head);
	put_signed(&raw, buf_str(&inner), &signature);
	load_all(o);
	open_raw(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	expect_good(o, &m, false);
	assert_true(strs_has(&m.v.warnings, "partly-signed"));
	assert_string_equal(payload_subject(&m), "inner");
	close_opened(&m);
	buf_free(&signature);
	buf_free(&armour);
	buf_free(&inner);
	buf_free(&raw);
}

static void
text_around_an_encrypted_part_makes_it_part(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf raw;
	struct opened m;

	ALICE(o, entity, &armour, "-s", "-e");
	buf_init(&raw, LIMIT);
	buf_puts(&raw, head);
	buf_puts(&raw,
	    "Content-Type: multipart/mixed; boundary=M\r\n\r\n"
	    "--M\r\nContent-Type: text/html\r\n\r\n<img src=\"\r\n--M\r\n");
	put_encrypted(&raw, &armour);
	buf_puts(&raw, "\r\n--M--\r\n");
	load_all(o);
	open_raw(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_PART);
	expect_good(o, &m, false);
	assert_int_equal(m.v.payload, PART_NONE);
	assert_true(strs_has(&m.v.warnings, "partly-encrypted"));
	assert_true(m.v.part[m.v.parts - 1].apart);
	close_opened(&m);
	buf_free(&armour);
	buf_free(&raw);
}

static void
two_encrypted_parts_are_no_whole(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf raw;
	struct opened m;

	ALICE(o, entity, &armour, "-e");
	buf_init(&raw, LIMIT);
	buf_puts(&raw, head);
	buf_puts(
	    &raw, "Content-Type: multipart/mixed; boundary=M\r\n\r\n--M\r\n");
	put_encrypted(&raw, &armour);
	buf_puts(&raw, "\r\n--M\r\n");
	put_encrypted(&raw, &armour);
	buf_puts(&raw, "\r\n--M--\r\n");
	load_all(o);
	open_raw(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_PART);
	assert_true(m.v.part[m.v.parts - 2].apart);
	assert_true(m.v.part[m.v.parts - 1].apart);
	close_opened(&m);
	buf_free(&armour);
	buf_free(&raw);
}

static void
what_exchange_broke_is_repaired(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf raw;
	struct opened m;

	ALICE(o, entity, &armour, "-s", "-e");
	buf_init(&raw, LIMIT);
	buf_puts(&raw, head);
	buf_puts(&raw, "Content-Type: multipart/mixed; boundary=E\r\n\r\n"
		       "--E\r\nContent-Type: text/plain\r\n\r\n\r\n"
		       "--E\r\nContent-Type: application/pgp-encrypted\r\n\r\n"
		       "Version: 1\r\n\r\n"
		       "--E\r\nContent-Type: application/octet-stream\r\n\r\n");
	buf_put(&raw, armour.data, armour.len);
	buf_puts(&raw, "\r\n--E--\r\n");
	load_all(o);
	open_raw(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	expect_good(o, &m, true);
	assert_true(strs_has(&m.v.warnings, "pgp-repaired"));
	assert_string_equal(payload_subject(&m), "inner");
	close_opened(&m);
	buf_free(&armour);
	buf_free(&raw);
}

static void
open_text(struct office *o, const char *before, const struct buf *block,
    const char *after, struct opened *m)
{
	struct buf raw;

	buf_init(&raw, LIMIT);
	buf_puts(&raw, head);
	buf_puts(&raw, "Content-Type: text/plain; charset=utf-8\r\n\r\n");
	buf_puts(&raw, before);
	buf_put(&raw, block->data, block->len);
	buf_puts(&raw, after);
	open_raw(o, &raw, m);
	buf_free(&raw);
}

static void
expect_text(struct opened *m, uint32_t part, const char *text)
{
	struct strs warnings = {NULL, 0};
	struct err e = {ERR_NONE, ""};
	struct buf out;

	buf_init(&out, LIMIT);
	assert_int_equal(mail_text(m->mail, part, &out, &warnings, &e), 0);
	assert_string_equal(buf_str(&out), text);
	buf_free(&out);
	strs_free(&warnings);
}

static void
inline_text_is_opened(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct opened m;

	ALICE(o, "Inline.\n", &armour, "-s", "-e");
	load_all(o);
	open_text(o, "", &armour, "", &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	expect_good(o, &m, true);
	assert_int_equal(m.v.parts, 2);
	assert_true(m.v.part[0].container);
	assert_false(m.v.part[0].shown);
	assert_int_equal(m.v.payload, PART_NONE);
	expect_text(&m, 1, "Inline.\n");
	close_opened(&m);
	open_text(o, "Look:\r\n", &armour, "", &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_PART);
	expect_good(o, &m, false);
	assert_true(m.v.part[0].detached_text);
	close_opened(&m);
	buf_free(&armour);
}

static void
a_clear_signature_covers_its_text_alone(void **state)
{
	struct office *o = *state;
	struct buf block;
	struct opened m;

	ALICE(o, "Signed.\n- dash\n", &block, "--clearsign");
	load_all(o);
	open_text(o, "", &block, "", &m);
	expect_good(o, &m, true);
	assert_int_equal(m.v.encryption, ENCRYPTION_NONE);
	expect_text(&m, 1, "Signed.\n- dash\n");
	close_opened(&m);
	open_text(o, "", &block, "\r\nForged.\r\n", &m);
	expect_good(o, &m, false);
	assert_true(m.v.part[0].shown);
	assert_true(m.v.part[0].detached_text);
	close_opened(&m);
	block.data[strstr(buf_str(&block), "Signed.") - buf_str(&block)] = 's';
	open_text(o, "", &block, "", &m);
	assert_int_equal(m.v.signature[0].status, SIGNATURE_BAD);
	assert_true(strs_has(&m.v.warnings, "signature-bad"));
	close_opened(&m);
	buf_free(&block);
}

static void
an_encrypted_file_is_an_object_of_its_own(void **state)
{
	struct office *o = *state;
	struct buf armour;
	struct buf raw;
	struct opened m;
	uint32_t last = 0;

	ALICE(o, "a,b\n", &armour, "-e");
	buf_init(&raw, LIMIT);
	buf_puts(&raw, head);
	buf_puts(&raw,
	    "Content-Type: multipart/mixed; boundary=M\r\n\r\n"
	    "--M\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n"
	    "--M\r\nContent-Type: application/octet-stream\r\n"
	    "Content-Disposition: attachment; filename=\"a "
	    "b.csv.gpg\"\r\n\r\n");
	buf_put(&raw, armour.data, armour.len);
	buf_puts(&raw, "\r\n--M--\r\n");
	load_all(o);
	open_raw(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_PART);
	last = (uint32_t)m.v.parts - 1;
	assert_true(m.v.part[last].encrypted);
	assert_string_equal(m.mail->table.part[last].name, "a b.csv");
	assert_string_equal(
	    m.mail->table.part[last].type, "application/octet-stream");
	close_opened(&m);
	buf_free(&armour);
	buf_free(&raw);
}

static void
an_encrypted_mail_that_fails_says_so(void **state)
{
	struct office *o = *state;
	struct people *p = &o->people;
	struct buf in;
	struct buf armour;
	struct buf raw;
	struct opened m;

	buf_init(&in, LIMIT);
	buf_init(&armour, LIMIT);
	buf_init(&raw, LIMIT);
	buf_puts(&in, entity);
	people_run(p, &in, &armour, "--armor", "-r", p->mallory.fingerprint,
	    "-e", NULL);
	buf_puts(&raw, head);
	put_encrypted(&raw, &armour);
	load_all(o);
	open_raw(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_FAILED);
	assert_true(strs_has(&m.v.warnings, "not-for-us"));
	assert_int_equal(m.v.failures.count, 1);
	assert_int_equal(m.mail->buffers, 1);
	assert_int_equal(m.v.payload, PART_NONE);
	close_opened(&m);
	buf_free(&in);
	buf_free(&armour);
	buf_free(&raw);
}

static void
opening_again_knows_the_signer(void **state)
{
	struct office *o = *state;
	struct people *p = &o->people;
	struct err e = {ERR_NONE, ""};
	struct buf armour;
	struct buf raw;
	struct opened m;
	size_t parts = 0;

	ALICE(o, entity, &armour, "-s", "-e");
	buf_init(&raw, LIMIT);
	buf_puts(&raw, head);
	put_encrypted(&raw, &armour);
	people_load(p, &p->team, NULL);
	open_raw(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	assert_int_equal(m.v.signature[0].status, SIGNATURE_NO_KEY);
	assert_true(strs_has(&m.v.missing, p->alice.fingerprint));
	parts = m.mail->table.parts;
	verdict_free(&m.v);
	load_all(o);
	if (pgp_open_again(p->ring, m.mail, clock_now(NULL), &m.v, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(m.mail->table.parts, parts);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	expect_good(o, &m, true);
	assert_int_equal(m.v.missing.count, 0);
	close_opened(&m);
	buf_free(&armour);
	buf_free(&raw);
}

static void
a_layer_too_deep_stays_closed(void **state)
{
	struct office *o = *state;
	int64_t layers = o->config->limit_layers;
	struct buf armour;
	struct buf inner;
	struct buf raw;
	struct opened m;

	buf_init(&inner, LIMIT);
	buf_init(&raw, LIMIT);
	ALICE(o, entity, &armour, "-e");
	put_encrypted(&inner, &armour);
	buf_free(&armour);
	ALICE(o, buf_str(&inner), &armour, "-e");
	buf_puts(&raw, head);
	put_encrypted(&raw, &armour);
	load_all(o);
	open_raw(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_WHOLE);
	assert_string_equal(payload_subject(&m), "inner");
	close_opened(&m);
	o->config->limit_layers = 1;
	open_raw(o, &raw, &m);
	assert_int_equal(m.v.encryption, ENCRYPTION_FAILED);
	assert_true(strs_has(&m.v.warnings, "too-many-layers"));
	close_opened(&m);
	o->config->limit_layers = layers;
	buf_free(&armour);
	buf_free(&inner);
	buf_free(&raw);
}

static void
a_bomb_is_an_error(void **state)
{
	struct office *o = *state;
	int64_t limit = o->config->limit_decrypted;
	struct err e = {ERR_NONE, ""};
	struct buf text;
	struct buf armour;
	struct buf raw;
	struct opened m;

	buf_init(&text, LIMIT);
	buf_init(&raw, LIMIT);
	buf_puts(&text, entity);
	memset(buf_reserve(&text, 1U << 20), 'x', 1U << 20);
	ALICE(o, buf_str(&text), &armour, "-e");
	buf_puts(&raw, head);
	put_encrypted(&raw, &armour);
	load_all(o);
	o->config->limit_decrypted = 65536;
	assert_int_equal(
	    mail_open(&m.mail, o->parser, o->config, raw.data, raw.len, &e), 0);
	assert_int_equal(
	    pgp_open(o->people.ring, m.mail, clock_now(NULL), &m.v, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_true(strs_has(&m.v.warnings, "bomb"));
	assert_int_equal(m.mail->buffers, 1);
	o->config->limit_decrypted = limit;
	close_opened(&m);
	buf_free(&text);
	buf_free(&armour);
	buf_free(&raw);
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

static int
setup(void **state)
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

static int
teardown(void **state)
{
	struct office *o = *state;

	people_close(&o->people);
	ipc_free(o->parser);
	waitpid(o->parser_pid, NULL, 0);
	config_free(o->config);
	free(o);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_signed_mail_is_covered_as_a_whole),
	    cmocka_unit_test(bare_line_feeds_are_signed_as_crlf),
	    cmocka_unit_test(a_list_footer_is_covered_by_nothing),
	    cmocka_unit_test(an_enclosed_message_keeps_its_signature_to_itself),
	    cmocka_unit_test(a_combined_mail_is_whole),
	    cmocka_unit_test(signed_inside_encrypted_is_whole),
	    cmocka_unit_test(a_signature_around_a_ciphertext_covers_a_part),
	    cmocka_unit_test(text_around_an_encrypted_part_makes_it_part),
	    cmocka_unit_test(two_encrypted_parts_are_no_whole),
	    cmocka_unit_test(what_exchange_broke_is_repaired),
	    cmocka_unit_test(inline_text_is_opened),
	    cmocka_unit_test(a_clear_signature_covers_its_text_alone),
	    cmocka_unit_test(an_encrypted_file_is_an_object_of_its_own),
	    cmocka_unit_test(an_encrypted_mail_that_fails_says_so),
	    cmocka_unit_test(opening_again_knows_the_signer),
	    cmocka_unit_test(a_layer_too_deep_stays_closed),
	    cmocka_unit_test(a_bomb_is_an_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
