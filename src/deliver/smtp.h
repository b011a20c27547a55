/*
 * smtp.h - the "smtp" transport: outgoing mail is submitted to one server
 * (RFC 6409), over TLS that proves the server's name.
 */
#ifndef DELIVER_SMTP_H
#define DELIVER_SMTP_H

#include <stdint.h>

#include "base/err.h"

#define SMTP_ADDRESS 254 /* bytes, RFC 5321 section 4.5.3.1.3 less < and > */
#define SMTP_LOGIN 255 /* bytes of user and password, libesmtp's buffers */

enum smtp_tls {
	SMTP_STARTTLS, /* or nothing is sent */
	SMTP_IMPLICIT, /* RFC 8314 section 3.3 */
	SMTP_CLEAR
};

struct smtp_server {
	const char *host; /* a name, or an IPv4 address */
	uint16_t port;
	enum smtp_tls tls;
	const char *ca_file; /* PEM; NULL: the system's */
	const char *user; /* NULL: no authentication */
	const char *password; /* with user */
	const char *helo; /* NULL: the system's name */
	int64_t timeout; /* seconds for one answer */
	int64_t patience; /* seconds for the answer to the whole mail */
};

struct smtp;

/*
 * Everything of server is copied; nothing is connected yet. Uses SIGALRM and
 * its handler for as long as it is open. ERR_TEMP: the certificates to trust
 * cannot be read; ERR_CONFIG: user or password too long or without the other.
 */
int smtp_open(
    struct smtp **out, const struct smtp_server *server, struct err *e);

/* Wipes the password; NULL is fine. */
void smtp_close(struct smtp *s);

/*
 * Submits the bytes of fd, from its start, from one address ("": the null
 * sender) to one other, in a session of its own. Returns 0 only once the
 * server took responsibility for it. ERR_DENIED: the server refused it for
 * good (5yz), in its words, or the address cannot be written in SMTP;
 * ERR_BUG: the bytes are no mail of ours; ERR_TEMP: all else, with a
 * connection, TLS and authentication that failed among it, as they are no fault
 * of this mail.
 */
int smtp_send(
    struct smtp *s, const char *from, const char *to, int fd, struct err *e);

#endif
