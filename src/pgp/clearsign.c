#include "pgp/clearsign.h"

#include <string.h>

#include "pgp/armour.h"
#include "pgp/packet.h"

#define HASH_LINES_MAX 16

static bool
is_digest(const char *p, size_t len)
{
	static const char *const name[] = {"MD5", "SHA1", "RIPEMD160", "SHA224",
	    "SHA256", "SHA384", "SHA512", "SHA3-256", "SHA3-512"};

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (strlen(name[i]) == len && memcmp(name[i], p, len) == 0)
			return true;
	return false;
}

/* "Hash: SHA256, SHA512". */
static bool
is_hash_line(const char *p, size_t len)
{
	size_t at = 6;

	if (len < at || memcmp(p, "Hash: ", at) != 0)
		return false;
	for (;;) {
		size_t n = 0;

		while (at + n < len && p[at + n] != ',')
			n++;
		if (!is_digest(p + at, n))
			return false;
		at += n;
		if (at == len)
			return true;
		at++;
		while (at < len && p[at] == ' ')
			at++;
	}
}

/* Where the text starts; 0 where something else than Hash stands before it. */
static size_t
skip_head(const char *p, size_t len)
{
	size_t next = 0;
	size_t at = 0;
	int lines = 0;

	armour_line(p, len, &next);
	for (at = next; at < len && lines < HASH_LINES_MAX; at += next) {
		size_t n = armour_line(p + at, len - at, &next);

		if (n == 0)
			return at + next;
		if (!is_hash_line(p + at, n))
			return 0;
		lines++;
	}
	return 0;
}

/* Section 7.1 the other way round. */
static bool
read_text(const char *p, size_t len, struct buf *out)
{
	size_t next = 0;

	for (size_t at = 0; at < len; at += next) {
		size_t n = armour_line(p + at, len - at, &next);
		size_t skip = 0;

		if (p[at] == '-') {
			if (len - at < 2 || p[at + 1] != ' ')
				return false;
			skip = n < 2 ? n : 2;
		}
		if (n > CLEARSIGN_LINE_MAX)
			return false;
		if (at > 0)
			buf_puts(out, "\r\n");
		buf_put(out, p + at + skip, n - skip);
	}
	return !out->over;
}

bool
clearsign_read(
    const void *block, size_t len, struct buf *text, struct buf *signature)
{
	const char *p = block;
	size_t start = skip_head(p, len);
	struct packet_message m = {.form = PACKET_FORM_OTHER};
	struct armour a;
	bool ok = false;

	if (start == 0 || !armour_find(p, len, start, &a) ||
	    a.kind != ARMOUR_SIGNATURE || a.end != len ||
	    !read_text(p + start, a.start - start, text) ||
	    armour_decode(p + a.start, len - a.start, signature, NULL) == -1)
		return false;
	packet_message_read(&m, signature->data, signature->len);
	ok = m.form == PACKET_FORM_SIGNATURE;
	packet_message_free(&m);
	return ok;
}

bool
clearsign_line_over(const void *text, size_t len)
{
	const char *p = text;

	while (len > 0) {
		const char *lf = memchr(p, '\n', len);
		size_t n = lf == NULL ? len : (size_t)(lf - p) + 1;

		if (n > CLEARSIGN_LINE_MAX)
			return true;
		p += n;
		len -= n;
	}
	return false;
}
