/*
 * sponsorship.h - who wants to join a community, and which members vouch for
 * them. Owns the table community_application; what sponsors said stands in
 * community_sponsor, with the signed mail it came by.
 *
 * A statement counts while its sponsor is an active member; whom a sponsor
 * sponsored gains nothing by it for others. Enough statements make nobody a
 * member: the PoC accepts.
 */
#ifndef PEOPLE_SPONSORSHIP_H
#define PEOPLE_SPONSORSHIP_H

#include "people/community.h"

struct application {
	int64_t id;
	int64_t community;
	int64_t contact; /* who wants to join */
	int64_t at;
	int64_t message; /* that it came by; 0: entered by hand */
	char *state; /* open, accepted, refused */
	int64_t sponsors; /* whose statement counts now */
};

void application_free(struct application *a); /* its fields */

/* Inside the caller's transaction. Opens one; ERR_DATA where the contact is a
 * member or has an open one. */
int application_open(struct db *db, int64_t now, int64_t community,
    int64_t contact, int64_t message, struct err *e);

/* The open one. ERR_NOINPUT where there is none. */
int application_find(struct db *db, int64_t community, int64_t contact,
    struct application *out, struct err *e);

/* All of a community, or (0) of all; *out is an array of *count. */
int application_list(struct db *db, int64_t community, struct application **out,
    size_t *count, struct err *e);

/* accepted or refused; an accepted one joins. Inside a transaction. */
int application_decide(struct db *db, int64_t now, const struct application *a,
    const char *state, struct err *e);

/*
 * A member's signed statement for an open application, in message evidence.
 * ERR_DENIED where sponsor is no active member, or the applicant.
 */
int sponsorship_state(struct db *db, int64_t now, const struct application *a,
    int64_t sponsor, int64_t evidence, struct err *e);

struct sponsorship {
	int64_t contact; /* who is vouched for */
	int64_t sponsor;
	int64_t at;
	int64_t evidence; /* message; 0: the PoC entered it */
	bool review; /* the sponsor has left since */
};

/* Of a community, by contact; *out is an array of *count, the caller's. */
int sponsorship_list(struct db *db, int64_t community, struct sponsorship **out,
    size_t *count, struct err *e);

/* The PoC looked at it: contact stays. *count flags were taken away. */
int sponsorship_reviewed(struct db *db, int64_t now, int64_t community,
    int64_t contact, int64_t *count, struct err *e);

#endif
