#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "noroshi.h"

static bool
is_label(enum noroshi_tlp label)
{
	enum noroshi_tlp again;

	return label >= NOROSHI_TLP_CLEAR && label <= NOROSHI_TLP_RED &&
	       noroshi_tlp_parse(noroshi_tlp_name(label), &again) &&
	       again == label;
}

/* A label put in front or behind may raise what was found, never lower it. */
static void
check_raised(const char *text, size_t len, const struct noroshi_tlp_found *was)
{
	static const char *const more[] = {"TLP:CLEAR ", " TLP:GREEN"};
	struct noroshi_tlp_found now;
	char *longer = xmalloc(len + 32);

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(more[i]), first = i == 0 ? n : 0;

		memcpy(longer + first, text, len);
		memcpy(longer + (i == 0 ? 0 : len), more[i], n);
		assert(noroshi_tlp_find(
		    longer, len + n, NOROSHI_TLP_SUBJECT, &now));
		assert(!was->found || now.label >= was->label);
	}
	free(longer);
}

static void
check_place(const char *text, size_t len, enum noroshi_tlp_place place)
{
	struct noroshi_tlp_found found, again;

	if (!noroshi_tlp_find(text, len, place, &found)) {
		assert(!found.found);
	} else {
		assert(found.found && is_label(found.label) && found.len > 0);
		assert(found.offset <= len && found.len <= len - found.offset);
		assert(noroshi_tlp_find(text + found.offset, found.len,
		    NOROSHI_TLP_SUBJECT, &again));
		assert(again.label == found.label);
	}
	assert(!found.quoted || is_label(found.quoted_label));
	if (place == NOROSHI_TLP_SUBJECT && utf8_is(text, len))
		check_raised(text, len, &found);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	enum noroshi_tlp label;
	char *line;

	check_place((const char *)data, size, NOROSHI_TLP_SUBJECT);
	check_place((const char *)data, size, NOROSHI_TLP_BODY);
	check_place((const char *)data, size, NOROSHI_TLP_FILENAME);
	line = fuzz_line(&f);
	assert(!noroshi_tlp_parse(line, &label) || is_label(label));
	free(line);
	return 0;
}
