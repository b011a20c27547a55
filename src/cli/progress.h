/* progress.h - a bar on standard error while something long goes on, where
 * that is a terminal. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* one word */
	bool shown; /* standard error is a terminal */
	int percent; /* that is shown; -1: none yet */
};

void progress_begin(struct progress *p, const char *what);
void progress_step(struct progress *p, uint64_t done, uint64_t all);
void progress_end(struct progress *p); /* takes it away */

#endif
