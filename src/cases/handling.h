/*
 * handling.h - what became of an incident: whether harm was done, its cause,
 * how it was mended, and what was decided where an APT is suspected. Owns the
 * table case_handling. Cause and remedy are sealed under the case's key.
 */
#ifndef CASES_HANDLING_H
#define CASES_HANDLING_H

#include <jansson.h>

#include "cases/case.h"
#include "config/config.h"

#define HANDLING_UNKNOWN "unknown" /* a cause, a remedy that nobody found */

struct handling {
	char *harm; /* none suspected confirmed */
	char *cause; /* NULL: not said, or its key was destroyed */
	char *remedy;
	bool has_cause, has_remedy; /* said */
	int64_t accepted_by; /* contact who accepts what is unknown, or 0 */
	char *decision; /* eliminate observe; NULL: none yet */
};

void handling_free(struct handling *h); /* its fields */

/* v NULL: without the sealed texts. out is to be freed. */
int handling_get(struct db *db, struct vault *v, const struct case_file *file,
    struct handling *out, struct err *e);

/* Adds harm, cause, remedy, accepted_by, decision and apt_suspected to a
 * case's object. */
int handling_json(struct db *db, struct vault *v, const struct case_file *file,
    json_t *object, struct err *e);

bool handling_harm_is(const char *word);
bool handling_decision_is(const char *word);

/* --- inside the caller's transaction --- */

/*
 * Says whether harm was done. Where it is confirmed now and was not, file's
 * priority rises (to high, or from there to critical) and is written, and
 * *prompt, the caller's, is a text of the deadlines that may apply; else NULL.
 */
int handling_set_harm(struct db *db, const struct config *c,
    struct case_file *file, const char *harm, char **prompt, struct err *e);

/* what is "cause" or "remedy". */
int handling_set_text(struct db *db, struct vault *v,
    const struct case_file *file, const char *what, const char *text,
    struct err *e);

/* Who accepts that cause or remedy stay unknown. ERR_DENIED: it is not PoC or
 * deputy. */
int handling_accept(
    struct db *db, int64_t cases, int64_t contact, struct err *e);

int handling_decide(
    struct db *db, int64_t cases, const char *decision, struct err *e);

/* --- handling_move.c: the same ----------------------------------------------
 */

/*
 * A case takes over what another one's handling says and its own does not: the
 * worse harm; cause, remedy and who accepts that they are unknown, where it has
 * neither of both; a decision. *before, *after: how its own was and is, as JSON
 * without texts; the caller's.
 */
int handling_take(struct db *db, struct vault *v, int64_t from, int64_t to,
    json_t **before, json_t **after, struct err *e);

/* What nobody has said otherwise since is as it was. */
int handling_return(struct db *db, int64_t cases, const json_t *before,
    const json_t *after, struct err *e);

#endif
