/*
 * summary.h - the block on top of a team copy: case, sender and evidence,
 * label, class, warnings, in the reader's language.
 */
#ifndef WORKER_SUMMARY_H
#define WORKER_SUMMARY_H

#include "worker/notify.h"

/* The block ends with a line of this many dashes. */
#define SUMMARY_RULE 60

/* Appends the block and, below it, the message's text. language: "en", "ja". */
void summary_text(
    const struct notice *n, const char *language, struct buf *out);

/* Appends the subject of the copy: "[EX-2026-0001] TLP:AMBER subject". */
void summary_subject(
    const struct notice *n, const char *language, struct buf *out);

/* A warning word as a sentence, or the word itself. Constant, or word. */
const char *warning_sentence(const char *word, const char *language);

#endif
