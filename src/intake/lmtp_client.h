/*
 * lmtp_client.h - one client of the LMTP server: its connection, the message
 * that comes, and its deadlines. For lmtp_server.c, whose insides it shares.
 */
#ifndef INTAKE_LMTP_CLIENT_H
#define INTAKE_LMTP_CLIENT_H

#include "intake/lmtp.h"
#include "intake/lmtp_server.h"
#include "store/spool_batch.h"

/* One client, or a socket where they come in. */
struct lmtp_client {
	struct lmtp_server *server;
	int fd;
	bool listens;
	struct lmtp *lmtp; /* NULL: it listens */
	struct spool_entry *entry; /* the message that comes; NULL: none */
	struct envelope env; /* of one that is whole */
	bool whole; /* it waits for the next batch */
	bool told; /* the queue was told of it; now is waited for */
	bool failed; /* the disk did not take it, and the log says so */
	char sha[SPOOL_SHA];
	struct buf in; /* what was read and has to wait */
	bool ended; /* the client will say no more */
	bool broken; /* the connection is to be closed at once */
	uint32_t events; /* epoll is asked for */
	int64_t since; /* clock_monotonic_ms: this command, or this message */
	int64_t heard; /* the same: bytes came */
	uint64_t progress; /* lmtp_progress then */
	bool in_message;
	struct lmtp_client *next;
};

struct lmtp_server {
	const struct config *config;
	struct spool *spool;
	struct registry *registry;
	struct room *room;
	struct spool_batch *batch;
	int epoll;
	struct lmtp_client *listeners;
	struct lmtp_client *clients;
	size_t count; /* of clients */
	bool full; /* nobody is let in */
	bool stopping;
	int64_t choked; /* clock_monotonic_ms until nobody is let in; 0: no */
	int64_t away; /* clock_monotonic_ms since there is no queue; 0: one */
};

/* fd is the client's from here on. It is in no list yet. */
struct lmtp_client *lmtp_client_create(
    struct lmtp_server *s, int fd, bool listens);
void lmtp_client_free(struct lmtp_client *c);

/* What the client's next bytes are waited for by epoll; 0: not now. */
void lmtp_client_watch(struct lmtp_client *c);

/* What epoll says of a client that is no socket for others to come in. */
void lmtp_client_event(struct lmtp_client *c, uint32_t events);

/* Reads what has waited, as far as it goes. */
void lmtp_client_feed(struct lmtp_client *c);

/* Says of its replies what the connection takes. */
void lmtp_client_send(struct lmtp_client *c);

/* The queue has it: owner is the client (registry_tell). */
void lmtp_client_registered(void *owner, uint64_t cookie);

/* Its message is not taken: the reply is for each recipient. */
void lmtp_client_sorry(struct lmtp_client *c, const char *reply);

/* Why this client has to go now, or NULL; *left: ms until there is a reason. */
const char *lmtp_client_late(
    const struct lmtp_client *c, int64_t now, int64_t *left);

/* Sends it away where it is late. */
void lmtp_client_deadline(struct lmtp_client *c, int64_t now);

/* It can be freed: nothing is left to be said to it, or heard of it. */
bool lmtp_client_is_over(const struct lmtp_client *c);

#endif
