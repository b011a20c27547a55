#include "cases/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cases/test_store.h"

#define PAUSE 600

/* A configuration that pages for these words. */
static struct config *
pages_on(const char *words)
{
	struct config *c = config_create();

	strs_add(&c->page_command, "/bin/true");
	strs_split(&c->page_on, words, " ");
	return c;
}

static void
want(struct store *s, const struct config *c, int64_t cases,
    const char *priority, const char *why)
{
	struct err e = {0};

	ok(page_wanted(s->db, c, NOW, cases, priority, why, &e), &e);
}

/* What is due, as "NAME priority count", or "" where nothing is. */
static struct page
due(struct store *s, int64_t now, const char *expected)
{
	struct page p;
	struct err e = {0};
	char *got;

	ok(page_due(s->db, now, PAUSE, &p, &e), &e);
	got = p.id == 0 ? xstrdup("")
			: xasprintf("%s %s %lld", p.name, p.priority,
			      (long long)p.count);
	assert_string_equal(got, expected);
	free(got);
	return p;
}

static void
nothing_due(struct store *s, int64_t now)
{
	struct page p = due(s, now, "");

	page_free(&p);
}

static void
next_is(struct store *s, int64_t now, int64_t expected)
{
	struct err e = {0};
	int64_t at;

	ok(page_next(s->db, now, PAUSE, &at, &e), &e);
	assert_int_equal(at, expected);
}

static void
only_what_is_asked_for_pages(void **state)
{
	struct store *s = *state;
	struct config *none = config_create(), *usual = pages_on(""),
		      *some = pages_on("high unseen");
	int64_t id = store_case(s, "a case");
	struct page p;

	want(s, none, id, "critical", "opened");
	want(s, usual, id, "high", "opened");
	want(s, usual, id, "normal", "unseen");
	want(s, some, id, "critical", "opened");
	nothing_due(s, NOW);
	want(s, some, id, "normal", "unseen");
	p = due(s, NOW, "EX-2026-0001 normal 1");
	page_free(&p);
	want(s, usual, id, "critical", "opened");
	p = due(s, NOW, "EX-2026-0001 critical 1");
	page_free(&p);
	config_free(none);
	config_free(usual);
	config_free(some);
}

static void
all_that_wait_are_one_page_with_the_most_urgent_case(void **state)
{
	struct store *s = *state;
	struct config *c = pages_on("critical high");
	int64_t a = store_case(s, "a"), b = store_case(s, "b");
	struct err e = {0};
	struct page p;

	want(s, c, a, "high", "opened");
	want(s, c, a, "high", "opened");
	want(s, c, b, "critical", "opened");
	p = due(s, NOW, "EX-2026-0002 critical 2");
	ok(page_done(s->db, NOW, &p, &e), &e);
	page_free(&p);
	nothing_due(s, NOW + PAUSE);
	next_is(s, NOW, 0);
	/* what came after it is not done with it, and waits for the pause */
	want(s, c, a, "high", "opened");
	nothing_due(s, NOW + PAUSE - 1);
	next_is(s, NOW + 1, NOW + PAUSE);
	p = due(s, NOW + PAUSE, "EX-2026-0001 high 1");
	page_free(&p);
	/* a clock that was set back does not silence it */
	p = due(s, NOW - 1, "EX-2026-0001 high 1");
	page_free(&p);
	config_free(c);
}

static void
one_that_fails_is_tried_again_later_and_given_up_in_the_end(void **state)
{
	struct store *s = *state;
	struct config *c = pages_on("critical");
	int64_t now = NOW, id = store_case(s, "a"), n;
	struct err e = {0};

	want(s, c, id, "critical", "opened");
	for (int i = 1; i <= PAGE_ATTEMPTS; i++) {
		struct page p = due(s, now, "EX-2026-0001 critical 1");

		ok(page_failed(s->db, now, &p, "broken", &e), &e);
		page_free(&p);
		nothing_due(s, now + PAGE_PAUSE - 1);
		if (i == 1)
			next_is(s, now, now + PAGE_PAUSE);
		if (i == 2)
			next_is(s, now, now + 2 * PAGE_PAUSE);
		now += PAGE_PAUSE_MAX;
	}
	nothing_due(s, now);
	ok(db_get_int(s->db, &n, 0, &e,
	       "SELECT COUNT(*) FROM audit WHERE event = 'page.failed'", ""),
	    &e);
	assert_int_equal(n, PAGE_ATTEMPTS - 1);
	ok(db_get_int(s->db, &n, 0, &e,
	       "SELECT COUNT(*) FROM audit WHERE event = 'page.given-up'", ""),
	    &e);
	assert_int_equal(n, 1);
	config_free(c);
}

/* Both are marked as done with what is paged. */
static void
one_that_failed_goes_with_the_next_one(void **state)
{
	struct store *s = *state;
	struct config *c = pages_on("critical high");
	int64_t a = store_case(s, "a"), b = store_case(s, "b");
	struct err e = {0};
	struct page p;

	want(s, c, a, "critical", "opened");
	p = due(s, NOW, "EX-2026-0001 critical 1");
	ok(page_failed(s->db, NOW, &p, "broken", &e), &e);
	page_free(&p);
	want(s, c, b, "high", "opened");
	p = due(s, NOW + 1, "EX-2026-0001 critical 2");
	ok(page_done(s->db, NOW + 1, &p, &e), &e);
	page_free(&p);
	nothing_due(s, NOW + PAGE_PAUSE_MAX);
	config_free(c);
}

static void
a_case_that_is_closed_pages_nobody(void **state)
{
	struct store *s = *state;
	struct config *c = pages_on("critical");
	int64_t id = store_case(s, "a");
	struct err e = {0};

	want(s, c, id, "critical", "opened");
	ok(db_run(s->db, &e, "UPDATE cases SET state = 'closed'", ""), &e);
	nothing_due(s, NOW);
	next_is(s, NOW - 1, 0);
	config_free(c);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(only_what_is_asked_for_pages),
	    TEST(all_that_wait_are_one_page_with_the_most_urgent_case),
	    TEST(one_that_fails_is_tried_again_later_and_given_up_in_the_end),
	    TEST(one_that_failed_goes_with_the_next_one),
	    TEST(a_case_that_is_closed_pages_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
