#include "intake/imap_guard.h"

#include <string.h>
#include <strings.h>

void
imap_guard_allow(
    struct imap_guard *g, size_t bytes, size_t lines, size_t literal_max)
{
	g->bytes = bytes;
	g->lines = lines;
	g->literal_max = literal_max;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Moves at over the text, in any case; false where it is not there. */
static bool
skip_text(const char **at, const char *end, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(end - *at) < len || strncasecmp(*at, text, len) != 0)
		return false;
	*at += len;
	return true;
}

static bool
skip_digits(const char **at, const char *end)
{
	const char *start = *at;

	while (*at < end && is_digit(**at))
		(*at)++;
	return *at > start;
}

/* True where what stands before a literal is "* 1 FETCH (... BODY[]<0> ". */
static bool
guard_is_body(const char *line, const char *end)
{
	const char *at = line;

	if (!skip_text(&at, end, "* ") || !skip_digits(&at, end) ||
	    !skip_text(&at, end, " FETCH (") ||
	    memchr(at, '"', (size_t)(end - at)) != NULL)
		return false;
	for (; at < end; at++) {
		const char *rest = at;

		if (!skip_text(&rest, end, "BODY[]") ||
		    (at[-1] != '(' && at[-1] != ' '))
			continue;
		if (skip_text(&rest, end, "<") &&
		    (!skip_digits(&rest, end) || !skip_text(&rest, end, ">")))
			return false;
		return skip_text(&rest, end, " ") && rest == end;
	}
	return false;
}

/* brace points at a "{" with a number after it. */
static int
guard_literal(struct imap_guard *g, const char *brace, struct err *e)
{
	const char *end = g->line + g->len;
	const char *at = brace + 1;
	size_t number = 0;

	for (; at < end && is_digit(*at); at++) {
		number = number * 10 + (size_t)(*at - '0');
		if (number > g->literal_max)
			return err_set(e, ERR_DATA,
			    "IMAP: a literal over %zu bytes", g->literal_max);
	}
	if (g->had_literal || at == brace + 1 ||
	    !skip_text(&at, end, "}\r\n") || at != end ||
	    !guard_is_body(g->line, brace))
		return err_set(
		    e, ERR_DATA, "IMAP: a literal where there may be none");
	g->had_literal = true;
	g->literal = number;
	return 0;
}

static int
guard_depth(struct imap_guard *g, struct err *e)
{
	for (size_t i = 0; i < g->len; i++) {
		if (g->line[i] == '(')
			g->depth++;
		else if (g->line[i] == ')' && g->depth > 0)
			g->depth--;
		if (g->depth > IMAP_DEPTH_MAX)
			return err_set(e, ERR_DATA,
			    "IMAP: over %d brackets inside each other",
			    IMAP_DEPTH_MAX);
	}
	return 0;
}

/* The line is whole, or goes on after a literal. */
static int
guard_line(struct imap_guard *g, struct err *e)
{
	const char *brace = NULL;

	if (g->len < 2 || g->line[g->len - 2] != '\r' ||
	    memchr(g->line, '\0', g->len) != NULL)
		return err_set(e, ERR_DATA,
		    "IMAP: a line with a NUL or without its CR, RFC 9051 "
		    "section 2.2");
	for (size_t i = 0; i + 1 < g->len && brace == NULL; i++)
		if (g->line[i] == '{' &&
		    (is_digit(g->line[i + 1]) || g->line[i + 1] == '-'))
			brace = g->line + i;
	if (guard_depth(g, e) == -1 ||
	    (brace != NULL && guard_literal(g, brace, e) == -1))
		return -1;
	g->len = 0;
	if (brace != NULL)
		return 0;
	if (g->lines == 0)
		return err_set(e, ERR_DATA, "IMAP: an answer without an end");
	g->lines--;
	g->depth = 0;
	g->had_literal = false;
	return 0;
}

int
imap_guard_look(
    struct imap_guard *g, const char *data, size_t len, struct err *e)
{
	const char *end = data + len;
	bool over = len > g->bytes;

	g->bytes -= over ? g->bytes : len;
	while (data < end) {
		size_t n = (size_t)(end - data);
		const char *lf;

		if (g->literal > 0) {
			n = n < g->literal ? n : g->literal;
			g->literal -= n;
			data += n;
			continue;
		}
		lf = memchr(data, '\n', n);
		if (lf != NULL)
			n = (size_t)(lf - data) + 1;
		if (n > sizeof(g->line) - g->len)
			return err_set(e, ERR_DATA,
			    "IMAP: a line over %d bytes", IMAP_LINE_MAX);
		memcpy(g->line + g->len, data, n);
		g->len += n;
		data += n;
		if (lf != NULL && guard_line(g, e) == -1)
			return -1;
	}
	/* last: what is wrong with a line does not depend on how much came */
	if (over)
		return err_set(e, ERR_DATA, "IMAP: an answer without an end");
	return 0;
}
