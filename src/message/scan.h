/*
 * scan.h - the first look at bytes from a stranger: how deep, how many, how
 * long, and where each entity lies.
 *
 * One pass, no recursion; what is kept grows with parts, which are limited.
 * Nothing else may read a message before this found it within its limits.
 * A line ends with LF or CRLF; a lone CR is a byte like any other.
 */
#ifndef MESSAGE_SCAN_H
#define MESSAGE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "message/cuts.h"

/* Each is the setting of the same name with "limit_" before it. */
struct scan_limits {
	uint64_t message; /* bytes */
	uint64_t depth; /* levels of MIME, the root is the first */
	uint64_t parts; /* the root is the first */
	uint64_t header; /* bytes of one header block */
	uint64_t field; /* bytes of one field */
	uint64_t comments; /* nested comments in a structured field */
	uint64_t addresses; /* in one field */
};

enum scan_kind { SCAN_LEAF, SCAN_MULTIPART, SCAN_MESSAGE };

/* Spans as struct part has them. */
struct scan_part {
	enum scan_kind kind;
	bool digest; /* multipart/digest: children are messages by default */
	uint32_t parent; /* PART_NONE for the first */
	uint32_t depth;
	uint64_t start;
	uint64_t body;
	uint64_t end;
};

struct scan {
	struct scan_part *part; /* parents stand before their children */
	size_t parts;
	struct cuts cuts; /* lines that divide nothing */
	bool boundary_missing; /* none given, never met, or not closed */
	bool header_broken; /* a header ended at what is no field */
	bool header_8bit;
	bool header_control; /* C0 but TAB, LF and the CR before it; DEL */
};

/*
 * Fills out from data (len bytes). ERR_DATA names the limit that does not
 * hold, the value met and what is allowed. At least one part comes back.
 */
int scan_message(struct scan *out, const void *data, size_t len,
    const struct scan_limits *limits, struct err *e);
void scan_free(struct scan *scan);

#endif
