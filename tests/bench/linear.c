/*
 * linear.c - what the parser costs on mails that grow along one axis, for
 * tests/t/170-linear.t.
 *
 *	linear [AXIS...]
 *	linear --mail AXIS TIMES
 *
 * The second form writes such a mail, for whoever measures whole programs. The
 * first reads a mail of each axis (all of them where none is named) at one size
 *and at twice that: scan, tree, table to the pipe and back, text of each leaf.
 * Prints "AXIS BYTES BYTES". The work stands in measured(), once for each size
 * in this order, so that callgrind can count it alone:
 *
 *	valgrind --tool=callgrind --collect-atstart=no \
 *	    --toggle-collect=measured --dump-after=measured linear
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/pack.h"
#include "message/text.h"
#include "message/tree.h"
#include "process/ipc.h"

#define MAIL_MAX (64U << 20) /* bytes */

static const struct scan_limits limits = {.message = MAIL_MAX,
    .depth = 20,
    .parts = 1000,
    .header = 1 << 20,
    .field = 128 << 10,
    .comments = 16,
    .addresses = 2000};

static void
repeat(struct buf *b, const char *s, size_t n)
{
	while (n-- > 0)
		buf_puts(b, s);
}

static void
head(struct buf *b)
{
	buf_puts(b, "From: a@example.com\r\nTo: b@example.org\r\n"
		    "Subject: x\r\nMIME-Version: 1.0\r\n");
}

/* A field of n times text, folded before each where fold says so. */
static void
field(struct buf *b, const char *name, const char *text, size_t n, bool fold)
{
	head(b);
	buf_putf(b, "%s: x", name);
	for (size_t i = 0; i < n; i++) {
		buf_puts(b, fold ? "\r\n " : "");
		buf_puts(b, text);
	}
	buf_puts(b, "\r\n\r\nbody\r\n");
}

static void
body(struct buf *b, const char *type, const char *encoding, const char *line,
    size_t n)
{
	head(b);
	buf_putf(b,
	    "Content-Type: %s\r\n"
	    "Content-Transfer-Encoding: %s\r\n\r\n",
	    type, encoding);
	repeat(b, line, n);
}

static void
multipart(struct buf *b, const char *subtype)
{
	head(b);
	buf_putf(b, "Content-Type: multipart/%s; boundary=b\r\n\r\n", subtype);
}

static void
parts(struct buf *b, size_t n)
{
	multipart(b, "mixed");
	for (size_t i = 0; i < n; i++)
		buf_putf(b,
		    "--b\r\nContent-Type: text/plain; name=\"a%zu.txt\"\r\n\r\n"
		    "text of a part\r\n",
		    i);
	buf_puts(b, "--b--\r\n");
}

static void
alternatives(struct buf *b, size_t n)
{
	multipart(b, "alternative");
	repeat(b, "--b\r\nContent-Type: text/html\r\n\r\n<p>text</p>\r\n", n);
	buf_puts(b, "--b--\r\n");
}

static void
messages(struct buf *b, size_t n)
{
	multipart(b, "digest");
	repeat(b,
	    "--b\r\n\r\nFrom: a@example.com\r\nSubject: s\r\n"
	    "X-One: 1\r\n\r\ntext\r\n",
	    n);
	buf_puts(b, "--b--\r\n");
}

/* Each level has text of its own; all of it lies under the outermost. */
static void
depth(struct buf *b, size_t n)
{
	head(b);
	for (size_t i = 0; i < n; i++) {
		buf_putf(b,
		    "Content-Type: multipart/mixed; boundary=b%zu\r\n\r\n"
		    "--b%zu\r\nContent-Type: text/plain\r\n\r\n",
		    i, i);
		repeat(b, "-- a line of text in a level of it\r\n", 300);
		buf_putf(b, "--b%zu\r\n", i);
	}
	buf_puts(b, "Content-Type: text/plain\r\n\r\ntext\r\n");
	while (n-- > 0)
		buf_putf(b, "--b%zu--\r\n", n);
}

/* A large body under as many levels as there may be. */
static void
deep_body(struct buf *b, size_t n)
{
	head(b);
	for (size_t i = 0; i < 18; i++)
		buf_putf(b,
		    "Content-Type: multipart/mixed; boundary=b%zu\r\n\r\n"
		    "--b%zu\r\n",
		    i, i);
	buf_puts(b, "Content-Type: text/plain\r\n\r\n");
	repeat(b, "a line of text under eighteen levels\r\n", n);
	for (size_t i = 18; i-- > 0;)
		buf_putf(b, "--b%zu--\r\n", i);
}

