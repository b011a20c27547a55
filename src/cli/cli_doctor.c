/* noroshi doctor: what is wrong with a gateway, and how to mend it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/command.h"
#include "cli/doctor.h"
#include "cli/gateway_files.h"
#include "cli/option.h"
#include "config/config_load.h"

/* "FILE:LINE: NAME: what" in its pieces. */
static void
add_mistake(struct findings *f, const char *file, const char *line)
{
	size_t n = strlen(file), digits;
	char *where;

	if (strncmp(line, file, n) == 0 && line[n] == ':') {
		digits = strspn(line + n + 1, "0123456789");
		if (digits > 0 && line[n + 1 + digits] == ':')
			n += 1 + digits;
		where = xstrndup(line, n);
		line += n + 1 + strspn(line + n + 1, " ");
	} else {
		where = xstrdup(file);
	}
	findings_add(f, SEVERITY_ERROR, where,
	    "correct it; noroshi.conf(5) names all settings", "%s", line);
	free(where);
}

/* 1: loaded; 0: it has mistakes, which are findings; -1: no such file. */
static int
doctor_config(struct session *s, struct findings *f, struct err *e)
{
	struct strs lines = {0};
	char *file = config_find(s->file);
	int rc = config_load(&s->config, file, &lines, e);

	for (size_t i = 0; i < lines.count; i++)
		add_mistake(f, file, lines.item[i]);
	if (rc == -1 && lines.count > 0) {
		*e = (struct err){0};
		rc = 0;
	} else if (rc == 0) {
		rc = 1;
	}
	strs_free(&lines);
	free(file);
	return rc;
}

static int
doctor_record(struct session *s, struct findings *f, struct err *e)
{
	int64_t count, bad;
	char hash[65];
	struct err why = {0};

	if (audit_verify(s->db, &count, &bad, hash, &why) == -1)
		return err_set(e, why.code, "%s", why.text);
	if (bad != 0)
		findings_add(f, SEVERITY_ERROR, s->config->database,
		    "compare it with a backup, and find out who changed it",
		    "the record of decisions is broken: %s", why.text);
	return 0;
}

/* 1: open and whole; 0: it is a finding; -1: failed. */
static int
doctor_database(struct session *s, struct findings *f, struct err *e)
{
	static const char mend[] =
	    "stop noroshid, keep the file, and bring the newest whole one "
	    "from the backup";
	struct err why = {0};

	if (access(s->config->database, F_OK) == -1)
		return 0; /* is a finding already */
	if (session_open(s, &why) == -1 || db_check(s->db, &why) == -1) {
		findings_add(f, SEVERITY_ERROR, s->config->database, mend, "%s",
		    why.text);
		return 0;
	}
	return doctor_record(s, f, e) == -1 ? -1 : 1;
}

static int
doctor_all(struct session *s, struct findings *f, struct err *e)
{
	int rc = doctor_config(s, f, e);

	if (rc != 1)
		return rc;
	gateway_files_check(s->config, f);
	gateway_files_secrets(s->config, f);
	gateway_files_leftovers(s->config, f);
	rc = doctor_database(s, f, e);
	if (rc == 1 &&
	    (doctor_keys(s, f, e) == -1 || doctor_people(s, f, e) == -1))
		rc = -1;
	if (rc == -1)
		return -1;
	doctor_machine(s, f);
	return 0;
}

static json_t *
findings_json(const struct findings *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->count; i++)
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s, s:s}", "severity",
			      severity_name(f->item[i].severity), "what",
			      f->item[i].what, "where", f->item[i].where,
			      "mend", f->item[i].mend));
	return list;
}

static int
findings_say(struct session *s, const struct findings *f, struct err *e)
{
	struct output *o = &s->out;

	if (o->json)
		return output_json(o, findings_json(f), e);
	for (size_t i = 0; i < f->count; i++) {
		output_put(o, "%s: ", severity_name(f->item[i].severity));
		output_line(o, f->item[i].where);
		output_put(o, ": ");
		output_line(o, f->item[i].what);
		output_put(o, "; ");
		output_line(o, f->item[i].mend);
		output_put(o, "\n");
	}
	if (f->count == 0)
		output_put(o, "no findings\n");
	return 0;
}

int
cli_doctor(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct findings f = {0};
	int c, rc;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1)
		return -1;
	rc = doctor_all(s, &f, e);
	if (rc == 0)
		rc = findings_say(s, &f, e);
	if (rc == 0 && f.errors > 0)
		rc = err_set(e, ERR_DATA, "%zu error%s", f.errors,
		    f.errors == 1 ? "" : "s");
	findings_free(&f);
	return rc;
}
