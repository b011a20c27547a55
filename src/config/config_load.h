/* config_load.h - reads noroshi.conf with libconfig, and names each mistake. */
#ifndef CONFIG_CONFIG_LOAD_H
#define CONFIG_CONFIG_LOAD_H

#include "config/config.h"

/*
 * Reads file. Every mistake is one line "FILE:LINE: what is wrong, what was
 * expected" in errors, all of them, not only the first. Returns -1 with
 * ERR_CONFIG and the first of them in e; ERR_NOINPUT where the file cannot be
 * opened. An unknown name is a mistake, with the nearest known name.
 */
int config_load(
    struct config **out, const char *file, struct strs *errors, struct err *e);

/* The folder of the role programs; the caller's. */
char *config_libexec(void);

/* The file to read: option, else $NOROSHI_CONF, ./noroshi.conf, sysconfdir. */
char *config_find(const char *option);

#endif
