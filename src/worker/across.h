/*
 * across.h - whether a letter would show parties of a case to each other who
 * talk with us apart (cases/conversation.h).
 */
#ifndef WORKER_ACROSS_H
#define WORKER_ACROSS_H

#include "worker/clearance.h"

/*
 * True in *across where two of c's To and Cc are in conversations of their own,
 * which have begun, and the author did not join them. Not under RED, whose letters name nobody
 * else, nor for a list.
 */
int across_find(
    struct db *db, const struct clearance *c, bool *across, struct err *e);

#endif
