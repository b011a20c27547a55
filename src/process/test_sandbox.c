/*
 * Each forbidden act is tried in a child that entered the very sandbox of the
 * role, by the same function and table as the programs do.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "message/convert.h"
#include "process/kernel.h"
#include "process/landlock.h"
#include "process/sandbox.h"

/* A sanitized program's leak check clones and traces itself. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

#define NOT_ENTERED 255 /* no errno has that number */

struct gateway {
	char *path;
	struct config *config;
	const char *name; /* what an act is about: a file, a port */
};

static char *
below(const struct gateway *g, const char *name)
{
	return xasprintf("%s/%s", g->path, name);
}

static void
set(char **setting, char *value)
{
	free(*setting);
	*setting = value;
}

static int
gateway_open(void **state)
{
	static const char *const folder[] = {"spool", "spool/tmp", "spool/new",
	    "spool/store", "spool/out", "gnupg", "gnupg/private-keys-v1.d",
	    "gnupg/ring-0", "gnupg/ring-1", "inbox", "inbox/new", "outbox",
	    "outbox/new", "libexec"};
	static const char *const file[] = {"noroshi.conf", "noroshi.db",
	    "password", "gnupg/vault.pgp", "gnupg/private-keys-v1.d/1.key",
	    "gnupg/ring-0/pubring.kbx", "gnupg/ring-1/pubring.kbx",
	    "spool/tmp/a", "spool/new/b", "spool/out/c", "spool/store/d",
	    "inbox/new/mail", "outbox/new/copy"};
	struct gateway *g = xcalloc(1, sizeof(*g));
	struct config *c = config_create();

	g->path = test_folder_make();
	g->config = c;
	for (size_t i = 0; i < sizeof(folder) / sizeof(folder[0]); i++) {
		char *path = below(g, folder[i]);

		assert_int_equal(mkdir(path, 0700), 0);
		free(path);
	}
	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]); i++)
		test_folder_write(g->path, file[i], "x");
	set(&c->sandbox, xstrdup("try"));
	set(&c->spool, below(g, "spool"));
	set(&c->gnupg, below(g, "gnupg"));
	set(&c->outbox, below(g, "outbox"));
	set(&c->database, below(g, "noroshi.db"));
	set(&c->libexec, realpath(".", NULL));
	c->intake = xcalloc(1, sizeof(*c->intake));
	c->intakes = 1;
	c->intake[0].type = xstrdup("maildir");
	c->intake[0].path = below(g, "inbox");
	*state = g;
	return 0;
}

static int
gateway_close(void **state)
{
	struct gateway *g = *state;
	int rc = test_folder_remove(g->path);

	config_free(g->config);
	free(g);
	return rc;
}

/* The errno with which act fails inside role's sandbox; 0: it is done. */
static int
inside_number(enum role role, unsigned number, struct gateway *g,
    const char *name, int (*act)(const struct gateway *))
{
	struct sandbox *sandbox = NULL;
	struct err e = {0};
	pid_t pid = fork();
	int status;

	assert_int_not_equal(pid, -1);
	g->name = name;
	if (pid == 0) {
		if (sandbox_harden(role, &e) == -1 ||
		    sandbox_enter(&sandbox, role, number, g->config, &e) == -1)
			_exit(NOT_ENTERED);
		_exit(act(g));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), NOT_ENTERED);
	return WEXITSTATUS(status);
}

static int
inside(enum role role, struct gateway *g, const char *name,
    int (*act)(const struct gateway *))
{
	return inside_number(role, 0, g, name, act);
}

static int
opens(const struct gateway *g, int flags)
{
	char *path = g->name[0] == '/' ? xstrdup(g->name) : below(g, g->name);
	int fd = open(path, flags | O_CLOEXEC, 0600);
	int why = errno;

	free(path);
	return fd == -1 ? why : close(fd);
}

static int
reads(const struct gateway *g)
{
	return opens(g, O_RDONLY);
}

static int
writes(const struct gateway *g)
{
	return opens(g, O_WRONLY);
}

static int
makes(const struct gateway *g)
{
	return opens(g, O_WRONLY | O_CREAT | O_EXCL);
}

static int
removes(const struct gateway *g)
{
	char *path = below(g, g->name);
	int rc = unlink(path) == -1 ? errno : 0;

	free(path);
	return rc;
}

/* As each message goes. */
static int
renames_into_new(const struct gateway *g)
{
	char *from = below(g, "spool/tmp/a"), *to = below(g, "spool/new/a");
	int rc = rename(from, to) == -1 ? errno : 0;

	free(from);
	free(to);
	return rc;
}

