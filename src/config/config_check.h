/* config_check.h - whether a value may stand in a setting, and why not. */
#ifndef CONFIG_CONFIG_CHECK_H
#define CONFIG_CONFIG_CHECK_H

#include "config/config.h"

/*
 * Checks a string, or one string of a list, against the setting's kind.
 * Returns NULL where it is right, else what is wrong and what was expected;
 * the caller's.
 */
char *config_check(const struct config_setting *s, const char *value);

/* As config_check, for an integer. */
char *config_check_integer(const struct config_setting *s, long long value);

/* True for local@domain in ASCII, RFC 5321 section 4.1.2, unquoted. */
bool config_is_address(const char *s);

/* Letters to change, add, leave out or swap to make b of a; at most limit. */
size_t config_distance(const char *a, const char *b, size_t limit);

#endif
