/*
 * reference.h - other parties' numbers for a case, as their subjects write
 * them. Owns the table case_reference.
 *
 * Global ones name their issuer and are given out once: JPCERT#12345678,
 * IPA#12345678, VU#123456, JVN#12345678, JVNVU#91234567. Local ones are counted
 * by each ticket system for itself: [RT #123], [desk #123],
 * [Ticket#2026112210000012], [#12345], INC0012345, INC-123, RITM0012345; two
 * organisations may well have the same one. A global one that only somebody
 * unproven has written is kept in small letters, and is local: it may be made
 * up, or another's.
 */
#ifndef CASES_REFERENCE_H
#define CASES_REFERENCE_H

#include "base/strs.h"
#include "store/db.h"

#define REFERENCE_MAX 10 /* of one subject that are kept */

/*
 * Adds the numbers in a subject, each once and in one spelling: capitals for
 * global ones and INC, small letters in brackets.
 */
void reference_find(const char *subject, struct strs *out);

/* True for a number that is an issuer's own everywhere. */
bool reference_is_global(const char *reference);

/* A global one as somebody unproven writes it, which is local, and back: the
 * other spelling, the caller's. NULL for what is local anyway. */
char *reference_other(const char *reference);

/* Remembers a number for a case. Inside the caller's transaction. */
int reference_add(
    struct db *db, int64_t cases, const char *reference, struct err *e);

/* Adds the numbers of a case to out. */
int reference_list(
    struct db *db, int64_t cases, struct strs *out, struct err *e);

/* The cases that have the number, the newest first, at most a hundred; the
 * caller's array. */
int reference_cases(struct db *db, const char *reference, int64_t **cases,
    size_t *count, struct err *e);

#endif
