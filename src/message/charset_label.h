/* charset_label.h - what a charset's name in mail means. */
#ifndef MESSAGE_CHARSET_LABEL_H
#define MESSAGE_CHARSET_LABEL_H

#define CHARSET_LABEL_MAX 40 /* bytes, RFC 2978 section 2.3 */

enum charset_way {
	CHARSET_GUESS, /* it says nothing */
	CHARSET_UTF8,
	CHARSET_JIS, /* ISO-2022-JP, ours (jis.h) */
	CHARSET_HZ, /* ours (shifted.h) */
	CHARSET_KR, /* the same */
	CHARSET_ICONV, /* by the name in iconv */
	CHARSET_REFUSED, /* UTF-7: it hides ASCII from every check before */
	CHARSET_UNKNOWN
};

struct charset {
	enum charset_way way;
	char iconv[CHARSET_LABEL_MAX + 1];
};

/*
 * Fills out from a label as mail has it, in any case; NULL is none. Labels mean
 * what those who write them mean: "gb2312" is GB18030, "iso-8859-1" is CP1252.
 * Of iconv's charsets only those are known that mail is written in: the others
 * are code that strangers need not reach.
 */
void charset_find(struct charset *out, const char *label);

#endif
