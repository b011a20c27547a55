#include "people/class.h"

#include <string.h>

static const char *const class_names[] = {
    [CLASS_STAFF] = "staff",
    [CLASS_CONSTITUENT] = "constituent",
    [CLASS_VENDOR] = "vendor",
    [CLASS_COORDINATOR] = "coordinator",
    [CLASS_ISAC] = "isac",
    [CLASS_FIRST] = "first",
    [CLASS_PARTNER] = "partner",
    [CLASS_FINDER] = "finder",
    [CLASS_PUBLIC] = "public",
};

static const char *const verified_names[] = {
    [VERIFIED_MET] = "met",
    [VERIFIED_VIDEO] = "video",
    [VERIFIED_PHONE] = "phone",
    [VERIFIED_SPONSOR] = "sponsor",
    [VERIFIED_DIRECTORY] = "directory",
    [VERIFIED_NONE] = "none",
};

static const char *const role_names[] = {
    "poc", "deputy", "approver", "legal", "pr", "handler", "observer"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Its place among the words, or count. */
static size_t
word_find(const char *const *word, size_t count, const char *text)
{
	size_t i = 0;

	while (i < count && strcmp(word[i], text) != 0)
		i++;
	return i;
}

const char *class_name(enum class c)
{
	return class_names[c];
}

bool
class_parse(const char *text, enum class *out)
{
	size_t i = word_find(class_names, COUNT(class_names), text);

	if (i == COUNT(class_names))
		return false;
	*out = (enum class)i;
	return true;
}

const char *
verified_name(enum verified v)
{
	return verified_names[v];
}

bool
verified_parse(const char *text, enum verified *out)
{
	size_t i = word_find(verified_names, COUNT(verified_names), text);

	if (i == COUNT(verified_names))
		return false;
	*out = (enum verified)i;
	return true;
}

bool
role_is_known(const char *role)
{
	return word_find(role_names, COUNT(role_names), role) <
	       COUNT(role_names);
}
