#include "message/fieldout.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"
#include "message/encoding.h"
#include "message/text.h"

#define COLUMNS 76 /* RFC 5322 section 2.1.1 wants 78, RFC 2047 76 */
#define LINE_OCTETS 998 /* RFC 5322 section 2.1.1 */
#define WORD_FRAME 12 /* "=?UTF-8?B?" and "?=" */
#define QUOTED_MAX 60 /* longer names become encoded words */
#define PIECE_MAX 51 /* octets of one RFC 2231 piece */

static int
check(const char *name, const char *value, bool ascii, struct err *e)
{
	const unsigned char *p = (const unsigned char *)value;

	for (; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f || (ascii && *p >= 0x80))
			return err_set(e, ERR_DATA,
			    "%s: byte 0x%02x may not stand in it", name, *p);
	if (!utf8_is(value, strlen(value)))
		return err_set(e, ERR_DATA, "%s: not UTF-8", name);
	return 0;
}

/* The column at which out stands. */
static size_t
column(const struct buf *out)
{
	const unsigned char *lf =
	    out->len == 0 ? NULL : memrchr(out->data, '\n', out->len);

	return lf == NULL ? out->len : (size_t)(out->data + out->len - lf - 1);
}

/* Puts a space and a word, or folds before it. */
static void
put_word(struct buf *out, const char *word, size_t len)
{
	if (column(out) + 1 + len > COLUMNS)
		buf_puts(out, "\r\n");
	buf_putc(out, ' ');
	buf_put(out, word, len);
}

static bool
is_plain(const char *s)
{
	size_t len = strlen(s), word = 0;

	if (strstr(s, "=?") != NULL || strstr(s, "  ") != NULL ||
	    (len > 0 && (s[0] == ' ' || s[len - 1] == ' ')))
		return false;
	for (; *s != '\0'; s++) {
		word = *s == ' ' ? 0 : word + 1;
		if (*s < 0x20 || *s > 0x7e || word > LINE_OCTETS - 100)
			return false;
	}
	return true;
}

static void
put_encoded(struct buf *out, const char *s)
{
	size_t left = strlen(s);

	while (left > 0) {
		size_t at = column(out) + 1;
		size_t room = at + WORD_FRAME + 8 > COLUMNS
				  ? 0
				  : (COLUMNS - at - WORD_FRAME) / 4 * 3;
		size_t n = text_clip(s, left, room);

		if (n == 0) {
			buf_puts(out, "\r\n");
			continue;
		}
		/* RFC 2047 section 2: a word has 75 characters at most. */
		if (n > 45)
			n = text_clip(s, left, 45);
		buf_puts(out, " =?UTF-8?B?");
		encoding_base64(out, s, n);
		buf_puts(out, "?=");
		s += n;
		left -= n;
	}
}

static void
put_plain(struct buf *out, const char *s)
{
	while (*s != '\0') {
		size_t n = strcspn(s, " ");

		put_word(out, s, n);
		s += n + (s[n] == ' ' ? 1 : 0);
	}
}

int
fieldout_text(
    struct buf *out, const char *name, const char *value, struct err *e)
{
	if (check(name, value, false, e) == -1)
		return -1;
	buf_puts(out, name);
	buf_putc(out, ':');
	if (is_plain(value))
		put_plain(out, value);
	else
		put_encoded(out, value);
	buf_puts(out, "\r\n");
	return 0;
}

static bool
is_atext(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static void
put_quoted(struct buf *out, const char *s, size_t len)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buf_putc(out, '\\');
		buf_putc(out, (unsigned char)s[i]);
	}
	buf_putc(out, '"');
}

static bool
is_dot_atom(const char *s, size_t len)
{
	bool dot = true;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '.' ? dot : !is_atext((unsigned char)s[i]))
			return false;
		dot = s[i] == '.';
	}
	return len > 0 && !dot;
}

static bool
is_dots_and_atoms(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] != '.' && !is_atext((unsigned char)s[i]))
			return false;
	return true;
}

