/*
 * token.h - addresses that lead back into a case: team+token@domain
 * (RFC 5233 subaddress).
 *
 * A token is a letter, the case's id, '-' and 16 letters of base32 (80 bits) of
 * a keyed hash over letter, id and correspondent, so that it can neither be
 * guessed nor used by another. 's': an outside correspondent's, bound to their
 * folded address. 'r': the address by which staff answer the outside party.
 * 'a', with an advisory's number for the case's id: where its readers answer.
 * 'h': where one person says of one held message (instead of a case) whether it
 * may leave.
 */
#ifndef CASES_TOKEN_H
#define CASES_TOKEN_H

#include "store/vault.h"

enum token_kind {
	TOKEN_NONE,
	TOKEN_SENDER,
	TOKEN_REPLY,
	TOKEN_ADVISORY,
	TOKEN_HOLD
};

/* The whole address, the caller's: team is local@domain. correspondent: a
 * folded address for TOKEN_SENDER, who and what for TOKEN_HOLD, with the
 * message's id as cases, and "" for the others. */
char *token_address(struct vault *v, const char *team, enum token_kind kind,
    int64_t cases, const char *correspondent);

/*
 * Reads an address written to. TOKEN_NONE where it is none of team's, or its
 * hash fits no correspondent. For TOKEN_SENDER the correspondent may be from
 * (folded, or NULL) or any participant of the case; *by_other tells the latter.
 */
int token_read(struct db *db, struct vault *v, const char *team,
    const char *address, const char *from, enum token_kind *kind,
    int64_t *cases, bool *by_other, struct err *e);

/* The advisory whose readers write to that address, or 0. */
int64_t token_advisory(struct vault *v, const char *team, const char *address);

/* The message that an address of the form TOKEN_HOLD names, which is not proven
 * yet; 0: it has not that form. */
int64_t token_held(const char *team, const char *address);

/* Whether it was made for that correspondent. */
bool token_is_held(struct vault *v, const char *team, const char *address,
    const char *correspondent);

#endif
