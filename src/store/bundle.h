/*
 * bundle.h - files of one case as a tar (archive.h) that tar(1), sha256sum(1)
 * and gpg(1) can check: all below the folder "evidence/", then MANIFEST and
 * MANIFEST.asc, its detached signature.
 *
 * The same files with the same times give the same bytes. Names are ours.
 */
#ifndef STORE_BUNDLE_H
#define STORE_BUNDLE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define BUNDLE_FOLDER "evidence/"
#define BUNDLE_SIGNATURE "MANIFEST.asc"
#define BUNDLE_AUDIT "audit.jsonl" /* store/audit_extract.h */

struct bundle {
	int fd; /* that is written to; the caller's */
	const char *path; /* of it, for errors; borrowed */
	struct buf
	    manifest; /* as sha256sum writes it, names below the folder */
	int64_t files;
};

void bundle_init(struct bundle *b, int fd, const char *path);
void bundle_free(struct bundle *b); /* its fields */

/* Writes one file; mtime in seconds since the epoch. */
int bundle_put(struct bundle *b, const char *name, int64_t mtime,
    const void *data, size_t len, struct err *e);

/* Writes manifest, signature (armoured) and end, and syncs. */
int bundle_finish(struct bundle *b, const struct buf *signature, int64_t mtime,
    struct err *e);

/* What somebody's file holds. */
struct bundle_facts {
	struct buf manifest, signature, audit; /* audit: or empty */
	int64_t files; /* in the manifest */
	uint64_t bytes; /* of them */
};
void bundle_facts_free(struct bundle_facts *f); /* its fields */

/*
 * Reads fd to its end and works all checksums out again. ERR_DATA where it is
 * no bundle, was cut short, or a file is not as the manifest says (the text
 * names it). Nothing is written, whatever the names are; what is kept in memory
 * is bounded. out is to be freed in every case.
 */
int bundle_check(int fd, struct bundle_facts *out, struct err *e);

#endif
