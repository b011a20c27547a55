#include "deliver/smtp.h"

#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/test_bytes.h"
#include "base/test_folder.h"
#include "deliver/test_peer.h"

#define MAIL                                                                   \
	"From: t@example.org\r\nTo: a@example.org\r\nSubject: ...\r\n"         \
	"Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n"                            \
	"Message-ID: <1@example.org>\r\n\r\n.dot first\r\nlast line\r\n"

#define CHUNKING                                                               \
	"250-peer\r\n250-PIPELINING\r\n250-CHUNKING\r\n"                       \
	"250 ENHANCEDSTATUSCODES\r\n"

/* A peer, a client to it, and what became of one mail. */
struct scene {
	struct peer peer;
	struct smtp_server server;
	char *ca_file;
	struct err e;
	int64_t took; /* milliseconds */
};

/* Mails for one session, and what became of each. */
struct list {
	const struct smtp_mail *mail;
	size_t count;
	size_t given;
	size_t told;
	struct err result[8];
	bool answered[8];
};

static void
list_done(void *ctx, const struct err *result, bool answered)
{
	struct list *l = ctx;

	assert_int_equal(l->told, l->given - 1);
	l->result[l->told] = *result;
	l->answered[l->told++] = answered;
}

static bool
list_next(void *ctx, struct smtp_mail *out)
{
	struct list *l = ctx;

	assert_int_equal(l->told, l->given);
	if (l->given == l->count)
		return false;
	*out = l->mail[l->given++];
	return true;
}

static void
list_send(struct list *l, struct smtp *s)
{
	const struct smtp_flow flow = {list_done, list_next, l};

	l->given = 1;
	smtp_submit(s, &l->mail[0], &flow);
	assert_int_equal(l->told, l->given);
}

static int
send_one(
    struct smtp *s, const char *from, const char *to, int fd, struct err *e)
{
	const struct smtp_mail mail = {.from = from, .to = to, .fd = fd};
	struct list l = {.mail = &mail, .count = 1};

	list_send(&l, s);
	*e = l.result[0];
	return e->code == ERR_NONE ? 0 : -1;
}

static void
scene_open(struct scene *s, const struct peer_script *script)
{
	*s = (struct scene){0};
	peer_start(&s->peer, script);
	s->ca_file = xasprintf("%s/ca.pem", s->peer.folder);
	s->server = (struct smtp_server){.host = "127.0.0.1",
	    .port = s->peer.port,
	    .ca_file = s->ca_file,
	    .helo = "client.example.org",
	    .tls = script->implicit ? SMTP_IMPLICIT : SMTP_STARTTLS,
	    .timeout = 20,
	    .patience = 20};
}

static void
scene_close(struct scene *s)
{
	peer_stop(&s->peer);
	free(s->ca_file);
}

static int
scene_send_mail(
    struct scene *s, const char *from, const char *to, const char *mail)
{
	struct smtp *smtp;
	int64_t start = clock_monotonic_ms();
	int fd = test_bytes_fd(mail, strlen(mail));
	int rc;

	s->e = (struct err){0};
	assert_int_equal(smtp_open(&smtp, &s->server, &s->e), 0);
	rc = send_one(smtp, from, to, fd, &s->e);
	smtp_close(smtp);
	close(fd);
	s->took = clock_monotonic_ms() - start;
	return rc;
}

static int
scene_send(struct scene *s)
{
	return scene_send_mail(s, "t@example.org", "a@example.org", MAIL);
}

static bool
scene_heard(const struct scene *s, const char *words)
{
	char *heard = peer_heard(&s->peer);
	bool found = strstr(heard, words) != NULL;

	free(heard);
	return found;
}

/* The mail fails so, in those words. */
static void
assert_fails(
    const struct peer_script *script, enum err_code code, const char *words)
{
	struct scene s;

	scene_open(&s, script);
	/* who waits for it to be over waits for a second */
	if (strcmp(words, "no answer in time") == 0)
		s.server.timeout = s.server.patience = 1;
	assert_int_equal(scene_send(&s), -1);
	if (s.e.code != code || strstr(s.e.text, words) == NULL)
		fail_msg("%d: %s, expected %d: %s", (int)s.e.code, s.e.text,
		    (int)code, words);
	assert_memory_equal(s.e.text, "127.0.0.1: ", 11);
	scene_close(&s);
}

