/*
 * wish.h - what somebody asks to be sent from the command line: shared by
 * noroshi send, in whose file it is, and noroshi advisory.
 */
#ifndef CLI_WISH_H
#define CLI_WISH_H

#include "cases/advisory.h"
#include "cli/session.h"
#include "worker/clearance.h"

/* Options as they were given; borrowed from argv, but for the lists. */
struct wish {
	const char *as, *incident, *subject, *label;
	const char *refusal; /* the reason: the answer is a template's */
	const char *indicators; /* "csv", "stix:CASE"; cli/case_export.h */
	struct strs to, cc, bcc, attach;
	bool dry_run, facts_only, join;
};

void wish_free(struct wish *w); /* its lists */

/* Asks the gate, and unless it is a dry run writes the request and says what
 * became of it: ERR_DENIED where nothing may leave. The vault is open. */
int wish_send(struct session *s, const struct wish *w, struct err *e);

/* ERR_DATA where it is too long or no UTF-8; NULL is fine. */
int wish_subject(const char *subject, struct err *e);

/* Fills o's label, its text from standard input (one that is there), and its
 * attachments. */
int wish_label(const struct wish *w, struct outgoing *o, struct err *e);
int wish_body(struct outgoing *o, struct err *e);
int wish_attach(const struct wish *w, struct outgoing *o, struct err *e);

/*
 * Writes the request and, where a is not NULL, the advisory that it is: a new
 * one where a->number is 0, else that one's next revision. The former inside
 * the caller's transaction, with the spool open; the latter in one of its own,
 * and wakes the queue.
 */
int wish_write(struct session *s, struct outgoing *o, enum noroshi_tlp label,
    struct advisory *a, struct err *e);
int wish_commit(struct session *s, struct outgoing *o, enum noroshi_tlp label,
    struct advisory *a, struct err *e);

/* Says what the gate said of each, and the number it goes by. */
int wish_say(struct session *s, const struct outgoing *o,
    const struct clearance *c, const struct advisory *a, struct err *e);

/*
 * Asks the gate, of the caller's own files too; what strangers sent is read by
 * the parser. c is the caller's to clearance_free.
 */
int wish_judge(
    struct session *s, struct outgoing *o, struct clearance *c, struct err *e);

/* ERR_DENIED where the gate refused it. */
int wish_refused(const struct clearance *c, struct err *e);

#endif
