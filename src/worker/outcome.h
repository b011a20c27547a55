/*
 * outcome.h - what follows from a judged message: the team's copies, an
 * acknowledgement, what a staff member asks for; sealed outside any
 * transaction, and written in one, or done again.
 */
#ifndef WORKER_OUTCOME_H
#define WORKER_OUTCOME_H

#include "worker/passage.h"

/* Asks the gate, seals, and remembers what it was judged with. */
int outcome_seal(struct passage *p, struct notices *out, struct err *e);

/*
 * Writes deliveries, audit entries and the end of the work together. 1:
 * committed; 0: the case or a key changed since the seal; -1: failed.
 */
int outcome_commit(struct passage *p, const struct notices *n, struct err *e);

/*
 * For a message that is judged again: the team's copies alone, made (record.h
 * writes them); or, with none to make, what it was judged with. Whether that is
 * still so is asked inside the transaction.
 */
int outcome_copies(struct passage *p, struct notices *out, struct err *e);
int outcome_look(struct passage *p, struct err *e);
int outcome_unchanged(struct passage *p, bool *same, struct err *e);

#endif
