/*
 * say.c - says standard input to a server, byte for byte, and prints what it
 * hears, for tests/t/705-lmtp.t.
 *
 *   say [-d MS] [-t MS] unix:PATH | IPv4:PORT
 *
 * -d: milliseconds between two bytes (0: all at once). -t: milliseconds of
 * silence after the last byte, then it goes (60000). Exit 1: no connection.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define INPUT_MAX (1 << 24) /* bytes */

static int
dial(const char *where)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct sockaddr_in in = {.sin_family = AF_INET};
	const char *colon = strrchr(where, ':');
	char host[64] = "";
	int fd;

	if (strncmp(where, "unix:", 5) == 0) {
		(void)snprintf(
		    un.sun_path, sizeof(un.sun_path), "%s", where + 5);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		return connect(fd, (struct sockaddr *)&un, sizeof(un)) == -1
			   ? -1
			   : fd;
	}
	if (colon == NULL || colon - where >= (int)sizeof(host))
		return -1;
	memcpy(host, where, (size_t)(colon - where));
	in.sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (inet_pton(AF_INET, host, &in.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&in, sizeof(in)) == -1)
		return -1;
	return fd;
}

/* Prints what has come within ms; false: the server has gone, or is silent. */
static int
hear(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char bytes[4096];
	ssize_t n;

	if (poll(&p, 1, ms) != 1)
		return 0;
	n = read(fd, bytes, sizeof(bytes));
	if (n <= 0)
		return -1;
	(void)fwrite(bytes, 1, (size_t)n, stdout);
	(void)fflush(stdout);
	return 1;
}

int
main(int argc, char **argv)
{
	char *input = malloc(INPUT_MAX);
	int delay = 0, silence = 60000, c, fd, rc = 1;
	size_t len = 0, at = 0;
	ssize_t n;

	while ((c = getopt(argc, argv, "d:t:")) != -1) {
		if (c == 'd')
			delay = (int)strtol(optarg, NULL, 10);
		else if (c == 't')
			silence = (int)strtol(optarg, NULL, 10);
		else
			return 64;
	}
	if (input == NULL || optind != argc - 1)
		return 64;
	while (len < INPUT_MAX &&
	       (n = read(STDIN_FILENO, input + len, INPUT_MAX - len)) > 0)
		len += (size_t)n;
	fd = dial(argv[optind]);
	if (fd == -1) {
		perror(argv[optind]);
		return 1;
	}
	while (at < len && rc != -1) {
		size_t step = delay > 0 ? 1 : len - at;

		n = send(fd, input + at, step, MSG_NOSIGNAL);
		if (n == -1)
			break;
		at += (size_t)n;
		rc = hear(fd, delay);
	}
	while (rc != -1 && (rc = hear(fd, silence)) == 1)
		continue;
	free(input);
	close(fd);
	return 0;
}
