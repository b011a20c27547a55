#include "intake/lmtp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "intake/dotted.h"
#include "intake/lmtp_command.h"

#define BODY_STEP 65536 /* bytes of a message at once */

enum lmtp_state {
	STATE_NEW, /* LHLO is due */
	STATE_READY,
	STATE_MAIL, /* a sender is known */
	STATE_DATA,
	STATE_CHUNK, /* chunk_left bytes are to come */
	STATE_AWAITS,
	STATE_OVER
};

/*
 * Why the message at hand is not taken; its bytes are read all the same. Of
 * several the last of these is said, however the bytes were cut.
 */
enum lmtp_fault {
	FAULT_NONE,
	FAULT_DISK,
	FAULT_SIZE,
	FAULT_BARE,
	FAULT_ORDER /* BDAT where nobody is to get it */
};

struct lmtp {
	const struct lmtp_calls *calls;
	void *ctx;
	uint64_t max;
	enum lmtp_state state;
	struct buf line; /* of a command, so far */
	bool line_over;
	bool line_cr; /* its last byte was <CR>, which is not in it */
	struct envelope env;
	bool utf8; /* the sender said SMTPUTF8 */
	size_t accepted; /* replies that the message will get */
	size_t asked;
	struct dotted body;
	struct buf text; /* of the body, without the dots */
	bool begun; /* calls->begin was called, and no end */
	bool chunked; /* a part of it came by BDAT */
	bool last;
	uint64_t chunk_left; /* bytes */
	uint64_t chunk_size;
	uint64_t size; /* bytes so far */
	enum lmtp_fault fault;
	unsigned idle;
	unsigned bad;
	uint64_t progress;
	struct buf replies;
};

static void
reply(struct lmtp *l, const char *text)
{
	buf_puts(&l->replies, text);
	buf_puts(&l->replies, "\r\n");
}

struct lmtp *
lmtp_create(const struct lmtp_calls *calls, void *ctx, uint64_t max)
{
	struct lmtp *l = xcalloc(1, sizeof(*l));

	l->calls = calls;
	l->ctx = ctx;
	l->max = max;
	buf_init(&l->line, LMTP_LINE_MAX);
	buf_init(&l->text, BODY_STEP + 2);
	buf_init(&l->replies,
	    LMTP_REPLIES_HIGH + (size_t)(LMTP_RECIPIENTS + 10) * 160);
	reply(l, "220 noroshi LMTP");
	return l;
}

static void
drop(struct lmtp *l)
{
	if (l->begun)
		l->calls->drop(l->ctx);
	l->begun = false;
}

/* Nothing of the message before is left. */
static void
reset(struct lmtp *l)
{
	drop(l);
	envelope_free(&l->env);
	l->env = (struct envelope){0};
	l->accepted = l->asked = 0;
	l->body = (struct dotted){0};
	l->utf8 = l->chunked = l->last = false;
	l->size = 0;
	l->fault = FAULT_NONE;
	buf_free(&l->text);
	if (l->state != STATE_NEW && l->state != STATE_OVER)
		l->state = STATE_READY;
}

void
lmtp_free(struct lmtp *l)
{
	if (l == NULL)
		return;
	reset(l);
	buf_free(&l->line);
	buf_free(&l->replies);
	free(l);
}

struct buf *
lmtp_replies(struct lmtp *l)
{
	return &l->replies;
}

bool
lmtp_awaits(const struct lmtp *l)
{
	return l->state == STATE_AWAITS;
}

bool
lmtp_is_over(const struct lmtp *l)
{
	return l->state == STATE_OVER;
}

bool
lmtp_in_message(const struct lmtp *l)
{
	return l->state == STATE_DATA || l->state == STATE_CHUNK || l->chunked;
}

uint64_t
lmtp_progress(const struct lmtp *l)
{
	return l->progress;
}

void
lmtp_end(struct lmtp *l, const char *text)
{
	reply(l, text);
	l->state = STATE_OVER;
	reset(l);
}

void
lmtp_answer(struct lmtp *l, const char *text)
{
	assert(l->state == STATE_AWAITS);
	for (size_t i = 0; i < l->accepted; i++)
		reply(l, text);
	l->idle = 0;
	l->progress++;
	reset(l);
}

static void
bad(struct lmtp *l, const char *text)
{
	if (++l->bad >= LMTP_BAD_MAX)
		lmtp_end(l, "421 4.7.0 too many mistakes");
	else
		reply(l, text);
}

static const char *
fault_reply(enum lmtp_fault fault)
{
	switch (fault) {
	case FAULT_SIZE:
		return "552 5.3.4 message is too large";
	case FAULT_BARE:
		return "550 5.6.0 message has a <CR> or <LF> by itself";
	case FAULT_DISK:
		return "452 4.3.1 message cannot be stored now";
	default:
		return "503 5.5.1 there are no recipients";
	}
}

static void
blame(struct lmtp *l, enum lmtp_fault fault)
{
	if (fault > l->fault)
		l->fault = fault;
	drop(l);
}

