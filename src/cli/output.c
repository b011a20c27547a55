#include "cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <unitypes.h>
#include <uniwidth.h>

#include "base/alloc.h"
#include "base/utf8.h"

#define CELL_MAX 65536 /* bytes of one line of others' words */
#define LAST_MIN 16 /* columns of the last cell beside the others */
#define SOFT_MIN 12 /* columns that are left of a cell that may be cut */
#define GAP 2 /* columns between cells */
#define INDENT 4 /* columns before a last cell on its own line */
#define PLAIN "\033[0m"
#define BOLD "\033[1m"

bool
output_wants_colour(bool terminal, const char *no_color, const char *term)
{
	if (!terminal || (no_color != NULL && *no_color != '\0'))
		return false;
	return term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
}

void
output_open(struct output *o, int fd)
{
	struct winsize size = {0};

	*o = (struct output){.fd = fd, .terminal = isatty(fd) == 1};
	o->colour = output_wants_colour(
	    o->terminal, getenv("NO_COLOR"), getenv("TERM"));
	if (o->terminal && ioctl(fd, TIOCGWINSZ, &size) == 0) {
		o->columns = size.ws_col;
		o->rows = size.ws_row;
	}
	buf_init_secret(&o->text, OUTPUT_MAX);
}

void
output_close(struct output *o)
{
	buf_free(&o->text);
}

void
output_put(struct output *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vputf(&o->text, fmt, ap);
	va_end(ap);
}

void
output_line(struct output *o, const char *text)
{
	(void)utf8_put_line(&o->text, text, strlen(text));
}

void
output_text(struct output *o, const char *text, size_t len)
{
	(void)utf8_put_safe(&o->text, text, len);
	if (o->text.len > 0 && o->text.data[o->text.len - 1] != '\n')
		buf_putc(&o->text, '\n');
}

void
output_field(struct output *o, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	output_put(o, "%-12s ", name);
	output_line(o, value);
	output_put(o, "\n");
}

const char *
output_string(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* The colours of FIRST's TLP 2.0, on black as it wants them. */
static const char *
label_colour(const char *label)
{
	if (strcmp(label, "RED") == 0)
		return "\033[38;2;255;43;43;48;2;0;0;0m";
	if (strncmp(label, "AMBER", 5) == 0)
		return "\033[38;2;255;192;0;48;2;0;0;0m";
	if (strcmp(label, "GREEN") == 0)
		return "\033[38;2;51;255;0;48;2;0;0;0m";
	return "\033[38;2;255;255;255;48;2;0;0;0m";
}

void
output_label(struct output *o, const char *label, bool bare)
{
	if (label == NULL)
		return;
	if (o->colour)
		buf_puts(&o->text, label_colour(label));
	if (!bare)
		buf_puts(&o->text, "TLP:");
	output_line(o, label);
	if (o->colour)
		buf_puts(&o->text, PLAIN);
}

void
output_heading(struct output *o, const char *text)
{
	if (o->colour)
		buf_puts(&o->text, BOLD);
	output_line(o, text);
	if (o->colour)
		buf_puts(&o->text, PLAIN);
}

/* Unsafe code points stand only inside strings: there an escape is the same. */
static void
put_escaped(struct buf *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t len = strlen(text), from = 0;

	for (size_t i = 0; i < len;) {
		uint32_t cp = 0;
		size_t n = utf8_next(p + i, len - i, &cp);

		if (n == 0 || !utf8_unsafe(cp)) {
			i += n == 0 ? 1 : n;
			continue;
		}
		buf_put(out, text + from, i - from);
		if (cp > 0xffff)
			buf_putf(out, "\\u%04x\\u%04x",
			    (unsigned)(0xd800 + ((cp - 0x10000) >> 10)),
			    (unsigned)(0xdc00 + ((cp - 0x10000) & 0x3ff)));
		else
			buf_putf(out, "\\u%04x", (unsigned)cp);
		i += n;
		from = i;
	}
	buf_put(out, text + from, len - from);
}

int
output_json(struct output *o, json_t *value, struct err *e)
{
	char *text;

	if (value == NULL)
		return err_set(e, ERR_BUG, "no JSON came of it");
	text = json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY);
	json_decref(value);
	if (text == NULL)
		return err_set(e, ERR_BUG, "the JSON could not be written");
	put_escaped(&o->text, text);
	buf_putc(&o->text, '\n');
	explicit_bzero(text, strlen(text));
	free(text);
	return 0;
}

int
output_flush(struct output *o, struct err *e)
{
	size_t done = 0;

	if (o->text.over)
		return err_set(e, ERR_DATA, "over %u bytes to say", OUTPUT_MAX);
	while (!o->closed && done < o->text.len) {
		ssize_t n =
		    write(o->fd, o->text.data + done, o->text.len - done);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EPIPE)
			o->closed = true;
		else if (n == -1)
			return err_set(e, ERR_TEMP, "standard output: %m");
		else
			done += (size_t)n;
	}
	buf_clear(&o->text);
	return 0;
}

size_t
output_width(const char *text)
{
	int width = u8_width((const uint8_t *)text, strlen(text), "UTF-8");

	return width < 0 ? 0 : (size_t)width;
}

