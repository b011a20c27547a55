#include "deliver/smtp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* In this order: each looks for what the one before it declares. */
#include "deliver/tunnel.h"

#include <auth-client.h>

#include <libesmtp.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "deliver/envelope.h"
#include "deliver/mailfile.h"
#include "deliver/watch.h"

#define SMTP_ANSWERS 10 /* of one session, before that to the mail */
#define SMTP_SLOWEST 8192 /* bytes a second of a mail, at least */

struct smtp {
	char *host;
	char *helo;
	char *user;
	char *password;
	uint16_t port;
	int64_t timeout; /* seconds */
	int64_t patience; /* seconds */
	enum smtp_tls mode;
	struct tls *tls; /* NULL: none */
	struct tunnel *tunnel; /* of the session, or NULL */
	auth_context_t auth; /* NULL: none */
	struct watch watch;
	bool no_starttls; /* in this session */
	struct mailfile mailfile;
	/* the mail under way */
	const struct smtp_flow *flow;
	struct smtp_mail mail;
	smtp_message_t message; /* the session's; NULL: none yet */
	smtp_recipient_t recipient;
	bool over; /* its result was told, and there is no next one yet */
	unsigned mails; /* of this session, with this one */
};

static int
smtp_login(auth_client_request_t request, char **result, int fields, void *arg)
{
	const struct smtp *s = arg;

	for (int i = 0; i < fields; i++)
		if ((request[i].flags & AUTH_USER) != 0)
			result[i] = s->user;
		else if ((request[i].flags & AUTH_PASS) != 0)
			result[i] = s->password;
		else
			return 0;
	return 1;
}

static int
smtp_open_login(struct smtp *s, const struct smtp_server *server, struct err *e)
{
	if (server->user == NULL)
		return 0;
	/* libesmtp copies both without a look at their length. */
	if (server->password == NULL || strlen(server->user) > SMTP_LOGIN ||
	    strlen(server->password) > SMTP_LOGIN)
		return err_set(e, ERR_CONFIG,
		    "SMTP: user or password is too long, or there is none");
	s->user = xstrdup(server->user);
	s->password = xstrdup(server->password);
	s->watch.password = s->password;
	auth_client_init();
	s->auth = auth_create_context();
	if (s->auth == NULL)
		return err_set(e, ERR_TEMP, "SMTP: authentication: %m");
	/* In clear text, but inside TLS, or on this host. */
	auth_set_mechanism_flags(s->auth, AUTH_PLUGIN_PLAIN, 0);
	auth_set_interact_cb(s->auth, smtp_login, s);
	return 0;
}

/* What we call ourselves where nobody said it. */
static char *
smtp_own_name(void)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	char name[256];

	if (gethostname(name, sizeof(name)) == -1)
		return xstrdup("localhost");
	name[sizeof(name) - 1] = '\0';
	return xstrdup(name[0] != '\0' && name[strspn(name, good)] == '\0'
			   ? name
			   : "localhost");
}

int
smtp_open(struct smtp **out, const struct smtp_server *server, struct err *e)
{
	struct smtp *s = xcalloc(1, sizeof(*s));
	int rc = -1;

	*out = NULL;
	s->host = xstrdup(server->host);
	s->helo =
	    server->helo != NULL ? xstrdup(server->helo) : smtp_own_name();
	s->port = server->port;
	s->timeout = server->timeout;
	s->patience = server->patience;
	s->mode = server->tls;
	s->watch.wants_tls = s->mode != SMTP_CLEAR;
	if ((s->mode != SMTP_CLEAR &&
		tls_open(&s->tls, s->host, server->ca_file, e) == -1) ||
	    smtp_open_login(s, server, e) == -1 ||
	    watch_open(&s->watch, e) == -1)
		goto out;
	/*
	 * A ticket of TLS 1.3 comes unasked, and libesmtp takes it for the
	 * answer to a command that it has not sent yet, and waits for good.
	 */
	if (s->mode == SMTP_STARTTLS)
		SSL_CTX_set_max_proto_version(
		    tls_context(s->tls), TLS1_2_VERSION);
	*out = s;
	s = NULL;
	rc = 0;
out:
	smtp_close(s);
	return rc;
}

void
smtp_close(struct smtp *s)
{
	if (s == NULL)
		return;
	watch_close(&s->watch);
	if (s->auth != NULL)
		auth_destroy_context(s->auth);
	tls_close(s->tls);
	if (s->password != NULL)
		explicit_bzero(s->password, strlen(s->password));
	free(s->password);
	free(s->user);
	free(s->helo);
	free(s->host);
	free(s);
}

