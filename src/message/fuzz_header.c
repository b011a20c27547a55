#include <string.h>

#include "fuzz.h"
#include "message/header.h"

static void
check_field(const struct header_field *f, const uint8_t *data, size_t size)
{
	const char *first = (const char *)data, *last = first + size;
	struct strs warnings = {0};
	struct buf out;

	assert(f->name >= first && f->name_len > 0 &&
	       f->name + f->name_len < last);
	assert(f->body >= f->name + f->name_len &&
	       f->body_len <= (size_t)(last - f->body));
	assert(header_name_length(f->name, (size_t)(last - f->name)) > 0);
	buf_init(&out, f->body_len);
	header_unfold(&out, f);
	assert(!out.over);
	buf_free(&out);
	buf_init(&out, 16 * f->body_len + 64);
	header_line(&out, f, &warnings);
	assert(!out.over && fuzz_is_line(buf_str(&out)));
	buf_clear(&out);
	header_text(&out, f, &warnings);
	assert(!out.over && fuzz_is_line(buf_str(&out)));
	assert(strlen(buf_str(&out)) == out.len);
	buf_free(&out);
	strs_free(&warnings);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header_field f;
	struct header_walk w;
	size_t left = size;

	if (size == 0)
		return 0;
	assert(header_name_length((const char *)data, size) < size);
	assert(header_mailbox_line((const char *)data, size) <= size);
	header_walk_init(&w, data, size);
	while (header_next(&w, &f)) {
		assert(w.left < left);
		left = w.left;
		check_field(&f, data, size);
	}
	return 0;
}
