/* noroshi search: messages, by what they say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/indexing.h"
#include "cases/message.h"
#include "cases/message_json.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/progress.h"
#include "cli/searching.h"
#include "queue/index_job.h"
#include "store/audit.h"

#define SEARCH_CATCH_UP 500 /* ms that a search indexes before it searches */
#define SEARCH_BATCH                                                           \
	500 /* entries of the audit log that are followed at once */
#define SEARCH_OTHERS_MS 250 /* after which another process may write, too */

/* --- the index --------------------------------------------------------------
 */

static int
index_of(struct session *s, struct index **out, struct err *e)
{
	char *path;
	int rc;

	if (session_vault(s, e) == -1)
		return -1;
	path = config_spool(s->config, INDEX_FILE);
	rc = index_open(out, path, s->vault, e);
	free(path);
	return rc;
}

/* Whether there is anything to index: to begin a batch costs a commit. */
static int
index_is_behind(struct session *s, struct index *x, bool *behind, struct err *e)
{
	struct audit_change *list;
	int64_t mark, upto;
	size_t count;

	if (index_mark(x, &mark, e) == -1 ||
	    audit_changes(s->db, mark, 1, &list, &count, &upto, e) == -1)
		return -1;
	free(list);
	*behind = count > 0;
	return 0;
}

static int
index_catch_up(struct session *s, struct index *x, struct err *e)
{
	struct indexing b = {.most = SEARCH_BATCH};
	int64_t since = clock_monotonic_ms();
	bool behind;

	if (index_is_behind(s, x, &behind, e) == -1)
		return -1;
	while (behind && clock_monotonic_ms() - since < SEARCH_CATCH_UP) {
		b.ms = SEARCH_CATCH_UP;
		b.now = clock_now(NULL);
		if (indexing_follow(x, s->db, s->vault, &b, e) == -1 ||
		    index_is_behind(s, x, &behind, e) == -1)
			return -1;
	}
	if (behind)
		(void)fprintf(stderr,
		    "noroshi: the index is not filled yet, and newer messages"
		    " are not found: noroshid goes on with it, or noroshi"
		    " search --rebuild\n");
	return 0;
}

int
searching_open(struct session *s, struct index **out, struct err *e)
{
	if (index_of(s, out, e) == -1)
		return -1;
	if (index_catch_up(s, *out, e) == 0)
		return 0;
	index_close(*out);
	*out = NULL;
	return -1;
}

static int
rebuild_fill(
    struct session *s, struct index *x, struct progress *p, struct err *e)
{
	struct indexing b = {.most = SEARCH_BATCH, .left = true};
	int64_t last;
	int rc = 0;

	while (b.left && rc == 0) {
		b.ms = SEARCH_OTHERS_MS;
		b.now = clock_now(NULL);
		rc = db_get_int(
		    s->db, &last, 0, e, "SELECT max(id) FROM audit", "");
		if (rc == 0)
			rc = indexing_follow(x, s->db, s->vault, &b, e);
		if (rc == 0)
			progress_step(p, (uint64_t)b.mark, (uint64_t)last);
	}
	return rc == 0 ? index_job_done(s->db, b.mark, e) : -1;
}

static int
rebuild(struct session *s, struct err *e)
{
	struct index *x = NULL;
	struct progress p;
	int64_t messages = 0, bytes = 0;
	int rc = index_of(s, &x, e);

	progress_begin(&p, "index");
	if (rc == 0)
		rc = index_clear(x, e);
	if (rc == 0)
		rc = rebuild_fill(s, x, &p, e);
	progress_end(&p);
	if (rc == 0)
		rc = index_size(x, &messages, &bytes, e);
	index_close(x);
	if (rc == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out,
		    json_pack("{s:I, s:I}", "messages", (json_int_t)messages,
			"bytes", (json_int_t)bytes),
		    e);
	output_put(&s->out, "%lld messages are indexed, in %lld kB\n",
	    (long long)messages, (long long)(bytes / 1024));
	return 0;
}

/* --- a query ----------------------------------------------------------------
 */

int
searching_query(int argc, char **argv, struct query *out, struct err *e)
{
	struct buf text;
	int rc;

	buf_init(&text, QUERY_BYTES + 1);
	for (int i = optind; i < argc; i++)
		buf_putf(&text, "%s%s", i > optind ? " " : "", argv[i]);
	if (text.over)
		rc = err_set(
		    e, ERR_DATA, "query: more than %d bytes", QUERY_BYTES);
	else
		rc = query_parse(buf_str(&text), clock_now(NULL), out, e);
	buf_free(&text);
	return rc;
}

int
searching_limit(const char *text, size_t *out, struct err *e)
{
	int64_t n;

	if (option_id(text, "a number of answers", &n, e) == -1)
		return -1;
	*out = (size_t)n;
	return 0;
}

/* --- answers ----------------------------------------------------------------
 */

