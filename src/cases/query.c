#include "cases/query.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uninorm.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "cases/query_field.h"

#define QUERY_STACK 128 /* operators that wait for what follows */

enum token_kind {
	TOKEN_END,
	TOKEN_TERM,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_OPEN,
	TOKEN_CLOSE
};

/* What is read of the query, and what waits: '(' as TOKEN_OPEN. */
struct query_reading {
	const char *text, *at; /* the whole after NFKC; the next byte */
	int64_t now;
	struct query *q;
	enum token_kind stack[QUERY_STACK];
	size_t waiting;
	size_t depth; /* of parentheses */
	struct err *e;
};

/* --- words of a term --------------------------------------------------------
 */

/* Where it is wrong: characters from the beginning, from 1. */
static int
query_wrong(const struct query_reading *r, const char *at, const char *what,
    const char *word)
{
	struct buf shown;
	size_t place = 1;

	for (const char *p = r->text; p < at; p++)
		place += ((unsigned char)*p & 0xc0) != 0x80;
	buf_init(&shown, QUERY_BYTES);
	(void)utf8_put_line(&shown, word, strnlen(word, 60));
	err_set(r->e, ERR_DATA, "query, character %zu: %s%s%s%s", place, what,
	    *word == '\0' ? "" : " \"", buf_str(&shown),
	    *word == '\0' ? "" : "\"");
	buf_free(&shown);
	return -1;
}

/* --- terms ------------------------------------------------------------------
 */

/* Bytes of a quote that stands at p, in one of its shapes; 0: none. */
static size_t
query_quote(const char *p)
{
	if (*p == '"')
		return 1;
	return strncmp(p, "\u201c", 3) == 0 || strncmp(p, "\u201d", 3) == 0 ? 3
									    : 0;
}

/* The text of a term, up to its closing quote or its end. */
static int
query_text(struct query_reading *r, struct query_term *t, const char *start)
{
	size_t quote = query_quote(r->at);
	const char *p = r->at + quote;

	if (quote > 0) {
		const char *from = p;

		while (*p != '\0' && query_quote(p) == 0)
			p++;
		if (*p == '\0')
			return query_wrong(
			    r, start, "a quotation that does not end", "");
		t->text = xstrndup(from, (size_t)(p - from));
		r->at = p + query_quote(p);
		return 0;
	}
	while (*p != '\0' && strchr(" \t\r\n()", *p) == NULL &&
	       query_quote(p) == 0)
		p++;
	t->text = xstrndup(r->at, (size_t)(p - r->at));
	/* the index knows whole words; to find nothing would be a lie */
	if (p - r->at > 1 && p[-1] == '*' && isalnum((unsigned char)p[-2]))
		return query_wrong(
		    r, start, "words are found whole, not", t->text);
	r->at = p;
	return 0;
}

static int
query_term(struct query_reading *r)
{
	struct query *q = r->q;
	const char *start = r->at;
	const struct query_name *name;
	struct query_term *t;
	const char *wrong;
	size_t len;

	if (q->terms == QUERY_TERMS)
		return query_wrong(r, start, "too many terms", "");
	q->term = xgrow(q->term, q->terms, sizeof(*q->term));
	t = &q->term[q->terms++];
	*t = (struct query_term){.field = QUERY_WORDS};
	name = query_field_at(r->at, &len);
	/* http://... is no field, from the start of a word on */
	if (name == NULL && len > 2 && r->at[len] != '/')
		return query_wrong(
		    r, start, "no such field (quotes make it words):", r->at);
	if (name != NULL) {
		r->at += len;
		t->field = name->field;
		t->name = name->exact;
	}
	if (query_text(r, t, start) == -1)
		return -1;
	if (*t->text == '\0')
		return query_wrong(r, start, "nothing to look for", "");
	wrong = query_field_check(name, t, r->now);
	return wrong == NULL ? 0 : query_wrong(r, start, wrong, t->text);
}

/* --- operators --------------------------------------------------------------
 */

static bool
query_keyword(struct query_reading *r, const char *word)
{
	size_t n = strlen(word);

	if (strncasecmp(r->at, word, n) != 0 ||
	    (r->at[n] != '\0' && strchr(" \t\r\n()", r->at[n]) == NULL &&
		query_quote(r->at + n) == 0))
		return false;
	r->at += n;
	return true;
}

/* The next token, and where it begins; a term is left where it is. */
static enum token_kind
query_next(struct query_reading *r, const char **start)
{
	while (*r->at != '\0' && strchr(" \t\r\n", *r->at) != NULL)
		r->at++;
	*start = r->at;
	if (*r->at == '\0')
		return TOKEN_END;
	if (*r->at == '(' || *r->at == ')')
		return *r->at++ == '(' ? TOKEN_OPEN : TOKEN_CLOSE;
	if (query_keyword(r, "and"))
		return TOKEN_AND;
	if (query_keyword(r, "or"))
		return TOKEN_OR;
	if (query_keyword(r, "not"))
		return TOKEN_NOT;
	if (*r->at == '-' && r->at[1] != '\0' &&
	    strchr(" \t\r\n)", r->at[1]) == NULL) {
		r->at++;
		return TOKEN_NOT;
	}
	return TOKEN_TERM;
}

