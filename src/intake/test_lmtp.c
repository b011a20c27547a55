#include "intake/lmtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

#define MAX 2000 /* bytes of a message */
#define LONG 6000 /* bytes of a line */

/* Who runs a session: what it was given, and what it says. */
struct place {
	struct lmtp *lmtp;
	struct buf said; /* all replies */
	struct buf message; /* the one that came last */
	char *sender;
	struct strs recipients;
	unsigned begun, dropped, whole, refused;
	bool full; /* no mail may come */
	bool failing; /* the disk */
	bool later; /* the answer is the test's to give */
};

static bool
place_may(void *ctx, uint64_t size)
{
	struct place *p = ctx;

	(void)size;
	return !p->full;
}

static int
place_begin(void *ctx)
{
	struct place *p = ctx;

	p->begun++;
	buf_clear(&p->message);
	return p->failing ? -1 : 0;
}

static int
place_put(void *ctx, const void *data, size_t len)
{
	struct place *p = ctx;

	buf_put(&p->message, data, len);
	return 0;
}

static void
place_whole(void *ctx, const struct envelope *env)
{
	struct place *p = ctx;

	p->whole++;
	free(p->sender);
	p->sender = xstrdup(env->sender);
	strs_free(&p->recipients);
	strs_copy(&p->recipients, &env->recipients);
	if (!p->later)
		lmtp_answer(p->lmtp, "250 2.0.0 taken");
}

static void
place_refused(void *ctx, const char *reply)
{
	struct place *p = ctx;

	assert_non_null(reply);
	p->refused++;
}

static void
place_drop(void *ctx)
{
	struct place *p = ctx;

	p->dropped++;
}

static const struct lmtp_calls calls = {
    .may = place_may,
    .begin = place_begin,
    .put = place_put,
    .whole = place_whole,
    .refused = place_refused,
    .drop = place_drop,
};

static void
place_open(struct place *p)
{
	*p = (struct place){0};
	buf_init(&p->said, 1U << 20);
	buf_init(&p->message, 1U << 20);
	p->lmtp = lmtp_create(&calls, p, MAX);
}

static void
place_close(struct place *p)
{
	lmtp_free(p->lmtp);
	buf_free(&p->said);
	buf_free(&p->message);
	free(p->sender);
	strs_free(&p->recipients);
	assert_int_equal(p->begun, p->whole + p->dropped);
}

/* Sends a part; the replies are read as they come. */
static void
place_send(struct place *p, const char *bytes, size_t len)
{
	for (;;) {
		/* in a block of its own: reading one too many is seen */
		char *copy = xmemdup(bytes, len);
		size_t used = lmtp_feed(p->lmtp, copy, len);
		struct buf *out = lmtp_replies(p->lmtp);

		free(copy);
		bytes += used;
		len -= used;
		assert_false(out->over);
		if (out->len == 0 && (used == 0 || len == 0))
			return;
		buf_put(&p->said, out->data, out->len);
		buf_clear(out);
		if (len == 0)
			return;
	}
}

/* The codes of all replies, "220 250 ", without the text. */
static char *
place_codes(const struct place *p)
{
	struct strs lines = {0};
	struct buf out;

	buf_init(&out, 1U << 20);
	strs_split(&lines, buf_str(&p->said), "\r\n");
	for (size_t i = 0; i < lines.count; i++)
		if (strlen(lines.item[i]) > 3 && lines.item[i][3] == ' ')
			buf_putf(&out, "%.3s ", lines.item[i]);
	strs_free(&lines);
	return buf_take_str(&out);
}

static void
assert_session(const char *input, size_t len, size_t step, const char *codes,
    const char *message)
{
	struct place p;
	char *got;

	place_open(&p);
	for (size_t at = 0; at < len; at += step)
		place_send(&p, input + at, step < len - at ? step : len - at);
	got = place_codes(&p);
	assert_string_equal(got, codes);
	assert_int_equal(p.whole, message != NULL);
	if (message != NULL)
		assert_string_equal(buf_str(&p.message), message);
	free(got);
	place_close(&p);
}

/* In one piece, byte by byte, and cut in two at each place. */
static void
assert_said(const char *input, const char *codes, const char *message)
{
	size_t len = strlen(input);

	assert_session(input, len, len, codes, message);
	for (size_t step = 1; step < len; step++)
		assert_session(input, len, step, codes, message);
}

#define HELLO "LHLO mx.example.org\r\n"
#define START HELLO "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n"