/* Seconds for all of one mail. */
static int64_t
smtp_time(const struct smtp *s)
{
	return SMTP_ANSWERS * s->timeout + s->patience +
	       s->mailfile.size / SMTP_SLOWEST;
}

static void
smtp_connected(struct smtp *s)
{
	struct err e = {0};
	int on = 1;

	watch_connected(&s->watch, smtp_time(s));
	/* Split writes would wait for acknowledgements, 40 ms each. */
	(void)setsockopt(
	    s->watch.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (s->mode != SMTP_IMPLICIT)
		return;
	if (tunnel_open(&s->tunnel, s->tls, s->watch.fd, (int)s->timeout * 1000,
		&e) == -1)
		watch_cut(&s->watch, e.text);
	else
		s->watch.secured = true;
}

static void
smtp_disconnected(struct smtp *s)
{
	s->watch.fd = -1;
	tunnel_close(s->tunnel);
	s->tunnel = NULL;
}

static void smtp_answered(struct smtp *s, smtp_session_t session, int event);

static void
smtp_event(smtp_session_t session, int event, void *arg, ...)
{
	struct smtp *s = arg;
	va_list ap;

	switch (event) {
	case SMTP_EV_MAILSTATUS:
	case SMTP_EV_MESSAGESENT:
		smtp_answered(s, session, event);
		break;
	case SMTP_EV_CONNECT:
		smtp_connected(s);
		break;
	case SMTP_EV_DISCONNECT:
		smtp_disconnected(s);
		break;
	case SMTP_EV_STARTTLS_OK:
		s->watch.secured = true;
		break;
	case SMTP_EV_EXTNA_STARTTLS:
		s->no_starttls = true;
		break;
	case SMTP_EV_WRONG_PEER_CERTIFICATE:
		/*
		 * libesmtp compares with the name that DNS leads to. OpenSSL
		 * has compared with the name that was configured, or there
		 * would be no handshake.
		 */
		va_start(ap, arg);
		*va_arg(ap, int *) = 1;
		va_end(ap);
		break;
	default:
		break;
	}
}

static void
smtp_monitor(const char *bytes, int len, int writing, void *arg)
{
	struct smtp *s = arg;

	if (writing == SMTP_CB_READING)
		watch_hear(&s->watch, bytes, (size_t)len);
	else if (writing == SMTP_CB_WRITING)
		watch_say(&s->watch, bytes, (size_t)len);
}

/* libesmtp asks with len for a piece, without it for the start. */
static const char *
smtp_read(void **context, int *len, void *arg)
{
	struct smtp *s = arg;
	const char *piece;
	size_t n;

	(void)context;
	if (len == NULL) {
		mailfile_rewind(&s->mailfile);
		return NULL;
	}
	piece = mailfile_next(&s->mailfile, &n);
	/* The end of what can be read must not look like the end of the mail.
	 */
	if (s->mailfile.broken || s->mailfile.at > s->mailfile.size) {
		watch_cut(&s->watch, "the mail's file could not be read");
		n = 0;
	}
	*len = (int)n;
	errno = s->mailfile.broken ? EIO : 0;
	return piece;
}

/* Where status is a refusal: fills e and returns true. */
static bool
smtp_refused(const struct smtp *s, const char *what,
    const smtp_status_t *status, struct err *e)
{
	struct buf b;
	enum err_code code;

	if (status == NULL || status->code < 400 || status->code > 599)
		return false;
	/* 530, 534, 535, 538: RFC 4954 section 6; a mistake on our side. */
	code = status->code < 500 || status->code == 530 ||
		       status->code == 534 || status->code == 535 ||
		       status->code == 538
		   ? ERR_TEMP
		   : ERR_DENIED;
	buf_init(&b, 4 * WATCH_LINE);
	buf_putf(&b, "%s: %d ", what, status->code);
	if (status->enh_class != 0)
		buf_putf(&b, "%d.%d.%d ", status->enh_class,
		    status->enh_subject, status->enh_detail);
	watch_words(&s->watch, &b, status->text == NULL ? "" : status->text);
	(void)err_set(e, code, "%s", buf_str(&b));
	buf_free(&b);
	return true;
}

/* libesmtp calls a time-out a lost connection. */
static bool
smtp_silent(const struct smtp *s)
{
	return s->watch.heard_at != 0 &&
	       clock_monotonic_ms() - s->watch.heard_at >= s->timeout * 1000;
}

/* No answer refused it, and none took it. */
static int
smtp_failed(const struct smtp *s, struct err *e)
{
	const struct watch *w = &s->watch;
	const char *wrong = s->tls == NULL ? NULL : tls_wrong(s->tls);
	char reason[128];
	struct buf b;

	if (w->cut && !w->late) {
		*e = w->why;
	} else if (wrong != NULL) {
		(void)err_set(e, ERR_TEMP, "TLS: %s", wrong);
	} else if (s->no_starttls) {
		(void)err_set(e, ERR_TEMP, "TLS: STARTTLS is not offered");
	} else if (w->late || smtp_silent(s)) {
		(void)err_set(e, ERR_TEMP, "no answer in time");
	} else if (w->said[0] == '4' || w->said[0] == '5') {
		buf_init(&b, 4 * WATCH_LINE);
		watch_words(&s->watch, &b, w->said);
		(void)err_set(e, ERR_TEMP, "%s", buf_str(&b));
		buf_free(&b);
	} else {
		(void)err_set(e, ERR_TEMP, "%s",
		    smtp_strerror(smtp_errno(), reason, sizeof(reason)));
	}
	return -1;
}

/*
 * The session's own result says that all went well where nothing did, and a
 * status alone may be that of a piece of the mail: complete is set after the
 * answer to the whole.
 */
static int
smtp_verdict(const struct smtp *s, struct err *e)
{
	const smtp_status_t *whole = smtp_message_transfer_status(s->message);
	const smtp_status_t *to = smtp_recipient_status(s->recipient);

	if (smtp_recipient_check_complete(s->recipient) &&
	    to->code / 100 == 2 && whole->code / 100 == 2)
		return 0;
	/* In the order they are said, as one makes the next ones fail. */
	if (smtp_refused(
		s, "MAIL FROM", smtp_reverse_path_status(s->message), e) ||
	    smtp_refused(s, "RCPT TO", to, e) ||
	    smtp_refused(s, "the mail", whole, e))
		return -1;
	return smtp_failed(s, e);
}

/*
 * True where the server had ended a session that we went on with: it knows
 * nothing of this mail, and that is no fault of anybody's.
 */
static bool
smtp_stale(const struct smtp *s)
{
	const smtp_status_t *from = smtp_reverse_path_status(s->message);

	return s->mails > 1 && !s->watch.cut && !s->watch.late &&
	       (from->code == 0 || from->code == 421);
}

static void
smtp_tell(struct smtp *s, int rc, struct err *e)
{
	if (rc == -1)
		(void)err_in(e, "%s", s->host);
	else
		*e = (struct err){0};
	s->over = true;
	/* Whoever answered a command is there, whatever it said. */
	s->flow->done(s->flow->ctx, e,
	    s->message != NULL &&
		smtp_reverse_path_status(s->message)->code != 0);
}

static int
smtp_prepare(struct smtp *s, smtp_session_t session, struct err *e)
{
	const int override = Timeout_OVERRIDE_RFC2822_MINIMUM;
	const long ms = (long)s->timeout * 1000;
	char *server = xasprintf("%s:%u", s->host, (unsigned)s->port);
	int good = smtp_set_server(session, server) &&
		   smtp_set_hostname(session, s->helo) &&
		   smtp_set_eventcb(session, smtp_event, s) &&
		   smtp_set_monitorcb(session, smtp_monitor, s, 0) &&
		   smtp_set_timeout(session, Timeout_GREETING | override, ms) &&
		   smtp_set_timeout(session, Timeout_ENVELOPE | override, ms) &&
		   smtp_set_timeout(session, Timeout_DATA | override, ms) &&
		   smtp_set_timeout(session, Timeout_TRANSFER | override, ms) &&
		   smtp_set_timeout(session, Timeout_DATA2 | override,
		       (long)s->patience * 1000);

	free(server);
	if (good && s->auth != NULL)
		good = smtp_auth_set_context(session, s->auth);
	if (good && s->mode == SMTP_STARTTLS)
		good = smtp_starttls_enable(session, Starttls_REQUIRED) &&
		       smtp_starttls_set_ctx(session, tls_context(s->tls));
	return good ? 0 : err_set(e, ERR_TEMP, "SMTP: session: %m");
}

static int
smtp_check(struct smtp *s, struct err *e)
{
	const struct smtp_mail *m = &s->mail;

	if (m->to[0] == '\0')
		return err_set(e, ERR_DENIED, "no address to send to");
	if (envelope_check(m->from, e) == -1 || envelope_check(m->to, e) == -1)
		return -1;
	return mailfile_open(&s->mailfile, m->fd, e);
}

/* Asks for the next one; what cannot be sent at all is told at once. */
static bool
smtp_next(struct smtp *s)
{
	while (s->flow->next(s->flow->ctx, &s->mail)) {
		struct err e = {0};

		s->message = NULL;
		s->over = false;
		if (smtp_check(s, &e) == 0)
			return true;
		smtp_tell(s, -1, &e);
	}
	return false;
}

/* RFC 3461. Where the server has no DSN, libesmtp leaves it all out. */
static bool
smtp_reports(const struct smtp *s)
{
	const struct smtp_mail *m = &s->mail;

	/* RFC 3834 section 3.3: nothing comes back for the null sender. */
	if (m->from[0] == '\0')
		return smtp_dsn_set_notify(s->recipient, Notify_NEVER);
	return smtp_dsn_set_ret(s->message, Ret_HDRS) &&
	       smtp_dsn_set_notify(
		   s->recipient, Notify_FAILURE | Notify_DELAY) &&
	       (m->envid == NULL || !envelope_fits_xtext(m->envid) ||
		   smtp_dsn_set_envid(s->message, m->envid)) &&
	       (!envelope_fits_xtext(m->to) ||
		   smtp_dsn_set_orcpt(s->recipient, "rfc822", m->to));
}

static int
smtp_add(struct smtp *s, smtp_session_t session, struct err *e)
{
	const struct smtp_mail *m = &s->mail;

	s->message = smtp_add_message(session);
	s->recipient =
	    s->message == NULL ? NULL : smtp_add_recipient(s->message, m->to);
	if (s->recipient == NULL ||
	    !smtp_set_reverse_path(s->message, m->from) ||
	    !smtp_set_messagecb(s->message, smtp_read, s) ||
	    !smtp_size_set_estimate(
		s->message, (unsigned long)s->mailfile.size) ||
	    !smtp_reports(s))
		return err_set(e, ERR_TEMP, "SMTP: session: %m");
	s->mails++;
	return 0;
}

/*
 * A mail's fate is known: libesmtp goes on with one that is added now. That of
 * a DATA that was refused comes too late for that, and the next one then gets a
 * session of its own.
 */
static void
smtp_answered(struct smtp *s, smtp_session_t session, int event)
{
	const smtp_status_t *from = smtp_reverse_path_status(s->message);
	struct err e = {0};

	if (s->over || (event == SMTP_EV_MAILSTATUS && from->code / 100 == 2) ||
	    smtp_stale(s))
		return;
	watch_rest(&s->watch);
	smtp_tell(s, smtp_verdict(s, &e), &e);
	if (s->watch.cut || s->watch.late || s->mails >= SMTP_MAILS ||
	    !smtp_next(s))
		return;
	watch_again(&s->watch, smtp_time(s));
	if (smtp_add(s, session, &e) == -1)
		smtp_tell(s, -1, &e);
}

static int
smtp_session(struct smtp *s, struct err *e)
{
	smtp_session_t session = smtp_create_session();
	int rc = -1;

	s->no_starttls = false;
	s->message = NULL;
	s->mails = 0;
	if (session == NULL)
		return err_set(e, ERR_TEMP, "session: %m");
	if (smtp_prepare(s, session, e) == -1 || smtp_add(s, session, e) == -1)
		goto out;
	if (s->tls != NULL)
		tls_forget(s->tls);
	watch_begin(&s->watch, s->timeout);
	(void)smtp_start_session(session);
	watch_end(&s->watch);
	smtp_disconnected(s);
	rc = 0;
	if (!s->over && !smtp_stale(s)) {
		rc = smtp_verdict(s, e);
		smtp_tell(s, rc, e);
	}
	s->message = NULL;
out:
	smtp_destroy_session(session);
	return rc;
}

void
smtp_submit(
    struct smtp *s, const struct smtp_mail *first, const struct smtp_flow *flow)
{
	struct err e = {0};

	s->flow = flow;
	s->mail = *first;
	s->message = NULL;
	s->over = false;
	if (smtp_check(s, &e) == -1)
		smtp_tell(s, -1, &e);
	while (!s->over)
		if (smtp_session(s, &e) == -1 && !s->over)
			smtp_tell(s, -1, &e);
	explicit_bzero(&s->mailfile.chunk, sizeof(s->mailfile.chunk));
}
