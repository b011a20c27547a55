/*
 * regroup.h - cases that turn out to be one, and messages that belong into
 * another case. Owns the tables regroup and regroup_case, and
 * cases.merged_into.
 *
 * Each act is undone from what is kept of it: where everything was before, as
 * ids and states, without any text. A merged case stays as an empty, closed
 * one: its number, its addresses (cases/token.h) and its notices lead to the
 * survivor. What is sealed is sealed anew under the key of where it goes.
 */
#ifndef CASES_REGROUP_H
#define CASES_REGROUP_H

#include "cases/case.h"
#include "cases/message.h"

/* An act; all of it inside the caller's transaction. */
struct regroup {
	struct db *db;
	struct vault *vault;
	struct spool *spool;
	int64_t now;
	int64_t ordering; /* message that asks for it; 0: none. Where an undone
			     split leaves it alone in a case, it goes too */
	int64_t id; /* filled in: its row */
	int64_t cases; /* where things are now */
	json_t *before; /* for the audit log; the caller's to json_decref */
};

/*
 * Takes in the messages, notes and people of others, their deadlines, legal
 * holds, pages and what became of them (regroup_life.h). The survivor's label
 * is the highest of them all, and so is its embargo; it owes what one of them
 * owed, and is open where one of them was. ERR_NOINPUT: one was erased.
 * ERR_DATA: one of them was merged before, or is named twice. ERR_TEMP: a
 * message of theirs is being worked on.
 */
int regroup_merge(struct regroup *r, int64_t into, const int64_t *from,
    size_t count, struct err *e);

/*
 * Messages of one or more cases, or of none, go into a case, with the
 * participants who wrote or got them. Who has nothing left in the old case
 * takes no part in it any more. Errors as regroup_merge.
 */
int regroup_move(struct regroup *r, int64_t to, const int64_t *message,
    size_t count, struct err *e);

/*
 * Messages of one case open a new one, with its owner, priority, category,
 * label, embargo, and what it owes; r->cases is its id. title: one safe line.
 */
int regroup_split(struct regroup *r, const char *prefix, const char *title,
    const int64_t *message, size_t count, struct err *e);

/*
 * The last act that touched the case (or, with audit, the one that this entry
 * of the audit log is of) is as if it had not been; what came later stays where
 * it is. ERR_DATA: there is none, or another act on the same cases came later.
 */
int regroup_undo(
    struct regroup *r, int64_t cases, int64_t audit, struct err *e);

/*
 * What regroup_undo would take back of the case: its entry in the audit log and
 * its act (constant: merge, split, move); *audit 0: nothing.
 */
int regroup_last(struct db *db, int64_t cases, int64_t *audit, const char **act,
    struct err *e);

/* The newest entry of the audit log is of the act. */
int regroup_audited(struct regroup *r, struct err *e);

/* The case that a case was merged into, and that one, and so on; itself where
 * it was not. */
int regroup_survivor(
    struct db *db, int64_t cases, int64_t *survivor, struct err *e);

/* ERR_DATA where it was merged: nothing is to be written into it. */
int regroup_whole(struct db *db, int64_t cases, struct err *e);

/* Case ?1 and all that were merged into it, in SQL. */
#define REGROUP_ALL                                                            \
	"(WITH RECURSIVE one (id) AS (SELECT ?1 UNION SELECT c.id"             \
	" FROM one JOIN cases c ON c.merged_into = one.id) SELECT id FROM "    \
	"one)"

#endif
