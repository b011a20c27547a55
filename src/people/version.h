/* version.h - a number for the state of all contacts, keys and members. */
#ifndef PEOPLE_VERSION_H
#define PEOPLE_VERSION_H

#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

/* A number that every change of a contact, key or binding raises. */
int people_version(struct db *db, int64_t *version, struct err *e);

/* Raises it; for the files of this folder, inside the change's transaction. */
int people_changed(struct db *db, struct err *e);

#endif
