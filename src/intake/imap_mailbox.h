/*
 * imap_mailbox.h - one mailbox that is read, and how far it has come.
 *
 * A message's number is its UID, good while the mailbox's UIDVALIDITY is the
 * same (RFC 9051 section 2.3.1.1). What is remembered of a message outlives the
 * connection, so that none is fetched twice because a server hung up.
 */
#ifndef INTAKE_IMAP_MAILBOX_H
#define INTAKE_IMAP_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAP_LEFT_MS                                                           \
	3600000 /* until one that could not be fetched is tried                \
		 */
#define IMAP_TRIES 3 /* failures, then it is left for that long */

enum imap_state {
	IMAP_NEW, /* nothing is known of it */
	IMAP_TOLD, /* stored, and the queue was told */
	IMAP_KNOWN, /* the queue has it: it may be moved away */
	IMAP_LEFT, /* could not be fetched */
	IMAP_GONE /* was moved away */
};

struct imap_uid {
	uint32_t uid;
	enum imap_state state;
	unsigned tries; /* that failed */
	int64_t again_at; /* clock_monotonic_ms, of IMAP_LEFT */
	bool seen; /* at this look */
};

struct imap_mailbox {
	const char *name; /* borrowed from the configuration */
	char *wire; /* as the server wants it */
	char *source; /* "imap:USER/NAME" */
	bool keep; /* nothing is moved away: it is read once */
	bool read; /* a keeper, to its end */
	uint32_t validity; /* 0: never selected */
	uint32_t passed; /* up to this UID all was taken, or is in uid */
	struct imap_uid *uid;
	size_t count;
};

/* Both strings are borrowed; imap_mailbox_free is due. */
void imap_mailbox_init(
    struct imap_mailbox *m, const char *user, const char *name, bool keep);
void imap_mailbox_free(struct imap_mailbox *m);

/* Selected with this UIDVALIDITY: another one than before forgets all. */
void imap_mailbox_selected(struct imap_mailbox *m, uint32_t validity);

/* IMAP_NEW: it is to be taken. */
enum imap_state imap_mailbox_state(
    struct imap_mailbox *m, uint32_t uid, int64_t now);
void imap_mailbox_set(
    struct imap_mailbox *m, uint32_t uid, enum imap_state state);

/*
 * All messages up to this UID were looked at. Later ones have higher UIDs, so
 * one that is not remembered was moved away, and is not taken again even where
 * the server still shows it.
 */
void imap_mailbox_pass(struct imap_mailbox *m, uint32_t uid);

/*
 * A look at the whole mailbox: from begin on those are seen whose state was
 * asked for, and end forgets the others that could not be fetched.
 */
void imap_mailbox_begin(struct imap_mailbox *m);
void imap_mailbox_end(struct imap_mailbox *m);

/* It could not be fetched; True where it is left alone from now on. */
bool imap_mailbox_failed(struct imap_mailbox *m, uint32_t uid, int64_t now);

/* How many are in that state. */
size_t imap_mailbox_count(const struct imap_mailbox *m, enum imap_state state);

/* Writes up to max UIDs in that state; returns how many. */
size_t imap_mailbox_list(const struct imap_mailbox *m, enum imap_state state,
    uint32_t *uid, size_t max);

/*
 * The registry's cookie of a message, and its answer: the message is
 * IMAP_KNOWN, unless the mailbox has another UIDVALIDITY by now.
 */
uint64_t imap_mailbox_cookie(const struct imap_mailbox *m, uint32_t uid);
void imap_mailbox_registered(void *mailbox, uint64_t cookie);

#endif
