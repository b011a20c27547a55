/*
 * relabel.h - a label that is raised after mail has left: who has that mail is
 * asked to label it anew. Nothing claims that what was shared can be taken
 * back.
 */
#ifndef CASES_RELABEL_H
#define CASES_RELABEL_H

#include "cases/outgoing.h"

/* Whether o is such a request. It is a template without a word of the case,
 * and so CLEAR in any case; nothing but relabel_ask makes one. */
bool relabel_is(const struct outgoing *o);

/*
 * In a case that may be an APT it asks nobody: whoever reads along would learn
 * of it. Elsewhere it
 * writes one request for each recipient of what left in o's case under a lower
 * label than label: answers and excerpts of facts. o says who acts (author,
 * identity, cases); *count: how many requests. Inside the transaction that
 * raises the label; the caller wakes the queue afterwards.
 */
int relabel_ask(struct db *db, struct vault *v, struct spool *s, int64_t now,
    const struct outgoing *o, enum noroshi_tlp label, int64_t *count,
    struct err *e);

#endif
