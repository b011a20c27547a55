/*
 * restore_files.h - the files of a restore: which backup, into which folder,
 * and what of the configuration has to change there.
 */
#ifndef CLI_RESTORE_FILES_H
#define CLI_RESTORE_FILES_H

#include "config/config.h"

/*
 * The archive that from is, or the newest in the folder from; its signed text
 * and the list of destroyed keys beside it, NULL where there is none. All are
 * the caller's.
 */
int restore_files_find(const char *from, char **archive, char **text,
    char **erased, struct err *e);

/* *part is where to is made, the caller's. ERR_DATA where to is not empty. */
int restore_files_target(const char *to, char **part, struct err *e);

/*
 * Makes noroshi.conf name the files as they lie here: database, gnupg, spool
 * and outbox below its folder. Makes the folders that no backup has.
 */
int restore_files_config(const char *part, struct err *e);

/* ERR_CONFIG where a file that it includes says otherwise. */
int restore_files_check(
    const struct config *c, const char *part, struct err *e);

/* Gives part its name, durably. */
int restore_files_finish(const char *part, const char *to, struct err *e);

void restore_files_drop(const char *part);

#endif
