#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cases/case_people.h"
#include "cases/test_store.h"
#include "cases/token.h"

#define TEAM "csirt@example.org"
#define REPORTER "reporter@x.example"

struct seen {
	enum token_kind kind;
	int64_t cases;
	bool by_other;
};

static struct seen
seen(struct store *s, const char *address, const char *from)
{
	struct err e = {0};
	struct seen got = {.kind = TOKEN_REPLY, .cases = 99, .by_other = true};

	ok(token_read(s->db, s->vault, TEAM, address, from, &got.kind,
	       &got.cases, &got.by_other, &e),
	    &e);
	return got;
}

static void
assert_none(struct store *s, const char *address)
{
	struct seen got = seen(s, address, REPORTER);

	assert_int_equal(got.kind, TOKEN_NONE);
	assert_int_equal(got.cases, 0);
	assert_false(got.by_other);
}

static void
an_address_leads_its_correspondent_back_into_the_case(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "a case");
	char *address =
	    token_address(s->vault, TEAM, TOKEN_SENDER, id, REPORTER);
	struct seen got = seen(s, address, REPORTER);

	assert_int_equal(got.kind, TOKEN_SENDER);
	assert_int_equal(got.cases, id);
	assert_false(got.by_other);
	assert_non_null(strstr(address, "csirt+s1-"));
	assert_string_equal(strchr(address, '@'), "@example.org");
	assert_true(strchr(address, '@') - address <= 64);
	free(address);
}

static void
an_address_for_answers_fits_whoever_writes(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "a case");
	char *address = token_address(s->vault, TEAM, TOKEN_REPLY, id, "");
	struct seen got = seen(s, address, NULL);

	assert_non_null(strstr(address, "csirt+r1-"));
	assert_int_equal(got.kind, TOKEN_REPLY);
	assert_int_equal(got.cases, id);
	got = seen(s, address, "other@x.example");
	assert_int_equal(got.kind, TOKEN_REPLY);
	free(address);
}

static void
another_one_s_address_is_known_only_while_they_take_part(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "a case");
	char *address =
	    token_address(s->vault, TEAM, TOKEN_SENDER, id, REPORTER);
	struct err e = {0};
	struct seen got = seen(s, address, "other@x.example");

	assert_int_equal(got.kind, TOKEN_NONE);
	ok(case_participant_add(s->db, NOW, id, 0, REPORTER, NULL, &e), &e);
	got = seen(s, address, "other@x.example");
	assert_int_equal(got.kind, TOKEN_SENDER);
	assert_int_equal(got.cases, id);
	assert_true(got.by_other);
	got = seen(s, address, NULL);
	assert_int_equal(got.kind, TOKEN_SENDER);
	assert_true(got.by_other);
	got = seen(s, address, REPORTER);
	assert_false(got.by_other);
	free(address);
}

static void
every_changed_character_makes_it_nobody_s(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "a case");
	char *address;

	store_case(s, "another case");
	address = token_address(s->vault, TEAM, TOKEN_SENDER, id, REPORTER);
	for (char *p = strchr(address, '+'); *p != '@'; p++) {
		char was = *p;

		*p = was == '2' ? '3' : was == 's' ? 'r' : '2';
		if (*p != was)
			assert_none(s, address);
		*p = was;
	}
	free(address);
}

static void
a_token_of_another_vault_or_of_no_case_is_none(void **state)
{
	static const unsigned char key[VAULT_KEY] =
	    "another key of thirty-two bytes";
	struct store *s = *state;
	int64_t id = store_case(s, "a case");
	struct vault *other;
	struct err e = {0};
	char *address;

	ok(vault_open(&other, s->db, key, &e), &e);
	address = token_address(other, TEAM, TOKEN_SENDER, id, REPORTER);
	assert_none(s, address);
	free(address);
	vault_close(other);
	address = token_address(s->vault, TEAM, TOKEN_SENDER, 77, REPORTER);
	assert_none(s, address);
	free(address);
}

static void
only_the_team_s_own_address_carries_tokens(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "a case");
	char *address = token_address(
	    s->vault, "csirt@example.net", TOKEN_SENDER, id, REPORTER);

	assert_none(s, address);
	free(address);
	address = token_address(
	    s->vault, "csirt2@example.org", TOKEN_SENDER, id, REPORTER);
	assert_none(s, address);
	free(address);
}

static void
letters_that_a_mail_program_made_capital_are_the_same(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "a case");
	char *address =
	    token_address(s->vault, TEAM, TOKEN_SENDER, id, REPORTER);
	struct seen got;

	for (char *p = address; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	got = seen(s, address, REPORTER);
	assert_int_equal(got.kind, TOKEN_SENDER);
	assert_int_equal(got.cases, id);
	free(address);
}

static void
what_is_no_token_is_none(void **state)
{
	static const char *const none[] = {"", "@", "+@", "csirt", TEAM,
	    "csirt+@example.org", "csirt+s@example.org", "csirt+s1@example.org",
	    "csirt+s1-@example.org", "csirt+s-abcdefghijklmnop@example.org",
	    "csirt+s0-abcdefghijklmnop@example.org",
	    "csirt+s1-abcdefghijklmno@example.org",
	    "csirt+s1-abcdefghijklmnopq@example.org",
	    "csirt+s1abcdefghijklmnopq@example.org",
	    "csirt+x1-abcdefghijklmnop@example.org",
	    "csirt+s9223372036854775808-abcdefghijklmnop@example.org",
	    "csirt+s9223372036854775808-abc@example.org",
	    "csirt+s99999999999999999999999999999999999@example.org",
	    "csirt+s1-abcdefghijklmnop", "other+s1-abcdefghijklmnop@x.example"};
	struct store *s = *state;

	store_case(s, "a case");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		char *exact = xstrdup(none[i]);

		assert_none(s, exact);
		free(exact);
	}
}

static void
a_team_whose_name_leaves_no_room_is_written_to_as_it_is(void **state)
{
	static const char team[] =
	    "a-team-with-a-very-long-local-part-for-its-mail@example.org";
	struct store *s = *state;
	char *address =
	    token_address(s->vault, team, TOKEN_SENDER, 1, REPORTER);

	assert_string_equal(address, team);
	free(address);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_address_leads_its_correspondent_back_into_the_case),
	    TEST(an_address_for_answers_fits_whoever_writes),
	    TEST(another_one_s_address_is_known_only_while_they_take_part),
	    TEST(every_changed_character_makes_it_nobody_s),
	    TEST(a_token_of_another_vault_or_of_no_case_is_none),
	    TEST(only_the_team_s_own_address_carries_tokens),
	    TEST(letters_that_a_mail_program_made_capital_are_the_same),
	    TEST(what_is_no_token_is_none),
	    TEST(a_team_whose_name_leaves_no_room_is_written_to_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
