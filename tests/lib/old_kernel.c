/*
 * old_kernel COMMAND ARGUMENT... - runs a command as on a kernel that has no
 * Landlock and keeps no keys: it and all below it get ENOSYS. For tests alone.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const int absent[] = {SCMP_SYS(landlock_create_ruleset),
    SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl)};

static int
absent_add(scmp_filter_ctx c)
{
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		if (seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), absent[i], 0) !=
		    0)
			return -1;
	return 0;
}

int
main(int argc, char **argv)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);

	if (argc < 2 || c == NULL || absent_add(c) == -1 ||
	    seccomp_load(c) != 0) {
		(void)fprintf(stderr, "old_kernel: no filter\n");
		return 69;
	}
	seccomp_release(c);
	(void)execvp(argv[1], argv + 1);
	(void)fprintf(stderr, "old_kernel: %s: %s\n", argv[1], strerror(errno));
	return 127;
}
