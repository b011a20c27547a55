#include "process/keeper.h"

#include <sys/wait.h>

#include "base/clock.h"

#define KEEPER_SETTLED 60000 /* ms of life, then the pauses start anew */

static void
keeper_pause(struct keeper *k)
{
	int64_t pause = KEEPER_PAUSE_MIN;

	for (unsigned i = 0; i < k->failures && pause < KEEPER_PAUSE_MAX; i++)
		pause *= 2;
	k->failures++;
	k->start_at = clock_monotonic_ms() + pause;
}

int
keeper_start(struct keeper *k, const char *gnupg, struct err *e)
{
	int rc;

	if (k->agent == NULL)
		rc = agent_start(&k->agent, gnupg, e);
	else
		rc = agent_restart(k->agent, e);
	k->started = clock_monotonic_ms();
	k->start_at = 0;
	/* One that never started is asked for with its worker again. */
	if (rc == -1 && k->agent != NULL)
		keeper_pause(k);
	return rc;
}

bool
keeper_ended(struct keeper *k)
{
	siginfo_t info = {0};

	/* agent_restart takes the dead one in: its number stays its own. */
	if (k->agent == NULL || k->start_at != 0 ||
	    waitid(P_PID, (id_t)agent_pid(k->agent), &info,
		WEXITED | WNOHANG | WNOWAIT) == -1 ||
	    info.si_pid == 0)
		return false;
	if (clock_monotonic_ms() - k->started >= KEEPER_SETTLED)
		k->failures = 0;
	keeper_pause(k);
	return true;
}
