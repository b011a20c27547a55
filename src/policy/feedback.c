#include "policy/feedback.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"

void
feedback_free(struct feedback *f)
{
	free(f->type);
	strs_free(&f->sources);
	*f = (struct feedback){0};
}

/* The line at *at without its end; *at is behind it then. */
static const char *
line_at(const char *text, size_t len, size_t *at, size_t *line_len)
{
	const char *line = text + *at;
	const char *end = memchr(line, '\n', len - *at);

	*line_len = end == NULL ? len - *at : (size_t)(end - line);
	*at += end == NULL ? *line_len : *line_len + 1;
	if (*line_len > 0 && line[*line_len - 1] == '\r')
		(*line_len)--;
	return line;
}

/* One safe line without blanks around it; the caller's. */
static char *
value_of(const struct buf *raw)
{
	const char *s = buf_str(raw);
	size_t len = raw->len;
	struct buf safe;

	while (len > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		len--;
	}
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	/* Each byte may become U+FFFD, of three. */
	buf_init(&safe, 3 * FEEDBACK_VALUE_MAX + 1);
	(void)utf8_put_line(&safe, s, len);
	return buf_take_str(&safe);
}

static void
field_done(
    struct feedback *out, const char *name, size_t len, const struct buf *raw)
{
	static const char *const sources[] = {"Source-IP", "Reported-URI",
	    "Reported-Domain", "Original-Mail-From"};
	char *value = value_of(raw);

	if (out->type == NULL && len == strlen("Feedback-Type") &&
	    strncasecmp(name, "Feedback-Type", len) == 0)
		out->type = xstrdup(value);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (len == strlen(sources[i]) &&
		    strncasecmp(name, sources[i], len) == 0 &&
		    out->sources.count < FEEDBACK_SOURCES_MAX)
			strs_add(&out->sources, value);
	free(value);
}

/* What fits is put; the rest of a longer value is left off. */
static void
value_put(struct buf *value, const char *s, size_t len)
{
	if (len > value->max - value->len)
		len = value->max - value->len;
	if (len > 0)
		buf_put(value, s, len);
}

void
feedback_read(const char *text, size_t len, struct feedback *out)
{
	struct buf value;
	const char *name = NULL;
	size_t at = 0, name_len = 0;

	*out = (struct feedback){0};
	buf_init(&value, FEEDBACK_VALUE_MAX);
	while (at < len) {
		size_t n;
		const char *line = line_at(text, len, &at, &n);
		const char *colon = n == 0 ? NULL : memchr(line, ':', n);

		if (n > 0 && (*line == ' ' || *line == '\t')) {
			value_put(&value, line, n);
			continue;
		}
		if (name != NULL)
			field_done(out, name, name_len, &value);
		buf_clear(&value);
		name = colon == NULL ? NULL : line;
		if (colon == NULL)
			continue;
		name_len = (size_t)(colon - line);
		value_put(&value, colon + 1, n - name_len - 1);
	}
	if (name != NULL)
		field_done(out, name, name_len, &value);
	buf_free(&value);
}