/* True for "..." with every quote and backslash inside escaped. */
static bool
is_quoted_string(const char *s, size_t len)
{
	if (len < 2 || s[0] != '"' || s[len - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < len; i++) {
		if (s[i] == '"')
			return false;
		if (s[i] == '\\' && ++i + 1 >= len)
			return false;
	}
	return true;
}

static int
put_address(struct buf *out, const char *address, struct err *e)
{
	const char *at = strrchr(address, '@');
	size_t local;
	bool quoted;

	if (check("address", address, true, e) == -1)
		return -1;
	local = at == NULL ? 0 : (size_t)(at - address);
	quoted = is_quoted_string(address, local);
	if (local == 0 || (!quoted && !is_dots_and_atoms(address, local)) ||
	    strlen(address) > LINE_OCTETS / 2 ||
	    at[1 + strspn(at + 1,
		       "abcdefghijklmnopqrstuvwxyz"
		       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]_")] != '\0' ||
	    at[1] == '\0')
		return err_set(e, ERR_DATA,
		    "RFC 5322 section 3.4.1: \"%s\" is no address", address);
	buf_putc(out, '<');
	/* Dots in the wrong places need quotes; nothing else is mended. */
	if (!quoted && !is_dot_atom(address, local))
		put_quoted(out, address, local);
	else
		buf_put(out, address, local);
	buf_puts(out, at);
	buf_putc(out, '>');
	return 0;
}

static bool
is_atoms(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s != ' ' && !is_atext((unsigned char)*s))
			return false;
	return true;
}

static void
put_name(struct buf *out, const char *name)
{
	struct buf quoted;

	if (!is_plain(name) || strlen(name) > QUOTED_MAX) {
		put_encoded(out, name);
	} else if (is_atoms(name)) {
		put_plain(out, name);
	} else {
		buf_init(&quoted, 2 * strlen(name) + 3);
		put_quoted(&quoted, name, strlen(name));
		put_word(out, buf_str(&quoted), quoted.len);
		buf_free(&quoted);
	}
}

int
fieldout_mailboxes(struct buf *out, const char *name,
    const struct mailbox *item, size_t count, struct err *e)
{
	buf_puts(out, name);
	buf_putc(out, ':');
	for (size_t i = 0; i < count; i++) {
		struct buf address;
		int rc;

		if (item[i].name != NULL &&
		    check(name, item[i].name, false, e) == -1)
			return -1;
		buf_init(&address, 2 * LINE_OCTETS);
		rc = put_address(&address, item[i].address, e);
		if (rc == 0 && item[i].name != NULL)
			put_name(out, item[i].name);
		if (rc == 0 && i + 1 < count)
			buf_putc(&address, ',');
		if (rc == 0)
			put_word(out, buf_str(&address), address.len);
		buf_free(&address);
		if (rc == -1)
			return err_in(e, "%s", name);
	}
	buf_puts(out, "\r\n");
	return 0;
}

int
fieldout_words(struct buf *out, const char *name, const char *const *word,
    size_t count, struct err *e)
{
	buf_puts(out, name);
	buf_putc(out, ':');
	for (size_t i = 0; i < count; i++) {
		if (check(name, word[i], true, e) == -1)
			return -1;
		if (strlen(word[i]) > LINE_OCTETS - 100)
			return err_set(e, ERR_DATA,
			    "RFC 5322 section 2.1.1: %s over %d bytes", name,
			    LINE_OCTETS - 100);
		put_plain(out, word[i]);
	}
	buf_puts(out, "\r\n");
	return 0;
}

static void
put_percent(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (is_atext(c) && strchr("*'%", c) == NULL)
			buf_putc(out, c);
		else
			buf_putf(out, "%%%02X", c);
	}
}

void
fieldout_filename(struct buf *out, const char *param, const char *value)
{
	size_t left = strlen(value);
	bool plain = is_plain(value) && left <= QUOTED_MAX;
	const size_t most = PIECE_MAX / 3;

	if (plain) {
		buf_putf(out, ";\r\n %s=", param);
		put_quoted(out, value, left);
		return;
	}
	for (size_t i = 0; left > 0; i++) {
		size_t n = text_clip(value, left, most);

		if (left <= most && i == 0)
			buf_putf(out, ";\r\n %s*=UTF-8''", param);
		else
			buf_putf(out, ";\r\n %s*%zu*=%s", param, i,
			    i == 0 ? "UTF-8''" : "");
		put_percent(out, value, n);
		value += n;
		left -= n;
	}
}
