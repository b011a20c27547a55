#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "noroshi.h"

#define CLEAR NOROSHI_TLP_CLEAR
#define GREEN NOROSHI_TLP_GREEN
#define AMBER NOROSHI_TLP_AMBER
#define STRICT NOROSHI_TLP_AMBER_STRICT
#define RED NOROSHI_TLP_RED
#define NONE (-1)

/* Finds in an exact-size heap block, so that one byte too many is seen. */
static bool
find(
    const char *text, enum noroshi_tlp_place place, struct noroshi_tlp_found *f)
{
	size_t len = strlen(text);
	char *copy = malloc(len + (len == 0));
	bool found;

	assert_non_null(copy);
	memcpy(copy, text, len);
	found = noroshi_tlp_find(copy, len, place, f);
	assert_int_equal(found, f->found);
	free(copy);
	return found;
}

struct sample {
	const char *text;
	int label; /* or NONE */
	unsigned flags;
};

static void
check(const struct sample *s, size_t count, enum noroshi_tlp_place place)
{
	for (size_t i = 0; i < count; i++) {
		struct noroshi_tlp_found f;

		find(s[i].text, place, &f);
		if (f.found != (s[i].label != NONE) ||
		    (f.found && (int)f.label != s[i].label) ||
		    f.flags != s[i].flags)
			fail_msg("\"%s\": found %d, label %s, flags %u",
			    s[i].text, f.found, noroshi_tlp_name(f.label),
			    f.flags);
	}
}

#define CHECK(samples, place)                                                  \
	check(samples, sizeof(samples) / sizeof(*samples), place)

static void
every_spelling_of_a_label_is_read(void **state)
{
	static const struct sample s[] = {
	    {"TLP:RED", RED, 0},
	    {"TLP:AMBER", AMBER, 0},
	    {"TLP:AMBER+STRICT", STRICT, 0},
	    {"TLP:GREEN", GREEN, 0},
	    {"TLP:CLEAR", CLEAR, 0},
	    {"tlp:amber+strict", STRICT, 0},
	    {"ＴＬＰ：ＲＥＤ", RED, 0},
	    {"ＴＬＰ：ＡＭＢＥＲ＋ＳＴＲＩＣＴ", STRICT, 0},
	    {"TLP:WHITE", CLEAR, NOROSHI_TLP_LEGACY},
	    {"TLP:YELLOW", AMBER, NOROSHI_TLP_LEGACY},
	    {"TLP:AMBER-STRICT", STRICT, NOROSHI_TLP_SPELLING},
	    {"TLP:AMBER_STRICT", STRICT, NOROSHI_TLP_SPELLING},
	    {"TLP:AMBER STRICT", STRICT, NOROSHI_TLP_SPELLING},
	    {"TLP:AMBER + STRICT", STRICT, NOROSHI_TLP_SPELLING},
	    {"TLP:AMBERSTRICT", STRICT, NOROSHI_TLP_SPELLING},
	    {"TLP RED", RED, NOROSHI_TLP_SPELLING},
	    {"TLP-GREEN", GREEN, NOROSHI_TLP_SPELLING},
	    {"TLP_AMBER", AMBER, NOROSHI_TLP_SPELLING},
	    {"TLP: RED", RED, NOROSHI_TLP_SPELLING},
	    {"TLP :RED", RED, NOROSHI_TLP_SPELLING},
	    {"TLP\xe2\x80\x93RED", RED, NOROSHI_TLP_SPELLING},
	    {"TLP:RE\xc2\xad"
	     "D",
		RED, 0},
	    {"[TLP:AMBER] new wave", AMBER, 0},
	    {"Re: scan (tlp:green)", GREEN, 0},
	    {"これはTLP:REDです", RED, 0},
	    {"【TLP:AMBER】注意喚起", AMBER, 0},
	};

	(void)state;
	CHECK(s, NOROSHI_TLP_SUBJECT);
}

static void
an_unknown_colour_reads_as_red(void **state)
{
	static const struct sample s[] = {
	    {"TLP:BLACK", RED, NOROSHI_TLP_UNKNOWN},
	    {"TLP:BLUE", RED, NOROSHI_TLP_UNKNOWN},
	    {"TLP:赤", RED, NOROSHI_TLP_UNKNOWN},
	    {"TLP：赤", RED, NOROSHI_TLP_UNKNOWN},
	    {"TLP:UNCLEAR", RED, NOROSHI_TLP_UNKNOWN},
	    {"TLP:REDDISH", RED, NOROSHI_TLP_UNKNOWN},
	    {"TLP:CLEARLY", RED, NOROSHI_TLP_UNKNOWN},
	    {"TLP:GREEN2", RED, NOROSHI_TLP_UNKNOWN},
	    {"TLP:GR\xd0\x95"
	     "EN",
		RED, NOROSHI_TLP_UNKNOWN},
	    {"TLP: BLACK", RED, NOROSHI_TLP_UNKNOWN},
	    {"TLP-BLACK", RED, NOROSHI_TLP_UNKNOWN},
	};

	(void)state;
	CHECK(s, NOROSHI_TLP_SUBJECT);
}

