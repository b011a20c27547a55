#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cases/search.h"
#include "cases/test_store.h"

/* An index in the store's folder, and what was found in it. */
struct world {
	struct store *s;
	struct index *x;
	struct buf found;
	size_t most;
};

static struct world
begun(void **state)
{
	struct world w = {.s = *state, .most = 100};
	char *path = xasprintf("%s/index.db", w.s->folder);
	struct err e = {0};

	ok(index_open(&w.x, path, w.s->vault, &e), &e);
	buf_init(&w.found, 4096);
	free(path);
	return w;
}

static void
ended(struct world *w)
{
	index_close(w->x);
	buf_free(&w->found);
}

static void
put(struct world *w, int64_t id, const char *text, const char *label)
{
	struct index_entry n;
	struct err e = {0};

	index_entry_init(&n, id);
	n.at = NOW + id % INDEX_PART;
	index_entry_text(w->x, &n, INDEX_TEXT, text, strlen(text));
	index_entry_exact(w->x, &n, "tlp", label);
	ok(index_begin(w->x, &e), &e);
	ok(index_put(w->x, &n, &e), &e);
	ok(index_commit(w->x, &e), &e);
	index_entry_free(&n);
}

static int
note(void *context, int64_t message, struct err *e)
{
	struct world *w = context;

	(void)e;
	if (message >= INDEX_CASES)
		buf_putf(
		    &w->found, "case%lld ", (long long)(message - INDEX_CASES));
	else
		buf_putf(&w->found, "%lld ", (long long)message);
	return --w->most > 0 ? 1 : 0;
}

static void
finds(struct world *w, const char *text, bool cases, const char *expected)
{
	struct query q;
	struct err e = {0};

	buf_clear(&w->found);
	ok(query_parse(text, NOW, &q, &e), &e);
	ok(search_walk(w->x, w->s->db, &q, cases, note, w, &e), &e);
	assert_string_equal(buf_str(&w->found), expected);
	query_free(&q);
}

#define FAR (3 * (int64_t)INDEX_PART + 1)

static void
the_newest_come_first_whatever_part_they_lie_in(void **state)
{
	struct world w = begun(state);

	put(&w, FAR, "harbour light", "RED");
	put(&w, 1, "harbour", "AMBER");
	put(&w, 2, "light", "AMBER");
	put(&w, INDEX_PART, "harbour", "GREEN");
	put(&w, INDEX_PART - 1, "harbour", "GREEN");
	finds(&w, "harbour", false, "24577 8192 8191 1 ");
	finds(&w, "light", false, "24577 2 ");
	finds(&w, "nothing", false, "");
	w.most = 2;
	finds(&w, "harbour", false, "24577 8192 ");
	ended(&w);
}

static void
operators_hold_across_parts(void **state)
{
	struct world w = begun(state);

	put(&w, 1, "harbour", "AMBER");
	put(&w, 2, "light", "RED");
	put(&w, FAR, "harbour light", "RED");
	finds(&w, "harbour light", false, "24577 ");
	finds(&w, "harbour or light", false, "24577 2 1 ");
	finds(&w, "harbour -light", false, "1 ");
	finds(&w, "not harbour", false, "2 ");
	finds(&w, "not harbour or not light", false, "2 1 ");
	finds(&w, "not (harbour or light)", false, "");
	finds(&w, "not not harbour", false, "24577 1 ");
	finds(&w, "tlp:red -harbour", false, "2 ");
	finds(&w, "id:1 or light", false, "24577 2 1 ");
	finds(&w, "id:3", false, "");
	finds(&w, "-id:1", false, "24577 2 ");
	finds(&w, "date:2026-11-22 harbour", false, "24577 1 ");
	finds(&w, "date:..2026-11-21", false, "");
	ended(&w);
}

static int64_t
message_of(struct world *w, int64_t cases, const char *sha)
{
	int64_t id = store_message(w->s, sha);
	struct err e = {0};

	ok(db_run(w->s->db, &e, "UPDATE message SET cases = ? WHERE id = ?",
	       "ii", cases, id),
	    &e);
	return id;
}

