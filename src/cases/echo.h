/*
 * echo.h - what a third party wrote under a label of its own, when it comes
 * back in a text of ours that bears no mark of it: sentences and indicators of
 * stored messages, in any case. Owns the table echo.
 *
 * The table is blind: keyed hashes (vault_hash) of sentences and indicators, of
 * messages from outside with an explicit label of AMBER or above, and of what
 * we sent ourselves. A message's rows go when its key is destroyed (a trigger
 * of the schema), so nothing outlives the text.
 */
#ifndef CASES_ECHO_H
#define CASES_ECHO_H

#include "cases/recipient.h"

#define ECHO_ROWS 5000 /* of one message; what is more is not remembered */
#define ECHO_MAX 16 /* messages that one text is judged for */
#define ECHO_SOURCES 3 /* what more people have written is a phrase */

/* A message that a text of ours repeats. */
struct echo {
	struct content_item item; /* as whose it is judged */
	int64_t cases; /* where it lies; 0: in none */
	bool words; /* a sentence; else an indicator */
};

struct echoes {
	struct echo *item;
	size_t count;
};
void echoes_free(struct echoes *l); /* its fields */

/*
 * Remembers what m says, instead of what was remembered of it: m is unsealed,
 * and has its facts. Nothing of one without an explicit label of AMBER or
 * above, unless it is one of ours. Inside the transaction that writes m.
 */
int echo_keep(
    struct db *db, struct vault *v, const struct message *m, struct err *e);

/*
 * The messages that words (len bytes) or o's subject repeat. Not those in
 * quoted, which are judged as quotations; nor what the team had written before;
 * nor an indicator that somebody reported in o's case without such a label.
 * Some microseconds for each sentence, whatever is stored.
 */
int echo_find(struct db *db, struct vault *v, const struct outgoing *o,
    const char *words, size_t len, const struct strs *quoted,
    struct echoes *out, struct err *e);

/*
 * A recipient who could not have that message itself has to wait for a second
 * person (rule amber-third-party), unless something stricter holds already.
 */
int echo_judge(
    struct db *db, const struct echoes *l, struct recipient *r, struct err *e);

#endif
