#include <string.h>

#include "base/clock.h"
#include "fuzz.h"
#include "message/date.h"

#define YEAR_10000 INT64_C(253402300800) /* seconds since the epoch */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t t = date_parse((const char *)data, size);
	char text[CLOCK_RFC5322];

	/* A zone may carry it over the end of the last year. */
	assert(t < YEAR_10000 + 7 * 86400);
	if (t > 0 && t < YEAR_10000) {
		(void)clock_rfc5322(t, text);
		assert(date_parse(text, strlen(text)) == t);
	}
	return 0;
}
