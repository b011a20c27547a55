/*
 * service.h - what a service manager is told of the daemon's life.
 *
 * The protocol of sd_notify(3): datagrams of NAME=VALUE lines to the socket
 * in $NOTIFY_SOCKET. It is spoken here, since libsystemd would bring its own
 * libraries into the one process that nothing confines. Nobody listens:
 * nothing is said, and nothing fails.
 */
#ifndef PROCESS_SERVICE_H
#define PROCESS_SERVICE_H

#include <stdint.h>

struct service;

/*
 * Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID. *out is the
 * caller's to service_close, NULL where nobody listens.
 */
void service_open(struct service **out);
void service_close(struct service *s);

/* "READY=1", "STOPPING=1" ...; s may be NULL. */
void service_tell(const struct service *s, const char *state);

/*
 * Milliseconds within which the manager wants a sign of life, 0: none wanted.
 * s may be NULL.
 */
int64_t service_watchdog(const struct service *s);

#endif
