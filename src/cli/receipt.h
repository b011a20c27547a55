/*
 * receipt.h - what lies beside a backup in clear: who made it, its checksum and
 * the audit log's last entry, signed by the team; and the list of destroyed
 * keys, which a restore destroys again.
 *
 * Both are lines "Name: value", clear-signed, so that any gpg can check them
 * without the key that opens the backup.
 */
#ifndef CLI_RECEIPT_H
#define CLI_RECEIPT_H

#include <stdbool.h>

#include "cli/session.h"

#define RECEIPT_HASH 65 /* bytes: SHA-256 in hex and the NUL */

struct receipt {
	char *file; /* name of the archive beside it */
	char sha256[RECEIPT_HASH]; /* of the archive, as it is: encrypted */
	int64_t size; /* bytes of it */
	int64_t made_at; /* seconds since the epoch */
	int64_t entries; /* of the audit log in it */
	char hash[RECEIPT_HASH]; /* of the last of them */
	char key[KEY_FINGERPRINT]; /* the team's, which signs */
};
void receipt_free(struct receipt *r); /* its fields */

/* Writes name in the open folder durably: text, clear-signed by the team. */
int receipt_write(struct session *s, int dir, const char *name,
    const struct buf *text, struct err *e);

void receipt_text(const struct receipt *r, struct buf *out);

/* Reads the lines of a receipt, or of an audit checkpoint, which has entries
 * and hash alone. Nothing is proven by that. ERR_DATA: it is none. */
int receipt_read(
    const char *path, bool checkpoint, struct receipt *out, struct err *e);

/*
 * Whether path is clear-signed, all of it, by the key of that fingerprint,
 * which is loaded in the session's ring. ERR_DENIED where it is not.
 */
int receipt_verify(struct session *s, const char *path, const char *fingerprint,
    struct err *e);

/* The numbers of destroyed keys: into text, and out of a file. */
int erased_text(struct session *s, struct buf *out, struct err *e);
int erased_read(const char *path, int64_t **id, size_t *count, struct err *e);

#endif
