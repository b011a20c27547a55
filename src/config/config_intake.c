#include "config/config_intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "config/config_listen.h"
#include "config/config_smtp.h"

#define USER_MAX 255 /* bytes */
#define MAILBOX_MAX 200 /* bytes */
#define MAILBOXES_MAX 64
#define PORT_IMAPS 993 /* RFC 8314 section 3.2 */
#define PORT_IMAP 143 /* RFC 9051 section 2.1 */

/* One source as it is checked. */
struct source {
	struct mistakes *m;
	struct config_intake *in;
	const config_setting_t *at;
	const char *name;
};

static bool
is_written(const struct source *s, const char *member)
{
	return config_setting_get_member(s->at, member) != NULL;
}

static void
wrong(const struct source *s, const char *member, char *what)
{
	const config_setting_t *at = config_setting_get_member(s->at, member);
	char *shown =
	    at == NULL ? xstrdup(s->name) : xasprintf("%s.%s", s->name, member);

	mistake_take(s->m, at == NULL ? s->at : at, shown, what);
	free(shown);
}

static void
need(const struct source *s, const char *member, const void *value)
{
	/* What is written, but wrongly, is a mistake already. */
	if (value == NULL && !is_written(s, member))
		wrong(s, member,
		    xasprintf("has no %s, expected %s = ...", member, member));
}

/* A setting of the other kind of source would be believed to do something. */
static void
refuse(const struct source *s, const char *const *members)
{
	for (; *members != NULL; members++)
		if (is_written(s, *members))
			wrong(s, *members,
			    xasprintf("means nothing with type = \"%s\"",
				s->in->type));
}

static void
fill(char **value, const char *text)
{
	if (*value == NULL)
		*value = xstrdup(text);
}

static void
check_tls(const struct source *s)
{
	struct config_intake *in = s->in;

	fill(&in->tls, "implicit");
	if (strcmp(in->tls, "off") == 0 && in->host != NULL &&
	    !config_is_loopback(in->host))
		wrong(s, "tls",
		    xasprintf("\"off\" to %s, expected implicit or starttls "
			      "to any host but localhost and 127.0.0.0/8",
			in->host));
	if (in->port == 0)
		in->port =
		    strcmp(in->tls, "implicit") == 0 ? PORT_IMAPS : PORT_IMAP;
}

/* The password comes from one place; a token is no password. */
static void
check_login(const struct source *s)
{
	struct config_intake *in = s->in;
	bool token = in->token_command != NULL;
	int ways = (in->password_file != NULL) +
		   (in->password_command != NULL) + token;

	fill(&in->mechanism, token ? "xoauth2" : "plain");
	if (in->user != NULL && strlen(in->user) > USER_MAX)
		wrong(s, "user",
		    xasprintf("is %zu bytes long, expected at most %d",
			strlen(in->user), USER_MAX));
	if (ways != 1 && !is_written(s, "password_file"))
		wrong(s, "user",
		    xasprintf("has %d ways to a password, expected one of "
			      "password_file, password_command and "
			      "token_command",
			ways));
	else if (token != (strcmp(in->mechanism, "xoauth2") == 0))
		wrong(s, "mechanism",
		    xasprintf("\"%s\" with %s, expected token_command and "
			      "xoauth2 together",
			in->mechanism,
			token ? "a token_command" : "a password"));
	if (in->password_file != NULL) {
		char *what = config_password_file(in->password_file);

		if (what != NULL)
			wrong(s, "password_file", what);
	}
}

static void
check_mailbox(const struct source *s, const char *member, const char *mailbox)
{
	if (strlen(mailbox) > MAILBOX_MAX)
		wrong(s, member,
		    xasprintf("is %zu bytes long, expected at most %d",
			strlen(mailbox), MAILBOX_MAX));
}

static void
check_mailboxes(const struct source *s)
{
	struct config_intake *in = s->in;

	if (in->mailboxes.count == 0 && !is_written(s, "mailboxes"))
		strs_add(&in->mailboxes, "INBOX");
	fill(&in->done, CONFIG_IMAP_DONE);
	fill(&in->refused, CONFIG_IMAP_REFUSED);
	if (in->mailboxes.count == 0 || in->mailboxes.count > MAILBOXES_MAX)
		wrong(s, "mailboxes",
		    xasprintf("has %zu names, expected 1 to %d",
			in->mailboxes.count, MAILBOXES_MAX));
	for (size_t i = 0; i < in->mailboxes.count; i++)
		check_mailbox(s, "mailboxes", in->mailboxes.item[i]);
	check_mailbox(s, "done", in->done);
	check_mailbox(s, "refused", in->refused);
	/* What was taken in would be taken in again, for ever. */
	if (strs_has_case(&in->mailboxes, in->done))
		wrong(s, "done",
		    xasprintf("is one of mailboxes, expected another one"));
	if (strs_has_case(&in->mailboxes, in->refused))
		wrong(s, "refused",
		    xasprintf("is one of mailboxes, expected another one"));
	if (in->poll == 0)
		in->poll = CONFIG_IMAP_POLL;
	if (in->timeout == 0)
		in->timeout = CONFIG_IMAP_TIMEOUT;
}

void
config_intake_check(struct mistakes *m, const struct config *c,
    struct config_intake *in, const config_setting_t *at, const char *name)
{
	static const char *const of_imap[] = {"host", "port", "tls", "ca_file",
	    "user", "mechanism", "password_file", "password_command",
	    "token_command", "mailboxes", "done", "refused", "poll", "again",
	    NULL};
	static const char *const of_maildir[] = {"path", NULL};
	static const char *const of_lmtp[] = {"listen", "mode", "group", NULL};
	struct source s = {.m = m, .in = in, .at = at, .name = name};

	if (in->type == NULL)
		return;
	if (strcmp(in->type, "maildir") == 0) {
		need(&s, "path", in->path);
		refuse(&s, of_imap);
		refuse(&s, of_lmtp);
		return;
	}
	refuse(&s, of_maildir);
	if (strcmp(in->type, "lmtp") == 0) {
		refuse(&s, of_imap);
		config_listen_check(m, c, in, at, name);
		return;
	}
	refuse(&s, of_lmtp);
	need(&s, "host", in->host);
	need(&s, "user", in->user);
	check_tls(&s);
	check_login(&s);
	check_mailboxes(&s);
}
