/*
 * community.h - trusted communities: who belongs, and the highest label each
 * may carry. Owns the tables community, community_member and
 * community_sponsor; a member's state is membership.h's.
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
	char *scope; /* whom it is for, one line, or NULL */
	char *rules; /* text that new members get, or NULL */
	int64_t sponsors; /* signed statements needed to join */
	char *archive; /* "none", "members" or "public" */
	bool dual_release;
	char *reply_to; /* of posts: "list", "team", "author" */
	bool organisation; /* its members count as one (TLP 2.0 section 3.c) */
	bool visible; /* members may see each other's addresses and keys */
	int64_t bounces; /* returned copies until a member gets no more */
	int64_t *member; /* contacts that get its mail now: active ones */
	size_t members;
};

void community_free(struct community *c); /* its fields */

#define COMMUNITY_RULES_MAX 65536 /* bytes */
#define COMMUNITY_BOUNCES 5 /* where nothing else was said */

/*
 * What a new community has where nothing else is said; like one of the bodies
 * that CSIRTs join (first, apcert, nca, ti, j-csip), or NULL. ERR_USAGE where
 * that body is not known. out is the caller's.
 */
int community_like(const char *like, struct community *out, struct err *e);

/* All inside the caller's transaction. */
int community_set(struct db *db, const struct community *c, struct err *e);
int community_add(struct db *db, int64_t now, const struct community *c,
    int64_t *id, struct err *e);
int community_join(struct db *db, int64_t now, int64_t id, int64_t contact,
    const int64_t *sponsor, size_t sponsors, struct err *e);

/* Whom they sponsored is to be reviewed from now on (sponsorship.h). */
int community_leave(
    struct db *db, int64_t now, int64_t id, int64_t contact, struct err *e);

/* By name or address. ERR_NOINPUT where there is none. */
int community_find(
    struct db *db, const char *name, struct community *out, struct err *e);
int community_list(
    struct db *db, struct community **out, size_t *count, struct err *e);

/* 1 where contact is an active member of any, 0 or -1. */
int community_joined(struct db *db, int64_t contact, struct err *e);

/* Those in which contact is an active member; without the others of them. */
int community_list_of(struct db *db, int64_t contact, struct community **out,
    size_t *count, struct err *e);

#endif
