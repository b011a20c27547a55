/*
 * skeleton.h - what a name looks like, whatever letters it is written with.
 *
 * Full width, accents, Cyrillic, Greek and Armenian letters that look Latin,
 * digits that stand for letters, "rn" for "m", hyphens: names with the same
 * skeleton are easily taken for each other. After the idea of UTS 39, with a
 * small table of our own.
 */
#ifndef POLICY_SKELETON_H
#define POLICY_SKELETON_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The skeleton of a domain's label or a local part (UTF-8), at most 255 bytes
 * of it; the caller's, never NULL.
 */
char *skeleton_make(const char *text, size_t len);

/*
 * The same of a person's or organisation's name: its words in order of the
 * alphabet, so that "Doe, John" is "John Doe". Empty where there is no letter.
 */
char *skeleton_name(const char *name);

/*
 * True where one label of a domain (UTF-8) has letters of scripts that nobody
 * writes together: Latin with Cyrillic, Greek and the like. Japanese, Chinese
 * and Korean are written with Latin.
 */
bool skeleton_mixed(const char *domain);

#endif
