#include "config/config_listen.h"

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/alloc.h"

#define UNIX "unix:"

static socklen_t
listen_unix(const char *path, struct sockaddr_storage *out)
{
	struct sockaddr_un *a = (struct sockaddr_un *)out;
	size_t len = strlen(path);

	if (path[0] != '/' || path[len - 1] == '/' || len >= sizeof(a->sun_path))
		return 0;
	a->sun_family = AF_UNIX;
	memcpy(a->sun_path, path, len + 1);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
}

/* 0: it is none. */
static uint16_t
listen_port(const char *text)
{
	size_t len = strspn(text, "0123456789");
	long port = strtol(text, NULL, 10);

	if (len == 0 || len > 5 || text[len] != '\0' || port > 65535)
		return 0;
	return (uint16_t)port;
}

socklen_t
config_listen_address(const char *listen, struct sockaddr_storage *out)
{
	struct sockaddr_in *a4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)out;
	const char *colon = strrchr(listen, ':');
	char host[INET_ADDRSTRLEN] = "";
	uint16_t port;

	memset(out, 0, sizeof(*out));
	if (strncmp(listen, UNIX, strlen(UNIX)) == 0)
		return listen_unix(listen + strlen(UNIX), out);
	port = colon == NULL ? 0 : listen_port(colon + 1);
	if (port == 0)
		return 0;
	if (strncmp(listen, "[::1]:", 6) == 0 && colon == listen + 5) {
		a6->sin6_family = AF_INET6;
		a6->sin6_addr = in6addr_loopback;
		a6->sin6_port = htons(port);
		return sizeof(*a6);
	}
	if ((size_t)(colon - listen) >= sizeof(host))
		return 0;
	memcpy(host, listen, (size_t)(colon - listen));
	if (inet_pton(AF_INET, host, &a4->sin_addr) != 1 ||
	    ntohl(a4->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
		return 0;
	a4->sin_family = AF_INET;
	a4->sin_port = htons(port);
	return sizeof(*a4);
}

int
config_listen_mode(const char *text)
{
	size_t len;

	if (text == NULL)
		return CONFIG_LISTEN_MODE;
	len = strspn(text, "01234567");
	if (text[len] != '\0' || len < 3 || len > 4 ||
	    (len == 4 && text[0] != '0'))
		return -1;
	return (int)strtol(text, NULL, 8);
}

/* One member: at its line, or at that of the group. */
static void
wrong(struct mistakes *m, const config_setting_t *at, const char *name,
    const char *member, char *what)
{
	const config_setting_t *here = config_setting_get_member(at, member);
	char *shown =
	    here == NULL ? xstrdup(name) : xasprintf("%s.%s", name, member);

	mistake_take(m, here == NULL ? at : here, shown, what);
	free(shown);
}

static void
check_address(struct mistakes *m, const struct config *c,
    struct config_intake *in, const config_setting_t *at, const char *name)
{
	struct sockaddr_storage address;
	size_t n = strlen(UNIX);

	if (strncmp(in->listen, UNIX, n) == 0 && in->listen[n] != '/') {
		char *path =
		    xasprintf(UNIX "%s/%s", c->directory, in->listen + n);

		free(in->listen);
		in->listen = path;
	}
	if (config_listen_address(in->listen, &address) == 0)
		wrong(m, at, name, "listen",
		    xasprintf("\"%.200s\" is no address of this host alone, "
			      "expected \"unix:/path\" (up to %zu bytes), "
			      "\"127.0.0.1:2424\" or \"[::1]:2424\"",
			in->listen,
			sizeof(struct sockaddr_un) -
			    offsetof(struct sockaddr_un, sun_path) - 1));
	for (const struct config_intake *o = c->intake; o < in; o++)
		if (o->listen != NULL && strcmp(o->listen, in->listen) == 0)
			wrong(m, at, name, "listen",
			    xasprintf("is another source's too"));
}

void
config_listen_check(struct mistakes *m, const struct config *c,
    struct config_intake *in, const config_setting_t *at, const char *name)
{
	bool is_unix =
	    in->listen != NULL && strncmp(in->listen, UNIX, strlen(UNIX)) == 0;

	/* What is written, but wrongly, is a mistake already. */
	if (in->listen != NULL)
		check_address(m, c, in, at, name);
	else if (config_setting_get_member(at, "listen") == NULL)
		wrong(m, at, name, "listen",
		    xasprintf("has no listen, expected listen = ..."));
	if (config_listen_mode(in->mode) == -1)
		wrong(m, at, name, "mode",
		    xasprintf("\"%.20s\" is no mode, expected octal digits as "
			      "in \"0660\"",
			in->mode));
	if (in->group != NULL && getgrnam(in->group) == NULL)
		wrong(m, at, name, "group",
		    xasprintf("\"%.80s\" is no group of this host", in->group));
	if (in->listen != NULL && !is_unix &&
	    (in->mode != NULL || in->group != NULL))
		wrong(m, at, name, in->mode != NULL ? "mode" : "group",
		    xasprintf("means nothing with a TCP port"));
}
