/*
 * approval.h - people's words on a message that is held: who gave them, in
 * which role, and for exactly what. Owns the table approval.
 */
#ifndef CASES_APPROVAL_H
#define CASES_APPROVAL_H

#include <jansson.h>

#include "noroshi.h"
#include "config/config.h"
#include "store/db.h"
#include "store/spool.h"
#include "store/vault.h"

struct outgoing;

/* One person's word on a held message. */
struct approval {
	int64_t contact;
	char *identity; /* as outgoing.identity; "outside:SHA-256" of evidence
			   for a word given elsewhere, which contact entered */
	char *role; /* in which it was given: "approver", "poc" ...; "self":
		       its author's own, who was alone on the rota */
	int64_t at;
	char *reason; /* or NULL */
	bool in_clear; /* what may leave unencrypted was meant */
	char *content; /* outgoing_sum that it was given for; NULL: any */
	char *evidence; /* file of store/blob.h that shows it, or NULL */
	char evidence_sha[SPOOL_SHA]; /* of that file's content, or "" */
};
void approval_free(struct approval *a); /* its fields */
void approval_list_free(struct approval *a, size_t count);

/* Inside a transaction; also hands the message to a worker again. */
int approval_add(
    struct db *db, int64_t message, const struct approval *a, struct err *e);

/* All of them; *out is an array of *count, the caller's. */
int approval_list(struct db *db, int64_t message, struct approval **out,
    size_t *count, struct err *e);

/* The same as queue show gives it out, without reasons; the caller's. */
int approval_json(struct db *db, int64_t message, json_t **out, struct err *e);

/*
 * Whether the author's own hand wrote that word: the same person, by whatever
 * key, user or --as. Under second_person = "contact" contacts alone count.
 */
bool approval_is_own(const struct config *c, const struct outgoing *o,
    const char *identity, int64_t contact);

/*
 * Takes out those that were given for another content than sum, and (but for
 * "self") the author's own.
 */
void approval_keep(const struct config *c, const struct outgoing *o,
    const char *sum, struct approval *list, size_t *count);

/*
 * A name for all that an approval speaks of: whom it was asked to go to, under
 * which label, subject, text and attachments. A keyed hash in hex, since it
 * stands open in the database and the text does not.
 */
void outgoing_sum(struct vault *v, const struct outgoing *o,
    enum noroshi_tlp label, char sum[SPOOL_SHA]);

#endif
