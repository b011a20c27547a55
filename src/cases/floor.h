/*
 * floor.h - the items of content of an outgoing message, and the label below
 * which it may not fall.
 */
#ifndef CASES_FLOOR_H
#define CASES_FLOOR_H

#include "cases/echo.h"
#include "cases/excerpt.h"
#include "cases/recipient.h"

struct floor {
	struct content_item *item; /* [0] is our own text */
	size_t items;
	enum noroshi_tlp label; /* what it leaves under */
	enum noroshi_tlp asked; /* our own text's, before the rest is weighed */
	enum noroshi_tlp own; /* what its words and attachments say */
	bool raised; /* a quote raised it: quote-higher */
	bool attachment_raised; /* an attachment's own: attachment-higher */
	struct excerpt excerpt; /* of kind "facts": what it may not hold */
	const char *opaque; /* why one cannot be read; constant, or NULL */
	bool lowered; /* asked for less than the floor: downgrade */
	bool lowered_third; /* and what is above is somebody else's */
	bool released; /* it was lowered, and leaves as asked: floor_lower */
	bool apart; /* it holds what was decrypted beside other content */
	struct strs quoted; /* ids of the messages that are quoted */
	struct echoes echoes; /* repeated without being quoted */
};
void floor_free(struct floor *f);

/*
 * Raises *label to the strictest of the messages that came in a case and that
 * text quotes; self is the one whose text it is.
 */
int floor_quoted(struct db *db, struct vault *v, int64_t cases, int64_t self,
    const struct buf *text, enum noroshi_tlp *label, struct err *e);

/* A file of m's is attached to o, or m itself as one; m is unsealed. */
bool floor_attached(const struct outgoing *o, const struct message *m);

/*
 * Finds quotes of stored messages in o's text (by its lines, normalised) and
 * stored attachments (by SHA-256), reads what attachments say of themselves
 * (cases/document.h), takes the messages whose indicators one lists for content
 * too, and works the label out: the one asked for,
 * else the answered message's, the case's, the default; never below the case's
 * own label, the answered message's, and those of quotes and attachments.
 * Beyond the case it finds what is repeated (cases/echo.h), which raises
 * nothing; a member's post is not looked at for that.
 * apart is set where it quotes or attaches what was decrypted as an object of
 * its own: whoever sent that need not be who could read it. An
 * excerpt of facts alone is ours, GREEN unless another label was asked for.
 */
int floor_find(struct db *db, struct vault *v, const struct outgoing *o,
    enum noroshi_tlp default_out, struct floor *out, struct err *e);

/*
 * Who may release a downgrade did: our own words leave under the label that was
 * asked for, or that of a quote or an attachment where one is above it.
 */
void floor_lower(struct floor *f);

#endif
