#include "config/config_business.h"

#define BUSINESS_WEEK 0x3eU /* Monday to Friday */

void
config_business_time(const struct config *c, struct business_time *out)
{
	static const char *const name[] = {
	    "sun", "mon", "tue", "wed", "thu", "fri", "sat"};

	*out = (struct business_time){.zone = c->business_zone,
	    .weekdays = c->business_days.count == 0 ? BUSINESS_WEEK : 0,
	    .from = business_hour(c->business_from),
	    .until = business_hour(c->business_until),
	    .holidays = &c->holidays};
	for (unsigned i = 0; i < 7; i++)
		if (strs_has(&c->business_days, name[i]))
			out->weekdays |= 1U << i;
}
