/* contacts.h - changes of contacts, and the keys that come with them. */
#ifndef CLI_CONTACTS_H
#define CLI_CONTACTS_H

#include "cli/keys.h"
#include "cli/session.h"
#include "people/contact.h"

/* What is to become of a contact. NULL and false: it stays as it is. */
struct contact_change {
	const char *name;
	const char *organisation; /* "": none */
	const char *language; /* "": none */
	enum class class;
	enum verified verified;
	bool set_class;
	bool set_verified;
	bool set_addresses; /* each set_: the list replaces the old one */
	bool set_roles;
	bool set_tags;
	struct strs addresses;
	struct strs roles;
	struct strs tags;
	struct strs keys; /* fingerprints or files, to be bound */
	struct strs unbind; /* fingerprints */
};

/* Keys to be bound: fingerprints, and what was read from files. */
struct contact_keys {
	struct strs fingerprints; /* in the order in which they were named */
	struct keys fresh; /* from files, not stored yet */
};

/* Frees what is in it; k itself is the caller's. */
void contacts_keys_free(struct contact_keys *k);

/*
 * Adds what the words name: a known key's fingerprint, or a file with one
 * key, below folder where that is not NULL. Runs gpg: not in a transaction.
 */
int contacts_read_keys(struct session *s, const struct strs *words,
    const char *folder, struct contact_keys *out, struct err *e);

/* Adds the one key that material holds, as contacts_read_keys does. */
int contacts_add_key(struct session *s, const struct buf *material,
    struct contact_keys *out, struct err *e);

/* Stores the keys that came from files. Inside the transaction. */
int contacts_store_keys(struct session *s, const struct contact_keys *keys,
    int64_t now, struct err *e);

/* Makes the change in c alone; who acts verified what is verified. */
int contacts_apply(struct session *s, const struct contact_change *h,
    const struct contact_keys *keys, struct contact *c, int64_t now,
    struct err *e);

/* Adds one key of the contact's, or changes how it was verified. */
void contacts_bind(struct contact *c, const char *fingerprint,
    enum verified verified, int64_t at, int64_t by);

/* The object of `contact show --json`. */
json_t *contacts_json(const struct contact *c);

/* For the audit log: what was written, without names. */
json_t *contacts_detail(const struct contact *c);

/*
 * Tells who before was, who had keys, that now has another one (cases/
 * rekeyed.h). session_vault and session_spool came before, where before had a
 * key. Inside the transaction that changes it.
 */
int contacts_rekeyed(struct session *s, const struct contact *before,
    const char *fingerprint, struct err *e);

#endif
