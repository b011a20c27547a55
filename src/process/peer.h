/*
 * peer.h - who among our processes speaks with whom: the supervisor gives both
 * an end of one channel (IPC_PEER).
 */
#ifndef PROCESS_PEER_H
#define PROCESS_PEER_H

#include "process/child.h"

/* True where a and b have a channel between them, in this order: a is the
 * queue, or the worker of a parser. */
bool peer_pairs(const struct child *a, const struct child *b);

/*
 * One end each. A peer that is gone by now is seen when it is taken in; where
 * no channel is to be had a is ended.
 */
void peer_join(struct child *a, struct child *b);

/*
 * The parser of a worker, or the worker of a parser, among count children;
 * borrowed from them. NULL: c has none.
 */
struct child *peer_partner(
    struct child *children, size_t count, const struct child *c);

#endif
