/* tls.h - TLS to a server whose name has to be proven. */
#ifndef DELIVER_TLS_H
#define DELIVER_TLS_H

#include <openssl/ssl.h>

#include "base/err.h"

struct tls;

/*
 * TLS 1.2 or later. A handshake fails unless the certificate's chain ends in
 * ca_file (PEM; NULL: the system's) and the certificate is for host, a name or
 * an IPv4 address (RFC 6125). ERR_TEMP: ca_file cannot be read.
 */
int tls_open(
    struct tls **out, const char *host, const char *ca_file, struct err *e);
void tls_close(struct tls *t); /* NULL is fine */

SSL_CTX *tls_context(struct tls *t); /* still ours */

/*
 * What was wrong with the server's certificate since tls_forget, or NULL;
 * borrowed for good.
 */
const char *tls_wrong(const struct tls *t);
void tls_forget(struct tls *t);

#endif
