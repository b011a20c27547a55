/*
 * membership.h - one contact's membership of a community: its state, and what
 * happened to it. Owns the tables community_history and community_post;
 * the states stand in community_member.
 *
 * Only active members get mail, may sponsor, and may post. Suspended and
 * bounce-disabled ones still belong to it.
 */
#ifndef PEOPLE_MEMBERSHIP_H
#define PEOPLE_MEMBERSHIP_H

#include "people/community.h"

struct membership {
	int64_t contact;
	char *state; /* active, suspended, bounce-disabled, left */
	int64_t joined_at;
	int64_t left_at; /* 0: has not */
	int64_t bounced; /* copies that came back since they are active */
};

/* All who belong to it, and with former also who left; the last time each.
 * *out is an array of *count, the caller's to membership_list_free. */
int membership_list(struct db *db, int64_t community, bool former,
    struct membership **out, size_t *count, struct err *e);
void membership_list_free(struct membership *list, size_t count);

int membership_is_active(struct db *db, int64_t community, int64_t contact,
    bool *active, struct err *e);

/* Inside the caller's transaction. ERR_DATA where it is in that state. */
int membership_suspend(struct db *db, int64_t now, int64_t community,
    int64_t contact, const char *reason, struct err *e);
int membership_resume(struct db *db, int64_t now, int64_t community,
    int64_t contact, struct err *e);

/*
 * A copy for that member came back for good. *disabled: it was the last one
 * that the community allows, and they get no more until they are resumed.
 */
int membership_bounced(struct db *db, int64_t now, int64_t community,
    int64_t contact, bool *disabled, struct err *e);

/*
 * Takes out of c->member who joined after that message was asked for: what
 * waits for a release was not meant for them. 0: none is taken out.
 */
int membership_keep(
    struct db *db, struct community *c, int64_t message, struct err *e);

/* The community whose mail that delivery is a copy of, or 0. */
int membership_of_delivery(struct db *db, int64_t delivery, int64_t *community,
    int64_t *contact, struct err *e);

/* The community whose advisory or post that message that leaves is, or 0. */
int membership_of_message(
    struct db *db, int64_t message, int64_t *community, struct err *e);

/* Records that a message that leaves is a member's post. In a transaction. */
int membership_posted(struct db *db, int64_t message, int64_t community,
    int64_t author, struct err *e);

/* What happened to one member, or (0) all, the oldest first. */
struct membership_event {
	int64_t contact;
	int64_t at;
	char *event;
	char *detail; /* or NULL */
};
int membership_note(struct db *db, int64_t now, int64_t community,
    int64_t contact, const char *event, const char *detail, struct err *e);
int membership_history(struct db *db, int64_t community, int64_t contact,
    struct membership_event **out, size_t *count, struct err *e);
void membership_history_free(struct membership_event *list, size_t count);

#endif
