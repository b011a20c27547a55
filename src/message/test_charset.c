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
	/* nothing but a shift */
	reads("iso-2022-jp", "\033$B", "", NULL);
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
japanese_labels_mean_what_their_writers_mean(void **state)
{
	static const char *const sjis[] = {"shift_jis", "x-sjis", "cp932",
	    "windows-31j", "MS_Kanji", "SJIS", "ms932"};
	static const char *const euc[] = {
	    "euc-jp", "x-euc-jp", "eucJP-ms", "ujis", "EUC_JP"};

	(void)state;
	for (size_t i = 0; i < sizeof(sjis) / sizeof(sjis[0]); i++)
		reads(sjis[i], "\x87\x40\x81\x60\xb1\xfa\xb1", "①～ｱ﨑", NULL);
	for (size_t i = 0; i < sizeof(euc) / sizeof(euc[0]); i++)
		reads(euc[i], "\xad\xa1\xc6\xfc\x8e\xb1\x8f\xb0\xa1", "①日ｱ丂",
		    NULL);
	reads("\"iso-2022-jp\"", "\033$BF|\033(B", "日", NULL);
	reads("'utf-8';", "日", "日", NULL);
}

static void
japanese_that_is_broken_shows_where(void **state)
{
	(void)state;
	/* no way back to ASCII at the end of lines, then at the end */
	reads("iso-2022-jp", "\033$BF|\r\n\033$BK\\\r\n\033$BF|", "日\n本\n日",
	    NULL);
	/* 8-bit kana, and kana by shift, in 7-bit text */
	reads("iso-2022-jp", "\033$BF|\033(B\xb1\xb2", "日ｱｲ", NULL);
	reads("iso-2022-jp", "\01612\017a\033(J\\", "ｱｲa\\", NULL);
	/* cut inside a character, an unknown set, a stray escape */
	reads("iso-2022-jp", "\033$BF|K", "日\xef\xbf\xbd", "charset-bad");
	reads("iso-2022-jp", "\033(Zx", "\xef\xbf\xbd(Zx", "charset-bad");
	reads("iso-2022-jp", "\033\033$BF|", "\xef\xbf\xbd日", "charset-bad");
	/* sets in turn: the 1990 kanji, and those of JIS X 0213 */
	reads("iso-2022-jp-2004", "\033$(D0!\033$BF|\033$(Q.!\033$(D0!\033(B",
	    "丂日俱丂", NULL);
}

static void
chinese_is_read(void **state)
{
	(void)state;
	reads("gb2312", "\xd6\xd0\xb9\xfa", "中国", NULL);
	/* beyond GB2312 under its label: GBK, GB18030 */
	reads("gb2312", "\xe9\x46\xe7\x6e", "镕鏽", NULL);
	reads("GB_2312-80", "\x81\x30\x81\x30", "\xef\xbf\xbd", NULL);
	reads("big5", "\xa4\xa4", "中", NULL);
	reads("hz-gb-2312", "a~{VPND~}b ~~ ~{<:~}~\nc", "a中文b ~ 己c", NULL);
	reads("hz", "~{VP\nab", "中\nab", NULL);
	reads("hz", "~{V", "\xef\xbf\xbd", "charset-bad");
}

static void
korean_is_read(void **state)
{
	(void)state;
	reads("ks_c_5601-1987", "\xc7\xd1\x8c\x63", "한똠", NULL);
	reads("euc-kr", "\xc7\xd1", "한", NULL);
	reads("iso-2022-kr", "\033$)C\016GQ1[\017 a", "한글 a", NULL);
	/* a piece that lost the designation, as encoded words do */
	reads("ISO-2022-KR", "\016GQ\017", "한", NULL);
	reads("iso-2022-kr", "\016GQ\nGQ", "한\nGQ", NULL);
	reads("iso-2022-kr", "\033[2J", "\xef\xbf\xbd[2J", "charset-bad");
}

static void
european_labels_are_read_as_browsers_do(void **state)
{
	(void)state;
	reads("iso-8859-1", "caf\xe9 \x93q\x94 \x80", "café “q” €", NULL);
	reads("windows-1251", "\xcf\xf0", "Пр", NULL);
	reads("koi8-r", "\xc1", "а", NULL);
	reads("koi8-u", "\xa4", "є", NULL);
	reads("iso-8859-9", "\x93\xfe", "“ş", NULL);
	reads("tis-620", "\xa1", "ก", NULL);
}

static void
wide_text_is_read_without_its_mark(void **state)
{
	struct strs warnings = {0};
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	charset_text(&b, "utf-16",
	    "\xfe\xff\x00"
	    "a\x65\xe5",
	    6, &warnings);
	charset_text(&b, "utf-16le", "b\x00\x1b\x00", 4, &warnings);
	charset_text(&b, "utf-16be",
	    "\x00"
	    "c\xd8",
	    3, &warnings);
	assert_string_equal(buf_str(&b), "a日b\xef\xbf\xbd"
					 "c\xef\xbf\xbd");
	assert_true(strs_has(&warnings, "charset-bad"));
	buf_free(&b);
	strs_free(&warnings);
	reads("utf-8",
	    "\xef\xbb\xbf"
	    "a",
	    "a", NULL);
}

/* They are code, and nobody writes mail in them. */
static void
charsets_that_mail_has_no_use_for_are_unknown(void **state)
{
	static const char *const odd[] = {"ibm1047", "ebcdic-us",
	    "iso-2022-cn-ext", "ibm1390", "java", "c99", "wchar_t", "internal",
	    "inis", "unicode-2-0-utf-7x", "utf-16/../x"};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		reads(odd[i], "<a>", "<a>",
		    strstr(odd[i], "utf-7") == NULL ? "charset-unknown"
						    : "charset-refused");
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
	    cmocka_unit_test(japanese_labels_mean_what_their_writers_mean),
	    cmocka_unit_test(japanese_that_is_broken_shows_where),
	    cmocka_unit_test(chinese_is_read),
	    cmocka_unit_test(korean_is_read),
	    cmocka_unit_test(european_labels_are_read_as_browsers_do),
	    cmocka_unit_test(wide_text_is_read_without_its_mark),
	    cmocka_unit_test(charsets_that_mail_has_no_use_for_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
