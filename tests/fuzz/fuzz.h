/*
 * fuzz.h - what the fuzz targets share: a cursor over their input, and a look
 * at text that does not trust base/utf8.c.
 *
 * A target is src/MODULE/fuzz_NOUN.c with fuzz_NOUN.dict beside it. It calls
 * what strangers' bytes reach, and asserts what the header promises. It is a
 * main of its own, and so may keep what it makes once in a static variable.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/strs.h"
#include "message/part.h"
#include "message/scan.h"

/* What libFuzzer calls: data is size bytes in a heap block of just that. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input that is still to be read; borrowed. */
struct fuzz {
	const unsigned char *p;
	size_t left; /* bytes */
};

/* The next byte; 0 at the end. */
unsigned fuzz_byte(struct fuzz *f);

/* Up to the next LF, which goes, or the end; a NUL becomes a blank. The
 * caller's. */
char *fuzz_line(struct fuzz *f);

/* As fuzz_line, as one safe line of UTF-8, which callers of most parsers of
 * header text have made of it before. */
char *fuzz_safe_line(struct fuzz *f);

/* All that is left, as safe UTF-8 with its lines; the caller's. */
char *fuzz_safe_text(struct fuzz *f, size_t *len);

/*
 * Changes bytes of what is whole, so that the fuzzer meets it behind its first
 * checks too. The input is a list of edits: where (2 bytes), how many bytes (1
 * byte), and the bytes that are put there instead.
 */
void fuzz_edit(struct buf *whole, struct fuzz *f);

/*
 * True where text is well-formed UTF-8 (RFC 3629) without controls, bidi
 * controls, tags and the like; a joiner may stand in a script that is written
 * with them. A line has no TAB and no LF either; NULL is one.
 */
bool fuzz_is_safe(const void *text, size_t len);

/* True where utf8_put_safe leaves text, or utf8_put_line the line, as it is. */
bool fuzz_stays(const void *text, size_t len);
bool fuzz_stays_line(const char *line);
bool fuzz_is_line(const char *line);
bool fuzz_are_lines(const struct strs *l);
bool fuzz_is_ascii(const void *text, size_t len);

/* The limits of a message as noroshi.conf has them by default. */
struct scan_limits fuzz_limits(void);

/* Asserts all that part.h promises of a table of one buffer of size bytes. */
void fuzz_check_table(const struct part_table *t, size_t size);

/*
 * A descriptor of the lowest free number, closed again: the same before and
 * after a call that leaked none.
 */
int fuzz_lowest_fd(void);

/* A memory file with the bytes, open at its start; the caller's to close. */
int fuzz_file(const void *data, size_t len);

#endif