void
table_init(struct table *t, const char *const *headings)
{
	*t = (struct table){.label = TABLE_COLUMNS};
	while (t->columns < TABLE_COLUMNS && headings[t->columns] != NULL)
		t->columns++;
	for (size_t i = 0; i < t->columns; i++) {
		if (strcmp(headings[i], "LABEL") == 0)
			t->label = i;
		table_cell(t, headings[i]);
	}
}

void
table_free(struct table *t)
{
	for (size_t i = 0; i < t->cells; i++)
		free(t->cell[i]);
	free(t->cell);
	*t = (struct table){0};
}

void
table_cell(struct table *t, const char *text)
{
	size_t column = t->cells % t->columns, width;
	struct buf line;

	buf_init(&line, CELL_MAX);
	if (text == NULL || *text == '\0')
		text = "-";
	(void)utf8_put_line(&line, text, strnlen(text, CELL_MAX / 4));
	t->cell = xgrow(t->cell, t->cells, sizeof(*t->cell));
	t->cell[t->cells] = buf_take_str(&line);
	width = output_width(t->cell[t->cells]);
	if (width > t->width[column])
		t->width[column] = width;
	t->cells++;
}

void
table_number(struct table *t, int64_t value)
{
	char *text = xasprintf("%lld", (long long)value);

	table_cell(t, text);
	free(text);
}

void
table_time(struct table *t, const char *time, enum time_detail detail)
{
	char text[sizeof("2026-11-22 01:02")];

	if (time == NULL || strlen(time) < sizeof(text) - 1) {
		table_cell(t, time);
		return;
	}
	(void)snprintf(text, sizeof(text), "%.10s %.5s", time, time + 11);
	if (detail == TIME_DAY)
		text[sizeof("2026-11-22") - 1] = '\0';
	table_cell(t, text);
}

void
table_soft(struct table *t, const char *heading)
{
	for (size_t i = 0; i < t->columns; i++)
		if (strcmp(t->cell[i], heading) == 0)
			t->soft[i] = true;
}

/*
 * A cell, up to room columns (0: all), and an ellipsis where cut; the columns
 * that it took.
 */
static size_t
put_cut(struct output *o, const char *text, size_t room)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t len = strlen(text), i = 0, used = output_width(text);

	if (room == 0 || used <= room) {
		output_line(o, text);
		return used;
	}
	used = 0;
	while (i < len) {
		uint32_t cp = 0;
		size_t n = utf8_next(p + i, len - i, &cp);
		int w = n == 0 ? 1 : uc_width(cp, "UTF-8");

		if (w < 0)
			w = 0;
		if (used + (size_t)w + 1 > room)
			break;
		used += (size_t)w;
		i += n == 0 ? 1 : n;
	}
	(void)utf8_put_line(&o->text, text, i);
	buf_puts(&o->text, "\xe2\x80\xa6"); /* U+2026 */
	return used + 1;
}

/* Widths of all columns but the last, soft ones cut to fit; the sum. */
static size_t
table_fit(const struct table *t, const struct output *o, size_t *width)
{
	size_t sum = 0;

	for (size_t i = 0; i + 1 < t->columns; i++) {
		width[i] = t->width[i];
		sum += width[i] + GAP;
	}
	while (o->columns > 0 && sum + LAST_MIN > o->columns) {
		size_t widest = t->columns;

		for (size_t i = 0; i + 1 < t->columns; i++)
			if (t->soft[i] && width[i] > SOFT_MIN &&
			    (widest == t->columns || width[i] > width[widest]))
				widest = i;
		if (widest == t->columns)
			break;
		width[widest]--;
		sum--;
	}
	return sum;
}

/* A cell that is not the last one; the columns that it took. */
static size_t
put_fixed(const struct table *t, size_t row, size_t column, size_t width,
    struct output *o)
{
	const char *cell = t->cell[row * t->columns + column];

	if (row > 0 && column != t->label)
		return put_cut(o, cell, width);
	if (row == 0)
		output_heading(o, cell);
	else if (strcmp(cell, "-") != 0)
		output_label(o, cell, true);
	else
		output_line(o, cell);
	return output_width(cell);
}

static void
put_row(const struct table *t, size_t row, const size_t *width, size_t sum,
    struct output *o)
{
	const char *last = t->cell[(row + 1) * t->columns - 1];
	size_t gap = 0, room = 0;

	for (size_t i = 0; i + 1 < t->columns; i++) {
		output_put(o, "%*s", (int)gap, "");
		gap = width[i] + GAP - put_fixed(t, row, i, width[i], o);
	}
	if (o->columns > 0 && sum + LAST_MIN > o->columns) {
		buf_putc(&o->text, '\n');
		sum = gap = INDENT;
	}
	output_put(o, "%*s", (int)gap, "");
	if (o->columns > 0)
		room =
		    o->columns > sum + LAST_MIN ? o->columns - sum : LAST_MIN;
	if (row == 0)
		output_heading(o, last);
	else
		(void)put_cut(o, last, room);
	buf_putc(&o->text, '\n');
}

void
table_put(const struct table *t, struct output *o)
{
	size_t width[TABLE_COLUMNS] = {0};
	size_t sum = table_fit(t, o, width);

	for (size_t row = 0; row < t->cells / t->columns; row++)
		put_row(t, row, width, sum, o);
}
