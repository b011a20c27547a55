#include "cases/closing.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/deadline.h"

/* Categories in which nothing happened to anybody. */
static bool
closing_is_incident(const char *category)
{
	static const char *const others[] = {
	    "scan", "spam", "vulnerability", "exercise"};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (category != NULL && strcmp(category, others[i]) == 0)
			return false;
	return category != NULL;
}

/* Whether cause and remedy have to be said. */
static bool
closing_asks(const struct config *c, const struct case_file *file,
    const struct handling *h)
{
	if (strcmp(c->close_needs, "never") == 0)
		return false;
	if (strcmp(h->harm, "none") != 0 ||
	    strcmp(c->close_needs, "always") == 0)
		return true;
	return strcmp(c->close_needs, "incident") == 0 &&
	       closing_is_incident(file->category);
}

static char *
closing_handling(const struct config *c, const struct case_file *file,
    const struct handling *h)
{
	bool unknown =
	    (h->cause != NULL && strcmp(h->cause, HANDLING_UNKNOWN) == 0) ||
	    (h->remedy != NULL && strcmp(h->remedy, HANDLING_UNKNOWN) == 0);

	if (case_is_apt(file) && h->decision == NULL)
		return xstrdup("an APT is suspected, and what was decided is "
			       "not said (noroshi case set --decision)");
	if (!closing_asks(c, file, h))
		return NULL;
	if (!h->has_cause || !h->has_remedy)
		return xasprintf("its %s not said (noroshi case set --cause, "
				 "--remedy; \"unknown\" with --accepted-by)",
		    h->has_cause    ? "remedy is"
		    : h->has_remedy ? "cause is"
				    : "cause and remedy are");
	if (unknown && h->accepted_by == 0)
		return xstrdup("its cause or remedy is unknown, and nobody "
			       "accepts that (noroshi case set --accepted-by)");
	return NULL;
}

static void
closing_said(char **is, const char *said)
{
	if (said == NULL)
		return;
	free(*is);
	*is = xstrdup(said);
}

int
closing_lacks(struct db *db, struct vault *v, const struct config *c,
    const struct case_file *file, const struct handling *said, char **what,
    struct err *e)
{
	struct handling h;
	char *clock;

	*what = NULL;
	if (deadline_open(db, file->id, &clock, e) == -1)
		return -1;
	if (clock != NULL)
		*what = xasprintf(
		    "its deadline %s is neither done nor stopped (noroshi "
		    "deadline done, stop)",
		    clock);
	free(clock);
	if (*what != NULL)
		return 0;
	if (handling_get(db, v, file, &h, e) == -1)
		return -1;
	if (said != NULL) {
		closing_said(&h.harm, said->harm);
		closing_said(&h.cause, said->cause);
		closing_said(&h.remedy, said->remedy);
		h.has_cause = h.has_cause || said->cause != NULL;
		h.has_remedy = h.has_remedy || said->remedy != NULL;
	}
	*what = closing_handling(c, file, &h);
	handling_free(&h);
	return 0;
}
