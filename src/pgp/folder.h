/* folder.h - gpg's home folders: their files, written whole, and their end. */
#ifndef PGP_FOLDER_H
#define PGP_FOLDER_H

#include "base/buf.h"
#include "base/err.h"

/* Writes folder/name (0600) through a new file and a rename. */
int folder_write(const char *folder, const char *name, const struct buf *text,
    struct err *e);

/* Appends the file's bytes to out, up to out's limit. */
int folder_read(
    const char *folder, const char *name, struct buf *out, struct err *e);

/*
 * Writes gpg.conf, with options that keep gpg from asking, fetching or trusting
 * by itself (gpg(1)), and, where agent_socket is not NULL, S.gpg-agent as
 * Assuan's redirection to it: so the folder's own path may be longer than a
 * socket's.
 */
int folder_prepare(const char *folder, const char *agent_socket, struct err *e);

/* Removes the folder and what is in it. Links are removed, not followed. */
void folder_remove(const char *folder);

#endif
