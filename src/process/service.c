#include "process/service.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"

struct service {
	int fd; /* a datagram socket */
	struct sockaddr_un address;
	socklen_t len;
	int64_t watchdog; /* ms; 0: none */
};

/* '@' stands for the zero byte of the abstract namespace, unix(7). */
static int
service_address(struct service *s, const char *path)
{
	size_t len = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || len < 2 ||
	    len >= sizeof(s->address.sun_path))
		return -1;
	s->address.sun_family = AF_UNIX;
	memcpy(s->address.sun_path, path, len);
	if (path[0] == '@')
		s->address.sun_path[0] = '\0';
	s->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	return 0;
}

/* The wish may be meant for another process, as a shell's environment is. */
static int64_t
service_read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	char *end;
	long long n;

	if (usec == NULL || *usec == '\0')
		return 0;
	if (pid != NULL && strtoll(pid, NULL, 10) != (long long)getpid())
		return 0;
	errno = 0;
	n = strtoll(usec, &end, 10);
	if (errno != 0 || *end != '\0' || n <= 0)
		return 0;
	return n / 1000 > 0 ? n / 1000 : 1;
}

void
service_open(struct service **out)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct service *s;

	*out = NULL;
	if (path == NULL)
		return;
	s = xcalloc(1, sizeof(*s));
	s->fd = -1;
	if (service_address(s, path) == -1 ||
	    (s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1) {
		log_warning("no service manager: NOTIFY_SOCKET=%s", path);
		free(s);
		return;
	}
	s->watchdog = service_read_watchdog();
	*out = s;
}

void
service_close(struct service *s)
{
	if (s == NULL)
		return;
	close(s->fd);
	free(s);
}

void
service_tell(const struct service *s, const char *state)
{
	if (s == NULL)
		return;
	if (sendto(s->fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
		(const struct sockaddr *)&s->address, s->len) == -1)
		log_warning("service manager: state=%s error=%s", state,
		    strerror(errno));
}

int64_t
service_watchdog(const struct service *s)
{
	return s == NULL ? 0 : s->watchdog;
}
