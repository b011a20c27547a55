/*
 * export.h - signatures over manifests of exported cases. Owns the table
 * export_signature.
 *
 * An OpenPGP signature has the time in it. It is kept, so that the same case
 * gives the same bytes again.
 */
#ifndef CASES_EXPORT_H
#define CASES_EXPORT_H

#include "base/buf.h"
#include "store/db.h"

/* The event that records an export. */
#define EXPORT_EVENT "case.exported"

/* Appends the signature that signer (fingerprint) made over the manifest of
 * that SHA-256; nothing where there is none. */
int export_signature_get(struct db *db, const char *manifest,
    const char *signer, struct buf *out, struct err *e);

/* Inside a transaction; one that is there stays. */
int export_signature_put(struct db *db, const char *manifest,
    const char *signer, const struct buf *signature, struct err *e);

#endif