static int
socket_of(int family, int type)
{
	int fd = socket(family, type, 0);

	return fd == -1 ? errno : close(fd);
}

static int
socket_unix(const struct gateway *g)
{
	(void)g;
	return socket_of(AF_UNIX, SOCK_STREAM);
}

static int
socket_inet(const struct gateway *g)
{
	(void)g;
	return socket_of(AF_INET, SOCK_STREAM);
}

static int
socket_inet6(const struct gateway *g)
{
	(void)g;
	return socket_of(AF_INET6, SOCK_DGRAM);
}

static int
socket_packet(const struct gateway *g)
{
	(void)g;
	return socket_of(AF_PACKET, SOCK_RAW);
}

static int
connects(const struct gateway *g)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)strtol(g->name, NULL, 10)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1)
		return errno;
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1 ? errno
								     : 0;
}

static int
listens(const struct gateway *g)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)g;
	if (fd == -1)
		return errno;
	return bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 ? errno : 0;
}

static int
runs(const struct gateway *g)
{
	char *argv[] = {(char[]){"x"}, (char[]){"--version"}, NULL};
	char *envp[] = {NULL};
	int null = open("/dev/null", O_WRONLY);

	if (null != -1)
		(void)dup2(null, STDOUT_FILENO);
	(void)execve(g->name, argv, envp);
	return errno;
}

static int
forks(const struct gateway *g)
{
	pid_t pid = fork();

	(void)g;
	if (pid == 0)
		_exit(0);
	return pid == -1 ? errno : 0;
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
threads(const struct gateway *g)
{
	pthread_t t;
	int rc = pthread_create(&t, NULL, nothing, NULL);

	(void)g;
	return rc == 0 ? pthread_join(t, NULL) : rc;
}

static int
traces(const struct gateway *g)
{
	(void)g;
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1 ? errno : 0;
}

static int
peeks(const struct gateway *g)
{
	char here[1], there[1];
	struct iovec to = {here, 1}, from = {there, 1};

	(void)g;
	return process_vm_readv(getppid(), &to, 1, &from, 1, 0) == -1 ? errno
								      : 0;
}

static int
makes_code(const struct gateway *g)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)g;
	return p == MAP_FAILED ? errno : 0;
}

static int
turns_into_code(const struct gateway *g)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)g;
	return mprotect(p, 4096, PROT_READ | PROT_EXEC) == -1 ? errno : 0;
}

/* The first of the calls that is not refused, by its place in the list. */
static int
calls_the_kernel(const struct gateway *g)
{
	static const long call[] = {SYS_bpf, SYS_keyctl, SYS_add_key,
	    SYS_request_key, SYS_perf_event_open, SYS_userfaultfd,
	    SYS_io_uring_setup, SYS_mount, SYS_umount2, SYS_unshare, SYS_setns,
	    SYS_pivot_root, SYS_init_module, SYS_kexec_load, SYS_reboot,
	    SYS_process_vm_writev, SYS_open_by_handle_at};

	(void)g;
	for (size_t i = 0; i < sizeof(call) / sizeof(call[0]); i++)
		if (syscall(call[i], -1L, -1L, -1L, -1L, -1L, -1L) != -1 ||
		    errno != EPERM)
			return (int)i + 1;
	return 0;
}

/* The first charset that does not convert, by its place in the list. */
static int
converts(const struct gateway *g)
{
	static const struct {
		const char *name, *bytes;
		size_t len;
		const char *text;
	} c[] = {
	    {"ISO-2022-KR", "\x1b$)C\x0e\x30\x21\x0f", 8, "가"},
	    {"GB18030", "\xd6\xd0", 2, "中"},
	    {"BIG5", "\xa4\xa4", 2, "中"},
	    {"EUC-KR", "\xb0\xa1", 2, "가"},
	    {"CP932", "\x93\xfa", 2, "日"},
	    {"EUC-JP", "\xc6\xfc", 2, "日"},
	    {"ISO-2022-JP", "\x1b$BF|\x1b(B", 8, "日"},
	    {"UTF-16", "\xff\xfe\xe5\x65", 4, "日"},
	    {"KOI8-R", "\xc4", 1, "д"},
	    {"WINDOWS-1252", "\x80", 1, "€"},
	    {"ISO-8859-15", "\xa4", 1, "€"},
	    {"GBK", "\xd6\xd0", 2, "中"},
	};

	(void)g;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct buf out;
		bool bad = false, same;

		buf_init(&out, 64);
		same = convert_to_utf8(
			   &out, c[i].name, c[i].bytes, c[i].len, &bad) &&
		       strcmp(buf_str(&out), c[i].text) == 0;
		buf_free(&out);
		if (!same || bad)
			return (int)i + 1;
	}
	return 0;
}

