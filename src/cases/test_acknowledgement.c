#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/acknowledgement.h"
#include "cases/test_store.h"

#define HOURLY 5
#define DAY INT64_C(86400)

/* Nobody's contact, and somebody's. */
#define STRANGER "stranger@x.example"
#define CONTACT "contact@x.example"

/* The limit that stands against one to address; "-": none. It is then sent. */
static const char *
asked(struct store *s, int64_t now, const char *address, int64_t cases)
{
	const struct acknowledgement a = {.address = address,
	    .cases = cases,
	    .known = strcmp(address, STRANGER) != 0};
	struct err e = {0};
	const char *why;
	int rc;

	ok(acknowledgement_refused(s->db, now, HOURLY, &a, &why, &e), &e);
	rc = acknowledgement_add(s->db, now, HOURLY, &a, &e);
	ok(rc, &e);
	assert_int_equal(rc, why == NULL ? 1 : 0);
	return why == NULL ? "-" : why;
}

static void
a_case_is_acknowledged_to_each_sender_once_and_never_again(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "a case");

	assert_string_equal(asked(s, NOW, CONTACT, id), "-");
	assert_string_equal(asked(s, NOW, CONTACT, id), "again-in-case");
	assert_string_equal(
	    asked(s, NOW + 100 * DAY, CONTACT, id), "again-in-case");
	assert_string_equal(asked(s, NOW, "other@x.example", id), "-");
}

/* Somebody else's report that day is answered, and theirs the day after. */
static void
strangers_of_one_organisation_get_ten_a_day(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "a case");
	struct acknowledgement a = {.cases = id};
	const char *why = NULL;
	struct err e = {0};

	for (int i = 0; i < 11; i++) {
		char *address = xasprintf("t%d@m%d.robot.co.jp", i, i % 3);

		a.address = address;
		assert_int_equal(
		    acknowledgement_add(s->db, NOW + i, 1000, &a, &e),
		    i < 10 ? 1 : 0);
		free(address);
	}
	a.address = "a@robot.co.jp";
	ok(acknowledgement_refused(s->db, NOW + 20, 1000, &a, &why, &e), &e);
	assert_string_equal(why, "domain-ceiling");
	a.address = "a@other.co.jp";
	ok(acknowledgement_refused(s->db, NOW + 20, 1000, &a, &why, &e), &e);
	assert_null(why);
	a.address = "a@robot.co.jp";
	ok(acknowledgement_refused(s->db, NOW + DAY + 20, 1000, &a, &why, &e),
	    &e);
	assert_null(why);
}

static void
a_stranger_gets_one_in_seven_days(void **state)
{
	struct store *s = *state;
	int64_t first = store_case(s, "1"), second = store_case(s, "2");

	assert_string_equal(asked(s, NOW, STRANGER, first), "-");
	assert_string_equal(asked(s, NOW, STRANGER, second), "again-in-week");
	assert_string_equal(
	    asked(s, NOW + 7 * DAY - 1, STRANGER, second), "again-in-week");
	assert_string_equal(asked(s, NOW + 7 * DAY, STRANGER, second), "-");
}

static void
a_contact_gets_three_in_an_hour(void **state)
{
	struct store *s = *state;
	int64_t last;

	for (int i = 0; i < 3; i++)
		assert_string_equal(
		    asked(s, NOW, CONTACT, store_case(s, "a case")), "-");
	last = store_case(s, "one more");
	assert_string_equal(asked(s, NOW, CONTACT, last), "too-often");
	assert_string_equal(asked(s, NOW + 3599, CONTACT, last), "too-often");
	assert_string_equal(asked(s, NOW + 3600, CONTACT, last), "-");
}

static void
all_together_get_the_hourly_number(void **state)
{
	static const char *const people[] = {"a@x.example", "b@x.example",
	    "c@x.example", "d@x.example", "e@x.example"};
	struct store *s = *state;
	int64_t id = store_case(s, "a case");

	for (size_t i = 0; i < HOURLY; i++)
		assert_string_equal(asked(s, NOW, people[i], id), "-");
	assert_string_equal(asked(s, NOW, CONTACT, id), "hourly-ceiling");
	assert_string_equal(asked(s, NOW + 3600, CONTACT, id), "-");
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_case_is_acknowledged_to_each_sender_once_and_never_again),
	    TEST(strangers_of_one_organisation_get_ten_a_day),
	    TEST(a_stranger_gets_one_in_seven_days),
	    TEST(a_contact_gets_three_in_an_hour),
	    TEST(all_together_get_the_hourly_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
