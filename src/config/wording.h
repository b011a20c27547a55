/*
 * wording.h - the texts that the gateway writes by itself, in each language:
 * built in, or a team's own (the setting "templates", noroshi.conf(5)).
 *
 * A text is UTF-8: a line "Subject: ...", an empty line, then what is said.
 * {case}, {team}, {address} and {key} stand for values, in a refusal {reason}
 * too, which has to be there; other braces are a mistake, which is found when
 * the configuration is loaded.
 *
 * A team may have an acknowledgement for a kind, for a class, and for both, in
 * files acknowledgement-KIND.txt, -CLASS.txt and -KIND-CLASS.txt.
 */
#ifndef CONFIG_WORDING_H
#define CONFIG_WORDING_H

#include "base/buf.h"
#include "base/err.h"

enum wording {
	WORDING_ACKNOWLEDGEMENT,
	WORDING_ACKNOWLEDGEMENT_SHORT, /* in clear, to encrypted mail */
	WORDING_ACKNOWLEDGEMENT_VULNERABILITY,
	WORDING_ACKNOWLEDGEMENT_ENQUIRY,
	WORDING_OUT_OF_SCOPE, /* a refusal, which a person asks for */
	WORDINGS
};

/* What the names in braces stand for; none is NULL, but for reason. */
struct wording_values {
	const char *incident; /* {case} */
	const char *team;
	const char *address;
	const char *key;
	const char *reason; /* of WORDING_OUT_OF_SCOPE */
};

/*
 * Appends subject and text in a language ("en", "ja"). A team's own text that
 * was broken since the configuration was loaded is passed over with a warning
 * in the log. folder: of the team's own texts, or NULL.
 */
void wording_make(const char *folder, const char *language, enum wording which,
    const struct wording_values *v, struct buf *subject, struct buf *text);

/*
 * The acknowledgement for a message of that kind (policy/kind.h) by somebody of
 * that class: of the team's own texts the first that is there, for kind and
 * class, kind, class, or all; else the built-in one of the kind.
 */
void wording_acknowledge(const char *folder, const char *language,
    const char *kind, const char *class, const struct wording_values *v,
    struct buf *subject, struct buf *text);

/*
 * Reads all of the team's own texts; what is wrong first, "FILE:LINE: ...", the
 * caller's, or NULL where nothing is. A .txt file with another name is wrong.
 */
char *wording_check(const char *folder);

#endif
