/*
 * index.h - the index that messages are found by: a file beside the database,
 * spool/index.db, which can be made anew from it at any time.
 *
 * It is blind. What a message says lies in it as keyed hashes of its terms
 * (terms.h), with their places, so that a row of them is found; who has no key
 * of the vault's learns how often which unknown term stands where, and no text.
 * Messages lie in parts of INDEX_PART, so that forgetting one of them costs a
 * part and not all.
 */
#ifndef CASES_INDEX_H
#define CASES_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/blind.h"
#include "store/db.h"
#include "store/vault.h"

/* A case has an entry too, of its title and notes; its id begins here. */
#define INDEX_CASES (INT64_C(1) << 40)

#define INDEX_PART 8192 /* messages, by their ids */
#define INDEX_VERSIONS 4 /* of one message, until old ones are taken out */
#define INDEX_POSITIONS 50000 /* terms in a row, of one message */

/* Where a term stands. */
enum index_column {
	INDEX_SUBJECT,
	INDEX_TEXT,
	INDEX_ATTACHED, /* names of files, and what they say */
	INDEX_SENDER,
	INDEX_RECIPIENT,
	INDEX_EXACT, /* whole values: "tlp:amber", "key:...", "ipv4:..." */
	INDEX_COLUMNS
};

/* A message as it is found: a run of terms (blind.h) for each column. */
struct index_entry {
	int64_t message; /* or a case, from INDEX_CASES on */
	int64_t at; /* when it came; seconds since the epoch */
	struct buf column[INDEX_COLUMNS];
	size_t positions; /* of all columns */
	bool truncated; /* it has more terms than are kept */
};

struct index;

#define INDEX_FILE "index.db" /* in the spool (config_spool) */

/*
 * Opens the file, made where it is absent or of another version. The vault is
 * borrowed until index_close, and may be NULL for index_forget_destroyed alone.
 */
int index_open(
    struct index **out, const char *path, struct vault *v, struct err *e);
void index_close(struct index *x); /* NULL is fine */

/* All of it goes; it is filled from the beginning. */
int index_clear(struct index *x, struct err *e);

/* The entry's buffers; a text's terms join a column. */
void index_entry_init(struct index_entry *n, int64_t message);
void index_entry_free(struct index_entry *n);
void index_entry_text(struct index *x, struct index_entry *n,
    enum index_column column, const char *text, size_t len);

/* "name:value", one whole term in INDEX_EXACT, ASCII case folded. */
void index_entry_exact(struct index *x, struct index_entry *n, const char *name,
    const char *value);

/* The run that asks for a text's terms in a row; empty: it has none. */
void index_ask_text(
    struct index *x, struct buf *run, const char *text, size_t len);
void index_ask_exact(
    struct index *x, struct buf *run, const char *name, const char *value);

/* The row of the audit log up to which all was indexed. */
int index_mark(struct index *x, int64_t *mark, struct err *e);
int index_set_mark(struct index *x, int64_t mark, struct err *e);

/* One more start of a batch, committed; *before: starts since the last mark
 * was set, of processes that died. */
int index_try(struct index *x, int64_t *before, struct err *e);

/* The transaction in which entries and mark are written. */
int index_begin(struct index *x, struct err *e);
int index_commit(struct index *x, struct err *e);
void index_rollback(struct index *x);

/* Writes n in place of what was there, unless that is the same. */
int index_put(struct index *x, const struct index_entry *n, struct err *e);

/*
 * What the index knows of all messages of destroyed keys that were not
 * forgotten yet, as the database has it, is gone from the file and from its log
 * when it returns, without any key. Outside a transaction. Takes a second or
 * two for each part they lie in. *count: how many.
 */
int index_forget_destroyed(
    struct index *x, struct db *db, size_t *count, struct err *e);

/*
 * For who destroys keys, once that is committed: what the index at path knows
 * of their messages is gone from it when this returns. Needs no vault; fine
 * where there is no index.
 */
int index_after_erase(const char *path, struct db *db, struct err *e);

/* One view of the index for many questions, which cost half as much then. */
int index_view_begin(struct index *x, struct db_view *view, struct err *e);

/* --- asking ----------------------------------------------------------------
 */

/* The parts that there are, of messages or of cases: newest first, the caller's
 * array. */
int index_parts(
    struct index *x, bool cases, int64_t **part, size_t *count, struct err *e);

/* A set of the messages of one part: bit i is message part * INDEX_PART + i. */
struct index_set {
	unsigned char bit[INDEX_PART / 8];
};
bool index_set_has(const struct index_set *s, int64_t message);

/* All messages of a part; those that came in [from, until). */
int index_all(
    struct index *x, int64_t part, struct index_set *out, struct err *e);
int index_between(struct index *x, int64_t part, int64_t from, int64_t until,
    struct index_set *out, struct err *e);

/* Those that have the run in one of columns (a bit each, 1 << enum). */
int index_match(struct index *x, int64_t part, unsigned columns,
    const struct buf *run, struct index_set *out, struct err *e);

/* Messages in the index, and bytes of its file. */
int index_size(
    struct index *x, int64_t *messages, int64_t *bytes, struct err *e);

#endif
