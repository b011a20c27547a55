#include "cases/stats.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "config/category.h"
#include "store/value.h"

/* The contact's tag that says where somebody is, or NULL. */
#define STATS_TAG(contact)                                                     \
	"(SELECT min(t.tag) FROM contact_tag t WHERE t.contact = " contact     \
	" AND t.tag IN ('domestic', 'abroad'))"

/*
 * Answers to people outside that have left: draft d, delivery v. The plus keeps
 * SQLite from going over all that was sent for each case.
 */
#define STATS_ANSWER                                                           \
	" d.kind IN ('answer', 'facts') AND +v.state = 'sent'"                 \
	" AND NOT EXISTS (SELECT 1 FROM contact k WHERE k.id = v.contact"      \
	" AND k.class = 'staff')"

struct numbers {
	int64_t *item;
	size_t count;
};

static void
numbers_add(struct numbers *n, int64_t value)
{
	n->item = xgrow(n->item, n->count, sizeof(*n->item));
	n->item[n->count++] = value < 0 ? 0 : value;
}

static int
numbers_compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
numbers_time(struct numbers *n, struct stats_time *out)
{
	size_t rank, half = n->count / 2;

	*out = (struct stats_time){.count = (int64_t)n->count};
	if (n->count == 0)
		return;
	qsort(n->item, n->count, sizeof(*n->item), numbers_compare);
	out->median =
	    n->count % 2 == 1
		? n->item[half]
		: n->item[half - 1] + (n->item[half] - n->item[half - 1]) / 2;
	rank = (9 * n->count + 9) / 10;
	out->p90 = n->item[rank - 1];
}

enum stats_place
stats_place_of(const char *address, const char *tag, const char *country)
{
	const char *dot;

	if (tag != NULL)
		return strcmp(tag, "domestic") == 0 ? STATS_DOMESTIC
						    : STATS_ABROAD;
	dot = address == NULL ? NULL : strrchr(address, '.');
	if (dot == NULL || strlen(dot + 1) != 2 || strchr(dot, '@') != NULL)
		return STATS_UNKNOWN;
	return strcasecmp(dot + 1, country) == 0 ? STATS_DOMESTIC
						 : STATS_ABROAD;
}

static void
stats_place(struct stats_origin *o, const struct db_row *row, int address,
    int tag, const char *country)
{
	switch (
	    stats_place_of(db_text(row, address), db_text(row, tag), country)) {
	case STATS_DOMESTIC:
		o->domestic++;
		break;
	case STATS_ABROAD:
		o->abroad++;
		break;
	case STATS_UNKNOWN:
		o->unknown++;
		break;
	}
}

/* The month of a time within from and to. */
static struct stats_month *
stats_month(struct stats *s, int64_t at)
{
	size_t low = 0, high = s->months;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (s->month[middle].start <= at)
			low = middle;
		else
			high = middle;
	}
	return &s->month[low];
}

/* Without a class that we know, and in imports that never had one: public. */
static void
stats_class(struct stats *s, const char *name)
{
	enum class c = CLASS_PUBLIC;

	if (name != NULL)
		(void)class_parse(name, &c);
	s->by_class[c]++;
}

static int
stats_reports(struct db *db, struct stats *s, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT m.received_at, m.sender_address,"
		" " STATS_TAG(
		    "m.sender_contact") ", json_extract(m.facts,"
					" '$.sender.class') FROM message m"
					" WHERE m.direction = 'in'"
					" AND m.kind IN ('report', "
					"'vulnerability')"
					" AND m.received_at >= ? AND "
					"m.received_at < ?"
					" AND NOT EXISTS (SELECT 1 FROM "
					"contact k"
					" WHERE k.id = m.sender_contact AND "
					"k.class = 'staff')",
		"ii", s->from, s->to) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		s->reports++;
		stats_month(s, db_int(row, 0))->reports++;
		stats_place(&s->reporters, row, 1, 2, s->country);
		stats_class(s, db_text(row, 3));
	}
	return rc;
}

static size_t
stats_category(const struct stats *s, const char *category)
{
	size_t i = 0;

	/* the last one stands for what has none, or one that is not known */
	while (i + 1 < s->categories &&
	       (category == NULL || strcmp(s->category[i], category) != 0))
		i++;
	return i;
}

static void
stats_case(struct stats *s, int64_t at, const char *category)
{
	size_t i = stats_category(s, category);
	struct stats_month *m = stats_month(s, at);

	s->total[i]++;
	m->category[i]++;
	if (category != NULL && strcmp(category, "vulnerability") == 0) {
		s->vulnerabilities++;
	} else if (category != NULL && strcmp(category, "exercise") == 0) {
		s->exercises++;
	} else {
		s->incidents++;
		m->incidents++;
	}
}

static int
stats_requests(struct db *db, struct stats *s, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT v.sent_at, v.recipient, " STATS_TAG(
		    "v.contact") " FROM delivery v JOIN draft d ON d.id = "
				 "v.draft"
				 " JOIN message m ON m.id = d.message"
				 " WHERE" STATS_ANSWER
				 " AND v.sent_at >= ? AND v.sent_at < ?"
				 " AND m.cases IS NOT NULL AND NOT EXISTS "
				 "(SELECT 1 FROM message i"
				 " WHERE i.cases = m.cases AND i.direction = "
				 "'in'"
				 " AND i.received_at <= v.sent_at"
				 " AND (i.sender_address = v.recipient COLLATE "
				 "NOCASE"
				 " OR i.sender_contact = v.contact))",
		"ii", s->from, s->to) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		s->requests++;
		stats_month(s, db_int(row, 0))->requests++;
		stats_place(&s->requested, row, 1, 2, s->country);
	}
	return rc;
}

