#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* What is left is well-formed UTF-8: the text goes into JSON as it is. */
static void
err_clean(char *text)
{
	unsigned char *p = (unsigned char *)text;
	size_t left = strlen(text), n;

	for (; left > 0; p += n, left -= n) {
		uint32_t cp = 0;

		n = utf8_next(p, left, &cp);
		if (n == 0 || cp < 0x20 || utf8_unsafe(cp)) {
			n = n == 0 ? 1 : n;
			memset(p, '?', n);
		}
	}
}

int
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	if (e == NULL)
		return -1;
	e->code = code;
	errno = saved;
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	err_clean(e->text);
	return -1;
}

int
err_in(struct err *e, const char *fmt, ...)
{
	char text[ERR_TEXT];
	va_list ap;
	int n;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(text))
		(void)snprintf(text + n, sizeof(text) - (size_t)n, ": %.*s",
		    (int)(sizeof(text) - (size_t)n), e->text);
	err_clean(text);
	memcpy(e->text, text, sizeof(text));
	return -1;
}
