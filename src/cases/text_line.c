#include "cases/text_line.h"

#include <string.h>
#include <unicase.h>
#include <uninorm.h>

#include "base/alloc.h"

bool
text_line_next(
    const char **text, size_t *len, const char *marks, struct text_line *out)
{
	const char *line = *text, *end;
	size_t n, many = strlen(marks);

	if (*len == 0)
		return false;
	end = memchr(line, '\n', *len);
	n = end == NULL ? *len : (size_t)(end - line);
	*text += end == NULL ? n : n + 1;
	*len -= end == NULL ? n : n + 1;
	if (n == 3 && memcmp(line, "-- ", 3) == 0)
		return false;
	*out = (struct text_line){.quoted = false};
	for (; n > 0 && memchr(marks, *line, many) != NULL; line++, n--)
		out->quoted = out->quoted || *line == '>';
	out->bytes = line;
	out->len = n;
	return true;
}

uint8_t *
text_line_fold(const struct text_line *line, size_t *len)
{
	const uint8_t *bytes = (const uint8_t *)line->bytes;
	uint8_t *folded =
	    u8_casefold(bytes, line->len, NULL, UNINORM_NFKC, NULL, len);

	if (folded != NULL)
		return folded;
	*len = line->len;
	return xmemdup(bytes, line->len);
}
