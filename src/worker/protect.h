/*
 * protect.h - which header a cryptographic layer protects, and what was copied
 * from it for old mail programs: RFC 9788, and the older
 * protected-headers="v1" (draft-autocrypt-lamps-protected-headers).
 */
#ifndef WORKER_PROTECT_H
#define WORKER_PROTECT_H

#include "pgp/verdict.h"

/*
 * The header inside the layers that stand around all that is shown, borrowed;
 * NULL where there is none. It has to say so of itself, by hp= or
 * protected-headers=: fields of any other part, or without that word, are
 * nobody's (RFC 9788 section 4.2).
 */
const struct head *protect_head(
    const struct mail *mail, const struct verdict *v);

/* True where the header is protected as RFC 9788 has it: all of it, so that a
 * field that is only outside was added on the way. */
bool protect_is_full(const struct mail *mail, const struct verdict *v);

/*
 * True where it says that it was encrypted (hp="cipher") and is not: somebody
 * on the way took that off, or it never was.
 */
bool protect_is_stripped(const struct mail *mail, const struct verdict *v);

/*
 * Clears the mark hp-legacy-display="1" of each part that has no right to it:
 * it counts in the main body inside hp="cipher" that was indeed encrypted (RFC
 * 9788 sections 2.1.2 and 4.5.3), and hides text anywhere else.
 */
void protect_legacy(struct mail *mail, const struct verdict *v);

/*
 * True for the part that older programs put first to show old readers the
 * protected header: it says only what stands there.
 */
bool protect_is_copy(
    const struct mail *mail, const struct verdict *v, uint32_t part);

/*
 * The text behind the copied header lines of a text/plain part with a legacy
 * display: all of it where its first lines are anything else. *len is changed.
 */
const char *protect_past_legacy(const char *text, size_t *len);

#endif
