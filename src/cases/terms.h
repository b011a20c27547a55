/*
 * terms.h - the words of a text by which it is found, whatever width and case
 * it was written in.
 *
 * Compared after NFKC and case folding (Unicode, by libunistring). A word is a
 * run of letters, digits and marks. Scripts that put no space between words
 * (kana, ideographs, Thai and others) give one term for each character, and
 * one for each two that stand beside each other. All else parts words.
 */
#ifndef CASES_TERMS_H
#define CASES_TERMS_H

#include <stdbool.h>
#include <stddef.h>

#define TERMS_WORD 256 /* bytes; a longer run is none that anybody asks for */

enum terms_for {
	TERMS_STORE, /* each character of a spaceless script, and each pair */
	TERMS_ASK /* as few of them as say the same, in a row */
};

/*
 * Walks over len bytes of UTF-8. found gets each term (borrowed; no NUL) and
 * says whether there shall be more; same: it stands where the one before it
 * stands. A text whose terms (TERMS_ASK) are a row among a text's
 * (TERMS_STORE) is in that text. A line of a stored text that was wrapped
 * within a spaceless script goes on in the next one, quoted or not. Linear.
 */
void terms_walk(const char *text, size_t len, enum terms_for why,
    bool (*found)(void *context, const char *term, size_t len, bool same),
    void *context);

#endif
