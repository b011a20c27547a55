/*
 * command_target.h - what a staff member's mail is addressed to: a case's reply
 * address, a community, the team.
 */
#ifndef WORKER_COMMAND_TARGET_H
#define WORKER_COMMAND_TARGET_H

#include "cases/message.h"
#include "people/community.h"
#include "worker/reading.h"

/* The case or the community that the mail is for. */
struct command_target {
	int64_t cases;
	struct community community;
	bool protected; /* its protected To or Cc says so, or names the team */
};

/*
 * Fills t, which is all zeros; its community is the caller's to free. The
 * envelope and the outer header, which anybody on the way writes, only show
 * that it was meant to command.
 */
int command_target_find(struct worker *w, const struct reading *r,
    const struct message *m, struct command_target *t, struct err *e);

#endif
