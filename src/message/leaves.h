/*
 * leaves.h - a JSON document (RFC 8259) as the flat list of its values.
 *
 * The parser process makes it, policy reads it: what knows keys or labels
 * never has a tree of a stranger's making. Those nearest to the root stand
 * first, so what is left off of a large document is what lies deepest.
 */
#ifndef MESSAGE_LEAVES_H
#define MESSAGE_LEAVES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pack.h"

#define LEAVES_MAX 100000 /* values that are kept of one document */
#define LEAVES_BYTES (8U << 20) /* bytes of paths and values */
#define LEAF_PATH_MAX 512 /* bytes; what lies deeper is left off */
#define LEAF_VALUE_MAX 2048 /* bytes; a longer value is cut */

enum leaf_type {
	LEAF_STRING,
	LEAF_NUMBER,
	LEAF_BOOL,
	LEAF_NULL,
	LEAF_EMPTY /* an object or array with nothing in it */
};

struct leaf {
	char *path; /* RFC 6901: "/document/distribution/tlp/label" */
	enum leaf_type type;
	char *value; /* "" for null and empty; "true", "false"; a number */
};

struct leaves {
	struct leaf *item;
	size_t count;
	bool broken; /* no JSON, or more behind it */
	bool partial; /* over a limit: not all of it is here */
};

/* Adds copies. */
void leaves_add(struct leaves *l, const char *path, enum leaf_type type,
    const char *value, size_t len);

/* The first value at that path, borrowed, or NULL. */
const struct leaf *leaves_at(const struct leaves *l, const char *path);

void leaves_pack(const struct leaves *l, struct buf *b);

/* -1 where it is no such list, or over a limit; l is empty then. */
int leaves_unpack(struct leaves *l, struct unpack *u);

/* Frees what is in it; l itself is the caller's. */
void leaves_free(struct leaves *l);

#endif
