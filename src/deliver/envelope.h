/* envelope.h - what may stand in the commands of SMTP. */
#ifndef DELIVER_ENVELOPE_H
#define DELIVER_ENVELOPE_H

#include <stdbool.h>

#include "base/err.h"

#define ENVELOPE_ADDRESS                                                       \
	254 /* bytes, RFC 5321 section 4.5.3.1.3 less < and >                  \
	     */
#define ENVELOPE_XTEXT 240 /* bytes, what libesmtp's buffer surely holds */

/* ERR_DENIED where the address, which may be empty, cannot be written there. */
int envelope_check(const char *address, struct err *e);

/* Whether libesmtp can write it as xtext (RFC 3461 section 4). */
bool envelope_fits_xtext(const char *text);

#endif
