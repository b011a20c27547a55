/*
 * backup_files.h - what belongs to a gateway, as a backup has it: noroshi.conf
 * and what it includes, noroshi.db, gnupg/ and spool/, by these names wherever
 * they lie.
 */
#ifndef CLI_BACKUP_FILES_H
#define CLI_BACKUP_FILES_H

#include "base/strs.h"
#include "config/config.h"
#include "store/archive.h"

#define BACKUP_FOLDER "backup" /* in the spool, while a backup is made */

/* Links what the queue may remove, spool/new and spool/out, into the folder:
 * while nobody can commit. */
int backup_files_link(
    const struct config *c, const char *folder, struct err *e);

/*
 * Adds all files to the archive; database is the copy of it, folder as above.
 * left gets the paths of settings that lie elsewhere, and are not in it.
 */
int backup_files_add(const struct config *c, const char *database,
    const char *folder, struct archive *a, struct strs *left, struct err *e);

/* Removes the folder with all that is in it; an absent one is fine. */
void backup_files_drop(const char *folder);

#endif