/* What the parser answers with: a memory file, sealed. */
static int
answers(const struct gateway *g)
{
	int fd = memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	(void)g;
	if (fd == -1 || write(fd, "x", 1) != 1 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == -1 ||
	    mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		return errno;
	return 0;
}

static void
needs_landlock(void)
{
	if (kernel_confines(NULL) == -1)
		skip();
}

/* Each of the files, in a role that has no business with it. */
static void
assert_closed(struct gateway *g, enum role role, const char *const *file)
{
	for (; *file != NULL; file++) {
		if (inside(role, g, *file, reads) != EACCES)
			fail_msg("%s reads %s", role_name(role), *file);
		/* The parser's may be refused by the list of calls. */
		if (inside(role, g, *file, writes) == 0)
			fail_msg("%s writes %s", role_name(role), *file);
	}
}

static void
no_role_opens_keys_configuration_or_password(void **state)
{
	static const char *const file[] = {"gnupg/private-keys-v1.d/1.key",
	    "noroshi.conf", "password", "gnupg/ring-1/pubring.kbx",
	    "noroshi.db", "/etc/passwd", NULL};

	needs_landlock();
	for (enum role r = ROLE_INTAKE; r < ROLE_COUNT; r++)
		assert_closed(*state, r, file);
}

static void
the_parser_opens_no_file(void **state)
{
	static const char *const file[] = {"spool/new/b", "spool/out/c",
	    "inbox/new/mail", "outbox/new/copy", "gnupg/vault.pgp",
	    "gnupg/ring-0/pubring.kbx", NULL};

	needs_landlock();
	assert_closed(*state, ROLE_PARSER, file);
}

static void
the_parser_makes_no_file_even_without_landlock(void **state)
{
	assert_int_equal(
	    inside(ROLE_PARSER, *state, "spool/tmp/e", makes), EPERM);
	assert_int_equal(
	    inside(ROLE_PARSER, *state, "spool/tmp/a", writes), EPERM);
	assert_int_equal(
	    inside(ROLE_PARSER, *state, "spool/tmp/a", removes), EPERM);
}

static void
the_parser_has_no_socket_program_or_process(void **state)
{
	assert_int_equal(inside(ROLE_PARSER, *state, "", socket_unix), EPERM);
	assert_int_equal(inside(ROLE_PARSER, *state, "", socket_inet), EPERM);
	assert_int_equal(inside(ROLE_PARSER, *state, "", socket_inet6), EPERM);
	assert_int_equal(inside(ROLE_PARSER, *state, "/bin/true", runs), EPERM);
	assert_int_equal(inside(ROLE_PARSER, *state, "", peeks), EPERM);
	assert_int_equal(inside(ROLE_PARSER, *state, "", makes_code), EPERM);
	assert_int_equal(
	    inside(ROLE_PARSER, *state, "", turns_into_code), EPERM);
	if (!SANITIZED) {
		assert_int_equal(inside(ROLE_PARSER, *state, "", forks), EPERM);
		assert_int_equal(
		    inside(ROLE_PARSER, *state, "", threads), EPERM);
		assert_int_equal(
		    inside(ROLE_PARSER, *state, "", traces), EPERM);
	}
}

static void
the_parser_still_converts_and_answers(void **state)
{
	assert_int_equal(inside(ROLE_PARSER, *state, "", converts), 0);
	assert_int_equal(inside(ROLE_PARSER, *state, "", answers), 0);
}

static void
no_role_asks_the_kernel_for_what_is_dangerous(void **state)
{
	for (enum role r = ROLE_SUPERVISOR; r < ROLE_COUNT; r++) {
		assert_int_equal(inside(r, *state, "", calls_the_kernel), 0);
		assert_int_equal(inside(r, *state, "", peeks), EPERM);
		if (!SANITIZED)
			assert_int_equal(inside(r, *state, "", traces), EPERM);
	}
}

static void
only_deliver_with_a_server_has_a_network(void **state)
{
	struct gateway *g = *state;

	for (enum role r = ROLE_INTAKE; r < ROLE_COUNT; r++) {
		assert_int_equal(inside(r, g, "", socket_inet), EPERM);
		assert_int_equal(inside(r, g, "", socket_inet6), EPERM);
		assert_int_equal(inside(r, g, "", socket_packet), EPERM);
	}
	g->config->smtp_host = xstrdup("localhost");
	for (enum role r = ROLE_INTAKE; r < ROLE_DELIVER; r++)
		assert_int_equal(inside(r, g, "", socket_inet), EPERM);
	assert_int_equal(inside(ROLE_DELIVER, g, "", socket_inet), 0);
	assert_int_equal(inside(ROLE_DELIVER, g, "", socket_inet6), 0);
	assert_int_equal(inside(ROLE_DELIVER, g, "", socket_packet), EPERM);
}

static void
deliver_connects_to_its_server_alone(void **state)
{
	struct gateway *g = *state;

	if (landlock_version() < 4)
		skip();
	g->config->smtp_host = xstrdup("localhost");
	g->config->smtp_port = 1;
	assert_int_equal(inside(ROLE_DELIVER, g, "1", connects), ECONNREFUSED);
	assert_int_equal(inside(ROLE_DELIVER, g, "2", connects), EACCES);
	assert_int_equal(inside(ROLE_DELIVER, g, "", listens), EACCES);
}

static void
intake_of_imap_connects_to_its_server_and_has_no_maildir(void **state)
{
	struct gateway *g = *state;
	struct config *c = g->config;

	c->intake = xgrow(c->intake, c->intakes, sizeof(*c->intake));
	c->intake[c->intakes++] = (struct config_intake){
	    .type = xstrdup("imap"), .host = xstrdup("localhost"), .port = 1};
	/* The first one, of the Maildirs, is as it was. */
	assert_int_equal(inside(ROLE_INTAKE, g, "", socket_inet), EPERM);
	assert_int_equal(inside(ROLE_INTAKE, g, "inbox/new/mail", reads), 0);
	assert_int_equal(
	    inside_number(ROLE_INTAKE, 1, g, "spool/tmp/e", makes), 0);
	assert_int_equal(
	    inside_number(ROLE_INTAKE, 1, g, "/bin/true", runs), EPERM);
	needs_landlock();
	assert_int_equal(
	    inside_number(ROLE_INTAKE, 1, g, "inbox/new/mail", reads), EACCES);
	assert_int_equal(
	    inside_number(ROLE_INTAKE, 1, g, "password", reads), EACCES);
	if (landlock_version() < 4)
		return;
	assert_int_equal(
	    inside_number(ROLE_INTAKE, 1, g, "1", connects), ECONNREFUSED);
	assert_int_equal(
	    inside_number(ROLE_INTAKE, 1, g, "2", connects), EACCES);
}

static void
only_the_worker_and_the_supervisor_start_processes(void **state)
{
	static const enum role role[] = {
	    ROLE_INTAKE, ROLE_QUEUE, ROLE_PARSER, ROLE_DELIVER};

	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(
		    inside(role[i], *state, "/bin/true", runs), EPERM);
		if (!SANITIZED)
			assert_int_equal(
			    inside(role[i], *state, "", forks), EPERM);
	}
	assert_int_equal(inside(ROLE_WORKER, *state, "", forks), 0);
	assert_int_equal(inside(ROLE_SUPERVISOR, *state, "", forks), 0);
	assert_int_equal(inside(ROLE_DELIVER, *state, "", threads), 0);
}

