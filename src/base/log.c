#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"

#define LOG_LINE 4096 /* bytes; what is longer is cut */

/* The one state that this code base keeps outside a struct. */
static const char *log_name = "noroshi";
static enum log_level log_level = LOG_LEVEL_INFO;

void
log_init(const char *name, enum log_level level)
{
	log_name = name;
	log_level = level;
}

static void __attribute__((format(printf, 2, 0)))
log_line(enum log_level level, const char *fmt, va_list ap)
{
	static const char *const word[] = {"error", "warning", "info", "debug"};
	char text[LOG_LINE], line[LOG_LINE];
	size_t n;
	int rc;

	if (level > log_level)
		return;
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		return;
	rc = snprintf(line, sizeof(line), "%s: %s: ", log_name, word[level]);
	if (rc < 0)
		return;
	n = (size_t)rc;
	for (const unsigned char *p = (unsigned char *)text;
	     *p != '\0' && n < sizeof(line) - 6; p++) {
		if (*p < 0x20 || *p >= 0x7f || *p == '\\')
			n += (size_t)snprintf(line + n, 5, "\\x%02x", *p);
		else
			line[n++] = (char)*p;
	}
	line[n++] = '\n';
	/* A log that cannot be written has nowhere to say so. */
	if (write(STDERR_FILENO, line, n) == -1)
		return;
}

#define LOG_FUNCTION(name, level)                                              \
	void name(const char *fmt, ...)                                        \
	{                                                                      \
		va_list ap;                                                    \
                                                                               \
		va_start(ap, fmt);                                             \
		log_line(level, fmt, ap);                                      \
		va_end(ap);                                                    \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
