#include "intake/test_imap_peer.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"

#define HEARD_MAX 65536 /* bytes */

static bool
send_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static void
say(int fd, const char *answer, const char *tag)
{
	struct buf b;

	buf_init(&b, 16U << 20);
	for (const char *p = answer; *p > '\003' || *p < 0; p++) {
		if (*p == '%')
			buf_puts(&b, tag);
		else
			buf_putc(&b, *p);
	}
	if (send_all(fd, b.data, b.len) && strstr(answer, PEER_ENDLESS) != NULL)
		while (send_all(fd, b.data, b.len))
			;
	buf_free(&b);
	if (strstr(answer, PEER_SILENT) != NULL)
		(void)pause();
	if (strpbrk(answer, PEER_CLOSE PEER_ENDLESS) != NULL)
		_exit(0);
}

static void
answer_to(int fd, const struct imap_answer *answer, char *line)
{
	size_t tag = strcspn(line, " ");
	const char *command = line[tag] == '\0' ? line : line + tag + 1;

	line[tag] = '\0';
	for (; answer->command != NULL; answer++)
		if (answer->command[0] != '\0' &&
		    strncasecmp(command, answer->command,
			strlen(answer->command)) == 0) {
			say(fd, answer->answer, line);
			return;
		}
	say(fd, "% OK x\r\n", line);
}

static _Noreturn void
serve(int listener, int heard, const struct imap_answer *answer)
{
	int fd = accept(listener, NULL, NULL);
	char line[8192];
	size_t len = 0;

	for (const struct imap_answer *a = answer; a->command != NULL; a++)
		if (a->command[0] == '\0')
			say(fd, a->answer, "");
	while (len < sizeof(line) - 1 && read(fd, line + len, 1) == 1) {
		if (line[len++] != '\n')
			continue;
		if (write(heard, line, len) == -1)
			_exit(1);
		line[len - 2] = '\0';
		answer_to(fd, answer, line);
		len = 0;
	}
	_exit(0);
}

void
imap_peer_start(struct imap_peer *p, const struct imap_answer *answer)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int heard[2];

	assert_int_not_equal(listener, -1);
	assert_int_equal(
	    bind(listener, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&at, &size), 0);
	assert_int_equal(pipe(heard), 0);
	p->port = ntohs(at.sin_port);
	p->heard = heard[0];
	p->pid = fork();
	assert_int_not_equal(p->pid, -1);
	if (p->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(heard[0]);
		serve(listener, heard[1], answer);
	}
	close(heard[1]);
	close(listener);
}

char *
imap_peer_stop(struct imap_peer *p)
{
	struct buf b;
	char bytes[4096];
	ssize_t n;

	buf_init(&b, HEARD_MAX);
	(void)kill(p->pid, SIGKILL);
	assert_int_equal(waitpid(p->pid, NULL, 0), p->pid);
	while ((n = read(p->heard, bytes, sizeof(bytes))) > 0)
		buf_put(&b, bytes, (size_t)n);
	close(p->heard);
	return buf_take_str(&b);
}
