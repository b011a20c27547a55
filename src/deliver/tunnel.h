/*
 * tunnel.h - TLS from the first byte (RFC 8314), for a client that has only
 * STARTTLS.
 *
 * The client goes on in clear text on one end of a socket pair; a thread of
 * ours carries its bytes through TLS. Nothing of it can be reached from
 * outside the process.
 */
#ifndef DELIVER_TUNNEL_H
#define DELIVER_TUNNEL_H

#include "deliver/tls.h"

struct tunnel;

/*
 * Does the handshake on the connected socket fd within timeout milliseconds,
 * then puts the clear end in fd's place. ERR_TEMP: no handshake; fd is of
 * no use any more.
 */
int tunnel_open(
    struct tunnel **out, struct tls *tls, int fd, int timeout, struct err *e);

/* Cuts the connection, however much is under way; NULL is fine. */
void tunnel_close(struct tunnel *t);

#endif
