/* searching.h - a query and the index that it is asked of: shared by noroshi
 * search, in whose file it is, and noroshi case search. */
#ifndef CLI_SEARCHING_H
#define CLI_SEARCHING_H

#include "cases/search.h"
#include "cli/session.h"

#define SEARCH_LIMIT 100 /* answers to a person, without --limit */
#define SEARCH_LIMIT_JSON 1000 /* and to a program */

/*
 * Opens vault and index, and indexes what the daemon has not come to yet, as
 * far as that goes at once; what is left is said on standard error.
 */
int searching_open(struct session *s, struct index **out, struct err *e);

/* The operands of a command line, with spaces between, read as a query. */
int searching_query(int argc, char **argv, struct query *out, struct err *e);

/* A positive number of answers. */
int searching_limit(const char *text, size_t *out, struct err *e);

#endif
