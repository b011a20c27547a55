/*
 * pack.h - typed fields in bytes, for the messages between our own processes.
 *
 * A field is a tag byte and a value: 'u' and 8 bytes (big endian), 'b' and a
 * 4-byte length and that many bytes, 'n' for an absent string.
 */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/strs.h"

/*
 * Each appends one field. A bool is 'u' 0 or 1, an int64_t 'u' with the same
 * bits, a list of strings 'u' with their number and then each as a 'b'.
 */
void pack_u64(struct buf *b, uint64_t v);
void pack_i64(struct buf *b, int64_t v);
void pack_bool(struct buf *b, bool v);
void pack_bytes(struct buf *b, const void *data, size_t len);
void pack_str(struct buf *b, const char *s); /* NULL allowed */
void pack_strs(struct buf *b, const struct strs *l);

/*
 * Reads fields in the order in which they were packed, and never past the end.
 * The first field that is not there, or not of the type that is asked for,
 * sets bad, and everything read from then on is zero, NULL or empty: read
 * all, then look at bad once.
 */
struct unpack {
	const unsigned char *p;
	size_t left; /* bytes */
	bool bad;
};

/* Begins with the len bytes of data, which are borrowed as long as u reads. */
void unpack_init(struct unpack *u, const void *data, size_t len);

/* The next field's value; another type, or a bool over 1, is bad. */
uint64_t unpack_u64(struct unpack *u);
int64_t unpack_i64(struct unpack *u);
bool unpack_bool(struct unpack *u);

/* As unpack_u64; a value over max is bad. */
uint64_t unpack_max(struct unpack *u, uint64_t max);

/* Borrowed from the packed bytes. */
const void *unpack_bytes(struct unpack *u, size_t *len);

/* The caller's, or NULL where the string was absent. A NUL inside is bad. */
char *unpack_str(struct unpack *u);

/* l is filled anew; more than max strings are bad. */
void unpack_strs(struct unpack *u, struct strs *l, size_t max);

/* True where all was read and nothing was bad. */
bool unpack_done(const struct unpack *u);

#endif
