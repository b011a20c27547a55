#include "process/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/pack.h"
#include "process/secret.h"
#include "process/secret_command.h"

struct secrets {
	const struct config *config;
	struct secret_command *command; /* one for each IMAP source */
	size_t count;
};

struct secrets *
secrets_create(const struct config *config)
{
	struct secrets *s = xcalloc(1, sizeof(*s));

	s->config = config;
	s->count = config_imaps(config);
	s->command = xcalloc(s->count + 1, sizeof(*s->command));
	for (size_t i = 0; i < s->count; i++)
		s->command[i].fd = -1;
	return s;
}

void
secrets_free(struct secrets *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		secret_command_stop(&s->command[i]);
	free(s->command);
	free(s);
}

size_t
secrets_count(const struct secrets *s)
{
	return s->count;
}

void
secrets_poll(const struct secrets *s, struct pollfd *p)
{
	for (size_t i = 0; i < s->count; i++)
		p[i] =
		    (struct pollfd){.fd = s->command[i].fd, .events = POLLIN};
}

int64_t
secrets_until(const struct secrets *s)
{
	int64_t until = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->command[i].pid != 0 &&
		    (until == 0 || s->command[i].until < until))
			until = s->command[i].until;
	return until;
}

/* One that has gone meanwhile asks again when it is back. */
static void
secrets_answer(struct child *c, const char *secret, const struct err *why)
{
	struct buf body;

	if (secret == NULL)
		log_warning("no password for an IMAP source: number=%u "
			    "error=%s",
		    c->number, why->text);
	if (c->control == NULL)
		return;
	buf_init_secret(&body, SECRET_TOKEN_MAX + 1024);
	pack_str(&body, secret);
	pack_str(&body, why->text);
	if (ipc_send(c->control, IPC_SECRET, &body, -1, NULL) == -1)
		log_debug("an intake has gone: number=%u", c->number);
	buf_free(&body);
}

static const char *
secrets_command(const struct config_intake *in)
{
	return in->token_command != NULL ? in->token_command
					 : in->password_command;
}

void
secrets_ask(struct secrets *s, struct child *c)
{
	const struct config_intake *in = config_imap(s->config, c->number);
	struct err e = {0};
	char *secret = NULL;

	if (in == NULL || c->number > s->count)
		return;
	if (in->password_file != NULL) {
		(void)secret_read(&secret, in->password_file, &e);
		secrets_answer(c, secret, &e);
		secret_free(secret);
		return;
	}
	/* Whoever started anew gets the answer to what the last one asked. */
	if (s->command[c->number - 1].pid != 0)
		return;
	if (secret_command_start(&s->command[c->number - 1],
		secrets_command(in), SECRET_COMMAND_MS, &e) == -1)
		secrets_answer(c, NULL, &e);
}

void
secrets_look(struct secrets *s, struct child *child, size_t count)
{
	for (size_t i = 0; i < s->count; i++) {
		struct err e = {0};
		char *secret;

		if (s->command[i].pid == 0 ||
		    secret_command_look(&s->command[i], &secret, &e) == 0)
			continue;
		for (size_t j = 0; j < count; j++)
			if (child[j].role == ROLE_INTAKE &&
			    child[j].number == i + 1)
				secrets_answer(&child[j], secret, &e);
		secret_free(secret);
	}
}
