#include "cases/version.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "cases/ascii.h"

#define BETWEEN 3 /* bytes between a word and its number */
#define WORD_MAX 16 /* letters that are looked at */

/* The letters that end at p; how many of them. */
static size_t
letters_before(const char *begin, const char *p)
{
	size_t n = 0;

	while (p - n > begin && n <= WORD_MAX && is_alpha(p[-1 - (long)n]))
		n++;
	return n;
}

bool
version_word_before(const char *begin, const char *at, const char *word)
{
	size_t n;

	for (int i = 0; i < BETWEEN && at > begin && is_in(at[-1], " :=.#\t\n");
	     i++)
		at--;
	n = letters_before(begin, at);
	return n == strlen(word) && strncasecmp(at - n, word, n) == 0;
}

bool
version_before(const char *begin, const char *at)
{
	static const char *const words[] = {"version", "versions", "ver", "v",
	    "rev", "release", "build", "firmware", "section", "chapter",
	    "clause"};
	size_t n;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (version_word_before(begin, at, words[i]))
			return true;
	/* A product and its version, RFC 9110 section 10.1.5. */
	if (at == begin || at[-1] != '/')
		return false;
	n = letters_before(begin, at - 1);
	return n > 1 && n <= WORD_MAX &&
	       upper(at[-1 - (long)n]) == at[-1 - (long)n];
}
