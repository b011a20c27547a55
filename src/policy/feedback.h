/*
 * feedback.h - the machine-readable part of an abuse report (RFC 5965 section
 * 3, 6430, 6591).
 */
#ifndef POLICY_FEEDBACK_H
#define POLICY_FEEDBACK_H

#include <stddef.h>

#include "base/strs.h"

#define FEEDBACK_VALUE_MAX 998 /* bytes of a field, RFC 5322 section 2.1.1 */
#define FEEDBACK_SOURCES_MAX 1000

struct feedback {
	char *type; /* Feedback-Type as written: "abuse"; NULL: none */
	struct strs sources; /* of Source-IP, Reported-URI, Reported-Domain and
				Original-Mail-From, as written */
};

/*
 * Reads the body of message/feedback-report, which may be any bytes; what is
 * no field is passed over. out is the caller's to feedback_free. Linear.
 */
void feedback_read(const char *text, size_t len, struct feedback *out);
void feedback_free(struct feedback *f); /* its fields */

#endif