static void
each_recipient_gets_a_reply_of_its_own(void **state)
{
	(void)state;
	assert_said(START "RCPT TO:<e@d.example>\r\nDATA\r\nhello\r\n.\r\n"
			  "QUIT\r\n",
	    "220 250 250 250 250 354 250 250 221 ", "hello\r\n");
	/* twice the same: two replies, RFC 2033 section 4.2 */
	assert_said(START "RCPT TO:<c@d.example>\r\nDATA\r\n.\r\n",
	    "220 250 250 250 250 354 250 250 ", "");
}

static void
dots_are_taken_away_once(void **state)
{
	(void)state;
	assert_said(START "DATA\r\n..one\r\n...\r\n.x\r\na.\r\n..\r\n.\r\n",
	    "220 250 250 250 354 250 ", ".one\r\n..\r\nx\r\na.\r\n.\r\n");
}

static void
only_crlf_dot_crlf_ends_a_message(void **state)
{
	static const char *const ends[] = {"\n.\n", "\n.\r\n", "\r\n.\n",
	    "\r.\r", "\r.\r\n", "\r\n.\r", "\n.\r", "\r\r\n.\r\r\n",
	    "\r\n.\r\r\n", "\r\n.\n\r\n", "\n\r\n", "\r"};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		/* what was smuggled behind it is no command and no mail */
		char *input = xasprintf(START
		    "DATA\r\nhello%sx\r\nMAIL FROM:<evil@b.example>\r\n"
		    "RCPT TO:<f@d.example>\r\nDATA\r\nsmuggled\r\n.\r\n"
		    "NOOP\r\n",
		    ends[i]);

		assert_said(input, "220 250 250 250 354 550 250 ", NULL);
		free(input);
	}
}

static void
a_command_ends_with_crlf_alone(void **state)
{
	(void)state;
	assert_said("LHLO a\nNOOP\r\n", "220 521 ", NULL);
	assert_said("LHLO a\rNOOP\r\n", "220 521 ", NULL);
	assert_said(HELLO "NOOP \r\r\nNOOP\r\n", "220 250 521 ", NULL);
}

static void
a_message_over_the_limit_is_read_and_refused(void **state)
{
	char *big = xmalloc(MAX + 100);
	char *input;

	(void)state;
	memset(big, 'x', MAX + 99);
	for (size_t i = 78; i < MAX + 99; i += 80)
		memcpy(big + i, "\r\n", 2);
	big[MAX + 99] = '\0';
	input = xasprintf(START "DATA\r\n%s\r\n.\r\nNOOP\r\n", big);
	assert_session(
	    input, strlen(input), 7, "220 250 250 250 354 552 250 ", NULL);
	free(input);
	free(big);
	assert_said(HELLO "MAIL FROM:<a@b.example> SIZE=2001\r\n"
			  "MAIL FROM:<a@b.example> SIZE=2000\r\n",
	    "220 250 552 250 ", NULL);
}

static void
what_is_as_large_as_the_limit_is_taken(void **state)
{
	char *input = xmalloc(MAX + 200);
	char *text = xmalloc(MAX + 1);
	size_t n;

	(void)state;
	memset(text, 'y', MAX);
	memcpy(text + MAX - 2, "\r\n", 3);
	n = strlen(START "DATA\r\n");
	memcpy(input, START "DATA\r\n", n);
	memcpy(input + n, text, MAX);
	memcpy(input + n + MAX, ".\r\n", 4);
	assert_session(
	    input, n + MAX + 3, 64, "220 250 250 250 354 250 ", text);
	free(text);
	free(input);
}

static void
chunks_are_one_message(void **state)
{
	(void)state;
	assert_said(START "BDAT 6\r\n.\r\na\r\nBDAT 3 LAST\r\n.\r\nQUIT\r\n",
	    "220 250 250 250 250 250 221 ", ".\r\na\r\n.\r\n");
}

static void
the_bytes_of_a_chunk_are_no_commands(void **state)
{
	(void)state;
	assert_said(
	    HELLO "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n", "220 250 503 250 ", NULL);
	assert_said(START "BDAT 6\r\nQUIT\r\nDATA\r\nMAIL FROM:<>\r\n"
			  "RCPT TO:<x@y.example>\r\nBDAT 0 LAST\r\n",
	    "220 250 250 250 250 503 503 503 250 ", "QUIT\r\n");
	assert_said(START "BDAT 3\r\na\nbBDAT 0 LAST\r\nNOOP\r\n",
	    "220 250 250 250 550 550 250 ", NULL);
	assert_said(START "BDAT 3 LAST\r\nab\rNOOP\r\n",
	    "220 250 250 250 550 250 ", NULL);
	assert_said(START "BDAT x\r\nNOOP\r\n", "220 250 250 250 501 ", NULL);
	assert_said(START "BDAT 5000 LAST\r\n", "220 250 250 250 ", NULL);
}

