/*
 * vault_kept.h - the master key that one command opened, kept for the next.
 *
 * To open vault.pgp by gpg takes longer than most commands take. So the
 * unwrapped key stays for a while in the kernel's memory, which is not swapped
 * (keyrings(7): a key of type "user" in the keyring of this user id), under a
 * name made of the gateway's folder and the bytes of its vault.pgp. It is never
 * in a file, and Linux ends it by itself. Every process of that user id may
 * read it that may call keyctl(2): our roles may not (process/syscalls.c).
 * Where the kernel gives no such key (containers, quotas), none is kept.
 */
#ifndef STORE_VAULT_KEPT_H
#define STORE_VAULT_KEPT_H

#include "store/vault.h"

/*
 * Opens the vault by the key that is kept for gnupg, the gateway's folder of
 * keys. Returns 1, the caller's to vault_close; 0 where there is none, or one
 * that is not this database's (vault_fits); -1 where the database fails.
 */
int vault_kept_open(
    struct vault **out, struct db *db, const char *gnupg, struct err *e);

/* Keeps v's key for that many seconds from now. Where that fails, the next
 * command asks gpg again: no error. */
void vault_kept_put(const struct vault *v, const char *gnupg, int64_t seconds);

/* What is kept for gnupg ends now. */
void vault_kept_drop(const char *gnupg);

#endif
