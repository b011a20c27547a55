/*
 * page.h - HTML that stands alone in one file: no script, nothing fetched, and
 * a policy in its head that lets nothing else in. What came from outside enters
 * by page_text.
 */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* language: "en" or "ja"; label: "AMBER", which stands on top and below; or
 * NULL. */
void page_begin(
    struct buf *b, const char *language, const char *title, const char *label);
void page_end(struct buf *b, const char *label);

/* Text with what HTML and XML could read as their own escaped, and control
 * characters taken out. */
void page_text(struct buf *b, const char *text);

/* <h2>, <p>; text is escaped. Lines of a paragraph are kept. */
void page_heading(struct buf *b, const char *text);
void page_paragraph(struct buf *b, const char *text);

/* A row of cells; the first is a heading; NULL ends them. */
void page_row(struct buf *b, const char *tag, const char *const *cell);

/* One series of a chart: a value for each of its names. */
struct page_series {
	const char *name;
	const int64_t *value;
};

#define PAGE_SERIES 4 /* that have a colour of their own */

/* Bars side by side for each name, as SVG, with numbers and a legend. */
void page_bars(struct buf *b, const char *title, const char *const *name,
    size_t names, const struct page_series *series, size_t count);

#endif