static void
an_order_that_is_wrong_is_refused(void **state)
{
	(void)state;
	assert_said("MAIL FROM:<a@b.example>\r\nDATA\r\nRCPT TO:<a@b>\r\n",
	    "220 503 503 503 ", NULL);
	assert_said("EHLO a\r\nHELO a\r\nLHLO\r\n", "220 500 500 501 ", NULL);
	assert_said(HELLO "MAIL FROM:<a@b.example>\r\nDATA\r\n"
			  "MAIL FROM:<a@b.example>\r\nRSET\r\n"
			  "RCPT TO:<a@b.example>\r\n",
	    "220 250 250 503 503 250 503 ", NULL);
	assert_said(START HELLO "DATA\r\n", "220 250 250 250 250 503 ", NULL);
}

static void
an_address_is_what_the_line_says(void **state)
{
	static const struct {
		const char *from, *to, *sender, *recipient;
	} good[] = {
	    {"<>", "<a@b.example>", "", "a@b.example"},
	    {"<a+b@c.example>", "<x+y-z@d.example>", "a+b@c.example",
		"x+y-z@d.example"},
	    {" <a@b>", "<\"a b>\\\"\"@c>", "a@b", "\"a b>\\\"\"@c"},
	    {"<@r.example,@s:a@b>", "<postmaster>", "a@b", "postmaster"},
	    {"<\xc3\xa4@b> SMTPUTF8 BODY=8BITMIME", "<\xe5\x90\x8d@d>",
		"\xc3\xa4@b", "\xe5\x90\x8d@d"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char *input = xasprintf(HELLO
		    "MAIL FROM:%s\r\nRCPT TO:%s\r\nDATA\r\n.\r\n",
		    good[i].from, good[i].to);
		struct place p;

		place_open(&p);
		place_send(&p, input, strlen(input));
		assert_int_equal(p.whole, 1);
		assert_string_equal(p.sender, good[i].sender);
		assert_int_equal(p.recipients.count, 1);
		assert_string_equal(p.recipients.item[0], good[i].recipient);
		place_close(&p);
		free(input);
	}
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const bad[] = {"a@b", "<a@b", "<a b@c>", "<a@b>x",
	    "<a@b> FOO", "<a@b> SIZE=", "<a@b> SIZE=1x",
	    "<a@b> BODY=BINARYMIME", "<a\x01@b>", "<a\x7f@b>", "<a<b@c>",
	    "<\"a@b>", "<@a>", "", "<\xc3\xa4@b>", "<\xff@b> SMTPUTF8",
	    "<a@b> SIZE=99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *input = xasprintf(HELLO "MAIL FROM:%s\r\n"
					      "RCPT TO:<a@b>\r\n",
		    bad[i]);
		struct place p;
		char *codes;

		place_open(&p);
		place_send(&p, input, strlen(input));
		codes = place_codes(&p);
		assert_string_equal(codes + 8 + 4, "503 ");
		assert_int_equal(codes[8], '5');
		free(codes);
		place_close(&p);
		free(input);
	}
	assert_said(HELLO "MAIL FROM:<a@b>\r\nRCPT TO:<>\r\n"
			  "RCPT TO:<a@b> X=1\r\n",
	    "220 250 250 501 555 ", NULL);
}

