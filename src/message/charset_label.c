#include "message/charset_label.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Labels that mean something else to iconv than to those who write mail. */
static const struct alias {
	const char *label;
	enum charset_way way;
	const char *iconv;
} aliases[] = {
    {"us-ascii", CHARSET_GUESS, NULL},
    {"ascii", CHARSET_GUESS, NULL},
    {"ansi_x3.4-1968", CHARSET_GUESS, NULL},
    {"unknown-8bit", CHARSET_GUESS, NULL},
    {"x-unknown", CHARSET_GUESS, NULL},
    {"unknown", CHARSET_GUESS, NULL},
    {"default", CHARSET_GUESS, NULL},
    {"none", CHARSET_GUESS, NULL},
    {"default_charset", CHARSET_GUESS, NULL},
    {"x-user-defined", CHARSET_GUESS, NULL},
    {"ascii-8bit", CHARSET_GUESS, NULL},
    {"8bit", CHARSET_GUESS, NULL},
    {"binary", CHARSET_GUESS, NULL},
    {"csascii", CHARSET_GUESS, NULL},
    {"utf8", CHARSET_UTF8, NULL},
    {"utf-8", CHARSET_UTF8, NULL},
    {"utf_8", CHARSET_UTF8, NULL},
    {"utf-8mb4", CHARSET_UTF8, NULL},
    {"utf8mb4", CHARSET_UTF8, NULL},
    {"x-utf-8", CHARSET_UTF8, NULL},
    {"csutf8", CHARSET_UTF8, NULL},
    {"unicode-1-1-utf-8", CHARSET_UTF8, NULL},
    {"iso-2022-jp", CHARSET_JIS, NULL},
    {"iso-2022-jp-ms", CHARSET_JIS, NULL},
    {"iso-2022-jp-1", CHARSET_JIS, NULL},
    {"iso-2022-jp-2", CHARSET_JIS, NULL},
    {"iso-2022-jp-3", CHARSET_JIS, NULL},
    {"iso-2022-jp-2004", CHARSET_JIS, NULL},
    {"iso2022-jp", CHARSET_JIS, NULL},
    {"iso2022jp", CHARSET_JIS, NULL},
    {"csiso2022jp", CHARSET_JIS, NULL},
    {"jis", CHARSET_JIS, NULL},
    {"cp50220", CHARSET_JIS, NULL},
    {"cp50221", CHARSET_JIS, NULL},
    {"cp50222", CHARSET_JIS, NULL},
    {"x-windows-iso2022jp", CHARSET_JIS, NULL},
    {"x-windows-50220", CHARSET_JIS, NULL},
    {"x-windows-50221", CHARSET_JIS, NULL},
    {"iso_2022_jp", CHARSET_JIS, NULL},
    {"iso-2022jp", CHARSET_JIS, NULL},
    {"csiso2022jp2", CHARSET_JIS, NULL},
    {"iso-2022-jp-win", CHARSET_JIS, NULL},
    {"hz", CHARSET_HZ, NULL},
    {"hz-gb-2312", CHARSET_HZ, NULL},
    {"iso-2022-kr", CHARSET_KR, NULL},
    {"iso2022-kr", CHARSET_KR, NULL},
    {"iso2022kr", CHARSET_KR, NULL},
    {"csiso2022kr", CHARSET_KR, NULL},
    {"shift_jis", CHARSET_ICONV, "CP932"},
    {"shift-jis", CHARSET_ICONV, "CP932"},
    {"shiftjis", CHARSET_ICONV, "CP932"},
    {"sjis", CHARSET_ICONV, "CP932"},
    {"x-sjis", CHARSET_ICONV, "CP932"},
    {"x-sjis-cp932", CHARSET_ICONV, "CP932"},
    {"x-shift_jis", CHARSET_ICONV, "CP932"},
    {"x-ms-cp932", CHARSET_ICONV, "CP932"},
    {"ms_kanji", CHARSET_ICONV, "CP932"},
    {"csshiftjis", CHARSET_ICONV, "CP932"},
    {"windows-31j", CHARSET_ICONV, "CP932"},
    {"cswindows31j", CHARSET_ICONV, "CP932"},
    {"ms932", CHARSET_ICONV, "CP932"},
    {"windows-932", CHARSET_ICONV, "CP932"},
    {"cp932", CHARSET_ICONV, "CP932"},
    {"euc-jp", CHARSET_ICONV, "EUC-JP-MS"},
    {"eucjp", CHARSET_ICONV, "EUC-JP-MS"},
    {"x-euc-jp", CHARSET_ICONV, "EUC-JP-MS"},
    {"euc", CHARSET_ICONV, "EUC-JP-MS"},
    {"x-euc", CHARSET_ICONV, "EUC-JP-MS"},
    {"ujis", CHARSET_ICONV, "EUC-JP-MS"},
    {"cp51932", CHARSET_ICONV, "EUC-JP-MS"},
    {"eucjp-win", CHARSET_ICONV, "EUC-JP-MS"},
    {"gb2312", CHARSET_ICONV, "GB18030"},
    {"gbk", CHARSET_ICONV, "GB18030"},
    {"x-gbk", CHARSET_ICONV, "GB18030"},
    {"euc-cn", CHARSET_ICONV, "GB18030"},
    {"cp936", CHARSET_ICONV, "GB18030"},
    {"gb_2312-80", CHARSET_ICONV, "GB18030"},
    {"chinesebig5", CHARSET_ICONV, "BIG5-HKSCS"},
    {"ks_c_5601-1987", CHARSET_ICONV, "UHC"},
    {"ks_c_5601-1989", CHARSET_ICONV, "UHC"},
    {"ksc5601", CHARSET_ICONV, "UHC"},
    {"ksc_5601", CHARSET_ICONV, "UHC"},
    {"euc-kr", CHARSET_ICONV, "UHC"},
    {"cp949", CHARSET_ICONV, "UHC"},
    {"iso-8859-1", CHARSET_ICONV, "CP1252"},
    {"latin1", CHARSET_ICONV, "CP1252"},
    {"iso-8859-8-i", CHARSET_ICONV, "ISO-8859-8"},
    {"x-mac-roman", CHARSET_ICONV, "MACINTOSH"},
    {"x-windows-31j", CHARSET_ICONV, "CP932"},
    {"x-mac-japanese", CHARSET_ICONV, "CP932"},
    {"mskanji", CHARSET_ICONV, "CP932"},
    {"euc_jp", CHARSET_ICONV, "EUC-JP-MS"},
    {"euc-jp-ms", CHARSET_ICONV, "EUC-JP-MS"},
    {"eucjp-ms", CHARSET_ICONV, "EUC-JP-MS"},
    {"eucjpms", CHARSET_ICONV, "EUC-JP-MS"},
    {"cseucpkdfmtjapanese", CHARSET_ICONV, "EUC-JP-MS"},
    {"x-eucjp", CHARSET_ICONV, "EUC-JP-MS"},
    {"x-gb2312", CHARSET_ICONV, "GB18030"},
    {"csgb2312", CHARSET_ICONV, "GB18030"},
    {"windows-936", CHARSET_ICONV, "GB18030"},
    {"ms936", CHARSET_ICONV, "GB18030"},
    {"chinese", CHARSET_ICONV, "GB18030"},
    {"gb2312-80", CHARSET_ICONV, "GB18030"},
    {"gb_2312", CHARSET_ICONV, "GB18030"},
    {"x-x-big5", CHARSET_ICONV, "BIG5"},
    {"csbig5", CHARSET_ICONV, "BIG5"},
    {"cn-big5", CHARSET_ICONV, "BIG5"},
    {"x-big5", CHARSET_ICONV, "BIG5"},
    {"windows-950", CHARSET_ICONV, "BIG5"},
    {"ms950", CHARSET_ICONV, "BIG5"},
    {"windows-949", CHARSET_ICONV, "UHC"},
    {"x-windows-949", CHARSET_ICONV, "UHC"},
    {"ms949", CHARSET_ICONV, "UHC"},
    {"ks_c_5601", CHARSET_ICONV, "UHC"},
    {"korean", CHARSET_ICONV, "UHC"},
    {"cseuckr", CHARSET_ICONV, "UHC"},
    {"ksc5601-1987", CHARSET_ICONV, "UHC"},
    {"iso_8859-1", CHARSET_ICONV, "CP1252"},
    {"iso8859-1", CHARSET_ICONV, "CP1252"},
    {"iso88591", CHARSET_ICONV, "CP1252"},
    {"l1", CHARSET_ICONV, "CP1252"},
    {"ansi", CHARSET_ICONV, "CP1252"},
    {"x-ansi", CHARSET_ICONV, "CP1252"},
    {"windows-1252", CHARSET_ICONV, "CP1252"},
    {"cp-1252", CHARSET_ICONV, "CP1252"},
    {"iso-8859-9", CHARSET_ICONV, "CP1254"},
    {"iso_8859-9", CHARSET_ICONV, "CP1254"},
    {"iso8859-9", CHARSET_ICONV, "CP1254"},
    {"latin5", CHARSET_ICONV, "CP1254"},
    {"iso-8859-11", CHARSET_ICONV, "CP874"},
    {"tis-620", CHARSET_ICONV, "CP874"},
    {"windows-874", CHARSET_ICONV, "CP874"},
};

