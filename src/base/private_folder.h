/* private_folder.h - folders of ours, which nobody else may look into. */
#ifndef BASE_PRIVATE_FOLDER_H
#define BASE_PRIVATE_FOLDER_H

#include "base/err.h"

/*
 * Makes a folder (0700) below the open folder at, or AT_FDCWD; one that is
 * there is fine. ERR_TEMP: it cannot be made.
 */
int private_folder_make(int at, const char *path, struct err *e);

#endif
