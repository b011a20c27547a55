/*
 * worker.h - what a worker process holds: one message at a time, a keyring
 * with an agent of its own, the database, the vault, and a parser beside it.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "base/clock.h"
#include "config/config.h"
#include "pgp/keyring.h"
#include "policy/classify.h"
#include "policy/lookalike.h"
#include "process/ipc.h"
#include "store/db.h"
#include "store/spool.h"
#include "store/vault.h"

struct worker {
	struct config *config;
	struct clock clock;
	struct db *db;
	struct vault *vault;
	struct spool *spool;
	struct keyring *keyring;
	struct rules *rules;
	struct key *team; /* the team's key and its former ones */
	size_t teams;
	struct lookalike *lookalike; /* NULL until it is asked */
	int64_t lookalike_version; /* of the people that it knows */
	struct ipc *parser; /* NULL until the supervisor gave it */
};

#endif
