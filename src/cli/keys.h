/*
 * keys.h - keys as the commands meet them: from files, with a contact, and
 * what is wrong with them in words.
 */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "cli/session.h"

/* Keys that were read; {0} is none. */
struct keys {
	struct key *key;
	size_t count;
};

/* Frees what is in it; k itself is the caller's. */
void keys_free(struct keys *k);

/*
 * Adds the keys in a file ("-": standard input) through gpg. secret: secret
 * halves go to the agent. The configuration is loaded.
 */
int keys_read(struct session *s, const char *path, bool secret,
    struct keys *out, struct err *e);

/* The same for keys that are there already. */
int keys_read_material(struct session *s, const struct buf *material,
    bool secret, struct keys *out, struct err *e);

/*
 * What an operator writes for a key: a fingerprint (40 or 64 digits, spaces
 * and "0x" allowed) in upper case, the caller's; NULL where it is none.
 */
char *keys_fingerprint(const char *text);

/* The words of the problems that k has now, as a JSON array. */
json_t *keys_problems(const struct key *k, int64_t now);

/* Who can mend such a problem and how, of a contact's or the team's key. */
const char *keys_mending(const char *problem, bool team);

/*
 * The object of `key list --json`. team: the key is the team's own or was.
 */
int keys_json(struct session *s, const struct key *k, bool team, json_t **out,
    struct err *e);

/* All keys, each with whether it is the team's; an array. */
int keys_json_all(struct session *s, json_t **out, struct err *e);

/* The array of `key check --json`: what is wrong, or will be within a month,
 * with the keys that are in use. */
int keys_findings(struct session *s, json_t **out, struct err *e);

#endif
