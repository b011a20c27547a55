#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/hex.h"
#include "base/sha1.h"

static void
sum_is(const char *text, size_t times, size_t piece, const char *hex)
{
	unsigned char sum[SHA1_BYTES];
	char got[2 * SHA1_BYTES + 1];
	struct sha1 s;

	sha1_init(&s);
	for (size_t i = 0; i < times; i++)
		for (size_t at = 0; at < strlen(text); at += piece)
			sha1_put(&s, text + at,
			    strlen(text) - at < piece ? strlen(text) - at
						      : piece);
	sha1_end(&s, sum);
	assert_string_equal(hex_encode(sum, sizeof(sum), got), hex);
}

/* RFC 3174 section 7.3 */
static void
the_sums_are_those_of_the_standard(void **state)
{
	(void)state;
	sum_is("", 0, 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	sum_is("abc", 1, 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
	sum_is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	    99, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	sum_is("a", 1000000, 1, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
	sum_is("0123456701234567012345670123456701234567012345670123456701234"
	       "567",
	    10, 64, "dea356a2cddd90c7a7ecedc5ebb563934f460452");
}

static void
pieces_make_the_same_sum(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 70; piece++)
		sum_is("0123456701234567012345670123456701234567012345670123456"
		       "701234567",
		    10, piece, "dea356a2cddd90c7a7ecedc5ebb563934f460452");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_sums_are_those_of_the_standard),
	    cmocka_unit_test(pieces_make_the_same_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
