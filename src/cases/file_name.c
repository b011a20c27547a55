#include "cases/file_name.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "cases/ascii.h"

#define NAME_MAX_BYTES 255 /* as file systems have it */
#define EXTENSION_MAX 5 /* letters */

/* Programs, scripts, archives, disks, documents; no ending of plain texts. */
static bool
is_extension(const char *p, size_t len)
{
	static const char *const extensions[] = {"exe", "dll", "sys", "scr",
	    "bat", "cmd", "ps1", "vbs", "vbe", "js", "jse", "wsf", "hta", "lnk",
	    "pif", "cpl", "msi", "iso", "img", "vhd", "vhdx", "zip", "rar",
	    "7z", "gz", "tgz", "xz", "tar", "cab", "lzh", "ace", "jar", "apk",
	    "dmg", "pkg", "deb", "rpm", "doc", "docx", "docm", "dotm", "xls",
	    "xlsx", "xlsm", "xlsb", "xll", "ppt", "pptx", "pptm", "rtf", "pdf",
	    "chm", "hwp", "html", "htm", "mht", "svg", "php", "asp", "aspx",
	    "jsp", "jspx", "cgi", "sh", "py", "pl", "elf", "so", "bin", "dat",
	    "dmp", "eml", "msg"};

	/* Each number of an address comes here: most fail by one letter. */
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (len > 0 && extensions[i][0] == lower(*p) &&
		    strlen(extensions[i]) == len &&
		    strncasecmp(extensions[i], p, len) == 0)
			return true;
	return false;
}

/* "Node.js" is a program's name. */
static bool
is_product(const char *p, size_t len)
{
	static const char *const products[] = {"node.js", "next.js", "vue.js",
	    "nuxt.js", "react.js", "express.js", "angular.js", "ember.js",
	    "three.js", "d3.js", "asp.net"};

	for (size_t i = 0; i < sizeof(products) / sizeof(products[0]); i++)
		if (strlen(products[i]) == len &&
		    strncasecmp(products[i], p, len) == 0)
			return true;
	return false;
}

static bool
is_name_byte(char c)
{
	return is_alnum(c) || is_in(c, "-_.+~@%") || (c & 0x80) != 0;
}

/* Of three bytes: hiragana, U+3041 to U+309F. */
static bool
is_hiragana(const unsigned char *p)
{
	return p[0] == 0xE3 && ((p[1] == 0x81 && p[2] >= 0x81) ||
				   (p[1] == 0x82 && p[2] <= 0x9F));
}

/*
 * Of three bytes: punctuation of Japanese and general punctuation, full-width
 * signs before the digits and after the letters; no name goes through it.
 */
static bool
is_break(const unsigned char *p)
{
	return (p[0] == 0xE3 && p[1] == 0x80) ||
	       (p[0] == 0xE2 && p[1] == 0x80) ||
	       (p[0] == 0xEF && p[1] == 0xBC &&
		   (p[2] < 0x90 || (p[2] > 0x99 && p[2] < 0xA1))) ||
	       (p[0] == 0xEF && p[1] == 0xBD && p[2] > 0x9A && p[2] < 0xA6);
}

/* Whether a quotation mark stands before p: "「" or '"'. */
static bool
is_quoted(const char *text, const char *p)
{
	if (p > text && (p[-1] == '"' || p[-1] == '\''))
		return true;
	return p - text >= 3 &&
	       (memcmp(p - 3, "「", 3) == 0 || memcmp(p - 3, "『", 3) == 0 ||
		   memcmp(p - 3, "“", 3) == 0);
}

/* Where the name that ends before end begins, not before text; end: nowhere. */
static const char *
name_start(const char *text, const char *end)
{
	const char *p = end, *word = NULL;

	while (p > text && end - p < NAME_MAX_BYTES && is_name_byte(p[-1])) {
		const unsigned char *u;

		if ((p[-1] & 0x80) == 0) {
			p--;
			continue;
		}
		if (p - text < 3 || (p[-2] & 0x80) == 0 || (p[-3] & 0x80) == 0)
			break;
		u = (const unsigned char *)p - 3;
		if ((u[0] & 0xF0) != 0xE0) /* no sign of three bytes */
			break;
		if (is_break(u))
			break;
		if (word == NULL && is_hiragana(u))
			word = p;
		p -= 3;
	}
	if (end - p >= NAME_MAX_BYTES)
		return end;
	if (word != NULL && !is_quoted(text, p))
		p = word;
	while (p < end && is_in(*p, ".-+@%"))
		p++;
	return p;
}

/* An ending that is a country's name as well: of a file where it has no dot. */
static bool
is_country(const char *name, const char *dot, const char *end)
{
	static const char *const both[] = {"pl", "py", "sh", "so"};

	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++)
		if (end - dot == 3 && strncasecmp(dot + 1, both[i], 2) == 0)
			return memchr(name, '.', (size_t)(dot - name)) != NULL;
	return false;
}

/* Whether text[i] is in a URL, where what stands before it was in one or not.
 */
static bool
in_url(const char *text, size_t i, bool url)
{
	if (is_alnum(text[i]))
		return url;
	if ((unsigned char)text[i] <= ' ' || (text[i] & 0x80) != 0 ||
	    is_in(text[i], "<>\"'"))
		return false;
	return url || (i > 1 && text[i] == '/' && text[i - 1] == '/' &&
			  is_in(text[i - 2], ":]"));
}

/* "a.exe.config" goes on, "a.exe." ends a sentence. */
static bool
goes_on(const char *end, const char *stop)
{
	return end < stop &&
	       (is_in(*end, "_@") ||
		   (end + 1 < stop && is_in(*end, ".-") && is_alnum(end[1])));
}

void
file_name_walk(const char *text, size_t len,
    void (*each)(void *context, const char *name, size_t len), void *context)
{
	const char *floor = text, *stop = text + len;
	bool url = false;

	for (size_t i = 0; i < len; i++) {
		const char *start, *dot = text + i, *end = dot + 1;

		url = in_url(text, i, url);
		if (url)
			floor = end;
		if (*dot != '.' || url)
			continue;
		while (end < stop && end - dot <= EXTENSION_MAX + 1 &&
		       is_alnum(*end))
			end++;
		if (!is_extension(dot + 1, (size_t)(end - dot) - 1) ||
		    goes_on(end, stop))
			continue;
		start = name_start(floor, dot);
		if (start == dot || is_product(start, (size_t)(end - start)) ||
		    is_country(start, dot, end))
			continue;
		floor = end;
		each(context, start, (size_t)(end - start));
	}
}