/* How the names begin of what iconv may be asked for beside those. */
static const char *const families[] = {"utf-16", "utf-32", "ucs-2", "ucs-4",
    "iso-8859-", "iso_8859-", "iso8859-", "iso-10646-ucs-", "latin",
    "windows-125", "cp125", "cp437", "cp720", "cp737", "cp775", "cp850",
    "cp852", "cp855", "cp857", "cp858", "cp86", "cp874", "ibm437", "ibm85",
    "ibm86", "ibm874", "koi8-", "koi-8", "big5", "gb18030", "euc-tw", "tis620",
    "viscii", "tcvn", "macintosh", "mac-", "armscii-", "georgian-", "ptcp154",
    "johab", "iso-2022-cn"};

/* Never a path, never a "//" or what may follow it. */
static bool
is_sound(const char *label)
{
	return strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-_.:()+") ==
	       strlen(label);
}

static bool
is_known(const char *label)
{
	/* Its other half has had a flaw that mail could reach elsewhere. */
	if (!is_sound(label) || strcmp(label, "iso-2022-cn-ext") == 0)
		return false;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strncmp(label, families[i], strlen(families[i])) == 0)
			return true;
	return false;
}

/* In lower case, without the quotes and marks that slips leave around it. */
static bool
label_trim(const char *label, char out[CHARSET_LABEL_MAX + 1])
{
	static const char marks[] = " \t\"\'`;,<>";
	size_t len;

	label += strspn(label, marks);
	len = strlen(label);
	while (len > 0 && strchr(marks, label[len - 1]) != NULL)
		len--;
	if (len > CHARSET_LABEL_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = label[i] >= 'A' && label[i] <= 'Z'
			     ? (char)(label[i] - 'A' + 'a')
			     : label[i];
	out[len] = '\0';
	return true;
}

void
charset_find(struct charset *out, const char *label)
{
	out->iconv[0] = '\0';
	out->way = CHARSET_UNKNOWN;
	if (label != NULL && (strcasestr(label, "utf-7") != NULL ||
				 strcasestr(label, "utf7") != NULL)) {
		out->way = CHARSET_REFUSED;
		return;
	}
	if (!label_trim(label == NULL ? "" : label, out->iconv))
		return;
	if (out->iconv[0] == '\0') {
		out->way = CHARSET_GUESS;
		return;
	}
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (strcmp(out->iconv, aliases[i].label) != 0)
			continue;
		out->way = aliases[i].way;
		if (aliases[i].iconv != NULL)
			strncpy(
			    out->iconv, aliases[i].iconv, CHARSET_LABEL_MAX);
		return;
	}
	if (is_known(out->iconv))
		out->way = CHARSET_ICONV;
}
