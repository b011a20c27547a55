#include "cases/search.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cases/case.h"

/* A term, made ready to be asked of each part. */
struct search_term {
	struct buf run; /* of the index */
	unsigned columns;
	unsigned char *live; /* of the database: a bit for each message */
};

struct search {
	struct index *x;
	struct db *db;
	const struct query *q;
	struct search_term *term;
	int64_t *part;
	size_t parts;
	struct index_set *stack; /* of operands; one for each term, and one */
};

/* --- what the database knows -------------------------------------------------
 */

/* Room for all messages of the parts there are. */
static size_t
search_live_bytes(const struct search *s)
{
	return s->parts == 0 ? 0 : (size_t)(s->part[0] + 1) * (INDEX_PART / 8);
}

static void
search_live_put(const struct search *s, struct search_term *t, int64_t message)
{
	if (message >= 0 && (size_t)message / 8 < search_live_bytes(s))
		t->live[message / 8] |= (unsigned char)(1U << (message % 8));
}

static int
search_live_walk(const struct search *s, struct search_term *t,
    struct db_row *row, struct err *e)
{
	int rc;

	while ((rc = db_step(row, e)) == 1)
		search_live_put(s, t, db_int(row, 0));
	return rc;
}

static int
search_case(const struct search *s, const struct query_term *q,
    struct db_row **row, struct err *e)
{
	struct case_file c;
	struct err why = {0};
	int rc;

	if (case_find(s->db, NULL, q->text, &c, &why) == -1)
		return err_set(e, why.code == ERR_NOINPUT ? ERR_DATA : why.code,
		    "query: %s", why.text);
	rc = db_query(
	    s->db, row, e, "SELECT id FROM message WHERE cases = ?", "i", c.id);
	case_free(&c);
	return rc;
}

static int
search_state(const struct search *s, const struct query_term *q,
    struct db_row **row, struct err *e)
{
	if (strcmp(q->text, "owed") == 0)
		return db_query(s->db, row, e,
		    "SELECT m.id FROM cases c JOIN message m ON m.cases = c.id"
		    " WHERE c.owed <> 0",
		    "");
	if (strcmp(q->text, "open") == 0)
		return db_query(s->db, row, e,
		    "SELECT m.id FROM cases c JOIN message m ON m.cases = c.id"
		    " WHERE c.state IN ('new', 'open', 'waiting')",
		    "");
	return db_query(s->db, row, e,
	    "SELECT m.id FROM cases c JOIN message m ON m.cases = c.id"
	    " WHERE c.state = ?",
	    "s", q->text);
}

static int
search_live_query(const struct search *s, const struct query_term *q,
    struct db_row **row, struct err *e)
{
	switch (q->field) {
	case QUERY_CASE:
		return search_case(s, q, row, e);
	case QUERY_TAG:
		return db_query(s->db, row, e,
		    "SELECT m.id FROM case_tag t JOIN message m"
		    " ON m.cases = t.cases WHERE lower(t.tag) = lower(?)",
		    "s", q->text);
	case QUERY_STATE:
		return search_state(s, q, row, e);
	default:
		return db_query(s->db, row, e,
		    "SELECT d.message FROM delivery x JOIN draft d"
		    " ON d.id = x.draft WHERE x.state = ?",
		    "s", q->text);
	}
}

static int
search_live(const struct search *s, const struct query_term *q,
    struct search_term *t, struct err *e)
{
	struct db_row *row;

	t->live = xcalloc(search_live_bytes(s) + 1, 1);
	if (q->field == QUERY_ID) {
		search_live_put(s, t, q->from);
		return 0;
	}
	if (search_live_query(s, q, &row, e) == -1)
		return -1;
	return search_live_walk(s, t, row, e);
}

/* --- terms ------------------------------------------------------------------
 */

static unsigned
search_columns(enum query_field field)
{
	switch (field) {
	case QUERY_FROM:
		return 1U << INDEX_SENDER;
	case QUERY_TO:
		return 1U << INDEX_RECIPIENT;
	case QUERY_SUBJECT:
		return 1U << INDEX_SUBJECT;
	case QUERY_BODY:
		return 1U << INDEX_TEXT;
	case QUERY_ATTACHMENT:
		return 1U << INDEX_ATTACHED;
	case QUERY_WORDS:
		return SEARCH_WORDS;
	default:
		return 0;
	}
}

