#include "deliver/test_peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"

#define DAY 86400L /* seconds */

/* One client's connection, in the server's process. */
struct visit {
	unsigned mails; /* that were begun */
	const struct peer_script *script;
	SSL_CTX *context;
	SSL *ssl; /* NULL: in clear text */
	int fd;
	int heard; /* the files */
	int mail;
	char line[4096];
};

static void
cert_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(cert, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* A certificate for key; issuer NULL: signed by itself. */
static X509 *
cert_make(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key,
    long until)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_NAME_new();

	assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
			     (const unsigned char *)name, -1, -1, 0),
	    1);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), issuer == NULL ? 1 : 2);
	X509_gmtime_adj(X509_getm_notBefore(cert), -10 * DAY);
	X509_gmtime_adj(X509_getm_notAfter(cert), until);
	X509_set_subject_name(cert, subject);
	X509_set_issuer_name(
	    cert, issuer == NULL ? subject : X509_get_subject_name(issuer));
	X509_set_pubkey(cert, key);
	cert_extension(cert, issuer == NULL ? cert : issuer,
	    NID_basic_constraints,
	    issuer == NULL ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (strstr(name, "localhost") != NULL)
		cert_extension(cert, issuer == NULL ? cert : issuer,
		    NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
	assert_true(X509_sign(cert, issuer_key, EVP_sha256()) > 0);
	X509_NAME_free(subject);
	return cert;
}

/* The context of a server with that kind of certificate; ca.pem beside it. */
static SSL_CTX *
cert_context(enum peer_cert kind, const char *folder)
{
	EVP_PKEY *ca_key = EVP_EC_gen("P-256");
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *ca = cert_make(ca_key, "Test CA", NULL, ca_key, DAY);
	bool alone = kind == PEER_STRANGER;
	X509 *cert = cert_make(key,
	    kind == PEER_OTHER_NAME ? "mail.other.example" : "localhost",
	    alone ? NULL : ca, alone ? key : ca_key,
	    kind == PEER_EXPIRED ? -DAY : DAY);
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	char *path = xasprintf("%s/ca.pem", folder);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, ca), 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(SSL_CTX_use_certificate(context, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
	X509_free(ca);
	X509_free(cert);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	free(path);
	return context;
}

static void
visit_note(int file, const char *bytes, size_t len)
{
	if (write(file, bytes, len) != (ssize_t)len)
		_exit(1);
}

static void
visit_write(struct visit *v, const char *bytes)
{
	size_t len = strlen(bytes);
	ssize_t n = v->ssl != NULL ? SSL_write(v->ssl, bytes, (int)len)
				   : write(v->fd, bytes, len);

	if (n <= 0)
		_exit(0);
}

static bool
visit_byte(struct visit *v, char *c)
{
	return (v->ssl != NULL ? SSL_read(v->ssl, c, 1)
			       : (int)read(v->fd, c, 1)) == 1;
}

static bool
visit_line(struct visit *v)
{
	size_t len = 0;
	char c;

	while (len < sizeof(v->line) - 1 && visit_byte(v, &c)) {
		v->line[len++] = c;
		if (c != '\n')
			continue;
		v->line[len] = '\0';
		return true;
	}
	return false;
}

static void
visit_answer(struct visit *v, const char *answer, const char *usual)
{
	const struct linger hard = {.l_onoff = 1};
	char c;

	if (answer == NULL)
		answer = usual;
	if (strcmp(answer, PEER_RESET) == 0)
		(void)setsockopt(
		    v->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	if (strcmp(answer, PEER_CLOSE) == 0 || strcmp(answer, PEER_RESET) == 0)
		_exit(0);
	if (strcmp(answer, PEER_SILENT) == 0)
		while (visit_byte(v, &c))
			;
	else if (strcmp(answer, PEER_ENDLESS) == 0)
		for (;;)
			visit_write(v, "250 and so on and on and on");
	else if (strcmp(answer, PEER_FLOOD) == 0)
		for (;;)
			visit_write(v, "250-AUTH X1 X2 X3 X4 X5 X6 X7\r\n");
	else
		visit_write(v, answer);
}

static void
visit_tls(struct visit *v)
{
	v->ssl = SSL_new(v->context);
	SSL_set_fd(v->ssl, v->fd);
	if (SSL_accept(v->ssl) != 1)
		_exit(0);
	const char *name =
	    SSL_get_servername(v->ssl, TLSEXT_NAMETYPE_host_name);

	visit_note(v->heard, "SNI ", 4);
	if (name != NULL)
		visit_note(v->heard, name, strlen(name));
	visit_note(v->heard, "\n", 1);
}

static void
visit_data(struct visit *v)
{
	visit_answer(v, v->script->data, "354 go on\r\n");
	if (v->script->data != NULL && v->script->data[0] != '3')
		return;
	while (visit_line(v)) {
		const char *line = v->line;

		if (strcmp(line, ".\r\n") == 0)
			break;
		line += *line == '.' ? 1 : 0;
		visit_note(v->mail, line, strlen(line));
	}
	visit_answer(v, v->script->end, "250 2.0.0 taken\r\n");
}

static void
visit_bdat(struct visit *v)
{
	long size = strtol(v->line + 5, NULL, 10);
	bool last = strstr(v->line, "LAST") != NULL;
	char c;

	while (size-- > 0 && visit_byte(v, &c))
		visit_note(v->mail, &c, 1);
	if (last)
		visit_answer(v, v->script->last, "250 2.0.0 taken\r\n");
	else
		visit_answer(v, v->script->bdat, "250 2.0.0 more\r\n");
}

static bool
says(const struct visit *v, const char *verb)
{
	return strncmp(v->line, verb, strlen(verb)) == 0;
}

static bool
holds(const struct visit *v, const char *words)
{
	return words != NULL && strstr(v->line, words) != NULL;
}

static void
visit_mail(struct visit *v)
{
	const struct peer_script *s = v->script;

	/* Without a word, as after a time-out of its own. */
	if (s->mails != 0 && ++v->mails > s->mails)
		_exit(0);
	visit_answer(v,
	    holds(v, s->bad_from) ? "451 4.3.0 not now\r\n" : s->mail,
	    "250 2.1.0 sender\r\n");
}

static _Noreturn void
visit(struct visit *v)
{
	const struct peer_script *s = v->script;

	if (s->implicit)
		visit_tls(v);
	visit_answer(v, s->greeting, "220 peer\r\n");
	while (visit_line(v)) {
		visit_note(v->heard, v->line, strlen(v->line));
		if (says(v, "EHLO") && v->ssl == NULL) {
			visit_answer(v, s->ehlo,
			    "250-peer\r\n250-PIPELINING\r\n250-SIZE\r\n"
			    "250-ENHANCEDSTATUSCODES\r\n250 STARTTLS\r\n");
		} else if (says(v, "EHLO")) {
			visit_answer(v, s->ehlo_tls,
			    "250-peer\r\n250-PIPELINING\r\n250-SIZE\r\n"
			    "250 ENHANCEDSTATUSCODES\r\n");
		} else if (says(v, "STARTTLS")) {
			visit_answer(v, s->starttls, "220 2.0.0 go on\r\n");
			if (s->starttls == NULL)
				visit_tls(v);
		} else if (says(v, "AUTH")) {
			visit_answer(v, s->auth, "235 2.7.0 known\r\n");
		} else if (says(v, "MAIL")) {
			visit_mail(v);
		} else if (says(v, "RCPT")) {
			visit_answer(v,
			    holds(v, s->bad_rcpt) ? "550 5.1.1 unknown\r\n"
						  : s->rcpt,
			    "250 2.1.5 recipient\r\n");
		} else if (says(v, "DATA")) {
			visit_data(v);
		} else if (says(v, "BDAT")) {
			visit_bdat(v);
		} else if (says(v, "QUIT")) {
			visit_answer(v, NULL, "221 2.0.0 bye\r\n");
		} else {
			visit_answer(v, NULL, "502 5.5.1 what\r\n");
		}
	}
	_exit(0);
}

static int
peer_file(const char *folder, const char *name)
{
	char *path = xasprintf("%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	free(path);
	return fd;
}

static _Noreturn void
peer_serve(int sock, SSL_CTX *context, const struct peer_script *script,
    const char *folder)
{
	struct visit v = {.script = script, .context = context};
	const int on = 1;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGCHLD, SIG_IGN);
	v.heard = peer_file(folder, "heard");
	v.mail = peer_file(folder, "mail");
	for (;;) {
		v.fd = accept(sock, NULL, NULL);
		if (v.fd == -1)
			_exit(1);
		if (fork() == 0) {
			/* A client that stays away must not stay for good. */
			(void)alarm(30);
			(void)setsockopt(
			    v.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
			visit(&v);
		}
		close(v.fd);
	}
}

void
peer_start(struct peer *p, const struct peer_script *script)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr *any = (struct sockaddr *)&address;
	socklen_t len = sizeof(address);
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	SSL_CTX *context;

	(void)signal(SIGPIPE, SIG_IGN);
	p->folder = test_folder_make();
	context = cert_context(script->cert, p->folder);
	assert_int_equal(bind(sock, any, len), 0);
	assert_int_equal(listen(sock, 8), 0);
	assert_int_equal(getsockname(sock, any, &len), 0);
	p->port = ntohs(address.sin_port);
	p->pid = fork();
	assert_int_not_equal(p->pid, -1);
	if (p->pid == 0)
		peer_serve(sock, context, script, p->folder);
	close(sock);
	SSL_CTX_free(context);
}

void
peer_stop(struct peer *p)
{
	if (p->pid > 0) {
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, 0);
	}
	(void)test_folder_remove(p->folder);
	*p = (struct peer){0};
}

static char *
peer_read(const struct peer *p, const char *name)
{
	char *path = xasprintf("%s/%s", p->folder, name);
	char *text = xcalloc(1, 1U << 20);
	FILE *f = fopen(path, "r");

	if (f != NULL) {
		size_t n = fread(text, 1, (1U << 20) - 1, f);

		text[n] = '\0';
		(void)fclose(f);
	}
	free(path);
	return text;
}

char *
peer_heard(const struct peer *p)
{
	return peer_read(p, "heard");
}

char *
peer_mail(const struct peer *p)
{
	return peer_read(p, "mail");
}
