/*
 * query.h - what people ask of the index (search.h), read into a row of terms
 * and operators.
 *
 *	from:tanaka (tlp:red or kind:bounce) -is:closed "broken into"
 *
 * Words stand for messages that have them in subject, text, attachments or
 * people; a term behind "name:" for one field; several terms for all of them.
 * and, or, not (in any case), "-", parentheses. noroshi(1) has the fields.
 * Width does not count: the query is read after NFKC.
 */
#ifndef CASES_QUERY_H
#define CASES_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define QUERY_BYTES 4096 /* of a query */
#define QUERY_TERMS 64 /* in it */
#define QUERY_DEPTH 32 /* open parentheses */

enum query_field {
	QUERY_WORDS, /* anywhere a person would look */
	QUERY_FROM,
	QUERY_TO, /* and cc, bcc */
	QUERY_SUBJECT,
	QUERY_BODY,
	QUERY_ATTACHMENT, /* names of files, and what they say */
	QUERY_EXACT, /* a whole value: "tlp", "class", "kind" ... */
	QUERY_CASE, /* a case's number */
	QUERY_TAG, /* of the case */
	QUERY_STATE, /* of the case: a column of words, see query_field.c */
	QUERY_DELIVERY, /* a copy of it is in this state */
	QUERY_ID, /* a message's number */
	QUERY_DATE /* when it came */
};

struct query_term {
	enum query_field field;
	const char *name; /* of an exact value; a constant */
	char *text; /* what is asked for, the query's own; NULL for dates */
	int64_t from, until; /* of dates: seconds since the epoch, [from,
				until); of an id: from */
};

enum query_op {
	QUERY_TERM, /* the next term of the list */
	QUERY_AND,
	QUERY_OR,
	QUERY_NOT /* of the one before it */
};

/* In the order in which they are worked out: operands before operators. */
struct query {
	struct query_term *term;
	size_t terms;
	enum query_op *op;
	size_t ops;
};

/*
 * Reads text, at time now. ERR_DATA with the character's place, from 1, where
 * it says nothing that can be asked. out is the caller's to query_free.
 */
int query_parse(
    const char *text, int64_t now, struct query *out, struct err *e);
void query_free(struct query *q);

#endif
