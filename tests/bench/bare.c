/*
 * bare.c - what the same work costs by GPGME alone, for tests/bench/bench.sh.
 *
 *	bare AGENT_PID [FILE...]
 *
 * Decrypts and verifies each file once, by one context on $GNUPGHOME and the
 * system's gpg, after one run on the first that is not counted. Prints
 * microseconds for all of them: processor time of this process, of its gpgs and
 * of the agent, then the time on the wall. Without a file: what the agent has
 * used so far.
 */
#include <errno.h>
#include <gpgme.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct used {
	long long self, gpg, agent, wall;
};

static long long
used_by(int who)
{
	struct rusage u = {0};

	(void)getrusage(who, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000LL +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

/* All of its threads, also those that have ended; clock_getcpuclockid(3). */
static long long
used_by_agent(const char *pid)
{
	struct timespec t = {0};
	clockid_t id;

	if (clock_getcpuclockid((pid_t)strtol(pid, NULL, 10), &id) != 0)
		return 0;
	(void)clock_gettime(id, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void
used_now(struct used *u, const char *agent)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	u->wall = t.tv_sec * 1000000LL + t.tv_nsec / 1000;
	u->self = used_by(RUSAGE_SELF);
	u->gpg = used_by(RUSAGE_CHILDREN);
	u->agent = used_by_agent(agent);
}

static bool
signed_well(gpgme_ctx_t context)
{
	gpgme_verify_result_t v = gpgme_op_verify_result(context);

	return v != NULL && v->signatures != NULL &&
	       v->signatures->status == 0 && v->signatures->next == NULL;
}

static int
open_one(gpgme_ctx_t context, const char *path)
{
	gpgme_data_t in = NULL, plain = NULL;
	gpgme_error_t error = gpgme_data_new_from_file(&in, path, 1);
	bool good;

	if (error == 0)
		error = gpgme_data_new(&plain);
	if (error == 0)
		error = gpgme_op_decrypt_verify(context, in, plain);
	good = error == 0 && signed_well(context);
	if (!good)
		fprintf(stderr, "bare: %s: %s\n", path,
		    error == 0 ? "no good signature" : gpgme_strerror(error));
	gpgme_data_release(plain);
	gpgme_data_release(in);
	/* GPGME forks twice: its gpg is ours as we are a subreaper. */
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	return good ? 0 : -1;
}

int
main(int argc, char **argv)
{
	gpgme_ctx_t context = NULL;
	struct used before, after;

	if (argc < 2) {
		fputs("usage: bare AGENT_PID [FILE...]\n", stderr);
		return 64;
	}
	if (argc == 2) {
		printf("%lld\n", used_by_agent(argv[1]));
		return 0;
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1 ||
	    gpgme_check_version(NULL) == NULL || gpgme_new(&context) != 0) {
		fputs("bare: no GPGME\n", stderr);
		return 69;
	}
	if (open_one(context, argv[2]) == -1)
		return 65;
	used_now(&before, argv[1]);
	for (int i = 2; i < argc; i++)
		if (open_one(context, argv[i]) == -1)
			return 65;
	used_now(&after, argv[1]);
	gpgme_release(context);
	printf("%lld %lld %lld %lld\n", after.self - before.self,
	    after.gpg - before.gpg, after.agent - before.agent,
	    after.wall - before.wall);
	return 0;
}
