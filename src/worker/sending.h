/*
 * sending.h - one message on its way out, and the letters that are made of it:
 * who stands in them, under which subject, with what in front of the text.
 */
#ifndef WORKER_SENDING_H
#define WORKER_SENDING_H

#include "cases/advisory.h"
#include "cases/outgoing.h"
#include "worker/clearance.h"
#include "worker/holdmail.h"
#include "worker/worker.h"

/* One message on its way out. */
struct sending {
	struct worker *w;
	struct message *m;
	struct outgoing o;
	struct clearance c;
	struct advisory advisory; /* number 0: it is none */
	bool refused; /* here: its author has not seen it */
	struct draft *draft;
	size_t drafts;
	struct holdmail hold;
};

/* A further draft of it without copies; borrowed from s. */
struct draft *sending_draft(struct sending *s);

/* Adds r's copy to a draft, with what the gate said of it. */
void sending_copy(
    struct sending *s, struct draft *d, const struct recipient *r);

/*
 * Composes and seals one letter to all of to (count of them), who read the same
 * language, and who all have a key, or none has. Its draft joins s.
 */
int sending_letter(struct sending *s, const struct recipient *const *to,
    size_t count, struct err *e);

#endif