static void
begin(struct lmtp *l)
{
	l->begun = true;
	if (l->calls->begin(l->ctx) == -1)
		blame(l, FAULT_DISK);
}

/* More of the message itself. */
static void
body(struct lmtp *l, const void *bytes, size_t len)
{
	if (l->body.bare)
		blame(l, FAULT_BARE);
	if (len > l->max - l->size) {
		blame(l, FAULT_SIZE);
		len = (size_t)(l->max - l->size);
	}
	l->size += len;
	if (l->fault == FAULT_NONE && len > 0 &&
	    l->calls->put(l->ctx, bytes, len) == -1)
		blame(l, FAULT_DISK);
}

static void
whole(struct lmtp *l)
{
	if (l->body.bare)
		blame(l, FAULT_BARE);
	l->state = STATE_AWAITS;
	if (l->fault != FAULT_NONE) {
		l->calls->refused(l->ctx, fault_reply(l->fault));
		lmtp_answer(l, fault_reply(l->fault));
		return;
	}
	l->begun = false;
	l->calls->whole(l->ctx, &l->env);
}

static void
do_lhlo(struct lmtp *l, const char *rest)
{
	l->idle++;
	if (*rest == '\0') {
		bad(l, "501 5.5.4 LHLO wants a name");
		return;
	}
	l->state = STATE_READY;
	reset(l);
	buf_putf(&l->replies,
	    "250-noroshi\r\n250-PIPELINING\r\n250-SIZE %llu\r\n"
	    "250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n"
	    "250 CHUNKING\r\n",
	    (unsigned long long)l->max);
}

static void
do_mail(struct lmtp *l, const char *rest)
{
	struct lmtp_mail mail;
	struct lmtp_path path;

	l->idle++;
	if (l->state != STATE_READY) {
		bad(l, l->state == STATE_NEW ? "503 5.5.1 LHLO comes first"
					     : "503 5.5.1 there is a sender");
	} else if (!lmtp_path(rest, "FROM:", true, &path)) {
		bad(l, "501 5.1.7 expected MAIL FROM:<address>");
	} else if (!lmtp_mail_parameters(path.parameters, &mail)) {
		bad(l, "555 5.5.4 a parameter is not known");
	} else if (!mail.utf8 &&
		   !utf8_is_ascii(path.address, strlen(path.address))) {
		bad(l, "553 5.6.7 expected SMTPUTF8");
	} else if (mail.has_size && mail.size > l->max) {
		reply(l, fault_reply(FAULT_SIZE));
	} else if (!l->calls->may(l->ctx, mail.has_size ? mail.size : 0)) {
		reply(l, "452 4.3.1 no mail can be taken now");
	} else {
		l->env.sender = xstrdup(path.address);
		l->utf8 = mail.utf8;
		l->state = STATE_MAIL;
		reply(l, "250 2.1.0 sender noted");
	}
}

static void
do_rcpt(struct lmtp *l, const char *rest)
{
	struct lmtp_path path;

	if (l->state != STATE_MAIL || l->chunked) {
		bad(l, "503 5.5.1 MAIL comes first");
	} else if (++l->asked > LMTP_ASKED_MAX) {
		lmtp_end(l, "421 4.7.0 too many recipients");
	} else if (!lmtp_path(rest, "TO:", false, &path)) {
		bad(l, "501 5.1.3 expected RCPT TO:<address>");
	} else if (path.parameters[strspn(path.parameters, " ")] != '\0') {
		bad(l, "555 5.5.4 a parameter is not known");
	} else if (!l->utf8 &&
		   !utf8_is_ascii(path.address, strlen(path.address))) {
		bad(l, "553 5.6.7 expected SMTPUTF8");
	} else if (l->accepted == LMTP_RECIPIENTS) {
		reply(l, "452 4.5.3 too many recipients");
	} else {
		strs_add_once(&l->env.recipients, path.address);
		l->accepted++;
		reply(l, "250 2.1.5 recipient noted");
	}
}

static void
do_data(struct lmtp *l, const char *rest)
{
	if (*rest != '\0') {
		bad(l, "501 5.5.4 DATA stands alone");
		return;
	}
	if (l->accepted == 0 || l->chunked) {
		bad(l, l->chunked ? "503 5.5.1 expected BDAT"
				  : fault_reply(FAULT_ORDER));
		return;
	}
	begin(l);
	if (l->fault != FAULT_NONE) {
		reply(l, fault_reply(l->fault));
		l->fault = FAULT_NONE;
		return;
	}
	l->state = STATE_DATA;
	reply(l, "354 end with <CRLF>.<CRLF>");
}

static void
chunk_done(struct lmtp *l)
{
	enum lmtp_fault fault = l->fault;

	l->state = l->env.sender == NULL ? STATE_READY : STATE_MAIL;
	if (fault == FAULT_ORDER) {
		l->fault = FAULT_NONE;
		l->body = (struct dotted){0};
		l->size = 0;
		bad(l, fault_reply(fault));
	} else if (l->last) {
		whole(l);
	} else if (fault != FAULT_NONE) {
		reply(l, fault_reply(fault));
	} else {
		buf_putf(&l->replies, "250 2.0.0 %llu bytes\r\n",
		    (unsigned long long)l->chunk_size);
	}
}