static void
what_is_no_label_is_not_found(void **state)
{
	static const struct sample s[] = {
	    {"", NONE, 0},
	    {"TLP", NONE, 0},
	    {"TLP:", NONE, 0},
	    {"TLPRED", NONE, 0},
	    {"HTLP:RED", NONE, 0},
	    {"\xc3\xa9TLP:RED", NONE, 0},
	    {"About TLP: an introduction", NONE, 0},
	    {"TLP 2.0 in force", NONE, 0},
	    {"TLP-marked documents", NONE, 0},
	    {"tlp:ex:chr", NONE, 0},
	    {"AMBER alert", NONE, 0},
	};

	(void)state;
	CHECK(s, NOROSHI_TLP_SUBJECT);
}

static void
a_label_cut_short_is_no_label(void **state)
{
	const char *whole = "TLP:AMBER+STRICT";

	(void)state;
	for (size_t len = 0; len <= strlen(whole); len++) {
		char *cut = malloc(len + 1);
		struct noroshi_tlp_found f;

		assert_non_null(cut);
		memcpy(cut, whole, len);
		cut[len] = '\0';
		find(cut, NOROSHI_TLP_SUBJECT, &f);
		if (len < 5)
			assert_false(f.found);
		else if (len < 9)
			assert_int_equal(f.flags, NOROSHI_TLP_UNKNOWN);
		else if (len < 16)
			assert_int_equal(f.label, AMBER);
		else
			assert_int_equal(f.label, STRICT);
		free(cut);
	}
}

static void
a_body_label_counts_where_it_stands_first_on_a_line(void **state)
{
	static const struct sample s[] = {
	    {"Hello,\nTLP:AMBER\ntext", AMBER, 0},
	    {"  [TLP:RED]  \r\ntext", RED, 0},
	    {"*TLP:GREEN*", GREEN, 0},
	    {"=== TLP:AMBER+STRICT ===", STRICT, 0},
	    {"【TLP:AMBER】関係者限り", AMBER, 0},
	    {"TLP:AMBER - do not forward to vendors", AMBER, 0},
	    {"TLP:RED for your eyes only", RED, 0},
	    {"TLP:GREEN Dear all,", GREEN, 0},
	    {"TLP:RED\nTLP:GREEN", RED, NOROSHI_TLP_SEVERAL},
	    {"TLP:CLEAR\rTLP:AMBER", AMBER, NOROSHI_TLP_SEVERAL},
	};

	(void)state;
	CHECK(s, NOROSHI_TLP_BODY);
}

static void
a_label_in_a_sentence_is_only_mentioned(void **state)
{
	static const struct sample s[] = {
	    {"TLP:RED means that nobody else may read it", NONE,
		NOROSHI_TLP_MENTIONED},
	    {"we label such things TLP:RED here", NONE, NOROSHI_TLP_MENTIONED},
	    {"TLP:REDとは何か", NONE, NOROSHI_TLP_MENTIONED},
	    {"TLP:AMBERは組織内", NONE, NOROSHI_TLP_MENTIONED},
	    {"TLP:GREEN\nand TLP:RED is worse", GREEN, NOROSHI_TLP_MENTIONED},
	};

	(void)state;
	CHECK(s, NOROSHI_TLP_BODY);
}

static void
a_quoted_label_is_not_the_authors_own(void **state)
{
	struct noroshi_tlp_found f;

	(void)state;
	assert_false(find("I agree.\n> TLP:RED\n> text", NOROSHI_TLP_BODY, &f));
	assert_true(f.quoted);
	assert_int_equal(f.quoted_label, RED);
	assert_int_equal(f.flags, NOROSHI_TLP_QUOTED);

	assert_true(find("TLP:GREEN\n>> [TLP:AMBER] x", NOROSHI_TLP_BODY, &f));
	assert_int_equal(f.label, GREEN);
	assert_int_equal(f.quoted_label, AMBER);

	assert_false(find("> they call it TLP:RED", NOROSHI_TLP_BODY, &f));
	assert_false(f.quoted);
	assert_int_equal(f.flags, NOROSHI_TLP_MENTIONED);
}

