/*
 * document.h - what an attachment that is to leave says by itself: its label,
 * and whether anybody can look into it.
 */
#ifndef CASES_DOCUMENT_H
#define CASES_DOCUMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "message/leaves.h"
#include "policy/marking.h"

/* Who reads JSON: the parser process, or a command for its caller's files. */
struct document_json {
	int (*leaves)(void *context, const void *data, size_t len,
	    struct leaves *out, struct err *e);
	void *context; /* borrowed */
};

struct document {
	struct marking marking; /* joined with that of its name */
	const char *opaque; /* why it cannot be read, constant; or NULL */
	bool text; /* UTF-8 without NUL: a mail, a list, a page */
};

/*
 * Reads data under its name (NULL: none). json NULL: documents in JSON are read
 * as text alone. Labels in a text's quoted lines are not looked for here.
 */
int document_read(const char *name, const struct buf *data,
    const struct document_json *json, struct document *out, struct err *e);

#endif
