/*
 * discussion.h - posts to a community that discusses: a member's mail to its
 * address, sent again to all members as the list's own (DOMAIN: DMARC makes
 * keeping the author's From fail, RFC 7960 section 4.1.3.3).
 *
 * Only mail of an active member, signed over all of it by a verified key of
 * theirs, fresh and not seen before, becomes a post: a request like any other,
 * which the gate judges. The author shows by the name that the gateway has for
 * them alone; nothing of their mail's header is passed on. What another contact
 * wrote, or nobody signed, is a request that waits for who may release it
 * (rule post-held); strangers' mail stays with the team.
 */
#ifndef WORKER_DISCUSSION_H
#define WORKER_DISCUSSION_H

#include "people/community.h"
#include "worker/command.h"
#include "worker/letter.h"

/*
 * 1: m was written to a discussion, and out says what becomes of it
 * (COMMAND_ANSWER, COMMAND_REFUSED: its proven author is told, COMMAND_HELD,
 * COMMAND_NONE for machines' mail and loops); 0: it was not; -1: failed.
 */
int discussion_read(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, struct command *out,
    struct err *e);

/*
 * Whether a mail to a discussion goes there and is no matter of a case, and
 * whether it stays with the team instead.
 */
int discussion_place(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, bool *relay, bool *held,
    struct err *e);

/* The key of the signature that proves the sender, if that key is verified;
 * NULL: none. Borrowed from r. */
const struct signature *discussion_signature(const struct reading *r,
    const struct judgement *j, const struct contact *c);

/* The header fields of what goes to a community's list (RFC 2369, 2919). */
void discussion_fields(
    struct worker *w, const struct community *c, struct letter *l);

/* "Name via community", and where answers go. The name is the caller's, and
 * l->from borrows it. */
char *discussion_people(struct worker *w, const struct community *c,
    const struct contact *author, struct letter *l);

/* The signed block on top of a post: who wrote it, and how that is known. */
void discussion_block(const struct community *c, const struct contact *author,
    const char *identity, const struct message *post, struct buf *out);

#endif
