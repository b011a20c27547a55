/*
 * advise.h - what makes a letter an advisory: its number, what it replaces,
 * its languages, and documents that say the same as its label.
 */
#ifndef WORKER_ADVISE_H
#define WORKER_ADVISE_H

#include "cases/advisory.h"
#include "cases/outgoing.h"
#include "worker/worker.h"

/* The text in that language (NULL: none is preferred), or NULL where there is
 * no other than the message's own. Borrowed from o. */
const struct outgoing_variant *advise_variant(
    const struct outgoing *o, const char *language);

/* Appends "[EX-A12-r2]", as it stands in the subject. */
void advise_mark(const struct advisory *a, const char *prefix, struct buf *out);

/*
 * Appends the text as it leaves: the label alone on the first line, what it
 * supersedes, and len bytes of text without a label that the author wrote on
 * its first line.
 */
void advise_text(const struct advisory *a, const char *prefix,
    const char *language, enum noroshi_tlp label, const char *text, size_t len,
    struct buf *out);

/* Why documents may not leave: the rule, and a sentence. */
struct advise_refusal {
	const char *rule; /* constant, or NULL: they may */
	char reason[512];
};

/*
 * Looks at each attachment in JSON or XML (IODEF): one marked above label is
 * refused (attachment-higher), a CSAF document with any other label than that
 * (attachment-label), and one that forbids sharing (attachment-unshared).
 */
int advise_documents(struct worker *w, const struct outgoing *o,
    enum noroshi_tlp label, struct advise_refusal *out, struct err *e);

#endif
