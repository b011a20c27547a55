/* source.h - one Maildir that intake reads from, and how far it has come. */
#ifndef INTAKE_SOURCE_H
#define INTAKE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "intake/maildir.h"

/* A file that lies in the spool too, and that the queue was told of. */
struct taken {
	uint64_t cookie;
	struct maildir_file file;
	struct taken *next;
};

struct source {
	const char *path;
	struct maildir *maildir; /* NULL: could not be opened */
	int watch; /* -1: none */
	bool scan; /* new/ has to be looked through */
	bool full; /* new/ held more than one look takes, and ... */
	bool progress; /* ... some of that look was taken: look again */
	bool dirty; /* something was removed and not synced */
	struct strs names; /* of the last look, from next on to do */
	size_t next;
	struct strs failed; /* said in the log, at the last look */
	struct strs failing; /* the same, at this look */
	struct strs stuck; /* registered, cannot be removed */
	struct taken *taken; /* not registered yet */
	uint64_t cookie; /* the last one given */
};

/* Opens s->path and watches its new/, so that a look at it is due (scan). */
int source_open(struct source *s, int inotify, struct err *e);

/* Its Maildir is no longer there; it may be opened again. */
void source_close(struct source *s);
void source_free(struct source *s);

/* True where new/ is to be looked through. */
bool source_is_due(const struct source *s);

/* Looks through new/ once more: names and next are set anew. */
int source_scan(struct source *s, struct err *e);

/* Says once, not at each look, that a file stays where it is. */
void source_skip(struct source *s, const char *name, const struct err *e);

/*
 * Remembers a file that was taken in and empties *file; returns the cookie
 * that source_registered is to be called with (registry_tell).
 */
uint64_t source_took(struct source *s, struct maildir_file *file);
bool source_has_taken(const struct source *s, const char *name);

/* The queue has it: the file goes. owner is the struct source. */
void source_registered(void *owner, uint64_t cookie);

/* Moves a file that is too large out of the way, or leaves it. */
void source_refuse(struct source *s, const char *name, const struct err *why);

#endif
