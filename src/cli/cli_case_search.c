/* noroshi case search: cases, by what their messages say, and similar ones. */
#include <stdlib.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cases/message.h"
#include "cases/regroup.h"
#include "cases/similar.h"
#include "cli/cases.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/searching.h"

/* --- by a query -------------------------------------------------------------
 */

struct found_cases {
	struct session *s;
	int64_t *id;
	size_t count, limit;
};

static bool
found_has(const struct found_cases *f, int64_t id)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->id[i] == id)
			return true;
	return false;
}

/* A case whose title is RED's has none for who may not read that. */
static int
found_may(
    struct session *s, int64_t found, int64_t *cases, bool *may, struct err *e)
{
	struct message m;
	int rc;

	if (found >= INDEX_CASES) {
		found -= INDEX_CASES;
		return regroup_survivor(s->db, found, cases, e) == -1
			   ? -1
			   : session_may_title(s, found, may, e);
	}
	if (message_get(s->db, found, &m, e) == -1)
		return -1;
	*cases = m.cases;
	rc = session_may_read(s, &m, may, e);
	message_free(&m);
	return rc;
}

static int
found_one(void *context, int64_t found, struct err *e)
{
	struct found_cases *f = context;
	int64_t cases;
	bool may;

	if (found_may(f->s, found, &cases, &may, e) == -1)
		return -1;
	if (may && cases != 0 && !found_has(f, cases)) {
		f->id = xgrow(f->id, f->count, sizeof(*f->id));
		f->id[f->count++] = cases;
	}
	return f->count < f->limit ? 1 : 0;
}

static int
put_cases(struct session *s, const int64_t *id, size_t count, struct err *e)
{
	json_t *list = json_array(), *one;
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		rc = session_case(s, id[i], &one, e);
		if (rc == 0)
			json_array_append_new(list, one);
	}
	if (rc == 0 && s->out.json)
		return output_json(&s->out, list, e);
	if (rc == 0)
		cases_put(&s->out, list);
	json_decref(list);
	return rc;
}

static int
search_query(
    struct session *s, int argc, char **argv, size_t limit, struct err *e)
{
	struct found_cases f = {.s = s, .limit = limit};
	struct index *x = NULL;
	struct query q;
	int rc;

	if (searching_query(argc, argv, &q, e) == -1)
		return -1;
	rc = session_open(s, e);
	if (rc == 0)
		rc = searching_open(s, &x, e);
	if (rc == 0)
		rc = search_walk(x, s->db, &q, true, found_one, &f, e);
	if (rc == 0)
		rc = put_cases(s, f.id, f.count, e);
	index_close(x);
	query_free(&q);
	free(f.id);
	return rc;
}

/* --- similar ones -----------------------------------------------------------
 */

static int
similar_may(void *context, int64_t message, bool *yes, struct err *e)
{
	struct session *s = context;
	struct message m;
	int rc;

	if (message_get(s->db, message, &m, e) == -1)
		return -1;
	rc = session_may_read(s, &m, yes, e);
	message_free(&m);
	return rc;
}

/* Of what the caller may read. */
static int
similar_read(
    struct session *s, int64_t cases, struct similar *out, struct err *e)
{
	const struct message_filter f = {.cases = cases};
	int64_t *id;
	size_t count;
	int rc = message_list(s->db, &f, &id, &count, e);

	if (rc == -1)
		return -1;
	for (size_t i = 0; i < count && rc == 0; i++) {
		struct err why = {0};
		struct message m;
		bool may;

		rc = message_get(s->db, id[i], &m, e);
		if (rc == -1)
			break;
		rc = session_may_read(s, &m, &may, e);
		if (rc == 0 && may &&
		    message_unseal(s->db, s->vault, &m, &why) == -1 &&
		    why.code != ERR_NOINPUT)
			rc = err_set(e, why.code, "%s", why.text);
		if (rc == 0 && may)
			similar_add(out, &m);
		message_free(&m);
	}
	free(id);
	return rc;
}

static void
put_similar(struct output *o, const json_t *list)
{
	const json_t *c, *reason;
	size_t i, k;

	json_array_foreach(list, i, c)
	{
		output_line(o, output_string(c, "id"));
		output_put(o, "  ");
		output_line(o, output_string(c, "state"));
		output_put(o, "  ");
		if (output_string(c, "title") != NULL)
			output_line(o, output_string(c, "title"));
		output_put(o, "\n        shares ");
		json_array_foreach(json_object_get(c, "shares"), k, reason)
		{
			output_put(o, "%s", k > 0 ? ", " : "");
			output_line(o, json_string_value(reason));
		}
		output_put(o, "\n");
	}
}

static int
similar_object(struct session *s, const struct similar_case *c, json_t *list,
    struct err *e)
{
	json_t *one, *shares;

	if (session_case(s, c->cases, &one, e) == -1)
		return -1;
	shares = json_array();
	for (size_t i = 0; i < c->reason.count; i++)
		json_array_append_new(shares, json_string(c->reason.item[i]));
	json_object_set_new(one, "shares", shares);
	json_array_append_new(list, one);
	return 0;
}

static int
put_similar_cases(struct session *s, const struct similar_cases *l,
    size_t limit, struct err *e)
{
	json_t *list = json_array();
	int rc = 0;

	for (size_t i = 0; i < l->count && i < limit && rc == 0; i++)
		rc = similar_object(s, &l->item[i], list, e);
	if (rc == 0 && s->out.json)
		return output_json(&s->out, list, e);
	if (rc == 0)
		put_similar(&s->out, list);
	json_decref(list);
	return rc;
}

static int
search_similar(struct session *s, const char *name, size_t limit, struct err *e)
{
	struct similar_cases found = {0};
	struct similar like = {0};
	struct index *x = NULL;
	struct case_file c;
	int rc;

	if (session_open(s, e) == -1 ||
	    case_find(s->db, NULL, name, &c, e) == -1)
		return -1;
	rc = searching_open(s, &x, e);
	if (rc == 0)
		rc = similar_read(s, c.id, &like, e);
	if (rc == 0)
		rc = similar_find(
		    x, s->db, &like, c.id, similar_may, s, &found, e);
	if (rc == 0)
		rc = put_similar_cases(s, &found, limit, e);
	similar_cases_free(&found);
	similar_free(&like);
	index_close(x);
	case_free(&c);
	return rc;
}

int
cli_case_search(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"limit", required_argument, NULL, 'l'},
	    {"similar", required_argument, NULL, 's'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	const char *similar = NULL;
	size_t limit = SEARCH_LIMIT;
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'l' && searching_limit(optarg, &limit, e) == -1)
			return -1;
		if (c == 's')
			similar = optarg;
		s->out.json = s->out.json || c == 'j';
	}
	if (c == -1)
		return -1;
	if (similar != NULL)
		return option_operands(argc, argv, 0, 0, "nothing", e) == -1
			   ? -1
			   : search_similar(s, similar, limit, e);
	if (option_operands(
		argc, argv, 1, INT32_MAX, "what is looked for", e) == -1)
		return -1;
	return search_query(s, argc, argv, limit, e);
}