static void
a_forwarded_label_is_not_the_authors_own(void **state)
{
	struct noroshi_tlp_found f;

	(void)state;
	assert_false(find("fyi\n-----Original Message-----\nTLP:AMBER\n",
	    NOROSHI_TLP_BODY, &f));
	assert_int_equal(f.quoted_label, AMBER);
	assert_false(find(
	    "From: a\nSubject: Fwd: [TLP:RED] dump\n", NOROSHI_TLP_BODY, &f));
	assert_int_equal(f.quoted_label, RED);
	assert_false(find("件名：【TLP:RED】\n", NOROSHI_TLP_BODY, &f));
	assert_int_equal(f.quoted_label, RED);
}

static void
a_file_name_shows_its_label(void **state)
{
	static const struct sample s[] = {
	    {"TLP-AMBER_report.pdf", AMBER, NOROSHI_TLP_SPELLING},
	    {"report_TLP_AMBER_STRICT.pdf", STRICT, NOROSHI_TLP_SPELLING},
	    {"TLP-Guide.pdf", NONE, 0},
	    {"2026_TLP-RED.zip", RED, NOROSHI_TLP_SPELLING},
	};

	(void)state;
	CHECK(s, NOROSHI_TLP_FILENAME);
}

static void
the_place_is_given_in_the_bytes_of_the_text(void **state)
{
	const char *text = "訓練【ＴＬＰ：ＲＥＤ】です";
	struct noroshi_tlp_found f;

	(void)state;
	assert_true(find(text, NOROSHI_TLP_SUBJECT, &f));
	assert_int_equal(f.offset, strlen("訓練【"));
	assert_int_equal(f.len, strlen("ＴＬＰ：ＲＥＤ"));

	assert_true(
	    find("x\nTLP:GREEN\nTLP:RED\nTLP:RED\n", NOROSHI_TLP_BODY, &f));
	assert_int_equal(f.offset, 12);
	assert_int_equal(f.len, 7);
}

static void
a_label_that_stands_alone_is_parsed(void **state)
{
	static const struct sample s[] = {
	    {"RED", RED, 0},
	    {"tlp:red", RED, 0},
	    {" AMBER+STRICT ", STRICT, 0},
	    {"TLP:WHITE", CLEAR, 0},
	    {"white", CLEAR, 0},
	    {"Green", GREEN, 0},
	    {"", NONE, 0},
	    {"TLP", NONE, 0},
	    {"TLP:BLACK", NONE, 0},
	    {"AMBR", NONE, 0},
	    {"RED GREEN", NONE, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(s) / sizeof(*s); i++) {
		enum noroshi_tlp label = GREEN;
		bool ok = noroshi_tlp_parse(s[i].text, &label);

		assert_int_equal(ok, s[i].label != NONE);
		if (ok)
			assert_int_equal(label, s[i].label);
	}
}

static void
a_name_parses_to_its_label(void **state)
{
	(void)state;
	for (enum noroshi_tlp l = CLEAR; l <= RED; l++) {
		enum noroshi_tlp back;

		assert_true(noroshi_tlp_parse(noroshi_tlp_name(l), &back));
		assert_int_equal(back, l);
	}
	assert_string_equal(noroshi_tlp_name(STRICT), "AMBER+STRICT");
}

static void
bytes_that_are_no_text_are_passed_over(void **state)
{
	struct noroshi_tlp_found f;

	(void)state;
	assert_true(find("\xff\xfe TLP:RED \xe3\x80", NOROSHI_TLP_SUBJECT, &f));
	assert_int_equal(f.offset, 3);
	assert_false(find("TLP\xe3", NOROSHI_TLP_BODY, &f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_spelling_of_a_label_is_read),
	    cmocka_unit_test(an_unknown_colour_reads_as_red),
	    cmocka_unit_test(what_is_no_label_is_not_found),
	    cmocka_unit_test(a_label_cut_short_is_no_label),
	    cmocka_unit_test(
		a_body_label_counts_where_it_stands_first_on_a_line),
	    cmocka_unit_test(a_label_in_a_sentence_is_only_mentioned),
	    cmocka_unit_test(a_quoted_label_is_not_the_authors_own),
	    cmocka_unit_test(a_forwarded_label_is_not_the_authors_own),
	    cmocka_unit_test(a_file_name_shows_its_label),
	    cmocka_unit_test(the_place_is_given_in_the_bytes_of_the_text),
	    cmocka_unit_test(a_label_that_stands_alone_is_parsed),
	    cmocka_unit_test(a_name_parses_to_its_label),
	    cmocka_unit_test(bytes_that_are_no_text_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
