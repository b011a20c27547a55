/*
 * listener.h - the sockets at which mail comes in, while the daemon lives.
 *
 * noroshid binds them and hands them to intake, which may make no socket of
 * its own; so clients find them there, and wait, also while intake starts anew.
 */
#ifndef PROCESS_LISTENER_H
#define PROCESS_LISTENER_H

#include "config/config.h"

struct listener {
	int fd;
	char *path; /* of a Unix socket that we made; NULL: none */
};

struct listeners {
	struct listener *item;
	size_t count;
};

/*
 * One for each source of type "lmtp": a socket that the service manager passed
 * on (LISTEN_FDS of sd_listen_fds(3), those at the same address), or a new
 * one. An address at which somebody listens is waited for, some seconds.
 * ERR_SERVICE says which one failed.
 */
int listeners_open(struct listeners *l, const struct config *c, struct err *e);

/* Closes them, and removes the Unix sockets that we made. */
void listeners_close(struct listeners *l);

#endif
