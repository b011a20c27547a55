#include "intake/imap_login.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "intake/imap_guard.h"
#include "message/encoding.h"

#define LOGIN_BYTES 65536 /* of one answer */
#define LOGIN_LINES 200
#define LOGIN_COMMAND 65536 /* bytes of a command */
#define LOGIN_CODE 40 /* bytes of a response code that are shown */

/* A server before it knows us. */
struct login {
	struct imap_stream *stream;
	const struct config_intake *source;
	int timeout;
	bool known; /* it greeted us by PREAUTH */
	bool initial; /* SASL-IR, RFC 4959 */
	bool starttls;
	bool no_login; /* LOGINDISABLED */
	bool plain;
	bool xoauth2;
	struct imap_offers offers;
	char line[IMAP_LINE_MAX];
};

static void
login_allow(struct login *l)
{
	imap_stream_allow(l->stream, LOGIN_BYTES, LOGIN_LINES, 0, l->timeout);
}

static int
login_line(struct login *l, struct err *e)
{
	return imap_stream_line(l->stream, l->line, sizeof(l->line), e);
}

static bool
login_says(const struct login *l, const char *text)
{
	return strncasecmp(l->line, text, strlen(text)) == 0;
}

/* " [CODE]" of an answer, where it has one of plain characters; or "". */
static const char *
login_code(const struct login *l, char code[LOGIN_CODE])
{
	const char *open = strchr(l->line, '[');
	size_t len =
	    open == NULL ? 0 : strspn(open + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-");

	code[0] = '\0';
	if (len > 0 && open[len + 1] == ']' && len + 4 < LOGIN_CODE)
		(void)snprintf(code, LOGIN_CODE, " [%.*s]", (int)len, open + 1);
	return code;
}

static void
login_offer(struct login *l, const char *word, size_t len)
{
	const struct {
		const char *name;
		bool *flag;
	} offers[] = {
	    {"SASL-IR", &l->initial},
	    {"STARTTLS", &l->starttls},
	    {"LOGINDISABLED", &l->no_login},
	    {"AUTH=PLAIN", &l->plain},
	    {"AUTH=XOAUTH2", &l->xoauth2},
	    {"IDLE", &l->offers.idle},
	    {"MOVE", &l->offers.move},
	    {"UIDPLUS", &l->offers.uidplus},
	};

	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
		if (strlen(offers[i].name) == len &&
		    strncasecmp(offers[i].name, word, len) == 0)
			*offers[i].flag = true;
}

/* Reads up to the answer with our tag; what is untagged may say offers. */
static int
login_answer(struct login *l, const char *what, struct err *e)
{
	char code[LOGIN_CODE];

	for (;;) {
		if (login_line(l, e) == -1)
			return -1;
		if (login_says(l, "* CAPABILITY ")) {
			const char *at = l->line + strlen("* CAPABILITY ");

			while (*at != '\0') {
				size_t len = strcspn(at, " ");

				login_offer(l, at, len);
				at += len + strspn(at + len, " ");
			}
		} else if (login_says(l, "* BYE")) {
			return err_set(e, ERR_TEMP, "the server ends it%s",
			    login_code(l, code));
		} else if (login_says(l, "n ")) {
			break;
		} else if (l->line[0] != '*') {
			return err_set(
			    e, ERR_DATA, "IMAP: an answer to nothing");
		}
	}
	if (login_says(l, "n OK"))
		return 0;
	return err_set(e, ERR_DENIED, "the server refuses %s%s", what,
	    login_code(l, code));
}

static int
login_say(struct login *l, const char *command, struct err *e)
{
	login_allow(l);
	return imap_stream_write(l->stream, command, strlen(command), e);
}

/* What was offered before is no longer true: TLS and login change it. */
static int
login_capability(struct login *l, struct err *e)
{
	l->initial = l->starttls = l->no_login = l->plain = l->xoauth2 = false;
	l->offers = (struct imap_offers){0};
	if (login_say(l, "n CAPABILITY\r\n", e) == -1)
		return -1;
	return login_answer(l, "CAPABILITY", e);
}

static int
login_greeting(struct login *l, struct err *e)
{
	char code[LOGIN_CODE];

	login_allow(l);
	if (login_line(l, e) == -1)
		return -1;
	l->known = login_says(l, "* PREAUTH");
	if (!l->known && !login_says(l, "* OK"))
		return err_set(e, ERR_TEMP, "the server does not greet us%s",
		    login_code(l, code));
	return 0;
}

static int
login_starttls(struct login *l, struct tls *tls, struct err *e)
{
	/* Who is known already cannot begin TLS: RFC 9051 section 7.1.4. */
	if (l->known)
		return err_set(e, ERR_DENIED,
		    "the server offers no TLS: it greets by PREAUTH");
	if (login_capability(l, e) == -1)
		return -1;
	if (!l->starttls)
		return err_set(
		    e, ERR_DENIED, "the server does not offer STARTTLS");
	if (login_say(l, "n STARTTLS\r\n", e) == -1 ||
	    login_answer(l, "STARTTLS", e) == -1)
		return -1;
	return imap_stream_secure(l->stream, tls, e);
}

/* The response in base64, with the command or once the server asks for it. */
static int
login_authenticate(struct login *l, const char *mechanism,
    const struct buf *response, struct err *e)
{
	struct buf encoded, command;
	int rc = -1;

	buf_init_secret(&encoded, LOGIN_COMMAND);
	buf_init_secret(&command, LOGIN_COMMAND);
	encoding_base64(&encoded, response->data, response->len);
	buf_putf(&command, "n AUTHENTICATE %s", mechanism);
	if (!l->initial) {
		buf_puts(&command, "\r\n");
		if (login_say(l, buf_str(&command), e) == -1 ||
		    login_line(l, e) == -1)
			goto out;
		if (l->line[0] != '+') {
			err_set(
			    e, ERR_DENIED, "the server refuses %s", mechanism);
			goto out;
		}
		buf_clear(&command);
	} else {
		buf_putc(&command, ' ');
	}
	buf_put(&command, encoded.data, encoded.len);
	buf_puts(&command, "\r\n");
	if (encoded.over || command.over)
		err_set(e, ERR_DENIED, "the token is too long");
	else
		rc = login_say(l, buf_str(&command), e);
out:
	buf_free(&encoded);
	buf_free(&command);
	return rc;
}

static int
login_plain(struct login *l, const char *secret, struct err *e)
{
	struct buf response;
	int rc;

	if (!l->plain)
		return err_set(e, ERR_DENIED,
		    "the server does not offer AUTH=PLAIN; mechanism = "
		    "\"login\" may do");
	buf_init_secret(&response, LOGIN_COMMAND);
	buf_putc(&response, '\0');
	buf_puts(&response, l->source->user);
	buf_putc(&response, '\0');
	buf_puts(&response, secret);
	rc = login_authenticate(l, "PLAIN", &response, e);
	buf_free(&response);
	return rc == -1 ? -1 : login_answer(l, "name and password", e);
}

/* A refusal comes as a challenge, and wants an empty answer first. */
static int
login_xoauth2(struct login *l, const char *secret, struct err *e)
{
	struct buf response;
	int rc;

	if (!l->xoauth2)
		return err_set(
		    e, ERR_DENIED, "the server does not offer AUTH=XOAUTH2");
	buf_init_secret(&response, LOGIN_COMMAND);
	buf_putf(&response, "user=%s\001auth=Bearer ", l->source->user);
	buf_puts(&response, secret);
	buf_puts(&response, "\001\001");
	rc = login_authenticate(l, "XOAUTH2", &response, e);
	buf_free(&response);
	if (rc == -1)
		return -1;
	if (login_line(l, e) == -1)
		return -1;
	if (l->line[0] == '+') {
		if (login_say(l, "\r\n", e) == -1 || login_line(l, e) == -1)
			return -1;
		return err_set(e, ERR_DENIED, "the server refuses the token");
	}
	while (l->line[0] == '*')
		if (login_line(l, e) == -1)
			return -1;
	return login_says(l, "n OK")
		   ? 0
		   : err_set(e, ERR_DENIED, "the server refuses the token");
}

/* RFC 9051 section 4.3: what a quoted string cannot hold goes by PLAIN. */
static int
login_quoted(struct buf *out, const char *text, struct err *e)
{
	buf_puts(out, " \"");
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
			return err_set(e, ERR_DENIED,
			    "name or password is not ASCII, expected "
			    "mechanism = \"plain\"");
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
	buf_putc(out, '"');
	return 0;
}

static int
login_login(struct login *l, const char *secret, struct err *e)
{
	struct buf command;
	int rc = -1;

	if (l->no_login)
		return err_set(e, ERR_DENIED,
		    "the server forbids LOGIN; mechanism = \"plain\" may do");
	buf_init_secret(&command, LOGIN_COMMAND);
	buf_puts(&command, "n LOGIN");
	if (login_quoted(&command, l->source->user, e) == 0 &&
	    login_quoted(&command, secret, e) == 0) {
		buf_puts(&command, "\r\n");
		rc = login_say(l, buf_str(&command), e);
	}
	buf_free(&command);
	return rc == -1 ? -1 : login_answer(l, "name and password", e);
}

static int
login_prove(struct login *l, const char *secret, struct err *e)
{
	if (l->known)
		return 0;
	if (login_capability(l, e) == -1)
		return -1;
	if (strcmp(l->source->mechanism, "xoauth2") == 0)
		return login_xoauth2(l, secret, e);
	if (strcmp(l->source->mechanism, "login") == 0)
		return login_login(l, secret, e);
	return login_plain(l, secret, e);
}

int
imap_login(struct imap_stream *s, const struct config_intake *source,
    struct tls *tls, const char *secret, int timeout,
    struct imap_offers *offers, struct err *e)
{
	struct login l = {.stream = s, .source = source, .timeout = timeout};
	int rc = -1;

	login_allow(&l);
	if (strcmp(source->tls, "implicit") == 0 &&
	    imap_stream_secure(s, tls, e) == -1)
		goto out;
	if (login_greeting(&l, e) == -1)
		goto out;
	if (strcmp(source->tls, "starttls") == 0 &&
	    login_starttls(&l, tls, e) == -1)
		goto out;
	if (login_prove(&l, secret, e) == -1 || login_capability(&l, e) == -1)
		goto out;
	*offers = l.offers;
	rc = 0;
out:
	return rc == 0 ? 0 : err_in(e, "%s", source->host);
}
