#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deliver/smtp.h"
#include "fuzz.h"

#define CONNECT_MS 2000 /* a client that never comes */
#define SAID_MAX 32768 /* bytes, which a socket holds without a reader */

/* A server on the loopback that says the input and nothing else. */
struct server {
	int listener;
	const uint8_t *data;
	size_t size;
};

static void
say(const struct server *s, int fd)
{
	char heard[4096];

	(void)send(fd, s->data, s->size, MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	while (read(fd, heard, sizeof(heard)) > 0)
		continue;
}

static void *
serve(void *arg)
{
	const struct server *s = arg;
	struct pollfd p = {.fd = s->listener, .events = POLLIN};
	int fd = -1;

	if (poll(&p, 1, CONNECT_MS) == 1)
		fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd == -1)
		return NULL;
	say(s, fd);
	close(fd);
	return NULL;
}

/* One for all runs: a closed one would keep its port for a minute. */
static int listener = -1;
static uint16_t port;

static void
listen_once(void)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(listener != -1);
	assert(bind(listener, (struct sockaddr *)&a, len) == 0);
	assert(listen(listener, 8) == 0);
	assert(getsockname(listener, (struct sockaddr *)&a, &len) == 0);
	port = ntohs(a.sin_port);
}

/* A server took a mail only where it could have said so four times. */
static bool
may_be_taken(const uint8_t *data, size_t size)
{
	size_t good = 0;

	for (size_t i = 0; i + 2 < size; i++)
		good +=
		    data[i] == '2' && data[i + 1] >= '0' && data[i + 1] <= '9';
	return good >= 4;
}

static void
done(void *ctx, const struct err *result, bool answered)
{
	(void)answered;
	*(struct err *)ctx = *result;
}

static bool
next(void *ctx, struct smtp_mail *out)
{
	(void)ctx;
	(void)out;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] = "Subject: x\r\n\r\nabc\r\n";
	struct server server = {.data = data, .size = size};
	struct smtp_server to = {.host = "127.0.0.1",
	    .tls = SMTP_CLEAR,
	    .helo = "gw.example.org",
	    .timeout = 2,
	    .patience = 2};
	int before, file, rc;
	struct err e = {0};
	const struct smtp_flow flow = {done, next, &e};
	struct smtp_mail mail = {
	    .from = "team@example.org", .to = "joe@example.com"};
	struct smtp *s = NULL;
	pthread_t thread;

	if (size > SAID_MAX)
		return 0;
	if (listener == -1)
		listen_once();
	server.listener = listener;
	to.port = port;
	before = fuzz_lowest_fd();
	file = fuzz_file(text, sizeof(text) - 1);
	assert(smtp_open(&s, &to, &e) == 0);
	assert(pthread_create(&thread, NULL, serve, &server) == 0);
	mail.fd = file;
	smtp_submit(s, &mail, &flow);
	rc = e.code == ERR_NONE ? 0 : -1;
	assert(pthread_join(thread, NULL) == 0);
	close(file);
	smtp_close(s);
	if (rc == 0)
		assert(may_be_taken(data, size));
	else
		assert((e.code == ERR_TEMP || e.code == ERR_DENIED) &&
		       fuzz_is_line(e.text));
	assert(fuzz_lowest_fd() == before);
	return 0;
}
