#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cases/case.h"
#include "cases/case_json.h"
#include "cases/case_people.h"
#include "cases/test_store.h"

static json_t *
shown(struct store *s, int64_t id)
{
	struct err e = {0};
	json_t *j = NULL;

	ok(case_json(s->db, s->vault, id, &j, &e), &e);
	assert_non_null(j);
	return j;
}

static void
the_object_has_every_field_and_null_for_what_is_not_set(void **state)
{
	static const char *const fields[] = {"id", "title", "state", "owner",
	    "priority", "category", "tlp", "owed", "opened_at", "closed_at",
	    "harm", "cause", "remedy", "accepted_by", "decision",
	    "apt_suspected", "participants", "messages", "links", "deadlines",
	    "tags", "notes", "affected", "readers", "owed_messages", "unseen"};
	static const char *const nulls[] = {"owner", "category", "tlp",
	    "closed_at", "cause", "remedy", "accepted_by", "decision"};
	struct store *s = *state;
	json_t *j = shown(s, store_case(s, "bare"));

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		assert_non_null(json_object_get(j, fields[i]));
	assert_int_equal(
	    json_object_size(j), sizeof(fields) / sizeof(fields[0]));
	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		assert_true(json_is_null(json_object_get(j, nulls[i])));
	for (size_t i = 16; i < sizeof(fields) / sizeof(fields[0]); i++)
		assert_int_equal(
		    json_array_size(json_object_get(j, fields[i])), 0);
	assert_string_equal(
	    json_string_value(json_object_get(j, "id")), "EX-2026-0001");
	assert_string_equal(json_string_value(json_object_get(j, "opened_at")),
	    "2026-11-22T01:02:03Z");
	json_decref(j);
}

