/*
 * trait.h - what of a message may occur in another case too: indicators,
 * attached files, its subject. Owns the table trait.
 *
 * The table is blind: keyed hashes (vault_hash). A message's rows go when its
 * key is destroyed (a trigger of the schema). Nothing follows from a common
 * trait by itself: suggest.h tells people of it.
 */
#ifndef CASES_TRAIT_H
#define CASES_TRAIT_H

#include "cases/message.h"

#define TRAIT_ROWS 300 /* of one message; what is more is not remembered */
#define TRAIT_PLACES 64 /* messages with one trait that are looked at */

enum trait_kind {
	TRAIT_INDICATOR,
	TRAIT_FILE, /* SHA-256 of an attachment */
	TRAIT_SUBJECT, /* the base subject */
	TRAIT_WORD, /* of it: a word, or two Chinese characters */
	TRAIT_KINDS
};

/*
 * Calls each for the traits of m, which is unsealed, up to TRAIT_ROWS. Not what
 * is of the sender's own domain: their mail is signed with it. name: as a
 * person knows it (a file's name, else value).
 */
void trait_walk(const struct message *m,
    void (*each)(void *context, enum trait_kind kind, const char *value,
	const char *name),
    void *context);

/* Remembers m's traits, instead of what was remembered of it. Inside the
 * transaction that writes m. */
int trait_keep(
    struct db *db, struct vault *v, const struct message *m, struct err *e);

/* A message of another case that has a trait. */
struct trait_place {
	int64_t message;
	int64_t cases;
};

/* Those in other cases than the one named, the newest first; how many, or
 * -1. */
int trait_find(struct db *db, struct vault *v, enum trait_kind kind,
    const char *value, int64_t cases, struct trait_place out[TRAIT_PLACES],
    struct err *e);

#endif
