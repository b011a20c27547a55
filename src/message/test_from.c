#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message/head.h"

/* A header with this From field, in a block that ends where it ends. */
static struct part_table
header_of(const char *from, size_t len)
{
	static const char rest[] = "\r\nSubject: x\r\n";
	struct part_table t = {.heads = 1};
	size_t size = len + sizeof(rest) - 1;
	char *block = malloc(size);

	assert_non_null(block);
	memcpy(block, from, len);
	memcpy(block + len, rest, sizeof(rest) - 1);
	t.head = calloc(1, sizeof(*t.head));
	assert_true(head_parse(t.head, block, size));
	free(block);
	return t;
}

/* The words of from.h that a field gets, joined by spaces. */
static char *
words_of(const char *from, size_t len)
{
	static const char *const words[] = {"from-ambiguous", "encoded-address",
	    "comment-shows-address", "from-group"};
	struct part_table t = header_of(from, len);
	struct strs got = {0};
	char *s;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strs_has(&t.head->warnings, words[i]))
			strs_add(&got, words[i]);
	s = strs_join(&got, " ");
	strs_free(&got);
	part_table_free(&t);
	return s;
}

static void
expect(const char *from, const char *words)
{
	char *got = words_of(from, strlen(from));

	if (strcmp(got, words) != 0)
		fail_msg("%s: \"%s\", expected \"%s\"", from, got, words);
	free(got);
}

