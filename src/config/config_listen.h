/* config_listen.h - where a source of type "lmtp" listens. */
#ifndef CONFIG_CONFIG_LISTEN_H
#define CONFIG_CONFIG_LISTEN_H

#include <sys/socket.h>
#include <sys/types.h>

#include "config/config_mistake.h"

#define CONFIG_LISTEN_MODE 0660 /* of a Unix socket, where none is set */

/*
 * Reads "unix:/path", "127.0.0.1:2424" or "[::1]:2424" into a socket's
 * address. Returns its length; 0 where listen is none of these, or another
 * host could reach it.
 */
socklen_t config_listen_address(
    const char *listen, struct sockaddr_storage *out);

/* The mode that the text, octal digits or NULL, says; -1: it says none. */
int config_listen_mode(const char *text);

/*
 * Checks the members of a source of type "lmtp", and makes a relative path of
 * listen absolute.
 */
void config_listen_check(struct mistakes *m, const struct config *c,
    struct config_intake *in, const config_setting_t *at, const char *name);

#endif
