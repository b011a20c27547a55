#include "pgp/verdict.h"

#include <stdlib.h>
#include <string.h>

const char *
encryption_name(enum encryption e)
{
	static const char *const name[] = {
	    [ENCRYPTION_NONE] = "none",
	    [ENCRYPTION_WHOLE] = "whole",
	    [ENCRYPTION_PART] = "part",
	    [ENCRYPTION_FAILED] = "failed",
	};

	return name[e];
}

const char *
signature_status_name(enum signature_status s)
{
	static const char *const name[] = {
	    [SIGNATURE_GOOD] = "good",
	    [SIGNATURE_BAD] = "bad",
	    [SIGNATURE_EXPIRED] = "expired",
	    [SIGNATURE_REVOKED] = "revoked",
	    [SIGNATURE_NO_KEY] = "no-key",
	    [SIGNATURE_ERROR] = "error",
	};

	return name[s];
}

void
verdict_free(struct verdict *v)
{
	if (v == NULL)
		return;
	free(v->signature);
	free(v->part);
	strs_free(&v->missing);
	strs_free(&v->recipients);
	strs_free(&v->warnings);
	strs_free(&v->failures);
	memset(v, 0, sizeof(*v));
}