/* Cases that were opened, and how soon somebody outside had an answer. */
static int
stats_opened(struct db *db, struct stats *s, struct err *e)
{
	struct numbers n = {0};
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT c.opened_at, c.category, c.state, (SELECT"
		" min(v.sent_at) FROM message m JOIN draft d ON d.message ="
		" m.id JOIN delivery v ON v.draft = d.id WHERE m.cases = c.id"
		" AND m.direction = 'out' AND" STATS_ANSWER "), c.owed"
		" FROM cases c WHERE c.opened_at >= ? AND c.opened_at < ?"
		" AND c.merged_into IS NULL",
		"ii", s->from, s->to) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		stats_case(s, db_int(row, 0), db_text(row, 1));
		if (!db_is_null(row, 3))
			numbers_add(&n, db_int(row, 3) - db_int(row, 0));
		else if (db_int(row, 4) != 0 &&
			 strcmp(db_text(row, 2), "closed") != 0)
			s->unanswered++;
	}
	numbers_time(&n, &s->answered);
	free(n.item);
	return rc;
}

int
stats_first_answer(struct db *db, int64_t cases, int64_t *at, struct err *e)
{
	return db_get_int(db, at, 0, e,
	    "SELECT min(v.sent_at) FROM message m JOIN draft d ON d.message ="
	    " m.id JOIN delivery v ON v.draft = d.id WHERE m.cases = ?"
	    " AND m.direction = 'out' AND" STATS_ANSWER,
	    "i", cases);
}

static int
stats_closed(struct db *db, struct stats *s, struct err *e)
{
	struct numbers n = {0};
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT closed_at - opened_at FROM cases"
		" WHERE state = 'closed' AND closed_at >= ? AND closed_at < ?"
		" AND merged_into IS NULL",
		"ii", s->from, s->to) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		numbers_add(&n, db_int(row, 0));
	numbers_time(&n, &s->closed);
	free(n.item);
	return rc;
}

int
stats_count(struct db *db, struct stats *s, struct err *e)
{
	struct db_view view;
	int rc;

	s->categories = 0;
	for (size_t i = 0;
	     category_at(i) != NULL && s->categories + 1 < STATS_CATEGORIES;
	     i++)
		s->category[s->categories++] = category_at(i);
	s->category[s->categories++] = NULL;
	if (db_view_begin(db, &view, e) == -1)
		return -1;
	rc = stats_reports(db, s, e);
	if (rc == 0)
		rc = stats_opened(db, s, e);
	if (rc == 0)
		rc = stats_requests(db, s, e);
	if (rc == 0)
		rc = stats_closed(db, s, e);
	db_view_end(&view);
	return rc;
}

static json_t *
stats_json_origin(const struct stats_origin *o)
{
	return json_pack("{s:I, s:I, s:I}", "domestic", (json_int_t)o->domestic,
	    "abroad", (json_int_t)o->abroad, "unknown", (json_int_t)o->unknown);
}

static json_t *
stats_json_time(const struct stats_time *t)
{
	if (t->count == 0)
		return json_pack(
		    "{s:i, s:n, s:n}", "cases", 0, "median", "p90");
	return json_pack("{s:I, s:I, s:I}", "cases", (json_int_t)t->count,
	    "median", (json_int_t)t->median, "p90", (json_int_t)t->p90);
}

static json_t *
stats_json_month(const struct stats *s, const struct stats_month *m)
{
	json_t *categories = json_object();

	for (size_t i = 0; i < s->categories; i++)
		if (m->category[i] > 0)
			json_object_set_new(categories,
			    s->category[i] == NULL ? "none" : s->category[i],
			    json_integer(m->category[i]));
	return json_pack("{s:s, s:I, s:I, s:I, s:o}", "month", m->name,
	    "reports", (json_int_t)m->reports, "incidents",
	    (json_int_t)m->incidents, "requests", (json_int_t)m->requests,
	    "categories", categories);
}

static json_t *
stats_json_classes(const struct stats *s)
{
	json_t *list = json_array();

	for (int c = 0; c < CLASSES; c++)
		if (s->by_class[c] > 0)
			json_array_append_new(
			    list, json_pack("{s:s, s:I}", "class",
				      class_name((enum class)c), "reports",
				      (json_int_t)s->by_class[c]));
	return list;
}

json_t *
stats_json(const struct stats *s)
{
	json_t *months = json_array(), *list = json_array();

	for (size_t i = 0; i < s->months; i++)
		json_array_append_new(
		    months, stats_json_month(s, &s->month[i]));
	for (size_t i = 0; i < s->categories; i++)
		if (s->total[i] > 0)
			json_array_append_new(
			    list, json_pack("{s:s?, s:s, s:I}", "category",
				      s->category[i], "statistics",
				      category_statistics(s->category[i]),
				      "cases", (json_int_t)s->total[i]));
	return json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o,"
			 " s:o, s:o, s:o, s:o, s:I}",
	    "from", value_time(s->from), "to", value_time(s->to), "reports",
	    (json_int_t)s->reports, "incidents", (json_int_t)s->incidents,
	    "requests", (json_int_t)s->requests, "vulnerabilities",
	    (json_int_t)s->vulnerabilities, "exercises",
	    (json_int_t)s->exercises, "months", months, "categories", list,
	    "classes", stats_json_classes(s), "reporters",
	    stats_json_origin(&s->reporters), "requested",
	    stats_json_origin(&s->requested), "first_answer",
	    stats_json_time(&s->answered), "closed",
	    stats_json_time(&s->closed), "unanswered",
	    (json_int_t)s->unanswered);
}
