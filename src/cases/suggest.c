#include "cases/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strs.h"
#include "base/utf8.h"
#include "cases/case.h"
#include "cases/reference.h"
#include "cases/rfc_id.h"
#include "cases/trait.h"

#define SUGGEST_MESSAGES 200 /* of the case, the newest, that are looked at */
#define SUGGEST_NAMED 3 /* traits that a reason names */
#define SUGGEST_WORDS 2 /* words in common, at least */
#define SUGGEST_LINE 400 /* bytes of a name in a reason */

enum suggest_kind {
	SUGGEST_REFERENCE,
	SUGGEST_THREAD, /* one refers to the other, or both to a third */
	SUGGEST_FILE,
	SUGGEST_INDICATOR,
	SUGGEST_SUBJECT,
	SUGGEST_SIMILAR, /* some words of the subject */
	SUGGEST_KINDS
};

/* What one of a kind weighs, if one other case has it. */
static const struct {
	const char *name;
	const char *reason;
	double weight;
} suggest_kinds[SUGGEST_KINDS] = {
    [SUGGEST_REFERENCE] = {"reference", "the same reference number", 3},
    [SUGGEST_THREAD] = {"thread", "the same thread", 2},
    [SUGGEST_FILE] = {"file", "the same file", 2},
    [SUGGEST_INDICATOR] = {"indicator", "the same indicator", 1},
    [SUGGEST_SUBJECT] = {"subject", "the same subject", 0.5},
    [SUGGEST_SIMILAR] = {"subject", "a similar subject", 0.2},
};

static const enum suggest_kind suggest_of[TRAIT_KINDS] = {
    [TRAIT_INDICATOR] = SUGGEST_INDICATOR,
    [TRAIT_FILE] = SUGGEST_FILE,
    [TRAIT_SUBJECT] = SUGGEST_SUBJECT,
    [TRAIT_WORD] = SUGGEST_SIMILAR};

/* Another case, for one kind of reason. */
struct suggestion {
	int64_t cases;
	enum suggest_kind kind;
	double weight;
	struct strs names;
	json_t *messages;
};

struct suggesting {
	struct db *db;
	struct vault *vault;
	int64_t cases;
	const struct suggest_reader *reader;
	struct strs seen; /* kind and value, looked up already */
	struct suggestion *item;
	size_t count;
	int rc;
	struct err *e;
};

static struct suggestion *
suggest_item(struct suggesting *s, int64_t cases, enum suggest_kind kind)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->item[i].cases == cases && s->item[i].kind == kind)
			return &s->item[i];
	s->item = xgrow(s->item, s->count, sizeof(*s->item));
	s->item[s->count] = (struct suggestion){
	    .cases = cases, .kind = kind, .messages = json_array()};
	return &s->item[s->count++];
}

static void
suggest_add(struct suggesting *s, int64_t cases, enum suggest_kind kind,
    const char *name, size_t of, int64_t message)
{
	struct suggestion *x = suggest_item(s, cases, kind);
	const json_t *one;
	bool again = message == 0;
	size_t i;

	if (!strs_has(&x->names, name)) {
		strs_add(&x->names, name);
		x->weight += suggest_kinds[kind].weight / (double)of;
	}
	json_array_foreach(x->messages, i, one) again =
	    again || json_integer_value(one) == message;
	if (!again)
		json_array_append_new(x->messages, json_integer(message));
}

static int
suggest_may(struct suggesting *s, int64_t message, bool *may, struct err *e)
{
	struct message m;
	int rc;

	if (message_get(s->db, message, &m, e) == -1)
		return -1;
	rc = s->reader->may(s->reader->context, &m, may, e);
	message_free(&m);
	return rc;
}

/* How many different cases there are among places. */
static size_t
suggest_cases(const struct trait_place *place, int n)
{
	size_t count = 0;

	for (int i = 0; i < n; i++) {
		bool again = false;

		for (int k = 0; k < i; k++)
			again = again || place[k].cases == place[i].cases;
		count += again ? 0 : 1;
	}
	return count;
}

