/*
 * send_tell.h - what the author of a message on its way out is told of it: who
 * gets it, who does not and why, and until when they may take it back.
 */
#ifndef WORKER_SEND_TELL_H
#define WORKER_SEND_TELL_H

#include "worker/sending.h"

/*
 * Adds a letter to the author of a mail to the drafts of s, once the gate has
 * spoken; none where all of it just leaves, or to who asked at a terminal and
 * saw it. Reads the database and writes nothing. Returns 0 or -1.
 */
int send_tell(struct sending *s, struct err *e);

/*
 * The same for a mail that cannot be sent at all: its author wrote it and left.
 * s has w and m alone; the request and its author are filled in. Returns 0 or
 * -1.
 */
int send_tell_failed(struct sending *s, const char *reason, struct err *e);

#endif
