#include "base/strs.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"

void
strs_add_len(struct strs *l, const char *s, size_t len)
{
	l->item = xgrow(l->item, l->count, sizeof(*l->item));
	l->item[l->count++] = xstrndup(s, len);
}

void
strs_add(struct strs *l, const char *s)
{
	strs_add_len(l, s, strlen(s));
}

void
strs_add_once(struct strs *l, const char *s)
{
	if (!strs_has(l, s))
		strs_add(l, s);
}

bool
strs_has(const struct strs *l, const char *s)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->item[i], s) == 0)
			return true;
	return false;
}

bool
strs_has_case(const struct strs *l, const char *s)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcasecmp(l->item[i], s) == 0)
			return true;
	return false;
}

void
strs_copy(struct strs *to, const struct strs *from)
{
	struct strs copy = {0};

	for (size_t i = 0; i < from->count; i++)
		strs_add(&copy, from->item[i]);
	strs_free(to);
	*to = copy;
}

void
strs_split(struct strs *l, const char *s, const char *separators)
{
	while (*s != '\0') {
		size_t len = strcspn(s, separators);
		const char *next = s + len + (s[len] == '\0' ? 0 : 1);

		while (len > 0 && (*s == ' ' || *s == '\t')) {
			s++;
			len--;
		}
		while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
			len--;
		if (len > 0)
			strs_add_len(l, s, len);
		s = next;
	}
}

char *
strs_join(const struct strs *l, const char *separator)
{
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	for (size_t i = 0; i < l->count; i++) {
		if (i > 0)
			buf_puts(&b, separator);
		buf_puts(&b, l->item[i]);
	}
	return buf_take_str(&b);
}

void
strs_free(struct strs *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->item[i]);
	free(l->item);
	*l = (struct strs){0};
}
