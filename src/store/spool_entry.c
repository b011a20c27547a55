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
	crypto_hash_sha256_init(&entry->hash);
	if (spool_file_create(s->tmp, &entry->file, e) == -1) {
		spool_entry_free(entry);
		return -1;
	}
	*out = entry;
	return 0;
}

void
spool_entry_free(struct spool_entry *entry)
{
	if (entry == NULL)
		return;
	spool_file_drop(entry->spool->tmp, &entry->file);
	free(entry);
}

int
spool_entry_put(
    struct spool_entry *entry, const void *data, size_t len, struct err *e)
{
	crypto_hash_sha256_update(&entry->hash, data, len);
	entry->size += len;
	return spool_file_write(&entry->file, data, len, e);
}

uint64_t
spool_entry_size(const struct spool_entry *entry)
{
	return entry->size;
}

void
spool_entry_sha(const struct spool_entry *entry, char sha[SPOOL_SHA])
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state = entry->hash;

	crypto_hash_sha256_final(&state, hash);
	hex_encode(hash, sizeof(hash), sha);
}