/* Who refers to the same mail: an id that many have is a machine's. */
static int
suggest_thread(struct suggesting *s, int64_t id, struct err *e)
{
	struct rfc_id_place akin[RFC_ID_AKIN];
	struct trait_place place[RFC_ID_AKIN];
	int n = rfc_id_akin(s->db, id, s->cases, akin, e), rc = 0;
	size_t of;

	for (int i = 0; i < n; i++)
		place[i] = (struct trait_place){akin[i].id, akin[i].cases};
	of = n > 0 ? suggest_cases(place, n) : 0;
	if (n == RFC_ID_AKIN || of > SUGGEST_COMMON)
		return 0;
	for (int i = 0; i < n && rc == 0; i++) {
		bool may = false;
		char *name;

		rc = suggest_may(s, place[i].message, &may, e);
		if (rc == -1 || !may)
			continue;
		name = xasprintf("message %lld", (long long)place[i].message);
		suggest_add(s, place[i].cases, SUGGEST_THREAD, name, of,
		    place[i].message);
		free(name);
	}
	return n == -1 ? -1 : rc;
}

/* Who else has this trait; what all have says nothing. */
static void
suggest_trait(
    void *context, enum trait_kind kind, const char *value, const char *name)
{
	struct trait_place place[TRAIT_PLACES];
	struct suggesting *s = context;
	char *key = xasprintf("%d:%s", (int)kind, value);
	bool again = strs_has(&s->seen, key);
	size_t of;
	int n;

	if (!again)
		strs_add(&s->seen, key);
	free(key);
	if (again || s->rc == -1)
		return;
	n = trait_find(s->db, s->vault, kind, value, s->cases, place, s->e);
	of = n > 0 ? suggest_cases(place, n) : 0;
	s->rc = n == -1 ? -1 : 0;
	if (n == TRAIT_PLACES || of > SUGGEST_COMMON)
		return;
	for (int i = 0; i < n && s->rc == 0; i++) {
		bool may = false;

		s->rc = suggest_may(s, place[i].message, &may, s->e);
		if (s->rc == 0 && may)
			suggest_add(s, place[i].cases, suggest_of[kind], name,
			    of, place[i].message);
	}
}

/* The other parties' numbers stand open. */
static int
suggest_reference(struct suggesting *s, const char *number, struct err *e)
{
	size_t count, others = 0;
	int64_t *other;

	if (reference_cases(s->db, number, &other, &count, e) == -1)
		return -1;
	/* of another's spelling, the case itself is none */
	for (size_t i = 0; i < count; i++)
		others += other[i] != s->cases;
	for (size_t i = 0; i < count && count <= SUGGEST_COMMON; i++)
		if (other[i] != s->cases)
			suggest_add(
			    s, other[i], SUGGEST_REFERENCE, number, others, 0);
	free(other);
	return 0;
}

static int
suggest_references(struct suggesting *s, struct err *e)
{
	struct strs numbers = {0};
	int rc = reference_list(s->db, s->cases, &numbers, e);

	for (size_t i = 0; i < numbers.count && rc == 0; i++) {
		char *other = reference_other(numbers.item[i]);

		rc = suggest_reference(s, numbers.item[i], e);
		if (rc == 0 && other != NULL)
			rc = suggest_reference(s, other, e);
		free(other);
	}
	strs_free(&numbers);
	return rc;
}

