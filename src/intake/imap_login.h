/*
 * imap_login.h - from an IMAP server's greeting to the moment at which it
 * knows us, in our own few lines: no library sees the password.
 */
#ifndef INTAKE_IMAP_LOGIN_H
#define INTAKE_IMAP_LOGIN_H

#include <stdbool.h>

#include "config/config.h"
#include "intake/imap_stream.h"

/* What the server offers, once we are logged in. */
struct imap_offers {
	bool idle; /* RFC 2177 */
	bool move; /* RFC 6851 */
	bool uidplus; /* RFC 4315 */
};

/*
 * Takes s, on which nothing was read yet, through TLS as source wants it, and
 * through authentication with secret, a password or a token. timeout is
 * milliseconds for each answer. tls is NULL with "off" alone.
 *
 * ERR_DENIED: certificate, name or secret was refused, or the server does not
 * offer what source wants. Nothing the server says in words is in e, only its
 * response code (RFC 5530): who knows what it repeats.
 */
int imap_login(struct imap_stream *s, const struct config_intake *source,
    struct tls *tls, const char *secret, int timeout,
    struct imap_offers *offers, struct err *e);

#endif
