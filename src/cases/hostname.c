#include "cases/hostname.h"

#include <libpsl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cases/ascii.h"

#define DOMAIN_MAX 253 /* bytes, RFC 1035 section 2.3.4 */
#define LABEL_MAX 63 /* bytes, RFC 1035 section 2.3.4 */

/*
 * Endings that are countries' names, and far more often those of files where
 * there are two labels alone; and those that hardly anybody registers.
 */
static bool
is_file_ending(const char *tld, size_t labels)
{
	static const char *const endings[] = {"ac", "am", "in", "la", "md",
	    "mk", "mov", "pl", "pm", "ps", "py", "rs", "sh", "so", "zip", "cab",
	    "pub"};
	static const char *const files[] = {"cab", "mov", "pub", "zip"};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (strcasecmp(tld, files[i]) == 0)
			return true;
	for (size_t i = 0;
	     labels == 2 && i < sizeof(endings) / sizeof(*endings); i++)
		if (strcasecmp(tld, endings[i]) == 0)
			return true;
	return false;
}

static bool
labels_are_sound(const char *name, size_t *labels)
{
	size_t len = 0;

	*labels = 1;
	for (const char *p = name;; p++) {
		if (*p != '.' && *p != '\0') {
			if (*p == '-' && len == 0)
				return false;
			len++;
			continue;
		}
		if (len == 0 || len > LABEL_MAX || p[-1] == '-')
			return false;
		if (*p == '\0')
			return true;
		len = 0;
		(*labels)++;
	}
}

/* "the end.This is": two sentences without a space between them. */
static bool
joins_sentences(const char *name, const char *tld)
{
	return is_alpha(name[0]) && lower(name[0]) == name[0] &&
	       upper(tld[0]) == tld[0] && lower(tld[1]) == tld[1];
}

/* "System.IO", "ASP.NET" and "Socket.IO" are parts of programs. */
static bool
is_program(const char *name, const char *tld)
{
	static const char *const programs[] = {
	    "asp.net", "ado.net", "vb.net", "ml.net"};
	size_t small = 0;

	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		if (strcasecmp(name, programs[i]) == 0)
			return true;
	for (const char *p = name; p < tld; p++)
		small += lower(*p) == *p && is_alpha(*p);
	return small > 0 && upper(tld[0]) == tld[0];
}

/* "id_rsa.pub", "1.in": no organisation has such a name. */
static bool
is_unregistrable(const char *name, const char *suffix)
{
	const char *label = suffix - 1;
	size_t digits = 0, len = 0;

	while (label > name && label[-1] != '.')
		label--;
	for (const char *p = label; p < suffix - 1; p++, len++) {
		if (*p == '_')
			return true;
		digits += is_digit(*p);
	}
	return digits == len && len < 3;
}

/*
 * Endings that are no public suffix, and that reports use all the same: hidden
 * services (RFC 7686), and what stands for a name in examples and exercises
 * (RFC 2606). The latter only where a name is meant: "config.example".
 */
static bool
is_special(const char *tld, bool certain)
{
	static const char *const reserved[] = {"example", "test", "invalid"};

	for (size_t i = 0; certain && i < sizeof(reserved) / sizeof(*reserved);
	     i++)
		if (strcmp(tld, reserved[i]) == 0)
			return true;
	return strcmp(tld, "onion") == 0;
}

char *
hostname_domain(const char *p, size_t len, bool certain)
{
	const psl_ctx_t *psl = psl_builtin();
	char *name;
	const char *tld;
	size_t labels;
	bool sound;

	if (len == 0 || len > DOMAIN_MAX)
		return NULL;
	if (memchr(p, DEFANG_DOT, len) != NULL)
		certain = true;
	else if (memchr(p, '.', len) == NULL)
		return NULL;
	name = xstrndup(p, len);
	for (char *at = name; *at != '\0'; at++)
		if (*at == DEFANG_DOT)
			*at = '.';
	tld = strrchr(name, '.');
	sound = tld != NULL && strlen(tld) > 2 && is_alpha(tld[1]) &&
		labels_are_sound(name, &labels) && strchr(tld, '_') == NULL;
	if (sound && !certain && labels == 2 &&
	    (joins_sentences(name, tld + 1) || is_program(name, tld + 1)))
		sound = false;
	if (sound && !certain && is_file_ending(tld + 1, labels))
		sound = false;
	for (char *at = name; *at != '\0'; at++)
		*at = lower(*at);
	if (sound && psl != NULL && !is_special(tld + 1, certain)) {
		const int known = PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE;

		sound = psl_is_public_suffix2(psl, tld + 1, known) &&
			!psl_is_public_suffix2(psl, name, known);
		if (sound && !certain && strpbrk(name, "_0123456789") != NULL)
			sound = !is_unregistrable(
			    name, psl_unregistrable_domain(psl, name));
	}
	if (!sound) {
		free(name);
		return NULL;
	}
	return name;
}