/* As many boundaries open as may be, none closed, and lines like them. */
static void
open_boundaries(struct buf *b, size_t n)
{
	char name[61] = {0};

	memset(name, 'b', sizeof(name) - 1);
	head(b);
	for (size_t i = 0; i < 18; i++)
		buf_putf(b,
		    "Content-Type: multipart/mixed; boundary=%s%zu\r\n\r\n"
		    "--%s%zu\r\n",
		    name, i, name, i);
	buf_puts(b, "Content-Type: text/plain\r\n\r\n");
	while (n-- > 0)
		buf_putf(b, "--%sx%zu\r\n", name, n);
}

static void
preamble(struct buf *b, size_t n)
{
	multipart(b, "mixed");
	repeat(b, "--bb is no boundary of this one\r\n", n);
	buf_puts(b, "--b\r\n\r\ntext\r\n--b--\r\n");
}

static void
fields(struct buf *b, size_t n)
{
	head(b);
	for (size_t i = 0; i < n; i++)
		buf_putf(b, "X-Field-%zu: a value of it\r\n", i);
	buf_puts(b, "\r\nbody\r\n");
}

static void
empty_fields(struct buf *b, size_t n)
{
	head(b);
	repeat(b, "X:\n", n);
	buf_puts(b, "\nbody\n");
}

static void
received(struct buf *b, size_t n)
{
	repeat(b,
	    "Received: from a.example (a.example [192.0.2.1])\r\n"
	    "\tby mx.example.org (x) with ESMTPS id 1;\r\n"
	    "\tSun, 22 Nov 2026 18:00:00 +0000\r\n",
	    n);
	head(b);
	buf_puts(b, "\r\nbody\r\n");
}

static void
results(struct buf *b, size_t n)
{
	repeat(b,
	    "Authentication-Results: mx.example.org; dmarc=pass (p=none)\r\n"
	    "\theader.from=example.com; spf=pass smtp.mailfrom=a@b.c\r\n",
	    n);
	head(b);
	buf_puts(b, "\r\nbody\r\n");
}

static void
addresses(struct buf *b, size_t n)
{
	field(b, "Cc", ", \"A. Person\" (note) <person@example.com>", n, true);
}

static void
address_fields(struct buf *b, size_t n)
{
	head(b);
	repeat(b, "To: A Person <a@example.com>, b@example.com\r\n", n);
	buf_puts(b, "\r\nbody\r\n");
}

static void
bare_addresses(struct buf *b, size_t n)
{
	field(b, "To", ", a b c . d @ e", n, false);
}

static void
encoded_words(struct buf *b, size_t n)
{
	field(b, "Subject", " =?utf-8?B?5pel5pys6Kqe?=", n, true);
}

static void
encoded_mixed(struct buf *b, size_t n)
{
	field(b, "Subject",
	    " =?iso-2022-jp?B?GyRCRnxLXBsoQg==?= =?euc-kr?Q?=B0=A1?=", n, true);
}

static void
false_starts(struct buf *b, size_t n)
{
	field(b, "Subject", "=?utf-8?q?=?", n, false);
}

static void
false_words(struct buf *b, size_t n)
{
	field(b, "Subject", "=?", n, false);
}

static void
long_field(struct buf *b, size_t n)
{
	field(b, "X-Long", "and so it goes on", n, true);
}

static void
long_line(struct buf *b, size_t n)
{
	body(b, "text/plain; charset=utf-8", "8bit", "a long line ", n);
}

static void
pieces(struct buf *b, size_t n)
{
	head(b);
	buf_puts(b, "Content-Disposition: attachment");
	for (size_t i = 0; i < n; i++)
		buf_putf(b, ";\r\n filename*%zu*=%sa%%20piece", i,
		    i == 0 ? "utf-8''" : "");
	buf_puts(b, "\r\n\r\nbody\r\n");
}

static void
pieces_shuffled(struct buf *b, size_t n)
{
	head(b);
	buf_puts(b, "Content-Disposition: attachment");
	for (size_t i = n; i-- > 0;)
		buf_putf(b, ";\r\n filename*%zu=\"a piece\"", i);
	buf_puts(b, "\r\n\r\nbody\r\n");
}

static void
parameters(struct buf *b, size_t n)
{
	head(b);
	buf_puts(b, "Content-Type: text/plain");
	for (size_t i = 0; i < n; i++)
		buf_putf(b, ";\r\n p%zu=v", i);
	buf_puts(b, "\r\n\r\nbody\r\n");
}

