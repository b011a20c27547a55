/* query_field.h - the fields of a query (query.h), and what each may say. */
#ifndef CASES_QUERY_FIELD_H
#define CASES_QUERY_FIELD_H

#include "cases/query.h"

struct query_name {
	const char *name; /* as it is written, before the ':' */
	enum query_field field;
	const char *exact; /* of QUERY_EXACT: as the index has it */
	const char *(*check)(struct query_term *t, int64_t now); /* or NULL */
};

/* The field whose name and ':' stand at text, *len bytes of it, in any case.
 * NULL: none; *len is not 0 where it looks like one. */
const struct query_name *query_field_at(const char *text, size_t *len);

/*
 * Makes what t asks for plain (name NULL: words). NULL where it can be asked
 * for, else a constant that what is wrong may stand behind.
 */
const char *query_field_check(
    const struct query_name *name, struct query_term *t, int64_t now);

#endif
