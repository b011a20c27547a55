/* kernel.h - whether the kernel that runs here can confine our processes. */
#ifndef PROCESS_KERNEL_H
#define PROCESS_KERNEL_H

#include "base/err.h"

/*
 * 0 where it has Landlock as landlock.h needs it, and seccomp filters; else
 * ERR_SERVICE with what is missing, in words for an operator.
 */
int kernel_confines(struct err *e);

#endif
