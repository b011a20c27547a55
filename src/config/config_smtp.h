/* config_smtp.h - what the settings of the smtp transport must be together. */
#ifndef CONFIG_CONFIG_SMTP_H
#define CONFIG_CONFIG_SMTP_H

#include "config/config_mistake.h"

/*
 * Checks c, which was read from root. Nothing is asked of these settings while
 * the transport is another one.
 */
void config_smtp_check(
    struct mistakes *m, const struct config *c, const config_setting_t *root);

/* True for localhost and 127.0.0.0/8. */
bool config_is_loopback(const char *host);

/* What is wrong with the file of a password, the caller's; NULL: nothing. */
char *config_password_file(const char *path);

#endif
