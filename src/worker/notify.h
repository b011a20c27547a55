/*
 * notify.h - the team's copies of a message: each reader on duty gets one
 * under their own key, with a summary on top in their language.
 */
#ifndef WORKER_NOTIFY_H
#define WORKER_NOTIFY_H

#include "cases/draft.h"
#include "cases/message.h"
#include "worker/reading.h"

/* What a claim leaves for those who write copies. */
struct notice {
	const struct message *message; /* claimed; facts and content there */
	const char *case_name; /* or NULL */
	const char *case_title; /* or NULL */
	bool case_is_new;
	const struct reading *reading; /* NULL: quarantined, unread */
	enum noroshi_tlp label;
	bool from_outside; /* its content is somebody else's */
	const char *reply_address; /* leads to the outside party, or NULL */
	const char *reason; /* of the quarantine, or NULL */
	const struct strs *gone; /* addresses that get no copy, or NULL */
};

/* The drafts for one message: allowed copies are sealed in spool/out. */
struct notices {
	struct draft *draft;
	size_t drafts;
	struct strs refused; /* "address rule" of each refused copy */
	int64_t *reader; /* contacts who may read it, for a RED one */
	size_t readers;
};

/*
 * Readers on duty are the staff contacts but those who are only observer, legal
 * or pr; RED goes to poc and deputy alone (our decision). The gate is asked for
 * each. Nothing is written to the database.
 */
int notify_make(struct worker *w, const struct notice *n, struct notices *out,
    struct err *e);

/* One more draft of n, which the caller fills. */
struct draft *notices_add(struct notices *n);

/* Releases; with discard the sealed files are removed too. */
void notices_free(struct worker *w, struct notices *n, bool discard);

#endif
