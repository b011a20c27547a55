#include "store/spool_batch.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "store/spool_inside.h"

struct batch_item {
	struct spool_file raw;
	struct spool_file env;
	struct envelope envelope;
	char sha[SPOOL_SHA]; /* "": not ended */
};

struct spool_batch {
	struct spool *spool;
	struct batch_item item[SPOOL_BATCH_MAX];
	size_t count;
	struct spool_entry *begun; /* NULL: none */
};

struct spool_batch *
spool_batch_create(struct spool *s)
{
	struct spool_batch *b = xcalloc(1, sizeof(*b));

	b->spool = s;
	for (size_t i = 0; i < SPOOL_BATCH_MAX; i++)
		b->item[i].raw.fd = b->item[i].env.fd = -1;
	return b;
}

static void
batch_drop(struct spool_batch *b, struct batch_item *item)
{
	spool_file_drop(b->spool->tmp, &item->raw);
	spool_file_drop(b->spool->tmp, &item->env);
	envelope_free(&item->envelope);
	item->sha[0] = '\0';
}

void
spool_batch_clear(struct spool_batch *b)
{
	for (size_t i = 0; i < SPOOL_BATCH_MAX; i++)
		batch_drop(b, &b->item[i]);
	b->count = 0;
	spool_batch_undo(b);
}

void
spool_batch_free(struct spool_batch *b)
{
	if (b == NULL)
		return;
	spool_batch_clear(b);
	free(b);
}

size_t
spool_batch_count(const struct spool_batch *b)
{
	return b->count;
}

int
spool_batch_begin(struct spool_batch *b, struct err *e)
{
	assert(b->count < SPOOL_BATCH_MAX && b->begun == NULL);
	return spool_entry_create(&b->begun, b->spool, e);
}

int
spool_batch_put(
    struct spool_batch *b, const void *data, size_t len, struct err *e)
{
	return spool_entry_put(b->begun, data, len, e);
}

void
spool_batch_undo(struct spool_batch *b)
{
	spool_entry_free(b->begun);
	b->begun = NULL;
}

static void
batch_copy(struct envelope *to, const struct envelope *from)
{
	*to = (struct envelope){.source = xstrdup(from->source),
	    .sender = xstrdup_null(from->sender),
	    .received_at = from->received_at};
	strs_copy(&to->recipients, &from->recipients);
}

bool
spool_batch_add(struct spool_batch *b, struct spool_entry **taken,
    const struct envelope *env, char sha[SPOOL_SHA])
{
	struct batch_item *item = &b->item[b->count];
	struct spool_entry *entry = *taken;

	assert(b->count < SPOOL_BATCH_MAX && entry->spool == b->spool);
	memcpy(sha, spool_entry_sha(entry), SPOOL_SHA);
	for (size_t i = 0; i < b->count; i++)
		if (strcmp(b->item[i].sha, sha) == 0)
			return false;
	memcpy(item->sha, sha, SPOOL_SHA);
	batch_copy(&item->envelope, env);
	item->raw = entry->file;
	entry->file = (struct spool_file){.fd = -1};
	spool_entry_free(entry);
	*taken = NULL;
	b->count++;
	return true;
}

void
spool_batch_end(
    struct spool_batch *b, const struct envelope *env, char sha[SPOOL_SHA])
{
	if (!spool_batch_add(b, &b->begun, env, sha))
		spool_batch_undo(b);
}

/* The disk may begin; who waits for it is batch_sync. Failing is no matter. */
static void
batch_hurry(const struct spool_file *f)
{
	(void)sync_file_range(f->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

/* Under the lock. */
static int
batch_write_envelope(
    struct spool_batch *b, struct batch_item *item, struct err *e)
{
	struct buf bytes;
	int rc = -1;

	buf_init(&bytes, ENVELOPE_FILE_MAX);
	if (spool_join_envelopes(
		b->spool, item->sha, &item->envelope, &bytes, e) == 0 &&
	    spool_file_create(b->spool->tmp, &item->env, e) == 0)
		rc = spool_file_write(&item->env, bytes.data, bytes.len, e);
	buf_free(&bytes);
	if (rc == 0)
		batch_hurry(&item->env);
	return rc;
}

static int
batch_sync(struct spool_batch *b, struct err *e)
{
	for (size_t i = 0; i < b->count; i++)
		if (spool_file_finish(&b->item[i].env, e) == -1 ||
		    spool_file_finish(&b->item[i].raw, e) == -1)
			return -1;
	return 0;
}

static int
batch_rename(struct spool_batch *b, struct err *e)
{
	struct spool *s = b->spool;
	char name[SPOOL_ENV];

	for (size_t i = 0; i < b->count; i++)
		if (spool_file_move(s->tmp, &b->item[i].env, s->new,
			spool_env_name(b->item[i].sha, name), e) == -1)
			return -1;
	if (spool_sync(s->new, e) == -1)
		return -1;
	for (size_t i = 0; i < b->count; i++)
		if (spool_file_move(s->tmp, &b->item[i].raw, s->new,
			b->item[i].sha, e) == -1)
			return -1;
	return spool_sync(s->new, e);
}

static int
batch_accept(struct spool_batch *b, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < b->count; i++)
		batch_hurry(&b->item[i].raw);
	if (spool_lock(b->spool, e) == -1)
		return -1;
	for (size_t i = 0; i < b->count && rc == 0; i++)
		rc = batch_write_envelope(b, &b->item[i], e);
	if (rc == 0 && batch_sync(b, e) == 0)
		rc = batch_rename(b, e);
	else
		rc = -1;
	spool_unlock(b->spool);
	return rc;
}

int
spool_batch_commit(struct spool_batch *b, struct err *e)
{
	int rc = b->count == 0 ? 0 : batch_accept(b, e);

	spool_batch_clear(b);
	return rc;
}
