/*
 * lmtp_server.h - mail that a mail server brings by LMTP (lmtp.h).
 *
 * All clients in one process, none of which can hold up another: nothing
 * waits for a socket, a message's bytes go into spool/tmp as they come, and
 * what came whole in one round is made durable together (spool_batch.h). A
 * recipient's 250 is said once the message is in the database.
 */
#ifndef INTAKE_LMTP_SERVER_H
#define INTAKE_LMTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "intake/registry.h"
#include "intake/room.h"
#include "store/spool.h"

#define LMTP_HURRY 10000 /* ms of silence, where others wait for a place */
#define LMTP_LEAST 1000 /* bytes a second of a message, where others wait */

struct lmtp_server;

/* All but the configuration are borrowed too, and have to outlive it. */
struct lmtp_server *lmtp_server_create(const struct config *c,
    struct spool *spool, struct registry *registry, struct room *room);

/* Closes all; NULL is fine. */
void lmtp_server_free(struct lmtp_server *s);

/* Takes over a listening socket. */
int lmtp_server_listen(struct lmtp_server *s, int fd, struct err *e);

/* For poll: readable where lmtp_server_run has work. */
int lmtp_server_fd(const struct lmtp_server *s);

/* Milliseconds until lmtp_server_run has work by the clock; -1: none. */
int lmtp_server_timeout(const struct lmtp_server *s);

/* Does what can be done now. */
void lmtp_server_run(struct lmtp_server *s);

/*
 * No new clients, and no new message of the ones there. Returns true once
 * none waits for the queue's answer.
 */
bool lmtp_server_stop(struct lmtp_server *s);

#endif
