/*
 * lmtp_command.h - one line of a client, RFC 5321 section 4.1 by way of
 * RFC 2033: its verb, and the address and parameters of MAIL and RCPT.
 */
#ifndef INTAKE_LMTP_COMMAND_H
#define INTAKE_LMTP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LMTP_PATH_MAX 320 /* bytes, RFC 5321 section 4.5.3.1 */

enum lmtp_verb {
	LMTP_LHLO,
	LMTP_MAIL,
	LMTP_RCPT,
	LMTP_DATA,
	LMTP_BDAT,
	LMTP_RSET,
	LMTP_NOOP,
	LMTP_QUIT,
	LMTP_VRFY,
	LMTP_HELO, /* and EHLO: of SMTP, which this is not */
	LMTP_UNKNOWN
};

/* The line's verb; *rest is what follows it and spaces, within the line. */
enum lmtp_verb lmtp_verb(const char *line, const char **rest);

struct lmtp_path {
	char address[LMTP_PATH_MAX + 1]; /* "": the null sender */
	const char *parameters; /* borrowed from the line */
};

/*
 * Reads "FROM:<...>" or "TO:<...>" (prefix with its colon) from rest. False
 * where it is none, or the address has a control character, is too long, or
 * is not well-formed UTF-8. A source route is left out (RFC 5321 section
 * F.2); a quoted local part stays as it is written.
 */
bool lmtp_path(
    const char *rest, const char *prefix, bool null, struct lmtp_path *out);

/* What MAIL may say besides (RFC 1870, 6152, 6531). */
struct lmtp_mail {
	bool has_size;
	uint64_t size; /* bytes */
	bool utf8;
};

/* False where a parameter is not known or not right. */
bool lmtp_mail_parameters(const char *p, struct lmtp_mail *out);

/* "SIZE" or "SIZE LAST" of BDAT, RFC 3030 section 2; false where it is none. */
bool lmtp_chunk(const char *rest, uint64_t *size, bool *last);

#endif
