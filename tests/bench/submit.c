/*
 * submit.c - the parts of tests/bench/smtp.sh.
 *
 * submit sink PORT: a server on 127.0.0.1 with PIPELINING and CHUNKING, which
 * Postfix's smtp-sink has not; it takes everything and keeps nothing.
 * submit direct PORT COUNT SIZE: COUNT mails of SIZE bytes by sessions of
 * ours, one after the other, and prints mails a second and the longest pause
 * before a result in ms. submit fill CONF COUNT SIZE: COUNT copies in the
 * gateway's queue, each of its own text.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "config/config_load.h"
#include "deliver/smtp.h"
#include "store/db.h"
#include "store/spool.h"

static void
die(const char *what)
{
	fprintf(stderr, "submit: %s\n", what);
	exit(1);
}

static void
mail_write(struct buf *b, size_t number, size_t size)
{
	buf_putf(b,
	    "From: csirt@example.org\r\nTo: r%zu@example.net\r\n"
	    "Subject: [...]\r\nMessage-ID: <%zu@example.org>\r\n"
	    "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n",
	    number, number);
	for (size_t line = 0; b->len < size; line++)
		buf_putf(b, "%08zu %08zu aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=\r\n",
		    number, line);
}

/* --- the server -------------------------------------------------------------
 */

struct visitor {
	int fd;
	char in[65536];
	size_t at, len;
	struct buf out;
};

/* What is due is said before it waits for more. */
static bool
visitor_fill(struct visitor *v)
{
	ssize_t n;

	if (v->out.len > 0 &&
	    write(v->fd, v->out.data, v->out.len) != (ssize_t)v->out.len)
		return false;
	buf_free(&v->out);
	buf_init(&v->out, 65536);
	n = read(v->fd, v->in, sizeof(v->in));
	v->at = 0;
	v->len = n > 0 ? (size_t)n : 0;
	return n > 0;
}

static bool
visitor_line(struct visitor *v, char *line, size_t max)
{
	size_t len = 0;

	for (;;) {
		if (v->at == v->len && !visitor_fill(v))
			return false;
		line[len] = v->in[v->at++];
		if (line[len] == '\n' || len == max - 2) {
			line[len + 1] = '\0';
			return true;
		}
		len++;
	}
}

static bool
visitor_skip(struct visitor *v, size_t count)
{
	while (count > 0) {
		size_t here = v->len - v->at;

		if (here == 0 && !visitor_fill(v))
			return false;
		here = v->len - v->at;
		if (here > count)
			here = count;
		v->at += here;
		count -= here;
	}
	return true;
}

static void
visit(int fd)
{
	struct visitor *v = xcalloc(1, sizeof(*v));
	const int on = 1;
	char line[2048];

	v->fd = fd;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	buf_init(&v->out, 65536);
	buf_puts(&v->out, "220 sink\r\n");
	while (visitor_line(v, line, sizeof(line))) {
		if (strncmp(line, "EHLO", 4) == 0)
			buf_puts(&v->out, "250-sink\r\n250-PIPELINING\r\n"
					  "250 CHUNKING\r\n");
		else if (strncmp(line, "BDAT ", 5) == 0 &&
			 !visitor_skip(v, strtoul(line + 5, NULL, 10)))
			break;
		else
			buf_puts(&v->out, "250 good\r\n");
		if (strncmp(line, "QUIT", 4) == 0)
			break;
		if (strncmp(line, "BDAT ", 5) == 0)
			buf_puts(&v->out, "250 good\r\n");
	}
	(void)visitor_fill(v);
	_exit(0);
}

static void
sink(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int sock = socket(AF_INET, SOCK_STREAM, 0);
	const int on = 1;

	(void)signal(SIGCHLD, SIG_IGN);
	(void)setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(sock, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(sock, 64) == -1)
		die("the port is taken");
	for (;;) {
		int fd = accept(sock, NULL, NULL);

		if (fd != -1 && fork() == 0)
			visit(fd);
		if (fd != -1)
			close(fd);
	}
}

/* --- the client alone -------------------------------------------------------
 */

struct direct {
	size_t next, count;
	int *fd;
	char to[64];
	int64_t last, longest; /* microseconds */
};

static void
direct_done(void *ctx, const struct err *result, bool answered)
{
	struct direct *d = ctx;
	int64_t now = clock_monotonic_us();

	(void)answered;
	if (result->code != ERR_NONE)
		die(result->text);
	if (now - d->last > d->longest)
		d->longest = now - d->last;
	d->last = now;
}

