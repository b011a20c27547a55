#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "worker/replytext.h"

static void
check_subject(const char *line)
{
	char *once = replytext_subject(line), *twice;

	twice = replytext_subject(once);
	assert(fuzz_is_line(once) && strncmp(once, "Re: ", 4) == 0);
	assert(strcmp(once, twice) == 0);
	free(once);
	free(twice);
}

/* No line that only names one of the staff is left. */
static void
check_names(struct buf *text)
{
	char name[] = "Ann Handler", address[] = "ann@example.org";
	char *addresses[] = {address};
	const struct contact ann = {.name = name,
	    .class = CLASS_STAFF,
	    .addresses = {.item = addresses, .count = 1}};
	size_t before = text->len;

	replytext_unname(&ann, 1, text);
	assert(text->len <= before && fuzz_is_safe(text->data, text->len));
	for (const char *p = buf_str(text); *p != '\0';) {
		size_t n = strcspn(p, "\n");

		assert(n != strlen(name) || strncasecmp(p, name, n) != 0);
		p += n + (p[n] == '\n');
	}
}

/* A line for a subject, then the text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	char *subject = fuzz_safe_line(&f), *text;
	struct buf out;
	size_t len;

	text = fuzz_safe_text(&f, &len);
	buf_init(&out, len + 2);
	replytext_cut(text, len, &out);
	assert(!out.over && fuzz_is_safe(out.data, out.len));
	check_names(&out);
	check_subject(subject);
	buf_free(&out);
	free(subject);
	free(text);
	return 0;
}