struct answers {
	struct session *s;
	const struct query *q;
	size_t limit;
	json_t *list;
};

/* A line of the text around what was looked for. Who reads RED is recorded, so
 * of that nothing is shown by the way. */
static void
answer_snippet(struct answers *a, const struct message *m, json_t *object)
{
	const json_t *text;
	struct buf line;

	if (m->label != NULL && strcmp(m->label, "RED") == 0)
		return;
	text = json_object_get(m->content, "text");
	buf_init(&line, 4096);
	if (json_is_string(text) &&
	    search_snippet(
		a->q, json_string_value(text), json_string_length(text), &line))
		json_object_set_new(
		    object, "snippet", json_string(buf_str(&line)));
	buf_free(&line);
}

/* What the caller may not read is not found by what it says, nor by what it
 * does not say. */
static int
answer(void *context, int64_t id, struct err *e)
{
	struct answers *a = context;
	struct session *s = a->s;
	struct err why = {0};
	struct message m;
	json_t *one = NULL;
	bool may;
	int rc;

	if (message_get(s->db, id, &m, e) == -1)
		return -1;
	rc = session_may_read(s, &m, &may, e);
	if (rc == 0 && may && message_unseal(s->db, s->vault, &m, &why) == -1 &&
	    why.code != ERR_NOINPUT)
		rc = err_set(e, why.code, "%s", why.text);
	if (rc == 0 && may)
		rc = message_json(s->db, &m, false, &one, e);
	if (rc == 0 && may && !s->out.json)
		answer_snippet(a, &m, one);
	if (rc == 0 && may)
		json_array_append_new(a->list, one);
	message_free(&m);
	if (rc == -1)
		return -1;
	return json_array_size(a->list) < a->limit ? 1 : 0;
}

static void
put_answer(struct output *o, const json_t *m)
{
	const json_t *from = json_object_get(m, "from");
	const char *label =
	    output_string(json_object_get(m, "tlp"), "effective");
	const char *incident = output_string(m, "case");
	const char *who = output_string(from, "name");
	const char *time = output_string(m, "received_at");
	const char *line = output_string(m, "snippet");
	const char *subject = output_string(m, "subject");

	if (who == NULL || *who == '\0')
		who = output_string(from, "address");
	output_put(o, "%lld  %.10s %.5s  ",
	    (long long)json_integer_value(json_object_get(m, "id")), time,
	    time + 11);
	output_label(o, label, true);
	output_put(o, "  ");
	output_line(o, incident == NULL ? "-" : incident);
	output_put(o, "  ");
	output_line(o, who == NULL ? "-" : who);
	output_put(o, "\n        ");
	output_line(o, subject == NULL ? "" : subject);
	if (line != NULL) {
		output_put(o, "\n        | ");
		output_line(o, line);
	}
	output_put(o, "\n");
}

static int
put_answers(struct answers *a, struct err *e)
{
	struct output *o = &a->s->out;
	const json_t *m;
	size_t i;

	if (o->json) {
		json_t *list = a->list;

		a->list = NULL;
		return output_json(o, list, e);
	}
	json_array_foreach(a->list, i, m) put_answer(o, m);
	if (json_array_size(a->list) == a->limit)
		output_put(o, "These are the newest %zu; --limit shows more.\n",
		    a->limit);
	return 0;
}

static int
search_options(struct session *s, int argc, char **argv, size_t *limit,
    bool *anew, struct err *e)
{
	static const struct option table[] = {
	    {"limit", required_argument, NULL, 'l'},
	    {"rebuild", no_argument, NULL, 'r'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	*limit = 0;
	*anew = false;
	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'l' && searching_limit(optarg, limit, e) == -1)
			return -1;
		*anew = *anew || c == 'r';
		s->out.json = s->out.json || c == 'j';
	}
	if (c == -1)
		return -1;
	if (*limit == 0)
		*limit = s->out.json ? SEARCH_LIMIT_JSON : SEARCH_LIMIT;
	return *anew ? option_operands(argc, argv, 0, 0, "nothing", e)
		     : option_operands(
			   argc, argv, 1, INT32_MAX, "what is looked for", e);
}

int
cli_search(struct session *s, int argc, char **argv, struct err *e)
{
	struct answers a = {.s = s};
	struct query q = {0};
	struct index *x = NULL;
	bool anew;
	int rc;

	if (search_options(s, argc, argv, &a.limit, &anew, e) == -1 ||
	    (!anew && searching_query(argc, argv, &q, e) == -1))
		return -1;
	a.q = &q;
	rc = session_open(s, e);
	if (rc == 0 && anew)
		return rebuild(s, e);
	if (rc == 0)
		rc = searching_open(s, &x, e);
	a.list = json_array();
	if (rc == 0)
		rc = search_walk(x, s->db, &q, false, answer, &a, e);
	if (rc == 0)
		rc = put_answers(&a, e);
	json_decref(a.list);
	index_close(x);
	query_free(&q);
	return rc;
}
