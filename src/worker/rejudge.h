/*
 * rejudge.h - a message is judged again: a key came that it was judged without
 * (people/wanted.h).
 */
#ifndef WORKER_REJUDGE_H
#define WORKER_REJUDGE_H

#include "worker/worker.h"

/*
 * Reads and judges the stored bytes anew, and writes what is different: facts
 * and content, a note in its case, an entry message.judged-again with what it
 * was and what it is. It stays in its case. The team gets copies where it could
 * not be opened before and can be now, or where it is now an alarm. Nothing
 * that it commands is done, and it is not acknowledged. One transaction; what
 * was done is not done again. ERR_TEMP: later; ERR_BUG: this process must end.
 */
int rejudge_process(struct worker *w, int64_t id, struct err *e);

#endif