static void
a_mail_is_taken_after_starttls(void **state)
{
	const struct peer_script script = {0};
	struct scene s;

	(void)state;
	scene_open(&s, &script);
	if (scene_send(&s) == -1)
		fail_msg("%s", s.e.text);
	assert_true(scene_heard(&s, "STARTTLS\r\nSNI \n"));
	assert_true(scene_heard(&s, "EHLO client.example.org\r\n"));
	assert_true(scene_heard(&s, "MAIL FROM:<t@example.org>"));
	assert_true(scene_heard(&s, "RCPT TO:<a@example.org>\r\n"));
	assert_true(scene_heard(&s, "DATA\r\nQUIT\r\n"));
	char *mail = peer_mail(&s.peer);

	assert_string_equal(mail, MAIL);
	free(mail);
	scene_close(&s);
}

static void
a_mail_is_taken_inside_implicit_tls(void **state)
{
	const struct peer_script script = {.implicit = true};
	struct scene s;

	(void)state;
	scene_open(&s, &script);
	if (scene_send(&s) == -1)
		fail_msg("%s", s.e.text);
	assert_true(scene_heard(&s, "SNI \nEHLO "));
	assert_true(scene_heard(&s, "DATA\r\nQUIT\r\n"));
	assert_false(scene_heard(&s, "STARTTLS"));
	scene_close(&s);
}

static void
a_large_mail_arrives_byte_for_byte_in_every_way(void **state)
{
	static const struct peer_script scripts[] = {
	    {0}, {.implicit = true}, {.ehlo_tls = CHUNKING}};
	struct buf b;

	(void)state;
	buf_init(&b, 1U << 20);
	buf_puts(&b, MAIL);
	for (int i = 0; i < 8000; i++)
		buf_putf(&b, "%060d\r\n..%d\r\n", i, i);
	for (size_t i = 0; i < 3; i++) {
		struct scene s;
		char *mail;

		scene_open(&s, &scripts[i]);
		if (scene_send_mail(&s, "t@example.org", "a@example.org",
			buf_str(&b)) == -1)
			fail_msg("%zu: %s", i, s.e.text);
		mail = peer_mail(&s.peer);
		assert_true(strcmp(mail, buf_str(&b)) == 0);
		free(mail);
		scene_close(&s);
	}
	buf_free(&b);
}

static void
the_null_sender_is_said_as_such(void **state)
{
	const struct peer_script script = {0};
	struct scene s;

	(void)state;
	scene_open(&s, &script);
	assert_int_equal(scene_send_mail(&s, "", "a@example.org", MAIL), 0);
	assert_true(scene_heard(&s, "MAIL FROM:<>"));
	scene_close(&s);
}

static void
one_client_sends_again_and_again(void **state)
{
	const struct peer_script script = {0};
	struct scene s;
	struct smtp *smtp;
	int fd = test_bytes_fd(MAIL, strlen(MAIL));

	(void)state;
	scene_open(&s, &script);
	assert_int_equal(smtp_open(&smtp, &s.server, &s.e), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    send_one(smtp, "t@example.org", "a@example.org", fd, &s.e),
		    0);
	smtp_close(smtp);
	close(fd);
	scene_close(&s);
}

/* How often the clients said it. */
static size_t
scene_count(const struct scene *s, const char *words)
{
	char *heard = peer_heard(&s->peer);
	size_t n = 0;

	for (const char *p = heard; (p = strstr(p, words)) != NULL; p++)
		n++;
	free(heard);
	return n;
}

/* Sends l over one client; its mails have the bytes of MAIL. */
static void
scene_list(struct scene *s, struct list *l, const struct peer_script *script,
    const char *const *to, size_t count)
{
	struct smtp_mail mail[8];
	struct smtp *smtp;

	scene_open(s, script);
	assert_int_equal(smtp_open(&smtp, &s->server, &s->e), 0);
	for (size_t i = 0; i < count; i++)
		mail[i] = (struct smtp_mail){.from = "t@example.org",
		    .to = to[i],
		    .envid = "b1-x",
		    .fd = test_bytes_fd(MAIL, strlen(MAIL))};
	l->mail = mail;
	l->count = count;
	list_send(l, smtp);
	for (size_t i = 0; i < count; i++)
		close(mail[i].fd);
	smtp_close(smtp);
	assert_int_equal(l->told, count);
}

