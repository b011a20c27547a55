/*
 * case.h - the cases: number, state, notes, tags. Owns the tables cases,
 * case_tag and case_note.
 *
 * A case's title and notes are sealed under its own key (store/vault.h). Every
 * change but a note or a tag raises the case's version, by which a worker sees
 * that what it judged is no longer so.
 */
#ifndef CASES_CASE_H
#define CASES_CASE_H

#include <jansson.h>

#include "base/strs.h"
#include "noroshi.h"
#include "store/db.h"
#include "store/vault.h"

struct case_file {
	int64_t id;
	char *name; /* "EX-2026-0001" */
	char *title; /* one safe line; NULL: its key was destroyed */
	char *state; /* new open waiting closed */
	int64_t owner; /* contact, 0: none */
	char *priority; /* low normal high critical */
	char *category; /* or NULL */
	bool has_label; /* a person set one */
	enum noroshi_tlp label;
	bool owed; /* somebody outside waits for an answer */
	bool apt_suspected; /* it has that tag */
	int64_t opened_at;
	int64_t closed_at; /* 0: open */
	int64_t version;
	int64_t vault_key;
};

/* Frees its fields; c itself is the caller's. */
void case_free(struct case_file *c);

struct case_new {
	const char *prefix; /* of the number */
	const char *title;
	const char *priority;
	const char *category; /* or NULL */
	int64_t owner; /* or 0 */
	bool owed;
};

/* Takes the next number of now's year. All inside the caller's transaction. */
int case_create(struct db *db, struct vault *v, int64_t now,
    const struct case_new *n, struct case_file *out, struct err *e);

/* By id; *out is the caller's to case_free. v NULL: title stays NULL.
 * ERR_NOINPUT: none. */
int case_get(struct db *db, struct vault *v, int64_t id, struct case_file *out,
    struct err *e);

/*
 * As case_get, by name ("EX-2026-0001", case folded) or id. v may be NULL: then
 * title stays NULL.
 */
int case_find(struct db *db, struct vault *v, const char *name,
    struct case_file *out, struct err *e);

/* Ids in order, the caller's array; state NULL: all. */
int case_list(struct db *db, const char *state, int64_t **id, size_t *count,
    struct err *e);

/* Its version now: what a worker compares before it commits. */
int case_version(struct db *db, int64_t id, int64_t *version, struct err *e);

/* state, owner, priority, category, owed, closed_at are written; version up. */
int case_update(struct db *db, const struct case_file *c, struct err *e);

/*
 * The message whose subject the case's title is, in whichever case that lies
 * by now; 0: a person gave it.
 */
int case_titled_by(
    struct db *db, int64_t cases, int64_t *message, struct err *e);

/* Seals another title, one safe line, under its key; version up. */
int case_set_title(struct db *db, struct vault *v, const struct case_file *c,
    const char *title, struct err *e);

/* The tag of a case that may be an advanced attack, whose author reads along.
 */
#define CASE_APT "apt-suspected"

/* Whether it is handled as one: by that tag, or by its category apt. */
bool case_is_apt(const struct case_file *c);

/*
 * Raises c's label to what its category (apt, insider) or that tag asks for,
 * for who judges what leaves of it; nothing is stored.
 */
void case_floor(struct case_file *c);

/* Sets the case's own label; version up. Who may is the caller's to ask. */
int case_set_label(
    struct db *db, int64_t id, enum noroshi_tlp label, struct err *e);

/* Adds a note, sealed under the case's key; author: a contact, 0: nobody. */
int case_note_add(struct db *db, struct vault *v, int64_t now, int64_t id,
    int64_t author, const char *text, struct err *e);

/* Adds a tag; one that is there already is fine. */
int case_tag_add(struct db *db, int64_t id, const char *tag, struct err *e);

/* Takes one away; one that is not there is fine. */
int case_tag_remove(struct db *db, int64_t id, const char *tag, struct err *e);

/* The context that a sealed value of a case is bound to (store/vault.h): what
 * is "title" or "note", id the case's or the note's. */
void case_context(char out[48], const char *what, int64_t id);

/* The case's version goes up. Inside the caller's transaction. */
int case_changed(struct db *db, int64_t id, struct err *e);

#endif
