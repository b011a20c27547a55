#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "policy/domain.h"
#include "policy/lookalike.h"
#include "policy/skeleton.h"

static struct lookalike *
index_create(void)
{
	static const struct lookalike_known known[] = {
	    {0, "Example CSIRT", NULL, "csirt@team.example"},
	    {1, "Ann Other", "National Centre", "desk@ncc.example"},
	    {1, "Ann Other", "National Centre", "ann@ncc.example"},
	    {2, "Rika Client", "Client Inc.", "rika@client.example"},
	    {3, "Coordination", "Coordination", "poc@coordination.co.jp"},
	    {4, "Jan \xc3\x9c", "M\xc3\xbcller AG",
		"jan@m\xc3\xbcller-werke.example"},
	    {5, "Taro Finder", NULL, "taro.finder@gmail.com"},
	    {6, "Nobody Reached", NULL, NULL},
	    {7, "\xe5\xb1\xb1\xe7\x94\xb0 \xe5\xa4\xaa\xe9\x83\x8e", NULL,
		"yamada@\xe3\x83\x8b\xe3\x83\xa5\xe3\x83\xbc.example"},
	};
	struct lookalike *l = lookalike_create();

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		lookalike_add(l, &known[i]);
	lookalike_ready(l);
	return l;
}

/* What is said of an address and a name, of a stranger or a contact. */
static void
expect(const char *address, const char *name, int64_t contact,
    const char *words, int64_t resembles)
{
	struct lookalike *l = index_create();
	const struct lookalike_question q = {
	    .address = address, .name = name, .contact = contact};
	struct strs warnings = {0};
	int64_t like = lookalike_judge(l, &q, &warnings);
	char *got = strs_join(&warnings, " ");

	if (strcmp(got, words) != 0 || like != resembles)
		fail_msg("%s: \"%s\" of %lld, expected \"%s\" of %lld", address,
		    got, (long long)like, words, (long long)resembles);
	free(got);
	strs_free(&warnings);
	lookalike_free(l);
}

static void
a_contact_looks_like_nobody_else(void **state)
{
	(void)state;
	expect("desk@ncc.example", "Ann Other", 1, "", 0);
	expect("rika@client.example", "Client Inc.", 2, "", 0);
	expect("jan@m\xc3\xbcller-werke.example", NULL, 4, "", 0);
	expect("jan@xn--mller-werke-thb.example", NULL, 4, "", 0);
	expect("taro.finder@gmail.com", "Finder, Taro", 5, "", 0);
}

static void
a_stranger_who_resembles_nobody_is_not_warned_of(void **state)
{
	static const char *const honest[] = {"info@ncc.example",
	    "info@mail.ncc.example", "a@other.example",
	    "a@client.other.example", "b@gmail.com", "b@hotmail.com",
	    "b@mail.com", "a@x.example", "a@cc.example", "a@ncd.example",
	    "a@customer.example", "a@\xe5\xb1\xb1\xe7\x94\xb0.jp",
	    "a@caf\xc3\xa9.fr",
	    "a@\xd0\xbf\xd0\xbe\xd1\x87\xd1\x82\xd0\xb0.example", "desk", "@",
	    "a@", "a@."};

	(void)state;
	for (size_t i = 0; i < sizeof(honest) / sizeof(honest[0]); i++)
		expect(honest[i], "Some Body", 0, "", 0);
}

static void
other_letters_that_look_the_same_are_warned_of(void **state)
{
	(void)state;
	expect("d\xd0\xb5sk@ncc.example", NULL, 0, "lookalike-address", 1);
	expect("rlka@client.example", NULL, 0, "lookalike-address", 2);
	expect("rika@c1ient.example", NULL, 0, "lookalike-address", 2);
	/* all of it Cyrillic: rika@client */
	expect("rika@\xd1\x81l\xd1\x96\xd0\xb5nt.example", NULL, 0,
	    "lookalike-address mixed-scripts", 2);
	expect("x@\xd1\x81l\xd1\x96\xd0\xb5nt.example", NULL, 0,
	    "lookalike-domain mixed-scripts", 2);
	expect("jan@muller-werke.example", NULL, 0, "lookalike-address", 4);
	/* the kanji for two, where the katakana ni was */
	expect("x@\xe4\xba\x8c\xe3\x83\xa5\xe3\x83\xbc.example", NULL, 0,
	    "lookalike-domain", 7);
	expect("yamada@\xe4\xba\x8c\xe3\x83\xa5\xe3\x83\xbc.example", NULL, 0,
	    "lookalike-address", 7);
}