static void
the_worker_runs_gpg_alone(void **state)
{
	struct gateway *g = *state;
	char *wrapper = xasprintf("%s/noroshi-gpg", g->config->libexec);

	if (access(wrapper, X_OK) == 0)
		assert_int_equal(inside(ROLE_WORKER, g, wrapper, runs), 0);
	free(wrapper);
	needs_landlock();
	assert_int_equal(inside(ROLE_WORKER, g, "/bin/true", runs), EACCES);
	assert_int_equal(inside(ROLE_WORKER, g, "/bin/sh", runs), EACCES);
}

static void
each_role_does_its_work(void **state)
{
	struct gateway *g = *state;

	assert_int_equal(inside(ROLE_INTAKE, g, "spool/tmp/e", makes), 0);
	assert_int_equal(inside(ROLE_INTAKE, g, "", renames_into_new), 0);
	assert_int_equal(inside(ROLE_INTAKE, g, "inbox/new/mail", reads), 0);
	assert_int_equal(inside(ROLE_INTAKE, g, "inbox/new/mail", removes), 0);
	assert_int_equal(inside(ROLE_QUEUE, g, "spool/new/b", removes), 0);
	assert_int_equal(inside(ROLE_QUEUE, g, "spool/out/c", reads), 0);
	assert_int_equal(inside(ROLE_WORKER, g, "spool/store/f", makes), 0);
	assert_int_equal(inside(ROLE_WORKER, g, "gnupg/vault.pgp", reads), 0);
	assert_int_equal(
	    inside(ROLE_WORKER, g, "gnupg/ring-0/pubring.kbx", writes), 0);
	assert_int_equal(inside(ROLE_WORKER, g, "", socket_unix), 0);
	assert_int_equal(inside(ROLE_DELIVER, g, "outbox/new/e", makes), 0);
}

