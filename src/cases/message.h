/*
 * message.h - the record of each message that came in or went out. Owns the
 * tables message, envelope (after registration) and reader.
 *
 * What has to be looked up stands open; facts is the record of every decision,
 * without any text of the message; content (subject, text, attachments,
 * indicators) is sealed under the case's key, or one of the message's own.
 */
#ifndef CASES_MESSAGE_H
#define CASES_MESSAGE_H

#include <jansson.h>

#include "noroshi.h"
#include "store/db.h"
#include "store/spool.h"
#include "store/vault.h"

struct message {
	int64_t id;
	char *sha256;
	char *direction; /* in, out; "own": what the gateway told the team of
			    a case that has no mail */
	char *source;
	int64_t received_at;
	int64_t size;
	char *state; /* received processed quarantined */
	char *step; /* new claimed done */
	char *rfc_message_id;
	char *sender_address; /* folded */
	int64_t sender_contact;
	char *kind;
	char *label; /* effective */
	int64_t cases; /* 0: none */
	int64_t parent; /* message it answers, 0: none */
	bool untrusted;
	json_t *facts;
	json_t *content; /* unsealed; NULL until message_unseal */
	int64_t vault_key;
	char *raw; /* blob that has its raw bytes; NULL: spool/store (as they
		      were sealed when it came) */
};

/* Frees its fields; m itself is the caller's. */
void message_free(struct message *m);

/*
 * Fills out, which is the caller's to message_free; content stays NULL.
 * ERR_NOINPUT where there is none.
 */
int message_get(struct db *db, int64_t id, struct message *out, struct err *e);

/* Whether these bytes have a row. */
int message_is_known(
    struct db *db, const char *sha256, bool *known, struct err *e);

/* True where it came out of an archive: nothing leaves for it. */
bool message_is_import(const struct message *m);

/*
 * Whether it is mail that the team itself had sent before it moved in: out of
 * an archive, from an address of the team's or its staff's (fact "ours").
 */
int message_was_ours(struct db *db, int64_t id, bool *ours, struct err *e);

/* Fills m->content. ERR_NOINPUT where the key was destroyed. */
int message_unseal(
    struct db *db, struct vault *v, struct message *m, struct err *e);

/*
 * Writes every fact column, facts, and content sealed under m->vault_key, with
 * step 'claimed'. In the claim's transaction.
 */
int message_claim(
    struct db *db, struct vault *v, const struct message *m, struct err *e);

/*
 * Writes a row that did not come in (direction "out" or "own"), state
 * 'received', with its content sealed under m->vault_key; m->id and m->sha256
 * are set. The sum is that of the sealed content, which is never the same
 * twice.
 */
int message_create(
    struct db *db, struct vault *v, struct message *m, struct err *e);

/* Hands it to a worker once more. */
int message_again(struct db *db, int64_t id, struct err *e);

/* Writes facts anew, and the label. */
int message_set_facts(struct db *db, const struct message *m, struct err *e);

/* Ends the work on it: state, step 'done', attempts 0. */
int message_finish(struct db *db, int64_t id, const char *state, struct err *e);

/* The sender addresses of envelopes; *null_sender: one was "<>". */
int message_envelope(
    struct db *db, int64_t id, bool *null_sender, struct err *e);

/* The last message of a case from that folded address; 0: none. */
int message_last_from(struct db *db, int64_t cases, const char *address,
    int64_t *id, struct err *e);

/*
 * The last message of a case that somebody outside the team wrote, those first
 * that are not untrusted; 0: none. *people: how many addresses have written
 * trusted ones.
 */
int message_last_outside(
    struct db *db, int64_t cases, int64_t *id, int64_t *people, struct err *e);

/* Whether somebody outside the team wrote it, and no machine. */
int message_is_outside(struct db *db, int64_t id, bool *is, struct err *e);

/*
 * How many messages before id are in a worker at now (seconds since the epoch)
 * and not yet claimed.
 */
int message_in_hand(
    struct db *db, int64_t id, int64_t now, int64_t *count, struct err *e);

/* Records that the contact may read it; twice is fine. */
int message_reader_add(
    struct db *db, int64_t id, int64_t contact, struct err *e);

/* Whether that was recorded. */
int message_is_reader(
    struct db *db, int64_t id, int64_t contact, bool *is, struct err *e);

/* Which messages are listed: those for which all of it holds. */
struct message_filter {
	int64_t cases; /* 0: all */
	const char *state; /* as stored, so "processed" of what leaves; NULL */
	const char *direction; /* "in", "out"; NULL: both */
};

/* Their ids in order; *id is an array of *count, the caller's to free. */
int message_list(struct db *db, const struct message_filter *f, int64_t **id,
    size_t *count, struct err *e);

/*
 * Writes the case, key and blob of a message that moves, and its content sealed
 * under that key (NULL: it was destroyed before). Inside a transaction.
 */
int message_move(
    struct db *db, struct vault *v, const struct message *m, struct err *e);

#endif
