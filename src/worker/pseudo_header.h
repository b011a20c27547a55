/*
 * pseudo_header.h - the orders at the top of a staff member's mail: lines of
 * "Word: value", and an empty line below them. Our own words are those of RT's
 * command by mail; the others are Schleuder's keywords.
 *
 * This reads words only. Whether a mail may order anything is worker/command.h,
 * what an order means is worker/order.h.
 */
#ifndef WORKER_PSEUDO_HEADER_H
#define WORKER_PSEUDO_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#define PSEUDO_LINES 100 /* of one head, ours */
#define PSEUDO_VALUE 4000 /* bytes of one value, ours */

enum pseudo_word {
	PSEUDO_CASE,
	PSEUDO_TO,
	PSEUDO_CC,
	PSEUDO_BCC,
	PSEUDO_FACTS,
	PSEUDO_JOIN,
	PSEUDO_TLP,
	PSEUDO_STATUS,
	PSEUDO_OWNER,
	PSEUDO_CLAIM,
	PSEUDO_PRIORITY,
	PSEUDO_CATEGORY,
	PSEUDO_NOTE,
	PSEUDO_HARM,
	PSEUDO_CAUSE,
	PSEUDO_REMEDY,
	PSEUDO_DEADLINE,
	PSEUDO_REFUSE,
	PSEUDO_MERGE,
	PSEUDO_MERGE_INTO,
	PSEUDO_MOVE,
	PSEUDO_SPLIT,
	PSEUDO_UNDO,
	PSEUDO_RESEND,
	PSEUDO_RESEND_ENCRYPTED,
	PSEUDO_SIGN,
	PSEUDO_ADD_KEY,
	PSEUDO_LIST_KEYS,
	PSEUDO_GET_KEY,
	PSEUDO_LIST_NAME,
	PSEUDO_CASES,
	PSEUDO_HELP,
	PSEUDO_WORDS
};

struct pseudo_line {
	enum pseudo_word word;
	char *value; /* safe UTF-8, trimmed; a folded one has LFs */
};

enum pseudo_kind {
	PSEUDO_NONE, /* the text begins with words for people */
	PSEUDO_ORDERS,
	PSEUDO_BROKEN /* meant as orders, and not understood */
};

struct pseudo_head {
	enum pseudo_kind kind;
	struct pseudo_line *line;
	size_t lines;
	size_t end; /* where the text begins, bytes */
	const char *mistake; /* one sentence, constant; with PSEUDO_BROKEN */
	char *unknown; /* the word that nobody knows, or NULL */
};

/*
 * Reads what text begins with. A head is a first paragraph in which each line
 * is "Word: value", or folded (begins with white space); its colon may be a
 * full-width one. A head in which one word is unknown is broken, so that
 * nothing is done by halves; so is a paragraph that begins with a known word
 * and goes on with another text. out is to be freed in every case.
 */
void pseudo_head_read(const char *text, size_t len, struct pseudo_head *out);
void pseudo_head_free(struct pseudo_head *h); /* its fields */

/* True where one of the lines has that word. */
bool pseudo_head_has(const struct pseudo_head *h, enum pseudo_word word);

/* As it is written, "Case", "x-resend". Constant. */
const char *pseudo_word_name(enum pseudo_word word);

#endif
