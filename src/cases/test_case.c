#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cases/case_people.h"
#include "cases/test_store.h"

#define NEXT_YEAR INT64_C(1798761600) /* 2027-01-01T00:00:00Z */

static void
create_in(struct db *db, struct vault *v, int64_t now, const char *title,
    struct case_file *out)
{
	const struct case_new n = {
	    .prefix = "EX", .title = title, .priority = "normal"};
	struct err e = {0};

	if (db_begin(db, &e) == -1 ||
	    case_create(db, v, now, &n, out, &e) == -1 ||
	    db_commit(db, &e) == -1)
		fail_msg("%s", e.text);
}

static void
check_next(struct store *s, int64_t now, const char *name)
{
	struct case_file c;

	create_in(s->db, s->vault, now, "title", &c);
	assert_string_equal(c.name, name);
	case_free(&c);
}

static void
numbers_rise_by_one_in_their_year(void **state)
{
	struct store *s = *state;

	check_next(s, NOW, "EX-2026-0001");
	check_next(s, NOW, "EX-2026-0002");
	check_next(s, NEXT_YEAR - 1, "EX-2026-0003");
	check_next(s, NEXT_YEAR, "EX-2027-0001");
	check_next(s, NOW, "EX-2026-0004");
	check_next(s, NEXT_YEAR, "EX-2027-0002");
}

static void
a_case_rolled_back_leaves_no_gap(void **state)
{
	const struct case_new n = {
	    .prefix = "EX", .title = "lost", .priority = "low"};
	struct store *s = *state;
	struct case_file c;
	struct err e = {0};

	check_next(s, NOW, "EX-2026-0001");
	ok(db_begin(s->db, &e), &e);
	ok(case_create(s->db, s->vault, NOW, &n, &c, &e), &e);
	assert_string_equal(c.name, "EX-2026-0002");
	case_free(&c);
	db_rollback(s->db);
	check_next(s, NOW, "EX-2026-0002");
}

static void
two_handles_in_turn_share_one_row_of_numbers(void **state)
{
	struct store *s = *state;
	struct vault *vault;
	struct db *db;

	store_handle(s->path, &db, &vault);
	for (int i = 1; i <= 6; i++) {
		char name[24];
		struct case_file c;

		if (i % 2 == 0)
			create_in(db, vault, NOW, "even", &c);
		else
			create_in(s->db, s->vault, NOW, "odd", &c);
		(void)snprintf(name, sizeof(name), "EX-2026-%04d", i);
		assert_string_equal(c.name, name);
		assert_string_equal(c.title, i % 2 == 0 ? "even" : "odd");
		assert_int_equal(c.id, i);
		case_free(&c);
	}
	vault_close(vault);
	db_close(db);
}

static void
a_new_case_has_what_it_was_given(void **state)
{
	struct store *s = *state;
	struct case_file made, found;
	struct err e = {0};
	const struct case_new n = {.prefix = "EX",
	    .title = "Phishing \xe6\xa1\x88\xe4\xbb\xb6",
	    .priority = "high",
	    .category = "phishing",
	    .owner = 7,
	    .owed = true};

	store_contact(s, 7);
	ok(db_begin(s->db, &e), &e);
	ok(case_create(s->db, s->vault, NOW, &n, &made, &e), &e);
	ok(db_commit(s->db, &e), &e);
	ok(case_get(s->db, s->vault, made.id, &found, &e), &e);
	assert_string_equal(found.title, n.title);
	assert_string_equal(found.state, "new");
	assert_string_equal(found.priority, "high");
	assert_string_equal(found.category, "phishing");
	assert_int_equal(found.owner, 7);
	assert_true(found.owed);
	assert_false(found.has_label);
	assert_int_equal(found.opened_at, NOW);
	assert_int_equal(found.closed_at, 0);
	assert_int_equal(found.version, made.version);
	assert_true(found.vault_key != 0);
	case_free(&made);
	case_free(&found);
}

static void
a_long_title_is_cut_at_a_whole_code_point(void **state)
{
	char title[3 * 400 + 1], *end = title;
	struct store *s = *state;
	struct case_file c;

	for (int i = 0; i < 400; i++, end += 3)
		memcpy(end, "\xe6\xa1\x88", 4);
	create_in(s->db, s->vault, NOW, title, &c);
	assert_int_equal(strlen(c.title), 1023);
	assert_int_equal(strncmp(c.title, title, 1023), 0);
	case_free(&c);
}

static void
title_and_notes_are_nowhere_in_the_file_s_bytes(void **state)
{
	struct store *s = *state;
	struct err e = {0};
	int64_t id;

	id = store_case(s, "Ransom at Harbour Clinic");
	ok(case_note_add(s->db, s->vault, NOW, id, 0, "Quay gate camera", &e),
	    &e);
	ok(case_tag_add(s->db, id, "visible-tag", &e), &e);
	assert_true(store_files_have(s, "visible-tag"));
	assert_false(store_files_have(s, "Harbour"));
	assert_false(store_files_have(s, "camera"));
	ok(db_scrub(s->db, &e), &e);
	assert_true(store_files_have(s, "visible-tag"));
	assert_false(store_files_have(s, "Harbour"));
	assert_false(store_files_have(s, "camera"));
}

