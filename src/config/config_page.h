/* config_page.h - what the settings of pages must be together. */
#ifndef CONFIG_CONFIG_PAGE_H
#define CONFIG_CONFIG_PAGE_H

#include "config/config_mistake.h"

/* Checks c, which was read from root: a program that is there, known words. */
void config_page_check(
    struct mistakes *m, const struct config *c, const config_setting_t *root);

#endif
