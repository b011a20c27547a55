#include "cli/report_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "cli/page.h"
#include "config/category.h"

#define REPORT_SPAN 32 /* bytes */

/* "3 d 4 h", "2 h 05 min", "40 s". Returns out. */
static char *
report_span(int64_t seconds, char out[REPORT_SPAN])
{
	long long s = (long long)seconds;

	if (s >= 86400)
		(void)snprintf(out, REPORT_SPAN, "%lld d %lld h", s / 86400,
		    s % 86400 / 3600);
	else if (s >= 3600)
		(void)snprintf(out, REPORT_SPAN, "%lld h %02lld min", s / 3600,
		    s % 3600 / 60);
	else if (s >= 60)
		(void)snprintf(out, REPORT_SPAN, "%lld min", s / 60);
	else
		(void)snprintf(out, REPORT_SPAN, "%lld s", s);
	return out;
}

int
report_write(
    struct output *o, const char *path, const struct buf *text, struct err *e)
{
	size_t done = 0;
	ssize_t n = 0;
	int fd, rc = 0;

	if (text->over)
		return err_set(e, ERR_DATA, "the report is too long");
	if (path == NULL) {
		buf_put(&o->text, text->data, text->len);
		return 0;
	}
	fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_set(e,
		    errno == EEXIST   ? ERR_DATA
		    : errno == ENOENT ? ERR_NOINPUT
				      : ERR_TEMP,
		    "%s: %m", path);
	while (n != -1 && done < text->len) {
		n = write(fd, text->data + done, text->len - done);
		if (n > 0)
			done += (size_t)n;
		else if (errno == EINTR)
			n = 0;
	}
	if (n == -1 || fsync(fd) == -1) {
		rc = err_set(e, ERR_TEMP, "%s: %m", path);
		(void)unlink(path);
	}
	(void)close(fd);
	return rc;
}

/*
 * Whether the i-th character of a line would be read as more than itself: a
 * mark anywhere, a list or a heading at its start, an address that a reader
 * makes a link of.
 */
static bool
mark_is_special(const char *line, size_t i)
{
	char c = line[i];

	if (strchr("\\`*_[]<>&#|~@", c) != NULL)
		return true;
	if (c == ':')
		return line[i + 1] == '/';
	if (c == '-' || c == '+' || c == '=')
		return i == 0;
	if (c != '.' && c != ')')
		return false;
	return (i > 0 && strspn(line, "0123456789") == i &&
		   (line[i + 1] == ' ' || line[i + 1] == '\0')) ||
	       (i >= 3 && strncasecmp(line + i - 3, "www", 3) == 0);
}

void
report_mark(struct buf *b, const char *text)
{
	const char *line;
	struct buf safe;

	buf_init(&safe, 16 * strlen(text) + 64);
	(void)utf8_put_line(&safe, text, strlen(text));
	line = buf_str(&safe) + strspn(buf_str(&safe), " ");
	for (size_t i = 0; line[i] != '\0'; i++) {
		if (mark_is_special(line, i))
			buf_putc(b, '\\');
		buf_putc(b, (unsigned char)line[i]);
	}
	buf_free(&safe);
}

/* --- the numbers, once for all forms
 * ------------------------------------------
 */

#define LINES 12

struct line {
	const char *name;
	char value[64];
};

static void
line_count(struct line *l, const char *name, int64_t value)
{
	l->name = name;
	(void)snprintf(l->value, sizeof(l->value), "%lld", (long long)value);
}

static void
line_origin(struct line *l, const char *name, const struct stats_origin *o)
{
	l->name = name;
	(void)snprintf(l->value, sizeof(l->value),
	    "%lld domestic, %lld abroad, %lld unknown", (long long)o->domestic,
	    (long long)o->abroad, (long long)o->unknown);
}

static void
line_time(struct line *l, const char *name, const struct stats_time *t)
{
	char median[REPORT_SPAN], p90[REPORT_SPAN];

	l->name = name;
	if (t->count == 0)
		(void)snprintf(l->value, sizeof(l->value), "none");
	else
		(void)snprintf(l->value, sizeof(l->value),
		    "median %s, 90 %% within %s (%lld)",
		    report_span(t->median, median), report_span(t->p90, p90),
		    (long long)t->count);
}

static size_t
report_lines(const struct stats *s, struct line l[LINES])
{
	size_t n = 0;

	line_count(&l[n++], "Reports", s->reports);
	line_count(&l[n++], "Incidents", s->incidents);
	line_count(&l[n++], "Coordination requests", s->requests);
	line_count(&l[n++], "Vulnerabilities", s->vulnerabilities);
	line_count(&l[n++], "Exercises", s->exercises);
	line_origin(&l[n++], "Reports came", &s->reporters);
	line_origin(&l[n++], "Requests went", &s->requested);
	line_time(&l[n++], "First answer", &s->answered);
	line_count(&l[n++], "Owed an answer", s->unanswered);
	line_time(&l[n++], "Closed after", &s->closed);
	return n;
}

