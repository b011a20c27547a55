/*
 * similar.h - earlier cases that have something rare in common with one: an
 * indicator, the same file, words that hardly any other message has. A
 * suggestion with its reasons; nothing follows from it.
 */
#ifndef CASES_SIMILAR_H
#define CASES_SIMILAR_H

#include "base/strs.h"
#include "cases/index.h"
#include "cases/message.h"

#define SIMILAR_TERMS 400 /* words of a case that are looked up */
#define SIMILAR_COMMON 20 /* messages; what more have says nothing */
#define SIMILAR_REASONS 8 /* that are kept of each case */

/* What is looked up. {0} is empty. */
struct similar {
	struct strs indicator;
	struct strs word;
};

struct similar_case {
	int64_t cases;
	size_t indicators, words; /* that it shares */
	struct strs reason; /* some of them, indicators first */
};

struct similar_cases {
	struct similar_case *item; /* those first that share most */
	size_t count;
};

/* Adds what m says (unsealed; what is not, says nothing). */
void similar_add(struct similar *s, const struct message *m);
void similar_free(struct similar *s);

/*
 * The cases before the one of id cases that share an indicator or two rare
 * words. may: whether what a message says may be told of; -1 in its result
 * where that failed. out is the caller's to similar_cases_free.
 */
int similar_find(struct index *x, struct db *db, const struct similar *s,
    int64_t cases,
    int (*may)(void *context, int64_t message, bool *yes, struct err *e),
    void *context, struct similar_cases *out, struct err *e);
void similar_cases_free(struct similar_cases *l);

#endif
