/*
 * ending.h - in which order our processes end: first those that bring mail in,
 * then the queue, then those that work on it, then those that carry it out.
 */
#ifndef PROCESS_ENDING_H
#define PROCESS_ENDING_H

#include "process/child.h"

/*
 * One step of the end of count children, to be asked again whenever one of
 * them ended: tells those whose turn it is to stop. *phase is 0 at first, and
 * kept between steps. late: all that still runs is killed. True: nothing runs.
 */
bool ending_step(
    struct child *children, size_t count, size_t *phase, bool late);

#endif
