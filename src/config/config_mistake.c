#include "config/config_mistake.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "config/config_check.h"

/*
 * libconfig 1.5 names an included file as the line with @include does, later
 * ones put the folder before it.
 */
char *
mistake_source(const struct mistakes *m, const char *file)
{
	char *path;

	if (file == NULL)
		return xstrdup(m->file);
	if (file[0] == '/' || m->folder == NULL)
		return xstrdup(file);
	path = xasprintf("%s/%s", m->folder, file);
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return xstrdup(file);
}

void
mistake(struct mistakes *m, const char *file, unsigned int line,
    const char *name, const char *fmt, ...)
{
	char *source = mistake_source(m, file);
	va_list ap;
	char *what;
	char *text;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	text =
	    xasprintf("%s:%u: %s: %s", source, line > 0 ? line : 1, name, what);
	strs_add(&m->lines, text);
	free(source);
	free(text);
	free(what);
}

bool
mistake_take(struct mistakes *m, const config_setting_t *at, const char *name,
    char *what)
{
	if (what == NULL)
		return false;
	mistake(m, config_setting_source_file(at),
	    config_setting_source_line(at), name, "%s", what);
	free(what);
	return true;
}

static const char *
type_name(const config_setting_t *at)
{
	switch (config_setting_type(at)) {
	case CONFIG_TYPE_GROUP:
		return "a group { }";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "an integer";
	case CONFIG_TYPE_FLOAT:
		return "a number with a fraction";
	case CONFIG_TYPE_STRING:
		return "a string";
	case CONFIG_TYPE_BOOL:
		return "a boolean";
	case CONFIG_TYPE_ARRAY:
		return "an array [ ]";
	case CONFIG_TYPE_LIST:
		return "a list ( )";
	default:
		return "nothing";
	}
}

void
mistake_type(struct mistakes *m, const config_setting_t *at, const char *name,
    const char *expected)
{
	mistake_take(m, at, name,
	    xasprintf("is %s, expected %s", type_name(at), expected));
}

/* The nearest name of the table or NULL. */
static const char *
nearest(const struct config_setting *s, const char *name)
{
	size_t best = strlen(name) / 2 + 2;
	const char *found = NULL;

	for (; s->name != NULL; s++) {
		size_t d = config_distance(name, s->name, best);

		if (d < best) {
			best = d;
			found = s->name;
		}
	}
	return found;
}

void
mistake_unknown(struct mistakes *m, const config_setting_t *at,
    const char *shown, const struct config_setting *table, const char *name)
{
	const char *near = nearest(table, name);

	if (near != NULL)
		mistake_take(m, at, shown,
		    xasprintf("is no setting, expected perhaps %s", near));
	else
		mistake_take(m, at, shown,
		    xasprintf("is no setting, expected one of "
			      "noroshi.conf(5)"));
}
