#include "worker/replytext.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "noroshi.h"
#include "worker/summary.h"

/* One line without its LF; *next is where the one after it begins. */
static size_t
replytext_line(const char *text, size_t len, size_t *next)
{
	const char *lf = memchr(text, '\n', len);

	*next = lf == NULL ? len : (size_t)(lf - text) + 1;
	return lf == NULL ? len : (size_t)(lf - text);
}

/* The line without its marks of quotation and white space, and its length. */
static const char *
replytext_bare(const char *line, size_t *len)
{
	while (*len > 0 && memchr("> \t", *line, 3) != NULL) {
		line++;
		--*len;
	}
	while (*len > 0 && memchr(" \t\r\n", line[*len - 1], 4) != NULL)
		--*len;
	return line;
}

static bool
replytext_begins(const char *line, size_t len, const char *const *word)
{
	line = replytext_bare(line, &len);
	for (; *word != NULL; word++)
		if (len >= strlen(*word) &&
		    strncasecmp(line, *word, strlen(*word)) == 0)
			return true;
	return false;
}

/* Our summary ends with a rule of dashes: is this line that one? */
static bool
replytext_rule(const char *line, size_t len)
{
	line = replytext_bare(line, &len);
	for (size_t i = 0; i < len; i++)
		if (line[i] != '-')
			return false;
	return len >= SUMMARY_RULE;
}

/* And begins with one of these. */
static bool
replytext_summary(const char *line, size_t len)
{
	static const char *const word[] = {
	    "Case: ", "案件: ", "*** CAUTION", "*** 注意", NULL};

	return replytext_begins(line, len, word);
}

/* What mail programs put on top of a quotation, line by line. */
static bool
replytext_header(const char *line, size_t len)
{
	static const char *const word[] = {"-----Original", "----- Original",
	    "-----元の", "________", "From:", "Sent:", "Date:", "To:", "Cc:",
	    "Subject:", "Reply-To:", "差出人:", "送信者:", "送信日時:", "日時:",
	    "宛先:", "CC:", "件名:", "Von:", "Gesendet:", "An:", "Betreff:",
	    "*From:", "*Sent:", "*To:", "*Subject:", NULL};

	return replytext_begins(line, len, word);
}

/* "On 22 Nov 2026, Example CSIRT wrote:" */
static bool
replytext_attribution(const char *line, size_t len)
{
	line = replytext_bare(line, &len);
	return len > 0 &&
	       (line[len - 1] == ':' ||
		   (len >= 3 && memcmp(line + len - 3, "：", 3) == 0));
}

/* Where the line begins that ends before at; at > 0. */
static size_t
replytext_line_before(const char *text, size_t at)
{
	at--;
	while (at > 0 && text[at - 1] != '\n')
		at--;
	return at;
}

/* "On 22 Nov 2026, Example CSIRT" and below it "wrote:": where it begins. */
static size_t
replytext_attribution_start(const char *text, size_t from, size_t line)
{
	size_t next, before,
	    n = replytext_line(text + line, strlen(text + line), &next);
	const char *digit = memchr(text + line, ' ', n);

	if (digit != NULL || line <= from)
		return line;
	before = replytext_line_before(text, line);
	return before < from ? line : before;
}

/* Moves at up over the head that a mail program set above our summary. */
static size_t
replytext_head_start(const char *text, size_t from, size_t at)
{
	size_t start = at;

	while (at > from) {
		size_t line = replytext_line_before(text, at), len = at - line;
		const char *bare = replytext_bare(text + line, &len);
		bool header = replytext_header(bare, len);

		at = line;
		if (len == 0)
			continue;
		if (!header && !replytext_attribution(bare, len))
			break;
		start = header ? line
			       : replytext_attribution_start(text, from, line);
		if (!header)
			break;
	}
	return start;
}

void
replytext_cut(const char *text, size_t len, struct buf *out)
{
	size_t from = 0, summary = 0;
	bool in_summary = false;

	for (size_t at = 0; at < len;) {
		size_t next, n = replytext_line(text + at, len - at, &next);

		/* RFC 3676 section 4.3: the rest tells who wrote it. */
		if ((n == 3 && memcmp(text + at, "-- ", 3) == 0) ||
		    (n == 2 && memcmp(text + at, "--", 2) == 0)) {
			len = at;
			break;
		}
		if (!in_summary && replytext_summary(text + at, n)) {
			in_summary = true;
			summary = at;
		} else if (in_summary && replytext_rule(text + at, n)) {
			summary = replytext_head_start(text, from, summary);
			buf_put(out, text + from, summary - from);
			from = at + next;
			in_summary = false;
		}
		at += next;
	}
	buf_put(out, text + from, len - from);
}

/* Whether the line has word in it, in any case. */
bool
replytext_has(const char *line, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; n > 0 && i + n <= len; i++)
		if (strncasecmp(line + i, word, n) == 0)
			return true;
	return false;
}

static bool
replytext_in_word(const char *text, size_t len, size_t at)
{
	return at < len && isalnum((unsigned char)text[at]) != 0;
}

/* As replytext_has, but not within a longer word: "Ken" is not in "token". */
static bool
replytext_has_word(const char *line, size_t len, const char *word)
{
	size_t n = strlen(word);
	bool edged = n > 0 && isalnum((unsigned char)word[0]);

	for (size_t i = 0; n > 0 && i + n <= len; i++)
		if (strncasecmp(line + i, word, n) == 0 &&
		    !(edged && i > 0 && replytext_in_word(line, len, i - 1)) &&
		    !(isalnum((unsigned char)word[n - 1]) &&
			replytext_in_word(line, len, i + n)))
			return true;
	return false;
}

