#include "config/category.h"

#include <string.h>

struct category {
	const char *name;
	const char *rsit; /* Reference Security Incident Taxonomy */
	const char *statistics; /* NULL: "other" */
	bool has_floor;
	enum noroshi_tlp floor;
};

static const struct category categories[] = {
    {.name = "scan",
	.statistics = "scan",
	.rsit = "information-gathering:scanner"},
    {.name = "forged-mail", .rsit = "fraud:masquerade"},
    {.name = "intrusion", .rsit = "intrusions:system-compromise"},
    {.name = "phishing",
	.statistics = "phishing site",
	.rsit = "fraud:phishing"},
    {.name = "dos", .statistics = "DoS/DDoS", .rsit = "availability:dos"},
    {.name = "malware",
	.statistics = "malware site",
	.rsit = "malicious-code:infected-system"},
    {.name = "spam", .rsit = "abusive-content:spam"},
    {.name = "apt",
	.statistics = "targeted attack",
	.rsit = "other:undetermined",
	.has_floor = true,
	.floor = NOROSHI_TLP_AMBER_STRICT},
    {.name = "insider",
	.rsit = "information-content-security:unauthorised-information-access",
	.has_floor = true,
	.floor = NOROSHI_TLP_AMBER_STRICT},
    {.name = "ics",
	.statistics =
	    "control system"}, /* by its effect, which a person names */
    {.name = "leak", .rsit = "information-content-security:data-leak"},
    {.name = "vulnerability",
	.statistics = "vulnerability",
	.rsit = "vulnerable:vulnerable-system"},
    {.name = "exercise", .statistics = "exercise", .rsit = "test:test"},
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

const char *
category_statistics(const char *category)
{
	const struct category *c = category_find(category);

	return c != NULL && c->statistics != NULL ? c->statistics : "other";
}

const char *
category_at(size_t i)
{
	return i < sizeof(categories) / sizeof(*categories) ? categories[i].name
							    : NULL;
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
