#include "message/html.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "message/entities.h"

#define NAME_MAX_LEN 16 /* bytes of an element's name that are looked at */
#define HREF_MAX 2048 /* bytes of a link's address that are shown */
#define STYLE_MAX 4096 /* bytes of a style attribute that are looked at */

struct tag {
	char name[NAME_MAX_LEN + 1];
	bool closing;
	bool hidden;
	bool legacy; /* a copy of the protected header */
	char *href; /* or NULL */
};

struct html {
	struct buf *out;
	struct strs *warnings;
	const char *p;
	size_t left;
	bool no_tags; /* an unfinished tag was met: there is no '>' to come */
	unsigned newlines; /* that stand before the next text */
	bool space; /* the same for one space */
	unsigned pre;
	bool in_head;
	char hidden[NAME_MAX_LEN + 1]; /* element that hides, or "" */
	unsigned hidden_depth;
	bool legacy; /* copies of the protected header are left out */
	char *href; /* of the open link, or NULL */
	size_t href_at; /* where its text starts in out */
};

static bool
is_in(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

static void
step(struct html *h, size_t n)
{
	h->p += n;
	h->left -= n;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void
put_breaks(struct html *h)
{
	if (h->out->len > 0) {
		for (unsigned i = 0; i < h->newlines; i++)
			buf_putc(h->out, '\n');
		if (h->newlines == 0 && h->space)
			buf_putc(h->out, ' ');
	}
	h->newlines = 0;
	h->space = false;
}

static void
put_text(struct html *h, const char *p, size_t len)
{
	size_t i = 0;

	if (h->in_head || h->hidden[0] != '\0')
		return;
	while (i < len) {
		size_t n = 0;
		char cp[ENTITY_TEXT_MAX];

		if (is_space(p[i])) {
			if (h->pre > 0 && p[i] == '\n')
				h->newlines++;
			else
				h->space = true;
			i++;
			continue;
		}
		put_breaks(h);
		if (p[i] == '&' && (n = entity_read(p + i, len - i, cp)) > 0) {
			utf8_put_line(h->out, cp, strlen(cp));
			i += n;
			continue;
		}
		do
			n++;
		while (i + n < len && !is_space(p[i + n]) && p[i + n] != '&');
		buf_put(h->out, p + i, n);
		i += n;
	}
}

static void
want_newlines(struct html *h, unsigned n)
{
	if (h->newlines < n)
		h->newlines = n;
}

/* display: none, however it is spaced and cased. */
static bool
style_hides(const char *p, size_t len)
{
	char s[STYLE_MAX + 1];
	const char *size;
	size_t n = 0;

	for (size_t i = 0; i < len && n < STYLE_MAX; i++)
		if (!is_space(p[i]))
			s[n++] = p[i] >= 'A' && p[i] <= 'Z'
				     ? (char)(p[i] - 'A' + 'a')
				     : p[i];
	s[n] = '\0';
	if (strstr(s, "display:none") != NULL ||
	    strstr(s, "visibility:hidden") != NULL)
		return true;
	size = strstr(s, "font-size:0");
	if (size == NULL)
		return false;
	size += strlen("font-size:0");
	size += *size == '.' ? 1 + strspn(size + 1, "0") : 0;
	return *size < '0' || *size > '9';
}

/* True where one of the words of a class attribute is name. */
static bool
class_has(const char *p, size_t len, const char *name)
{
	size_t n = strlen(name);

	while (len > 0) {
		size_t word = 0;

		while (word < len && !is_space(p[word]))
			word++;
		if (word == n && memcmp(p, name, n) == 0)
			return true;
		if (word < len)
			word++;
		p += word;
		len -= word;
	}
	return false;
}

static void
tag_attribute(struct tag *t, const char *name, size_t name_len,
    const char *value, size_t len)
{
	if (name_len == 6 && strncasecmp(name, "hidden", 6) == 0)
		t->hidden = true;
	else if (name_len == 5 && strncasecmp(name, "style", 5) == 0)
		t->hidden = t->hidden || style_hides(value, len);
	else if (name_len == 5 && strncasecmp(name, "class", 5) == 0)
		t->legacy =
		    class_has(value, len, "header-protection-legacy-display");
	else if (name_len == 4 && strncasecmp(name, "href", 4) == 0 &&
		 t->href == NULL)
		t->href = entity_decode(value, len < HREF_MAX ? len : HREF_MAX);
}

/* Reads one attribute at i; returns where the next may start. */
static size_t
attribute_read(struct tag *t, const char *p, size_t len, size_t i)
{
	size_t name = i, name_end, value, end;

	while (i < len && !is_space(p[i]) && p[i] != '=' && p[i] != '>')
		i++;
	name_end = i;
	while (i < len && is_space(p[i]))
		i++;
	value = end = i;
	if (i < len && p[i] == '=') {
		i++;
		while (i < len && is_space(p[i]))
			i++;
		value = i;
		if (i < len && (p[i] == '"' || p[i] == '\'')) {
			const char *close =
			    memchr(p + i + 1, p[i], len - i - 1);

			if (close == NULL)
				return len;
			value = i + 1;
			end = (size_t)(close - p);
			i = end + 1;
		} else {
			while (i < len && !is_space(p[i]) && p[i] != '>')
				i++;
			end = i;
		}
	}
	tag_attribute(t, p + name, name_end - name, p + value, end - value);
	/* A lone '=' is no attribute, and must still be passed. */
	return i > name ? i : i + 1;
}

/* Reads the tag at '<'; returns its bytes, or 0 where it has no end. */
static size_t
tag_read(struct tag *t, const char *p, size_t len)
{
	size_t i = 1, n = 0;

	memset(t, 0, sizeof(*t));
	if (p[i] == '/') {
		t->closing = true;
		i++;
	}
	for (; i < len && !is_space(p[i]) && p[i] != '>' && p[i] != '/'; i++)
		if (n < NAME_MAX_LEN)
			t->name[n++] = p[i] >= 'A' && p[i] <= 'Z'
					   ? (char)(p[i] - 'A' + 'a')
					   : p[i];
	while (i < len && p[i] != '>') {
		if (is_space(p[i]) || p[i] == '/')
			i++;
		else
			i = attribute_read(t, p, len, i);
	}
	if (i >= len) {
		free(t->href);
		t->href = NULL;
		return 0;
	}
	return i + 1;
}

static void
link_end(struct html *h)
{
	const char *shown, *url = h->href;
	size_t len;

	if (url == NULL)
		return;
	shown = buf_str(h->out) + h->href_at;
	len = h->out->len - h->href_at;
	while (len > 0 && is_space(*shown)) {
		shown++;
		len--;
	}
	if (strncasecmp(url, "mailto:", 7) == 0 && strlen(url + 7) == len &&
	    strncmp(shown, url + 7, len) == 0)
		len = 0;
	else if (strlen(url) == len && strncmp(shown, url, len) == 0)
		len = 0;
	if (len > 0 && *url != '\0' && *url != '#') {
		buf_puts(h->out, " <");
		buf_puts(h->out, url);
		buf_putc(h->out, '>');
	}
	free(h->href);
	h->href = NULL;
}

/* True while an element hides what is in it; the tag may end that. */
static bool
still_hidden(struct html *h, const struct tag *t)
{
	static const char *const siblings[] = {
	    "p", "li", "td", "th", "tr", "dt", "dd", "option", NULL};

	if (h->hidden[0] == '\0')
		return false;
	if (strcmp(t->name, h->hidden) != 0)
		return true;
	if (!t->closing && is_in(t->name, siblings)) {
		h->hidden[0] = '\0';
		return false;
	}
	if (!t->closing)
		h->hidden_depth++;
	else if (--h->hidden_depth == 0)
		h->hidden[0] = '\0';
	return true;
}

/* Passes everything up to "</name"; all of it where that never comes. */
static void
skip_raw(struct html *h, const char *name)
{
	size_t n = strlen(name);

	while (h->left > 0) {
		const char *lt = memchr(h->p, '<', h->left);

		if (lt == NULL) {
			step(h, h->left);
			return;
		}
		step(h, (size_t)(lt - h->p));
		if (h->left > n + 2 && h->p[1] == '/' &&
		    strncasecmp(h->p + 2, name, n) == 0)
			return;
		step(h, 1);
	}
}

static void
element_layout(struct html *h, const struct tag *t)
{
	static const char *const blocks[] = {"div", "tr", "table", "ul", "ol",
	    "dl", "dt", "dd", "hr", "section", "article", "header", "footer",
	    "center", "form", "address", "main", "nav", NULL};
	static const char *const apart[] = {
	    "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", NULL};

	if (strcmp(t->name, "br") == 0 && h->newlines < 2)
		h->newlines++;
	else if (is_in(t->name, apart))
		want_newlines(h, 2);
	else if (is_in(t->name, blocks))
		want_newlines(h, 1);
	else if (strcmp(t->name, "td") == 0 || strcmp(t->name, "th") == 0)
		h->space = true;
	if (strcmp(t->name, "li") == 0 && !t->closing) {
		want_newlines(h, 1);
		put_breaks(h);
		buf_puts(h->out, "- ");
	}
	if (strcmp(t->name, "pre") == 0) {
		if (!t->closing)
			h->pre++;
		else if (h->pre > 0)
			h->pre--;
	}
}

static void
element(struct html *h, struct tag *t)
{
	static const char *const raw[] = {
	    "script", "style", "template", "title", NULL};
	static const char *const empty[] = {"br", "hr", "img", "input", "meta",
	    "link", "col", "area", "base", "wbr", NULL};

	if (!t->closing && is_in(t->name, raw)) {
		skip_raw(h, t->name);
		return;
	}
	if (strcmp(t->name, "head") == 0)
		h->in_head = !t->closing;
	if (strcmp(t->name, "body") == 0)
		h->in_head = false;
	if (still_hidden(h, t) || h->in_head)
		return;
	if (h->legacy && t->legacy && strcmp(t->name, "div") == 0 &&
	    !t->closing) {
		memcpy(h->hidden, t->name, sizeof(h->hidden));
		h->hidden_depth = 1;
		return;
	}
	if (t->hidden && !t->closing && !is_in(t->name, empty)) {
		memcpy(h->hidden, t->name, sizeof(h->hidden));
		h->hidden_depth = 1;
		strs_add_once(h->warnings, "html-hidden");
		return;
	}
	if (strcmp(t->name, "a") == 0) {
		link_end(h);
		if (!t->closing) {
			h->href = t->href;
			t->href = NULL;
			h->href_at = h->out->len;
		}
	}
	element_layout(h, t);
}

/* Passes what starts with '<'. */
static void
markup(struct html *h)
{
	const char *end;
	struct tag t;
	size_t n;

	if (h->left >= 4 && memcmp(h->p, "<!--", 4) == 0) {
		end = memmem(h->p + 4, h->left - 4, "-->", 3);
		step(h, end == NULL ? h->left : (size_t)(end + 3 - h->p));
		return;
	}
	if (h->left >= 2 && (h->p[1] == '!' || h->p[1] == '?')) {
		end = memchr(h->p, '>', h->left);
		step(h, end == NULL ? h->left : (size_t)(end + 1 - h->p));
		return;
	}
	n = h->left < 3 || h->no_tags ||
		    (h->p[1] != '/' &&
			((h->p[1] | 0x20) < 'a' || (h->p[1] | 0x20) > 'z'))
		? 0
		: tag_read(&t, h->p, h->left);
	if (n == 0) {
		h->no_tags =
		    h->no_tags || h->left < 3 || h->p[1] == '/' ||
		    ((h->p[1] | 0x20) >= 'a' && (h->p[1] | 0x20) <= 'z');
		put_text(h, "<", 1);
		step(h, 1);
		return;
	}
	step(h, n);
	element(h, &t);
	free(t.href);
}

static void
document(struct html *h)
{
	struct buf *out = h->out;

	while (h->left > 0 && !out->over) {
		const char *lt = memchr(h->p, '<', h->left);
		size_t n = lt == NULL ? h->left : (size_t)(lt - h->p);

		put_text(h, h->p, n);
		step(h, n);
		if (h->left > 0)
			markup(h);
	}
	link_end(h);
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_putc(out, '\n');
}

void
html_text(struct buf *out, const char *html, size_t len, struct strs *warnings)
{
	struct html h = {
	    .out = out, .warnings = warnings, .p = html, .left = len};

	document(&h);
}

void
html_text_legacy(
    struct buf *out, const char *html, size_t len, struct strs *warnings)
{
	struct html h = {.out = out,
	    .warnings = warnings,
	    .p = html,
	    .left = len,
	    .legacy = true};

	document(&h);
}
