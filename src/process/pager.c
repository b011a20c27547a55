#include "process/pager.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/pack.h"
#include "process/secret_command.h"

#define PAGER_WORD_MAX 64 /* bytes of what the queue says */

struct pager {
	const struct config *config;
	struct secret_command command;
	uint64_t id; /* what is asked for */
};

struct pager *
pager_create(const struct config *config)
{
	struct pager *p = xcalloc(1, sizeof(*p));

	p->config = config;
	p->command.fd = -1;
	return p;
}

void
pager_free(struct pager *p)
{
	if (p == NULL)
		return;
	secret_command_stop(&p->command);
	free(p);
}

void
pager_poll(const struct pager *p, struct pollfd *fd)
{
	*fd = (struct pollfd){.fd = p->command.fd, .events = POLLIN};
}

int64_t
pager_until(const struct pager *p)
{
	return p->command.pid != 0 ? p->command.until : 0;
}

static void
pager_answer(struct child *queue, uint64_t id, const struct err *why)
{
	struct buf body;

	if (queue->control == NULL)
		return;
	buf_init(&body, 1024);
	pack_u64(&body, id);
	pack_u64(&body, (uint64_t)why->code);
	pack_str(&body, why->text);
	if (ipc_send(queue->control, IPC_PAGED, &body, -1, NULL) == -1)
		log_debug("the queue has gone");
	buf_free(&body);
}

/* Letters, digits and '-': what a case's number and a priority are made of. */
static bool
pager_is_word(const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);

	return len > 0 && len <= PAGER_WORD_MAX && text[0] != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
			    "YZ0123456789-") == len;
}

static void
pager_start(struct pager *p, struct child *queue, const char *name,
    const char *priority, uint64_t cases)
{
	const struct strs *command = &p->config->page_command;
	char **argv = xcalloc(command->count + 4, sizeof(*argv));
	struct err e = {0};
	size_t n = 0;

	for (size_t i = 0; i < command->count; i++)
		argv[n++] = xstrdup(command->item[i]);
	argv[n++] = xstrdup(name);
	argv[n++] = xstrdup(priority);
	argv[n++] = xasprintf("%llu", (unsigned long long)cases);
	if (secret_command_start_words(&p->command, argv, PAGER_MS, &e) == -1)
		pager_answer(queue, p->id, &e);
	for (size_t i = 0; i < n; i++)
		free(argv[i]);
	free(argv);
}

/* A queue that died and was started anew asks again while the command runs:
 * its end answers for the same page, another one waits. */
static void
pager_busy(const struct pager *p, struct child *queue, uint64_t id)
{
	struct err e = {0};

	if (id == p->id)
		return;
	err_set(&e, ERR_TEMP, "another page is under way");
	pager_answer(queue, id, &e);
}

int
pager_ask(struct pager *p, struct child *queue, const struct ipc_frame *frame)
{
	char *name, *priority;
	struct unpack u;
	uint64_t id, cases;
	bool good;

	unpack_init(&u, frame->body, frame->len);
	id = unpack_u64(&u);
	name = unpack_str(&u);
	priority = unpack_str(&u);
	cases = unpack_u64(&u);
	good = unpack_done(&u) && p->config->page_command.count > 0 &&
	       pager_is_word(name) && pager_is_word(priority);
	if (good && p->command.pid != 0) {
		pager_busy(p, queue, id);
	} else if (good) {
		p->id = id;
		pager_start(p, queue, name, priority, cases);
	}
	free(name);
	free(priority);
	return good ? 0 : -1;
}

void
pager_look(struct pager *p, struct child *child, size_t count)
{
	struct err e = {0};

	if (p->command.pid == 0 || secret_command_ended(&p->command, &e) == 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (child[i].role == ROLE_QUEUE)
			pager_answer(&child[i], p->id, &e);
}