static void
query_put(struct query *q, enum query_op op)
{
	q->op = xgrow(q->op, q->ops, sizeof(*q->op));
	q->op[q->ops++] = op;
}

static void
query_put_token(struct query *q, enum token_kind token)
{
	query_put(q, token == TOKEN_NOT	  ? QUERY_NOT
		     : token == TOKEN_AND ? QUERY_AND
					  : QUERY_OR);
}

/* Operators that bind at least as close as this one have their operands. */
static void
query_settle(struct query_reading *r, enum token_kind token)
{
	while (r->waiting > 0) {
		enum token_kind last = r->stack[r->waiting - 1];

		if (last == TOKEN_OPEN ||
		    (token == TOKEN_AND && last == TOKEN_OR))
			return;
		query_put_token(r->q, last);
		r->waiting--;
	}
}

static int
query_wait(struct query_reading *r, enum token_kind token, const char *at)
{
	if (token == TOKEN_AND || token == TOKEN_OR)
		query_settle(r, token);
	if (r->waiting == QUERY_STACK)
		return query_wrong(r, at, "too deeply nested", "");
	r->stack[r->waiting++] = token;
	return 0;
}

static int
query_close(struct query_reading *r, const char *at)
{
	if (r->depth == 0)
		return query_wrong(
		    r, at, "a parenthesis that nothing opened", "");
	query_settle(r, TOKEN_CLOSE);
	r->depth--;
	r->waiting--; /* what query_settle left: the one that opened it */
	return 0;
}

/* Where an operand may stand; *operand: where the next token may not. */
static int
query_operand(struct query_reading *r, enum token_kind token, const char *at,
    bool *operand)
{
	switch (token) {
	case TOKEN_NOT:
		return query_wait(r, token, at);
	case TOKEN_OPEN:
		if (++r->depth > QUERY_DEPTH)
			return query_wrong(r, at, "too deeply nested", "");
		return query_wait(r, token, at);
	case TOKEN_TERM:
		*operand = true;
		if (query_term(r) == -1)
			return -1;
		query_put(r->q, QUERY_TERM);
		return 0;
	default:
		return query_wrong(r, at, "a term is missing here", "");
	}
}

static int
query_operator(struct query_reading *r, enum token_kind token, const char *at,
    bool *operand)
{
	if (token == TOKEN_CLOSE)
		return query_close(r, at);
	*operand = false;
	if (token == TOKEN_AND || token == TOKEN_OR)
		return query_wait(r, token, at);
	/* two terms side by side */
	if (query_wait(r, TOKEN_AND, at) == -1)
		return -1;
	return query_operand(r, token, at, operand);
}

static int
query_read(struct query_reading *r)
{
	bool operand = false; /* one stands just before */

	for (;;) {
		const char *at;
		enum token_kind token = query_next(r, &at);
		int rc;

		if (token == TOKEN_END)
			break;
		rc = operand ? query_operator(r, token, at, &operand)
			     : query_operand(r, token, at, &operand);
		if (rc == -1)
			return -1;
	}
	if (!operand)
		return query_wrong(r, r->at, "a term is missing here", "");
	if (r->depth > 0)
		return query_wrong(
		    r, r->at, "a parenthesis that does not end", "");
	query_settle(r, TOKEN_END);
	return 0;
}

int
query_parse(const char *text, int64_t now, struct query *out, struct err *e)
{
	struct query_reading r = {.now = now, .q = out, .e = e};
	size_t len = strlen(text), n = 0;
	uint8_t *plain;
	char *copy;
	int rc;

	*out = (struct query){0};
	if (len > QUERY_BYTES)
		return err_set(
		    e, ERR_DATA, "query: more than %d bytes", QUERY_BYTES);
	plain =
	    u8_normalize(UNINORM_NFKC, (const uint8_t *)text, len, NULL, &n);
	if (plain == NULL || !utf8_is(text, len)) {
		free(plain);
		return err_set(e, ERR_DATA, "query: no UTF-8");
	}
	copy = xstrndup((const char *)plain, n);
	free(plain);
	r.text = r.at = copy;
	rc = query_read(&r);
	free(copy);
	if (rc == -1)
		query_free(out);
	return rc;
}

void
query_free(struct query *q)
{
	for (size_t i = 0; i < q->terms; i++)
		free(q->term[i].text);
	free(q->term);
	free(q->op);
	*q = (struct query){0};
}
