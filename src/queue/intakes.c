#include "queue/intakes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pack.h"
#include "queue/incoming.h"

#define INTAKES_STORED 1024 /* waiting at once: intake asks for far fewer */
#define INTAKES_TOGETHER 64 /* registered in one transaction */

/* What an intake stored and is not registered yet. */
struct stored {
	char *sha;
	uint64_t tag;
	size_t from; /* which intake */
};

void
intakes_init(struct intakes *l, size_t count)
{
	l->count = count;
	l->intake = xcalloc(count, sizeof(*l->intake));
	l->stored = xcalloc(INTAKES_STORED, sizeof(*l->stored));
	l->n_stored = 0;
}

static void
intakes_lose(struct intakes *l, size_t from)
{
	size_t kept = 0;

	ipc_free(l->intake[from].ipc);
	l->intake[from] = (struct intake){0};
	/* A new one tells again of what it got no answer for. */
	for (size_t i = 0; i < l->n_stored; i++)
		if (l->stored[i].from == from)
			free(l->stored[i].sha);
		else
			l->stored[kept++] = l->stored[i];
	l->n_stored = kept;
}

void
intakes_free(struct intakes *l)
{
	for (size_t i = 0; i < l->count; i++)
		intakes_lose(l, i);
	free(l->intake);
	free(l->stored);
	*l = (struct intakes){.count = 0};
}

int
intakes_connect(struct intakes *l, size_t number, int fd)
{
	if (number >= l->count)
		return -1;
	intakes_lose(l, number);
	l->intake[number].ipc = ipc_create(fd);
	return 0;
}

static int
intakes_answer(struct intakes *l, const struct stored *s)
{
	struct buf body;
	int rc;

	buf_init(&body, 64);
	pack_u64(&body, s->tag);
	rc = ipc_send(l->intake[s->from].ipc, IPC_REGISTERED, &body, -1, NULL);
	buf_free(&body);
	return rc;
}

/* The first of those that wait; those that were registered are answered. */
static int
intakes_register_some(struct intakes *l, size_t count, struct db *db,
    struct spool *spool, struct err *e)
{
	struct incoming_message m[INTAKES_TOGETHER];
	struct stored done[INTAKES_TOGETHER];

	for (size_t i = 0; i < count; i++)
		m[i] = (struct incoming_message){.sha = l->stored[i].sha};
	if (incoming_register_all(db, spool, m, count, clock_now(NULL), e) ==
	    -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		log_info("registered: id=%lld sha256=%s duplicate=%d",
		    (long long)m[i].id, m[i].sha, m[i].duplicate);
	memcpy(done, l->stored, count * sizeof(*done));
	l->n_stored -= count;
	memmove(l->stored, l->stored + count, l->n_stored * sizeof(*l->stored));
	for (size_t i = 0; i < count; i++) {
		if (l->intake[done[i].from].ipc != NULL &&
		    intakes_answer(l, &done[i]) == -1)
			intakes_lose(l, done[i].from);
		free(done[i].sha);
	}
	return 0;
}

int
intakes_register(
    struct intakes *l, struct db *db, struct spool *spool, struct err *e)
{
	while (l->n_stored > 0) {
		size_t count = l->n_stored < INTAKES_TOGETHER
				   ? l->n_stored
				   : INTAKES_TOGETHER;
		struct err why = {0};

		if (intakes_register_some(l, count, db, spool, &why) == -1 &&
		    intakes_register_some(l, 1, db, spool, e) == -1)
			return -1;
	}
	return 0;
}

bool
intakes_drained(const struct intakes *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (!l->intake[i].drained)
			return false;
	return l->n_stored == 0;
}

static int
intakes_take_stored(
    struct intakes *l, size_t from, const struct ipc_frame *frame)
{
	struct unpack u;
	char *sha;
	uint64_t tag;

	unpack_init(&u, frame->body, frame->len);
	sha = unpack_str(&u);
	tag = unpack_u64(&u);
	if (!unpack_done(&u) || sha == NULL || l->n_stored == INTAKES_STORED) {
		free(sha);
		return -1;
	}
	l->stored[l->n_stored++] = (struct stored){sha, tag, from};
	return 0;
}

static int
intakes_frame(struct intakes *l, size_t from, const struct ipc_frame *frame)
{
	if (frame->type == IPC_STORED)
		return intakes_take_stored(l, from, frame);
	if (frame->type != IPC_DRAINED)
		return -1;
	l->intake[from].drained = true;
	return 0;
}

static void
intakes_hear_one(struct intakes *l, size_t from)
{
	struct ipc_frame frame;
	int rc = 0;

	while (l->n_stored < INTAKES_STORED &&
	       (rc = ipc_next(l->intake[from].ipc, &frame, NULL)) == 1) {
		rc = intakes_frame(l, from, &frame);
		if (frame.fd != -1)
			close(frame.fd);
		if (rc == -1) {
			log_error("frame not expected: from=intake number=%zu "
				  "type=%d",
			    from, (int)frame.type);
			break;
		}
	}
	if (rc == -1)
		intakes_lose(l, from);
}

void
intakes_poll(const struct intakes *l, struct pollfd *p)
{
	for (size_t i = 0; i < l->count; i++)
		p[i] =
		    (struct pollfd){.fd = l->intake[i].ipc == NULL ||
						  l->n_stored == INTAKES_STORED
					      ? -1
					      : ipc_fd(l->intake[i].ipc),
			.events = POLLIN};
}

void
intakes_hear(struct intakes *l, const struct pollfd *p)
{
	for (size_t i = 0; i < l->count; i++)
		if (p[i].revents != 0 && l->intake[i].ipc != NULL)
			intakes_hear_one(l, i);
}