static void
who_is_affected_and_who_reads_is_shown_until_removed(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "people"), before = store_version(s, id);
	struct err e = {0};
	json_t *j;

	store_contact(s, 3);
	ok(case_affected_add(s->db, id, "a@x.example", &e), &e);
	ok(case_affected_add(s->db, id, "a@x.example", &e), &e);
	ok(case_reader_add(s->db, id, 3, &e), &e);
	ok(case_set_label(s->db, id, NOROSHI_TLP_GREEN, &e), &e);
	assert_int_equal(store_version(s, id), before + 3);
	assert_int_equal(case_affects(s->db, id, "a@x.example", &e), 1);
	assert_int_equal(case_names(s->db, id, 3, &e), 1);
	assert_int_equal(case_names(s->db, id, 4, &e), 0);
	j = shown(s, id);
	assert_string_equal(json_string_value(json_array_get(
				json_object_get(j, "affected"), 0)),
	    "a@x.example");
	assert_int_equal(json_integer_value(
			     json_array_get(json_object_get(j, "readers"), 0)),
	    3);
	assert_string_equal(
	    json_string_value(json_object_get(j, "tlp")), "GREEN");
	json_decref(j);
	ok(case_affected_remove(s->db, id, "a@x.example", &e), &e);
	assert_int_equal(case_affects(s->db, id, "a@x.example", &e), 0);
	assert_int_equal(
	    case_affected_remove(s->db, id, "a@x.example", &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	assert_int_equal(
	    case_participant_remove(s->db, id, 0, "a@x.example", &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
}

static void
a_participant_stands_once_and_raises_the_version_once(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "people"), before;
	struct err e = {0};
	json_t *j, *people;

	store_contact(s, 3);
	before = store_version(s, id);
	ok(case_participant_add(s->db, NOW, id, 3, "a@x.example", "A", &e), &e);
	ok(case_participant_add(s->db, NOW, id, 0, "a@x.example", "B", &e), &e);
	assert_int_equal(store_version(s, id), before + 1);
	ok(case_participant_add(s->db, NOW + 1, id, 0, "b@x.example", NULL, &e),
	    &e);
	assert_int_equal(store_version(s, id), before + 2);
	j = shown(s, id);
	people = json_object_get(j, "participants");
	assert_int_equal(json_array_size(people), 2);
	assert_int_equal(json_integer_value(json_object_get(
			     json_array_get(people, 0), "contact")),
	    3);
	assert_string_equal(json_string_value(json_object_get(
				json_array_get(people, 0), "name")),
	    "A");
	assert_true(json_is_null(
	    json_object_get(json_array_get(people, 1), "contact")));
	assert_true(
	    json_is_null(json_object_get(json_array_get(people, 1), "name")));
	json_decref(j);
}

static void
notes_and_tags_are_shown_in_order_and_tags_once(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "notes");
	struct err e = {0};
	json_t *j, *notes, *tags;

	store_contact(s, 3);
	ok(case_note_add(s->db, s->vault, NOW, id, 3, "first", &e), &e);
	ok(case_note_add(s->db, s->vault, NOW + 1, id, 0, "", &e), &e);
	ok(case_tag_add(s->db, id, "b", &e), &e);
	ok(case_tag_add(s->db, id, "a", &e), &e);
	ok(case_tag_add(s->db, id, "b", &e), &e);
	j = shown(s, id);
	notes = json_object_get(j, "notes");
	tags = json_object_get(j, "tags");
	assert_int_equal(json_array_size(notes), 2);
	assert_string_equal(json_string_value(json_object_get(
				json_array_get(notes, 0), "text")),
	    "first");
	assert_int_equal(json_integer_value(json_object_get(
			     json_array_get(notes, 0), "author")),
	    3);
	assert_string_equal(json_string_value(json_object_get(
				json_array_get(notes, 1), "text")),
	    "");
	assert_int_equal(json_array_size(tags), 2);
	assert_string_equal(json_string_value(json_array_get(tags, 0)), "a");
	json_decref(j);
	assert_int_equal(
	    case_note_add(s->db, s->vault, NOW, 99, 0, "no case", &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
}

static void
message_with_label(
    struct store *s, int64_t id, const char *label, bool untrusted)
{
	static const char sql[] =
	    "INSERT INTO message (sha256, direction, source, received_at,"
	    " size, state, label, cases, untrusted)"
	    " VALUES (hex(randomblob(32)), 'in', 'pipe', 0, 0, 'processed', ?,"
	    " ?, ?)";
	struct err e = {0};

	ok(db_run(s->db, &e, sql, "sii", label, id, (int64_t)untrusted), &e);
}

static void
check_label(struct store *s, int64_t id, const char *label)
{
	json_t *j = shown(s, id);

	assert_string_equal(
	    json_string_value(json_object_get(j, "tlp")), label);
	json_decref(j);
}

static void
the_label_is_the_highest_trusted_one_or_the_case_s_own(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "labels"), other = store_case(s, "other");
	struct err e = {0};

	message_with_label(s, id, "GREEN", false);
	check_label(s, id, "GREEN");
	message_with_label(s, id, "AMBER+STRICT", false);
	message_with_label(s, id, "AMBER", false);
	message_with_label(s, id, NULL, false);
	message_with_label(s, id, "RED", true);
	message_with_label(s, other, "RED", false);
	check_label(s, id, "AMBER+STRICT");
	ok(db_run(s->db, &e, "UPDATE cases SET label = 'CLEAR' WHERE id = ?",
	       "i", id),
	    &e);
	check_label(s, id, "CLEAR");
}

static void
a_destroyed_key_leaves_a_case_without_title_and_notes(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "to be erased");
	struct case_file c;
	struct err e = {0};
	json_t *j;

	ok(case_note_add(s->db, s->vault, NOW, id, 0, "erased too", &e), &e);
	ok(case_get(s->db, s->vault, id, &c, &e), &e);
	ok(vault_key_destroy(s->vault, c.vault_key, &e), &e);
	case_free(&c);
	ok(case_get(s->db, s->vault, id, &c, &e), &e);
	assert_null(c.title);
	assert_string_equal(c.name, "EX-2026-0001");
	case_free(&c);
	j = shown(s, id);
	assert_true(json_is_null(json_object_get(j, "title")));
	assert_int_equal(json_array_size(json_object_get(j, "notes")), 0);
	json_decref(j);
	assert_int_equal(
	    case_note_add(s->db, s->vault, NOW, id, 0, "late", &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_object_has_every_field_and_null_for_what_is_not_set),
	    TEST(who_is_affected_and_who_reads_is_shown_until_removed),
	    TEST(a_participant_stands_once_and_raises_the_version_once),
	    TEST(notes_and_tags_are_shown_in_order_and_tags_once),
	    TEST(the_label_is_the_highest_trusted_one_or_the_case_s_own),
	    TEST(a_destroyed_key_leaves_a_case_without_title_and_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
