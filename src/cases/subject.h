/*
 * subject.h - what a subject says once the marks of answers and lists are off:
 * RFC 5256 section 2.1, with the words that mail programs of other languages
 * put there.
 */
#ifndef CASES_SUBJECT_H
#define CASES_SUBJECT_H

#include <stdbool.h>

/*
 * The base subject, after NFKC and case folding, without "Re:", "Fwd:", "返信:"
 * and the like, "[list]" in front and "(fwd)" behind. NULL where nothing is
 * left, or only what stands in place of a hidden one: "...", "Encrypted
 * Message", "暗号化". The caller's. Linear in the subject.
 */
char *subject_base(const char *subject);

/*
 * False where both say something, and not the same: what is hidden may be any.
 */
bool subject_may_be_same(const char *a, const char *b);

/*
 * True where they differ only by a mark before the one of them: "Bug#12: ",
 * "*SPAM* ", "[out] ".
 */
bool subject_is_marked(const char *a, const char *b);

#endif
