/*
 * text_line.h - the lines of a mail's text, as they are compared with those of
 * another: without what quoted them, without the signature block, folded.
 */
#ifndef CASES_TEXT_LINE_H
#define CASES_TEXT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text_line {
	const char *bytes; /* borrowed from the text */
	size_t len;
	bool quoted; /* it stood behind '>' */
};

/*
 * Takes the next line off the *len bytes of *text, and from its beginning all
 * that is among marks: '>' and white space. False: there are no more, or a
 * signature block begins ("-- ", RFC 3676 section 4.3). Linear in the line.
 */
bool text_line_next(
    const char **text, size_t *len, const char *marks, struct text_line *out);

/*
 * The line after NFKC and case folding, *len bytes of it; as it is where it is
 * no UTF-8. The caller's.
 */
uint8_t *text_line_fold(const struct text_line *line, size_t *len);

#endif
