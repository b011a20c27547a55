/*
 * manager - a service manager's end of sd_notify(3), for tests: prints each
 * datagram that comes to the socket of the given path as one line.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char text[1024];
	ssize_t n;
	int fd;

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 64;
	memcpy(address.sun_path, argv[1], strlen(argv[1]));
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (fd == -1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
		perror(argv[1]);
		return 69;
	}
	while ((n = recv(fd, text, sizeof(text) - 1, 0)) >= 0) {
		for (ssize_t i = 0; i < n; i++)
			if (text[i] == '\n')
				text[i] = ' ';
		text[n] = '\0';
		puts(text);
		(void)fflush(stdout);
	}
	return 70;
}
