/* config_template.h - the files that "noroshi init" writes into a folder. */
#ifndef CONFIG_CONFIG_TEMPLATE_H
#define CONFIG_CONFIG_TEMPLATE_H

#include <stdint.h>

/* What is known of a new gateway. NULL, and 0: the setting is left out. */
struct config_template {
	const char *team_name;
	const char *team_address;
	const char *team_key; /* fingerprint */
	const char *case_prefix;
	const char *operator_user; /* Unix user */
	int64_t operator_contact;
};

/*
 * The text of a commented noroshi.conf for a gateway in a folder: every
 * setting with its default, the Maildir "inbox" beside the file, and
 * "rules.conf" and "deadlines.conf", which the functions below give. The
 * caller's.
 */
char *config_template(const struct config_template *t);

/* The text of the default rules.conf; the caller's. */
char *config_template_rules(void);

/* The text of the default deadlines.conf; the caller's. */
char *config_template_deadlines(void);

#endif
