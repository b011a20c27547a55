#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "people/membership.h"
#include "people/sponsorship.h"
#include "store/test_database.h"

static int64_t
somebody(struct db *db, const char *address)
{
	struct contact c = {.name = xstrdup(address), .class = CLASS_PARTNER};
	int64_t id;

	strs_add(&c.addresses, address);
	assert_int_equal(contact_add(db, 1, &c, &id, NULL), 0);
	contact_free(&c);
	return id;
}

static int64_t
founded(struct db *db)
{
	struct community c;
	int64_t id;

	assert_int_equal(community_like(NULL, &c, NULL), 0);
	c.name = xstrdup("banks");
	c.sponsors = 2;
	c.bounces = 2;
	assert_int_equal(community_add(db, 1, &c, &id, NULL), 0);
	community_free(&c);
	return id;
}

static void
join(struct db *db, int64_t now, int64_t community, int64_t contact)
{
	assert_int_equal(
	    community_join(db, now, community, contact, NULL, 0, NULL), 0);
}

static size_t
active(struct db *db)
{
	struct community c;
	size_t n;

	assert_int_equal(community_find(db, "banks", &c, NULL), 0);
	n = c.members;
	community_free(&c);
	return n;
}

static int64_t
message(struct db *db, const char *sha)
{
	int64_t id;

	assert_int_equal(
	    db_insert(db, &id, NULL,
		"INSERT INTO message (sha256, direction, source, received_at,"
		" size, state) VALUES (?, 'out', 'x', 1, 1, 'received')",
		"s", sha),
	    0);
	return id;
}

static void
who_joins_after_a_message_does_not_get_it(void **state)
{
	struct db *db = test_database_open(*state);
	struct community c;
	int64_t id, a, b, d, m, later;

	assert_int_equal(db_begin(db, NULL), 0);
	id = founded(db);
	a = somebody(db, "a@a.example");
	b = somebody(db, "b@b.example");
	d = somebody(db, "d@d.example");
	join(db, 1, id, d);
	join(db, 1, id, a);
	m = message(db, "one");
	join(db, 1, id, b);
	later = message(db, "two");
	assert_int_equal(community_find(db, "banks", &c, NULL), 0);
	assert_int_equal(membership_keep(db, &c, later, NULL), 0);
	assert_int_equal(c.members, 3);
	assert_int_equal(membership_keep(db, &c, m, NULL), 0);
	assert_int_equal(c.members, 2);
	assert_int_equal(c.member[0], a);
	assert_int_equal(c.member[1], d);
	community_free(&c);
	/* who comes back is new as well */
	assert_int_equal(community_leave(db, 2, id, a, NULL), 0);
	join(db, 3, id, a);
	assert_int_equal(community_find(db, "banks", &c, NULL), 0);
	assert_int_equal(membership_keep(db, &c, m, NULL), 0);
	assert_int_equal(c.members, 1);
	assert_int_equal(c.member[0], d);
	community_free(&c);
	db_close(db);
}

