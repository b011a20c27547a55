/*
 * search.h - answers a query (query.h) out of the index (index.h), and out of
 * the database where the answer changes without the message: case, tags, state.
 */
#ifndef CASES_SEARCH_H
#define CASES_SEARCH_H

#include "cases/index.h"
#include "cases/query.h"

/* Columns that a word without a field is looked for in. */
#define SEARCH_WORDS                                                           \
	(1U << INDEX_SUBJECT | 1U << INDEX_TEXT | 1U << INDEX_ATTACHED |       \
	    1U << INDEX_SENDER | 1U << INDEX_RECIPIENT)

/*
 * Walks over the messages that the query finds, the newest first, and with
 * cases then over the cases that it finds by title and notes (INDEX_CASES +
 * id). found returns 1 to go on, 0 to end the walk, -1 where it failed. A part
 * of the index is looked at only when the walk comes to it, so that the first
 * answers to a common word cost no more than those to a rare one. ERR_DATA
 * where the query names a case that is none.
 */
int search_walk(struct index *x, struct db *db, const struct query *q,
    bool cases, int (*found)(void *context, int64_t message, struct err *e),
    void *context, struct err *e);

/* The terms of text that the query looks for in what a message says: a line of
 * it, around the first of them; false: none has it. Appends one safe line. */
bool search_snippet(
    const struct query *q, const char *text, size_t len, struct buf *out);

#endif
