#include "policy/category.h"

#include <string.h>

struct category {
	const char *name;
	const char *rsit; /* Reference Security Incident Taxonomy */
	bool has_floor;
	enum noroshi_tlp floor;
};

static const struct category categories[] = {
    {.name = "scan", .rsit = "information-gathering:scanner"},
    {.name = "forged-mail", .rsit = "fraud:masquerade"},
    {.name = "intrusion", .rsit = "intrusions:system-compromise"},
    {.name = "phishing", .rsit = "fraud:phishing"},
    {.name = "dos", .rsit = "availability:dos"},
    {.name = "malware", .rsit = "malicious-code:infected-system"},
    {.name = "spam", .rsit = "abusive-content:spam"},
    {.name = "apt",
	.rsit = "other:undetermined",
	.has_floor = true,
	.floor = NOROSHI_TLP_AMBER_STRICT},
    {.name = "insider",
	.rsit = "information-content-security:unauthorised-information-access",
	.has_floor = true,
	.floor = NOROSHI_TLP_AMBER_STRICT},
    {.name = "ics"}, /* by its effect, which a person names */
    {.name = "leak", .rsit = "information-content-security:data-leak"},
    {.name = "vulnerability", .rsit = "vulnerable:vulnerable-system"},
    {.name = "exercise", .rsit = "test:test"},
};

static const struct category *
category_find(const char *name)
{
	for (size_t i = 0; i < sizeof(categories) / sizeof(*categories); i++)
		if (name != NULL && strcmp(categories[i].name, name) == 0)
			return &categories[i];
	return NULL;
}

const char *
category_rsit(const char *category)
{
	const struct category *c = category_find(category);

	return c != NULL ? c->rsit : NULL;
}

bool
category_is_known(const char *category)
{
	return category_find(category) != NULL;
}

bool
category_floor(const char *category, enum noroshi_tlp *floor)
{
	const struct category *c = category_find(category);

	if (c == NULL || !c->has_floor)
		return false;
	*floor = c->floor;
	return true;
}
