#include "worker/pseudo_header.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"

#define PSEUDO_WORD 40 /* bytes of a word; a longer one is text */
#define PSEUDO_KEY "-----BEGIN PGP PUBLIC KEY BLOCK-----"

static const char *const pseudo_name[PSEUDO_WORDS] = {[PSEUDO_CASE] = "Case",
    [PSEUDO_TO] = "To",
    [PSEUDO_CC] = "Cc",
    [PSEUDO_BCC] = "Bcc",
    [PSEUDO_FACTS] = "Facts-To",
    [PSEUDO_JOIN] = "Join",
    [PSEUDO_TLP] = "TLP",
    [PSEUDO_STATUS] = "Status",
    [PSEUDO_OWNER] = "Owner",
    [PSEUDO_CLAIM] = "Claim",
    [PSEUDO_PRIORITY] = "Priority",
    [PSEUDO_CATEGORY] = "Category",
    [PSEUDO_NOTE] = "Note",
    [PSEUDO_HARM] = "X-Harm",
    [PSEUDO_CAUSE] = "X-Cause",
    [PSEUDO_REMEDY] = "X-Remedy",
    [PSEUDO_DEADLINE] = "X-Deadline",
    [PSEUDO_REFUSE] = "Refuse",
    [PSEUDO_MERGE] = "Merge",
    [PSEUDO_MERGE_INTO] = "Merge-Into",
    [PSEUDO_MOVE] = "Move",
    [PSEUDO_SPLIT] = "Split",
    [PSEUDO_UNDO] = "Undo",
    [PSEUDO_RESEND] = "x-resend",
    [PSEUDO_RESEND_ENCRYPTED] = "x-resend-encrypted-only",
    [PSEUDO_SIGN] = "x-sign-this",
    [PSEUDO_ADD_KEY] = "x-add-key",
    [PSEUDO_LIST_KEYS] = "x-list-keys",
    [PSEUDO_GET_KEY] = "x-get-key",
    [PSEUDO_LIST_NAME] = "x-list-name",
    [PSEUDO_CASES] = "Cases",
    [PSEUDO_HELP] = "Help"};

const char *
pseudo_word_name(enum pseudo_word word)
{
	return pseudo_name[word];
}

void
pseudo_head_free(struct pseudo_head *h)
{
	for (size_t i = 0; i < h->lines; i++)
		free(h->line[i].value);
	free(h->line);
	free(h->unknown);
	*h = (struct pseudo_head){.kind = PSEUDO_NONE};
}

bool
pseudo_head_has(const struct pseudo_head *h, enum pseudo_word word)
{
	for (size_t i = 0; i < h->lines; i++)
		if (h->line[i].word == word)
			return true;
	return false;
}

/* One line of the text. */
struct pseudo_span {
	const char *line;
	size_t len; /* without its end and trailing white space */
	size_t next; /* where the one after it begins, from line */
};

static struct pseudo_span
pseudo_span(const char *text, size_t len)
{
	const char *lf = memchr(text, '\n', len);
	struct pseudo_span s = {.line = text,
	    .len = lf == NULL ? len : (size_t)(lf - text),
	    .next = lf == NULL ? len : (size_t)(lf - text) + 1};

	while (s.len > 0 && memchr(" \t\r", text[s.len - 1], 3) != NULL)
		s.len--;
	return s;
}

static bool
pseudo_is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
}

/* "Word:" in front of a line: the word's length, and where its value begins.
 * A URL is none. */
static bool
pseudo_split(const struct pseudo_span *s, size_t *word, size_t *value)
{
	size_t n = 0;

	while (n < s->len && n < PSEUDO_WORD && pseudo_is_letter(s->line[n]))
		n++;
	*word = n;
	if (n == 0 || s->line[0] == '-')
		return false;
	while (n < s->len && s->line[n] == ' ')
		n++;
	if (n < s->len && s->line[n] == ':')
		*value = n + 1;
	else if (s->len - n >= 3 && memcmp(s->line + n, "：", 3) == 0)
		*value = n + 3;
	else
		return false;
	return s->len - *value < 2 || memcmp(s->line + *value, "//", 2) != 0;
}

static bool
pseudo_known(const char *word, size_t len, enum pseudo_word *out)
{
	for (int i = 0; i < PSEUDO_WORDS; i++) {
		if (strlen(pseudo_name[i]) == len &&
		    strncasecmp(pseudo_name[i], word, len) == 0) {
			*out = (enum pseudo_word)i;
			return true;
		}
	}
	return false;
}

