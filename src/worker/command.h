/*
 * command.h - what a staff member's mail asks the gateway to do.
 *
 * A mail to a case's reply address goes to the outside party as the team's; a
 * mail of PoC or deputy to a community's address is relayed to its members.
 * It counts only if it is encrypted, signed by that person's own key over all
 * of it, fresh, not seen before, and only by its protected header (RFC 9788
 * section 4.8). Any other mail of staff is an internal comment.
 */
#ifndef WORKER_COMMAND_H
#define WORKER_COMMAND_H

#include "cases/outgoing.h"
#include "cases/thread.h"
#include "worker/judgement.h"

#define COMMAND_AGE 86400 /* seconds that a command may be on its way */

enum command_kind {
	COMMAND_NONE,
	COMMAND_ANSWER, /* request is to be created */
	COMMAND_REFUSED, /* the author is to be told why */
	COMMAND_HELD /* a post that stays with the team */
};

struct command {
	enum command_kind kind;
	struct outgoing request;
	int64_t author; /* contact who is told why; with COMMAND_REFUSED */
	int64_t community; /* of an advisory, which gets a number; or 0 */
	int64_t post; /* the community of a member's post; or 0 */
	bool replayed; /* refused, since it came before */
	const char *reason; /* one sentence, constant; refused or held */
	struct strs lines; /* what else its author is told */
};

/*
 * Works out what m asks for. Reads the database and writes nothing: the
 * caller creates the request in the commit, after command_once.
 */
int command_read(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, struct command *out,
    struct err *e);
void command_free(struct command *c);

/* True in *relay where a staff member's mail goes to a community: it is no
 * matter of a case. */
int command_is_relay(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, bool *relay,
    struct err *e);

/* One sentence, constant, where the mail may not command anything; NULL: it
 * may. */
const char *command_unfit(const struct reading *r, const struct judgement *j,
    const struct message *m);

/* Who asks, "key:FINGERPRINT": the key whose good signature covers all of it;
 * the caller's. */
char *command_identity(const struct reading *r, const struct judgement *j);

/* 1: this is the first time; 0: a replay, which does nothing; -1: failed.
 * Inside the commit's transaction. */
int command_once(
    struct db *db, const struct reading *r, int64_t message, struct err *e);

/* True in *seen where another message commanded the same before: its author is
 * told so. */
int command_seen(struct db *db, const struct reading *r, int64_t message,
    bool *seen, struct err *e);

#endif
