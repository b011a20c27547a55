/*
 * clearance.h - may an outgoing message leave: its label, its recipients, and
 * the gate's word on each, with everything that was looked at.
 *
 * The worker asks before it seals; noroshi(1) asks for its exit code and for
 * --dry-run. Nothing is written.
 */
#ifndef WORKER_CLEARANCE_H
#define WORKER_CLEARANCE_H

#include "cases/case.h"
#include "cases/floor.h"
#include "config/config.h"
#include "people/community.h"

/* What a recipient that is a list begins with; its name follows. */
#define CLEARANCE_LIST "community:"

struct clearance {
	const struct outgoing *outgoing; /* borrowed */
	struct floor floor;
	struct case_file incident; /* id 0: none */
	struct contact author; /* id 0: the gateway itself */
	struct message answered; /* id 0: none */
	struct community community; /* id 0: not to a list */
	struct approval *approval; /* those that count for it as it stands */
	size_t approvals;
	char sum[SPOOL_SHA]; /* outgoing_sum, which they were given for */
	struct recipient *recipient; /* To, Cc and Bcc, or a list's members */
	size_t recipients;
	size_t to; /* how many of them are To */
	size_t visible; /* how many are To or Cc; behind them stand Bcc */
	enum noroshi_decision decision; /* the strictest of all */
	bool subject_apart; /* it repeats one that may not go with the rest */
	int64_t embargo; /* of the case; seconds since the epoch, 0: none */
	int64_t people, cases; /* versions that it was judged with */
};

/*
 * Judges o, which need not be stored yet (o->message 0: no approvals). ERR_DATA
 * where a recipient is no address.
 */
int clearance_make(struct db *db, struct vault *v, const struct config *config,
    int64_t now, const struct outgoing *o, struct clearance *out,
    struct err *e);
void clearance_free(struct clearance *c);

/* The subject that leaves: empty where that asked for may not. Borrowed. */
const char *clearance_title(const struct clearance *c);

/*
 * What config says of the way to r: staff without a usable key whose address
 * the internal route names are reached over it (channel EI), while the switch
 * is on; GREEN may have to be encrypted (tlp.green_plain).
 */
void clearance_route(
    const struct config *config, bool apt, struct recipient *r);

/*
 * The customer that r is, or is of, where we serve several: an organisation,
 * or a domain where none is known; NULL: r is no customer. Borrowed from r.
 */
const char *clearance_customer(const struct recipient *r);

/* 1: contacts, keys and the case are as they were judged; 0: not; -1: failed.
 */
int clearance_stands(struct db *db, const struct clearance *c, struct err *e);

#endif