static const char *const to_three[] = {
    "a@example.org", "b@example.org", "c@example.org"};

static void
one_session_carries_many_mails(void **state)
{
	const struct peer_script script[] = {{0},
	    {.implicit = true, .ehlo_tls = CHUNKING}, {.ehlo_tls = CHUNKING}};

	(void)state;
	for (size_t i = 0; i < sizeof(script) / sizeof(*script); i++) {
		struct list l = {0};
		struct scene s;

		scene_list(&s, &l, &script[i], to_three, 3);
		for (size_t k = 0; k < 3; k++)
			if (l.result[k].code != ERR_NONE || !l.answered[k])
				fail_msg("%zu: %s", i, l.result[k].text);
		assert_int_equal(scene_count(&s, "SNI"), 1);
		assert_int_equal(scene_count(&s, "MAIL FROM:"), 3);
		assert_int_equal(scene_count(&s, "QUIT"), 1);
		char *mail = peer_mail(&s.peer);

		assert_string_equal(mail, MAIL MAIL MAIL);
		free(mail);
		scene_close(&s);
	}
}

static void
a_refusal_of_one_leaves_the_others_in_the_session(void **state)
{
	const struct peer_script script[] = {
	    {.bad_rcpt = "<b@"}, {.bad_rcpt = "<b@", .ehlo_tls = CHUNKING}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct list l = {0};
		struct scene s;

		scene_list(&s, &l, &script[i], to_three, 3);
		assert_int_equal(l.result[0].code, ERR_NONE);
		assert_int_equal(l.result[1].code, ERR_DENIED);
		assert_non_null(strstr(l.result[1].text, "550 5.1.1"));
		assert_true(l.answered[1]);
		assert_int_equal(l.result[2].code, ERR_NONE);
		scene_close(&s);
	}
}

static void
a_mail_that_cannot_be_said_stops_no_other(void **state)
{
	const struct peer_script script = {0};
	const char *const to[] = {
	    "a@example.org", "<b>@example.org", "", "c@example.org"};
	struct list l = {0};
	struct scene s;

	(void)state;
	scene_list(&s, &l, &script, to, 4);
	assert_int_equal(l.result[0].code, ERR_NONE);
	assert_int_equal(l.result[1].code, ERR_DENIED);
	assert_int_equal(l.result[2].code, ERR_DENIED);
	assert_int_equal(l.result[3].code, ERR_NONE);
	assert_int_equal(scene_count(&s, "SNI"), 1);
	scene_close(&s);
}

static void
every_mail_is_told_where_data_is_refused(void **state)
{
	const struct peer_script script = {.data = "451 4.3.0 not now\r\n"};
	struct list l = {0};
	struct scene s;

	(void)state;
	scene_list(&s, &l, &script, to_three, 3);
	for (size_t k = 0; k < 3; k++) {
		assert_int_equal(l.result[k].code, ERR_TEMP);
		assert_non_null(strstr(l.result[k].text, "451 4.3.0"));
	}
	assert_int_equal(scene_count(&s, "MAIL FROM:"), 3);
	scene_close(&s);
}

static void
a_session_the_server_ended_fails_no_mail(void **state)
{
	const struct peer_script script = {.mails = 1};
	struct list l = {0};
	struct scene s;

	(void)state;
	scene_list(&s, &l, &script, to_three, 3);
	for (size_t k = 0; k < 3; k++)
		if (l.result[k].code != ERR_NONE)
			fail_msg("%s", l.result[k].text);
	assert_int_equal(scene_count(&s, "SNI"), 3);
	char *mail = peer_mail(&s.peer);

	assert_string_equal(mail, MAIL MAIL MAIL);
	free(mail);
	scene_close(&s);
}

static void
a_server_that_is_away_answers_no_mail(void **state)
{
	const struct peer_script script = {.greeting = PEER_CLOSE};
	struct list l = {0};
	struct scene s;

	(void)state;
	scene_list(&s, &l, &script, to_three, 1);
	assert_int_equal(l.result[0].code, ERR_TEMP);
	assert_false(l.answered[0]);
	scene_close(&s);
}

