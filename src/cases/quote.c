#include "cases/quote.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "cases/text_line.h"

#define QUOTE_LINE 20 /* code points of a quoted line that tells */
#define QUOTE_OWN_LINE 30 /* of one without '>': phrases are shorter */
#define QUOTE_SHORT 6 /* of a quoted line that tells with others */
#define QUOTE_SHORT_LINES 3
#define QUOTE_PIECE 40 /* code points of a piece */
#define QUOTE_SAMPLE 3 /* one piece in four is kept, by its hash */

enum quote_kind { QUOTE_WHOLE, QUOTE_BRIEF, QUOTE_PART };

/* A piece of the text that another text may have too. */
struct quote_mark {
	uint64_t hash;
	enum quote_kind kind;
	size_t points; /* of a line */
	bool quoted; /* stands behind '>' */
	bool forgotten;
	unsigned seen; /* in which call it was found last */
};

struct quote {
	struct quote_mark *mark; /* by hash */
	size_t marks, room;
	unsigned call;
};

/* The last code points without white space, and a hash that rolls over them. */
struct quote_window {
	uint32_t cp[QUOTE_PIECE];
	size_t count;
	uint64_t hash;
	bool quoted;
};

/* What a walk over a text finds, and what is done with it. */
struct quote_walk {
	void (*found)(struct quote_walk *w, const struct quote_mark *m);
	struct quote *quote;
	struct quote_window window;
	unsigned brief; /* short lines found */
	unsigned enough; /* of them make a quote */
	bool is; /* a quote was found */
};

#define QUOTE_BASE UINT64_C(0x100000001b3)
#define QUOTE_SEED UINT64_C(0xcbf29ce484222325)

static uint64_t
quote_mix(uint64_t h)
{
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	return h ^ (h >> 33);
}

/* QUOTE_BASE to the power of a piece's length: what the oldest one weighs. */
static uint64_t
quote_weight(void)
{
	uint64_t w = 1;

	for (int i = 0; i < QUOTE_PIECE; i++)
		w *= QUOTE_BASE;
	return w;
}

static void
quote_roll(struct quote_walk *w, uint32_t cp, uint64_t weight)
{
	struct quote_window *v = &w->window;
	size_t at = v->count++ % QUOTE_PIECE;
	struct quote_mark m = {.kind = QUOTE_PART, .quoted = v->quoted};

	v->hash = v->hash * QUOTE_BASE + cp;
	if (v->count > QUOTE_PIECE)
		v->hash -= weight * v->cp[at];
	v->cp[at] = cp;
	m.hash = quote_mix(v->hash);
	if (v->count >= QUOTE_PIECE && (m.hash & QUOTE_SAMPLE) == 0)
		w->found(w, &m);
}

/* One line, folded and without its '>'. */
static void
quote_line(struct quote_walk *w, const uint8_t *p, size_t len, bool quoted)
{
	struct quote_mark m = {.hash = QUOTE_SEED, .quoted = quoted};
	uint64_t weight = quote_weight();
	size_t points = 0, n;
	uint32_t cp;

	if (w->window.quoted != quoted)
		w->window = (struct quote_window){.quoted = quoted};
	for (; len > 0; p += n, len -= n) {
		n = utf8_next(p, len, &cp);
		if (n == 0) {
			n = 1;
			continue;
		}
		if (cp <= ' ' || cp == 0x3000 || utf8_unsafe(cp))
			continue;
		points++;
		m.hash = (m.hash ^ cp) * QUOTE_BASE;
		quote_roll(w, cp, weight);
	}
	m.hash = quote_mix(m.hash);
	m.kind = points >= QUOTE_LINE ? QUOTE_WHOLE : QUOTE_BRIEF;
	m.points = points;
	if (points >= QUOTE_SHORT)
		w->found(w, &m);
}

static void
quote_walk(struct quote_walk *w, const char *text, size_t len)
{
	struct text_line line;

	while (text_line_next(&text, &len, "> \t", &line)) {
		uint8_t *folded;
		size_t n;

		if (line.len == 0)
			continue;
		folded = text_line_fold(&line, &n);
		quote_line(w, folded, n, line.quoted);
		free(folded);
	}
}

static void
quote_keep(struct quote_walk *w, const struct quote_mark *m)
{
	struct quote *q = w->quote;

	/* without '>' a short line is a phrase, not a quote */
	if (m->kind != QUOTE_PART && !m->quoted && m->points < QUOTE_OWN_LINE)
		return;
	if (q->marks == q->room) {
		q->room = q->room == 0 ? 64 : 2 * q->room;
		q->mark = xreallocarray(q->mark, q->room, sizeof(*q->mark));
	}
	q->mark[q->marks++] = *m;
}

static int
quote_order(const void *a, const void *b)
{
	const struct quote_mark *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (int)y->quoted - (int)x->quoted;
}

struct quote *
quote_create(const char *text, size_t len)
{
	struct quote *q = xcalloc(1, sizeof(*q));
	struct quote_walk w = {.found = quote_keep, .quote = q};
	size_t kept = 0;

	quote_walk(&w, text, len);
	if (q->marks > 0)
		qsort(q->mark, q->marks, sizeof(*q->mark), quote_order);
	/* of equal ones the first, which is the quoted one where there is any
	 */
	for (size_t i = 0; i < q->marks; i++)
		if (kept == 0 || q->mark[kept - 1].hash != q->mark[i].hash)
			q->mark[kept++] = q->mark[i];
	q->marks = kept;
	return q;
}

void
quote_free(struct quote *q)
{
	if (q == NULL)
		return;
	free(q->mark);
	free(q);
}

static struct quote_mark *
quote_find(struct quote *q, uint64_t hash)
{
	size_t low = 0, high = q->marks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (q->mark[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < q->marks && q->mark[low].hash == hash ? &q->mark[low]
							   : NULL;
}

static void
quote_match(struct quote_walk *w, const struct quote_mark *m)
{
	struct quote_mark *have = quote_find(w->quote, m->hash);

	if (have == NULL || have->forgotten || (m->quoted && !have->quoted))
		return;
	if (have->kind != QUOTE_BRIEF)
		w->is = true;
	else if (have->seen != w->quote->call && ++w->brief == w->enough)
		w->is = true;
	have->seen = w->quote->call;
}

static bool
quote_search(struct quote *q, const char *source, size_t len, unsigned enough)
{
	struct quote_walk w = {
	    .found = quote_match, .quote = q, .enough = enough};

	q->call++;
	quote_walk(&w, source, len);
	return w.is;
}

bool
quote_of(struct quote *q, const char *source, size_t len)
{
	return quote_search(q, source, len, QUOTE_SHORT_LINES);
}

bool
quote_of_any(struct quote *q, const char *source, size_t len)
{
	return quote_search(q, source, len, 1);
}

static void
quote_drop(struct quote_walk *w, const struct quote_mark *m)
{
	struct quote_mark *have = quote_find(w->quote, m->hash);

	if (have != NULL)
		have->forgotten = true;
}

void
quote_forget(struct quote *q, const char *source, size_t len)
{
	struct quote_walk w = {.found = quote_drop, .quote = q};

	quote_walk(&w, source, len);
}