static void
honest_fields_have_one_reading(void **state)
{
	static const char *const fields[] = {
	    "From: a@x.example",
	    "From: <a@x.example>",
	    "FROM : a@x.example",
	    "from:\r\n a@x.example",
	    "From:\r\n\tAnn\r\n <a@x.example>",
	    "From: Ann Other <a@x.example>",
	    "From: \"Doe, John\" <j@x.example>",
	    "From: Doe, John <j@x.example>",
	    "From: \"John \\\"J\\\" Doe\" <j@x.example>",
	    "From: John Q. Public <j@x.example>",
	    "From: =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <a@b.jp>",
	    "From: \033$B;3ED\033(B <a@b.jp>",
	    "From: \xe5\xb1\xb1\xe7\x94\xb0 <a@b.jp>",
	    "From: \xe5\xb1\xb1\xe7\x94\xb0<a@b.jp>",
	    "From: a..b@docomo.ne.jp",
	    "From: a.@docomo.ne.jp",
	    "From: .a@docomo.ne.jp",
	    "From: \"a.\"@docomo.ne.jp",
	    "From: Taro <a..b.@docomo.ne.jp>",
	    "From: a+b@x.example",
	    "From: A@X.Example",
	    "From: a@x.example (Ann Other)",
	    "From: Ann (the (first)) Other <a@x.example>",
	    "From: Ann(a \\) nice one) <ann(hers)@x.example(its host)>",
	    "From: \"a@x.example\" <a@x.example>",
	    "From: a@x.example <a@x.example>",
	    "From: 'a@x.example' <A@X.example>",
	    "From: \"'a@x.example'\" <a@x.example>",
	    "From: =?utf-8?Q?a=40x.example?= <a@x.example>",
	    "From: Sales @ Work <a@x.example>",
	    "From: Ann @ann <a@x.example>",
	    "From: Ann (@ann) <a@x.example>",
	    "From: \"Sales @ Work\" <a@x.example>",
	    "From: [TEAM] Ann <a@x.example>",
	    "From: Team: Ann <a@x.example>",
	    "From: \xe5\xb1\xb1@\xe5\xb1\xb1.example",
	    "From: a@[192.0.2.1]",
	    "From: Ann <a@x.example>,",
	    "From: Ann <a@x.example",
	    "From: \"Ann <a@x.example>",
	    "From: \"Boss <boss@y.example>\" <a@x.example>",
	    "From: =?utf-8?Q?boss=40y.example?= <a@x.example>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		expect(fields[i], "");
}

static void
a_field_with_two_readings_is_ambiguous(void **state)
{
	static const char *const fields[] = {
	    "From: boss@y.example <a@x.example>",
	    "From: boss@y.example        . <a@x.example>",
	    "From: boss@y.example\r\n \r\n <a@x.example>",
	    "From: boss @ y.example <a@x.example>",
	    "From: boss@y.example a@x.example",
	    "From: \"a@x.example\" boss@y.example",
	    "From: \"boss@y.example\"@x.example",
	    "From: <\"boss@y.example\"@x.example>",
	    "From: \"boss@y.example> \"@x.example",
	    "From: <@y.example,@z.example:a@x.example>",
	    "From: <@y.example:a@x.example>",
	    "From: <boss@y.example <a@x.example>",
	    "From: <boss@y.example, <a@x.example>",
	    "From: boss@y.example <>",
	    "From: a@x.example .evil.example",
	    "From: a@x.example\r\n .evil.example",
	    "From: <a@x.example>boss@y.example",
	    "From: <boss@y.example@x.example>",
	    "From: boss@y.example@x.example",
	    "From: a@x.example (Boss <boss@y.example>)",
	    "From: \"boss\"@y.example <a@x.example>",
	    "From: @y.example <a@x.example>",
	    "From: Boss boss@y.example: a@x.example;",
	    "From: a(boss@y.example)@x.example",
	    "From: <a(boss@y.example)@x.example>",
	    "From: Boss (<boss@y.example> <a@x.example>",
	    "From: =?utf-8?Q?boss@y.example?= <a@x.example>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char *got = words_of(fields[i], strlen(fields[i]));

		if (strstr(got, "from-ambiguous") == NULL)
			fail_msg("%s: \"%s\"", fields[i], got);
		free(got);
	}
}

static void
a_control_character_ends_a_field_for_some(void **state)
{
	static const char nul[] = "From: boss@y.example\0 <a@x.example>";
	static const char cr[] = "From: a@x.example\r (x)";
	static const char del[] = "From: Ann\177 <a@x.example>";
	static const struct {
		const char *text;
		size_t len;
	} fields[] = {
	    {nul, sizeof(nul) - 1},
	    {cr, sizeof(cr) - 1},
	    {del, sizeof(del) - 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char *got = words_of(fields[i].text, fields[i].len);

		assert_non_null(strstr(got, "from-ambiguous"));
		free(got);
	}
}

static void
an_encoded_word_is_no_address(void **state)
{
	static const char *const fields[] = {
	    "From: =?utf-8?Q?boss=40y.example?=",
	    "From: =?utf-8?Q?Boss_=3Cboss=40y.example=3E?=",
	    "From: <=?utf-8?Q?boss=40y.example?=>",
	    "From: =?utf-8?Q?boss?=@y.example",
	    "From: <=?utf-8?Q?boss?=@y.example>",
	    "From: <boss@=?utf-8?Q?y.example?=>",
	    "From: =?utf-8?Q?boss=40y.example=00?=@x.example",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		expect(fields[i], "from-ambiguous encoded-address");
}

static void
a_comment_that_shows_an_address_is_said(void **state)
{
	(void)state;
	expect("From: a@x.example (boss@y.example)", "comment-shows-address");
	expect("From: (boss@y.example) <a@x.example>", "comment-shows-address");
	expect("From: Ann (boss@y.example) Other <a@x.example>",
	    "comment-shows-address");
	expect("From: a@x.example (a@x.example)", "");
}

static void
a_group_is_said(void **state)
{
	(void)state;
	expect("From: Desk: a@x.example;", "from-group");
	expect("From: Automatic System:;", "from-group");
}

static void
mail_that_was_sent_again_is_said(void **state)
{
	static const char from[] = "Resent-From: b@y\r\nFrom: a@x";
	struct part_table t = header_of(from, strlen(from));

	(void)state;
	assert_true(strs_has(&t.head->warnings, "resent"));
	assert_int_equal(t.head->from.count, 1);
	part_table_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(honest_fields_have_one_reading),
	    cmocka_unit_test(a_field_with_two_readings_is_ambiguous),
	    cmocka_unit_test(a_control_character_ends_a_field_for_some),
	    cmocka_unit_test(an_encoded_word_is_no_address),
	    cmocka_unit_test(a_comment_that_shows_an_address_is_said),
	    cmocka_unit_test(a_group_is_said),
	    cmocka_unit_test(mail_that_was_sent_again_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
