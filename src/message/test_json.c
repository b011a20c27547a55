#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "message/json.h"

/* Reads from an exact-size block: the sanitizer sees one byte too many. */
static void
read_bytes(struct leaves *out, const char *text, size_t len)
{
	char *block = xmalloc(len);

	memcpy(block, text, len);
	json_leaves(out, block, len);
	free(block);
}

static void
read_text(struct leaves *out, const char *text)
{
	read_bytes(out, text, strlen(text));
}

static void
assert_leaf(const struct leaves *l, const char *path, enum leaf_type type,
    const char *value)
{
	const struct leaf *leaf = leaves_at(l, path);

	assert_non_null(leaf);
	assert_int_equal(leaf->type, type);
	assert_string_equal(leaf->value, value);
}

static void
each_value_has_its_path_and_type(void **state)
{
	struct leaves l;

	(void)state;
	read_text(&l, "\xef\xbb\xbf{\"a\": {\"b\": [1, true, null, \"x\"]},"
		      " \"c/d~e\": -2.5, \"f\": {}, \"g\": []}\n");
	assert_false(l.broken);
	assert_false(l.partial);
	assert_int_equal(l.count, 7);
	assert_leaf(&l, "/a/b/0", LEAF_NUMBER, "1");
	assert_leaf(&l, "/a/b/1", LEAF_BOOL, "true");
	assert_leaf(&l, "/a/b/2", LEAF_NULL, "");
	assert_leaf(&l, "/a/b/3", LEAF_STRING, "x");
	assert_leaf(&l, "/c~1d~0e", LEAF_NUMBER, "-2.5");
	assert_leaf(&l, "/f", LEAF_EMPTY, "");
	assert_leaf(&l, "/g", LEAF_EMPTY, "");
	assert_null(leaves_at(&l, "/a/b"));
	leaves_free(&l);
	read_text(&l, "\"alone\"");
	assert_leaf(&l, "", LEAF_STRING, "alone");
	leaves_free(&l);
}

static void
what_lies_near_the_root_stands_first(void **state)
{
	struct leaves l;

	(void)state;
	read_text(&l, "{\"a\": {\"b\": {\"c\": 1}}, \"d\": 2, \"e\": [3]}");
	assert_string_equal(l.item[0].path, "/d");
	assert_string_equal(l.item[1].path, "/e/0");
	assert_string_equal(l.item[2].path, "/a/b/c");
	leaves_free(&l);
}

static void
what_is_no_json_is_broken(void **state)
{
	static const char *const texts[] = {"", " ", "{", "{\"a\": 1,}", "[1",
	    "{\"a\": 1 \"b\": 2}", "{\"a\": \"\\ud800\"}", "nul", "\"\xff\"",
	    "{\"a\": \"\\u0000\"}", "[1e999]", "{\"a\": 1, \"a\": 2}", "\"\\"};
	struct leaves l;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		read_text(&l, texts[i]);
		if (!l.broken || l.count != 0)
			fail_msg("\"%s\" is no JSON", texts[i]);
		leaves_free(&l);
	}
}

static void
garbage_behind_a_document_breaks_it_but_it_is_read(void **state)
{
	struct leaves l;

	(void)state;
	read_text(&l, "{\"a\": 1}\n{");
	assert_true(l.broken);
	assert_leaf(&l, "/a", LEAF_NUMBER, "1");
	leaves_free(&l);
	read_bytes(&l, "{\"a\": 1}\0", 9);
	assert_true(l.broken);
	leaves_free(&l);
}

static void
each_beginning_of_a_document_is_read_without_harm(void **state)
{
	static const char text[] = "{\"a\": [true, {\"b\\n\": \"\\u3042\"}]}";
	struct leaves l;

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		read_bytes(&l, text, i);
		assert_true(l.broken);
		leaves_free(&l);
	}
}

