/*
 * audit.h - the record of every decision and act, as a hash chain.
 *
 * hash = SHA-256 over the packed fields of the entry (base/pack.h order: id,
 * at, actor, event, message, cases, contact, detail) and the previous entry's
 * hash; the first entry's previous is 64 zeros. Entries are written inside the
 * transaction of what they record.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include <jansson.h>

#include "store/db.h"

struct audit_entry {
	const char *actor; /* "worker", "queue", "operator:taro (contact 1)" */
	const char *event; /* "message.judged", "delivery.queued", ... */
	int64_t message; /* 0: none */
	int64_t cases; /* 0: none */
	int64_t contact; /* 0: none */
	json_t *detail; /* taken; NULL: {}. Never text of a message. */
};

/* Appends one entry at time now; must be called inside a transaction. */
int audit_add(
    struct db *db, int64_t now, const struct audit_entry *entry, struct err *e);

/* All that the hash of one entry covers. */
struct audit_record {
	int64_t id, at;
	const char *actor, *event;
	int64_t about[3]; /* message, case, contact; looked at unless absent */
	bool absent[3];
	const char *detail; /* JSON, as it was written */
	const char *previous; /* hash of the entry before it */
};
int audit_sum(const struct audit_record *r, char hash[65], struct err *e);

/*
 * Walks the chain: ids run from 1 without a gap, each entry follows the one
 * before it and is as it was written. A chain whose end was cut off holds: only
 * a hash that was kept elsewhere (a checkpoint) can tell. Returns 0 with *bad
 * == 0 where all holds, *bad = the first broken entry's id (why in e's text)
 * where not, -1 where it cannot be read. *count is the number of entries that
 * were checked and hold, hash the last one's.
 */
int audit_verify(
    struct db *db, int64_t *count, int64_t *bad, char hash[65], struct err *e);

/* The hash of one entry; of 64 zeros for 0. ERR_NOINPUT: there is none. */
int audit_hash_of(struct db *db, int64_t entry, char hash[65], struct err *e);

/* A message or a case, and the entry that tells of it. */
struct audit_change {
	int64_t entry;
	int64_t message; /* 0: the case has changed */
	int64_t cases; /* 0: the message has */
};

/*
 * The messages that later entries than after tell another thing of than that
 * they came, left or were read, and the cases that they tell of (case.*), each
 * once, by its first entry: an array of *count, the caller's, made of most
 * entries at most. *upto: the last entry that was looked at; where nothing is
 * left, the last one there is.
 */
int audit_changes(struct db *db, int64_t after, size_t most,
    struct audit_change **out, size_t *count, int64_t *upto, struct err *e);

/* Entries as a JSON array, oldest first; 0 for message or cases: all. */
int audit_list(
    struct db *db, int64_t message, int64_t cases, json_t **out, struct err *e);

#endif