static void
reports_are_asked_for_where_they_are_offered(void **state)
{
	const struct peer_script none = {0},
				 dsn = {.ehlo_tls = "250-peer\r\n250 DSN\r\n"};
	const char *const to[] = {"a+b=c@example.org"};
	struct list l = {0};
	struct scene s;

	(void)state;
	scene_list(&s, &l, &dsn, to, 1);
	assert_int_equal(l.result[0].code, ERR_NONE);
	assert_true(
	    scene_heard(&s, "MAIL FROM:<t@example.org> RET=HDRS ENVID=b1-x\r\n"
			    "RCPT TO:<a+b=c@example.org> NOTIFY=FAILURE,DELAY"
			    " ORCPT=rfc822;a+2Bb+3Dc@example.org\r\n"));
	scene_close(&s);
	l = (struct list){0};
	scene_list(&s, &l, &none, to, 1);
	assert_int_equal(l.result[0].code, ERR_NONE);
	assert_false(scene_heard(&s, "NOTIFY"));
	assert_false(scene_heard(&s, "ENVID"));
	scene_close(&s);
	/* Nothing comes back for the null sender. */
	scene_open(&s, &dsn);
	assert_int_equal(scene_send_mail(&s, "", "a@example.org", MAIL), 0);
	assert_true(scene_heard(&s, "NOTIFY=NEVER"));
	assert_false(scene_heard(&s, "RET="));
	scene_close(&s);
}

static void
a_refusal_for_good_is_told_in_the_servers_words(void **state)
{
	static const struct peer_script scripts[] = {
	    {.mail = "550 5.7.1 not you\r\n"},
	    {.rcpt = "550 5.7.1 not you\r\n"},
	    {.data = "550 5.7.1 not you\r\n"}, {.end = "550 5.7.1 not you\r\n"},
	    {.ehlo_tls = CHUNKING, .last = "550 5.7.1 not you\r\n"}};
	static const char *const words[] = {"MAIL FROM: 550 5.7.1 not you",
	    "RCPT TO: 550 5.7.1 not you", "the mail: 550 5.7.1 not you",
	    "the mail: 550 5.7.1 not you", "the mail: 550 5.7.1 not you"};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_fails(&scripts[i], ERR_DENIED, words[i]);
}

static void
a_refusal_for_now_is_tried_again(void **state)
{
	static const struct peer_script scripts[] = {
	    {.mail = "451 4.3.0 later\r\n"}, {.rcpt = "451 4.3.0 later\r\n"},
	    {.data = "451 4.3.0 later\r\n"}, {.end = "451 4.3.0 later\r\n"},
	    {.greeting = "421 4.3.0 later\r\n"},
	    {.ehlo = "421 4.3.0 later\r\n"},
	    {.starttls = "454 4.3.0 later\r\n"},
	    {.greeting = "554 5.3.0 later\r\n"},
	    {.ehlo = "554 5.3.0 later\r\n"},
	    {.mail = "530 5.7.0 log in first, later\r\n"},
	    {.ehlo_tls = CHUNKING,
		.bdat = "451 4.3.0 later\r\n",
		.last = "451 4.3.0 later\r\n"}};

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		assert_fails(&scripts[i], ERR_TEMP, "later");
}

static void
a_server_that_goes_away_is_tried_again(void **state)
{
	static const struct peer_script scripts[] = {{.greeting = PEER_CLOSE},
	    {.greeting = PEER_RESET},
	    {.implicit = true, .greeting = PEER_RESET}, {.ehlo = PEER_CLOSE},
	    {.starttls = PEER_CLOSE}, {.ehlo_tls = PEER_CLOSE},
	    {.mail = PEER_CLOSE}, {.rcpt = PEER_CLOSE}, {.data = PEER_CLOSE},
	    {.end = PEER_CLOSE}, {.ehlo_tls = CHUNKING, .last = PEER_CLOSE},
	    {.implicit = true, .greeting = PEER_CLOSE},
	    {.implicit = true, .end = PEER_CLOSE}};

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		assert_fails(&scripts[i], ERR_TEMP, "");
}