bool
replytext_says(const char *text, size_t len, const char *word)
{
	for (size_t at = 0; at < len;) {
		size_t next, n = replytext_line(text + at, len - at, &next);

		if (n > 0 && text[at] != '>' &&
		    replytext_has_word(text + at, n, word))
			return true;
		at += next;
	}
	return false;
}

/* A line that a program wrote, not the author: a quoted one, or a head's. */
static bool
replytext_by_program(const char *line, size_t len)
{
	return line[0] == '>' || replytext_header(line, len) ||
	       replytext_attribution(line, len);
}

static bool
replytext_is_name(const char *line, size_t len, const char *name)
{
	line = replytext_bare(line, &len);
	return len == strlen(name) && strncasecmp(line, name, len) == 0;
}

/* "Ken" alone on a line, as people end their mail. */
static bool
replytext_is_signed(const char *line, size_t len, const char *name)
{
	struct strs words = {0};
	bool is = false;

	if (len == 0 || line[0] == '>')
		return false;
	strs_split(&words, name, " ");
	for (size_t i = 0; i < words.count && !is; i++)
		is = strlen(words.item[i]) > 1 &&
		     replytext_is_name(line, len, words.item[i]);
	strs_free(&words);
	return is;
}

/* "19:00" or "7:00" somewhere in the line. */
static bool
replytext_has_time(const char *line, size_t len)
{
	for (size_t i = 1; i + 2 < len; i++)
		if (line[i] == ':' && isdigit((unsigned char)line[i - 1]) &&
		    isdigit((unsigned char)line[i + 1]) &&
		    isdigit((unsigned char)line[i + 2]))
			return true;
	return false;
}

/* Programs say so in these words; an author's own "at 19:00:" stays. */
static bool
replytext_says_wrote(const char *line, size_t len)
{
	static const char *const word[] = {
	    "wrote", "schrieb", "écrit", "escribi", "さん", "書きました", "@"};

	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (replytext_has(line, len, word[i]))
			return true;
	return false;
}

/*
 * How many bytes at text are the one or two lines above a quotation that say
 * who wrote it at what time; 0: none.
 */
static size_t
replytext_wrote(const char *text, size_t len)
{
	size_t at = 0, next;
	bool timed = false;

	for (int lines = 0; lines < 2 && at < len; lines++) {
		size_t n = replytext_line(text + at, len - at, &next);
		bool last = replytext_attribution(text + at, n) &&
			    replytext_says_wrote(text + at, n);

		if (n == 0 || text[at] == '>' ||
		    (lines == 0 && !last && strncmp(text, "On ", 3) != 0 &&
			!replytext_has_time(text, n)))
			return 0;
		timed = timed || replytext_has_time(text + at, n);
		at += next;
		if (!last)
			continue;
		n = at;
		while (n < len && (text[n] == '\n' || text[n] == '\r'))
			n++;
		return timed && n < len && text[n] == '>' ? at : 0;
	}
	return 0;
}

/* Whether the line tells which of our people wrote or was written to. */
static bool
replytext_names(const char *line, size_t len, const struct contact *c)
{
	bool by_program = replytext_by_program(line, len);

	for (size_t i = 0; by_program && i < c->addresses.count; i++)
		if (replytext_has(line, len, c->addresses.item[i]))
			return true;
	return replytext_is_name(line, len, c->name) ||
	       replytext_is_signed(line, len, c->name) ||
	       (replytext_attribution(line, len) &&
		   replytext_has(line, len, c->name));
}

/* The text without the lines that name one of the team. */
void
replytext_unname(const struct contact *list, size_t count, struct buf *text)
{
	struct buf kept;

	buf_init_secret(&kept, text->len + 1);
	for (size_t at = 0; at < text->len;) {
		const char *line = buf_str(text) + at;
		size_t next, n = replytext_line(line, text->len - at, &next);
		size_t wrote = replytext_wrote(line, text->len - at);
		bool names = false;

		if (wrote > 0) {
			at += wrote;
			continue;
		}
		for (size_t i = 0; i < count && n > 0; i++)
			names =
			    names || (list[i].class == CLASS_STAFF &&
					 replytext_names(line, n, &list[i]));
		if (!names)
			buf_put(&kept, line, next);
		at += next;
	}
	buf_free(text);
	*text = kept;
}

/* Skips one mark in front of a subject; 0: there is none. */
static size_t
replytext_mark(const char *s)
{
	static const char *const prefix[] = {"re:", "fwd:", "fw:", "aw:", "sv:",
	    "antw:", "回复:", "返信:", "転送:", "[ALARM]", "【警告】"};
	enum noroshi_tlp label;
	size_t n;

	for (size_t i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++) {
		n = strlen(prefix[i]);
		if (strncasecmp(s, prefix[i], n) == 0)
			return n;
	}
	if (strncasecmp(s, "TLP:", 4) == 0) {
		char *word = xstrndup(s, strcspn(s, " "));
		bool known = noroshi_tlp_parse(word, &label);

		n = known ? strlen(word) : 0;
		free(word);
		return n;
	}
	n = strcspn(s, "]");
	return s[0] == '[' && s[n] == ']' && n > 5 && n < 40 &&
		       isdigit((unsigned char)s[n - 1]) &&
		       strspn(s + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
			   n - 1
		   ? n + 1
		   : 0;
}

char *
replytext_subject(const char *subject)
{
	size_t n;

	for (;;) {
		while (*subject == ' ')
			subject++;
		n = replytext_mark(subject);
		if (n == 0)
			return xasprintf("Re: %s", subject);
		subject += n;
	}
}
