/*
 * relation.h - what a recipient is to one item of content: the rows of the
 * gate's table, from contacts, cases, messages and communities
 * (doc/ARCHITECTURE.md).
 */
#ifndef CASES_RELATION_H
#define CASES_RELATION_H

#include "cases/recipient.h"
#include "people/community.h"

struct relation {
	enum noroshi_relation row;
	bool role_mailbox; /* not one person's */
	bool same_community; /* it came from the list of one they belong to */
	bool organisation; /* a community of theirs counts as one */
	bool other_community; /* its label names one that they are not in */
	bool outer_only; /* row 2a, but by a header that nothing protects */
	bool restricted; /* as the item */
	bool participates; /* in the case, or had the item already */
	bool person; /* somebody with a key of their own */
	bool consent_found; /* the source allowed it to go there, */
	enum noroshi_tlp consent_label; /* under this label or a stricter, */
	bool consented; /* which the item's is */
	bool over_ceiling; /* a list's, whose highest label is lower */
};

/* The first row that fits, for a recipient who is no list. */
int relation_find(struct db *db, const struct recipient *r, int64_t cases,
    const struct content_item *item, struct relation *out, struct err *e);

/* Fills what a consent of the item's source says of r. */
int relation_consent(struct db *db, const struct recipient *r,
    const struct content_item *item, struct relation *out, struct err *e);

/*
 * The question of rows 15 to 19 for a community's list as a whole; its members
 * are asked for one by one besides. A label above its ceiling is row 18.
 */
int recipient_list_question(struct db *db, const struct community *c,
    int64_t cases, const struct content_item *item, bool poc_signed,
    struct noroshi_question *q, struct err *e);

#endif
