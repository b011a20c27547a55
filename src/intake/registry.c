#include "intake/registry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/pack.h"
#include "process/ipc.h"
#include "store/spool.h"

/* A message that the queue was told of. */
struct open_message {
	uint64_t tag;
	void (*registered)(void *owner, uint64_t cookie); /* NULL: nobody */
	void *owner;
	uint64_t cookie;
	char sha[SPOOL_SHA];
};

struct registry {
	struct ipc *queue; /* NULL: none now */
	struct open_message *open; /* in the order they were told */
	size_t count;
	uint64_t tag; /* the last one given */
	bool drained; /* this queue was told */
};

struct registry *
registry_create(void)
{
	return xcalloc(1, sizeof(struct registry));
}

static void
registry_lose(struct registry *r)
{
	ipc_free(r->queue);
	r->queue = NULL;
	r->drained = false;
}

void
registry_free(struct registry *r)
{
	if (r == NULL)
		return;
	registry_lose(r);
	free(r->open);
	free(r);
}

static void
registry_send(struct registry *r, const struct open_message *m)
{
	struct buf body;

	if (r->queue == NULL)
		return;
	buf_init(&body, 256);
	pack_str(&body, m->sha);
	pack_u64(&body, m->tag);
	if (ipc_send(r->queue, IPC_STORED, &body, -1, NULL) == -1)
		registry_lose(r);
	buf_free(&body);
}

void
registry_connect(struct registry *r, int fd)
{
	registry_lose(r);
	r->queue = ipc_create(fd);
	for (size_t i = 0; i < r->count; i++)
		registry_send(r, &r->open[i]);
}

int
registry_fd(const struct registry *r)
{
	return r->queue == NULL ? -1 : ipc_fd(r->queue);
}

size_t
registry_count(const struct registry *r, const void *owner)
{
	size_t n = 0;

	if (owner == NULL)
		return r->count;
	for (size_t i = 0; i < r->count; i++)
		if (r->open[i].owner == owner)
			n++;
	return n;
}

bool
registry_has_room(const struct registry *r, const void *owner)
{
	return r->queue != NULL && r->count < REGISTRY_MAX &&
	       registry_count(r, owner) < REGISTRY_WINDOW;
}

void
registry_tell(struct registry *r, const char *sha,
    void (*registered)(void *owner, uint64_t cookie), void *owner,
    uint64_t cookie)
{
	struct open_message *m;

	assert(strlen(sha) == SPOOL_SHA - 1);
	r->open = xgrow(r->open, r->count, sizeof(*r->open));
	m = &r->open[r->count++];
	*m = (struct open_message){.tag = ++r->tag,
	    .registered = registered,
	    .owner = owner,
	    .cookie = cookie};
	memcpy(m->sha, sha, SPOOL_SHA);
	registry_send(r, m);
}

void
registry_forget(struct registry *r, const void *owner)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->open[i].owner == owner) {
			r->open[i].registered = NULL;
			r->open[i].owner = NULL;
		}
}

static void
registry_answered(struct registry *r, uint64_t tag)
{
	struct open_message m = {0};
	size_t i = 0;

	while (i < r->count && r->open[i].tag != tag)
		i++;
	if (i == r->count)
		return;
	/* Out of the list first: its owner may tell of the next. */
	m = r->open[i];
	r->count--;
	memmove(
	    r->open + i, r->open + i + 1, (r->count - i) * sizeof(*r->open));
	if (m.registered != NULL)
		m.registered(m.owner, m.cookie);
}

void
registry_hear(struct registry *r)
{
	struct ipc_frame frame;
	struct unpack u;
	int rc = 0;

	while (
	    r->queue != NULL && (rc = ipc_next(r->queue, &frame, NULL)) == 1) {
		uint64_t tag;

		unpack_init(&u, frame.body, frame.len);
		tag = unpack_u64(&u);
		if (frame.fd != -1)
			close(frame.fd);
		if (frame.type != IPC_REGISTERED || !unpack_done(&u)) {
			log_error("frame not expected: from=queue type=%d",
			    (int)frame.type);
			rc = -1;
			break;
		}
		registry_answered(r, tag);
	}
	if (rc == -1)
		registry_lose(r);
}

bool
registry_drained(struct registry *r)
{
	assert(r->count == 0);
	if (r->queue == NULL || r->drained)
		return false;
	if (ipc_send(r->queue, IPC_DRAINED, NULL, -1, NULL) == -1) {
		registry_lose(r);
		return false;
	}
	r->drained = true;
	return true;
}
