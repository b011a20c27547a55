/* daemon.h - whether noroshid works on this gateway now. */
#ifndef CLI_DAEMON_H
#define CLI_DAEMON_H

#include <stdbool.h>

#include "config/config.h"

bool daemon_runs(const struct config *c);

#endif