/* Cases of that category, in percent with two digits, as JPCERT/CC has it. */
static void
report_share(const struct stats *s, size_t i, char out[24])
{
	int64_t all = s->incidents + s->vulnerabilities + s->exercises;
	unsigned share =
	    all == 0 ? 0 : (unsigned)((s->total[i] * 20000 / all + 1) / 2);

	(void)snprintf(out, 24, "%u.%02u %%", share / 100, share % 100);
}

static const char *
report_category(const struct stats *s, size_t i)
{
	return s->category[i] == NULL ? "none" : s->category[i];
}

/* Each category that has cases: its name, JPCERT/CC's, cases, share, months. */
static const char *const category_heads[] = {
    "Category", "Statistics", "Cases", "Share", NULL};
static const char *const month_heads[] = {
    "Month", "Reports", "Incidents", "Requests", NULL};
static const char *const class_heads[] = {"Class", "Reports", NULL};

static void
report_category_cells(
    const struct stats *s, size_t i, char text[2][24], const char *cell[5])
{
	(void)snprintf(text[0], 24, "%lld", (long long)s->total[i]);
	report_share(s, i, text[1]);
	cell[0] = report_category(s, i);
	cell[1] = category_statistics(s->category[i]);
	cell[2] = text[0];
	cell[3] = text[1];
	cell[4] = NULL;
}

static void
report_month_cells(
    const struct stats_month *m, char text[3][24], const char *cell[5])
{
	const int64_t value[3] = {m->reports, m->incidents, m->requests};

	cell[0] = m->name;
	for (int i = 0; i < 3; i++) {
		(void)snprintf(text[i], 24, "%lld", (long long)value[i]);
		cell[i + 1] = text[i];
	}
	cell[4] = NULL;
}

/* Who reported, by class; false for a class that did not. */
static bool
report_class_cells(
    const struct stats *s, int c, char text[24], const char *cell[3])
{
	(void)snprintf(text, 24, "%lld", (long long)s->by_class[c]);
	cell[0] = class_name((enum class)c);
	cell[1] = text;
	cell[2] = NULL;
	return s->by_class[c] > 0;
}

/* Categories by month: the months that stand beside each other. */
static size_t
report_matrix_row(
    const struct stats *s, size_t i, char (*text)[24], const char **cell)
{
	size_t months = s->months > 12 ? 12 : s->months;
	size_t first = s->months - months;

	cell[0] = report_category(s, i);
	for (size_t m = 0; m < months; m++) {
		(void)snprintf(text[m], 24, "%lld",
		    (long long)s->month[first + m].category[i]);
		cell[m + 1] = text[m];
	}
	cell[months + 1] = NULL;
	return months;
}

static void
report_matrix_heads(const struct stats *s, const char **cell)
{
	size_t months = s->months > 12 ? 12 : s->months;

	cell[0] = "Category";
	for (size_t m = 0; m < months; m++)
		cell[m + 1] = s->month[s->months - months + m].name;
	cell[months + 1] = NULL;
}

/* --- text
 * ---------------------------------------------------------------------
 */

static void
report_cells(struct table *t, const char *const *cell)
{
	for (size_t i = 0; cell[i] != NULL; i++)
		table_cell(t, cell[i]);
}

void
report_text(
    struct output *o, const struct stats *s, const struct report_head *h)
{
	struct line l[LINES];
	size_t lines = report_lines(s, l);
	char text[3][24];
	const char *cell[5];
	struct table t;

	output_line(o, h->team);
	output_put(o, ", %s to %s\n\n", h->from, h->to);
	for (size_t i = 0; i < lines; i++)
		output_put(o, "%-22s %s\n", l[i].name, l[i].value);
	output_put(o, "\n");
	table_init(&t, month_heads);
	for (size_t i = 0; i < s->months; i++) {
		report_month_cells(&s->month[i], text, cell);
		report_cells(&t, cell);
	}
	table_put(&t, o);
	table_free(&t);
	output_put(o, "\n");
	table_init(&t, category_heads);
	for (size_t i = 0; i < s->categories; i++) {
		if (s->total[i] == 0)
			continue;
		report_category_cells(s, i, text, cell);
		report_cells(&t, cell);
	}
	table_put(&t, o);
	table_free(&t);
	output_put(o, "\n");
	table_init(&t, class_heads);
	for (int c = 0; c < CLASSES; c++)
		if (report_class_cells(s, c, text[0], cell))
			report_cells(&t, cell);
	table_put(&t, o);
	table_free(&t);
}

/* --- Markdown
 * -----------------------------------------------------------------
 */

static void
mark_row(struct buf *b, const char *const *cell)
{
	for (size_t i = 0; cell[i] != NULL; i++) {
		buf_puts(b, "| ");
		report_mark(b, cell[i]);
		buf_putc(b, ' ');
	}
	buf_puts(b, "|\n");
}

static void
mark_heads(struct buf *b, const char *const *cell)
{
	mark_row(b, cell);
	for (size_t i = 0; cell[i] != NULL; i++)
		buf_puts(b, i == 0 ? "| --- " : "| ---: ");
	buf_puts(b, "|\n");
}

