/*
 * sealstream.h - encrypts what is too large for memory, to one key, without a
 * signature: backups.
 */
#ifndef PGP_SEALSTREAM_H
#define PGP_SEALSTREAM_H

#include <stdint.h>
#include <sys/types.h>

#include "pgp/keyring.h"

struct sealstream {
	/* The next bytes of the text: how many, 0 at its end, -1: failed. */
	ssize_t (*read)(void *ctx, void *data, size_t len, struct err *e);
	/* Takes all of them, or fails with -1. */
	int (*write)(void *ctx, const void *data, size_t len, struct err *e);
	void *ctx;
	uint64_t size; /* bytes that are about to come, for gpg's limits */
};

/*
 * Encrypts it to the key with that fingerprint, which is loaded (v4, MDC,
 * AES-256, uncompressed, binary). Errors are read's and write's own; ERR_DATA
 * where the key cannot be encrypted to, ERR_TEMP where gpg is not at work.
 */
int sealstream(struct keyring *k, const char *fingerprint,
    const struct sealstream *s, struct err *e);

#endif
