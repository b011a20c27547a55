/*
 * placement.h - the case that a message belongs to: one that it answers or
 * names, one of its own, or none.
 */
#ifndef WORKER_PLACEMENT_H
#define WORKER_PLACEMENT_H

#include "worker/passage.h"

/*
 * Finds the case and joins it, or opens one: p->thread and p->incident, whose
 * id stays 0 where it belongs to none. What a machine says again joins those
 * that said the same; a case that a stranger names gets a note. Inside the
 * transaction of the claim.
 */
int placement_make(struct passage *p, struct err *e);

/*
 * For a message that is judged again, in the case where it is: who is proven
 * now may be trusted now. Only p->message changes.
 */
int placement_trust_again(struct passage *p, struct err *e);

/* The sender takes part: as a contact, or as the address that wrote. */
int placement_participant(struct passage *p, struct err *e);

#endif
