/*
 * pager.h - long answers on a terminal, a screen at a time.
 *
 * The program is the first of $NOROSHI_PAGER and $PAGER that is set, else
 * less; its words are split at blanks, and no shell runs. An empty variable or
 * "cat" says: none. less gets LESSSECURE, so that it neither writes files nor
 * starts programs, and no history of what was looked for.
 */
#ifndef CLI_PAGER_H
#define CLI_PAGER_H

#include <stdbool.h>

#include "cli/output.h"

#define PAGER_WORDS 16 /* of its command line */

/* The pager's words, ends with NULL; text is cut up in place. *word[0] is NULL
 * where there is to be none. */
void pager_words(char *text, char *word[PAGER_WORDS + 1]);

/* Whether the text takes more rows than the terminal has; what is for programs
 * does not. */
bool pager_is_long(const struct output *o);

/*
 * Writes what waits in o through the pager and waits for its end. False where
 * none is wanted or none could be started: nothing was written then.
 */
bool pager_show(struct output *o);

#endif