static int
search_prepare(const struct search *s, const struct query_term *q,
    struct search_term *t, struct err *e)
{
	buf_init(&t->run, (size_t)2 * QUERY_BYTES * BLIND_GROUP);
	t->columns = search_columns(q->field);
	if (t->columns != 0) {
		index_ask_text(s->x, &t->run, q->text, strlen(q->text));
		return 0;
	}
	if (q->field == QUERY_EXACT) {
		t->columns = 1U << INDEX_EXACT;
		index_ask_exact(s->x, &t->run, q->name, q->text);
		return 0;
	}
	return q->field == QUERY_DATE ? 0 : search_live(s, q, t, e);
}

static int
search_term(const struct search *s, size_t i, int64_t part,
    struct index_set *out, struct err *e)
{
	const struct query_term *q = &s->q->term[i];
	const struct search_term *t = &s->term[i];

	if (q->field == QUERY_DATE)
		return index_between(s->x, part, q->from, q->until, out, e);
	if (t->columns != 0)
		return index_match(s->x, part, t->columns, &t->run, out, e);
	memcpy(out->bit, t->live + (size_t)part * sizeof(out->bit),
	    sizeof(out->bit));
	return 0;
}

/* --- operators, for one part ------------------------------------------------
 */

static void
search_both(struct index_set *a, const struct index_set *b, bool and)
{
	for (size_t i = 0; i < sizeof(a->bit); i++)
		a->bit[i] = and? a->bit[i] & b->bit[i] : a->bit[i] | b->bit[i];
}

/* The parser has seen to it that each operator has its operands. */
static int
search_part(const struct search *s, int64_t part, struct err *e)
{
	struct index_set all;
	size_t top = 0, term = 0;

	/* also what only the database knows must be a message of the index */
	if (index_all(s->x, part, &all, e) == -1)
		return -1;
	for (size_t i = 0; i < s->q->ops; i++) {
		enum query_op op = s->q->op[i];

		if (op == QUERY_TERM) {
			if (search_term(s, term++, part, &s->stack[top++], e) ==
			    -1)
				return -1;
		} else if (op == QUERY_NOT) {
			for (size_t k = 0; k < sizeof(all.bit); k++)
				s->stack[top - 1].bit[k] =
				    (unsigned char)~s->stack[top - 1].bit[k];
		} else {
			top--;
			search_both(&s->stack[top - 1], &s->stack[top],
			    op == QUERY_AND);
		}
	}
	search_both(&s->stack[0], &all, true);
	return 0;
}

static int
search_tell(const struct search *s, int64_t part,
    int (*found)(void *context, int64_t message, struct err *e), void *context,
    struct err *e)
{
	for (int64_t i = INDEX_PART - 1; i >= 0; i--) {
		int64_t message = part * INDEX_PART + i;
		int rc;

		if (!index_set_has(&s->stack[0], message))
			continue;
		rc = found(context, message, e);
		if (rc != 1)
			return rc;
	}
	return 1;
}

static void
search_free(struct search *s)
{
	for (size_t i = 0; i < s->q->terms; i++) {
		buf_free(&s->term[i].run);
		free(s->term[i].live);
	}
	free(s->term);
	free(s->part);
	free(s->stack);
}

int
search_walk(struct index *x, struct db *db, const struct query *q,
    int (*found)(void *context, int64_t message, struct err *e), void *context,
    struct err *e)
{
	struct search s = {.x = x, .db = db, .q = q};
	int rc = 1;

	if (index_parts(x, &s.part, &s.parts, e) == -1)
		return -1;
	s.term = xcalloc(q->terms + 1, sizeof(*s.term));
	s.stack = xcalloc(q->terms + 1, sizeof(*s.stack));
	for (size_t i = 0; i < q->terms && rc == 1; i++)
		if (search_prepare(&s, &q->term[i], &s.term[i], e) == -1)
			rc = -1;
	for (size_t i = 0; i < s.parts && rc == 1; i++) {
		rc = search_part(&s, s.part[i], e) == -1
			 ? -1
			 : search_tell(&s, s.part[i], found, context, e);
	}
	search_free(&s);
	return rc == -1 ? -1 : 0;
}
