#include "cases/similar.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "cases/search.h"

#define SIMILAR_INDICATOR 4 /* weighs as much as so many words */
#define SIMILAR_WORD 4 /* letters of a word, at least */
#define SIMILAR_TEXT (64U << 10) /* bytes of each text that are read */
#define SIMILAR_RUN 48 /* bytes of a word, at most */

/* --- what a case says -------------------------------------------------------
 */

enum script { SCRIPT_NONE, SCRIPT_LATIN, SCRIPT_KATAKANA, SCRIPT_KANJI };

static enum script
similar_script(uint32_t cp)
{
	if ((cp >= '0' && cp <= '9') || (cp >= 'a' && cp <= 'z') ||
	    (cp >= 'A' && cp <= 'Z') || (cp >= 0xc0 && cp < 0x1100))
		return SCRIPT_LATIN;
	if ((cp >= 0x30a1 && cp <= 0x30fa) || (cp >= 0x30fc && cp <= 0x30ff))
		return SCRIPT_KATAKANA;
	if ((cp >= 0x3400 && cp <= 0x9fff) || cp == 0x3005)
		return SCRIPT_KANJI;
	return SCRIPT_NONE;
}

/* A run that may tell a case from others: kana and numbers alone do not. */
static void
similar_run(struct similar *s, const char *p, size_t len, size_t points,
    enum script script)
{
	static const size_t least[] = {[SCRIPT_LATIN] = SIMILAR_WORD,
	    [SCRIPT_KATAKANA] = 3,
	    [SCRIPT_KANJI] = 2};
	char word[SIMILAR_RUN + 1];
	bool letters = false;

	if (script == SCRIPT_NONE || points < least[script] ||
	    len > SIMILAR_RUN || s->word.count >= SIMILAR_TERMS)
		return;
	for (size_t i = 0; i < len; i++) {
		word[i] =
		    p[i] >= 'A' && p[i] <= 'Z' ? p[i] + ('a' - 'A') : p[i];
		letters = letters || word[i] < '0' || word[i] > '9';
	}
	word[len] = '\0';
	if (letters)
		strs_add_once(&s->word, word);
}

static void
similar_text(struct similar *s, const json_t *text)
{
	const char *p = json_string_value(text), *start = p;
	size_t len = json_string_length(text), points = 0;
	enum script last = SCRIPT_NONE;

	len = len < SIMILAR_TEXT ? len : SIMILAR_TEXT;
	while (p != NULL && len > 0) {
		uint32_t cp;
		size_t n = utf8_next((const unsigned char *)p, len, &cp);
		enum script now = n == 0 ? SCRIPT_NONE : similar_script(cp);

		if (now != last) {
			similar_run(
			    s, start, (size_t)(p - start), points, last);
			start = p;
			points = 0;
			last = now;
		}
		points++;
		n = n == 0 ? 1 : n;
		p += n;
		len -= n;
	}
	if (p != NULL)
		similar_run(s, start, (size_t)(p - start), points, last);
}

void
similar_add(struct similar *s, const struct message *m)
{
	const json_t *one, *value;
	size_t i;

	json_array_foreach(json_object_get(m->content, "indicators"), i, one)
	{
		value = json_object_get(one, "value");
		if (json_is_string(value))
			strs_add_once(&s->indicator, json_string_value(value));
	}
	json_array_foreach(json_object_get(m->content, "attachments"), i, one)
	{
		value = json_object_get(one, "sha256");
		if (json_is_string(value))
			strs_add_once(&s->indicator, json_string_value(value));
	}
	similar_text(s, json_object_get(m->content, "subject"));
	similar_text(s, json_object_get(m->content, "text"));
}

void
similar_free(struct similar *s)
{
	strs_free(&s->indicator);
	strs_free(&s->word);
}

/* --- who else says it -------------------------------------------------------
 */

struct similar_look {
	struct index *x;
	struct db *db;
	int64_t *part;
	size_t parts;
	int64_t cases;
	int (*may)(void *context, int64_t message, bool *yes, struct err *e);
	void *context;
	struct similar_cases *out;
	int64_t seen[SIMILAR_COMMON]; /* cases of one term */
	size_t count;
};

static struct similar_case *
similar_of(struct similar_cases *l, int64_t cases)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->item[i].cases == cases)
			return &l->item[i];
	l->item = xgrow(l->item, l->count, sizeof(*l->item));
	l->item[l->count] = (struct similar_case){.cases = cases};
	return &l->item[l->count++];
}

