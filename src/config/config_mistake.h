/* config_mistake.h - what is wrong in a configuration, and on which line. */
#ifndef CONFIG_CONFIG_MISTAKE_H
#define CONFIG_CONFIG_MISTAKE_H

#include <libconfig.h>

#include "config/config.h"

/* Lines "FILE:LINE: NAME: what is wrong, what was expected". */
struct mistakes {
	const char *file; /* where libconfig names none; borrowed */
	const char *folder; /* its folder, or NULL; borrowed */
	struct strs lines;
};

/*
 * The file that libconfig names, from where the program runs; NULL: that of m.
 * The caller's.
 */
char *mistake_source(const struct mistakes *m, const char *file);

/* file is as libconfig names it, NULL: that of m; line 0: the first. */
void mistake(struct mistakes *m, const char *file, unsigned int line,
    const char *name, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/*
 * A mistake where at stands. what is released; where it is NULL there is no
 * mistake. Returns true where there was one.
 */
bool mistake_take(struct mistakes *m, const config_setting_t *at,
    const char *name, char *what);

/* The value is of another type than the one that was expected. */
void mistake_type(struct mistakes *m, const config_setting_t *at,
    const char *name, const char *expected);

/* name, which is shown as shown, is not in table: the nearest one is named. */
void mistake_unknown(struct mistakes *m, const config_setting_t *at,
    const char *shown, const struct config_setting *table, const char *name);

#endif
