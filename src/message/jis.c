#include "message/jis.h"

#include <string.h>

#include "message/convert.h"

enum set {
	SET_ASCII, /* JIS X 0201 Roman too: CP932 reads it so */
	SET_KANA,
	SET_X0208,
	SET_X0212,
	SET_X0213_1,
	SET_X0213_2,
	SET_FOREIGN /* two bytes a character, none of them Japanese */
};

static const struct escape {
	const char *bytes; /* after ESC */
	enum set set;
} escapes[] = {
    {"(B", SET_ASCII},
    {"(J", SET_ASCII},
    {"(H", SET_ASCII},
    {"(I", SET_KANA},
    {"$@", SET_X0208},
    {"$B", SET_X0208},
    {"$(@", SET_X0208},
    {"$(B", SET_X0208},
    {"$(D", SET_X0212},
    {"$(O", SET_X0213_1},
    {"$(Q", SET_X0213_1},
    {"$(P", SET_X0213_2},
    {"$A", SET_FOREIGN},
    {"$(C", SET_FOREIGN},
    {"$(A", SET_FOREIGN},
    /* announces that the next set is the 1990 edition: nothing changes */
    {"&@", SET_ASCII},
};

/* iconv's charsets by whose way the sets go. */
enum way { WAY_CP932, WAY_X0212, WAY_X0213, WAY_COUNT };

struct jis {
	struct buf *out;
	struct buf run; /* bytes that wait, all for one converter */
	enum way way; /* that converter */
	struct converter converter[WAY_COUNT]; /* opened when first needed */
	enum set set;
	bool shifted; /* SO ... SI: half-width kana */
	bool bad;
};

static void
jis_flush(struct jis *j)
{
	static const char *const names[WAY_COUNT] = {
	    "CP932", "EUC-JP-MS", "EUC-JISX0213"};
	struct converter *c = &j->converter[j->way];

	if (j->run.len == 0)
		return;
	if (c->open || converter_open(c, names[j->way])) {
		converter_put(c, j->out, j->run.data, j->run.len, &j->bad);
	} else {
		buf_puts(j->out, CONVERT_REPLACEMENT);
		j->bad = true;
	}
	buf_clear(&j->run);
}

static void
jis_put(struct jis *j, enum way way, const unsigned char *p, size_t len)
{
	if (j->way != way)
		jis_flush(j);
	j->way = way;
	buf_put(&j->run, p, len);
}

static void
jis_bad(struct jis *j)
{
	jis_flush(j);
	buf_puts(j->out, CONVERT_REPLACEMENT);
	j->bad = true;
}

/* JIS X 0208 row and cell to the two bytes of Shift_JIS. */
static void
jis_x0208(struct jis *j, unsigned row, unsigned cell)
{
	unsigned char s[2];

	row -= 0x21;
	s[0] = (unsigned char)(row / 2 + (row < 62 ? 0x81 : 0xc1));
	if (row % 2 == 1)
		s[1] = (unsigned char)(cell + 0x7e);
	else
		s[1] = (unsigned char)(cell + (cell < 0x60 ? 0x1f : 0x20));
	jis_put(j, WAY_CP932, s, 2);
}

static void
jis_pair(struct jis *j, unsigned char row, unsigned char cell)
{
	unsigned char s[3] = {0x8f, row | 0x80, cell | 0x80};

	switch (j->set) {
	case SET_X0208:
		jis_x0208(j, row, cell);
		break;
	case SET_X0212:
		jis_put(j, WAY_X0212, s, 3);
		break;
	case SET_X0213_1:
		jis_put(j, WAY_X0213, s + 1, 2);
		break;
	case SET_X0213_2:
		jis_put(j, WAY_X0213, s, 3);
		break;
	default:
		jis_bad(j);
	}
}

/* p stands after an ESC; returns how many bytes belong to it. */
static size_t
jis_escape(struct jis *j, const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		const struct escape *e = &escapes[i];
		size_t n = strlen(e->bytes);

		if (len < n || memcmp(p, e->bytes, n) != 0)
			continue;
		if (e->bytes[0] != '&')
			j->set = e->set;
		return n;
	}
	jis_bad(j);
	return 0;
}

static void
jis_single(struct jis *j, unsigned char c)
{
	bool kana = j->set == SET_KANA || j->shifted;

	if (c >= 0xa1 && c <= 0xdf)
		jis_put(j, WAY_CP932, &c, 1);
	else if (c >= 0x80 || (kana && c >= 0x60 && c < 0x7f))
		jis_bad(j);
	else if (kana && c >= 0x21 && c < 0x60) {
		c |= 0x80;
		jis_put(j, WAY_CP932, &c, 1);
	} else
		jis_put(j, WAY_CP932, &c, 1);
}

bool
jis_decode(struct buf *out, const void *data, size_t len)
{
	const unsigned char *p = data;
	struct jis j = {.out = out, .way = WAY_CP932, .set = SET_ASCII};

	buf_init(&j.run, 2 * len + 16);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = p[i];

		if (c == 0x1b) {
			i += jis_escape(&j, p + i + 1, len - i - 1);
		} else if (c == 0x0e || c == 0x0f) {
			j.shifted = c == 0x0e;
		} else if (c == '\n') {
			/* Each line starts in ASCII, RFC 1468. */
			j.set = SET_ASCII;
			j.shifted = false;
			jis_single(&j, c);
		} else if (j.set <= SET_KANA || c < 0x21 || c == 0x7f) {
			jis_single(&j, c);
		} else if (c > 0x7f || i + 1 == len || p[i + 1] < 0x21 ||
			   p[i + 1] > 0x7e) {
			jis_bad(&j);
		} else {
			jis_pair(&j, c, p[i + 1]);
			i++;
		}
	}
	jis_flush(&j);
	for (size_t i = 0; i < WAY_COUNT; i++)
		converter_close(&j.converter[i]);
	buf_free(&j.run);
	return j.bad;
}
