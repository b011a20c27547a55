#include "cases/loop.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"

#define RANDOM_DIGITS 16
#define HASH_BYTES 16
#define MARKS_MAX 10 /* fields of one message that are looked at */

/* Writes the mark for the random digits that out begins with. */
static void
loop_sign(struct vault *v, char out[LOOP_MARK])
{
	unsigned char hash[32];

	vault_hash(v, "loop", out, RANDOM_DIGITS, hash);
	out[RANDOM_DIGITS] = '-';
	hex_encode(hash, HASH_BYTES, out + RANDOM_DIGITS + 1);
}

char *
loop_mark(struct vault *v, struct clock *c, char out[LOOP_MARK])
{
	unsigned char random[RANDOM_DIGITS / 2];

	clock_random(c, random, sizeof(random));
	hex_encode(random, sizeof(random), out);
	loop_sign(v, out);
	return out;
}

static bool
loop_is_ours(struct vault *v, const char *value)
{
	char mark[LOOP_MARK];

	if (strlen(value) != LOOP_MARK - 1)
		return false;
	memcpy(mark, value, RANDOM_DIGITS);
	loop_sign(v, mark);
	return sodium_memcmp(mark, value, LOOP_MARK - 1) == 0;
}

bool
loop_carried(struct vault *v, const struct part_table *t)
{
	size_t seen = 0;

	for (size_t i = 0; i < t->fields && seen < MARKS_MAX; i++) {
		if (strcasecmp(t->field[i].name, LOOP_FIELD) != 0)
			continue;
		seen++;
		if (loop_is_ours(v, t->field[i].value))
			return true;
	}
	return false;
}
