#include "process/sandbox.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

int
sandbox_enter(enum role role, const struct config *config, struct err *e)
{
	const struct rlimit no_core = {0, 0};

	/* noroshid said so before it started anyone; this is the last line. */
	if (strcmp(config->sandbox, "required") == 0)
		return err_set(e, ERR_CONFIG,
		    "%s: cannot be confined, and sandbox is \"required\"",
		    role_name(role));
	umask(077);
	if (setrlimit(RLIMIT_CORE, &no_core) == -1)
		return err_set(
		    e, ERR_SERVICE, "%s: core limit: %m", role_name(role));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_set(e, ERR_SERVICE, "%s: no new privileges: %m",
		    role_name(role));
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return err_set(
		    e, ERR_SERVICE, "%s: not dumpable: %m", role_name(role));
	return 0;
}
