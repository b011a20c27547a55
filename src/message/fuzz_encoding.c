#include <string.h>

#include "fuzz.h"
#include "message/encoding.h"

static void
check_decode(const uint8_t *data, size_t size, enum encoding encoding)
{
	struct buf out;

	buf_init(&out, size);
	(void)encoding_decode(&out, encoding, data, size);
	assert(!out.over);
	if (encoding == ENCODING_IDENTITY || encoding == ENCODING_UNKNOWN)
		assert(out.len == size && memcmp(out.data, data, size) == 0);
	buf_free(&out);
}

static void
check_base64(const uint8_t *data, size_t size, bool lines)
{
	struct buf text, back;

	buf_init(&text, 2 * size + 16);
	buf_init(&back, size);
	(lines ? encoding_base64_lines : encoding_base64)(&text, data, size);
	assert(!text.over && fuzz_is_ascii(text.data, text.len));
	assert(!encoding_decode(&back, ENCODING_BASE64, text.data, text.len));
	assert(back.len == size && memcmp(back.data, data, size) == 0);
	buf_free(&text);
	buf_free(&back);
}

/* RFC 2045 section 6.7: no line over 76 columns, no space at its end. */
static void
check_lines(const struct buf *text)
{
	const char *p = buf_str(text);

	while (*p != '\0') {
		size_t n = strcspn(p, "\r\n");

		assert(n <= 76 && p[n] == '\r' && p[n + 1] == '\n');
		assert(n == 0 || (p[n - 1] != ' ' && p[n - 1] != '\t'));
		assert(n < 5 || memcmp(p, "From ", 5) != 0);
		p += n + 2;
	}
}

/* Text comes back with CRLF as its line ends, and one at its end. */
static void
check_printable(const uint8_t *data, size_t size)
{
	struct buf text, back;
	size_t at = 0;

	if (memchr(data, '\r', size) != NULL)
		return;
	buf_init(&text, 5 * size + 16);
	buf_init(&back, 5 * size + 16);
	encoding_quoted_printable(&text, (const char *)data, size);
	assert(!text.over && strlen(buf_str(&text)) == text.len);
	check_lines(&text);
	assert(!encoding_decode(
	    &back, ENCODING_QUOTED_PRINTABLE, text.data, text.len));
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\n')
			assert(back.data[at++] == '\r');
		assert(at < back.len && back.data[at++] == data[i]);
	}
	assert(at == back.len ||
	       (at + 2 == back.len && memcmp(back.data + at, "\r\n", 2) == 0));
	buf_free(&text);
	buf_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out;

	if (size == 0)
		return 0;
	for (int i = ENCODING_IDENTITY; i <= ENCODING_UNKNOWN; i++)
		check_decode(data, size, (enum encoding)i);
	buf_init(&out, size);
	encoding_q_decode(&out, data, size);
	assert(!out.over);
	buf_free(&out);
	check_base64(data, size, false);
	check_base64(data, size, true);
	check_printable(data, size);
	return 0;
}
