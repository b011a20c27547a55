/*
 * needles.h - many short words looked for in a text, in one pass over it.
 *
 * ASCII letters are the same in either case. A few instructions for each byte
 * of text, however many words there are.
 */
#ifndef POLICY_NEEDLES_H
#define POLICY_NEEDLES_H

#include <stdbool.h>
#include <stddef.h>

#define NEEDLE_MIN 3 /* bytes of a word */

struct needles;

struct needles *needles_create(void);
void needles_free(struct needles *n);

/*
 * word, of NEEDLE_MIN bytes or more, belongs to owner: a small number, counted
 * from 0. An owner may have several.
 */
void needles_add(struct needles *n, const char *word, size_t owner);

/*
 * Sets found[owner] for each owner of whose words one is in the text; leaves
 * the others as they are. In a text that holds a letter which is the same as an
 * ASCII one but for its case (U+017F, U+212A), all are found.
 */
void needles_find(
    const struct needles *n, const char *text, size_t len, bool *found);

#endif
