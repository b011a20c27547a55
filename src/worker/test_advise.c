#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "worker/advise.h"

/* The text as it leaves, out of a block of its exact size. */
static void
expect(const struct advisory *a, const char *language, const char *text,
    const char *wanted)
{
	char *exact = xmemdup(text, strlen(text));
	struct buf out;

	buf_init(&out, 4096);
	advise_text(
	    a, "EX", language, NOROSHI_TLP_AMBER, exact, strlen(text), &out);
	assert_string_equal(buf_str(&out), wanted);
	buf_free(&out);
	free(exact);
}

static void
the_label_stands_alone_on_the_first_line(void **state)
{
	const struct advisory a = {.number = 1, .revision = 1};

	(void)state;
	expect(&a, "en", "words\n", "TLP:AMBER\n\nwords\n");
	expect(&a, "en", "TLP:AMBER\r\n\r\nwords\n", "TLP:AMBER\n\nwords\n");
	expect(&a, "en", "TLP:AMBER", "TLP:AMBER\n\n");
	expect(&a, "en", "", "TLP:AMBER\n\n");
}

static void
a_longer_label_is_not_taken_for_it(void **state)
{
	const struct advisory a = {.number = 1, .revision = 1};

	(void)state;
	expect(
	    &a, "en", "TLP:AMBER+STRICT\n", "TLP:AMBER\n\nTLP:AMBER+STRICT\n");
	expect(&a, "en", "TLP:AMBE", "TLP:AMBER\n\nTLP:AMBE");
}

static void
a_revision_says_what_it_supersedes(void **state)
{
	const struct advisory a = {.number = 12, .revision = 2};
	const struct advisory end = {
	    .number = 12, .revision = 3, .notice = true};

	(void)state;
	expect(&a, "en", "TLP:AMBER\n\nwords\n",
	    "TLP:AMBER\n\nThis is advisory EX-A12, revision 2; it supersedes "
	    "all"
	    " earlier ones.\n\nwords\n");
	expect(&a, "ja", "本文\n",
	    "TLP:AMBER\n\nこの文書は EX-A12 の第2版です。以前の版はすべてこれに"
	    "置き換わります。\n\n本文\n");
	expect(&end, "en", "over\n", "TLP:AMBER\n\nover\n");
}

static void
the_mark_names_the_revision(void **state)
{
	const struct advisory a = {.number = 12, .revision = 2};
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	advise_mark(&a, "EX", &out);
	assert_string_equal(buf_str(&out), "[EX-A12-r2]");
	buf_free(&out);
}

static void
who_prefers_no_language_gets_the_message_itself(void **state)
{
	struct outgoing o = {0};

	(void)state;
	outgoing_vary(&o, "ja", NULL, "本文", 6);
	assert_ptr_equal(advise_variant(&o, "ja"), &o.variant[0]);
	assert_null(advise_variant(&o, "en"));
	assert_null(advise_variant(&o, NULL));
	outgoing_free(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_label_stands_alone_on_the_first_line),
	    cmocka_unit_test(a_longer_label_is_not_taken_for_it),
	    cmocka_unit_test(a_revision_says_what_it_supersedes),
	    cmocka_unit_test(the_mark_names_the_revision),
	    cmocka_unit_test(who_prefers_no_language_gets_the_message_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
