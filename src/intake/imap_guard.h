/*
 * imap_guard.h - looks at what an IMAP server sends before libetpan does.
 *
 * libetpan believes a server: it makes room for whatever length a literal
 * says, and reads untagged answers for as long as they come. So each command
 * has a budget of bytes and lines, lines have a greatest length, brackets a
 * greatest depth, and a literal (RFC 9051 section 4.3) may stand in one place
 * alone: after BODY[] in a FETCH, at most as long as was asked for.
 */
#ifndef INTAKE_IMAP_GUARD_H
#define INTAKE_IMAP_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define IMAP_LINE_MAX 8192 /* bytes, with its end; RFC 7162 section 4 */
#define IMAP_DEPTH_MAX 16 /* brackets inside each other */

struct imap_guard {
	size_t bytes; /* that may still come */
	size_t lines; /* the same */
	size_t literal_max; /* 0: there may be none */
	size_t literal; /* bytes of one that are still to come */
	bool had_literal; /* in this line */
	int depth;
	size_t len; /* of the line up to now */
	char line[IMAP_LINE_MAX];
};

/*
 * What the answer to the next command may have. It never ends in the middle of
 * a line.
 */
void imap_guard_allow(
    struct imap_guard *g, size_t bytes, size_t lines, size_t literal_max);

/*
 * Looks at the next len bytes. ERR_DATA, and the connection is of no use any
 * more, where they break a rule.
 */
int imap_guard_look(
    struct imap_guard *g, const char *data, size_t len, struct err *e);

#endif
