/*
 * quote.h - whether a text quotes another one: by its lines, with or without
 * '>', and by pieces of them where a mail program has wrapped them anew.
 *
 * Both are compared after NFKC and case folding, without white space. A
 * signature block (from a line "-- " on) is no quote.
 */
#ifndef CASES_QUOTE_H
#define CASES_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

struct quote;

/* Takes in a text of len bytes of UTF-8. Linear but for one sort. */
struct quote *quote_create(const char *text, size_t len);
void quote_free(struct quote *q);

/*
 * True where the text quotes source. Of source's own quotes only what is
 * quoted here too counts: that two people quote a third is no quote.
 */
bool quote_of(struct quote *q, const char *source, size_t len);

/* The same, but one short quoted line is enough: for what must not leave. */
bool quote_of_any(struct quote *q, const char *source, size_t len);

/* Forgets what is quoted from source; it is no quote of another any more. */
void quote_forget(struct quote *q, const char *source, size_t len);

#endif