static int
suggest_message(struct suggesting *s, int64_t id, struct err *e)
{
	struct err why = {0};
	struct message m;
	bool may = false;
	int rc = 0;

	if (message_get(s->db, id, &m, e) == -1)
		return -1;
	rc = s->reader->may(s->reader->context, &m, &may, e);
	if (rc == 0 && may)
		rc = suggest_thread(s, id, e);
	if (rc == 0 && may && message_unseal(s->db, s->vault, &m, &why) == 0) {
		trait_walk(&m, suggest_trait, s);
		rc = s->rc;
	} else if (rc == 0 && may && why.code != ERR_NOINPUT) {
		rc = err_set(e, why.code, "%s", why.text);
	}
	message_free(&m);
	return rc;
}

static int
suggest_messages(struct suggesting *s, struct err *e)
{
	const struct message_filter f = {.cases = s->cases};
	int64_t *id = NULL;
	size_t count = 0, from;
	int rc = message_list(s->db, &f, &id, &count, e);

	from = count > SUGGEST_MESSAGES ? count - SUGGEST_MESSAGES : 0;
	for (size_t i = from; i < count && rc == 0; i++)
		rc = suggest_message(s, id[i], e);
	free(id);
	return rc;
}

static int
suggest_order(const void *a, const void *b)
{
	const struct suggestion *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->cases < y->cases ? 1 : x->cases > y->cases ? -1 : 0;
}

/* Words that the same subject has anyway, or too few of them. */
static bool
suggest_is_weak(const struct suggesting *s, const struct suggestion *x)
{
	if (x->kind != SUGGEST_SIMILAR)
		return false;
	for (size_t i = 0; i < s->count; i++)
		if (s->item[i].cases == x->cases &&
		    s->item[i].kind == SUGGEST_SUBJECT)
			return true;
	return x->names.count < SUGGEST_WORDS;
}

static void
suggest_reason(const struct suggestion *x, struct buf *out)
{
	buf_puts(out, suggest_kinds[x->kind].reason);
	for (size_t i = 0; i < x->names.count && i < SUGGEST_NAMED; i++) {
		buf_puts(out, i == 0 ? ": " : ", ");
		(void)utf8_put_line(out, x->names.item[i],
		    strnlen(x->names.item[i], SUGGEST_LINE));
	}
	if (x->names.count > SUGGEST_NAMED)
		buf_putf(out, " and %zu more", x->names.count - SUGGEST_NAMED);
}

static int
suggest_one(struct suggesting *s, const struct suggestion *x, json_t *list,
    struct err *e)
{
	struct case_file other;
	struct buf reason;

	if (case_get(s->db, NULL, x->cases, &other, e) == -1)
		return -1;
	buf_init_secret(&reason, 8 * SUGGEST_LINE * SUGGEST_NAMED);
	suggest_reason(x, &reason);
	json_array_append_new(list,
	    json_pack("{s:s, s:s, s:s, s:f, s:O}", "case", other.name, "kind",
		suggest_kinds[x->kind].name, "reason", buf_str(&reason),
		"weight", x->weight, "messages", x->messages));
	buf_free(&reason);
	case_free(&other);
	return 0;
}

int
suggest_json(struct db *db, struct vault *v, int64_t cases,
    const struct suggest_reader *reader, json_t **out, struct err *e)
{
	struct suggesting s = {
	    .db = db, .vault = v, .cases = cases, .reader = reader, .e = e};
	int rc = -1;

	*out = json_array();
	if (suggest_references(&s, e) == 0 && suggest_messages(&s, e) == 0) {
		rc = 0;
		if (s.count > 1)
			qsort(s.item, s.count, sizeof(*s.item), suggest_order);
	}
	for (size_t i = 0;
	     i < s.count && rc == 0 && json_array_size(*out) < SUGGEST_MAX; i++)
		if (!suggest_is_weak(&s, &s.item[i]))
			rc = suggest_one(&s, &s.item[i], *out, e);
	for (size_t i = 0; i < s.count; i++) {
		strs_free(&s.item[i].names);
		json_decref(s.item[i].messages);
	}
	free(s.item);
	strs_free(&s.seen);
	if (rc == -1) {
		json_decref(*out);
		*out = NULL;
	}
	return rc;
}
