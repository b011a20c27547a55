/*
 * lookalike.h - senders who are taken for somebody we know.
 *
 * An index of the names, organisations and addresses of all contacts, and of
 * the team. One look costs a few look-ups by hash and one pass over the domains
 * known, none of them longer than 63 letters; it opens nothing and asks nobody.
 * What it finds is a warning: a stranger stays a stranger with or without it.
 */
#ifndef POLICY_LOOKALIKE_H
#define POLICY_LOOKALIKE_H

#include <stdint.h>

#include "base/strs.h"

/* Somebody known; name, organisation and address (folded) may be NULL. */
struct lookalike_known {
	int64_t contact; /* 0: the team */
	const char *name;
	const char *organisation;
	const char *address;
};

struct lookalike;

/*
 * An index of nobody; knowing one more (what is known is copied); ready to be
 * asked. A contact is added once for each address.
 */
struct lookalike *lookalike_create(void);
void lookalike_add(struct lookalike *l, const struct lookalike_known *known);
void lookalike_ready(struct lookalike *l);
void lookalike_free(struct lookalike *l);

/* The bytes of memory that it takes. */
size_t lookalike_size(const struct lookalike *l);

/* Who wrote, by what the message says. */
struct lookalike_question {
	const char *address; /* folded */
	const char *name; /* display name, or NULL */
	int64_t contact; /* whose address it is; 0: nobody's */
};

/*
 * Adds to warnings what fits, at most one of the first two:
 *
 * lookalike-address  other letters that look the same: a known address
 * lookalike-domain   nearly the domain of somebody known, or one that has it
 *                    in front
 * mixed-scripts      a domain in letters that nobody writes together
 * name-of-contact    the name of somebody known, who has another address
 *
 * The first three are not asked of a contact's own address, nor the second of
 * a known domain. Returns who it resembles; 0: nobody, or the team.
 */
int64_t lookalike_judge(const struct lookalike *l,
    const struct lookalike_question *q, struct strs *warnings);

#endif
