/*
 * holdtext.h - the words of a letter about held mail, in English or Japanese.
 */
#ifndef WORKER_HOLDTEXT_H
#define WORKER_HOLDTEXT_H

#include "worker/holdmail.h"

struct holdtext {
	const struct clearance *clearance; /* borrowed */
	enum holdmail_kind kind;
	bool reads; /* else nothing of its content is said */
	int64_t expires_at; /* seconds since the epoch */
};

/* Appends both. The answers it names are those of worker/approve.h. */
void holdtext_put(const struct holdtext *t, const char *language,
    struct buf *subject, struct buf *text);

#endif