static void
intake_and_deliver_see_nothing_of_each_other(void **state)
{
	static const char *const intake[] = {"outbox/new/copy", "spool/out/c",
	    "spool/store/d", "gnupg/vault.pgp", NULL};
	static const char *const deliver[] = {"inbox/new/mail", "spool/out/c",
	    "spool/new/b", "gnupg/vault.pgp", NULL};

	needs_landlock();
	assert_closed(*state, ROLE_INTAKE, intake);
	assert_closed(*state, ROLE_DELIVER, deliver);
	assert_int_equal(
	    inside(ROLE_WORKER, *state, "gnupg/vault.pgp", writes), EACCES);
}

static void
off_confines_nothing(void **state)
{
	struct gateway *g = *state;

	set(&g->config->sandbox, xstrdup("off"));
	assert_int_equal(inside(ROLE_PARSER, g, "noroshi.conf", reads), 0);
	assert_int_equal(inside(ROLE_PARSER, g, "", socket_inet), 0);
}

static void
required_confines_as_try_does(void **state)
{
	struct gateway *g = *state;

	needs_landlock();
	set(&g->config->sandbox, xstrdup("required"));
	for (enum role r = ROLE_INTAKE; r < ROLE_COUNT; r++)
		assert_int_equal(inside(r, g, "noroshi.conf", reads), EACCES);
}

/* 1: stale at once, 2: stale after a while, 0: not. */
static int
grows_stale(const struct gateway *g)
{
	struct sandbox *s = NULL;
	struct err e = {0};
	int rc = 0;

	if (sandbox_enter(&s, ROLE_INTAKE, 0, g->config, &e) == -1)
		return NOT_ENTERED;
	if (sandbox_is_stale(s))
		return 1;
	/* Its end of the pipe tells the parent that the rules hold. */
	if (write((int)strtol(g->name, NULL, 10), "x", 1) == 1)
		(void)usleep((SANDBOX_SETTLED + 100) * 1000);
	rc = sandbox_is_stale(s) ? 2 : 0;
	sandbox_free(s);
	return rc;
}

/* Its two seconds are those in which nothing is stale. */
static void
a_maildir_made_anew_makes_the_sandbox_stale(void **state)
{
	struct gateway *g = *state;
	char *inbox = below(g, "inbox"), *away = below(g, "away");
	int fd[2], status;
	char byte, number[16];
	pid_t pid;

	needs_landlock();
	assert_int_equal(pipe(fd), 0);
	(void)snprintf(number, sizeof(number), "%d", fd[1]);
	g->name = number;
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		struct err e = {0};

		_exit(sandbox_harden(ROLE_INTAKE, &e) == -1 ? NOT_ENTERED
							    : grows_stale(g));
	}
	assert_int_equal(read(fd[0], &byte, 1), 1);
	assert_int_equal(rename(inbox, away), 0);
	assert_int_equal(mkdir(inbox, 0700), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 2);
	(void)close(fd[0]);
	(void)close(fd[1]);
	free(inbox);
	free(away);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, gateway_open, gateway_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(no_role_opens_keys_configuration_or_password),
	    TEST(the_parser_opens_no_file),
	    TEST(the_parser_makes_no_file_even_without_landlock),
	    TEST(the_parser_has_no_socket_program_or_process),
	    TEST(the_parser_still_converts_and_answers),
	    TEST(no_role_asks_the_kernel_for_what_is_dangerous),
	    TEST(only_deliver_with_a_server_has_a_network),
	    TEST(deliver_connects_to_its_server_alone),
	    TEST(intake_of_imap_connects_to_its_server_and_has_no_maildir),
	    TEST(only_the_worker_and_the_supervisor_start_processes),
	    TEST(the_worker_runs_gpg_alone),
	    TEST(each_role_does_its_work),
	    TEST(intake_and_deliver_see_nothing_of_each_other),
	    TEST(off_confines_nothing),
	    TEST(required_confines_as_try_does),
	    TEST(a_maildir_made_anew_makes_the_sandbox_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