/* The bytes come whatever we say: they are no commands. */
static void
do_bdat(struct lmtp *l, const char *rest)
{
	if (!lmtp_chunk(rest, &l->chunk_size, &l->last)) {
		/* Where the next command begins nobody knows. */
		lmtp_end(l, "501 5.5.4 expected BDAT size [LAST]");
		return;
	}
	l->chunk_left = l->chunk_size;
	if (l->chunk_size == 0)
		l->idle++;
	if (l->accepted == 0) {
		l->fault = FAULT_ORDER;
	} else if (!l->chunked) {
		l->chunked = true;
		begin(l);
	}
	if (l->state == STATE_NEW) {
		lmtp_end(l, "503 5.5.1 LHLO comes first");
		return;
	}
	l->state = STATE_CHUNK;
	if (l->chunk_left > 0)
		return;
	dotted_check(&l->body, NULL, 0, l->last);
	chunk_done(l);
}

static void
do_idle(struct lmtp *l, enum lmtp_verb verb)
{
	l->idle++;
	switch (verb) {
	case LMTP_RSET:
		reset(l);
		reply(l, "250 2.0.0 forgotten");
		break;
	case LMTP_NOOP:
		reply(l, "250 2.0.0 yes");
		break;
	case LMTP_QUIT:
		lmtp_end(l, "221 2.0.0 bye");
		break;
	case LMTP_VRFY:
		reply(l, "252 2.5.2 send a mail to know");
		break;
	case LMTP_HELO:
		bad(l, "500 5.5.1 this is LMTP, expected LHLO");
		break;
	default:
		bad(l, "500 5.5.2 command not known");
		break;
	}
}

static void
command(struct lmtp *l, const char *line)
{
	const char *rest;
	enum lmtp_verb verb = lmtp_verb(line, &rest);

	l->progress++;
	switch (verb) {
	case LMTP_LHLO:
		do_lhlo(l, rest);
		break;
	case LMTP_MAIL:
		do_mail(l, rest);
		break;
	case LMTP_RCPT:
		do_rcpt(l, rest);
		break;
	case LMTP_DATA:
		do_data(l, rest);
		break;
	case LMTP_BDAT:
		do_bdat(l, rest);
		break;
	default:
		do_idle(l, verb);
		break;
	}
	if (l->idle > LMTP_IDLE_MAX && l->state != STATE_OVER)
		lmtp_end(l, "421 4.7.0 too many commands");
}

static void
line_done(struct lmtp *l)
{
	if (l->line_over)
		bad(l, "500 5.5.6 line is too long");
	else if (strlen(buf_str(&l->line)) != l->line.len)
		bad(l, "500 5.5.2 line has a NUL");
	else
		command(l, buf_str(&l->line));
	buf_clear(&l->line);
	l->line_over = l->line_cr = false;
}

/* One byte of a command's line. */
static void
feed_line(struct lmtp *l, char c)
{
	if (c == '\n' && l->line_cr) {
		line_done(l);
		return;
	}
	/* What another server takes for the next command is none here. */
	if (c == '\n' || l->line_cr) {
		lmtp_end(l, "521 5.5.2 a line ends with <CRLF>");
		return;
	}
	l->line_cr = c == '\r';
	if (l->line_cr || l->line_over)
		return;
	buf_putc(&l->line, c);
	if (l->line.over) {
		l->line_over = true;
		buf_free(&l->line);
		l->line.over = false;
	}
}

static size_t
feed_data(struct lmtp *l, const char *bytes, size_t len)
{
	size_t used;

	if (len > BODY_STEP)
		len = BODY_STEP;
	buf_clear(&l->text);
	used = dotted_read(&l->body, bytes, len, &l->text);
	body(l, l->text.data, l->text.len);
	if (l->body.at == DOTTED_END)
		whole(l);
	return used;
}

static size_t
feed_chunk(struct lmtp *l, const char *bytes, size_t len)
{
	if (len > l->chunk_left)
		len = (size_t)l->chunk_left;
	l->chunk_left -= len;
	dotted_check(&l->body, bytes, len, l->last && l->chunk_left == 0);
	body(l, bytes, len);
	if (l->chunk_left == 0)
		chunk_done(l);
	return len;
}

size_t
lmtp_feed(struct lmtp *l, const char *bytes, size_t len)
{
	size_t used = 0;

	while (used < len && l->state != STATE_AWAITS &&
	       l->state != STATE_OVER && l->replies.len < LMTP_REPLIES_HIGH) {
		if (l->state == STATE_DATA)
			used += feed_data(l, bytes + used, len - used);
		else if (l->state == STATE_CHUNK)
			used += feed_chunk(l, bytes + used, len - used);
		else
			feed_line(l, bytes[used++]);
	}
	return used;
}
