/*
 * deadline_note.h - what starting a clock writes into the case: the task, the
 * fields that the report needs, and a draft of it.
 */
#ifndef CASES_DEADLINE_NOTE_H
#define CASES_DEADLINE_NOTE_H

#include "base/buf.h"
#include "cases/deadline.h"

#define DEADLINE_TIME 40 /* bytes: "2026-12-01T23:59:59+09:00" and the NUL */

struct deadline_note {
	const struct config *config;
	const struct config_deadline *rule;
	const struct deadline *deadline;
	const struct deadline_step *step; /* all of its stages */
	size_t steps;
	const char *incident; /* the case's name */
	int64_t evidence; /* message, or 0 */
};

/* Appends the note in the team's language. It says that it is no legal advice,
 * and how far the row was checked. */
void deadline_note(const struct deadline_note *n, struct buf *out);

/* t as a clock that is offset seconds ahead of UTC shows it; returns out. */
char *deadline_time(int64_t t, int64_t offset, char out[DEADLINE_TIME]);

#endif
