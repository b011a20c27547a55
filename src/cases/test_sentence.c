#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/strs.h"
#include "cases/sentence.h"

static void
keep(void *context, const char *bytes, size_t len)
{
	char text[8192];

	assert_true(len < sizeof(text));
	memcpy(text, bytes, len);
	text[len] = '\0';
	strs_add_once(context, text);
}

static struct strs
sentences(const char *text, bool quoted)
{
	struct strs l = {0};
	size_t len = strlen(text);
	char *exact = malloc(len + 1);

	memcpy(exact, text, len);
	sentence_walk(exact, len, quoted, keep, &l);
	free(exact);
	return l;
}

static void
a_sentence_is_the_same_however_it_is_wrapped(void **state)
{
	struct strs a = sentences("It begins.  The group moves to 203.0.113.9"
				  " next Monday at nine. Then more of it.",
	    false);
	struct strs b = sentences("THE group moves\n  to 203.0.113.9 next\n"
				  "Monday at nine",
	    false);

	(void)state;
	assert_true(strs_has(&a, "thegroupmovesto203.0.113.9nextmondayatnine"));
	assert_true(strs_has(&b, "thegroupmovesto203.0.113.9nextmondayatnine"));
	strs_free(&a);
	strs_free(&b);
}

static void
a_japanese_sentence_ends_at_its_full_stop(void **state)
{
	struct strs l = sentences(
	    "攻撃者は来週月曜日に別の拠点へ移動します。以上。", false);

	(void)state;
	assert_true(strs_has(&l, "攻撃者は来週月曜日に別の拠点へ移動します"));
	strs_free(&l);
}

static void
what_everybody_writes_is_none(void **state)
{
	static const char *const text[] = {"Short one.",
	    "TLP:AMBER may be shared with those who need to know it.",
	    "Thank you very much for the report that you sent to us.",
	    "お忙しいところ恐れ入りますが、ご確認をお願いいたします。"};

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		struct strs l = sentences(text[i], true);

		assert_int_equal(l.count, 0);
		strs_free(&l);
	}
}

static void
quoted_lines_count_only_where_they_are_asked_for(void **state)
{
	const char *text = "> The group moves to another host on Monday.\n"
			   "-- \nThe signature of somebody who wrote this.\n";
	struct strs without = sentences(text, false);
	struct strs with = sentences(text, true);

	(void)state;
	assert_int_equal(without.count, 0);
	assert_int_equal(with.count, 1);
	strs_free(&without);
	strs_free(&with);
}

static void
a_list_has_no_bullets_and_each_line_counts(void **state)
{
	struct strs l = sentences("- first thing that they steal is mail\n"
				  "* second is whatever the backups hold\n",
	    true);

	(void)state;
	assert_true(strs_has(&l, "firstthingthattheystealismail"));
	assert_true(strs_has(&l, "secondiswhateverthebackupshold"));
	strs_free(&l);
}

static void
bytes_that_are_no_text_end_well(void **state)
{
	struct strs l = sentences("\xff\xfe\xff the rest of that line is long"
				  " enough\xc3",
	    true);

	(void)state;
	assert_int_equal(l.count, 1);
	strs_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_sentence_is_the_same_however_it_is_wrapped),
	    cmocka_unit_test(a_japanese_sentence_ends_at_its_full_stop),
	    cmocka_unit_test(what_everybody_writes_is_none),
	    cmocka_unit_test(quoted_lines_count_only_where_they_are_asked_for),
	    cmocka_unit_test(a_list_has_no_bullets_and_each_line_counts),
	    cmocka_unit_test(bytes_that_are_no_text_end_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
