/* noroshid - the daemon: reads the configuration, then supervises the roles. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "config/config.h"
#include "config/config_load.h"
#include "process/kernel.h"
#include "process/supervisor.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

struct arguments {
	const char *file;
	bool foreground;
	bool once;
};

static const char usage[] =
    "usage: noroshid [-c FILE] [-f] [--once]\n"
    "  -c FILE    the configuration (default: $NOROSHI_CONF, ./noroshi.conf,\n"
    "             then the system's)\n"
    "  -f         stay in the foreground, log to standard error\n"
    "  --once     take in, process and deliver what waits, then exit\n"
    "  --help     this text\n"
    "  --version  the version\n";

/* Returns -1 to go on, else the exit code. */
static int
arguments_read(struct arguments *a, int argc, char **argv)
{
	static const struct option option[] = {
	    {"once", no_argument, NULL, 'o'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'},
	    {0},
	};
	int c;

	*a = (struct arguments){0};
	while ((c = getopt_long(argc, argv, "c:f", option, NULL)) != -1) {
		switch (c) {
		case 'c':
			a->file = optarg;
			break;
		case 'f':
			a->foreground = true;
			break;
		case 'o':
			a->once = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'v':
			puts("noroshid " PACKAGE_VERSION);
			return 0;
		default:
			fputs(usage, stderr);
			return ERR_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fputs(usage, stderr);
	return ERR_USAGE;
}

static void
level_set(const struct config *config)
{
	static const char *const level[] = {
	    "error", "warning", "info", "debug"};

	for (int i = 0; i < 4; i++)
		if (strcmp(config->log_level, level[i]) == 0)
			log_init("noroshid", (enum log_level)i);
}

static int
configure(struct config **out, const struct arguments *a)
{
	struct strs errors = {0};
	struct err e = {0};
	char *file = config_find(a->file);
	int rc = config_load(out, file, &errors, &e);

	for (size_t i = 0; i < errors.count; i++)
		fprintf(stderr, "noroshid: %s\n", errors.item[i]);
	if (rc == -1 && errors.count == 0)
		fprintf(stderr, "noroshid: %s\n", e.text);
	strs_free(&errors);
	free(file);
	if (rc == -1)
		return e.code == ERR_NOINPUT ? ERR_NOINPUT : ERR_CONFIG;
	if (strcmp((*out)->sandbox, "required") == 0 &&
	    kernel_confines(&e) == -1) {
		fprintf(stderr,
		    "noroshid: %s: sandbox: is \"required\", and %s\n",
		    (*out)->file, e.text);
		config_free(*out);
		*out = NULL;
		return ERR_CONFIG;
	}
	(*out)->once = a->once;
	level_set(*out);
	return 0;
}

/* What runs, and what it is to run with from the next start on. */
struct running {
	struct config *config;
	struct config *next; /* NULL: as it is */
};

/* The lock is the spool's: another spool is another daemon. */
static bool
running_fits(const struct running *r, const struct config *next)
{
	if (strcmp(next->spool, r->config->spool) == 0 &&
	    strcmp(next->database, r->config->database) == 0)
		return true;
	log_error("configuration stays as it was: error=another spool or "
		  "database wants a new start");
	return false;
}

/* A configuration that is wrong changes nothing but the log. */
static bool
running_changed(void *arg)
{
	struct running *r = arg;
	struct config *next = NULL;
	struct strs errors = {0};
	struct err e = {0};
	int rc = config_load(&next, r->config->file, &errors, &e);

	for (size_t i = 0; i < errors.count; i++)
		log_error("configuration: %s", errors.item[i]);
	strs_free(&errors);
	if (rc == 0 && strcmp(next->sandbox, "required") == 0)
		rc = kernel_confines(&e);
	if (rc == -1) {
		log_error("configuration stays as it was: error=%s", e.text);
		config_free(next);
		return false;
	}
	if (!running_fits(r, next)) {
		config_free(next);
		return false;
	}
	config_free(r->next);
	r->next = next;
	return true;
}

/* Runs, and again with the other configuration as often as there is one. */
static int
running_run(struct running *r, struct supervisor_options *options)
{
	int code;

	options->changed = running_changed;
	options->arg = r;
	service_open(&options->service);
	while (
	    (code = supervisor_run(r->config, options)) == SUPERVISOR_RELOAD) {
		config_free(r->config);
		r->config = r->next;
		r->next = NULL;
		level_set(r->config);
		options->ready_fd = -1; /* whoever waited was told */
	}
	config_free(r->next);
	r->next = NULL;
	service_close(options->service);
	return code;
}

/*
 * Opens spool/noroshid.pid and holds its lock; the process number is written
 * later, when it is known. Returns -1 after saying why, with *code to exit.
 */
static int
lock_take(const struct config *config, int *code)
{
	char *path = config_spool(config, "noroshid.pid");
	int fd;

	*code = ERR_TEMP;
	if (mkdir(config->spool, 0700) == -1 && errno != EEXIST) {
		fprintf(stderr, "noroshid: %s: %s\n", config->spool,
		    strerror(errno));
		free(path);
		return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1) {
		fprintf(stderr, "noroshid: %s: %s\n", path, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		fprintf(
		    stderr, "noroshid: %s: another daemon runs here\n", path);
		close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

static void
lock_write(int fd)
{
	if (ftruncate(fd, 0) == -1 || lseek(fd, 0, SEEK_SET) == -1 ||
	    dprintf(fd, "%ld\n", (long)getpid()) < 0)
		log_warning("no process number: error=%s", strerror(errno));
}

/* The file stays, as its lock is what counts; its number goes. */
static void
lock_release(int fd)
{
	if (ftruncate(fd, 0) == -1)
		log_warning("process number stays: error=%s", strerror(errno));
	close(fd);
}

/* Descriptors 0 to 2 are open, so that no other file ever gets one of them. */
static int
descriptors_fill(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd == -1)
			return -1;
	} while (fd <= STDERR_FILENO);
	return close(fd);
}

/*
 * Leaves the terminal. Returns in the daemon, with the end of a pipe that the
 * caller's process waits at: one byte there is its exit code.
 */
static int
daemonize(void)
{
	unsigned char code = ERR_BUG;
	int fd[2], null;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		return -1;
	if (pid > 0) {
		close(fd[1]);
		while (read(fd[0], &code, 1) == -1 && errno == EINTR)
			;
		_exit(code);
	}
	close(fd[0]);
	/* Twice, so that no terminal can become ours again. */
	if (setsid() == -1 || (pid = fork()) == -1)
		_exit(ERR_TEMP);
	if (pid > 0)
		_exit(0);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null == -1 || chdir("/") == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1)
		_exit(ERR_TEMP);
	close(null);
	return fd[1];
}

static int
run_daemon(struct running *r, int lock)
{
	struct supervisor_options options = {.ready_fd = -1};
	struct err e = {0};
	unsigned char code;
	int starter = daemonize();

	if (starter == -1) {
		fprintf(stderr, "noroshid: %s\n", strerror(errno));
		return ERR_TEMP;
	}
	lock_write(lock);
	if (logpipe_open(&options.log, &e) == -1) {
		log_error("%s", e.text);
		return (int)e.code;
	}
	options.ready_fd = starter;
	code = (unsigned char)running_run(r, &options);
	/* Too late for it where the daemon was ready: nobody reads it then. */
	if (write(starter, &code, 1) == -1)
		log_debug("the end: code=%d", code);
	close(starter);
	logpipe_close(options.log);
	return code;
}

int
main(int argc, char **argv)
{
	struct supervisor_options options = {.ready_fd = -1};
	struct arguments arguments;
	struct running running = {0};
	int lock, code;

	if (descriptors_fill() == -1)
		return ERR_TEMP;
	log_init("noroshid", LOG_LEVEL_INFO);
	log_never_wait();
	code = arguments_read(&arguments, argc, argv);
	if (code != -1)
		return code;
	umask(077);
	code = configure(&running.config, &arguments);
	if (code != 0)
		return code;
	/* A blocked signal waits even so; one between two runs ends nothing. */
	options.terminal = arguments.once ||
			   (arguments.foreground && isatty(STDERR_FILENO) == 1);
	if (!options.terminal)
		(void)signal(SIGHUP, SIG_IGN);
	lock = lock_take(running.config, &code);
	if (lock == -1)
		goto out;
	if (arguments.foreground || arguments.once) {
		lock_write(lock);
		code = running_run(&running, &options);
	} else {
		code = run_daemon(&running, lock);
	}
	lock_release(lock);
out:
	config_free(running.config);
	return code;
}