static void
what_changes_with_a_case_is_asked_of_the_case(void **state)
{
	struct world w = begun(state);
	int64_t open = store_case(w.s, "first");
	int64_t shut = store_case(w.s, "second");
	int64_t one = message_of(&w, open, "1"),
		two = message_of(&w, shut, "2");
	struct err e = {0};

	assert_int_equal(one, 1);
	assert_int_equal(two, 2);
	put(&w, one, "harbour", "AMBER");
	put(&w, two, "harbour", "AMBER");
	ok(case_tag_add(w.s->db, shut, "Ransom", &e), &e);
	ok(db_run(w.s->db, &e, "UPDATE cases SET state = 'closed' WHERE id = ?",
	       "i", shut),
	    &e);
	finds(&w, "is:open", false, "1 ");
	finds(&w, "harbour is:closed", false, "2 ");
	finds(&w, "tag:ransom", false, "2 ");
	finds(&w, "-tag:ransom", false, "1 ");
	finds(&w, "case:EX-2026-0002", false, "2 ");
	ok(db_run(w.s->db, &e, "UPDATE cases SET state = 'open' WHERE id = ?",
	       "i", shut),
	    &e);
	finds(&w, "is:open", false, "2 1 ");
	ended(&w);
}

static void
cases_come_after_messages_and_only_where_they_are_asked_for(void **state)
{
	struct world w = begun(state);
	int64_t one = store_case(w.s, "first");
	struct err e = {0};

	put(&w, 1, "harbour", "AMBER");
	put(&w, INDEX_CASES + one, "harbour light", "AMBER");
	finds(&w, "harbour", false, "1 ");
	finds(&w, "harbour", true, "1 case1 ");
	finds(&w, "light is:new or light is:open", true, "case1 ");
	finds(&w, "light case:EX-2026-0001", true, "case1 ");
	finds(&w, "light is:closed", true, "");
	finds(&w, "light is:held", true, "");
	ok(case_tag_add(w.s->db, one, "ransom", &e), &e);
	finds(&w, "light tag:ransom", true, "case1 ");
	ended(&w);
}

static void
a_case_that_is_none_is_a_mistake(void **state)
{
	struct world w = begun(state);
	struct err e = {0};
	struct query q;

	ok(query_parse("case:EX-1999-0001", NOW, &q, &e), &e);
	assert_int_equal(
	    search_walk(w.x, w.s->db, &q, false, note, &w, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	query_free(&q);
	/* the view of the index is over */
	put(&w, 1, "harbour", "AMBER");
	finds(&w, "harbour", false, "1 ");
	ended(&w);
}

static void
shows(const char *query, const char *text, const char *line)
{
	struct err e = {0};
	struct query q;
	struct buf out;

	buf_init(&out, 4096);
	ok(query_parse(query, NOW, &q, &e), &e);
	assert_int_equal(
	    search_snippet(&q, text, strlen(text), &out), line != NULL);
	assert_string_equal(buf_str(&out), line == NULL ? "" : line);
	query_free(&q);
	buf_free(&out);
}

static void
a_snippet_is_the_line_that_has_it(void **state)
{
	(void)state;
	shows("room", "The door\nof Room 4\n", "of Room 4");
	shows("\"room 4\"", "room\n4 in room 4", "4 in room 4");
	shows("不正", "正しい\nこれは不正です", "これは不正です");
	shows("正ア", "正しい\n不正ｱｸｾｽ", "不正ｱｸｾｽ");
	shows("room", "a\033[31m room", "a\xef\xbf\xbd[31m room");
	shows("subject:room", "room", NULL);
	shows("tlp:red", "red", NULL);
	shows("none", "room", NULL);
}

/* CPU time of looking for words in lines that do not have them in a row. */
static clock_t
snippet_time(const char *words, const char *text)
{
	clock_t began = clock();
	struct query q;
	struct buf out;
	struct err e = {0};

	ok(query_parse(words, NOW, &q, &e), &e);
	buf_init(&out, 4096);
	assert_false(search_snippet(&q, text, strlen(text), &out));
	buf_free(&out);
	query_free(&q);
	return clock() - began;
}

/* Who writes a mail chooses its words, and people look for common ones. */
static void
a_line_of_one_word_is_looked_at_no_longer_than_another(void **state)
{
	enum { LINES = 1000, WORDS = 1000 };
	char *text = xmalloc(LINES * (2 * WORDS + 1) + 1), *p = text;

	(void)state;
	for (int i = 0; i < LINES; i++) {
		for (int k = 0; k < WORDS; k++)
			p = stpcpy(p, "a ");
		p = stpcpy(p, "\n");
	}
	assert_true(snippet_time("\"a b\"", text) <
		    3 * snippet_time("\"c d\"", text) + CLOCKS_PER_SEC / 10);
	free(text);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_newest_come_first_whatever_part_they_lie_in),
	    TEST(operators_hold_across_parts),
	    TEST(what_changes_with_a_case_is_asked_of_the_case),
	    TEST(cases_come_after_messages_and_only_where_they_are_asked_for),
	    TEST(a_case_that_is_none_is_a_mistake),
	    cmocka_unit_test(a_snippet_is_the_line_that_has_it),
	    cmocka_unit_test(
		a_line_of_one_word_is_looked_at_no_longer_than_another)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
