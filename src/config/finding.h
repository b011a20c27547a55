/* finding.h - what is wrong with a gateway: what, where, how to mend it. */
#ifndef CONFIG_FINDING_H
#define CONFIG_FINDING_H

#include <stdbool.h>
#include <stddef.h>

/* An error keeps something from working or is a danger; a warning may. */
enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct finding {
	enum severity severity;
	char *what; /* one line each */
	char *where;
	char *mend;
};

/* In the order in which they were found; {0} is none. */
struct findings {
	struct finding *item;
	size_t count;
	size_t errors; /* of them */
};

/* The severity's word, constant. */
const char *severity_name(enum severity s);

/* Adds one; what is a printf format. The strings are copied. */
void findings_add(struct findings *f, enum severity severity, const char *where,
    const char *mend, const char *what, ...)
    __attribute__((format(printf, 5, 6)));

/* Frees what is in it, and leaves none. */
void findings_free(struct findings *f);

#endif