static char *
repeated(const char *piece, size_t times)
{
	size_t n = strlen(piece);
	char *s = xmalloc(n * times + 1);

	for (size_t i = 0; i < times; i++)
		memcpy(s + i * n, piece, n);
	s[n * times] = '\0';
	return s;
}

static void
depth_and_number_have_a_limit_before_anything_is_built(void **state)
{
	char *deep = repeated("[", 1000000);
	char *wide = repeated("0,", JSON_NODES_MAX + 1);
	char *fits;
	struct leaves l;

	(void)state;
	read_text(&l, deep);
	assert_true(l.partial);
	assert_int_equal(l.count, 0);
	leaves_free(&l);
	wide[0] = '[';
	read_text(&l, wide);
	assert_true(l.partial);
	assert_int_equal(l.count, 0);
	leaves_free(&l);
	fits = xasprintf("%.*s1%s", JSON_DEPTH_MAX, deep,
	    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
	    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
	read_text(&l, fits);
	assert_false(l.partial);
	assert_false(l.broken);
	assert_int_equal(l.count, 1);
	leaves_free(&l);
	free(fits);
	free(deep);
	free(wide);
}

static void
more_values_than_are_kept_make_it_partial(void **state)
{
	char *many = repeated("1,", LEAVES_MAX + 2);
	char *text = xasprintf("{\"z\": [%s1], \"label\": \"RED\"}", many);
	struct leaves l;

	(void)state;
	read_text(&l, text);
	assert_true(l.partial);
	assert_int_equal(l.count, LEAVES_MAX);
	assert_leaf(&l, "/label", LEAF_STRING, "RED");
	leaves_free(&l);
	free(text);
	free(many);
}

static void
long_values_are_cut_and_long_paths_left_off(void **state)
{
	char *kana = repeated("\xe3\x81\x82", LEAF_VALUE_MAX);
	char *text = xasprintf("{\"%s\": 1, \"v\": \"%s\"}", kana, kana);
	struct leaves l;

	(void)state;
	read_text(&l, text);
	assert_true(l.partial);
	assert_int_equal(l.count, 1);
	assert_string_equal(l.item[0].path, "/v");
	assert_int_equal(
	    strlen(l.item[0].value), LEAF_VALUE_MAX - LEAF_VALUE_MAX % 3);
	leaves_free(&l);
	free(text);
	free(kana);
}

static void
a_list_survives_packing_and_a_lie_does_not(void **state)
{
	struct leaves l = {.partial = true}, back;
	struct unpack u;
	struct buf b;

	(void)state;
	leaves_add(&l, "/a", LEAF_BOOL, "true", 4);
	buf_init(&b, 10000);
	leaves_pack(&l, &b);
	unpack_init(&u, b.data, b.len);
	assert_int_equal(leaves_unpack(&back, &u), 0);
	assert_true(unpack_done(&u));
	assert_true(back.partial);
	assert_false(back.broken);
	assert_leaf(&back, "/a", LEAF_BOOL, "true");
	leaves_free(&back);
	for (size_t i = 0; i < b.len; i++) {
		unpack_init(&u, b.data, i);
		assert_int_equal(leaves_unpack(&back, &u), -1);
		assert_int_equal(back.count, 0);
	}
	buf_free(&b);
	leaves_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_value_has_its_path_and_type),
	    cmocka_unit_test(what_lies_near_the_root_stands_first),
	    cmocka_unit_test(what_is_no_json_is_broken),
	    cmocka_unit_test(
		garbage_behind_a_document_breaks_it_but_it_is_read),
	    cmocka_unit_test(each_beginning_of_a_document_is_read_without_harm),
	    cmocka_unit_test(
		depth_and_number_have_a_limit_before_anything_is_built),
	    cmocka_unit_test(more_values_than_are_kept_make_it_partial),
	    cmocka_unit_test(long_values_are_cut_and_long_paths_left_off),
	    cmocka_unit_test(a_list_survives_packing_and_a_lie_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
