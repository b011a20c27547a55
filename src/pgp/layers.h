/*
 * layers.h - walks a mail's parts and opens each cryptographic layer.
 *
 * The table grows while it is walked: what a layer held comes behind all that
 * was there. So one loop does it, and nothing recurs.
 */
#ifndef PGP_LAYERS_H
#define PGP_LAYERS_H

#include "pgp/decrypt.h"
#include "pgp/verdict.h"

/* What the walk knows of a part beyond its verdict. */
struct layer {
	unsigned depth; /* cryptographic layers around it */
	bool enclosed; /* in a message that this one encloses */
	bool wrapper; /* what is below it is one layer deeper */
	bool unsealed; /* what a decryption gave, not as an attachment */
	bool object; /* what one gave as an attachment */
	bool decryption; /* a wrapper whose decryption was sound */
	bool signed_good; /* a wrapper with a good signature */
	bool shapeless; /* content of a MIME wrapper that does not begin as
			   entity.h wants it: what is shown may lack its first
			   lines, so no signature over it is of the whole */
	uint32_t payload; /* a MIME wrapper's content, or PART_NONE */
	size_t roots; /* buffers that hang below it, in this walk */
};

struct layers {
	struct keyring *keyring;
	struct mail *mail;
	int64_t now;
	bool again; /* the mail has been opened; add nothing to it */
	struct verdict *verdict;
	struct layer *layer; /* one for each part */
	size_t count; /* of layer, and of verdict's parts */
	size_t left; /* bytes of plaintext that may still come */
	unsigned operations; /* runs of gpg so far */
	bool failed; /* something encrypted stayed closed */
	uint32_t at; /* the part that is being opened */
};

/* Fills verdict but for what needs all parts; see open.c. */
int layers_walk(struct layers *l, struct err *e);
void layers_free(struct layers *l);

/*
 * For the files that open one kind of layer each. layers_may says whether one
 * more may be opened at part, and notes it where it may not. layers_take hangs
 * plain (taken) below part. layers_fail notes what could not be opened.
 */
bool layers_may(struct layers *l, uint32_t part);
int layers_decrypt(struct layers *l, const void *data, size_t len,
    struct decryption *d, struct err *e);
int layers_take(struct layers *l, uint32_t part, struct buf *plain,
    bool encrypted, uint32_t *root, struct err *e);
void layers_sign(
    struct layers *l, const struct signatures *signatures, uint32_t part);
void layers_fail(struct layers *l, const char *word, const char *why);

/*
 * Notes whether a MIME wrapper's content begins as an entity does, now that
 * signatures were found over it.
 */
void layers_shape(struct layers *l, uint32_t content);

/* True where blank bytes in the part show nothing: no file, no odd charset. */
bool layers_may_be_blank(const struct layers *l, uint32_t part);

/* The most bytes that one part of the mail can have. */
size_t layers_part_max(const struct layers *l);

/* Binary OpenPGP of a leaf, its armour undone; empty where there is none. */
int layers_binary(
    struct layers *l, uint32_t part, struct buf *out, struct err *e);

/* The n-th child in the part's own buffer, or PART_NONE. */
uint32_t layers_child(const struct layers *l, uint32_t part, size_t n);

#endif
