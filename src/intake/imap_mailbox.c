#include "intake/imap_mailbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "intake/imap_name.h"

void
imap_mailbox_init(
    struct imap_mailbox *m, const char *user, const char *name, bool keep)
{
	*m = (struct imap_mailbox){.name = name, .keep = keep};
	m->wire = imap_name_wire(name);
	m->source = xasprintf("imap:%.100s/%.100s", user, name);
}

void
imap_mailbox_free(struct imap_mailbox *m)
{
	free(m->wire);
	free(m->source);
	free(m->uid);
	*m = (struct imap_mailbox){0};
}

void
imap_mailbox_selected(struct imap_mailbox *m, uint32_t validity)
{
	if (m->validity == validity)
		return;
	if (m->validity != 0)
		log_warning("mailbox was made anew, all of it is read again: "
			    "source=%s uidvalidity=%u before=%u",
		    m->source, validity, m->validity);
	m->validity = validity;
	m->count = 0;
	m->passed = 0;
	m->read = false;
}

static struct imap_uid *
mailbox_find(const struct imap_mailbox *m, uint32_t uid)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->uid[i].uid == uid)
			return &m->uid[i];
	return NULL;
}

enum imap_state
imap_mailbox_state(struct imap_mailbox *m, uint32_t uid, int64_t now)
{
	struct imap_uid *u = mailbox_find(m, uid);

	if (u == NULL)
		return uid <= m->passed ? IMAP_GONE : IMAP_NEW;
	u->seen = true;
	if (u->state == IMAP_LEFT && now >= u->again_at)
		return IMAP_NEW;
	return u->state;
}

void
imap_mailbox_pass(struct imap_mailbox *m, uint32_t uid)
{
	if (uid > m->passed)
		m->passed = uid;
}

void
imap_mailbox_begin(struct imap_mailbox *m)
{
	for (size_t i = 0; i < m->count; i++)
		m->uid[i].seen = false;
}

void
imap_mailbox_end(struct imap_mailbox *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->count; i++)
		if (m->uid[i].seen || m->uid[i].state != IMAP_LEFT)
			m->uid[kept++] = m->uid[i];
	m->count = kept;
}

static struct imap_uid *
mailbox_add(struct imap_mailbox *m, uint32_t uid)
{
	struct imap_uid *u = mailbox_find(m, uid);

	if (u != NULL)
		return u;
	m->uid = xgrow(m->uid, m->count, sizeof(*m->uid));
	u = &m->uid[m->count++];
	*u = (struct imap_uid){.uid = uid, .seen = true};
	return u;
}

void
imap_mailbox_set(struct imap_mailbox *m, uint32_t uid, enum imap_state state)
{
	struct imap_uid *u;

	if (state != IMAP_NEW) {
		mailbox_add(m, uid)->state = state;
		return;
	}
	u = mailbox_find(m, uid);
	if (u != NULL)
		*u = m->uid[--m->count];
}

bool
imap_mailbox_failed(struct imap_mailbox *m, uint32_t uid, int64_t now)
{
	struct imap_uid *u = mailbox_add(m, uid);

	if (u->state != IMAP_LEFT)
		u->tries = 0;
	u->state = IMAP_LEFT;
	u->tries++;
	u->again_at = u->tries < IMAP_TRIES ? now : now + IMAP_LEFT_MS;
	return u->tries >= IMAP_TRIES;
}

size_t
imap_mailbox_count(const struct imap_mailbox *m, enum imap_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < m->count; i++)
		if (m->uid[i].state == state)
			n++;
	return n;
}

size_t
imap_mailbox_list(const struct imap_mailbox *m, enum imap_state state,
    uint32_t *uid, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < m->count && n < max; i++)
		if (m->uid[i].state == state)
			uid[n++] = m->uid[i].uid;
	return n;
}

uint64_t
imap_mailbox_cookie(const struct imap_mailbox *m, uint32_t uid)
{
	return (uint64_t)m->validity << 32 | uid;
}

void
imap_mailbox_registered(void *mailbox, uint64_t cookie)
{
	struct imap_mailbox *m = mailbox;
	struct imap_uid *u = mailbox_find(m, (uint32_t)cookie);

	if (cookie >> 32 != m->validity || u == NULL || u->state != IMAP_TOLD)
		return;
	/* Nothing more is to be done with one that stays where it is. */
	if (m->keep)
		imap_mailbox_set(m, u->uid, IMAP_NEW);
	else
		u->state = IMAP_KNOWN;
}
