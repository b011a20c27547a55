/*
 * said.h - the constant sentences by which staff and members learn what became
 * of their mail, in Japanese. They are written, and go into the audit log, in
 * English, where they are found.
 */
#ifndef WORKER_SAID_H
#define WORKER_SAID_H

#include <stdbool.h>

#include "people/contact.h"

/* Whether who writes reads Japanese: their language, or else the team's. */
bool said_japanese(const struct contact *who, const char *team_language);

/* The sentence in that language; itself where it is not one of ours. Constant,
 * or borrowed from sentence. */
const char *said_in(bool japanese, const char *sentence);

#endif
