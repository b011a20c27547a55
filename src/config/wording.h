/*
 * wording.h - the texts that the gateway writes by itself, in each language:
 * built in, or a team's own (the setting "templates", noroshi.conf(5)).
 *
 * A text is UTF-8: a line "Subject: ...", an empty line, then what is said.
 * {case}, {team}, {address} and {key} stand for values; other braces are a
 * mistake, which is found when the configuration is loaded.
 */
#ifndef CONFIG_WORDING_H
#define CONFIG_WORDING_H

#include "base/buf.h"
#include "base/err.h"

enum wording {
	WORDING_ACKNOWLEDGEMENT,
	WORDING_ACKNOWLEDGEMENT_SHORT, /* in clear, to encrypted mail */
	WORDINGS
};

/* What the names in braces stand for; none is NULL. */
struct wording_values {
	const char *incident; /* {case} */
	const char *team;
	const char *address;
	const char *key;
};

/*
 * Appends subject and text in a language ("en", "ja"). A team's own text that
 * was broken since the configuration was loaded is passed over with a warning
 * in the log. folder: of the team's own texts, or NULL.
 */
void wording_make(const char *folder, const char *language, enum wording which,
    const struct wording_values *v, struct buf *subject, struct buf *text);

/*
 * Reads all of the team's own texts; what is wrong first, the caller's, or NULL
 * where nothing is.
 */
char *wording_check(const char *folder);

#endif
