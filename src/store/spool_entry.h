/*
 * spool_entry.h - the bytes of one message while they come, in spool/tmp.
 *
 * For sources where many messages come at the same time, a piece of each; a
 * whole one is put into a batch (spool_batch.h), which makes it durable.
 */
#ifndef STORE_SPOOL_ENTRY_H
#define STORE_SPOOL_ENTRY_H

#include "store/spool.h"

struct spool_entry;

/* *out is the caller's; s is borrowed and has to outlive it. ERR_TEMP. */
int spool_entry_create(
    struct spool_entry **out, struct spool *s, struct err *e);

/* Removes the file; NULL is fine. */
void spool_entry_free(struct spool_entry *entry);

/* Appends bytes. ERR_TEMP: the disk; the entry is then only to be freed. */
int spool_entry_put(
    struct spool_entry *entry, const void *data, size_t len, struct err *e);

/* Bytes so far. */
uint64_t spool_entry_size(const struct spool_entry *entry);

#endif
