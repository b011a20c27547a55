/* erasing.h - to erase a case, by hand or by retention, and what then stands
 * in the record of it. */
#ifndef CLI_ERASING_H
#define CLI_ERASING_H

#include "cases/erase.h"
#include "cli/session.h"

/*
 * Destroys the case's keys and rows, records that, and who asked for it (x).
 * Inside the transaction, after whose commit erasing_finish is called.
 */
int erasing_do(
    struct session *s, int64_t cases, const struct erasure *x, struct err *e);

/* Removes the files of a case that is erased, and what the write-ahead log
 * still has; nothing of one that is not. */
int erasing_finish(struct session *s, int64_t cases, struct err *e);

/* The disposal record, as JSON and as text. */
int erasing_json(struct session *s, int64_t cases, struct err *e);
int erasing_put(struct session *s, int64_t cases, struct err *e);

#endif
