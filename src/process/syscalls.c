#include "process/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Of other processes, keys, mounts, the clock, the kernel: nobody's work. */
static const int refused[] = {
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise),
    SCMP_SYS(process_mrelease),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kcmp),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(open_tree),
    SCMP_SYS(move_mount),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(quotactl),
    SCMP_SYS(quotactl_fd),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(acct),
    SCMP_SYS(syslog),
    SCMP_SYS(lookup_dcookie),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(modify_ldt),
    SCMP_SYS(vhangup),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
#ifndef __SANITIZE_ADDRESS__
    /* The leak check at a sanitized program's end looks at itself so. */
    SCMP_SYS(ptrace),
    SCMP_SYS(personality),
#endif
};

static const int programs[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
#ifndef __SANITIZE_ADDRESS__
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
#endif
};

/* What the parser needs whatever its arguments are. */
static const int parser_calls[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(memfd_create),
    SCMP_SYS(futex),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
#ifdef __SANITIZE_ADDRESS__
    SCMP_SYS(clone),
    SCMP_SYS(ptrace),
    SCMP_SYS(wait4),
    SCMP_SYS(prctl),
    SCMP_SYS(getppid),
    SCMP_SYS(getdents64),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(prlimit64),
    SCMP_SYS(getrlimit),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(arch_prctl),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(pipe2),
    SCMP_SYS(ioctl),
    SCMP_SYS(kill),
#endif
};

static const int parser_fcntl[] = {F_GETFD, F_SETFD, F_GETFL, F_SETFL,
    F_DUPFD_CLOEXEC, F_ADD_SEALS, F_GET_SEALS};

static int
refuse_all(scmp_filter_ctx c, const int *call, size_t count)
{
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++)
		rc = seccomp_rule_add(c, SCMP_ACT_ERRNO(EPERM), call[i], 0);
	return rc;
}

/* No new namespaces; clone3's flags cannot be seen, and clone serves. */
static int
refuse_namespaces(scmp_filter_ctx c)
{
	static const scmp_datum_t flag[] = {CLONE_NEWUSER, CLONE_NEWNS,
	    CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS,
	    CLONE_NEWCGROUP};
	int rc =
	    seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	for (size_t i = 0; i < COUNT(flag) && rc == 0; i++)
		rc = seccomp_rule_add(c, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone),
		    1, SCMP_A0(SCMP_CMP_MASKED_EQ, flag[i], flag[i]));
	return rc;
}

/* Neither processes nor programs; threads stay. */
static int
refuse_programs(scmp_filter_ctx c)
{
	int rc = refuse_all(c, programs, COUNT(programs));

#ifndef __SANITIZE_ADDRESS__
	if (rc == 0)
		rc = seccomp_rule_add(c, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone),
		    1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
#endif
	return rc;
}

/* Only AF_UNIX; with network IPv4, IPv6 and the list of interfaces too. */
static int
refuse_sockets(scmp_filter_ctx c, bool network)
{
	const uint32_t no = SCMP_ACT_ERRNO(EPERM);
	int rc = 0;

	if (!network)
		return seccomp_rule_add(c, no, SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
	for (scmp_datum_t f = 0; f < AF_NETLINK && rc == 0; f++)
		if (f != AF_UNIX && f != AF_INET && f != AF_INET6)
			rc = seccomp_rule_add(c, no, SCMP_SYS(socket), 1,
			    SCMP_A0(SCMP_CMP_EQ, f, 0));
	if (rc == 0)
		rc = seccomp_rule_add(c, no, SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0));
	if (rc == 0)
		rc = seccomp_rule_add(c, no, SCMP_SYS(socket), 2,
		    SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0),
		    SCMP_A2(SCMP_CMP_NE, NETLINK_ROUTE, 0));
	return rc;
}

/* What types into a terminal for its reader. */
static int
refuse_terminal(scmp_filter_ctx c)
{
	static const scmp_datum_t request[] = {TIOCSTI, TIOCLINUX};
	int rc = 0;

	for (size_t i = 0; i < COUNT(request) && rc == 0; i++)
		rc = seccomp_rule_add(c, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl),
		    1, SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, request[i]));
	return rc;
}

static int
list_refused(scmp_filter_ctx c, enum role role, bool network)
{
	int rc = refuse_all(c, refused, COUNT(refused));

	if (rc == 0)
		rc = refuse_namespaces(c);
	if (rc == 0)
		rc = refuse_terminal(c);
	if (rc == 0 && role != ROLE_SUPERVISOR)
		rc = refuse_sockets(c, network);
	if (rc == 0 && role != ROLE_SUPERVISOR && role != ROLE_WORKER)
		rc = refuse_programs(c);
	return rc;
}

/* Memory is not made code, but for a conversion's file by the linker. */
static int
parser_memory(scmp_filter_ctx c)
{
	const uint32_t yes = SCMP_ACT_ALLOW;
	int rc = seccomp_rule_add(c, yes, SCMP_SYS(mprotect), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

	if (rc == 0)
		rc = seccomp_rule_add(c, yes, SCMP_SYS(mmap), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		rc = seccomp_rule_add(c, yes, SCMP_SYS(mmap), 2,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC),
		    SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0));
	return rc;
}

static int
list_parser(scmp_filter_ctx c)
{
	const uint32_t yes = SCMP_ACT_ALLOW;
	const scmp_datum_t writes = O_ACCMODE | O_CREAT | O_TRUNC | O_TMPFILE;
	int rc = parser_memory(c);

	for (size_t i = 0; i < COUNT(parser_calls) && rc == 0; i++)
		rc = seccomp_rule_add(c, yes, parser_calls[i], 0);
	for (size_t i = 0; i < COUNT(parser_fcntl) && rc == 0; i++)
		rc = seccomp_rule_add(c, yes, SCMP_SYS(fcntl), 1,
		    SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)parser_fcntl[i], 0));
	if (rc == 0)
		rc = seccomp_rule_add(c, yes, SCMP_SYS(openat), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, writes & ~O_DIRECTORY, 0));
	/* An assert ends this process, and no signal reaches another. */
	if (rc == 0)
		rc = seccomp_rule_add(c, yes, SCMP_SYS(tgkill), 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	return rc;
}

int
syscalls_confine(enum role role, bool network, struct err *e)
{
	bool parser = role == ROLE_PARSER;
	scmp_filter_ctx c =
	    seccomp_init(parser ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW);
	int rc;

	if (c == NULL)
		return err_set(e, ERR_SERVICE, "seccomp: no filter");
	/* A tree: libseccomp's plain list is walked at each call. */
	(void)seccomp_attr_set(c, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	rc =
	    seccomp_attr_set(c, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
	if (rc == 0)
		rc = parser ? list_parser(c) : list_refused(c, role, network);
	if (rc == 0)
		rc = seccomp_load(c);
	seccomp_release(c);
	if (rc != 0)
		return err_set(e, ERR_SERVICE, "seccomp: %s", strerror(-rc));
	return 0;
}
