#include "config/finding.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/alloc.h"

const char *
severity_name(enum severity s)
{
	return s == SEVERITY_ERROR ? "error" : "warning";
}

void
findings_add(struct findings *f, enum severity severity, const char *where,
    const char *mend, const char *what, ...)
{
	struct finding *one;
	va_list ap;

	f->item = xgrow(f->item, f->count, sizeof(*f->item));
	one = &f->item[f->count++];
	if (severity == SEVERITY_ERROR)
		f->errors++;
	va_start(ap, what);
	*one = (struct finding){.severity = severity,
	    .what = xvasprintf(what, ap),
	    .where = xstrdup(where),
	    .mend = xstrdup(mend)};
	va_end(ap);
}

void
findings_free(struct findings *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->item[i].what);
		free(f->item[i].where);
		free(f->item[i].mend);
	}
	free(f->item);
	*f = (struct findings){0};
}
