/*
 * vault_file.h - the vault's master key on disk: gnupg/vault.pgp, encrypted to
 * the team's OpenPGP key.
 */
#ifndef STORE_VAULT_FILE_H
#define STORE_VAULT_FILE_H

#include "pgp/keyring.h"
#include "store/vault.h"

#define VAULT_FILE_MAX (1U << 20) /* bytes of vault.pgp */

/*
 * Makes a fresh master key and writes it, sealed to fingerprint, durably into
 * the folder gnupg (0600). The key must be loaded. An existing file: ERR_DATA.
 */
int vault_file_create(struct keyring *k, const char *fingerprint,
    const char *gnupg, struct err *e);

/* Appends the bytes of gnupg/vault.pgp, as they are there. ERR_CONFIG where it
 * cannot be read. */
int vault_file_read(const char *gnupg, struct buf *out, struct err *e);

/*
 * Unwraps the master key through the agent and opens the vault, the caller's to
 * vault_close. The team's keys must be loaded. ERR_CONFIG where the file is
 * absent or holds no master key.
 */
int vault_file_open(struct vault **out, struct db *db, struct keyring *k,
    const char *gnupg, struct err *e);

#endif
