/*
 * landlock.h - a process gives up the files and the ports it does not name.
 *
 * Landlock, landlock(7), by raw system calls: the C library of Debian 12 has
 * no names for them. What the running kernel does not know of it is left out;
 * what was open before landlock_enter stays as it was.
 */
#ifndef PROCESS_LANDLOCK_H
#define PROCESS_LANDLOCK_H

#include <stdint.h>

#include "base/err.h"

/*
 * The first version that lets a file go from one folder to another, as each
 * message does between spool/tmp and spool/new; Linux 5.19.
 */
#define LANDLOCK_LEAST 2

/* What may be done with what lies at or below a path. */
enum landlock_right {
	LANDLOCK_MAY_LIST = 1, /* read the names in folders */
	LANDLOCK_MAY_READ = 2, /* read files and folders */
	LANDLOCK_MAY_WRITE = 4, /* into files that are there */
	LANDLOCK_MAY_CHANGE = 8, /* make, rename and remove files and folders */
	LANDLOCK_MAY_RUN = 16
};

/* The version that this kernel has; 0: none. */
int landlock_version(void);

struct landlock; /* the rules, before they hold */

/*
 * *out refuses every file, and every TCP port where the kernel can (version
 * 4). It is the caller's. ERR_SERVICE below LANDLOCK_LEAST.
 */
int landlock_create(struct landlock **out, struct err *e);
void landlock_free(struct landlock *l);

/*
 * Allows rights, of enum landlock_right joined by |, at the file or folder
 * that path names now, and below it. One that is not there is no error: it
 * gets no rule, also when it comes later.
 */
int landlock_allow(
    struct landlock *l, const char *path, unsigned rights, struct err *e);

/* Allows to connect to that TCP port. */
int landlock_allow_port(struct landlock *l, uint16_t port, struct err *e);

/*
 * From here the rules hold, for this process and all that it starts. It must
 * have no new privileges. There is no way back.
 */
int landlock_enter(const struct landlock *l, struct err *e);

#endif
