/*
 * verp.h - return paths that tell which copy came back: team+TOKEN@domain
 * (variable envelope return paths). Owns the table verp_key.
 *
 * A token is 'b', the delivery's id, '-' and 16 letters of base32 (80 bits) of
 * HMAC-SHA-256 over the copy: its id, message, time and recipient. The key is
 * the database's own, as the queue, which makes them, has no other. Copies of
 * one text share a Message-ID, which all its readers know; the token was seen
 * by those alone who had that copy in hand.
 */
#ifndef QUEUE_VERP_H
#define QUEUE_VERP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

#define VERP_MARK "TOKEN" /* in a scheme, where the token stands */
#define VERP_KEY 32 /* bytes, crypto_auth_hmacsha256_KEYBYTES */
#define VERP_AGE                                                               \
	(30 * 86400) /* seconds after a copy was made that its return          \
			path counts: five days of ours, and servers' */

struct verp {
	unsigned char key[VERP_KEY];
	char *scheme; /* "csirt+TOKEN@example.org"; without the mark: none */
};

/* What a token is bound to. */
struct verp_copy {
	int64_t id; /* of the delivery */
	int64_t message;
	int64_t created_at;
	const char *recipient;
};

/*
 * Reads the key, or makes it where there is none. scheme NULL: team's address
 * with "+TOKEN", or team itself where that leaves no room (64 bytes, RFC 5321
 * section 4.5.3.1.1).
 */
int verp_open(struct verp *v, struct db *db, const char *scheme,
    const char *team, struct err *e);
void verp_close(struct verp *v); /* wipes the key */

/* Whether copies get return paths of their own. */
bool verp_is_on(const struct verp *v);

/* The token, and the return path; each the caller's. */
char *verp_token(const struct verp *v, const struct verp_copy *c);
char *verp_address(const struct verp *v, const struct verp_copy *c);

/*
 * The delivery whose token stands in text, a token or a return path; 0: in
 * none, or not one of ours, or too old by now.
 */
int verp_find(const struct verp *v, struct db *db, const char *text,
    int64_t now, int64_t *delivery, struct err *e);

#endif
