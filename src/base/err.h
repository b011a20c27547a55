/* err.h - what went wrong, and what the caller can do about it. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* The values are those of sysexits(3); a command exits with them. */
enum err_code {
	ERR_NONE = 0,
	ERR_USAGE = 64, /* the call's words are wrong */
	ERR_DATA = 65, /* the input is bad: quarantine, go on */
	ERR_NOINPUT = 66, /* there is no such thing */
	ERR_SERVICE = 69, /* a service or program is missing */
	ERR_BUG = 70, /* a promise of our own is broken */
	ERR_TEMP = 75, /* try again later */
	ERR_DENIED = 77, /* a policy said no */
	ERR_CONFIG = 78 /* the configuration is wrong */
};

#define ERR_TEXT 256 /* bytes, with the final NUL */

struct err {
	enum err_code code;
	char text[ERR_TEXT]; /* one line for a person */
};

/*
 * Fills e from a printf format (%m is errno's text) and returns -1, so that a
 * guard is one line. A NULL e is allowed. Control characters in the result
 * become '?'.
 */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "name: " in front of e's text; returns -1. */
int err_in(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
