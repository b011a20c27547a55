/* case_act.h - what the acts on a case have in common. */
#ifndef CLI_CASE_ACT_H
#define CLI_CASE_ACT_H

#include "cases/case.h"
#include "cli/session.h"

/* Checks a note: words, in UTF-8, not too many. NULL is fine. ERR_DATA. */
int case_act_note(const char *note, struct err *e);

/* The case that is to be written into, inside the transaction; ERR_DATA where
 * it was merged into another. */
int case_act_find(
    struct session *s, const char *name, struct case_file *file, struct err *e);

/* Opens all that an act needs, and its transaction, and finds the case; *file
 * is the caller's to case_free. */
int case_act_begin(struct session *s, const char *as, const char *name,
    struct case_file *file, struct err *e);

/* Prints the case's object (--json), or its name and what became of it. */
int case_act_say(struct session *s, int64_t id, const char *name,
    const char *done, struct err *e);

#endif
