/* html.h - the words of an HTML document, and nothing that acts. */
#ifndef MESSAGE_HTML_H
#define MESSAGE_HTML_H

#include <stddef.h>

#include "base/buf.h"
#include "base/strs.h"

/*
 * Appends the visible text of html (safe UTF-8) as safe UTF-8 with LF. Tags,
 * comments, and what is in head, script and style go; a link's address follows
 * its text as " <url>" where it differs. Text that its markup hides (hidden,
 * display:none, visibility:hidden, font-size:0) goes with the warning
 * html-hidden. Nothing is fetched. Linear in len.
 */
void html_text(
    struct buf *out, const char *html, size_t len, struct strs *warnings);

/*
 * The same without each <div class="header-protection-legacy-display">: a copy
 * of the protected header (RFC 9788 section 5.2.3).
 */
void html_text_legacy(
    struct buf *out, const char *html, size_t len, struct strs *warnings);

#endif