static int
similar_note(struct similar_look *k, int64_t message, struct err *e)
{
	int64_t cases;
	bool yes;

	if (db_get_int(k->db, &cases, 0, e,
		"SELECT cases FROM message WHERE id = ?", "i", message) == -1)
		return -1;
	if (cases == 0 || cases >= k->cases)
		return 0;
	for (size_t i = 0; i < k->count; i++)
		if (k->seen[i] == cases)
			return 0;
	if (k->may(k->context, message, &yes, e) == -1)
		return -1;
	if (yes)
		k->seen[k->count++] = cases;
	return 0;
}

/* Up to SIMILAR_COMMON + 1 messages that have the run: *count. */
static int
similar_messages(struct similar_look *k, unsigned columns,
    const struct buf *run, int64_t message[SIMILAR_COMMON + 1], size_t *count,
    struct err *e)
{
	struct index_set set;

	*count = 0;
	for (size_t i = 0; i < k->parts; i++) {
		if (index_match(k->x, k->part[i], columns, run, &set, e) == -1)
			return -1;
		for (size_t b = 0; b < INDEX_PART; b++) {
			if (b % 8 == 0 && set.bit[b / 8] == 0) {
				b += 7;
				continue;
			}
			if ((set.bit[b / 8] >> (b % 8) & 1) == 0)
				continue;
			if (*count > SIMILAR_COMMON)
				return 0;
			message[(*count)++] =
			    k->part[i] * INDEX_PART + (int64_t)b;
		}
	}
	return 0;
}

static int
similar_term(
    struct similar_look *k, const char *term, bool indicator, struct err *e)
{
	int64_t message[SIMILAR_COMMON + 1];
	struct buf run;
	size_t count;
	int rc;

	buf_init(&run, (size_t)4 * SIMILAR_RUN * BLIND_GROUP);
	if (indicator)
		index_ask_exact(k->x, &run, "indicator", term);
	else
		index_ask_text(k->x, &run, term, strlen(term));
	rc = similar_messages(k, indicator ? 1U << INDEX_EXACT : SEARCH_WORDS,
	    &run, message, &count, e);
	buf_free(&run);
	k->count = 0;
	for (size_t i = 0; rc == 0 && count <= SIMILAR_COMMON && i < count; i++)
		rc = similar_note(k, message[i], e);
	for (size_t i = 0; rc == 0 && i < k->count; i++) {
		struct similar_case *c = similar_of(k->out, k->seen[i]);

		c->indicators += indicator ? 1 : 0;
		c->words += indicator ? 0 : 1;
		if (c->reason.count < SIMILAR_REASONS)
			strs_add_once(&c->reason, term);
	}
	return rc;
}

static size_t
similar_weight(const struct similar_case *c)
{
	return c->indicators * SIMILAR_INDICATOR + c->words;
}

static int
similar_compare(const void *a, const void *b)
{
	const struct similar_case *x = a, *y = b;
	size_t wx = similar_weight(x), wy = similar_weight(y);

	if (wx != wy)
		return wx > wy ? -1 : 1;
	return x->cases > y->cases ? -1 : x->cases < y->cases;
}

/* One word may be anybody's. */
static void
similar_drop(struct similar_cases *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		if (similar_weight(&l->item[i]) < 2)
			strs_free(&l->item[i].reason);
		else
			l->item[kept++] = l->item[i];
	}
	l->count = kept;
	if (kept > 0)
		qsort(l->item, kept, sizeof(*l->item), similar_compare);
}

int
similar_find(struct index *x, struct db *db, const struct similar *s,
    int64_t cases,
    int (*may)(void *context, int64_t message, bool *yes, struct err *e),
    void *context, struct similar_cases *out, struct err *e)
{
	struct similar_look k = {.x = x,
	    .db = db,
	    .cases = cases,
	    .may = may,
	    .context = context,
	    .out = out};
	int rc;

	*out = (struct similar_cases){0};
	rc = index_parts(x, false, &k.part, &k.parts, e);
	for (size_t i = 0; i < s->indicator.count && rc == 0; i++)
		rc = similar_term(&k, s->indicator.item[i], true, e);
	for (size_t i = 0; i < s->word.count && rc == 0; i++)
		rc = similar_term(&k, s->word.item[i], false, e);
	free(k.part);
	if (rc == 0)
		similar_drop(out);
	else
		similar_cases_free(out);
	return rc;
}

void
similar_cases_free(struct similar_cases *l)
{
	for (size_t i = 0; i < l->count; i++)
		strs_free(&l->item[i].reason);
	free(l->item);
	*l = (struct similar_cases){0};
}
