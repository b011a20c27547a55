/*
 * csv.h - comma-separated values (RFC 4180) as a stranger's spreadsheet writes
 * them: rows of cells, and a complaint for each row that cannot be read.
 */
#ifndef PEOPLE_CSV_H
#define PEOPLE_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strs.h"

#define CSV_ROW_MAX 65536 /* bytes of a row */
#define CSV_ERRORS_MAX 1000 /* lines of complaint; more are not kept */

/* A text that is read row by row. */
struct csv {
	const unsigned char *p; /* borrowed: the rest of the text */
	size_t left; /* bytes */
	int line; /* of the byte at p, from 1 */
	int row_line; /* where the row that was read last began */
	struct strs *errors; /* borrowed: what was wrong, a line for each */
};

/*
 * Adds "line N: " and the words to c->errors, on one line and without
 * characters that a terminal would obey (utf8_put_line).
 */
void csv_error(struct csv *c, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Reads one row, which ends with LF, CRLF or the text (RFC 4180 section 2),
 * and adds its cells to cells; c->left must not be 0. A NUL byte is read as
 * U+0001. Returns false where the row was wrong: that was said, and the next
 * line is read next.
 */
bool csv_read_row(struct csv *c, struct strs *cells);

/* True where no cell holds anything, as in an empty line. */
bool csv_row_is_empty(const struct strs *cells);

/* The line, from 1, of the first byte that is no UTF-8; 0: all is. */
int csv_bad_utf8(const unsigned char *p, size_t len);

/*
 * Appends one cell, in quotes where it needs them, and what follows it: ','
 * or, as CRLF, '\n'.
 */
void csv_put(struct buf *out, const char *text, int after);

#endif
