/* config_business.h - when the team works, as the configuration says. */
#ifndef CONFIG_CONFIG_BUSINESS_H
#define CONFIG_CONFIG_BUSINESS_H

#include "base/business_time.h"
#include "config/config.h"

/* As "business" and "holidays" say; borrows from c. */
void config_business_time(const struct config *c, struct business_time *out);

#endif