static bool
direct_next(void *ctx, struct smtp_mail *out)
{
	struct direct *d = ctx;

	if (d->next == d->count)
		return false;
	(void)snprintf(d->to, sizeof(d->to), "r%zu@example.net", d->next);
	*out = (struct smtp_mail){
	    .from = "csirt@example.org", .to = d->to, .fd = d->fd[d->next++]};
	return true;
}

static void
direct(uint16_t port, size_t count, size_t size)
{
	const struct smtp_server to = {.host = "127.0.0.1",
	    .port = port,
	    .tls = SMTP_CLEAR,
	    .helo = "bench.example.org",
	    .timeout = 60,
	    .patience = 60};
	struct direct d = {.count = count};
	const struct smtp_flow flow = {direct_done, direct_next, &d};
	struct smtp_mail first;
	struct err e = {0};
	struct smtp *s;
	int64_t begin;

	d.fd = xcalloc(count, sizeof(*d.fd));
	for (size_t i = 0; i < count; i++) {
		struct buf b;

		buf_init(&b, size + 4096);
		mail_write(&b, i, size);
		d.fd[i] = memfd_create("mail", MFD_CLOEXEC);
		if (write(d.fd[i], b.data, b.len) != (ssize_t)b.len)
			die("no memory");
		buf_free(&b);
	}
	if (smtp_open(&s, &to, &e) == -1)
		die(e.text);
	begin = d.last = clock_monotonic_us();
	while (direct_next(&d, &first))
		smtp_submit(s, &first, &flow);
	printf("%.0f %.1f\n",
	    (double)count * 1e6 / (double)(clock_monotonic_us() - begin),
	    (double)d.longest / 1000);
	smtp_close(s);
	free(d.fd);
}

/* --- the gateway's queue -----------------------------------------------------
 */

static int
fill_copy(struct db *db, struct spool *spool, int64_t draft, size_t number,
    size_t size, struct err *e)
{
	char *name = xasprintf("%016zx", number + 1);
	char *to = xasprintf("r%zu@example.net", number);
	int64_t now = clock_now(NULL);
	struct buf b;
	int rc;

	buf_init(&b, size + 4096);
	mail_write(&b, number, size);
	rc = spool_put_out(spool, name, &b, e);
	if (rc == 0)
		rc = db_run(db, e,
		    "INSERT INTO delivery (draft, recipient, state, rule,"
		    " reason, file, transport, next_attempt_at, created_at)"
		    " VALUES (?, ?, 'queued', 'bench', 'bench', ?, 'smtp', ?,"
		    " ?)",
		    "issii", draft, to, name, now, now);
	buf_free(&b);
	free(to);
	free(name);
	return rc;
}

static int
fill(const char *conf, size_t count, size_t size, struct err *e)
{
	int64_t message, draft, now = clock_now(NULL);
	struct spool *spool;
	struct config *c;
	struct db *db;

	if (config_load(&c, conf, NULL, e) == -1 ||
	    spool_open(&spool, c->spool, e) == -1 ||
	    db_open(&db, c->database, true, e) == -1 || db_begin(db, e) == -1)
		return -1;
	if (db_insert(db, &message, e,
		"INSERT INTO message (sha256, direction, source, received_at,"
		" size, state) VALUES ('bench', 'in', 'pipe', ?, 1,"
		" 'processed')",
		"i", now) == -1 ||
	    db_insert(db, &draft, e,
		"INSERT INTO draft (kind, message, rfc_message_id, language,"
		" label, created_at) VALUES ('copy', ?, '<bench@x>', 'en',"
		" 'GREEN', ?)",
		"ii", message, now) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (fill_copy(db, spool, draft, i, size, e) == -1)
			return -1;
	if (db_commit(db, e) == -1)
		return -1;
	db_close(db);
	spool_close(spool);
	config_free(c);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	struct err e = {0};

	if (strcmp(what, "sink") == 0)
		sink((uint16_t)strtoul(argv[2], NULL, 10));
	else if (strcmp(what, "direct") == 0 && argc == 5)
		direct((uint16_t)strtoul(argv[2], NULL, 10),
		    strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	else if (strcmp(what, "fill") == 0 && argc == 5) {
		if (fill(argv[2], strtoul(argv[3], NULL, 10),
			strtoul(argv[4], NULL, 10), &e) == -1)
			die(e.text);
	} else {
		die("sink, direct or fill");
	}
	return 0;
}
