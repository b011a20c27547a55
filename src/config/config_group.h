/* config_group.h - what the members of a group must be to each other. */
#ifndef CONFIG_CONFIG_GROUP_H
#define CONFIG_CONFIG_GROUP_H

#include <stdbool.h>

#include "config/config_mistake.h"

/*
 * Checks a group of setting s that was read from at, against itself and the
 * groups before it in c: rules have a result and a name of their own, users
 * one contact. Notes the line in a rule.
 */
void config_group_check(struct mistakes *m, const struct config *c,
    const struct config_setting *s, void *group, const config_setting_t *at,
    const char *name);

#endif
