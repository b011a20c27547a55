/*
 * rekeyed.h - whose key has changed is told so, at every address that we had
 * for them: who puts a key of their own in another's place cannot do it unseen
 * (DOMAIN: key substitution; notify both).
 *
 * The notice is a request that leaves like any other. It holds fingerprints and
 * nothing of any case, so it is TLP:CLEAR and goes out without a key as well.
 */
#ifndef CASES_REKEYED_H
#define CASES_REKEYED_H

#include "cases/outgoing.h"
#include "people/contact.h"
#include "pgp/keyring.h"

struct rekeyed {
	const struct contact *before; /* with the old key, and its addresses */
	const char *fingerprint; /* that is used now */
	int64_t author; /* contact who changed it; 0: the gateway */
	const char *identity; /* as outgoing.identity */
	const char *language; /* of the team */
};

/* True where now has a key that before, who had one, has not: *fingerprint is
 * borrowed from now. */
bool rekeyed_is(const struct contact *before, const struct contact *now,
    const char **fingerprint);

/* True where a copy of a key brings a subkey to encrypt to. */
bool rekeyed_copy(const struct key *was, const struct key *now);

/* Writes the requests, one for each address. Inside the transaction that
 * changes the key; the caller wakes the queue. */
int rekeyed_tell(struct db *db, struct vault *v, struct spool *s, int64_t now,
    const struct rekeyed *r, struct err *e);

#endif
