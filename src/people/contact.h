/*
 * contact.h - people, role mailboxes and the organisations they belong to.
 *
 * A contact has several addresses and several keys; a key is bound to exactly
 * one contact by its fingerprint, with how and when that was verified
 * (class.h). Owns the tables organisation, contact, contact_*.
 */
#ifndef PEOPLE_CONTACT_H
#define PEOPLE_CONTACT_H

#include "base/strs.h"
#include "people/class.h"
#include "people/contact_check.h"
#include "people/version.h"
#include "store/db.h"

struct contact_key {
	char *fingerprint; /* primary key, upper case */
	enum verified verified;
	int64_t verified_at; /* seconds since the epoch; 0: never */
	int64_t verified_by; /* contact; 0: the machine's operator */
};

struct contact {
	int64_t id;
	char *name;
	char *organisation; /* or NULL */
	enum class class;
	char *language; /* "en", "ja" or NULL */
	struct strs addresses; /* as written; the first is the one written to */
	struct strs roles;
	struct strs tags;
	struct contact_key *key;
	size_t keys;
	int64_t created_at;
	bool removed;
};

/* Frees its fields; c itself is the caller's, and empty afterwards. */
void contact_free(struct contact *c);

/*
 * Inside the caller's transaction. Each change raises people_version; messages
 * that a newly bound key signed are judged again (wanted.h). ERR_DATA
 * where an address or key is another contact's (the text names that one),
 * ERR_NOINPUT where a key is not in the table of keys. contact_remove keeps
 * the row, for what names it, and frees addresses, keys, roles and tags.
 */
int contact_add(struct db *db, int64_t now, const struct contact *c,
    int64_t *id, struct err *e);
int contact_set(struct db *db, int64_t now, const struct contact *c,
    struct err *e); /* all fields but id and created_at are replaced */
int contact_remove(struct db *db, int64_t now, int64_t id, struct err *e);

/*
 * Fills out, which is the caller's to contact_free. By id (a removed one is
 * found too), by any of its addresses, by a primary key's fingerprint in either
 * case. ERR_NOINPUT where there is none.
 */
int contact_get(struct db *db, int64_t id, struct contact *out, struct err *e);

/* Its class alone, as contact_get finds it. */
int contact_class(struct db *db, int64_t id, enum class *out, struct err *e);

int contact_by_address(
    struct db *db, const char *address, struct contact *out, struct err *e);
int contact_by_key(
    struct db *db, const char *fingerprint, struct contact *out, struct err *e);

/*
 * By id, address or exact name, as an operator writes it; never a removed
 * one. ERR_DATA where several have that name.
 */
int contact_find(
    struct db *db, const char *who, struct contact *out, struct err *e);

/*
 * Those who have the role, or (NULL) all that were not removed, by id. *out is
 * an array of *count, the caller's to contact_list_free.
 */
int contact_list(struct db *db, const char *role, struct contact **out,
    size_t *count, struct err *e);

/* The same of class staff: of 10,000 contacts to load all takes 80 ms. */
int contact_list_staff(
    struct db *db, struct contact **out, size_t *count, struct err *e);
void contact_list_free(struct contact *list, size_t count);

/*
 * True for staff who get copies of what comes in: those with an address, but
 * for who is only observer, legal or pr.
 */
bool contact_is_reader(const struct contact *c);

/* The same without regard to addresses: who has none may work at the machine
 * alone. */
bool contact_may_read(const struct contact *c);

#endif
