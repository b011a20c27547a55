#include "deliver/tls.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"

/* Of TLS 1.2; RFC 9325 section 4.2. */
#define TLS_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20"

struct tls {
	SSL_CTX *context;
	char *host;
	bool is_name; /* not an address: the server is told it (RFC 6066) */
	int wrong; /* X509_V_ERR_..., or X509_V_OK */
};

static struct tls *
tls_of(const SSL *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

static int
tls_verify(int ok, X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(
	    store, SSL_get_ex_data_X509_STORE_CTX_idx());

	if (!ok)
		tls_of(ssl)->wrong = X509_STORE_CTX_get_error(store);
	return ok;
}

/* libesmtp makes the SSL and does not name the server in it. */
static void
tls_state(const SSL *ssl, int where, int value)
{
	const struct tls *t = tls_of(ssl);

	(void)value;
	/* Cast: OpenSSL only shows it, and has no other moment for this. */
	if ((where & SSL_CB_HANDSHAKE_START) != 0 && t->is_name)
		SSL_set_tlsext_host_name((SSL *)(uintptr_t)ssl, t->host);
}

static int
tls_trust(struct tls *t, const char *ca_file, struct err *e)
{
	if (ca_file == NULL) {
		if (SSL_CTX_set_default_verify_paths(t->context) == 1)
			return 0;
		return err_set(e, ERR_TEMP, "TLS: no certificates to trust");
	}
	if (SSL_CTX_load_verify_file(t->context, ca_file) == 1)
		return 0;
	return err_set(e, ERR_TEMP, "TLS: %s: %s", ca_file,
	    ERR_reason_error_string(ERR_peek_last_error()));
}

/* The name that was configured, not the one that DNS leads to. */
static bool
tls_expect(struct tls *t)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(t->context);

	X509_VERIFY_PARAM_set_hostflags(
	    param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (t->is_name)
		return X509_VERIFY_PARAM_set1_host(param, t->host, 0) == 1;
	return X509_VERIFY_PARAM_set1_ip_asc(param, t->host) == 1;
}

int
tls_open(struct tls **out, const char *host, const char *ca_file, struct err *e)
{
	struct tls *t = xcalloc(1, sizeof(*t));
	struct in_addr address;
	int rc = -1;

	*out = NULL;
	t->host = xstrdup(host);
	t->is_name = inet_pton(AF_INET, host, &address) != 1;
	t->context = SSL_CTX_new(TLS_client_method());
	if (t->context == NULL ||
	    SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(t->context, TLS_CIPHERS) != 1 ||
	    !tls_expect(t)) {
		err_set(e, ERR_TEMP, "TLS: %s",
		    ERR_reason_error_string(ERR_peek_last_error()));
		goto out;
	}
	SSL_CTX_set_app_data(t->context, t);
	SSL_CTX_set_verify(t->context, SSL_VERIFY_PEER, tls_verify);
	SSL_CTX_set_info_callback(t->context, tls_state);
	if (tls_trust(t, ca_file, e) == -1)
		goto out;
	*out = t;
	t = NULL;
	rc = 0;
out:
	ERR_clear_error();
	tls_close(t);
	return rc;
}

void
tls_close(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_CTX_free(t->context);
	free(t->host);
	free(t);
}

SSL_CTX *
tls_context(struct tls *t)
{
	return t->context;
}

const char *
tls_wrong(const struct tls *t)
{
	if (t->wrong == X509_V_OK)
		return NULL;
	return X509_verify_cert_error_string(t->wrong);
}

void
tls_forget(struct tls *t)
{
	t->wrong = X509_V_OK;
	/* Old errors in the thread's queue would be taken for new ones. */
	ERR_clear_error();
}
