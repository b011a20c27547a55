/*
 * feed.h - notices of machines that say the same go into one case for a while,
 * so that an alarm that repeats is one matter and not a thousand. Owns the
 * table feed.
 *
 * The same: one sender, proven in the same way, with the same label, category
 * and priority, and a subject that differs in numbers alone. What somebody
 * else writes in its name, or what is graver, is therefore never among them.
 */
#ifndef CASES_FEED_H
#define CASES_FEED_H

#include "noroshi.h"
#include "policy/identity.h"
#include "store/db.h"
#include "store/vault.h"

struct feed_notice {
	const char *from; /* folded address */
	const struct sender *sender;
	enum noroshi_tlp label;
	const char *category; /* or NULL */
	const char *priority;
	const char *subject; /* or NULL */
};

#define FEED_DIGEST 65 /* bytes of a digest in hex, with its end */

/* What the notices of one kind have in common, hashed under the vault's key. */
void feed_digest(
    struct vault *v, const struct feed_notice *n, char out[FEED_DIGEST]);

/*
 * The subject in lower case, each word with a digit in it as "#", but for CVE
 * numbers: they name the matter. Up to 200 bytes; the caller's.
 */
char *feed_pattern(const char *subject);

/*
 * The case that takes notices of this kind: one that was opened for them less
 * than window seconds before now, and is not closed. *cases is 0 where there
 * is none; else *nth counts this notice in, from 2. Inside a transaction.
 */
int feed_join(struct db *db, const char *digest, int64_t now, int64_t window,
    int64_t *cases, int64_t *nth, struct err *e);

/* From now on the case takes notices of this kind. Inside a transaction. */
int feed_open(struct db *db, const char *digest, int64_t now, int64_t cases,
    struct err *e);

/* The team hears of the 1st, 10th, 100th ...: true for these. */
bool feed_is_told(int64_t nth);

#endif
