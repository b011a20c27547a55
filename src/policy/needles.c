#include "policy/needles.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define NEEDLE_BUCKETS 4096 /* by a word's first three bytes */
#define NEEDLE_NONE UINT32_MAX

struct needle {
	char *word; /* its ASCII letters are small ones */
	size_t len;
	size_t owner;
	uint32_t next; /* in the same bucket, or NEEDLE_NONE */
};

struct needles {
	struct needle *needle;
	size_t count;
	size_t owners;
	uint32_t bucket[NEEDLE_BUCKETS]; /* the first one, or NEEDLE_NONE */
};

struct needles *
needles_create(void)
{
	struct needles *n = xcalloc(1, sizeof(*n));

	for (size_t i = 0; i < NEEDLE_BUCKETS; i++)
		n->bucket[i] = NEEDLE_NONE;
	return n;
}

void
needles_free(struct needles *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->count; i++)
		free(n->needle[i].word);
	free(n->needle);
	free(n);
}

static unsigned char
needle_fold(char c)
{
	unsigned char byte = (unsigned char)c;

	return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte | 0x20) : byte;
}

/* three is three folded bytes, the first one highest. */
static size_t
needle_bucket(uint32_t three)
{
	return (three * 2654435761U) >> 20;
}

void
needles_add(struct needles *n, const char *word, size_t owner)
{
	struct needle *new;
	uint32_t three = 0;
	size_t bucket;

	assert(strlen(word) >= NEEDLE_MIN);
	n->needle = xgrow(n->needle, n->count, sizeof(*n->needle));
	new = &n->needle[n->count];
	*new = (struct needle){
	    .word = xstrdup(word), .len = strlen(word), .owner = owner};
	for (size_t i = 0; i < new->len; i++)
		new->word[i] = (char)needle_fold(new->word[i]);
	for (size_t i = 0; i < NEEDLE_MIN; i++)
		three = three << 8 | (unsigned char)new->word[i];
	bucket = needle_bucket(three);
	new->next = n->bucket[bucket];
	n->bucket[bucket] = (uint32_t)n->count++;
	if (owner >= n->owners)
		n->owners = owner + 1;
}

static bool
needle_is(const struct needle *needle, const char *text, size_t left)
{
	if (needle->len > left)
		return false;
	for (size_t i = 0; i < needle->len; i++)
		if (needle_fold(text[i]) != (unsigned char)needle->word[i])
			return false;
	return true;
}

static bool
has_foreign_case(const char *text, size_t len)
{
	return memmem(text, len, "\xc5\xbf", 2) != NULL ||
	       memmem(text, len, "\xe2\x84\xaa", 3) != NULL;
}

void
needles_find(const struct needles *n, const char *text, size_t len, bool *found)
{
	uint32_t three = 0;

	if (has_foreign_case(text, len)) {
		for (size_t i = 0; i < n->owners; i++)
			found[i] = true;
		return;
	}
	for (size_t i = 0; i < len; i++) {
		size_t at = i + 1 - NEEDLE_MIN;
		uint32_t k;

		three = (three << 8 | needle_fold(text[i])) & 0xffffff;
		if (i + 1 < NEEDLE_MIN)
			continue;
		for (k = n->bucket[needle_bucket(three)]; k != NEEDLE_NONE;
		     k = n->needle[k].next)
			if (!found[n->needle[k].owner] &&
			    needle_is(&n->needle[k], text + at, len - at))
				found[n->needle[k].owner] = true;
	}
}
