#include "deliver/envelope.h"

#include <string.h>

/* A control character or a bracket would end the command that it stands in. */
int
envelope_check(const char *address, struct err *e)
{
	if (strlen(address) > ENVELOPE_ADDRESS)
		return err_set(e, ERR_DENIED,
		    "an address of more than %d bytes", ENVELOPE_ADDRESS);
	for (const char *p = address; *p != '\0'; p++) {
		if ((unsigned char)*p > 0x7e)
			return err_set(e, ERR_DENIED,
			    "an address that is not ASCII would need SMTPUTF8, "
			    "which is not supported");
		if ((unsigned char)*p < ' ' || *p == '<' || *p == '>')
			return err_set(e, ERR_DENIED,
			    "an address with control characters or brackets");
	}
	return 0;
}

/* libesmtp writes three bytes for one and looks at its buffer too late. */
bool
envelope_fits_xtext(const char *text)
{
	size_t len = 0;

	for (const char *p = text; *p != '\0'; p++)
		len += *p == '+' || *p == '=' || *p == ' ' ? 3 : 1;
	return len <= ENVELOPE_XTEXT;
}
