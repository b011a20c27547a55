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
	unsigned char *live; /* of the database: a bit for each message or case
				of the parts that are walked over */
};

struct search_operand {
	struct index_set set;
	bool within; /* all of it has an entry; what only the database knows of,
			or is the rest of something, may have none */
};

struct search {
	struct index *x;
	struct db *db;
	const struct query *q;
	bool cases; /* that are walked over; else messages */
	struct search_term *term;
	int64_t *part;
	size_t parts;
	struct search_operand *stack; /* one for each term, and one */
};

/* --- what the database knows -------------------------------------------------
 */

/* The first number of what is walked over. */
static int64_t
search_first(const struct search *s)
{
	return s->cases ? INDEX_CASES : 0;
}

/* Room for all of the parts there are. */
static size_t
search_live_bytes(const struct search *s)
{
	int64_t first = search_first(s) / INDEX_PART;

	return s->parts == 0
		   ? 0
		   : (size_t)(s->part[0] - first + 1) * (INDEX_PART / 8);
}

static void
search_live_put(const struct search *s, struct search_term *t, int64_t n)
{
	if (n >= 0 && (size_t)n / 8 < search_live_bytes(s))
		t->live[n / 8] |= (unsigned char)(1U << (n % 8));
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
	rc = db_query(s->db, row, e,
	    s->cases ? "SELECT ?" : "SELECT id FROM message WHERE cases = ?",
	    "i", c.id);
	case_free(&c);
	return rc;
}

static int
search_tag(const struct search *s, const struct query_term *q,
    struct db_row **row, struct err *e)
{
	return db_query(s->db, row, e,
	    s->cases ? "SELECT cases FROM case_tag"
		       " WHERE lower(tag) = lower(?)"
		     : "SELECT m.id FROM case_tag t JOIN message m"
		       " ON m.cases = t.cases WHERE lower(t.tag) = lower(?)",
	    "s", q->text);
}

#define SEARCH_STATE                                                           \
	" CASE ?1 WHEN 'owed' THEN c.owed <> 0 WHEN 'open' THEN c.state IN"    \
	" ('new', 'open', 'waiting') ELSE c.state = ?1 END"

static int
search_state(const struct search *s, const struct query_term *q,
    struct db_row **row, struct err *e)
{
	return db_query(s->db, row, e,
	    s->cases ? "SELECT c.id FROM cases c WHERE" SEARCH_STATE
		     : "SELECT m.id FROM cases c JOIN message m"
		       " ON m.cases = c.id WHERE" SEARCH_STATE,
	    "s", q->text);
}

static int
search_delivery(const struct search *s, const struct query_term *q,
    struct db_row **row, struct err *e)
{
	return db_query(s->db, row, e,
	    s->cases ? "SELECT -1 WHERE ? IS NULL"
		     : "SELECT d.message FROM delivery x JOIN draft d"
		       " ON d.id = x.draft WHERE x.state = ?",
	    "s", q->text);
}

static int
search_live(const struct search *s, const struct query_term *q,
    struct search_term *t, struct err *e)
{
	struct db_row *row;
	int rc;

	t->live = xcalloc(search_live_bytes(s) + 1, 1);
	if (q->field == QUERY_ID) {
		search_live_put(s, t, s->cases ? -1 : q->from);
		return 0;
	}
	if (q->field == QUERY_CASE)
		rc = search_case(s, q, &row, e);
	else if (q->field == QUERY_TAG)
		rc = search_tag(s, q, &row, e);
	else if (q->field == QUERY_STATE)
		rc = search_state(s, q, &row, e);
	else
		rc = search_delivery(s, q, &row, e);
	if (rc == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		search_live_put(s, t, db_int(row, 0));
	return rc;
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
	part -= search_first(s) / INDEX_PART;
	memcpy(out->bit, t->live + (size_t)part * sizeof(out->bit),
	    sizeof(out->bit));
	return 0;
}

/* --- operators, for one part ------------------------------------------------
 */

static void
search_both(
    struct search_operand *to, const struct search_operand *other, bool and)
{
	unsigned char *a = to->set.bit;
	const unsigned char *b = other->set.bit;

	for (size_t i = 0; i < sizeof(to->set.bit); i++)
		a[i] = and? a[i] & b[i] : a[i] | b[i];
	to->within =
	    and? to->within || other->within : to->within && other->within;
}

static void
search_not(struct search_operand *to)
{
	for (size_t i = 0; i < sizeof(to->set.bit); i++)
		to->set.bit[i] = (unsigned char)~to->set.bit[i];
	to->within = false;
}

static bool
search_is_empty(const struct index_set *a)
{
	static const struct index_set none;

	return memcmp(a, &none, sizeof(none)) == 0;
}

/* The parser has seen to it that each operator has its operands. */
static int
search_part(const struct search *s, int64_t part, struct err *e)
{
	struct search_operand all = {.within = true};
	size_t top = 0, term = 0;

	for (size_t i = 0; i < s->q->ops; i++) {
		struct search_operand *to = &s->stack[top];

		switch (s->q->op[i]) {
		case QUERY_TERM:
			if (search_term(s, term, part, &to->set, e) == -1)
				return -1;
			to->within = s->term[term++].live == NULL;
			top++;
			break;
		case QUERY_NOT:
			search_not(to - 1);
			break;
		default:
			search_both(to - 2, to - 1, s->q->op[i] == QUERY_AND);
			top--;
		}
	}
	if (s->stack[0].within || search_is_empty(&s->stack[0].set))
		return 0;
	if (index_all(s->x, part, &all.set, e) == -1)
		return -1;
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

		if (!index_set_has(&s->stack[0].set, message))
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

static int
search_parts(struct search *s,
    int (*found)(void *context, int64_t message, struct err *e), void *context,
    struct err *e)
{
	int rc = 1;

	if (index_parts(s->x, s->cases, &s->part, &s->parts, e) == -1)
		return -1;
	s->term = xcalloc(s->q->terms + 1, sizeof(*s->term));
	s->stack = xcalloc(s->q->terms + 1, sizeof(*s->stack));
	for (size_t i = 0; i < s->q->terms && rc == 1; i++)
		if (search_prepare(s, &s->q->term[i], &s->term[i], e) == -1)
			rc = -1;
	for (size_t i = 0; i < s->parts && rc == 1; i++) {
		rc = search_part(s, s->part[i], e) == -1
			 ? -1
			 : search_tell(s, s->part[i], found, context, e);
	}
	search_free(s);
	return rc;
}

int
search_walk(struct index *x, struct db *db, const struct query *q, bool cases,
    int (*found)(void *context, int64_t message, struct err *e), void *context,
    struct err *e)
{
	struct search messages = {.x = x, .db = db, .q = q};
	struct search titles = {.x = x, .db = db, .q = q, .cases = true};
	struct db_view view;
	int rc;

	if (index_view_begin(x, &view, e) == -1)
		return -1;
	rc = search_parts(&messages, found, context, e);
	if (rc == 1 && cases)
		rc = search_parts(&titles, found, context, e);
	db_view_end(&view);
	return rc == -1 ? -1 : 0;
}
