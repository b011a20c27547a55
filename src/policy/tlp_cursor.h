/*
 * tlp_cursor.h - a text as labels are looked for in it: code point by code
 * point, in NFKC (Unicode Standard Annex #15), so that full-width letters read
 * as plain ones; soft hyphens and zero-width characters are not seen, and each
 * kind of dash or colon is '-' or ':'.
 *
 * Part of libnoroshi: no state, no allocation. Copying a cursor keeps the
 * place, and assigning the copy goes back to it.
 */
#ifndef POLICY_TLP_CURSOR_H
#define POLICY_TLP_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unitypes.h>

/* What stands at the end of the text. */
#define TLP_CURSOR_END ((ucs4_t)0)

struct tlp_cursor {
	const uint8_t *text; /* UTF-8, borrowed */
	size_t end; /* bytes */
	size_t pos; /* of the code point that is read, bytes */
	size_t sub; /* which of the code points that it decomposes to */
};

/*
 * The code point at the cursor, which first moves past what is not seen;
 * TLP_CURSOR_END at the end. What is no UTF-8 and U+0000 are U+FFFD.
 */
ucs4_t tlp_cursor_peek(struct tlp_cursor *c);

/* Moves past one code point; at the end it stays. */
void tlp_cursor_step(struct tlp_cursor *c);

/* One past the last byte that was read from, wholly or in part. */
size_t tlp_cursor_end(const struct tlp_cursor *c);

/* Moves past at most max spaces and line ends; how many there were. */
size_t tlp_cursor_skip_spaces(struct tlp_cursor *c, size_t max);

/*
 * Moves past word (ASCII, lower case) where it stands at the cursor in any
 * case; else returns false and stays. The whole word does not go on behind it.
 */
bool tlp_cursor_skip_word(struct tlp_cursor *c, const char *word);
bool tlp_cursor_skip_whole_word(struct tlp_cursor *c, const char *word);

/* ASCII capitals as small letters; all else as it is. */
ucs4_t tlp_cursor_fold(ucs4_t cp);

/* Space, tab, line ends, no-break and ideographic space. */
bool tlp_cursor_is_space(ucs4_t cp);

/*
 * What may not touch a label: letters and digits of scripts that put spaces
 * between words. Japanese does not, so "TLP:REDです" is TLP:RED.
 */
bool tlp_cursor_is_word(ucs4_t cp);

/* A letter of any script. */
bool tlp_cursor_is_letter(ucs4_t cp);

#endif