/* A key may follow "x-add-key:" at once, as Schleuder has it. */
static bool
pseudo_ends(const struct pseudo_span *s)
{
	return s->len == 0 || (s->len == strlen(PSEUDO_KEY) &&
				  memcmp(s->line, PSEUDO_KEY, s->len) == 0);
}

static char *
pseudo_trimmed(const char *value, size_t len)
{
	struct buf safe;

	while (len > 0 && memchr(" \t", *value, 2) != NULL)
		value++, len--;
	buf_init_secret(&safe, PSEUDO_VALUE);
	(void)utf8_put_line(&safe, value, len);
	return buf_take_str(&safe);
}

static void
pseudo_add(struct pseudo_head *h, enum pseudo_word word, char *value)
{
	h->line = xgrow(h->line, h->lines, sizeof(*h->line));
	h->line[h->lines++] = (struct pseudo_line){word, value};
}

static void
pseudo_fold(struct pseudo_head *h, const struct pseudo_span *s)
{
	struct pseudo_line *last = &h->line[h->lines - 1];
	char *more = pseudo_trimmed(s->line, s->len);
	char *all = xasprintf(
	    "%s%s%s", last->value, last->value[0] == '\0' ? "" : "\n", more);

	free(last->value);
	free(more);
	last->value = all;
}

/* What keeps the line from being an order; NULL: it was added. */
static const char *
pseudo_line(struct pseudo_head *h, const struct pseudo_span *s, bool *is_word)
{
	size_t word, value;
	enum pseudo_word known;

	*is_word = pseudo_split(s, &word, &value);
	if (h->lines >= PSEUDO_LINES || s->len > PSEUDO_VALUE)
		return "its orders are too many, or one is too long";
	if (!*is_word && h->lines > 0 && memchr(" \t", s->line[0], 2) != NULL) {
		*is_word = true;
		if (strlen(h->line[h->lines - 1].value) + s->len >=
		    PSEUDO_VALUE)
			return "one of its orders is too long";
		pseudo_fold(h, s);
		return NULL;
	}
	if (!*is_word)
		return "text follows its orders without an empty line between";
	if (!pseudo_known(s->line, word, &known)) {
		if (h->unknown == NULL)
			h->unknown = xstrndup(s->line, word);
		return "it begins with a word that is no order";
	}
	pseudo_add(h, known, pseudo_trimmed(s->line + value, s->len - value));
	return NULL;
}

/* "Rika:" above a letter is how some people begin one. */
static bool
pseudo_is_greeting(const struct pseudo_span *s)
{
	size_t word, value;

	return pseudo_split(s, &word, &value) && value == s->len;
}

/* A label that stands right above a text is the text's own. */
static bool
pseudo_is_label(const struct pseudo_head *h)
{
	for (size_t i = 0; i < h->lines; i++)
		if (h->line[i].word != PSEUDO_TLP)
			return false;
	return h->unknown == NULL;
}

void
pseudo_head_read(const char *text, size_t len, struct pseudo_head *out)
{
	size_t at = 0, words = 0, others = 0;
	struct pseudo_span first;

	*out = (struct pseudo_head){.kind = PSEUDO_NONE};
	while (at < len && memchr(" \t\r\n", text[at], 4) != NULL)
		at++;
	first = pseudo_span(text + at, len - at);
	while (at < len) {
		struct pseudo_span s = pseudo_span(text + at, len - at);
		const char *mistake;
		bool is_word;

		if (pseudo_ends(&s)) {
			if (s.len == 0)
				at += s.next;
			break;
		}
		mistake = pseudo_line(out, &s, &is_word);
		if (out->mistake == NULL)
			out->mistake = mistake;
		words += is_word;
		others += !is_word;
		if (others > 0 && out->lines == 0)
			break;
		at += s.next;
	}
	out->end = at;
	if (words == 0 ||
	    (others > 0 && (out->lines == 0 || pseudo_is_label(out))) ||
	    (words == 1 && out->lines == 0 && pseudo_is_greeting(&first))) {
		pseudo_head_free(out);
		return;
	}
	out->kind = out->mistake == NULL ? PSEUDO_ORDERS : PSEUDO_BROKEN;
}
