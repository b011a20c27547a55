#include "store/spool_entry.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "store/spool_inside.h"

int
spool_entry_create(struct spool_entry **out, struct spool *s, struct err *e)
{
	struct spool_entry *entry = xcalloc(1, sizeof(*entry));

	*out = NULL;
	entry->spool = s;
	sha256_begin(&entry->hash);
	if (spool_file_create(s->tmp, &entry->file, e) == -1) {
		spool_entry_free(entry);
		return -1;
	}
	*out = entry;
	return 0;
}

const char *
spool_entry_sha(struct spool_entry *entry)
{
	unsigned char hash[SHA256_BYTES];

	if (entry->hash.state != NULL) {
		sha256_end(&entry->hash, hash);
		hex_encode(hash, sizeof(hash), entry->sha);
	}
	return entry->sha;
}

void
spool_entry_free(struct spool_entry *entry)
{
	if (entry == NULL)
		return;
	spool_file_drop(entry->spool->tmp, &entry->file);
	if (entry->hash.state != NULL)
		(void)spool_entry_sha(entry);
	free(entry);
}

int
spool_entry_put(
    struct spool_entry *entry, const void *data, size_t len, struct err *e)
{
	sha256_add(&entry->hash, data, len);
	entry->size += len;
	return spool_file_write(&entry->file, data, len, e);
}

uint64_t
spool_entry_size(const struct spool_entry *entry)
{
	return entry->size;
}
