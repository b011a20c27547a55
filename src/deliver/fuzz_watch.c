#include <string.h>

#include "deliver/watch.h"
#include "fuzz.h"

/* The first byte of each line says who speaks: 'c' the client. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	unsigned options = fuzz_byte(&f);
	struct watch w = {.fd = -1,
	    .password = (options & 1) != 0 ? "hunter2" : NULL,
	    .wants_tls = (options & 2) != 0};
	struct buf words;

	while (f.left > 0) {
		const unsigned char *end = memchr(f.p, '\n', f.left);
		size_t n = end == NULL ? f.left : (size_t)(end - f.p) + 1;

		if (*f.p == 'c')
			watch_say(&w, (const char *)f.p + 1, n - 1);
		else
			watch_hear(&w, (const char *)f.p, n);
		f.p += n;
		f.left -= n;
		assert(w.len < WATCH_LINE);
		assert(memchr(w.said, '\0', WATCH_LINE) != NULL);
		assert(w.cut || w.heard <= WATCH_HEARD);
		assert(!w.known || w.asked);
	}
	buf_init(&words, 4 * WATCH_LINE);
	watch_words(&w, &words, w.said);
	assert(!words.over && fuzz_is_line(buf_str(&words)));
	assert(
	    w.password == NULL || strstr(buf_str(&words), w.password) == NULL);
	assert(!w.cut || fuzz_is_line(w.why.text));
	assert(!w.cut || w.password == NULL ||
	       strstr(w.why.text, w.password) == NULL);
	buf_free(&words);
	return 0;
}
