#include "cases/span.h"

#include "base/alloc.h"
#include "cases/ascii.h"
#include "cases/defang.h"

bool
span_is_host_byte(char c)
{
	return is_alnum(c) || is_dot(c) || c == '-' || c == '_';
}

char *
span_copy(struct span s, char (*change)(char))
{
	char *copy = xstrndup(s.p, s.len);

	for (size_t i = 0; i < s.len; i++) {
		if (copy[i] == DEFANG_DOT)
			copy[i] = '.';
		if (change != NULL)
			copy[i] = change(copy[i]);
	}
	return copy;
}

struct span
span_trimmed(struct span s, const char *set)
{
	while (s.len > 0 && is_in(*s.p, set)) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && is_in(s.p[s.len - 1], set))
		s.len--;
	return s;
}
