/*
 * directory.h - all contacts' names and addresses, for who looks for somebody
 * like them.
 */
#ifndef PEOPLE_DIRECTORY_H
#define PEOPLE_DIRECTORY_H

#include "store/db.h"

/* Borrowed for the call; organisation and address may be NULL. */
struct directory_entry {
	int64_t contact;
	const char *name;
	const char *organisation;
	const char *address; /* folded, see contact_address_fold */
};

/* One call for each address of each contact that was not removed, by id. */
int directory_each(struct db *db,
    void (*each)(void *arg, const struct directory_entry *entry), void *arg,
    struct err *e);

#endif
