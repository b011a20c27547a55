#include <stdlib.h>
#include <string.h>

#include "cases/terms.h"
#include "fuzz.h"

struct seen {
	size_t terms;
};

static bool
see(void *context, const char *term, size_t len, bool same)
{
	struct seen *s = context;

	assert(len > 0 && len <= TERMS_WORD && memchr(term, 0, len) == NULL);
	/* what stands with another has one before it */
	assert(!same || s->terms > 0);
	s->terms++;
	return true;
}

/* Any bytes: what is asked of a text has no more terms than it stores. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen stored = {0}, asked = {0};

	terms_walk((const char *)data, size, TERMS_STORE, see, &stored);
	terms_walk((const char *)data, size, TERMS_ASK, see, &asked);
	assert(asked.terms <= stored.terms);
	return 0;
}