static void
a_case_is_found_by_its_name_in_any_case_and_by_id(void **state)
{
	static const char *const none[] = {"EX-2026-0002", "2", "", "EX", "%",
	    "01", "1 OR 1=1", "EX-2026-0001 "};
	struct store *s = *state;
	struct case_file c;
	struct err e = {0};

	store_case(s, "the one");
	ok(case_find(s->db, s->vault, "ex-2026-0001", &c, &e), &e);
	assert_string_equal(c.title, "the one");
	case_free(&c);
	ok(case_find(s->db, NULL, "1", &c, &e), &e);
	assert_string_equal(c.name, "EX-2026-0001");
	assert_null(c.title);
	case_free(&c);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(
		    case_find(s->db, s->vault, none[i], &c, &e), -1);
		assert_int_equal(e.code, ERR_NOINPUT);
	}
	assert_int_equal(case_get(s->db, s->vault, 99, &c, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
}

static void
an_update_is_kept_and_raises_the_version(void **state)
{
	struct store *s = *state;
	struct case_file c;
	struct err e = {0};
	int64_t before;

	store_case(s, "changes");
	ok(case_get(s->db, s->vault, 1, &c, &e), &e);
	before = c.version;
	free(c.state);
	c.state = xstrdup("closed");
	free(c.category);
	c.category = xstrdup("dos");
	c.closed_at = NOW + 5;
	c.owed = true;
	ok(case_update(s->db, &c, &e), &e);
	case_free(&c);
	ok(case_get(s->db, s->vault, 1, &c, &e), &e);
	assert_string_equal(c.state, "closed");
	assert_string_equal(c.category, "dos");
	assert_int_equal(c.closed_at, NOW + 5);
	assert_int_equal(c.owner, 0);
	assert_true(c.owed);
	assert_int_equal(c.version, before + 1);
	assert_int_equal(store_version(s, 1), before + 1);
	assert_int_equal(store_version(s, 99), 0);
	case_free(&c);
}

static void
a_list_asks_for_one_state_or_for_all(void **state)
{
	struct store *s = *state;
	struct case_file c;
	struct err e = {0};
	int64_t *id;
	size_t count;

	for (int i = 0; i < 3; i++)
		store_case(s, "x");
	ok(case_get(s->db, NULL, 2, &c, &e), &e);
	free(c.state);
	c.state = xstrdup("open");
	ok(case_update(s->db, &c, &e), &e);
	case_free(&c);
	ok(case_list(s->db, NULL, &id, &count, &e), &e);
	assert_int_equal(count, 3);
	assert_int_equal(id[0], 1);
	assert_int_equal(id[2], 3);
	free(id);
	ok(case_list(s->db, "open", &id, &count, &e), &e);
	assert_int_equal(count, 1);
	assert_int_equal(id[0], 2);
	free(id);
	ok(case_list(s->db, "closed", &id, &count, &e), &e);
	assert_int_equal(count, 0);
	assert_null(id);
}

static void
who_takes_part_is_known_by_contact_or_address(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "people"), other = store_case(s, "other");
	struct err e = {0};

	store_contact(s, 3);
	ok(case_participant_add(s->db, NOW, id, 3, "a@x.example", NULL, &e),
	    &e);
	ok(case_participant_add(s->db, NOW, id, 0, "b@x.example", NULL, &e),
	    &e);
	assert_int_equal(case_participates(s->db, id, 0, "a@x.example", &e), 1);
	assert_int_equal(
	    case_participates(s->db, id, 3, "new@x.example", &e), 1);
	assert_int_equal(case_participates(s->db, id, 4, "c@x.example", &e), 0);
	assert_int_equal(case_participates(s->db, id, 0, "c@x.example", &e), 0);
	assert_int_equal(case_participates(s->db, id, 0, NULL, &e), 0);
	assert_int_equal(
	    case_participates(s->db, other, 3, "a@x.example", &e), 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(numbers_rise_by_one_in_their_year),
	    TEST(a_case_rolled_back_leaves_no_gap),
	    TEST(two_handles_in_turn_share_one_row_of_numbers),
	    TEST(a_new_case_has_what_it_was_given),
	    TEST(a_long_title_is_cut_at_a_whole_code_point),
	    TEST(title_and_notes_are_nowhere_in_the_file_s_bytes),
	    TEST(a_case_is_found_by_its_name_in_any_case_and_by_id),
	    TEST(an_update_is_kept_and_raises_the_version),
	    TEST(a_list_asks_for_one_state_or_for_all),
	    TEST(who_takes_part_is_known_by_contact_or_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
