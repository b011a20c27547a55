#include "cases/search.h"

#include <string.h>

#include "base/strs.h"
#include "base/utf8.h"
#include "cases/terms.h"

#define SNIPPET_LINES 20000 /* of a text that are looked at */
#define SNIPPET_LINE 2048 /* bytes of one */
#define SNIPPET_SHOWN 200 /* bytes */

/* The terms of a line, in rows as the index has them. */
struct snippet {
	struct strs asked;
	struct strs term;
	size_t place[SNIPPET_LINE]; /* of each of term */
	size_t places;
};

static bool
snippet_ask(void *context, const char *term, size_t len, bool same)
{
	struct snippet *s = context;

	(void)same;
	strs_add_len(&s->asked, term, len);
	return true;
}

static bool
snippet_note(void *context, const char *term, size_t len, bool same)
{
	struct snippet *s = context;

	if (s->term.count >= SNIPPET_LINE)
		return false;
	s->places += same ? 0 : 1;
	s->place[s->term.count] = s->places;
	strs_add_len(&s->term, term, len);
	return true;
}

/* Whether the row goes on with the rest of what is asked for, behind the term
 * at i. Places only grow, so one look at each term is enough. */
static bool
snippet_goes_on(const struct snippet *s, size_t i)
{
	size_t place = s->place[i], k = 1;

	for (i++; i < s->term.count && k < s->asked.count &&
		  s->place[i] <= place + k;
	     i++)
		if (s->place[i] == place + k &&
		    strcmp(s->term.item[i], s->asked.item[k]) == 0)
			k++;
	return k == s->asked.count;
}

/* Whether the line has what is asked for in a row. */
static bool
snippet_has(struct snippet *s, const char *line, size_t len)
{
	bool has = false;

	s->places = 0;
	terms_walk(line, len, TERMS_STORE, snippet_note, s);
	for (size_t i = 0; i < s->term.count && !has; i++)
		has = strcmp(s->term.item[i], s->asked.item[0]) == 0 &&
		      snippet_goes_on(s, i);
	strs_free(&s->term);
	return has;
}

static bool
snippet_find(struct snippet *s, const char *text, size_t len, struct buf *out)
{
	for (int i = 0; i < SNIPPET_LINES && len > 0; i++) {
		const char *end = memchr(text, '\n', len);
		size_t n = end == NULL ? len : (size_t)(end - text), shown;

		shown = n < SNIPPET_LINE ? n : SNIPPET_LINE;
		if (snippet_has(s, text, shown)) {
			while (shown > SNIPPET_SHOWN)
				shown--;
			while (shown > 0 && shown < n &&
			       ((unsigned char)text[shown] & 0xc0) == 0x80)
				shown--;
			(void)utf8_put_line(out, text, shown);
			return true;
		}
		n += end == NULL ? 0 : 1;
		text += n;
		len -= n;
	}
	return false;
}

bool
search_snippet(
    const struct query *q, const char *text, size_t len, struct buf *out)
{
	struct snippet s = {0};
	bool has = false;

	for (size_t i = 0; i < q->terms && !has; i++) {
		const struct query_term *t = &q->term[i];

		if (t->field != QUERY_WORDS && t->field != QUERY_BODY)
			continue;
		terms_walk(
		    t->text, strlen(t->text), TERMS_ASK, snippet_ask, &s);
		has = s.asked.count > 0 && snippet_find(&s, text, len, out);
		strs_free(&s.asked);
	}
	return has;
}
