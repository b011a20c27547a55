/* noroshi config check: what the daemon would stumble over, before it does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/command.h"
#include "cli/gateway_files.h"
#include "cli/option.h"
#include "config/config_load.h"
#include "people/key.h"
#include "process/kernel.h"

/* What the files lack, each on a line. */
static void
check_files(const struct config *c, struct strs *lines)
{
	struct findings f = {0};

	gateway_files_check(c, &f);
	for (size_t i = 0; i < f.count; i++) {
		char *line = xasprintf("%s: %s, %s", f.item[i].where,
		    f.item[i].what, f.item[i].mend);

		strs_add(lines, line);
		free(line);
	}
	findings_free(&f);
}

/* As noroshid does before it starts. */
static void
check_sandbox(const struct config *c, struct strs *lines)
{
	struct err e = {0};
	char *line;

	if (strcmp(c->sandbox, "required") != 0 || kernel_confines(&e) == 0)
		return;
	line = xasprintf("sandbox: is \"required\", and %s", e.text);
	strs_add(lines, line);
	free(line);
}

static void
check_database(struct session *s, struct strs *findings)
{
	struct key team = {0};
	struct err e = {0};
	char *line;

	if (access(s->config->database, F_OK) == -1)
		return; /* is a finding already */
	if (session_open(s, &e) == -1) {
		strs_add(findings, e.text);
	} else if (s->config->team_key != NULL &&
		   key_get(s->db, s->config->team_key, &team, &e) == -1) {
		line = xasprintf("team.key: %s; noroshi key import FILE brings "
				 "it",
		    e.text);
		strs_add(findings, line);
		free(line);
	}
	key_free(&team);
}

static json_t *
json_lines(const struct strs *lines)
{
	json_t *list = json_array();

	for (size_t i = 0; i < lines->count; i++)
		json_array_append_new(list, json_string(lines->item[i]));
	return list;
}

/* The findings, as JSON or one a line on standard error. */
static int
say(struct session *s, const char *file, const struct strs *lines, bool prefix,
    struct err *e)
{
	if (s->out.json && output_json(&s->out,
			       json_pack("{s:s, s:o}", "file", file, "mistakes",
				   json_lines(lines)),
			       e) == -1)
		return -1;
	for (size_t i = 0; !s->out.json && i < lines->count; i++)
		(void)fprintf(stderr, "noroshi: %s%s%s\n", prefix ? file : "",
		    prefix ? ": " : "", lines->item[i]);
	if (lines->count > 0) {
		e->code = ERR_CONFIG;
		e->text[0] = '\0';
		return -1;
	}
	if (!s->out.json)
		output_put(&s->out, "%s: no mistakes\n", file);
	return 0;
}

int
cli_config_check(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct strs lines = {0};
	char *file;
	int c, rc;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1)
		return -1;
	file = config_find(s->file);
	rc = config_load(&s->config, file, &lines, e);
	if (rc == -1 && lines.count > 0) {
		rc = say(s, file, &lines, false, e);
	} else if (rc == 0) {
		check_sandbox(s->config, &lines);
		check_files(s->config, &lines);
		check_database(s, &lines);
		rc = say(s, file, &lines, true, e);
	}
	strs_free(&lines);
	free(file);
	return rc;
}
