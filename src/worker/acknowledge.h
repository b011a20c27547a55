/*
 * acknowledge.h - the automatic acknowledgement of a report: its number, what
 * happens next, how to write encrypted. Within RFC 3834 (policy/autoreply.h),
 * rarely (cases/acknowledgement.h), and nothing in it is the report's.
 */
#ifndef WORKER_ACKNOWLEDGE_H
#define WORKER_ACKNOWLEDGE_H

#include "worker/judgement.h"
#include "worker/notify.h"

/*
 * Makes the draft for a message that was claimed, sealed or signed into
 * spool/out. *made is false, and out empty, where none is due; the log says
 * why. ERR_TEMP: later. Nothing is written to the database.
 */
int acknowledge_make(struct worker *w, const struct notice *n,
    const struct judgement *j, struct draft *out, bool *made, struct err *e);

/*
 * Remembers the one that was made, in the commit's transaction. 1: it may
 * leave; 0: a limit was reached since: do not insert its draft but make all
 * anew; -1: failed.
 */
int acknowledge_record(struct worker *w, const struct notice *n,
    const struct judgement *j, struct err *e);

/* "ja" where a text or subject (or NULL) has Japanese letters (kana), else
 * NULL. */
const char *acknowledge_language(
    const char *subject, const char *text, size_t len);

#endif
