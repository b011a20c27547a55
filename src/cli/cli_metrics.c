/* noroshi metrics: counts and ages in Prometheus' text format 0.0.4. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/census.h"
#include "cli/command.h"
#include "cli/daemon.h"
#include "cli/option.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

#define METRIC_MODE 0644 /* a collector is another user; no name is in it */

/* One number that stands alone. */
struct metric {
	const char *name;
	const char *type; /* counter or gauge */
	const char *help;
	int64_t value;
};

struct metrics {
	struct census census;
	int64_t now;
	int64_t up;
	int64_t database; /* bytes, with the log beside it */
	int64_t free; /* bytes */
};

/* 0 for what has not happened, or a file that is not there. */
static int64_t
age(int64_t now, int64_t since)
{
	return since == 0 || since > now ? 0 : now - since;
}

static int64_t
file_bytes(const char *path, const char *end)
{
	char *name = xasprintf("%s%s", path, end);
	struct stat st;
	int rc = stat(name, &st);

	free(name);
	return rc == 0 ? (int64_t)st.st_size : 0;
}

static int
metrics_read(struct session *s, struct metrics *m, struct err *e)
{
	uint64_t bytes;

	m->now = clock_now(NULL);
	if (census_take(s->db, m->now, &m->census, e) == -1 ||
	    session_spool(s, e) == -1 ||
	    spool_free_bytes(s->spool, &bytes, e) == -1)
		return -1;
	m->free = (int64_t)bytes;
	m->database = file_bytes(s->config->database, "") +
		      file_bytes(s->config->database, "-wal");
	m->up = daemon_runs(s->config);
	return 0;
}

static void
put_help(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_putf(b, "# HELP noroshi_%s %s\n# TYPE noroshi_%s %s\n", name, help,
	    name, type);
}

static void
put_states(struct buf *b, const char *name, const char *help,
    const struct census_counts *c)
{
	put_help(b, name, "gauge", help);
	for (size_t i = 0; i < c->count; i++)
		buf_putf(b, "noroshi_%s{state=\"%s\"} %lld\n", name,
		    c->of[i].state, (long long)c->of[i].count);
}

#define METRICS 11

static void
metrics_single(const struct metrics *m, struct metric out[METRICS])
{
	const struct census *c = &m->census;
	const struct metric list[METRICS] = {
	    {"up", "gauge", "1 while the daemon works on this gateway.", m->up},
	    {"cases_owed", "gauge", "Open cases that wait for our answer.",
		c->owed},
	    {"last_received_timestamp_seconds", "gauge",
		"When the newest message came; 0: none did.", c->received_at},
	    {"oldest_unprocessed_age_seconds", "gauge",
		"Age of the oldest message that is not processed.",
		age(m->now, c->waiting_since)},
	    {"oldest_queued_age_seconds", "gauge",
		"Age of the oldest copy that is not sent yet.",
		age(m->now, c->queued_since)},
	    {"oldest_held_age_seconds", "gauge",
		"Age of the oldest copy that waits for a release.",
		age(m->now, c->held_since)},
	    {"decisions_total", "counter", "Entries of the audit log.",
		c->decisions},
	    {"team_key_expiry_timestamp_seconds", "gauge",
		"When the first of the team's keys expires; 0: none does.",
		c->team_key_expires},
	    {"contact_keys_expiring", "gauge",
		"Contacts' keys that expire within 30 days.", c->keys_expiring},
	    {"database_bytes", "gauge", "The database and its log.",
		m->database},
	    {"spool_free_bytes", "gauge", "Room on the spool's file system.",
		m->free}};

	memcpy(out, list, sizeof(list));
}

static void
metrics_put(const struct metrics *m, struct buf *b)
{
	struct metric one[METRICS];

	put_help(b, "build_info", "gauge", "The version that counts.");
	buf_putf(b, "noroshi_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
	put_states(b, "messages", "Messages, of both directions.",
	    &m->census.messages);
	put_states(b, "deliveries", "Copies, one for each recipient.",
	    &m->census.deliveries);
	put_states(b, "cases", "Cases.", &m->census.cases);
	metrics_single(m, one);
	for (size_t i = 0; i < METRICS; i++) {
		put_help(b, one[i].name, one[i].type, one[i].help);
		buf_putf(b, "noroshi_%s %lld\n", one[i].name,
		    (long long)one[i].value);
	}
}

static json_t *
json_states(const struct census_counts *c)
{
	json_t *o = json_object();

	for (size_t i = 0; i < c->count; i++)
		json_object_set_new(
		    o, c->of[i].state, json_integer(c->of[i].count));
	return o;
}

static json_t *
metrics_json(const struct metrics *m)
{
	struct metric one[METRICS];
	json_t *o = json_pack("{s:s, s:o, s:o, s:o}", "version",
	    PACKAGE_VERSION, "messages", json_states(&m->census.messages),
	    "deliveries", json_states(&m->census.deliveries), "cases",
	    json_states(&m->census.cases));

	metrics_single(m, one);
	for (size_t i = 0; i < METRICS; i++)
		json_object_set_new(o, one[i].name, json_integer(one[i].value));
	return o;
}

/* Whole or not at all: a collector reads at any moment. */
static int
metrics_write(const char *path, const struct buf *b, struct err *e)
{
	char *new = xasprintf("%s.%ld", path, (long)getpid());
	int fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t done = 0;
	ssize_t n = 0;
	int rc = -1;

	while (fd != -1 && done < b->len && n != -1) {
		n = write(fd, b->data + done, b->len - done);
		done += n > 0 ? (size_t)n : 0;
	}
	if (fd == -1 || n == -1 || fchmod(fd, METRIC_MODE) == -1 ||
	    rename(new, path) == -1)
		err_set(e, ERR_TEMP, "%s: %m", new);
	else
		rc = 0;
	if (fd != -1) {
		close(fd);
		if (rc == -1)
			(void)unlink(new);
	}
	free(new);
	return rc;
}

int
cli_metrics(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"output", required_argument, NULL, 'o'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	const char *path = NULL;
	struct metrics m = {0};
	struct buf text;
	int c, rc = 0;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'o')
			path = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1 ||
	    session_open(s, e) == -1 || metrics_read(s, &m, e) == -1)
		return -1;
	if (s->out.json && path == NULL)
		return output_json(&s->out, metrics_json(&m), e);
	buf_init(&text, 65536);
	metrics_put(&m, &text);
	if (path != NULL)
		rc = metrics_write(path, &text, e);
	else
		output_text(&s->out, buf_str(&text), text.len);
	buf_free(&text);
	return rc;
}