static void
comments(struct buf *b, size_t n)
{
	field(b, "From", " ((a \\) b) c) ((((d)))) <a@b.c>,", n, false);
}

static void
open_comments(struct buf *b, size_t n)
{
	head(b);
	buf_puts(b, "Content-Type: text/plain; ");
	repeat(b, "a(b)\\)", n);
	buf_puts(b, "(");
	buf_puts(b, "\r\n\r\nbody\r\n");
}

static void
quotes(struct buf *b, size_t n)
{
	field(b, "From", " \"a\\\\\\\" b\" <a@b.c>,", n, false);
}

static void
references(struct buf *b, size_t n)
{
	field(b, "References", " <0123456789.abc@mail.example.com>", n, true);
}

static void
base64(struct buf *b, size_t n)
{
	body(b, "text/plain; charset=utf-8", "base64",
	    "dGhpcyBpcyBhIGxpbmUgb2YgYmFzZTY0IHRleHQgYXMgaXQgc3RhbmRz\r\n", n);
}

static void
quoted_printable(struct buf *b, size_t n)
{
	body(b, "text/plain; charset=utf-8", "quoted-printable",
	    "=E6=97=A5=E6=9C=AC=E8=AA=9E a=\r\n= =3D  \r\n", n);
}

static void
html_tags(struct buf *b, size_t n)
{
	body(b, "text/html; charset=utf-8", "8bit",
	    "<div style=\"color: red\"><a href='https://a.example/'>x</a>"
	    "<br><b>y</div>\r\n",
	    n);
}

static void
html_entities(struct buf *b, size_t n)
{
	body(b, "text/html; charset=utf-8", "8bit",
	    "&amp;&#x65e5;&nothing;&&&uuml;&#9999999999;\r\n", n);
}

static void
html_open(struct buf *b, size_t n)
{
	body(b, "text/html; charset=utf-8", "8bit",
	    "<!-- <a href=\"x <script <? <![CDATA[ <b\r\n", n);
}

static void
html_quotes(struct buf *b, size_t n)
{
	body(b, "text/html; charset=utf-8", "8bit", "<a b='x><a b=\"y\r\n", n);
}

static void
html_nested(struct buf *b, size_t n)
{
	body(b, "text/html; charset=utf-8", "8bit",
	    "<div hidden><div style='display:none'><p>a<li>b</div>\r\n", n);
}

static void
iso_2022_jp(struct buf *b, size_t n)
{
	body(b, "text/plain; charset=iso-2022-jp", "7bit",
	    "\033$BF|\033(Ba\033(I1\033$(D0!\033$BK\\\033(B\r\n", n);
}

static void
broken_utf8(struct buf *b, size_t n)
{
	body(b, "text/plain; charset=utf-8", "8bit",
	    "\xff\xc0\x80\xed\xa0\x80 \xe2\x80\xae\x1b[2J\r\n", n);
}

static void
broken_bytes(struct buf *b, size_t n)
{
	body(b, "text/plain; charset=gb2312", "8bit",
	    "\xff\xff\x81\xd6\xd0\xff\r\n", n);
}

static void
unknown_bytes(struct buf *b, size_t n)
{
	body(b, "text/plain", "8bit", "\xc6\xfc\xcb\xdc and \xff\r\n", n);
}

static void
flowed(struct buf *b, size_t n)
{
	body(b, "text/plain; format=flowed; delsp=yes", "7bit",
	    "> quoted and flowed \r\n>> deeper \r\nflowed \r\n-- \r\n", n);
}

static void
no_line_ends(struct buf *b, size_t n)
{
	body(b, "text/plain", "binary", "\r\r\n\n\r", n);
}

static void
nuls(struct buf *b, size_t n)
{
	head(b);
	buf_puts(b, "\r\n");
	while (n-- > 0)
		buf_put(b, "a\0b\0\0\n", 6);
}

