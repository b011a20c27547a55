/*
 * checklist.h - what is to be thought of in a case of a category, one list for
 * each category and language: built in, or a team's own (the setting
 * "checklists", noroshi.conf(5)).
 *
 * A list is UTF-8: lines that begin with "- " are its items, those that begin
 * with "#" and empty ones are not.
 */
#ifndef CONFIG_CHECKLIST_H
#define CONFIG_CHECKLIST_H

#include "base/err.h"
#include "base/strs.h"

#define CHECKLIST_ITEMS 100 /* of one list */
#define CHECKLIST_ITEM 1000 /* bytes of one */

/*
 * Appends the items for a category, NULL for none, in a language ("en", "ja").
 * folder: of the team's own lists, or NULL. ERR_NOINPUT where there is no list
 * for that; a team's own that is wrong is ERR_CONFIG.
 */
int checklist_read(const char *folder, const char *language,
    const char *category, struct strs *items, struct err *e);

/*
 * Reads all of the team's own lists; what is wrong first, "FILE:LINE: what",
 * the caller's, or NULL where nothing is.
 */
char *checklist_check(const char *folder);

#endif
