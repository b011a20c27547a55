/*
 * excerpt.h - an excerpt of technical facts alone (indicators, times, methods),
 * made and checked by a person: how takedown requests go out. It is ours,
 * whatever was reported; so it may hold nothing of who reported it or of what
 * they wrote, and no indicator that a third party restricted.
 */
#ifndef CASES_EXCERPT_H
#define CASES_EXCERPT_H

#include "cases/outgoing.h"

struct excerpt {
	const char
	    *why; /* what it holds and may not, a phrase; NULL: nothing */
	const char *rule; /* valid with why; constant */
};

/* What one is called that has no subject of its own; constant. */
const char *excerpt_subject(const char *language);

/* Whether o is one. */
bool excerpt_is(const struct outgoing *o);

/*
 * Looks in o's subject, text and attachments that are text for: a quotation of
 * a message of the case beyond its indicators; names and addresses of those who
 * wrote or take part, but the recipients'; a subject of theirs; indicators that
 * came under an explicit label of AMBER or above. Linear in text and case.
 */
int excerpt_judge(struct db *db, struct vault *v, const struct outgoing *o,
    struct excerpt *out, struct err *e);

#endif