/* A second each: that of the time-out. */
static void
a_silent_server_is_left_after_the_time_out(void **state)
{
	static const struct peer_script scripts[] = {{.greeting = PEER_SILENT},
	    {.starttls = PEER_SILENT}, {.rcpt = PEER_SILENT},
	    {.end = PEER_SILENT}, {.implicit = true, .mail = PEER_SILENT},
	    {.ehlo_tls = CHUNKING, .last = PEER_SILENT}};

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		assert_fails(&scripts[i], ERR_TEMP, "no answer in time");
}

static void
a_server_that_never_ends_its_answer_is_left(void **state)
{
	static const struct peer_script scripts[] = {{.greeting = PEER_ENDLESS},
	    {.ehlo = PEER_FLOOD}, {.rcpt = PEER_ENDLESS}, {.end = PEER_FLOOD}};

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct scene s;

		scene_open(&s, &scripts[i]);
		assert_int_equal(scene_send(&s), -1);
		assert_int_equal(s.e.code, ERR_TEMP);
		assert_true(s.took < s.server.timeout * 1000);
		scene_close(&s);
	}
}

static void
nothing_is_said_to_a_server_that_does_not_prove_itself(void **state)
{
	static const enum peer_cert certs[] = {
	    PEER_OTHER_NAME, PEER_STRANGER, PEER_EXPIRED};
	static const char *const words[] = {"TLS: IP address mismatch",
	    "TLS: self-signed certificate", "TLS: certificate has expired"};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		const struct peer_script script = {
		    .cert = certs[i / 2], .implicit = i % 2 == 1};
		struct scene s;

		scene_open(&s, &script);
		assert_int_equal(scene_send(&s), -1);
		assert_int_equal(s.e.code, ERR_TEMP);
		if (strstr(s.e.text, words[i / 2]) == NULL)
			assert_string_equal(s.e.text, words[i / 2]);
		assert_false(scene_heard(&s, "MAIL"));
		assert_false(scene_heard(&s, "SNI"));
		scene_close(&s);
	}
}

static void
a_name_is_proven_and_said_to_the_server(void **state)
{
	const struct peer_script good = {0};
	const struct peer_script other = {.cert = PEER_OTHER_NAME};
	struct addrinfo *found;
	struct scene s;

	(void)state;
	/* A tree that was just unpacked has no /etc/hosts. */
	if (getaddrinfo("localhost", NULL, NULL, &found) != 0)
		skip();
	freeaddrinfo(found);
	scene_open(&s, &good);
	s.server.host = "localhost";
	if (scene_send(&s) == -1)
		fail_msg("%s", s.e.text);
	assert_true(scene_heard(&s, "SNI localhost\n"));
	scene_close(&s);
	scene_open(&s, &other);
	s.server.host = "localhost";
	assert_int_equal(scene_send(&s), -1);
	assert_string_equal(s.e.text, "localhost: TLS: hostname mismatch");
	assert_false(scene_heard(&s, "MAIL"));
	scene_close(&s);
}

static void
the_systems_certificates_do_not_vouch_for_a_test(void **state)
{
	const struct peer_script script = {0};
	struct scene s;

	(void)state;
	scene_open(&s, &script);
	s.server.ca_file = NULL;
	assert_int_equal(scene_send(&s), -1);
	assert_int_equal(s.e.code, ERR_TEMP);
	assert_false(scene_heard(&s, "MAIL"));
	scene_close(&s);
}

static void
starttls_that_is_not_offered_is_not_done_without(void **state)
{
	const struct peer_script script = {.ehlo = "250 peer\r\n"};
	const struct peer_script old = {.ehlo = "502 5.5.1 what\r\n"};
	struct scene s;

	(void)state;
	scene_open(&s, &script);
	assert_int_equal(scene_send(&s), -1);
	assert_int_equal(s.e.code, ERR_TEMP);
	assert_string_equal(
	    s.e.text, "127.0.0.1: TLS: STARTTLS is not offered");
	assert_false(scene_heard(&s, "MAIL"));
	scene_close(&s);
	scene_open(&s, &old);
	assert_int_equal(scene_send(&s), -1);
	assert_int_equal(s.e.code, ERR_TEMP);
	assert_false(scene_heard(&s, "MAIL"));
	scene_close(&s);
}

static void
a_server_in_clear_text_is_for_who_asks_for_it(void **state)
{
	const struct peer_script script = {0};
	struct scene s;

	(void)state;
	scene_open(&s, &script);
	s.server.tls = SMTP_CLEAR;
	assert_int_equal(scene_send(&s), 0);
	assert_false(scene_heard(&s, "STARTTLS"));
	assert_false(scene_heard(&s, "SNI"));
	scene_close(&s);
}

