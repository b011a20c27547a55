#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deliver/smtp.h"
#include "fuzz.h"

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
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd == -1)
		return NULL;
	say(s, fd);
	close(fd);
	return NULL;
}

static int
listen_on(uint16_t *port)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert(fd != -1);
	assert(bind(fd, (struct sockaddr *)&a, len) == 0);
	assert(listen(fd, 8) == 0);
	assert(getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	*port = ntohs(a.sin_port);
	return fd;
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mail[] = "Subject: x\r\n\r\nabc\r\n";
	struct server server = {.data = data, .size = size};
	struct smtp_server to = {.host = "127.0.0.1",
	    .tls = SMTP_CLEAR,
	    .helo = "gw.example.org",
	    .timeout = 2,
	    .patience = 2};
	int before = fuzz_lowest_fd(), file, rc;
	struct err e = {0};
	struct smtp *s = NULL;
	pthread_t thread;

	if (size > SAID_MAX)
		return 0;
	server.listener = listen_on(&to.port);
	file = fuzz_file(mail, sizeof(mail) - 1);
	assert(smtp_open(&s, &to, &e) == 0);
	assert(pthread_create(&thread, NULL, serve, &server) == 0);
	rc = smtp_send(s, "team@example.org", "joe@example.com", file, &e);
	/* Where it never connected the thread would wait for good. */
	(void)shutdown(server.listener, SHUT_RDWR);
	assert(pthread_join(thread, NULL) == 0);
	close(server.listener);
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
