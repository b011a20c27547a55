#include "message/charset.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "message/convert.h"
#include "message/jis.h"

#define LABEL_MAX 40 /* bytes, RFC 2978 section 2.3 */
#define GROWTH 8 /* UTF-8 bytes that one byte may become, at most */

static const char jis[] = "ISO-2022-JP"; /* ours, not iconv's */
static const char guess[] = "";

/* Labels that mean something else to iconv than to those who write mail. */
static const struct alias {
	const char *label;
	const char *name;
} aliases[] = {
    {"us-ascii", guess},
    {"ascii", guess},
    {"ansi_x3.4-1968", guess},
    {"unknown-8bit", guess},
    {"x-unknown", guess},
    {"unknown", guess},
    {"default", guess},
    {"none", guess},
    {"default_charset", guess},
    {"utf8", "UTF-8"},
    {"iso-2022-jp", jis},
    {"iso-2022-jp-ms", jis},
    {"iso-2022-jp-1", jis},
    {"iso-2022-jp-2", jis},
    {"iso-2022-jp-3", jis},
    {"iso-2022-jp-2004", jis},
    {"iso2022-jp", jis},
    {"iso2022jp", jis},
    {"csiso2022jp", jis},
    {"jis", jis},
    {"cp50220", jis},
    {"cp50221", jis},
    {"cp50222", jis},
    {"x-windows-iso2022jp", jis},
    {"x-windows-50220", jis},
    {"x-windows-50221", jis},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"shiftjis", "CP932"},
    {"sjis", "CP932"},
    {"x-sjis", "CP932"},
    {"x-sjis-cp932", "CP932"},
    {"x-shift_jis", "CP932"},
    {"x-ms-cp932", "CP932"},
    {"ms_kanji", "CP932"},
    {"csshiftjis", "CP932"},
    {"windows-31j", "CP932"},
    {"cswindows31j", "CP932"},
    {"ms932", "CP932"},
    {"windows-932", "CP932"},
    {"cp932", "CP932"},
    {"euc-jp", "EUC-JP-MS"},
    {"eucjp", "EUC-JP-MS"},
    {"x-euc-jp", "EUC-JP-MS"},
    {"euc", "EUC-JP-MS"},
    {"x-euc", "EUC-JP-MS"},
    {"ujis", "EUC-JP-MS"},
    {"cp51932", "EUC-JP-MS"},
    {"eucjp-win", "EUC-JP-MS"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"x-gbk", "GB18030"},
    {"euc-cn", "GB18030"},
    {"cp936", "GB18030"},
    {"gb_2312-80", "GB18030"},
    {"chinesebig5", "BIG5-HKSCS"},
    {"ks_c_5601-1987", "UHC"},
    {"ks_c_5601-1989", "UHC"},
    {"ksc5601", "UHC"},
    {"ksc_5601", "UHC"},
    {"euc-kr", "UHC"},
    {"cp949", "UHC"},
    {"iso-8859-1", "CP1252"},
    {"latin1", "CP1252"},
    {"iso-8859-8-i", "ISO-8859-8"},
    {"x-mac-roman", "MACINTOSH"},
    {"x-user-defined", guess},
};

static void
warn(struct strs *warnings, const char *word)
{
	if (warnings != NULL)
		strs_add_once(warnings, word);
}

static bool
has_8bit(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] >= 0x80)
			return true;
	return false;
}

/* Shift_JIS lead, trail and single bytes as CP932 has them. */
static bool
is_cp932(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = p[i];

		if (c < 0x80 || (c >= 0xa1 && c <= 0xdf))
			continue;
		if (c == 0x80 || c == 0xa0 || c > 0xfc || ++i == len)
			return false;
		if (p[i] < 0x40 || p[i] == 0x7f || p[i] > 0xfc)
			return false;
	}
	return true;
}

static bool
is_euc_jp(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = p[i];
		size_t more = c == 0x8f ? 2 : 1;

		if (c < 0x80)
			continue;
		if (c != 0x8e && c != 0x8f && (c < 0xa1 || c == 0xff))
			return false;
		while (more-- > 0)
			if (++i == len || p[i] < 0xa1 || p[i] == 0xff ||
			    (c == 0x8e && p[i] > 0xdf))
				return false;
	}
	return true;
}

/* Which of the four it is, or NULL for none of them. */
static const char *
guess_name(const unsigned char *p, size_t len)
{
	if (len > 0 && (memmem(p, len, "\x1b$", 2) != NULL ||
			   memmem(p, len, "\x1b(", 2) != NULL))
		return jis;
	if (utf8_is(p, len))
		return "UTF-8";
	if (is_euc_jp(p, len))
		return "EUC-JP-MS";
	if (is_cp932(p, len))
		return "CP932";
	return NULL;
}

/* Only letters that stand in charset names; never a path, never a "//". */
static bool
label_is_sound(const char *label)
{
	size_t len = strlen(label);

	return len > 0 && len <= LABEL_MAX &&
	       strspn(label,
		   "abcdefghijklmnopqrstuvwxyz"
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:()+") == len;
}

static const char *
label_name(const char *label)
{
	if (label == NULL || *label == '\0')
		return guess;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcasecmp(label, aliases[i].label) == 0)
			return aliases[i].name;
	return label;
}

/* UTF-7 hides ASCII from every check made before it is decoded. */
static bool
label_is_refused(const char *label)
{
	return strcasestr(label, "utf-7") != NULL ||
	       strcasestr(label, "utf7") != NULL;
}

static void
put_ascii(struct buf *to, const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] < 0x80 && p[i] != 0x1b)
			buf_putc(to, p[i]);
		else
			buf_puts(to, CONVERT_REPLACEMENT);
	}
}

static void
decode(struct buf *to, const char *label, const unsigned char *p, size_t len,
    struct strs *warnings)
{
	const char *name = label_name(label);
	bool bad = false;

	if (name == jis && len > 0 && memchr(p, 0x1b, len) == NULL &&
	    has_8bit(p, len))
		name = guess;
	if (name == guess) {
		name = guess_name(p, len);
		if (has_8bit(p, len) || name == jis)
			warn(warnings, "charset-guessed");
		if (name == NULL) {
			warn(warnings, "charset-bad");
			name = "UTF-8";
		}
	}
	if (label_is_refused(name)) {
		warn(warnings, "charset-refused");
		put_ascii(to, p, len);
	} else if (name == jis) {
		bad = jis_decode(to, p, len);
	} else if (strcasecmp(name, "utf-8") == 0) {
		bad = !utf8_is(p, len);
		buf_put(to, p, len);
	} else if (!label_is_sound(name) ||
		   !convert_to_utf8(to, name, p, len, &bad)) {
		warn(warnings, "charset-unknown");
		put_ascii(to, p, len);
	}
	if (bad)
		warn(warnings, "charset-bad");
}

void
charset_text(struct buf *out, const char *charset, const void *data, size_t len,
    struct strs *warnings)
{
	struct buf to;

	if (len == 0)
		return;
	buf_init_secret(&to, GROWTH * len + 64);
	decode(&to, charset, data, len, warnings);
	utf8_put_safe(out, to.data, to.len);
	buf_free(&to);
}

void
charset_line(struct buf *out, const char *charset, const void *data, size_t len,
    struct strs *warnings)
{
	struct buf to;

	if (len == 0)
		return;
	buf_init_secret(&to, GROWTH * len + 64);
	decode(&to, charset, data, len, warnings);
	utf8_put_line(out, to.data, to.len);
	buf_free(&to);
}
