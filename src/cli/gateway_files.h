/* gateway_files.h - whether the files of a gateway are as they have to be. */
#ifndef CLI_GATEWAY_FILES_H
#define CLI_GATEWAY_FILES_H

#include "config/config.h"
#include "config/finding.h"

/*
 * What the daemon would stumble over: files and folders that are absent or that
 * others may reach, patterns of rules, programs. Nothing is opened for long.
 */
void gateway_files_check(const struct config *c, struct findings *f);

/* Private keys that others may read, owners that differ, keys left behind. */
void gateway_files_secrets(const struct config *c, struct findings *f);

/* Whether the spool can be written to, and what was left in it and in gnupg. */
void gateway_files_leftovers(const struct config *c, struct findings *f);

#endif
