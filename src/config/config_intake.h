/* config_intake.h - what the members of one source of mail must be together. */
#ifndef CONFIG_CONFIG_INTAKE_H
#define CONFIG_CONFIG_INTAKE_H

#include "config/config_mistake.h"

#define CONFIG_IMAP_DONE "Noroshi-done"
#define CONFIG_IMAP_REFUSED "Noroshi-refused"
#define CONFIG_IMAP_POLL 60 /* seconds */
#define CONFIG_IMAP_TIMEOUT 60 /* seconds */

/*
 * Checks in, which was read from at and is shown as name, and fills in what
 * was not set.
 */
void config_intake_check(struct mistakes *m, const struct config *c,
    struct config_intake *in, const config_setting_t *at, const char *name);

#endif
