#include "cases/handling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/closing.h"
#include "cases/test_store.h"

static struct case_file
file_of(struct store *s, int64_t id)
{
	struct case_file file;
	struct err e = {0};

	ok(case_get(s->db, s->vault, id, &file, &e), &e);
	return file;
}

/* Says harm of the case; what is prompted, the caller's. */
static char *
harm(struct store *s, const struct config *c, int64_t id, const char *word)
{
	struct case_file file = file_of(s, id);
	struct err e = {0};
	char *prompt;

	ok(handling_set_harm(s->db, c, &file, word, &prompt, &e), &e);
	case_free(&file);
	return prompt;
}

static void
priority_is(struct store *s, int64_t id, const char *expected)
{
	struct case_file file = file_of(s, id);

	assert_string_equal(file.priority, expected);
	case_free(&file);
}

static void
text(struct store *s, int64_t id, const char *what, const char *words)
{
	struct case_file file = file_of(s, id);
	struct err e = {0};

	ok(handling_set_text(s->db, s->vault, &file, what, words, &e), &e);
	case_free(&file);
}

/* Whether it may be closed, and if not that word is in the reason. */
static void
lacks(struct store *s, const struct config *c, int64_t id, const char *word)
{
	struct case_file file = file_of(s, id);
	struct err e = {0};
	char *what;

	ok(closing_lacks(s->db, s->vault, c, &file, NULL, &what, &e), &e);
	if (word == NULL)
		assert_null(what);
	else if (what == NULL || strstr(what, word) == NULL)
		fail_msg("%s: %s", word, what == NULL ? "nothing" : what);
	free(what);
	case_free(&file);
}

static void
category(struct store *s, int64_t id, const char *word)
{
	struct case_file file = file_of(s, id);
	struct err e = {0};

	free(file.category);
	file.category = xstrdup_null(word);
	ok(case_update(s->db, &file, &e), &e);
	case_free(&file);
}

static void
confirmed_harm_raises_the_priority_once(void **state)
{
	struct store *s = *state;
	struct config *c = config_create();
	int64_t id = store_case(s, "x");

	free(harm(s, c, id, "suspected"));
	priority_is(s, id, "normal");
	free(harm(s, c, id, "confirmed"));
	priority_is(s, id, "high");
	free(harm(s, c, id, "confirmed"));
	priority_is(s, id, "high");
	free(harm(s, c, id, "suspected"));
	free(harm(s, c, id, "confirmed"));
	priority_is(s, id, "critical");
	config_free(c);
}

static void
only_rows_for_the_category_that_are_on_are_prompted(void **state)
{
	struct store *s = *state;
	struct config *c = config_create();
	int64_t id = store_case(s, "x");
	char *prompt;

	c->deadline = xcalloc(3, sizeof(*c->deadline));
	c->deadlines = 3;
	for (size_t i = 0; i < 3; i++) {
		c->deadline[i].id = xasprintf("row-%zu", i);
		c->deadline[i].jurisdiction = xstrdup("JP");
		c->deadline[i].trigger = xstrdup("T");
		strs_add(&c->deadline[i].stages, "a: 1 day");
	}
	strs_add(&c->deadline[1].categories, "leak");
	c->deadline[2].off = true;
	category(s, id, "dos");
	prompt = harm(s, c, id, "confirmed");
	assert_non_null(strstr(prompt, "row-0"));
	assert_null(strstr(prompt, "row-1"));
	assert_null(strstr(prompt, "row-2"));
	free(prompt);
	prompt = harm(s, c, id, "confirmed");
	assert_null(prompt);
	config_free(c);
}

static void
cause_and_remedy_are_sealed_and_bound_to_their_case(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "x");
	struct case_file file = file_of(s, id);
	struct handling h;
	struct err e = {0};

	text(s, id, "cause", "CAUSE-4711");
	text(s, id, "remedy", "REMEDY-4712");
	assert_false(store_files_have(s, "CAUSE-4711"));
	assert_false(store_files_have(s, "REMEDY-4712"));
	ok(handling_get(s->db, s->vault, &file, &h, &e), &e);
	assert_string_equal(h.cause, "CAUSE-4711");
	assert_string_equal(h.remedy, "REMEDY-4712");
	handling_free(&h);
	ok(vault_key_destroy(s->vault, file.vault_key, &e), &e);
	ok(handling_get(s->db, s->vault, &file, &h, &e), &e);
	assert_null(h.cause);
	assert_true(h.has_cause);
	handling_free(&h);
	case_free(&file);
}

static void
a_case_without_harm_lacks_nothing(void **state)
{
	struct store *s = *state;
	struct config *c = config_create();
	int64_t id = store_case(s, "x");

	lacks(s, c, id, NULL);
	category(s, id, "intrusion");
	lacks(s, c, id, NULL);
	config_free(c);
}

static void
harm_asks_for_cause_and_remedy_or_who_accepts(void **state)
{
	struct store *s = *state;
	struct config *c = config_create();
	int64_t id = store_case(s, "x");
	struct err e = {0};

	free(harm(s, c, id, "suspected"));
	lacks(s, c, id, "cause and remedy are not said");
	text(s, id, "cause", "unknown");
	lacks(s, c, id, "remedy is not said");
	text(s, id, "remedy", "a patch");
	lacks(s, c, id, "nobody accepts");
	store_contact(s, 7);
	assert_int_equal(handling_accept(s->db, id, 7, &e), -1);
	assert_int_equal(e.code, ERR_DENIED);
	ok(db_run(s->db, &e,
	       "INSERT INTO contact_role (contact, role) VALUES (7, 'deputy')",
	       ""),
	    &e);
	ok(db_run(s->db, &e, "UPDATE contact SET class = 'staff'", ""), &e);
	ok(handling_accept(s->db, id, 7, &e), &e);
	lacks(s, c, id, NULL);
	config_free(c);
}

static void
what_closing_asks_for_is_the_teams_choice(void **state)
{
	struct store *s = *state;
	struct config *c = config_create();
	int64_t id = store_case(s, "x");

	free(c->close_needs);
	c->close_needs = xstrdup("incident");
	lacks(s, c, id, NULL);
	category(s, id, "scan");
	lacks(s, c, id, NULL);
	category(s, id, "leak");
	lacks(s, c, id, "cause and remedy");
	free(harm(s, c, id, "confirmed"));
	free(c->close_needs);
	c->close_needs = xstrdup("never");
	lacks(s, c, id, NULL);
	config_free(c);
}

static void
an_apt_is_closed_by_a_decision(void **state)
{
	struct store *s = *state;
	struct config *c = config_create();
	int64_t id = store_case(s, "x");
	struct case_file file;
	struct err e = {0};

	ok(case_tag_add(s->db, id, CASE_APT, &e), &e);
	file = file_of(s, id);
	assert_true(case_is_apt(&file));
	case_floor(&file);
	assert_true(file.has_label);
	assert_int_equal(file.label, NOROSHI_TLP_AMBER_STRICT);
	case_free(&file);
	lacks(s, c, id, "APT");
	ok(handling_decide(s->db, id, "observe", &e), &e);
	lacks(s, c, id, NULL);
	config_free(c);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(confirmed_harm_raises_the_priority_once),
	    TEST(only_rows_for_the_category_that_are_on_are_prompted),
	    TEST(cause_and_remedy_are_sealed_and_bound_to_their_case),
	    TEST(a_case_without_harm_lacks_nothing),
	    TEST(harm_asks_for_cause_and_remedy_or_who_accepts),
	    TEST(what_closing_asks_for_is_the_teams_choice),
	    TEST(an_apt_is_closed_by_a_decision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
