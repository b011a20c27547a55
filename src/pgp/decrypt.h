/* decrypt.h - one decryption by gpg, and whether it is sound. */
#ifndef PGP_DECRYPT_H
#define PGP_DECRYPT_H

#include "pgp/packet.h"
#include "pgp/signature.h"

struct decryption {
	bool sound; /* else there is no plaintext */
	const char *word; /* not sound: the warning word, a constant */
	char why[160]; /* not sound: one line for a person */
	struct buf plain; /* wiped when released */
	struct signatures signatures; /* made inside, over all of plain */
	struct strs recipients; /* key ids, as in packet.h */
};

/*
 * Decrypts a binary message under the rules of open.h. limit is the most
 * bytes of plaintext. Returns 0 where it could be judged, sound or not;
 * ERR_TEMP where the agent or gpg is not at work, or the agent kept gpg waiting
 * until its deadline; ERR_DATA where the limit, gpg's processor time
 * (keyring_allow) or otherwise its deadline was passed.
 * d is to be freed in every case.
 */
int decrypt(struct keyring *k, const void *data, size_t len, size_t limit,
    int64_t now, struct decryption *d, struct err *e);

/* Wipes the plaintext, and frees what is in d. */
void decryption_free(struct decryption *d);

#endif
