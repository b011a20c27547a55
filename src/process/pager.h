/*
 * pager.h - the operator's command that pages somebody (page.command), run by
 * the supervisor for the queue, which may start nothing.
 *
 * No shell reads it: the configuration's words are its arguments, and behind
 * them come the case's number, its priority and how many cases wait. It has a
 * role's environment, no input, and its output is lost. One runs at a time.
 */
#ifndef PROCESS_PAGER_H
#define PROCESS_PAGER_H

#include <poll.h>
#include <stdint.h>

#include "config/config.h"
#include "process/child.h"

#define PAGER_MS 30000 /* then it is killed */

struct pager;

/* config is borrowed and has to outlive it. */
struct pager *pager_create(const struct config *config);

/* Ends what runs; NULL is fine. */
void pager_free(struct pager *p);

void pager_poll(const struct pager *p, struct pollfd *fd);

/* clock_monotonic_ms at which it is too slow; 0: none runs. */
int64_t pager_until(const struct pager *p);

/*
 * Starts it by what the queue asks (IPC_PAGE); where it cannot be started, or
 * one for another page runs, the queue hears so. -1: the frame is none.
 */
int pager_ask(
    struct pager *p, struct child *queue, const struct ipc_frame *frame);

/* Answers the queue among count children where it has ended. */
void pager_look(struct pager *p, struct child *child, size_t count);

#endif
