/*
 * told.h - what the author of a mail is told when the gate holds or refuses
 * it, or when it did not arrive: each recipient with what happened and why;
 * and what became of orders that they gave by mail.
 */
#ifndef WORKER_TOLD_H
#define WORKER_TOLD_H

#include "cases/draft.h"
#include "cases/message.h"
#include "message/compose.h"
#include "people/contact.h"
#include "worker/notify.h"

struct told {
	const struct message *message; /* id 0: the draft gets one later */
	const struct contact *author;
	const char *case_name; /* or NULL */
	const char *subject; /* of what they wrote */
	enum noroshi_tlp label;
	bool done; /* it was a command, and was obeyed */
	bool lost; /* it had been let through, and did not arrive */
	bool late; /* with lost: it may arrive yet */
	bool news; /* PoC or deputy learn that there is something to decide */
	const char *held; /* outgoing_sum of what is held or leaves, which the
			     author may cancel by an answer; or NULL */
	int64_t leaves; /* with held: seconds until it does; 0: it is held */
	bool orders; /* it ordered something, which was refused, or done */
	const struct compose_attachment *attachment; /* what was asked for */
	size_t attachments;
	struct strs lines; /* one for each recipient, or of explanation */
};

/*
 * Seals the notice to the author's own key. 1: *out is a draft of the caller's;
 * 0: the author has no usable key, and is told by `noroshi queue list` alone.
 */
int told_make(
    struct worker *w, const struct told *t, struct draft *out, struct err *e);

/* The same into out, where there is a usable key. */
int told_add(
    struct worker *w, const struct told *t, struct notices *out, struct err *e);

#endif
