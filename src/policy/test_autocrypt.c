#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "policy/autocrypt.h"

#define KEY "aGVs\r\n bG8="

/* What the header gives for a@b.example; NULL: nothing. */
static void
gives(const char *header, const char *key)
{
	size_t len = strlen(header);
	char *exact = malloc(len == 0 ? 1 : len);
	struct buf b;
	bool found;

	memcpy(exact, header, len);
	buf_init(&b, AUTOCRYPT_MAX);
	found = autocrypt_find(exact, len, "a@b.example", &b);
	assert_int_equal(found, key != NULL);
	if (key != NULL)
		assert_string_equal(buf_str(&b), key);
	buf_free(&b);
	free(exact);
}

static void
a_key_for_the_sender_is_found(void **state)
{
	(void)state;
	gives("From: x\r\nAutocrypt: addr=a@b.example; keydata=" KEY "\r\n"
	      "Subject: y\r\n",
	    "hello");
	gives("autocrypt: addr=A@B.Example; prefer-encrypt=mutual;"
	      " _x=1;\n keydata=" KEY "\n\nbody",
	    "hello");
	gives("From a@b Sun\nAutocrypt: addr=a@b.example;keydata=aGVsbG8=\n",
	    "hello");
}

static void
what_is_not_valid_gives_nothing(void **state)
{
	char *big =
	    xasprintf("Autocrypt: addr=a@b.example; keydata=%010240d\r\n", 0);

	(void)state;
	gives("", NULL);
	gives("Autocrypt: addr=c@b.example; keydata=aGVsbG8=\r\n", NULL);
	gives("Autocrypt: keydata=aGVsbG8=; addr=a@b.example\r\n", NULL);
	gives(
	    "Autocrypt: addr=a@b.example; type=1; keydata=aGVsbG8=\r\n", NULL);
	gives("Autocrypt: addr=a@b.example; keydata=\r\n", NULL);
	gives("Autocrypt: addr=a@b.example; keydata=!!\r\n", NULL);
	gives("Autocrypt: addr=a@b.example\r\n", NULL);
	gives("Autocrypt-Gossip: addr=a@b.example; keydata=aGVsbG8=\r\n", NULL);
	gives(big, NULL);
	free(big);
}

static void
two_valid_ones_give_nothing_and_one_beside_others_counts(void **state)
{
	(void)state;
	gives("Autocrypt: addr=a@b.example; keydata=aGVsbG8=\r\n"
	      "Autocrypt: addr=a@b.example; keydata=aGVsbG8=\r\n",
	    NULL);
	gives("Autocrypt: addr=c@b.example; keydata=eA==\r\n"
	      "Autocrypt: addr=a@b.example; keydata=aGVsbG8=\r\n"
	      "Autocrypt: addr=a@b.example; new=1; keydata=eA==\r\n",
	    "hello");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_key_for_the_sender_is_found),
	    cmocka_unit_test(what_is_not_valid_gives_nothing),
	    cmocka_unit_test(
		two_valid_ones_give_nothing_and_one_beside_others_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