static void
letters_in_punycode_are_looked_at_too(void **state)
{
	char *ascii = domain_ascii("\xd1\x81l\xd1\x96\xd0\xb5nt.example");
	char *address = xasprintf("rika@%s", ascii);

	(void)state;
	assert_memory_equal(ascii, "xn--", 4);
	expect(address, NULL, 0, "lookalike-address mixed-scripts", 2);
	free(ascii);
	free(address);
}

static void
a_near_miss_of_a_known_domain_is_warned_of(void **state)
{
	static const char *const near[] = {
	    "x@clients.example", /* a letter more */
	    "x@clent.example", /* one less */
	    "x@cleint.example", /* two swapped */
	    "x@clieent.example", /* one twice */
	    "x@clienr.example", /* another one */
	    "x@c1ient.example", "x@cl-ient.example", "x@client.jp",
	    "x@mail.client.jp", "x@clieht.example",
	    "x@client.example.evil.test", "x@client-example.evil.test",
	    "x@www.client.example.evil.test", "x@client.example-login.test"};

	(void)state;
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		expect(near[i], NULL, 0, "lookalike-domain", 2);
	expect("x@coordinati0n.co.jp", NULL, 0, "lookalike-domain", 3);
	expect("x@coordinatoin.co.jp", NULL, 0, "lookalike-domain", 3);
	expect("x@coordinaton.co.jp", NULL, 0, "lookalike-domain", 3);
	expect("x@coordnaton.co.jp", NULL, 0, "lookalike-domain", 3);
	expect("x@coordination.jp", NULL, 0, "lookalike-domain", 3);
	expect("x@coordinatiom.co.jp", NULL, 0, "lookalike-domain", 3);
	expect("x@rnuller-werke.example", NULL, 0, "lookalike-domain", 4);
	expect("x@tearn.example", NULL, 0, "lookalike-domain", 0);
}

static void
short_names_are_alike_by_chance(void **state)
{
	(void)state;
	expect("x@ncd.example", NULL, 0, "", 0);
	expect("x@nc.example", NULL, 0, "", 0);
	expect("x@ncc.jp", NULL, 0, "", 0);
	expect("x@n-cc.example", NULL, 0, "lookalike-domain", 1);
}

static void
a_known_name_with_another_address_is_warned_of(void **state)
{
	(void)state;
	expect("x@evil.test", "Ann Other", 0, "name-of-contact", 1);
	expect("x@evil.test", "OTHER, Ann", 0, "name-of-contact", 1);
	expect("x@evil.test", "\xd0\x90nn Other", 0, "name-of-contact", 1);
	expect("x@evil.test", "National Centre", 0, "name-of-contact", 1);
	expect("x@evil.test", "Example CSIRT", 0, "name-of-contact", 0);
	expect("rika@client.example", "Ann Other", 2, "name-of-contact", 1);
	expect("x@ncc.example", "Ann Other", 0, "name-of-contact", 1);
	expect("x@evil.test",
	    "\xe5\xb1\xb1\xe7\x94\xb0\xe3\x80\x80\xe5\xa4\xaa\xe9\x83\x8e", 0,
	    "name-of-contact", 7);
	expect("x@evil.test", "Nobody Reached", 0, "name-of-contact", 6);
	/* an organisation's is that of all who are of it */
	expect("x@ncc.example", "National Centre", 0, "", 0);
	expect("x@coordination.co.jp", "Coordination", 0, "", 0);
	expect("x@evil.test", "Ann", 0, "", 0);
	expect("x@evil.test", "", 0, "", 0);
}

static void
an_index_of_nobody_finds_nobody(void **state)
{
	struct lookalike *l = lookalike_create();
	const struct lookalike_question q = {
	    .address = "a@x.example", .name = "A Name"};
	struct strs warnings = {0};

	(void)state;
	lookalike_ready(l);
	assert_int_equal(lookalike_judge(l, &q, &warnings), 0);
	assert_int_equal(warnings.count, 0);
	lookalike_free(l);
	lookalike_free(NULL);
}

static void
ten_thousand_contacts_take_three_megabytes(void **state)
{
	struct lookalike *l = lookalike_create();
	const struct lookalike_question q = {
	    .address = "x@orgamisation-4711.example", .name = "Person 123"};
	struct strs warnings = {0};

	(void)state;
	for (int i = 0; i < 10000; i++) {
		char *name = xasprintf("Person %d", i);
		char *org = xasprintf("Organisation %d", i);
		char *address = xasprintf("a@organisation-%d.example", i);
		const struct lookalike_known known = {
		    i + 1, name, org, address};

		lookalike_add(l, &known);
		free(name);
		free(org);
		free(address);
	}
	lookalike_ready(l);
	assert_in_range(lookalike_size(l), 1, 3 << 20);
	assert_int_equal(lookalike_judge(l, &q, &warnings), 4712);
	assert_true(strs_has(&warnings, "lookalike-domain"));
	assert_true(strs_has(&warnings, "name-of-contact"));
	strs_free(&warnings);
	lookalike_free(l);
}

