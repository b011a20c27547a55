/*
 * command.h - what a staff member's mail asks the gateway to do.
 *
 * A mail to a case's reply address goes to the outside party as the team's; a
 * mail of PoC or deputy to a community's address is relayed to its members; a
 * mail to the team that begins with orders (pseudo_header.h) has them carried
 * out. It counts only if it is encrypted, signed by that person's own key over
 * all of it, fresh, not seen before, and only by its protected header (RFC 9788
 * section 4.8). Any other mail of staff is an internal comment.
 */
#ifndef WORKER_COMMAND_H
#define WORKER_COMMAND_H

#include "cases/outgoing.h"
#include "cases/thread.h"
#include "worker/judgement.h"
#include "worker/order.h"

#define COMMAND_AGE 86400 /* seconds that a command may be on its way */

enum command_kind {
	COMMAND_NONE,
	COMMAND_COMMENT, /* comment is to become a note of the case */
	COMMAND_ANSWER, /* request is to be created, order carried out */
	COMMAND_ORDERS, /* order is to be carried out, nothing leaves */
	COMMAND_REPLAYED, /* it came before: the author is told, no more */
	COMMAND_REFUSED, /* the author is to be told why */
	COMMAND_HELD /* a post that stays with the team */
};

struct command {
	enum command_kind kind;
	struct outgoing request;
	int64_t author; /* contact who is told why; with COMMAND_REFUSED */
	int64_t community; /* of an advisory, which gets a number; or 0 */
	int64_t post; /* the community of a member's post; or 0 */
	bool orders; /* it begins with a head of orders */
	struct order order;
	char *comment; /* a note for the case, or NULL */
	struct outgoing_rival rival; /* another answered the same before */
	const char *reason; /* one sentence, constant; refused or held */
	struct strs lines; /* what else its author is told */
};

/* Where the author of a mail that came before is told that. */
#define COMMAND_CAME_BEFORE "it came before, and a mail commands once"

/* It may have been obeyed in the time that a restore has lost. */
#define COMMAND_BEFORE_RESTORE                                                 \
	"it was sent before the gateway was restored from a backup; if it is"  \
	" still meant, send it anew"

/* What a mail is read with. Everything is borrowed. */
struct command_question {
	const struct reading *reading;
	const struct judgement *judgement;
	const struct message *message;
	const struct case_file *incident; /* id 0: it is in no case */
	bool fresh; /* a case that it opened */
	bool replayed; /* another message bore its signature before */
};

/*
 * Works out what the message asks for. Reads the database and writes nothing:
 * the caller carries it out in the commit, after command_once.
 */
int command_read(struct worker *w, const struct command_question *q,
    struct command *out, struct err *e);
void command_free(struct command *c);

/* Where a staff member's mail belongs, other than by its thread. */
struct command_place {
	bool relay; /* goes to a community: no matter of a case */
	bool ordered; /* orders something: opens no case by itself */
	bool fresh; /* orders a new case */
	int64_t cases; /* names this case; 0: none */
};

/* For the claim: a Case: counts only where the mail may order. */
int command_place(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m,
    struct command_place *out, struct err *e);

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