#define AUTH_PLAIN "250-peer\r\n250 AUTH PLAIN\r\n"

static void
name_and_password_are_said_inside_tls(void **state)
{
	/* "\0user\0pass word" */
	static const char said[] = "AUTH PLAIN AHVzZXIAcGFzcyB3b3Jk\r\n";
	const struct peer_script scripts[] = {
	    {.ehlo = "250-peer\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n",
		.ehlo_tls = AUTH_PLAIN},
	    {.implicit = true, .ehlo_tls = AUTH_PLAIN}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct scene s;
		char *heard, *login, *tls;

		scene_open(&s, &scripts[i]);
		s.server.user = "user";
		s.server.password = "pass word";
		if (scene_send(&s) == -1)
			fail_msg("%s", s.e.text);
		heard = peer_heard(&s.peer);
		login = strstr(heard, said);
		tls = strstr(heard, "SNI");
		assert_non_null(login);
		assert_non_null(tls);
		assert_true(login > tls);
		free(heard);
		scene_close(&s);
	}
}

static void
nothing_is_sent_where_the_password_is_refused(void **state)
{
	const struct peer_script scripts[] = {
	    {.ehlo_tls = AUTH_PLAIN, .auth = "535 5.7.8 no: pass word\r\n"},
	    {.ehlo_tls = AUTH_PLAIN, .auth = "535 5.7.8 wrong\r\n"}, {0}};
	static const char *const words[] = {"was refused",
	    "authentication was refused: 535 5.7.8 wrong",
	    "authentication is not offered"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct scene s;

		scene_open(&s, &scripts[i]);
		s.server.user = "user";
		s.server.password = "pass word";
		assert_int_equal(scene_send(&s), -1);
		assert_int_equal(s.e.code, ERR_TEMP);
		if (strstr(s.e.text, words[i]) == NULL)
			assert_string_equal(s.e.text, words[i]);
		assert_null(strstr(s.e.text, "pass word"));
		assert_false(scene_heard(&s, "MAIL"));
		scene_close(&s);
	}
}

static void
a_name_too_long_for_the_library_is_refused(void **state)
{
	char name[SMTP_LOGIN + 2];
	struct smtp_server server = {.host = "localhost",
	    .tls = SMTP_CLEAR,
	    .user = name,
	    .password = "x",
	    .timeout = 1};
	struct err e = {0};
	struct smtp *smtp;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[SMTP_LOGIN + 1] = '\0';
	assert_int_equal(smtp_open(&smtp, &server, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	assert_null(smtp);
	name[SMTP_LOGIN] = '\0';
	assert_int_equal(smtp_open(&smtp, &server, &e), 0);
	smtp_close(smtp);
	server.password = NULL;
	assert_int_equal(smtp_open(&smtp, &server, &e), -1);
}

static void
control_characters_of_a_server_reach_no_text(void **state)
{
	const struct peer_script script = {
	    .rcpt = "550 5.1.1 \x1b[31mred\x07\xff\r\n"};
	struct scene s;

	(void)state;
	scene_open(&s, &script);
	assert_int_equal(scene_send(&s), -1);
	assert_int_equal(s.e.code, ERR_DENIED);
	for (const char *p = s.e.text; *p != '\0'; p++)
		assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
	assert_non_null(strstr(s.e.text, "red"));
	scene_close(&s);
}

static void
an_address_that_smtp_cannot_carry_is_refused_unsent(void **state)
{
	static const char *const bad[] = {"a@example.org>\r\nDATA",
	    "a\r\n@example.org", "a@example.org> SIZE=0",
	    "\xc3\xa9@example.org", "a@\xe4\xbe\x8b.jp", "a\x7f@example.org"};
	const struct peer_script script = {0};
	struct scene s;

	(void)state;
	scene_open(&s, &script);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    scene_send_mail(&s, "t@example.org", bad[i], MAIL), -1);
		assert_int_equal(s.e.code, ERR_DENIED);
		assert_int_equal(
		    scene_send_mail(&s, bad[i], "a@example.org", MAIL), -1);
		assert_int_equal(s.e.code, ERR_DENIED);
	}
	assert_int_equal(scene_send_mail(&s, "t@example.org", "", MAIL), -1);
	assert_int_equal(s.e.code, ERR_DENIED);
	assert_false(scene_heard(&s, "EHLO"));
	scene_close(&s);
}

