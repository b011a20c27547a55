/*
 * noroshi - the operators' command.
 *
 * Finds the words of the command line in the table of commands, runs one, and
 * exits with the code of what went wrong. Every opening is ended here.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/pager.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.1.0"
#endif

static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
	interrupted = number;
}

/*
 * What a guarded command has open (an agent, a ring) is ended by its ordinary
 * way out: gpg gets the terminal's ^C too, and the call that waits for it
 * fails. A second signal ends us at once.
 */
static void
guard_signals(void)
{
	static const int number[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction act = {
	    .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	(void)sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < sizeof(number) / sizeof(number[0]); i++) {
		struct sigaction old;

		if (sigaction(number[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			(void)sigaction(number[i], &act, NULL);
	}
}

/* The commands of a noun, one line each. */
static void
put_lines(const char *noun, struct output *o)
{
	for (const struct command *c = command_table(); c->noun != NULL; c++) {
		int n = (int)strlen(c->noun) +
			(c->verb == NULL ? 0 : (int)strlen(c->verb) + 1);

		if (strcmp(c->noun, noun) == 0)
			output_put(o, "  %s%s%s%*s%s\n", c->noun,
			    c->verb == NULL ? "" : " ",
			    c->verb == NULL ? "" : c->verb, 19 - n, "",
			    c->summary);
	}
}

/* Test 400 sees that no command is missing. */
static void
put_usage(struct output *o)
{
	static const struct {
		const char *title;
		const char *noun[10]; /* ends with NULL */
	} group[] = {{"The day", {"day", "search", "rota"}},
	    {"Messages and cases",
		{"message", "case", "deadline", "report", "rules"}},
	    {"Sending", {"send", "queue", "tlp", "consent", "advisory"}},
	    {"Communities", {"community"}},
	    {"Contacts and keys", {"contact", "key"}},
	    {"The record", {"audit", "verify-export", "retention"}},
	    {"The gateway", {"init", "receive", "import", "config", "doctor",
				"metrics", "backup", "restore", "complete"}}};

	output_put(o, "usage: noroshi [-c FILE] COMMAND [ARGUMENT...]\n");
	for (size_t i = 0; i < sizeof(group) / sizeof(group[0]); i++) {
		output_put(o, "\n");
		output_heading(o, group[i].title);
		output_put(o, "\n");
		for (const char *const *n = group[i].noun; *n != NULL; n++)
			put_lines(*n, o);
	}
	output_put(o, "\n  -c FILE    the configuration; else $NOROSHI_CONF, "
		      "./noroshi.conf\n"
		      "  --version  the version\n"
		      "  --help     after a command: its options\n");
}

/* All commands of a noun; false where there is none. */
static bool
put_noun(const char *noun, struct output *o)
{
	bool found = false;

	for (const struct command *c = command_table(); c->noun != NULL; c++)
		if (strcmp(c->noun, noun) == 0) {
			if (found)
				output_put(o, "\n");
			command_help(c, o);
			found = true;
		}
	return found;
}

static const struct command *
find_command(int argc, char **argv, int *words)
{
	for (const struct command *c = command_table(); c->noun != NULL; c++) {
		if (strcmp(c->noun, argv[0]) != 0)
			continue;
		*words = c->verb == NULL ? 1 : 2;
		if (c->verb == NULL ||
		    (argc > 1 && strcmp(c->verb, argv[1]) == 0))
			return c;
	}
	return NULL;
}

/* True where the words before "--" ask for help. */
static bool
asks_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

static int
run_help(struct session *s, int argc, char **argv, struct err *e)
{
	const struct command *c;
	int words = 0;

	if (argc == 1) {
		put_usage(&s->out);
		return 0;
	}
	c = find_command(argc - 1, argv + 1, &words);
	if (c != NULL)
		command_help(c, &s->out);
	else if (argc > 2 || !put_noun(argv[1], &s->out))
		return err_set(e, ERR_USAGE, "%s%s%s is no command", argv[1],
		    argc > 2 ? " " : "", argc > 2 ? argv[2] : "");
	return 0;
}

/* words: how many the command would have had; 0: nothing begins like that. */
static int
no_command(int words, int argc, char **argv, struct err *e)
{
	if (words == 2 && (argc == 1 || argv[1][0] == '-'))
		return err_set(e, ERR_USAGE,
		    "%s wants a second word; noroshi help %s names them",
		    argv[0], argv[0]);
	return err_set(e, ERR_USAGE,
	    "%s%s%s is no command; noroshi help names them", argv[0],
	    words == 2 ? " " : "", words == 2 ? argv[1] : "");
}

static int
run_command(struct session *s, int argc, char **argv, struct err *e)
{
	const struct command *c;
	int words = 0;

	if (strcmp(argv[0], "help") == 0)
		return run_help(s, argc, argv, e);
	c = find_command(argc, argv, &words);
	/* a second word that is none gets no help: the command is not there */
	if (c == NULL && argc > 1 && strcmp(argv[1], "--help") == 0 &&
	    put_noun(argv[0], &s->out))
		return 0;
	if (c == NULL)
		return no_command(words, argc, argv, e);
	if (asks_help(argc, argv)) {
		command_help(c, &s->out);
		return 0;
	}
	argc -= words - 1;
	argv += words - 1;
	argv[0] = (char[]){"noroshi"};
	optind = 0;
	if (c->guarded)
		guard_signals();
	return c->run(s, argc, argv, e);
}

/*
 * The words in front of the command. 1: go on; 2: there is none, and a person
 * looks; 0: done; -1: failed.
 */
static int
run_globals(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {{"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:c:h", table, NULL)) != -1) {
		switch (c) {
		case 'c':
			s->file = optarg;
			break;
		case 'h':
			put_usage(&s->out);
			return 0;
		case 'V':
			output_put(&s->out, "noroshi %s\n", PACKAGE_VERSION);
			return 0;
		case ':':
			return err_set(
			    e, ERR_USAGE, "%s wants a value", argv[optind - 1]);
		default:
			return err_set(e, ERR_USAGE,
			    "%s is no option here; noroshi help names them",
			    argv[optind - 1]);
		}
	}
	if (optind < argc)
		return 1;
	if (s->out.terminal)
		return 2;
	return err_set(e, ERR_USAGE,
	    "usage: noroshi [-c FILE] COMMAND [ARGUMENT...]; noroshi help "
	    "names the commands");
}

/* Descriptors 0 to 2 are open, so that no file of ours ever gets one. */
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

int
main(int argc, char **argv)
{
	struct session s = {0};
	struct err e = {0}, late = {0};
	char day[] = "day";
	int rc, number;

	if (descriptors_fill() == -1)
		return ERR_TEMP;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)umask(077);
	log_init("noroshi", LOG_LEVEL_WARNING);
	output_open(&s.out, STDOUT_FILENO);
	rc = run_globals(&s, argc, argv, &e);
	if (rc == 1)
		rc = run_command(&s, argc - optind, argv + optind, &e);
	else if (rc == 2)
		rc = run_command(&s, 1, (char *[]){day, NULL}, &e);
	if (rc == 0 && pager_is_long(&s.out))
		(void)pager_show(&s.out);
	if (output_flush(&s.out, &late) == -1 && rc == 0) {
		e = late;
		rc = -1;
	}
	session_close(&s);
	number = interrupted;
	if (rc == -1 && number == 0 && e.text[0] != '\0')
		(void)fprintf(stderr, "noroshi: %s\n", e.text);
	if (number != 0) {
		(void)signal(number, SIG_DFL);
		(void)raise(number);
	}
	return rc == 0 ? 0 : (int)(e.code == ERR_NONE ? ERR_BUG : e.code);
}
