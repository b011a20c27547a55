/*
 * suggest.h - other cases that a case may have to do with, each with its
 * reason, for a person to judge. Nothing is ever joined by it.
 */
#ifndef CASES_SUGGEST_H
#define CASES_SUGGEST_H

#include "cases/message.h"

#define SUGGEST_MAX 10 /* suggestions, the strongest first */
#define SUGGEST_COMMON 20 /* cases; what more of them have tells nothing */

/* Who asks: whether they may see what a message says. */
struct suggest_reader {
	int (*may)(
	    void *context, const struct message *m, bool *may, struct err *e);
	void *context;
};

/*
 * An array of {case, kind, reason, weight, messages}; the caller's. Kinds:
 * indicator, file, reference, thread, subject. A trait weighs the more the
 * fewer cases have it. Neither their reasons nor their messages come from what
 * the reader may not see.
 */
int suggest_json(struct db *db, struct vault *v, int64_t cases,
    const struct suggest_reader *reader, json_t **out, struct err *e);

#endif
