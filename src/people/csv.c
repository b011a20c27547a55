#include "people/csv.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

void
csv_error(struct csv *c, int line, const char *fmt, ...)
{
	struct buf text, safe;
	va_list ap;

	if (c->errors->count >= CSV_ERRORS_MAX)
		return;
	buf_init(&text, 4 * (size_t)CSV_ROW_MAX);
	buf_init(&safe, 16 * (size_t)CSV_ROW_MAX);
	buf_putf(&text, "line %d: ", line);
	va_start(ap, fmt);
	buf_vputf(&text, fmt, ap);
	va_end(ap);
	utf8_put_line(&safe, text.data, text.len);
	strs_add(c->errors, buf_str(&safe));
	buf_free(&text);
	buf_free(&safe);
}

static void
csv_skip(struct csv *c)
{
	if (*c->p == '\n')
		c->line++;
	c->p++;
	c->left--;
}

/* How many bytes end the line here: LF, CRLF; 0: none of them. */
static size_t
csv_line_end(const struct csv *c)
{
	if (c->left >= 1 && c->p[0] == '\n')
		return 1;
	if (c->left >= 2 && c->p[0] == '\r' && c->p[1] == '\n')
		return 2;
	return 0;
}

/* After the opening quote; takes the closing one. A pair of quotes is one. */
static bool
csv_quoted(struct csv *c, struct buf *cell)
{
	while (c->left > 0) {
		unsigned char byte = *c->p;

		csv_skip(c);
		if (byte == '"' && (c->left == 0 || *c->p != '"'))
			return true;
		if (byte == '"')
			csv_skip(c);
		if (byte == '\0')
			byte = '\1'; /* a control all the same, and no end */
		buf_putc(cell, byte);
	}
	csv_error(c, c->row_line, "a quote is not closed");
	return false;
}

static bool
csv_plain(struct csv *c, struct buf *cell)
{
	while (c->left > 0 && *c->p != ',' && csv_line_end(c) == 0) {
		if (*c->p == '"') {
			csv_error(c, c->line,
			    "a quote inside a cell that does not begin with "
			    "one");
			return false;
		}
		buf_putc(cell, *c->p == '\0' ? '\1' : *c->p);
		csv_skip(c);
	}
	return true;
}

static bool
csv_cell(struct csv *c, struct buf *cell)
{
	buf_clear(cell);
	if (c->left == 0 || *c->p != '"')
		return csv_plain(c, cell);
	csv_skip(c);
	if (!csv_quoted(c, cell))
		return false;
	if (c->left == 0 || *c->p == ',' || csv_line_end(c) > 0)
		return true;
	csv_error(c, c->line, "text after a closing quote");
	return false;
}

/* The rest of a row that is wrong already. */
static void
csv_skip_line(struct csv *c)
{
	while (c->left > 0 && *c->p != '\n')
		csv_skip(c);
	if (c->left > 0)
		csv_skip(c);
}

static void
csv_end_line(struct csv *c)
{
	for (size_t n = csv_line_end(c); n > 0; n--)
		csv_skip(c);
}

bool
csv_read_row(struct csv *c, struct strs *cells)
{
	const unsigned char *start = c->p;
	struct buf cell;
	bool good = true;

	c->row_line = c->line;
	buf_init(&cell, CSV_ROW_MAX);
	while (good) {
		good = csv_cell(c, &cell);
		if (!good)
			break;
		if ((size_t)(c->p - start) > CSV_ROW_MAX) {
			csv_error(
			    c, c->row_line, "row over %d bytes", CSV_ROW_MAX);
			good = false;
			break;
		}
		strs_add(cells, buf_str(&cell));
		if (c->left == 0 || *c->p != ',')
			break;
		csv_skip(c);
	}
	buf_free(&cell);
	if (good)
		csv_end_line(c);
	else
		csv_skip_line(c);
	return good;
}

bool
csv_row_is_empty(const struct strs *cells)
{
	for (size_t i = 0; i < cells->count; i++)
		if (cells->item[i][0] != '\0')
			return false;
	return true;
}

int
csv_bad_utf8(const unsigned char *p, size_t len)
{
	uint32_t cp;
	int line = 1;

	while (len > 0) {
		size_t n = utf8_next(p, len, &cp);

		if (n == 0)
			return line;
		line += cp == '\n';
		p += n;
		len -= n;
	}
	return 0;
}

void
csv_put(struct buf *out, const char *text, int after)
{
	if (strpbrk(text, ",\"\r\n") == NULL && text[0] != ' ') {
		buf_puts(out, text);
	} else {
		buf_putc(out, '"');
		for (; *text != '\0'; text++) {
			if (*text == '"')
				buf_putc(out, '"');
			buf_putc(out, (unsigned char)*text);
		}
		buf_putc(out, '"');
	}
	if (after == '\n')
		buf_putc(out, '\r');
	buf_putc(out, after);
}