static void
only_active_members_get_mail(void **state)
{
	struct db *db = test_database_open(*state);
	struct membership *m;
	int64_t id, a, b;
	size_t count;
	bool disabled;

	assert_int_equal(db_begin(db, NULL), 0);
	id = founded(db);
	a = somebody(db, "a@a.example");
	b = somebody(db, "b@b.example");
	join(db, 1, id, a);
	join(db, 1, id, b);
	assert_int_equal(membership_suspend(db, 2, id, a, "x", NULL), 0);
	assert_int_equal(membership_suspend(db, 2, id, a, "x", NULL), -1);
	assert_int_equal(active(db), 1);
	assert_int_equal(membership_bounced(db, 3, id, a, &disabled, NULL), 0);
	assert_false(disabled);
	assert_int_equal(membership_bounced(db, 3, id, b, &disabled, NULL), 0);
	assert_false(disabled);
	assert_int_equal(membership_bounced(db, 4, id, b, &disabled, NULL), 0);
	assert_true(disabled);
	assert_int_equal(active(db), 0);
	assert_int_equal(membership_resume(db, 5, id, b, NULL), 0);
	assert_int_equal(membership_resume(db, 5, id, b, NULL), -1);
	assert_int_equal(active(db), 1);
	/* and it is counted anew */
	assert_int_equal(membership_bounced(db, 6, id, b, &disabled, NULL), 0);
	assert_false(disabled);
	assert_int_equal(membership_list(db, id, false, &m, &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_string_equal(m[0].state, "suspended");
	assert_string_equal(m[1].state, "active");
	assert_int_equal(m[1].bounced, 1);
	membership_list_free(m, count);
	db_close(db);
}

static int64_t
counted(struct db *db, int64_t id, int64_t contact)
{
	struct application a;
	int64_t n;

	assert_int_equal(application_find(db, id, contact, &a, NULL), 0);
	n = a.sponsors;
	application_free(&a);
	return n;
}

static void
a_sponsor_counts_while_they_are_an_active_member(void **state)
{
	struct db *db = test_database_open(*state);
	struct application ap;
	struct err e;
	int64_t id, a, b, x, y;

	assert_int_equal(db_begin(db, NULL), 0);
	id = founded(db);
	a = somebody(db, "a@a.example");
	b = somebody(db, "b@b.example");
	x = somebody(db, "x@x.example");
	y = somebody(db, "y@y.example");
	join(db, 1, id, a);
	join(db, 1, id, b);
	assert_int_equal(application_open(db, 5, id, x, 0, NULL), 0);
	assert_int_equal(application_open(db, 5, id, x, 0, NULL), -1);
	assert_int_equal(application_open(db, 5, id, a, 0, NULL), -1);
	assert_int_equal(application_find(db, id, x, &ap, NULL), 0);
	assert_int_equal(sponsorship_state(db, 6, &ap, a, 0, NULL), 0);
	assert_int_equal(sponsorship_state(db, 7, &ap, a, 0, NULL), 0);
	assert_int_equal(counted(db, id, x), 1);
	assert_int_equal(sponsorship_state(db, 6, &ap, y, 0, &e), -1);
	assert_int_equal(e.code, ERR_DENIED);
	assert_int_equal(sponsorship_state(db, 6, &ap, x, 0, NULL), -1);
	assert_int_equal(sponsorship_state(db, 6, &ap, b, 0, NULL), 0);
	assert_int_equal(counted(db, id, x), 2);
	assert_int_equal(membership_suspend(db, 7, id, b, NULL, NULL), 0);
	assert_int_equal(counted(db, id, x), 1);
	assert_int_equal(membership_resume(db, 8, id, b, NULL), 0);
	assert_int_equal(community_leave(db, 9, id, a, NULL), 0);
	assert_int_equal(counted(db, id, x), 1);
	application_free(&ap);
	db_close(db);
}

static void
an_applicant_does_not_sponsor(void **state)
{
	struct db *db = test_database_open(*state);
	struct application ap;
	int64_t id, a, x, y;

	assert_int_equal(db_begin(db, NULL), 0);
	id = founded(db);
	a = somebody(db, "a@a.example");
	x = somebody(db, "x@x.example");
	y = somebody(db, "y@y.example");
	join(db, 1, id, a);
	assert_int_equal(application_open(db, 2, id, x, 0, NULL), 0);
	assert_int_equal(application_open(db, 2, id, y, 0, NULL), 0);
	assert_int_equal(application_find(db, id, x, &ap, NULL), 0);
	assert_int_equal(sponsorship_state(db, 3, &ap, a, 0, NULL), 0);
	application_free(&ap);
	/* a vouches for x; what x says of y is worth nothing */
	assert_int_equal(application_find(db, id, y, &ap, NULL), 0);
	assert_int_equal(sponsorship_state(db, 4, &ap, x, 0, NULL), -1);
	application_free(&ap);
	assert_int_equal(counted(db, id, y), 0);
	db_close(db);
}

static void
statements_of_before_do_not_count_again(void **state)
{
	struct db *db = test_database_open(*state);
	struct application ap;
	int64_t id, a, x;

	assert_int_equal(db_begin(db, NULL), 0);
	id = founded(db);
	a = somebody(db, "a@a.example");
	x = somebody(db, "x@x.example");
	join(db, 1, id, a);
	assert_int_equal(application_open(db, 2, id, x, 0, NULL), 0);
	assert_int_equal(application_find(db, id, x, &ap, NULL), 0);
	assert_int_equal(sponsorship_state(db, 3, &ap, a, 0, NULL), 0);
	assert_int_equal(application_decide(db, 4, &ap, "refused", NULL), 0);
	assert_int_equal(application_decide(db, 4, &ap, "accepted", NULL), -1);
	application_free(&ap);
	assert_int_equal(active(db), 1);
	assert_int_equal(application_open(db, 5, id, x, 0, NULL), 0);
	assert_int_equal(counted(db, id, x), 0);
	db_close(db);
}

static void
a_body_nobody_knows_is_no_preset(void **state)
{
	static const struct {
		const char *name;
		int64_t sponsors;
	} body[] = {
	    {"first", 2}, {"apcert", 1}, {"nca", 1}, {"ti", 2}, {"j-csip", 0}};
	struct community c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(body) / sizeof(body[0]); i++) {
		assert_int_equal(community_like(body[i].name, &c, NULL), 0);
		assert_int_equal(c.sponsors, body[i].sponsors);
		assert_true(c.dual_release);
		assert_false(c.visible);
		community_free(&c);
	}
	assert_int_equal(community_like("second", &c, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
}

#define T(f)                                                                   \
	cmocka_unit_test_setup_teardown(f, test_folder_open, test_folder_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(who_joins_after_a_message_does_not_get_it),
	    T(only_active_members_get_mail),
	    T(a_sponsor_counts_while_they_are_an_active_member),
	    T(an_applicant_does_not_sponsor),
	    T(statements_of_before_do_not_count_again),
	    cmocka_unit_test(a_body_nobody_knows_is_no_preset)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
