/*
 * output.h - what a command says, on a terminal or to a program.
 *
 * Text is put together in a buffer and leaves by output_flush alone. What came
 * from outside enters through output_line and output_text, which make it
 * harmless. Colour is only for a terminal, and never where NO_COLOR is set.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define OUTPUT_MAX (1U << 30) /* bytes that one command may say */

struct output {
	int fd;
	bool terminal;
	bool colour;
	bool json; /* --json: one document, nothing else */
	bool closed; /* the reader has gone; nothing more is written */
	size_t columns; /* of the terminal; 0: as many as it takes */
	size_t rows; /* of the terminal; 0: not known */
	struct buf text; /* what waits for output_flush */
};

/* no_color is the variable's value or NULL: any value but "" says no. */
bool output_wants_colour(bool terminal, const char *no_color, const char *term);

/* Looks at fd, which stays the caller's, and at the environment. */
void output_open(struct output *o, int fd);
void output_close(struct output *o);

/* Our own words. */
void output_put(struct output *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Others' words: one line of them, without an end; or text with its lines. */
void output_line(struct output *o, const char *text);
void output_text(struct output *o, const char *text, size_t len);

/* "TLP:AMBER" or, bare, "AMBER"; in its colour on black. NULL: nothing. */
void output_label(struct output *o, const char *label, bool bare);

/* "Name         value" on a line; nothing where value is NULL or "". */
void output_field(struct output *o, const char *name, const char *value);

/* The string that object has under name, or NULL. Borrowed. */
const char *output_string(const json_t *object, const char *name);

/* A heading: bold where there is colour. */
void output_heading(struct output *o, const char *text);

/*
 * The document with an indent of 2 and a newline; value is taken. Code points
 * that utf8_unsafe names leave as \u escapes, so the value stays exact.
 */
int output_json(struct output *o, json_t *value, struct err *e);

/* Writes what waits. A reader who has gone is no failure. */
int output_flush(struct output *o, struct err *e);

/* Columns that safe UTF-8 text takes on a terminal. */
size_t output_width(const char *text);

#define TABLE_COLUMNS 12

/* Rows of cells, aligned by what a terminal shows. The last one is ragged. */
struct table {
	size_t columns;
	size_t label; /* the column of TLP labels; TABLE_COLUMNS: none */
	char **cell;
	size_t cells;
	size_t width[TABLE_COLUMNS];
	bool soft[TABLE_COLUMNS]; /* may be cut where the terminal is narrow */
};

/* headings ends with NULL. */
void table_init(struct table *t, const char *const *headings);
void table_free(struct table *t);

/* The next cell; text is made one safe line. NULL is "-". */
void table_cell(struct table *t, const char *text);
void table_number(struct table *t, int64_t value);

/* An RFC 3339 time in UTC, cut to the day or the minute; NULL is "-". */
enum time_detail { TIME_DAY, TIME_MINUTE };
void table_time(struct table *t, const char *time, enum time_detail detail);

/* The cells of this column are names: what is cut of one is a pity, no more. */
void table_soft(struct table *t, const char *heading);

/*
 * All rows. Where a terminal is too narrow for them, soft columns are cut, then
 * the last one, which stands on a line of its own where no room is left.
 */
void table_put(const struct table *t, struct output *o);

#endif
