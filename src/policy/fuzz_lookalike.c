#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "people/contact_check.h"
#include "policy/domain.h"
#include "policy/lookalike.h"
#include "policy/skeleton.h"

static struct lookalike *index_of_known;

static void
known_make(void)
{
	static const struct lookalike_known known[] = {
	    {1, "Joe Example", "Example Corp", "joe@example.com"},
	    {2, "Ann Handler", "JPCERT/CC", "info@jpcert.or.jp"},
	    {0, "Team", NULL, "team@example.org"}};

	index_of_known = lookalike_create();
	for (size_t i = 0; i < 3; i++)
		lookalike_add(index_of_known, &known[i]);
	lookalike_ready(index_of_known);
}

/* A name in one spelling stays in it. */
static void
check_domain(const char *domain)
{
	char *ascii = domain_ascii(domain), *again = domain_ascii(ascii);
	char *unicode = domain_unicode(domain);
	const char *own = domain_organisation(ascii);

	assert(strcmp(ascii, again) == 0 || strstr(ascii, "..") != NULL ||
	       ascii[strlen(ascii) - 1] == '.');
	assert(own >= ascii && own <= ascii + strlen(ascii));
	assert(domain_aligned(domain, domain));
	free(ascii);
	free(again);
	free(unicode);
	(void)skeleton_mixed(domain);
}

/* Lines: an address, a name. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	char *address = fuzz_safe_line(&f), *name = fuzz_safe_line(&f), *s;
	char *folded = contact_address_fold(address);
	struct strs warnings = {0};

	if (index_of_known == NULL)
		known_make();
	s = skeleton_name(name);
	assert(s != NULL);
	free(s);
	s = skeleton_make(address, strlen(address));
	assert(s != NULL);
	free(s);
	if (folded != NULL) {
		const struct lookalike_question q = {
		    .address = folded, .name = name};
		int64_t who = lookalike_judge(index_of_known, &q, &warnings);

		assert(who >= 0 && who <= 2);
		assert(who == 0 || warnings.count > 0);
		assert(fuzz_are_lines(&warnings) && warnings.count <= 3);
		if (strchr(folded, '@')[1] != '\0')
			check_domain(strchr(folded, '@') + 1);
		s = domain_address_key(folded);
		assert(s != NULL);
		free(s);
	}
	strs_free(&warnings);
	free(folded);
	free(address);
	free(name);
	return 0;
}
