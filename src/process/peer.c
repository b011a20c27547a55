#include "process/peer.h"

#include <unistd.h>

#include "base/log.h"
#include "base/pack.h"

struct child *
peer_partner(struct child *children, size_t count, const struct child *c)
{
	enum role other = c->role == ROLE_WORKER ? ROLE_PARSER : ROLE_WORKER;

	if (c->role != ROLE_WORKER && c->role != ROLE_PARSER)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (children[i].role == other &&
		    children[i].number == c->number)
			return &children[i];
	return NULL;
}

bool
peer_pairs(const struct child *a, const struct child *b)
{
	if (a->role == ROLE_QUEUE)
		return b->role == ROLE_INTAKE || b->role == ROLE_WORKER ||
		       b->role == ROLE_DELIVER;
	return a->role == ROLE_WORKER && b->role == ROLE_PARSER &&
	       a->number == b->number;
}

static int
peer_tell(struct child *c, const struct child *peer, int fd, struct err *e)
{
	struct buf body;
	int rc;

	buf_init(&body, 64);
	pack_u64(&body, peer->role);
	pack_u64(&body, peer->number);
	rc = ipc_send(c->control, IPC_PEER, &body, fd, e);
	buf_free(&body);
	return rc;
}

void
peer_join(struct child *a, struct child *b)
{
	struct err e = {0};
	int fd[2];

	if (ipc_pair(fd, &e) == -1) {
		log_error("no channel: first=%s second=%s error=%s",
		    role_name(a->role), role_name(b->role), e.text);
		/* Without it they are no use to each other. */
		child_kill(a);
		return;
	}
	if (peer_tell(a, b, fd[0], &e) == -1 ||
	    peer_tell(b, a, fd[1], &e) == -1)
		log_debug("a peer has gone: error=%s", e.text);
	close(fd[0]);
	close(fd[1]);
}
