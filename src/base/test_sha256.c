#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/hex.h"
#include "base/sha256.h"

static void
is(const unsigned char sum[SHA256_BYTES], const char *hex)
{
	char text[2 * SHA256_BYTES + 1];

	hex_encode(sum, SHA256_BYTES, text);
	assert_string_equal(text, hex);
}

/* FIPS 180-4's examples, by NIST. */
static void
the_examples_of_the_standard_come_out(void **state)
{
	unsigned char sum[SHA256_BYTES];

	(void)state;
	sha256("", 0, sum);
	is(sum, "e3b0c44298fc1c149afbf4c8996fb924"
		"27ae41e4649b934ca495991b7852b855");
	sha256(NULL, 0, sum);
	is(sum, "e3b0c44298fc1c149afbf4c8996fb924"
		"27ae41e4649b934ca495991b7852b855");
	sha256("abc", 3, sum);
	is(sum, "ba7816bf8f01cfea414140de5dae2223"
		"b00361a396177a9cb410ff61f20015ad");
}

static void
pieces_are_hashed_as_the_whole(void **state)
{
	unsigned char data[300], whole[SHA256_BYTES], sum[SHA256_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7);
	sha256(data, sizeof(data), whole);
	for (size_t cut = 0; cut <= sizeof(data); cut++) {
		struct sha256 s;

		sha256_begin(&s);
		sha256_add(&s, data, cut);
		sha256_add(&s, data + cut, sizeof(data) - cut);
		sha256_end(&s, sum);
		assert_memory_equal(sum, whole, sizeof(sum));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_examples_of_the_standard_come_out),
	    cmocka_unit_test(pieces_are_hashed_as_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