static const struct axis {
	const char *name;
	void (*write)(struct buf *b, size_t n);
	size_t n; /* the smaller size; a limit holds at twice that */
} axes[] = {
    {"parts", parts, 450},
    {"alternatives", alternatives, 450},
    {"messages", messages, 240},
    {"depth", depth, 9},
    {"deep-body", deep_body, 3000},
    {"open-boundaries", open_boundaries, 2000},
    {"preamble", preamble, 4000},
    {"fields", fields, 2000},
    {"empty-fields", empty_fields, 20000},
    {"received", received, 400},
    {"authentication-results", results, 400},
    {"addresses", addresses, 800},
    {"address-fields", address_fields, 800},
    {"bare-addresses", bare_addresses, 900},
    {"encoded-words", encoded_words, 1500},
    {"encoded-words-mixed", encoded_mixed, 800},
    {"encoded-false-starts", false_starts, 4000},
    {"encoded-false-words", false_words, 20000},
    {"long-field", long_field, 3000},
    {"long-line", long_line, 20000},
    {"pieces", pieces, 400},
    {"pieces-shuffled", pieces_shuffled, 400},
    {"parameters", parameters, 400},
    {"comments", comments, 900},
    {"comments-open", open_comments, 8000},
    {"quotes", quotes, 900},
    {"references", references, 1200},
    {"base64", base64, 4000},
    {"quoted-printable", quoted_printable, 4000},
    {"html-tags", html_tags, 1500},
    {"html-entities", html_entities, 2500},
    {"html-open", html_open, 4000},
    {"html-quotes", html_quotes, 4000},
    {"html-hidden", html_nested, 2500},
    {"iso-2022-jp", iso_2022_jp, 1500},
    {"broken-utf-8", broken_utf8, 4000},
    {"broken-bytes", broken_bytes, 4000},
    {"unlabelled-bytes", unknown_bytes, 4000},
    {"flowed", flowed, 2500},
    {"line-ends", no_line_ends, 20000},
    {"nuls", nuls, 10000},
};

static void
text_of(const struct part *p, const struct buf *mail)
{
	struct text_form form = {.encoding = p->encoding,
	    .charset = p->charset,
	    .html = strcmp(p->type, "text/html") == 0,
	    .flowed = p->flowed,
	    .delsp = p->delsp};
	struct strs warnings = {0};
	struct buf text;

	if (strncmp(p->type, "text/", 5) != 0)
		return;
	buf_init(&text, MAIL_MAX);
	text_read(
	    &text, &form, mail->data + p->body, p->end - p->body, &warnings);
	buf_free(&text);
	strs_free(&warnings);
}

/* All that parser and worker do to know a message's parts and words. */
void measured(const struct buf *mail);
void __attribute__((noinline)) measured(const struct buf *mail)
{
	struct part_table sent, got;
	struct buf pipe;
	struct unpack u;
	struct err e = {0};

	if (tree_parse(&sent, mail->data, mail->len, &limits, &e) == -1) {
		fprintf(stderr, "linear: %s\n", e.text);
		exit(1);
	}
	buf_init(&pipe, IPC_BODY_MAX);
	part_table_pack(&sent, &pipe);
	part_table_free(&sent);
	unpack_init(&u, pipe.data, pipe.len);
	if (part_table_unpack(&got, &u, mail->len, limits.parts) == -1) {
		fprintf(stderr, "linear: the table does not come back\n");
		exit(1);
	}
	buf_free(&pipe);
	for (uint32_t i = 0; i < got.parts; i++)
		text_of(&got.part[i], mail);
	part_table_free(&got);
}

static void
measure(const struct axis *a)
{
	printf("%s", a->name);
	for (size_t times = 1; times <= 2; times++) {
		struct buf mail;

		buf_init(&mail, MAIL_MAX);
		a->write(&mail, times * a->n);
		printf(" %zu", mail.len);
		measured(&mail);
		buf_free(&mail);
	}
	printf("\n");
}

/* Writes the mail of one axis, times as big as its first size. */
static int
mail_write(const char *name, size_t times)
{
	for (size_t i = 0; i < sizeof(axes) / sizeof(axes[0]); i++) {
		struct buf mail;
		size_t n;

		if (strcmp(name, axes[i].name) != 0)
			continue;
		buf_init(&mail, MAIL_MAX);
		axes[i].write(&mail, times * axes[i].n);
		n = fwrite(mail.data, 1, mail.len, stdout);
		i = mail.len;
		buf_free(&mail);
		return n == i && fflush(stdout) == 0 ? 0 : 74;
	}
	return 64;
}

int
main(int argc, char **argv)
{
	int found = argc == 1;

	if (argc == 4 && strcmp(argv[1], "--mail") == 0)
		return mail_write(argv[2], strtoul(argv[3], NULL, 10));
	for (size_t i = 0; i < sizeof(axes) / sizeof(axes[0]); i++) {
		bool wanted = argc == 1;

		for (int n = 1; n < argc; n++)
			wanted = wanted || strcmp(argv[n], axes[i].name) == 0;
		if (wanted)
			measure(&axes[i]);
		found |= wanted;
	}
	return found ? 0 : 64;
}
