/* blocks.h - OpenPGP inside text parts, and encrypted attachments. */
#ifndef PGP_BLOCKS_H
#define PGP_BLOCKS_H

#include "pgp/layers.h"

/*
 * Opens the armoured blocks of a text part (RFC 9580 sections 6 and 7). What
 * gpg gives out becomes a text part below it; text that stands around the
 * blocks is covered by nothing. In HTML, only what is encrypted is looked for,
 * in its text; that is never the whole of it.
 */
int blocks_open_text(struct layers *l, uint32_t part, struct err *e);

/* True where the file's name ends in .pgp, .gpg or .asc. */
bool blocks_attachment(const struct part *p);

/*
 * Decrypts such a file where it is an encrypted message. Its content becomes
 * an attachment below it: an object of its own, never part of the text.
 */
int blocks_open_attachment(struct layers *l, uint32_t part, struct err *e);

#endif
