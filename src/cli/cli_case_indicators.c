/* noroshi case indicators: what a case is about, for people and programs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases/case.h"
#include "cases/defanged.h"
#include "cli/case_export.h"
#include "cli/command.h"
#include "cli/option.h"

static void
put_table(struct output *o, const struct case_indicators *l)
{
	static const char *const headings[] = {"TYPE", "INDICATOR", "PLACE",
	    "LABEL", "FIRST", "LAST", "MAILS", NULL};
	json_t *list = case_indicators_json(l);
	struct table t;
	const json_t *one;
	size_t i;

	table_init(&t, headings);
	json_array_foreach(list, i, one)
	{
		const json_t *place = json_object_get(one, "constituency");
		char *shown = indicator_defanged(
		    output_string(one, "type"), output_string(one, "value"));

		table_cell(&t, output_string(one, "type"));
		table_cell(&t, shown);
		table_cell(&t, json_is_true(place)    ? "inside"
			       : json_is_false(place) ? "outside"
						      : NULL);
		table_cell(&t, output_string(one, "tlp"));
		table_time(&t, output_string(one, "first_seen"), TIME_DAY);
		table_time(&t, output_string(one, "last_seen"), TIME_DAY);
		table_number(&t,
		    (int64_t)json_array_size(json_object_get(one, "messages")));
		free(shown);
	}
	table_put(&t, o);
	table_free(&t);
	json_decref(list);
}

/* A new file that nobody else may read. */
static int
write_new(const char *path, const struct buf *b, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t done = 0;
	ssize_t n = 0;

	if (fd == -1)
		return err_set(
		    e, errno == EEXIST ? ERR_USAGE : ERR_TEMP, "%s: %m", path);
	while (done < b->len && n != -1) {
		n = write(fd, b->data + done, b->len - done);
		done += n > 0 ? (size_t)n : 0;
	}
	if (n == -1 || fsync(fd) == -1) {
		err_set(e, ERR_TEMP, "%s: %m", path);
		(void)close(fd);
		(void)unlink(path);
		return -1;
	}
	(void)close(fd);
	return 0;
}

/* What leaves the gateway's database is written down before it does. */
static int
record(struct session *s, const struct case_indicators *l, int64_t id,
    const char *format, bool file, struct err *e)
{
	if (db_begin(s->db, e) == -1)
		return -1;
	if (session_audit(s, "case.indicators", 0, id, s->contact,
		json_pack("{s:s, s:s, s:I, s:s}", "format", format, "label",
		    noroshi_tlp_name(l->label), "count", (json_int_t)l->count,
		    "to", file ? "file" : "output"),
		e) == -1 ||
	    db_commit(s->db, e) == -1) {
		db_rollback(s->db);
		return -1;
	}
	return 0;
}

static int
export_to(struct session *s, const struct case_indicators *l, int64_t id,
    const char *format, const char *path, struct err *e)
{
	struct buf b;
	int rc;

	buf_init_secret(&b, CASE_EXPORT_MAX);
	case_export_put(s, l, format, &b);
	rc = record(s, l, id, format, path != NULL, e);
	if (rc == 0 && path != NULL)
		rc = write_new(path, &b, e);
	else if (rc == 0)
		buf_put(&s->out.text, b.data, b.len);
	buf_free(&b);
	return rc;
}

int
cli_case_indicators(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"csv", no_argument, NULL, 'c'}, {"stix", no_argument, NULL, 's'},
	    {"output", required_argument, NULL, 'o'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	const char *format = NULL, *path = NULL, *as = NULL;
	int formats = 0;
	struct case_indicators l = {0};
	struct case_file file = {0};
	int c, rc = -1;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'a')
			as = optarg;
		else if (c == 'o')
			path = optarg;
		else if (c == 'j')
			s->out.json = true;
		else
			format = c == 'c' ? "csv" : "stix";
		formats += c == 'j' || c == 'c' || c == 's';
	}
	if (c == -1 ||
	    option_operands(argc, argv, 1, 1, "the case's id", e) == -1)
		return -1;
	if (formats > 1)
		return err_set(
		    e, ERR_USAGE, "one of --csv, --stix and --json expected");
	if (path != NULL && format == NULL)
		return err_set(e, ERR_USAGE, "-o is for --csv or --stix");
	if (session_open(s, e) == -1 || session_act(s, as, e) == -1 ||
	    session_vault(s, e) == -1 ||
	    case_find(s->db, NULL, argv[optind], &file, e) == -1)
		return -1;
	if (case_export_read(s, argv[optind], &l, e) == 0) {
		if (format != NULL)
			rc = export_to(s, &l, file.id, format, path, e);
		else if (s->out.json)
			rc = output_json(&s->out, case_indicators_json(&l), e);
		else
			rc = 0;
		if (rc == 0 && format == NULL && !s->out.json)
			put_table(&s->out, &l);
	}
	case_indicators_free(&l);
	case_free(&file);
	return rc;
}
