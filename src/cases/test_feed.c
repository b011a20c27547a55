#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cases/case.h"
#include "cases/feed.h"
#include "cases/test_store.h"

#define HOUR 3600

static bool
same_pattern(const char *a, const char *b)
{
	char *x = feed_pattern(a), *y = feed_pattern(b);
	bool same = strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

static void
a_subject_that_differs_in_numbers_is_the_same(void **state)
{
	(void)state;
	assert_true(same_pattern("[SID 2019401] ET TROJAN from 192.0.2.1:443",
	    "[SID 77] et trojan from 2001:db8::1"));
	assert_true(same_pattern("Report 2026-11-22 0x1F", "Report 1 22"));
	assert_false(same_pattern("scan from 192.0.2.1", "login 192.0.2.1"));
	assert_false(same_pattern("CVE-2026-1 tried", "CVE-2026-2 tried"));
	assert_false(same_pattern("a", NULL));
	assert_true(same_pattern("", NULL));
}

static void
a_long_subject_is_cut(void **state)
{
	char subject[5001], *pattern;

	(void)state;
	memset(subject, 'A', sizeof(subject) - 1);
	subject[sizeof(subject) - 1] = '\0';
	pattern = feed_pattern(subject);
	assert_int_equal(strlen(pattern), 200);
	free(pattern);
}

static const struct sender proven = {
    .contact = 3, .class = CLASS_VENDOR, .evidence = EVIDENCE_DKIM};

static struct feed_notice
notice(void)
{
	return (struct feed_notice){.from = "ids@vendor.example",
	    .sender = &proven,
	    .label = NOROSHI_TLP_AMBER,
	    .category = "malware",
	    .priority = "normal",
	    .subject = "alert 1"};
}

static bool
same_digest(struct store *s, const struct feed_notice *n)
{
	const struct feed_notice first = notice();
	char a[FEED_DIGEST], b[FEED_DIGEST];

	feed_digest(s->vault, &first, a);
	feed_digest(s->vault, n, b);
	return strcmp(a, b) == 0;
}

static void
what_another_sends_or_is_graver_is_not_the_same(void **state)
{
	struct sender forged = proven;
	struct feed_notice n = notice();

	n.subject = "Alert 2";
	assert_true(same_digest(*state, &n));
	n.from = "other@vendor.example";
	assert_false(same_digest(*state, &n));
	n = notice();
	n.label = NOROSHI_TLP_AMBER_STRICT;
	assert_false(same_digest(*state, &n));
	n = notice();
	n.category = NULL;
	assert_false(same_digest(*state, &n));
	n = notice();
	n.priority = "critical";
	assert_false(same_digest(*state, &n));
	n = notice();
	forged.evidence = EVIDENCE_ADDRESS;
	n.sender = &forged;
	assert_false(same_digest(*state, &n));
	forged = proven;
	forged.contact = 0;
	assert_false(same_digest(*state, &n));
}

static void
join(struct store *s, int64_t now, int64_t *cases, int64_t *nth)
{
	struct err e = {0};

	*nth = 0;
	ok(feed_join(s->db, "d", now, HOUR, cases, nth, &e), &e);
}

static void
a_case_takes_notices_for_its_time(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "an alarm"), cases, nth;
	struct err e = {0};

	join(s, NOW, &cases, &nth);
	assert_int_equal(cases, 0);
	ok(feed_open(s->db, "d", NOW, id, &e), &e);
	join(s, NOW, &cases, &nth);
	assert_int_equal(cases, id);
	assert_int_equal(nth, 2);
	join(s, NOW + HOUR - 1, &cases, &nth);
	assert_int_equal(nth, 3);
	join(s, NOW + HOUR, &cases, &nth);
	assert_int_equal(cases, 0);
}

static void
a_closed_case_takes_none(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "an alarm"), cases, nth;
	struct err e = {0};

	ok(feed_open(s->db, "d", NOW, id, &e), &e);
	ok(db_run(s->db, &e, "UPDATE cases SET state = 'closed'", ""), &e);
	join(s, NOW, &cases, &nth);
	assert_int_equal(cases, 0);
}

static void
the_team_hears_of_powers_of_ten(void **state)
{
	size_t told = 0;

	(void)state;
	assert_true(feed_is_told(0));
	for (int64_t n = 1; n <= 100000; n++)
		told += feed_is_told(n);
	assert_int_equal(told, 6);
	assert_true(feed_is_told(100000));
	assert_false(feed_is_told(20));
	assert_false(feed_is_told(110));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_subject_that_differs_in_numbers_is_the_same),
	    cmocka_unit_test(a_long_subject_is_cut),
	    TEST(what_another_sends_or_is_graver_is_not_the_same),
	    TEST(a_case_takes_notices_for_its_time),
	    TEST(a_closed_case_takes_none),
	    cmocka_unit_test(the_team_hears_of_powers_of_ten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
