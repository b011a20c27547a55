/*
 * smtp.h - the "smtp" transport: outgoing mail is submitted to one server
 * (RFC 6409), over TLS that proves the server's name.
 */
#ifndef DELIVER_SMTP_H
#define DELIVER_SMTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

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

/* One mail. Strings and fd stay whose they are, until the next one is there. */
struct smtp_mail {
	const char *from; /* "": the null sender */
	const char *to;
	const char *envid; /* RFC 3461 section 4.4; NULL: none */
	int fd; /* its bytes, from their start */
};

/* Where mails come from, and who is told of them. */
struct smtp_flow {
	/*
	 * What became of the mail, as soon as it is known. ERR_NONE: the server
	 * took responsibility for it. ERR_DENIED: it refused it for good (5yz),
	 * in its words, or the address cannot be written in SMTP; ERR_BUG: the
	 * bytes are no mail of ours; ERR_TEMP: all else, with a connection, TLS
	 * and authentication that failed among it, as they are no fault of
	 * this mail. answered: the server got to the point of this mail.
	 */
	void (*done)(void *ctx, const struct err *result, bool answered);
	/*
	 * The next one for the same session, or false where it is to end. May
	 * wait for it.
	 */
	bool (*next)(void *ctx, struct smtp_mail *out);
	void *ctx;
};

#define SMTP_MAILS 200 /* of one session: libesmtp keeps what it did */

/*
 * Submits a mail and up to SMTP_MAILS - 1 next ones in one session, or in
 * another where the server ended that. done is called once for each, before
 * next is asked.
 */
void smtp_submit(struct smtp *s, const struct smtp_mail *first,
    const struct smtp_flow *flow);

#endif
