#include "queue/hands.h"

#include <stdlib.h>

#include "base/alloc.h"

void
hands_free(struct hands *l)
{
	for (size_t i = 0; i < l->count; i++) {
		ipc_free(l->hand[i].ipc);
		free(l->hand[i].recipient);
	}
	free(l->hand);
	*l = (struct hands){0};
}

void
hands_connect(struct hands *l, unsigned number, struct ipc *ipc)
{
	struct hand *h = NULL;

	for (size_t i = 0; i < l->count; i++)
		if (l->hand[i].number == number)
			h = &l->hand[i];
	if (h == NULL) {
		l->hand = xgrow(l->hand, l->count, sizeof(*l->hand));
		h = &l->hand[l->count++];
		*h = (struct hand){.number = number};
	}
	hand_lose(h);
	h->ipc = ipc;
}

bool
hands_busy(const struct hands *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->hand[i].id != 0)
			return true;
	return false;
}

bool
hands_have(const struct hands *l, int64_t id)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->hand[i].id == id)
			return true;
	return false;
}

struct hand *
hands_open(const struct hands *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->hand[i].ipc != NULL && l->hand[i].id == 0)
			return &l->hand[i];
	return NULL;
}

void
hand_lose(struct hand *h)
{
	ipc_free(h->ipc);
	h->ipc = NULL;
	if (h->id != 0 && !h->done)
		h->lost = true;
}

bool
hand_result(struct hand *h, int64_t id, const struct err *result, bool reached)
{
	if (h->id == 0 || h->id != id || h->done || h->lost)
		return false;
	h->done = true;
	h->result = *result;
	h->reached = reached;
	return true;
}

bool
hand_is_over(const struct hand *h)
{
	return h->id != 0 && (h->lost || h->done);
}

void
hand_clear(struct hand *h)
{
	free(h->recipient);
	*h = (struct hand){.ipc = h->ipc, .number = h->number};
}