static void
bytes_that_end_a_mail_early_for_some_are_not_sent(void **state)
{
	static const char *const bad[] = {"", "a: b\r\n\r\nx\n.\r\n",
	    "a: b\r\n\r\nx\r.\r\n", "a: b\r\n\r\nx", "a: b\r\n\r\nx\r",
	    "a: b\r\n\r\nx\r\r\n", "\na: b\r\n"};
	const struct peer_script script = {0};
	struct scene s;

	(void)state;
	scene_open(&s, &script);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(scene_send_mail(&s, "t@example.org",
				     "a@example.org", bad[i]),
		    -1);
		assert_int_equal(s.e.code, ERR_BUG);
	}
	assert_false(scene_heard(&s, "EHLO"));
	scene_close(&s);
}

static void
a_server_that_is_not_there_is_tried_again(void **state)
{
	const struct peer_script script = {0};
	struct scene s;

	(void)state;
	scene_open(&s, &script);
	peer_stop(&s.peer);
	/* its CA went with it */
	s.server.tls = SMTP_CLEAR;
	assert_int_equal(scene_send(&s), -1);
	assert_int_equal(s.e.code, ERR_TEMP);
	s.server.host = "nowhere.invalid";
	assert_int_equal(scene_send(&s), -1);
	assert_int_equal(s.e.code, ERR_TEMP);
	s.server.tls = SMTP_STARTTLS;
	struct smtp *smtp;

	assert_int_equal(smtp_open(&smtp, &s.server, &s.e), -1);
	assert_int_equal(s.e.code, ERR_TEMP);
	assert_null(smtp);
	scene_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_mail_is_taken_after_starttls),
	    cmocka_unit_test(a_mail_is_taken_inside_implicit_tls),
	    cmocka_unit_test(a_large_mail_arrives_byte_for_byte_in_every_way),
	    cmocka_unit_test(the_null_sender_is_said_as_such),
	    cmocka_unit_test(one_client_sends_again_and_again),
	    cmocka_unit_test(one_session_carries_many_mails),
	    cmocka_unit_test(a_refusal_of_one_leaves_the_others_in_the_session),
	    cmocka_unit_test(a_mail_that_cannot_be_said_stops_no_other),
	    cmocka_unit_test(every_mail_is_told_where_data_is_refused),
	    cmocka_unit_test(a_session_the_server_ended_fails_no_mail),
	    cmocka_unit_test(a_server_that_is_away_answers_no_mail),
	    cmocka_unit_test(reports_are_asked_for_where_they_are_offered),
	    cmocka_unit_test(a_refusal_for_good_is_told_in_the_servers_words),
	    cmocka_unit_test(a_refusal_for_now_is_tried_again),
	    cmocka_unit_test(a_server_that_goes_away_is_tried_again),
	    cmocka_unit_test(a_silent_server_is_left_after_the_time_out),
	    cmocka_unit_test(a_server_that_never_ends_its_answer_is_left),
	    cmocka_unit_test(
		nothing_is_said_to_a_server_that_does_not_prove_itself),
	    cmocka_unit_test(a_name_is_proven_and_said_to_the_server),
	    cmocka_unit_test(the_systems_certificates_do_not_vouch_for_a_test),
	    cmocka_unit_test(starttls_that_is_not_offered_is_not_done_without),
	    cmocka_unit_test(a_server_in_clear_text_is_for_who_asks_for_it),
	    cmocka_unit_test(name_and_password_are_said_inside_tls),
	    cmocka_unit_test(nothing_is_sent_where_the_password_is_refused),
	    cmocka_unit_test(a_name_too_long_for_the_library_is_refused),
	    cmocka_unit_test(control_characters_of_a_server_reach_no_text),
	    cmocka_unit_test(
		an_address_that_smtp_cannot_carry_is_refused_unsent),
	    cmocka_unit_test(bytes_that_end_a_mail_early_for_some_are_not_sent),
	    cmocka_unit_test(a_server_that_is_not_there_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