static void
a_skeleton_is_what_a_name_looks_like(void **state)
{
	static const struct {
		const char *a;
		const char *b;
	} same[] = {
	    {"modern", "modem"},
	    {"paypal", "\xd1\x80\xd0\xb0\xd1\x83\xd1\x80\xd0\xb0l"},
	    {"EXAMPLE", "\xef\xbd\x85\xef\xbd\x98\xef\xbd\x81mple"},
	    {"illi", "1l|i"},
	    {"savvy", "sawy"},
	    {"ex-ample", "example"},
	    {"\xce\xb1\xce\xbf\xcf\x81", "aop"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		char *a = skeleton_make(same[i].a, strlen(same[i].a));
		char *b = skeleton_make(same[i].b, strlen(same[i].b));

		assert_string_equal(a, b);
		free(a);
		free(b);
	}
}

static void
bytes_that_are_no_text_have_no_skeleton(void **state)
{
	char *broken = strdup("\xff\xfe"), *s;
	char *letters = malloc(3000);

	(void)state;
	assert_non_null(broken);
	assert_non_null(letters);
	s = skeleton_make(broken, 2);
	assert_string_equal(s, "");
	free(s);
	s = skeleton_name(broken);
	assert_string_equal(s, "");
	free(s);
	for (size_t i = 0; i < 3000; i += 3)
		memcpy(letters + i, "\xe5\xb1\xb1", 3);
	s = skeleton_make(letters, 3000);
	assert_int_equal(strlen(s), 4 * 85);
	free(s);
	assert_true(skeleton_mixed(broken));
	free(broken);
	free(letters);
}

static void
scripts_are_mixed_within_one_label(void **state)
{
	(void)state;
	assert_true(skeleton_mixed("\xd0\xb0pple.example"));
	assert_true(skeleton_mixed("x.\xce\xb1pple.example"));
	assert_false(skeleton_mixed("apple.example"));
	assert_false(skeleton_mixed("\xd0\xb0\xd0\xb1.example"));
	assert_false(skeleton_mixed("\xe5\xb1\xb1ya-1.example"));
	assert_false(skeleton_mixed("\xc3\xa9t\xc3\xa9.example"));
}

static void
domains_have_one_spelling(void **state)
{
	static const struct {
		const char *written;
		const char *ascii;
	} names[] = {
	    {"Example.ORG.", "example.org"},
	    {"m\xc3\xbcller.example", "xn--mller-kva.example"},
	    {"M\xc3\x9cLLER.example", "xn--mller-kva.example"},
	    {"xn--mller-kva.example", "xn--mller-kva.example"},
	    {"[192.0.2.1]", "[192.0.2.1]"},
	    {"", ""},
	    {"\xff", "\xff"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *got = domain_ascii(names[i].written);

		assert_string_equal(got, names[i].ascii);
		free(got);
	}
}

static void
organisations_are_told_by_the_public_suffix(void **state)
{
	(void)state;
	assert_string_equal(
	    domain_organisation("a.b.example.co.jp"), "example.co.jp");
	assert_string_equal(domain_organisation("co.jp"), "co.jp");
	assert_true(domain_aligned("mail.example.co.jp", "EXAMPLE.co.jp"));
	assert_false(domain_aligned("other.co.jp", "example.co.jp"));
	assert_false(domain_aligned("", ""));
	assert_true(
	    domain_aligned("xn--mller-kva.example", "a.m\xc3\xbcller.example"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_contact_looks_like_nobody_else),
	    cmocka_unit_test(a_stranger_who_resembles_nobody_is_not_warned_of),
	    cmocka_unit_test(other_letters_that_look_the_same_are_warned_of),
	    cmocka_unit_test(letters_in_punycode_are_looked_at_too),
	    cmocka_unit_test(a_near_miss_of_a_known_domain_is_warned_of),
	    cmocka_unit_test(short_names_are_alike_by_chance),
	    cmocka_unit_test(a_known_name_with_another_address_is_warned_of),
	    cmocka_unit_test(an_index_of_nobody_finds_nobody),
	    cmocka_unit_test(ten_thousand_contacts_take_three_megabytes),
	    cmocka_unit_test(a_skeleton_is_what_a_name_looks_like),
	    cmocka_unit_test(bytes_that_are_no_text_have_no_skeleton),
	    cmocka_unit_test(scripts_are_mixed_within_one_label),
	    cmocka_unit_test(domains_have_one_spelling),
	    cmocka_unit_test(organisations_are_told_by_the_public_suffix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
