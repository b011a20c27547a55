/*
 * sentence.h - the sentences and lines of a text, each as one run of bytes
 * that is the same however it was wrapped, indented or quoted.
 *
 * Compared after NFKC and case folding, without white space. What is too short
 * to tell a text, and what politeness or a label's explanation makes everybody
 * write, is none.
 */
#ifndef CASES_SENTENCE_H
#define CASES_SENTENCE_H

#include <stdbool.h>
#include <stddef.h>

#define SENTENCE_MIN 28 /* code points without white space, ours */
#define SENTENCE_MIN_CJK 16 /* of one with kana or ideographs */

/*
 * Walks over len bytes of UTF-8: each sentence, and each line, as bytes that
 * are borrowed until found returns. quoted: lines behind '>' too, without it; a
 * signature block (from "-- " on) is left out. Linear in len.
 */
void sentence_walk(const char *text, size_t len, bool quoted,
    void (*found)(void *context, const char *bytes, size_t len), void *context);

#endif
