#include "process/kernel.h"

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/landlock.h"

static bool
kernel_filters(void)
{
	const uint32_t action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int
kernel_confines(struct err *e)
{
	int version = landlock_version();

	if (version == 0)
		return err_set(e, ERR_SERVICE,
		    "this kernel has no Landlock, or it is not switched on");
	if (version < LANDLOCK_LEAST)
		return err_set(e, ERR_SERVICE,
		    "this kernel has Landlock %d, and %d is needed (Linux "
		    "5.19)",
		    version, LANDLOCK_LEAST);
	if (!kernel_filters())
		return err_set(
		    e, ERR_SERVICE, "this kernel has no seccomp filters");
	return 0;
}