static void
mark_categories(struct buf *b, const struct stats *s)
{
	char text[12][24];
	const char *cell[14];

	buf_puts(b, "\n## Categories\n\n");
	mark_heads(b, category_heads);
	for (size_t i = 0; i < s->categories; i++) {
		if (s->total[i] == 0)
			continue;
		report_category_cells(s, i, text, cell);
		mark_row(b, cell);
	}
	buf_puts(b, "\n## Categories by month\n\n");
	report_matrix_heads(s, cell);
	mark_heads(b, cell);
	for (size_t i = 0; i < s->categories; i++) {
		if (s->total[i] == 0)
			continue;
		(void)report_matrix_row(s, i, text, cell);
		mark_row(b, cell);
	}
	buf_puts(b, "\n## Reports by class\n\n");
	mark_heads(b, class_heads);
	for (int c = 0; c < CLASSES; c++)
		if (report_class_cells(s, c, text[0], cell))
			mark_row(b, cell);
}

void
report_markdown(
    struct buf *b, const struct stats *s, const struct report_head *h)
{
	struct line l[LINES];
	size_t lines = report_lines(s, l);
	char text[3][24];
	const char *cell[5];

	buf_puts(b, "# ");
	report_mark(b, h->team);
	buf_putf(b, ", %s to %s\n\n| | |\n| --- | --- |\n", h->from, h->to);
	for (size_t i = 0; i < lines; i++) {
		const char *row[] = {l[i].name, l[i].value, NULL};

		mark_row(b, row);
	}
	buf_puts(b, "\n## Months\n\n");
	mark_heads(b, month_heads);
	for (size_t i = 0; i < s->months; i++) {
		report_month_cells(&s->month[i], text, cell);
		mark_row(b, cell);
	}
	mark_categories(b, s);
}

/* --- HTML
 * ---------------------------------------------------------------------
 */

static void
html_chart_months(struct buf *b, const struct stats *s)
{
	int64_t value[3][STATS_MONTHS];
	const char *name[STATS_MONTHS];
	const struct page_series series[3] = {{"Reports", value[0]},
	    {"Incidents", value[1]}, {"Requests", value[2]}};

	for (size_t i = 0; i < s->months; i++) {
		name[i] = s->month[i].name;
		value[0][i] = s->month[i].reports;
		value[1][i] = s->month[i].incidents;
		value[2][i] = s->month[i].requests;
	}
	page_bars(b, "Reports, incidents and coordination requests by month",
	    name, s->months, series, 3);
}

static void
html_chart_categories(struct buf *b, const struct stats *s)
{
	int64_t value[STATS_CATEGORIES];
	const char *name[STATS_CATEGORIES];
	const struct page_series series = {"Cases", value};
	size_t n = 0;

	for (size_t i = 0; i < s->categories; i++) {
		if (s->total[i] == 0)
			continue;
		name[n] = report_category(s, i);
		value[n++] = s->total[i];
	}
	page_bars(b, "Cases by category", name, n, &series, 1);
}

static void
html_categories(struct buf *b, const struct stats *s)
{
	char text[12][24];
	const char *cell[14];

	page_heading(b, "Categories");
	html_chart_categories(b, s);
	buf_puts(b, "<table>\n");
	page_row(b, "th", category_heads);
	for (size_t i = 0; i < s->categories; i++) {
		if (s->total[i] == 0)
			continue;
		report_category_cells(s, i, text, cell);
		page_row(b, "td", cell);
	}
	buf_puts(b, "</table>\n");
	page_heading(b, "Categories by month");
	buf_puts(b, "<table>\n");
	report_matrix_heads(s, cell);
	page_row(b, "th", cell);
	for (size_t i = 0; i < s->categories; i++) {
		if (s->total[i] == 0)
			continue;
		(void)report_matrix_row(s, i, text, cell);
		page_row(b, "td", cell);
	}
	buf_puts(b, "</table>\n");
	page_heading(b, "Reports by class");
	buf_puts(b, "<table>\n");
	page_row(b, "th", class_heads);
	for (int c = 0; c < CLASSES; c++)
		if (report_class_cells(s, c, text[0], cell))
			page_row(b, "td", cell);
	buf_puts(b, "</table>\n");
}

void
report_html(struct buf *b, const struct stats *s, const struct report_head *h)
{
	char *title = xasprintf("%s, %s to %s", h->team, h->from, h->to);
	struct line l[LINES];
	size_t lines = report_lines(s, l);
	char text[3][24];
	const char *cell[5];

	page_begin(b, "en", title, NULL);
	free(title);
	buf_puts(b, "<table>\n");
	for (size_t i = 0; i < lines; i++) {
		const char *row[] = {l[i].name, l[i].value, NULL};

		page_row(b, "td", row);
	}
	buf_puts(b, "</table>\n");
	page_heading(b, "Months");
	html_chart_months(b, s);
	buf_puts(b, "<table>\n");
	page_row(b, "th", month_heads);
	for (size_t i = 0; i < s->months; i++) {
		report_month_cells(&s->month[i], text, cell);
		page_row(b, "td", cell);
	}
	buf_puts(b, "</table>\n");
	html_categories(b, s);
	page_end(b, NULL);
}
