/*
 * dsn.h - what a delivery status notification says of each recipient (RFC
 * 3464), and which message it speaks of (RFC 6522 section 3).
 */
#ifndef MESSAGE_DSN_H
#define MESSAGE_DSN_H

#include <stddef.h>

#define DSN_TEXT_MAX (1U << 20) /* bytes that are looked at */
#define DSN_RECIPIENTS_MAX 1000 /* the others are left off */
#define DSN_VALUE_MAX 998 /* bytes of a field, RFC 5322 section 2.1.1 */
#define DSN_DIAGNOSTIC_MAX 300 /* bytes that are kept of a server's words */

/* RFC 3464 section 2.3.3; delivered, relayed and expanded are no failures. */
enum dsn_action { DSN_FINE, DSN_FAILED, DSN_DELAYED };

/* Strings are one safe line each, or NULL where the field is not there. */
struct dsn_recipient {
	char *original; /* address that the sender wrote to */
	char *final; /* address that it was at last sent to */
	enum dsn_action action;
	char *status; /* "5.1.1", RFC 3463 */
	char *diagnostic; /* what the other server said */
};

struct dsn {
	char *envelope; /* Original-Envelope-Id: the sender's ENVID, or NULL */
	struct dsn_recipient *recipient;
	size_t recipients;
};

/*
 * Reads the body of message/delivery-status, which may be any bytes; what is
 * no field is passed over. Action decides; a recipient without a known one is
 * judged by the class of its status. out is the caller's to dsn_free.
 */
void dsn_read(const char *text, size_t len, struct dsn *out);
void dsn_free(struct dsn *d); /* its fields */

/*
 * The Message-ID in a header block (text/rfc822-headers), with its brackets;
 * the caller's, or NULL.
 */
char *dsn_message_id(const char *text, size_t len);

#endif
