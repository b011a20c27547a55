/*
 * secrets.h - the passwords and tokens that the intakes of IMAP sources ask
 * the supervisor for: one way to each, by a file or a command.
 */
#ifndef PROCESS_SECRETS_H
#define PROCESS_SECRETS_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "process/child.h"

struct secrets;

/* config is borrowed and has to outlive it. */
struct secrets *secrets_create(const struct config *config);

/* Ends the commands that run; NULL is fine. */
void secrets_free(struct secrets *s);

/* How many pollfds secrets_poll fills: one for each source. */
size_t secrets_count(const struct secrets *s);
void secrets_poll(const struct secrets *s, struct pollfd *p);

/* clock_monotonic_ms at which a command is too slow; 0: none runs. */
int64_t secrets_until(const struct secrets *s);

/* c, an intake, asked: it is answered at once or once the command ended. */
void secrets_ask(struct secrets *s, struct child *c);

/* Answers those whose command has ended, among count children. */
void secrets_look(struct secrets *s, struct child *child, size_t count);

#endif
