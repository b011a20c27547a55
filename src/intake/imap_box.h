/*
 * imap_box.h - what is asked of an IMAP server that knows us, by libetpan.
 *
 * Each command says beforehand how much its answer may be. ERR_DENIED: the
 * server said no, and the connection is as good as before; any other error is
 * the end of the connection.
 */
#ifndef INTAKE_IMAP_BOX_H
#define INTAKE_IMAP_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "intake/imap_login.h"

#define IMAP_LIST_MAX 512 /* messages that are listed at once */
#define IMAP_FETCH_MAX 64 /* messages that are fetched at once */
#define IMAP_PIECE (512U << 10) /* bytes of one message in one answer */

struct imap_box;

/* A message as the server lists it. */
struct imap_item {
	uint32_t uid;
	uint32_t size; /* bytes; what the server believes */
};

/*
 * Takes over s, which imap_login has brought through; timeout is milliseconds
 * for each answer, more where there is much to send.
 */
int imap_box_open(struct imap_box **out, struct imap_stream *s,
    const struct imap_offers *offers, int timeout, struct err *e);

/* Says good-bye where the connection still is of use; NULL is fine. */
void imap_box_close(struct imap_box *b);

/* True where the connection is of no use any more. */
bool imap_box_is_lost(const struct imap_box *b);

/* mailbox is as imap_name_wire makes it, here and below. */
int imap_box_select(
    struct imap_box *b, const char *mailbox, uint32_t *validity, struct err *e);

/* How many messages the selected mailbox has, as the server said last. */
uint32_t imap_box_exists(const struct imap_box *b);

/*
 * Lists the messages first to last by number, at most IMAP_LIST_MAX; item has
 * room for them. What the server tells of others, or twice, is left out.
 */
int imap_box_list(struct imap_box *b, uint32_t first, uint32_t last,
    struct imap_item *item, size_t *count, struct err *e);

/*
 * Fetches up to IMAP_PIECE bytes of each of count messages, at most
 * IMAP_FETCH_MAX and, by their sizes, 4 * IMAP_PIECE in all. got is called for
 * each that came, once, with its index in item; its bytes are borrowed. Where
 * got returns -1 with e filled, no more are given. A server that sends more
 * than it had announced loses the connection.
 */
int imap_box_fetch(struct imap_box *b, const struct imap_item *item,
    size_t count,
    int (*got)(
	void *ctx, size_t i, const char *data, size_t len, struct err *e),
    void *ctx, struct err *e);

/* The same for the bytes of one message from offset on. */
int imap_box_piece(struct imap_box *b, const struct imap_item *item,
    uint32_t offset,
    int (*got)(
	void *ctx, size_t i, const char *data, size_t len, struct err *e),
    void *ctx, struct err *e);

/*
 * Moves count messages to another mailbox, which is made where it is absent:
 * by MOVE, else by COPY, \Deleted and an EXPUNGE of just these (RFC 4315). A
 * server that has neither is ERR_DENIED.
 */
int imap_box_move(struct imap_box *b, const uint32_t *uid, size_t count,
    const char *mailbox, struct err *e);

/*
 * Waits until there may be new mail in the selected mailbox, or until until
 * (clock_monotonic_ms). Returns 1 where the server says that there is, 0 where
 * it said something else or nothing, -1 with e. Needs the offer IDLE.
 */
int imap_box_idle(struct imap_box *b, int64_t until, struct err *e);

#endif
