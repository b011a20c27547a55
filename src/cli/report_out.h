/* report_out.h - the numbers of cases/stats.h for people: as text, Markdown or
 * HTML. */
#ifndef CLI_REPORT_OUT_H
#define CLI_REPORT_OUT_H

#include "cases/stats.h"
#include "cli/output.h"

/* Words on top: team and time. */
struct report_head {
	const char *team;
	const char *from, *to; /* dates, both in it */
};

void report_text(
    struct output *o, const struct stats *s, const struct report_head *h);
void report_markdown(
    struct buf *b, const struct stats *s, const struct report_head *h);
void report_html(
    struct buf *b, const struct stats *s, const struct report_head *h);

/* Writes text durably into a new file (0600), or, path NULL, gives it out. */
int report_write(
    struct output *o, const char *path, const struct buf *text, struct err *e);

/* What Markdown could read as its own, with a backslash before it; one line. */
void report_mark(struct buf *b, const char *text);

#endif
