/* option.h - the words of a command line, by getopt_long(3). */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include <getopt.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The next option's val, 0 after the last one (operands stand from optind on,
 * wherever they stood), -1 for a mistake (ERR_USAGE). Its value is optarg.
 */
int option_next(
    int argc, char **argv, const struct option *table, struct err *e);

/*
 * Operands left; ERR_USAGE unless there are at least min, at most max, and the
 * first one that has to be there is not empty.
 */
int option_operands(
    int argc, char **argv, int min, int max, const char *what, struct err *e);

/* A positive number that is all of text. ERR_USAGE where it is none. */
int option_id(const char *text, const char *what, int64_t *out, struct err *e);

/* NULL, or 1 to max bytes of UTF-8 that are not all blanks; else ERR_DATA. */
int option_text(const char *text, const char *option, int max, struct err *e);

/* ERR_USAGE, naming the words, unless text is one of them (NULL ends them). */
int option_word(const char *text, const char *const *words, const char *what,
    struct err *e);

#endif
