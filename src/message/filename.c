#include "message/filename.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "message/text.h"

#define ENDING_MAX 16 /* bytes of ".ending" that a long name keeps */

static const char separators[] = "/\\:*?\"<>|";

/* Windows opens these whatever their ending and folder. */
static bool
is_device(const char *name)
{
	static const char *const devices[] = {
	    "con", "prn", "aux", "nul", "conin$", "conout$", "clock$"};
	size_t len = strcspn(name, ".");

	while (len > 0 && name[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (strlen(devices[i]) == len &&
		    strncasecmp(name, devices[i], len) == 0)
			return true;
	/* "COM1", and with a superscript digit, which has two bytes. */
	if (len < 4 || (strncasecmp(name, "com", 3) != 0 &&
			   strncasecmp(name, "lpt", 3) != 0))
		return false;
	return (len == 4 && name[3] >= '0' && name[3] <= '9') ||
	       (len == 5 && strchr("\xb9\xb2\xb3", name[4]) != NULL &&
		   name[3] == '\xc2');
}

/* Separators out, each run of spaces one space; none at the ends. */
static void
tidy(char *name)
{
	char *to = name;

	for (const char *s = name; *s != '\0'; s++) {
		if (*s == ' ' && (to == name || to[-1] == ' '))
			continue;
		*to++ = strchr(separators, *s) == NULL ? *s : '_';
	}
	while (to > name && (to[-1] == ' ' || to[-1] == '.'))
		to--;
	*to = '\0';
}

/* A long name keeps its ending: by that it is known what it is. */
static void
shorten(char *name)
{
	size_t len = strlen(name), keep, ending;
	const char *dot = strrchr(name, '.');

	if (len <= FILENAME_MAX_BYTES)
		return;
	ending = dot == NULL ? 0 : strlen(dot);
	if (ending > ENDING_MAX)
		ending = 0;
	keep = text_clip(name, len, FILENAME_MAX_BYTES - ending);
	if (ending > 0)
		memmove(name + keep, dot, ending);
	name[keep + ending] = '\0';
}

bool
filename_is_safe(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= FILENAME_MAX_BYTES + 1 &&
	       strpbrk(name, separators) == NULL &&
	       strchr(" .-~", name[0]) == NULL && name[len - 1] != ' ' &&
	       name[len - 1] != '.' && !is_device(name);
}

char *
filename_safe(char *name)
{
	char *safe;

	if (name == NULL)
		return NULL;
	tidy(name);
	shorten(name);
	/* Cutting may have bared a space. */
	tidy(name);
	if (*name == '.' || *name == '-' || *name == '~')
		*name = '_';
	if (*name == '\0') {
		free(name);
		return NULL;
	}
	if (!is_device(name))
		return name;
	safe = xasprintf("_%s", name);
	free(name);
	return safe;
}
