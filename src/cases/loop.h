/*
 * loop.h - the mark on mail that no person wrote, by which it is known when it
 * comes back: "X-Noroshi-Loop: random-hash", hashed under the vault's key.
 */
#ifndef CASES_LOOP_H
#define CASES_LOOP_H

#include <stdbool.h>

#include "base/clock.h"
#include "message/part.h"
#include "store/vault.h"

#define LOOP_FIELD "X-Noroshi-Loop"
#define LOOP_MARK 50 /* bytes: 16 and 32 hex digits, '-' and the NUL */

/* A fresh mark; returns out. */
char *loop_mark(struct vault *v, struct clock *c, char out[LOOP_MARK]);

/* True where any part of a message carries a mark of ours. */
bool loop_carried(struct vault *v, const struct part_table *t);

#endif
