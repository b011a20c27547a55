#include "cli/page.h"

#include <sodium.h>
#include <string.h>

#include "base/sha256.h"
#include "base/utf8.h"

/* Dark enough on white for print, and apart in grey. */
static const char *const colour[PAGE_SERIES] = {
    "#1f4e79", "#c55a11", "#5b8c3a", "#7f7f7f"};

static const char style[] =
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;"
    "padding:0 1em;color:#111;background:#fff}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right;"
    "border-bottom:1px solid #ccc}th:first-child,td:first-child{"
    "text-align:left}.tlp{background:#000;padding:.2em .6em;font-weight:bold;"
    "display:inline-block}.RED{color:#ff2b2b}.AMBER{color:#ffc000}"
    ".GREEN{color:#33ff00}.CLEAR{color:#fff}p{white-space:pre-line}"
    "svg{max-width:100%;height:auto}";

void
page_text(struct buf *b, const char *text)
{
	struct buf safe;

	if (text == NULL)
		return;
	buf_init(&safe, 16 * strlen(text) + 64);
	(void)utf8_put_safe(&safe, text, strlen(text));
	for (const char *p = buf_str(&safe); *p != '\0'; p++) {
		if (*p == '<')
			buf_puts(b, "&lt;");
		else if (*p == '>')
			buf_puts(b, "&gt;");
		else if (*p == '&')
			buf_puts(b, "&amp;");
		else if (*p == '"')
			buf_puts(b, "&quot;");
		else if (*p == '\'')
			buf_puts(b, "&#39;");
		else
			buf_putc(b, (unsigned char)*p);
	}
	buf_free(&safe);
}

/* The one style is let in by its hash. */
static void
page_policy(struct buf *b)
{
	unsigned char sum[SHA256_BYTES];
	char text[sodium_base64_ENCODED_LEN(
	    SHA256_BYTES, sodium_base64_VARIANT_ORIGINAL)];

	sha256(style, sizeof(style) - 1, sum);
	(void)sodium_bin2base64(text, sizeof(text), sum, sizeof(sum),
	    sodium_base64_VARIANT_ORIGINAL);
	buf_putf(b,
	    "<meta http-equiv=\"Content-Security-Policy\" content=\""
	    "default-src 'none'; style-src 'sha256-%s'; base-uri 'none';"
	    " form-action 'none'\">\n",
	    text);
}

static void
page_label(struct buf *b, const char *label)
{
	if (label == NULL)
		return;
	/* AMBER+STRICT is amber too */
	buf_putf(b, "<div class=\"tlp %.*s\">TLP:%s</div>\n",
	    (int)strcspn(label, "+"), label, label);
}

void
page_begin(
    struct buf *b, const char *language, const char *title, const char *label)
{
	buf_putf(b,
	    "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n",
	    language);
	page_policy(b);
	buf_puts(b, "<title>");
	page_text(b, title);
	buf_putf(b, "</title>\n<style>%s</style>\n</head>\n<body>\n", style);
	page_label(b, label);
	buf_puts(b, "<h1>");
	page_text(b, title);
	buf_puts(b, "</h1>\n");
}

void
page_end(struct buf *b, const char *label)
{
	page_label(b, label);
	buf_puts(b, "</body>\n</html>\n");
}

void
page_heading(struct buf *b, const char *text)
{
	buf_puts(b, "<h2>");
	page_text(b, text);
	buf_puts(b, "</h2>\n");
}

void
page_paragraph(struct buf *b, const char *text)
{
	buf_puts(b, "<p>");
	page_text(b, text);
	buf_puts(b, "</p>\n");
}

void
page_row(struct buf *b, const char *tag, const char *const *cell)
{
	buf_puts(b, "<tr>");
	for (size_t i = 0; cell[i] != NULL; i++) {
		buf_putf(b, "<%s>", tag);
		page_text(b, cell[i]);
		buf_putf(b, "</%s>", tag);
	}
	buf_puts(b, "</tr>\n");
}

/* --- charts
 * -------------------------------------------------------------------
 */

/* All in units of the picture, which a reader scales. */
enum { WIDTH = 800, HEIGHT = 320, LEFT = 10, TOP = 40, BOTTOM = 280 };

struct bars {
	struct buf *b;
	const struct page_series *series;
	size_t count, names;
	int64_t highest;
};

static void
bars_legend(const struct bars *c)
{
	for (size_t i = 0; i < c->count; i++) {
		size_t x = LEFT + i * 180;

		buf_putf(c->b,
		    "<rect x=\"%zu\" y=\"8\" width=\"12\" height=\"12\""
		    " fill=\"%s\"/><text x=\"%zu\" y=\"18\" font-size=\"13\">",
		    x, colour[i % PAGE_SERIES], x + 18);
		page_text(c->b, c->series[i].name);
		buf_puts(c->b, "</text>\n");
	}
}

static void
bars_one(const struct bars *c, size_t name, size_t series)
{
	size_t group = (WIDTH - 2 * LEFT) / c->names;
	size_t width = group * 8 / 10 / c->count;
	size_t x = LEFT + name * group + series * width;
	int64_t value = c->series[series].value[name];
	int64_t height =
	    c->highest == 0 ? 0 : value * (BOTTOM - TOP) / c->highest;

	buf_putf(c->b,
	    "<rect x=\"%zu\" y=\"%lld\" width=\"%zu\" height=\"%lld\""
	    " fill=\"%s\"/>",
	    x, (long long)(BOTTOM - height), width > 1 ? width - 1 : 1,
	    (long long)height, colour[series % PAGE_SERIES]);
	if (c->names * c->count <= 48)
		buf_putf(c->b,
		    "<text x=\"%zu\" y=\"%lld\" font-size=\"11\""
		    " text-anchor=\"middle\">%lld</text>",
		    x + width / 2, (long long)(BOTTOM - height - 3),
		    (long long)value);
	buf_putc(c->b, '\n');
}

static void
bars_name(const struct bars *c, size_t i, const char *name)
{
	size_t group = (WIDTH - 2 * LEFT) / c->names;

	if (i % (c->names / 13 + 1) != 0)
		return;
	buf_putf(c->b,
	    "<text x=\"%zu\" y=\"%d\" font-size=\"11\""
	    " text-anchor=\"middle\">",
	    LEFT + i * group + group * 4 / 10, BOTTOM + 16);
	page_text(c->b, name);
	buf_puts(c->b, "</text>\n");
}

void
page_bars(struct buf *b, const char *title, const char *const *name,
    size_t names, const struct page_series *series, size_t count)
{
	struct bars c = {
	    .b = b, .series = series, .count = count, .names = names};

	if (names == 0 || count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < names; k++)
			if (series[i].value[k] > c.highest)
				c.highest = series[i].value[k];
	buf_putf(b,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
	    " width=\"%d\" height=\"%d\" role=\"img\"><title>",
	    WIDTH, HEIGHT, WIDTH, HEIGHT);
	page_text(b, title);
	buf_puts(b, "</title>\n");
	bars_legend(&c);
	for (size_t k = 0; k < names; k++) {
		for (size_t i = 0; i < count; i++)
			bars_one(&c, k, i);
		bars_name(&c, k, name[k]);
	}
	buf_putf(b,
	    "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\""
	    " stroke=\"#111\"/>\n</svg>\n",
	    LEFT, BOTTOM, WIDTH - LEFT, BOTTOM);
}
