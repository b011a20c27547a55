#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "message/charset.h"

/* warning is the one word that must come, or NULL for none at all. */
static void
reads(const char *charset, const char *in, const char *out, const char *warning)
{
	size_t len = strlen(in);
	char *exact = malloc(len == 0 ? 1 : len);
	struct strs warnings = {0};
	struct buf b;

	memcpy(exact, in, len);
	buf_init(&b, 1 << 16);
	charset_text(&b, charset, exact, len, &warnings);
	assert_string_equal(buf_str(&b), out);
	if (warning == NULL)
		assert_int_equal(warnings.count, 0);
	else
		assert_true(strs_has(&warnings, warning));
	strs_free(&warnings);
	buf_free(&b);
	free(exact);
}

static void
iso_2022_jp_is_read(void **state)
{
	(void)state;
	reads("iso-2022-jp", "a\033$BF|K\\\033(Bb", "a日本b", NULL);
	reads("ISO-2022-JP", "\033$@F|\033(J~", "日~", NULL);
	/* no way back before the end of the line */
	reads("iso-2022-jp", "\033$BF|\nabc", "日\nabc", NULL);
}

static void
half_width_kana_is_read(void **state)
{
	(void)state;
	reads("iso-2022-jp", "\033(I1\033(B!", "ｱ!", NULL);
	reads("cp50221", "\033(I62E\033(B", "ｶｲﾅ", NULL);
	reads("cp50220", "\0161\017A", "ｱA", NULL);
}

static void
nec_row_13_and_ibm_kanji_are_read(void **state)
{
	(void)state;
	reads("iso-2022-jp", "\033$B-!-\"-j\033(B", "①②㈱", NULL);
	reads("iso-2022-jp-ms", "\033$B|b\033(B", "髙", NULL);
	reads("shift_jis", "\x87\x40\xfb\xfc", "①髙", NULL);
}

static void
jis_x_0212_is_read(void **state)
{
	(void)state;
	reads("iso-2022-jp-1", "\033$(D0!\033(B", "丂", NULL);
}

static void
an_escape_never_comes_out(void **state)
{
	(void)state;
	reads("iso-2022-jp", "\033[2Jx", "\xef\xbf\xbd[2Jx", "charset-bad");
	reads("iso-2022-jp", "x\033", "x\xef\xbf\xbd", "charset-bad");
	reads("iso-2022-jp", "\033$B0", "\xef\xbf\xbd", "charset-bad");
	reads("iso-2022-jp", "\033$", "\xef\xbf\xbd$", "charset-bad");
	reads("utf-8", "\033[2Jx", "\xef\xbf\xbd[2Jx", NULL);
	reads("iso-8859-1", "\033[0m", "\xef\xbf\xbd[0m", NULL);
}

static void
a_label_without_a_charset_keeps_the_ascii(void **state)
{
	(void)state;
	reads("x-klingon", "a\xe9z", "a\xef\xbf\xbdz", "charset-unknown");
	reads("../../tmp/x", "abc", "abc", "charset-unknown");
	reads("UTF-8//IGNORE", "abc", "abc", "charset-unknown");
	reads("utf-7", "+ADw-", "+ADw-", "charset-refused");
	reads("unicode-1-1-UTF-7", "+ADw-", "+ADw-", "charset-refused");
}

static void
bytes_that_do_not_convert_are_shown_as_such(void **state)
{
	(void)state;
	reads("utf-8",
	    "a\xff"
	    "b",
	    "a\xef\xbf\xbd"
	    "b",
	    "charset-bad");
	reads("euc-jp",
	    "\xc6\xfc\xff"
	    "b",
	    "日\xef\xbf\xbd"
	    "b",
	    "charset-bad");
	reads("shift_jis", "\x93", "\xef\xbf\xbd", "charset-bad");
}

static void
a_missing_label_is_guessed(void **state)
{
	(void)state;
	reads(NULL, "plain", "plain", NULL);
	reads(NULL, "日本", "日本", "charset-guessed");
	reads(NULL, "\x93\xfa\x96\x7b", "日本", "charset-guessed");
	reads("us-ascii", "\xc6\xfc\xcb\xdc", "日本", "charset-guessed");
	reads(NULL, "\033$BF|K\\\033(B", "日本", "charset-guessed");
	reads("iso-2022-jp", "\x93\xfa\x96\x7b", "日本", "charset-guessed");
	reads(NULL, "caf\xe9 \xff", "caf\xef\xbf\xbd \xef\xbf\xbd",
	    "charset-bad");
}

static void
other_countries_are_read(void **state)
{
	(void)state;
	reads("gb2312", "\xd6\xd0\xb9\xfa", "中国", NULL);
	reads("ks_c_5601-1987", "\xc7\xd1", "한", NULL);
	reads("big5", "\xa4\xa4", "中", NULL);
	reads("iso-8859-1", "caf\xe9", "café", NULL);
	reads("koi8-r", "\xc1", "а", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(iso_2022_jp_is_read),
	    cmocka_unit_test(half_width_kana_is_read),
	    cmocka_unit_test(nec_row_13_and_ibm_kanji_are_read),
	    cmocka_unit_test(jis_x_0212_is_read),
	    cmocka_unit_test(an_escape_never_comes_out),
	    cmocka_unit_test(a_label_without_a_charset_keeps_the_ascii),
	    cmocka_unit_test(bytes_that_do_not_convert_are_shown_as_such),
	    cmocka_unit_test(a_missing_label_is_guessed),
	    cmocka_unit_test(other_countries_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
