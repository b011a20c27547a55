/* test_peer.h - a mail server that says what a test tells it to say. */
#ifndef DELIVER_TEST_PEER_H
#define DELIVER_TEST_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Instead of an answer: nothing more is said, or the connection is closed. */
#define PEER_SILENT "silent"
#define PEER_CLOSE "close"
#define PEER_RESET "reset" /* closed, so that even its peer is unknown */
#define PEER_ENDLESS "endless" /* a line without an end */
#define PEER_FLOOD "flood" /* an answer of lines without an end */

enum peer_cert {
	PEER_GOOD, /* for localhost and 127.0.0.1, from the CA in ca.pem */
	PEER_OTHER_NAME,
	PEER_STRANGER, /* from no CA */
	PEER_EXPIRED
};

/* Answers with their CRLF; NULL: a good one. */
struct peer_script {
	enum peer_cert cert;
	bool implicit; /* TLS from the start */
	const char *greeting;
	const char *ehlo;
	const char *ehlo_tls; /* the second one, inside TLS */
	const char *starttls;
	const char *auth;
	const char *mail;
	const char *rcpt;
	const char *data;
	const char *end; /* after the mail's final dot */
	const char *bdat;
	const char *last; /* after BDAT LAST */
	const char *bad_from; /* of a MAIL with these words in it */
	const char *bad_rcpt; /* of a RCPT with these words in it */
	unsigned mails; /* of one connection, which then is closed; 0: any */
};

struct peer {
	pid_t pid;
	uint16_t port;
	char *folder; /* with ca.pem, heard and mail */
};

/* Starts one on 127.0.0.1. */
void peer_start(struct peer *p, const struct peer_script *script);
void peer_stop(struct peer *p);

/* The commands of all clients up to now; the caller's. */
char *peer_heard(const struct peer *p);

/* The mails that came, without what SMTP puts around them; the caller's. */
char *peer_mail(const struct peer *p);

#endif
