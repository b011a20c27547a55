#include "message/header.h"

#include <string.h>
#include <strings.h>

#include "message/charset.h"
#include "message/words.h"

void
header_walk_init(struct header_walk *w, const void *block, size_t len)
{
	w->p = block;
	w->left = len;
}

size_t
header_name_length(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && line[n] > 32 && line[n] < 127 && line[n] != ':')
		n++;
	if (n == 0)
		return 0;
	for (size_t i = n; i < len; i++) {
		if (line[i] == ':')
			return n;
		if (line[i] != ' ' && line[i] != '\t')
			break;
	}
	return 0;
}

static size_t
line_length(const char *p, size_t left)
{
	const char *lf = left == 0 ? NULL : memchr(p, '\n', left);

	return lf == NULL ? left : (size_t)(lf - p) + 1;
}

size_t
header_mailbox_line(const char *data, size_t len)
{
	if (len <= 5 || memcmp(data, "From ", 5) != 0)
		return 0;
	return line_length(data, len);
}

static bool
is_continuation(const char *p, size_t left)
{
	size_t i = 0;

	if (left == 0 || (p[0] != ' ' && p[0] != '\t'))
		return false;
	/* A line of white space only still continues, RFC 5322 section 4.2. */
	while (i < left && (p[i] == ' ' || p[i] == '\t'))
		i++;
	return true;
}

bool
header_next(struct header_walk *w, struct header_field *f)
{
	size_t line = line_length(w->p, w->left);
	size_t name = header_name_length(w->p, line);
	size_t len = line;
	const char *colon;

	if (name == 0)
		return false;
	while (is_continuation(w->p + len, w->left - len))
		len += line_length(w->p + len, w->left - len);
	colon = memchr(w->p + name, ':', line - name);
	f->name = w->p;
	f->name_len = name;
	f->body = colon + 1;
	f->body_len = len - (size_t)(f->body - w->p);
	w->p += len;
	w->left -= len;
	while (f->body_len > 0 && (f->body[f->body_len - 1] == '\n' ||
				      f->body[f->body_len - 1] == '\r'))
		f->body_len--;
	return true;
}

bool
header_is(const struct header_field *f, const char *name)
{
	return f->name_len == strlen(name) &&
	       strncasecmp(f->name, name, f->name_len) == 0;
}

void
header_unfold(struct buf *out, const struct header_field *f)
{
	const char *p = f->body;
	size_t left = f->body_len;

	while (left > 0) {
		const char *lf = memchr(p, '\n', left);
		size_t n = lf == NULL ? left : (size_t)(lf - p);
		size_t used = lf == NULL ? left : n + 1;

		if (lf != NULL && n > 0 && p[n - 1] == '\r')
			n--;
		if (n > 0)
			buf_put(out, p, n);
		p += used;
		left -= used;
	}
}

static void
trimmed(const struct buf *b, const char **p, size_t *len)
{
	*p = buf_str(b);
	*len = b->len;
	while (*len > 0 && strchr(" \t\r", (*p)[*len - 1]) != NULL &&
	       (*p)[*len - 1] != '\0')
		(*len)--;
	while (*len > 0 && (**p == ' ' || **p == '\t')) {
		(*p)++;
		(*len)--;
	}
}

void
header_line(
    struct buf *out, const struct header_field *f, struct strs *warnings)
{
	struct buf raw;
	const char *p;
	size_t len;

	buf_init(&raw, f->body_len + 1);
	header_unfold(&raw, f);
	trimmed(&raw, &p, &len);
	charset_line(out, NULL, p, len, warnings);
	buf_free(&raw);
}

void
header_text(
    struct buf *out, const struct header_field *f, struct strs *warnings)
{
	struct buf line;

	buf_init(&line, 8 * f->body_len + 64);
	header_line(&line, f, warnings);
	words_decode(out, buf_str(&line), line.len, warnings);
	buf_free(&line);
}
