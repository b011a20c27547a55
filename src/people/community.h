/*
 * community.h - trusted communities: who belongs, and the highest label each
 * may carry. Owns the tables community and community_member.
 */
#ifndef PEOPLE_COMMUNITY_H
#define PEOPLE_COMMUNITY_H

#include "noroshi.h"
#include "people/contact.h"

struct community {
	int64_t id;
	char *name; /* one word, folded */
	char *address; /* local@domain by which its mail comes, or NULL */
	enum noroshi_tlp max_label;
	enum noroshi_tlp default_label;
	char *kind; /* "announce" or "discussion" */
	int64_t sponsors; /* signed statements needed to join */
	char *archive; /* "none", "members" or "public" */
	bool dual_release;
	int64_t *member; /* contacts that belong to it now */
	size_t members;
};

void community_free(struct community *c); /* its fields */

/* All inside the caller's transaction. */
int community_add(struct db *db, int64_t now, const struct community *c,
    int64_t *id, struct err *e);
int community_join(struct db *db, int64_t now, int64_t id, int64_t contact,
    const int64_t *sponsor, size_t sponsors, struct err *e);
int community_leave(
    struct db *db, int64_t now, int64_t id, int64_t contact, struct err *e);

/* By name or address. ERR_NOINPUT where there is none. */
int community_find(
    struct db *db, const char *name, struct community *out, struct err *e);
int community_list(
    struct db *db, struct community **out, size_t *count, struct err *e);

#endif
