/*
 * passage.h - one message on its way through a worker, for the files that make
 * up that way: pipeline.c (its stages), filing.c (the claim), placement.c
 * (which case), and outcome.c (what follows from it, sealed and committed;
 * record.c writes it).
 */
#ifndef WORKER_PASSAGE_H
#define WORKER_PASSAGE_H

#include "cases/case.h"
#include "cases/thread.h"
#include "worker/approve.h"
#include "worker/bounce.h"
#include "worker/command.h"
#include "worker/freshness.h"
#include "worker/judgement.h"
#include "worker/keymail.h"
#include "worker/notify.h"
#include "worker/statement.h"
#include "worker/tally.h"

enum stage {
	STAGE_READ, /* parse, open, texts */
	STAGE_JUDGE,
	STAGE_CLAIM,
	STAGE_KEEP, /* the raw bytes, sealed, into the store */
	STAGE_SEAL,
	STAGE_COMMIT,
	STAGES
};

/* One message under way. */
struct passage {
	struct worker *w;
	struct message message;
	struct buf raw;
	struct reading reading;
	struct judgement judgement;
	struct thread thread;
	struct case_file incident; /* id 0: in no case */
	struct command command; /* what a staff member asks for */
	struct approve approve; /* what they say of held mail */
	struct bounce bounce; /* empty: it is none */
	struct tally tally; /* what it answers to an advisory */
	char *opened; /* name of the case that it splits off, or NULL */
	char *apart; /* why its cases and messages stay as they are, or NULL */
	struct statement statement; /* about joining a community */
	struct command_place place; /* what its author says of its case */
	bool import; /* out of an archive: nothing leaves, nothing is obeyed */
	bool ours; /* and the team's own mail of then */
	bool relay; /* to a community, or on held mail: no matter of a case */
	bool case_is_new;
	int64_t
	    nth; /* notice of its kind in the case (cases/feed.h), 0: none */
	struct freshness freshness;
	struct keymail keys; /* that it brings, and are new */
	int64_t replay_of; /* first message with the same signature, or 0 */
	int64_t read_people; /* people_version before it was read */
	bool again; /* an earlier try came as far as the claim */
	bool read; /* reading and judgement are there */
	bool acknowledged; /* one of the drafts is an acknowledgement */
	const char *reason; /* of a quarantine, or NULL; borrowed */
	int64_t people; /* versions that seal depends on */
	int64_t case_version;
	int64_t stage_at; /* clock_monotonic_us */
	long long took[STAGES]; /* us */
};

/* Frees what it holds; p itself is the caller's. */
void passage_free(struct passage *p);

/*
 * Reads and judges p's raw bytes; p->read is set where that went well. Errors
 * as pipeline_process.
 */
int passage_read(struct passage *p, struct err *e);

/* When what it does to a case happened: now; out of an archive, then. */
int64_t passage_time(const struct passage *p);

/* An entry of the audit log about the message. Inside a transaction. */
int passage_audit(
    struct passage *p, const char *event, json_t *detail, struct err *e);

#endif