static void
limits_end_what_has_no_end(void **state)
{
	struct place p;
	char line[64];
	char *text = xmalloc(LONG + 3), *codes;

	(void)state;
	place_open(&p);
	memset(text, 'x', LONG);
	memcpy(text + LONG, "\r\n", 3);
	place_send(&p, text, LONG + 2);
	place_send(&p, START, strlen(START));
	codes = place_codes(&p);
	assert_string_equal(codes, "220 500 250 250 250 ");
	free(codes);
	for (int i = 0; i < LMTP_RECIPIENTS + 2; i++) {
		(void)snprintf(line, sizeof(line), "RCPT TO:<r%d@d>\r\n", i);
		place_send(&p, line, strlen(line));
	}
	assert_non_null(strstr(buf_str(&p.said), "452 4.5.3"));
	place_send(&p, "DATA\r\n.\r\n", 9);
	assert_int_equal(p.recipients.count, LMTP_RECIPIENTS);
	for (int i = 0; i < LMTP_BAD_MAX; i++)
		place_send(&p, "FOO\r\n", 5);
	assert_true(lmtp_is_over(p.lmtp));
	place_close(&p);
	place_open(&p);
	place_send(&p, HELLO, strlen(HELLO));
	for (int i = 0; i <= LMTP_IDLE_MAX; i++)
		place_send(&p, "NOOP\r\n", 6);
	assert_true(lmtp_is_over(p.lmtp));
	place_close(&p);
	free(text);
}

static void
nothing_is_read_while_an_answer_is_awaited(void **state)
{
	static const char input[] =
	    START "DATA\r\nhello\r\n.\r\nMAIL FROM:<>\r\n";
	struct place p;
	size_t used;

	(void)state;
	place_open(&p);
	p.later = true;
	used = lmtp_feed(p.lmtp, input, strlen(input));
	assert_int_equal(strlen(input) - used, strlen("MAIL FROM:<>\r\n"));
	assert_true(lmtp_awaits(p.lmtp));
	assert_int_equal(lmtp_feed(p.lmtp, "NOOP\r\n", 6), 0);
	assert_null(strstr(buf_str(lmtp_replies(p.lmtp)), "taken"));
	lmtp_answer(p.lmtp, "451 4.3.0 later");
	assert_false(lmtp_awaits(p.lmtp));
	assert_non_null(strstr(buf_str(lmtp_replies(p.lmtp)), "451 4.3.0 l"));
	place_send(&p, input + used, strlen(input) - used);
	assert_non_null(strstr(buf_str(&p.said), "sender noted"));
	place_close(&p);
}

static void
a_disk_that_fails_is_said_and_the_session_goes_on(void **state)
{
	struct place p;
	char *codes;

	(void)state;
	place_open(&p);
	p.full = true;
	place_send(&p, START, strlen(START));
	p.full = false;
	p.failing = true;
	place_send(&p, START "DATA\r\n", strlen(START) + 6);
	place_send(&p, "BDAT 2\r\nab", 10);
	place_send(&p, "BDAT 2 LAST\r\nab", 15);
	p.failing = false;
	place_send(&p, "MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n.\r\n", 39);
	codes = place_codes(&p);
	assert_string_equal(
	    codes, "220 250 452 503 250 250 250 452 452 452 250 250 354 250 ");
	assert_int_equal(p.whole, 1);
	free(codes);
	place_close(&p);
}

static void
who_does_not_read_replies_is_not_heard(void **state)
{
	struct lmtp *l;
	struct place p = {0};
	size_t used = 0;
	const size_t total = 6 * 900;
	char *text = xmalloc(total);

	(void)state;
	for (size_t i = 0; i < total; i += 6)
		memcpy(text + i, "NOOP\r\n", 6);
	l = lmtp_create(&calls, &p, MAX);
	used = lmtp_feed(l, text, total);
	assert_true(used < total);
	assert_true(lmtp_replies(l)->len < LMTP_REPLIES_HIGH + 100);
	assert_int_equal(lmtp_feed(l, text + used, total - used), 0);
	lmtp_free(l);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_recipient_gets_a_reply_of_its_own),
	    cmocka_unit_test(dots_are_taken_away_once),
	    cmocka_unit_test(only_crlf_dot_crlf_ends_a_message),
	    cmocka_unit_test(a_command_ends_with_crlf_alone),
	    cmocka_unit_test(a_message_over_the_limit_is_read_and_refused),
	    cmocka_unit_test(what_is_as_large_as_the_limit_is_taken),
	    cmocka_unit_test(chunks_are_one_message),
	    cmocka_unit_test(the_bytes_of_a_chunk_are_no_commands),
	    cmocka_unit_test(an_order_that_is_wrong_is_refused),
	    cmocka_unit_test(an_address_is_what_the_line_says),
	    cmocka_unit_test(what_is_no_address_is_refused),
	    cmocka_unit_test(limits_end_what_has_no_end),
	    cmocka_unit_test(nothing_is_read_while_an_answer_is_awaited),
	    cmocka_unit_test(a_disk_that_fails_is_said_and_the_session_goes_on),
	    cmocka_unit_test(who_does_not_read_replies_is_not_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
