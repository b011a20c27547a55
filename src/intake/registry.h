/*
 * registry.h - what the queue was told of and has not answered yet.
 *
 * Every source of mail goes this way: its message lies durably in spool/new,
 * the queue is told of it, and only once the queue answers that it is in the
 * database the source hears so and may let its own copy go. A queue that is
 * lost answers nothing; the next one is told again of all that is open.
 *
 * An owner is any address that stays the same while its messages are open.
 */
#ifndef INTAKE_REGISTRY_H
#define INTAKE_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGISTRY_WINDOW 64 /* messages of one owner that may be open */
#define REGISTRY_MAX 960 /* of all; the queue keeps no more waiting */

struct registry;

struct registry *registry_create(void);

/* NULL is fine. Nobody is told of what is still open. */
void registry_free(struct registry *r);

/*
 * A new queue, which is told again of all that is open. Takes over fd, a
 * channel's end (process/ipc.h).
 */
void registry_connect(struct registry *r, int fd);

/* The channel to the queue, for poll; -1: there is none now. */
int registry_fd(const struct registry *r);

/* True where there is a queue and this owner may tell it of one more. */
bool registry_has_room(const struct registry *r, const void *owner);

/*
 * Tells the queue of the message sha, which is durable in spool/new. Once it
 * is in the database registered is called, from registry_hear, with owner and
 * cookie (the owner's own number for it); never before this returned. Where
 * the queue is gone, the next one is told.
 */
void registry_tell(struct registry *r, const char *sha,
    void (*registered)(void *owner, uint64_t cookie), void *owner,
    uint64_t cookie);

/* The owner is going: its open messages are answered to nobody. */
void registry_forget(struct registry *r, const void *owner);

/* How many are open of this owner; NULL: of all, forgotten ones too. */
size_t registry_count(const struct registry *r, const void *owner);

/* Takes the answers that have come, and notices where the queue has gone. */
void registry_hear(struct registry *r);

/*
 * Tells this queue, once, that every source was read to its end (--once).
 * Nothing may be open. False where it was told before, or there is none.
 */
bool registry_drained(struct registry *r);

#endif
