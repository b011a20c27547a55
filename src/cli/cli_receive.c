/* noroshi receive: mail comes in from a pipe or files. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/strs.h"
#include "cli/command.h"
#include "cli/option.h"
#include "queue/incoming.h"

static int
receive_options(struct session *s, int argc, char **argv, struct envelope *env,
    struct err *e)
{
	static const struct option table[] = {
	    {"from", required_argument, NULL, 'f'},
	    {"to", required_argument, NULL, 't'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'f') {
			free(env->sender);
			env->sender =
			    xstrdup(strcmp(optarg, "<>") == 0 ? "" : optarg);
		} else if (c == 't') {
			strs_split(&env->recipients, optarg, ",");
		} else {
			s->out.json = true;
		}
	}
	return c;
}

/*
 * Where the gateway is not there or not right, the mail is not at fault: the
 * MTA is to keep it, not to bounce it.
 */
static int
receive_open(struct session *s, struct err *e)
{
	if (session_open(s, e) == 0 && session_spool(s, e) == 0)
		return 0;
	e->code = ERR_TEMP;
	return -1;
}

static int
receive_fd(struct session *s, int fd, const struct envelope *env, json_t *list,
    struct err *e)
{
	char sha[SPOOL_SHA];
	bool duplicate = false;
	int64_t id;

	if (session_room(s, e) == -1)
		return -1;
	if (spool_add(s->spool, fd, (uint64_t)s->config->limit_message, env,
		sha, e) == -1)
		return -1;
	if (incoming_register(s->db, s->spool, sha, clock_now(NULL), &id,
		&duplicate, e) == -1) {
		e->code = ERR_TEMP;
		return -1;
	}
	json_array_append_new(
	    list, json_pack("{s:I, s:s, s:b}", "id", (json_int_t)id, "sha256",
		      sha, "duplicate", (int)duplicate));
	return 0;
}

static int
receive_file(struct session *s, const char *path, const struct envelope *env,
    json_t *list, struct err *e)
{
	struct stat st;
	int fd, rc;

	if (strcmp(path, "-") == 0)
		return receive_fd(s, STDIN_FILENO, env, list, e);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return err_set(e, ERR_NOINPUT, "%s: %m", path);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		(void)close(fd);
		return err_set(
		    e, ERR_NOINPUT, "%s: a folder, expected a message", path);
	}
	rc = receive_fd(s, fd, env, list, e);
	(void)close(fd);
	return rc == -1 ? err_in(e, "%s", path) : 0;
}

static int
receive_say(struct session *s, json_t *list, struct err *e)
{
	const json_t *one;
	size_t i;

	if (s->out.json)
		return output_json(&s->out, json_incref(list), e);
	json_array_foreach(list, i, one) output_put(&s->out, "%lld\n",
	    (long long)json_integer_value(json_object_get(one, "id")));
	return 0;
}

int
cli_receive(struct session *s, int argc, char **argv, struct err *e)
{
	struct envelope env = {.received_at = clock_now(NULL)};
	json_t *list = json_array();
	struct err late = {0};
	int rc;

	env.source = xstrdup("pipe");
	rc = receive_options(s, argc, argv, &env, e);
	if (rc == 0)
		rc = receive_open(s, e);
	if (rc == 0 && optind == argc)
		rc = receive_fd(s, STDIN_FILENO, &env, list, e);
	for (int i = optind; i < argc && rc == 0; i++)
		rc = receive_file(s, argv[i], &env, list, e);
	if (json_array_size(list) > 0) {
		/* what was taken in before a failure was taken in */
		(void)spool_wake(s->spool, &late);
		if (receive_say(s, list, &late) == -1 && rc == 0) {
			*e = late;
			rc = -1;
		}
	}
	json_decref(list);
	envelope_free(&env);
	return rc;
}
