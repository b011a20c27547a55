#include "pgp/keyring.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "pgp/assuan.h"
#include "pgp/engine.h"
#include "pgp/folder.h"

#define RING_MAX (64U << 20) /* bytes of a ring's keybox */

static int
open_ring(struct keyring *k, const struct keyring_options *o, struct err *e)
{
	char path[PATH_MAX];

	if (mkdir(o->ring, 0700) == -1 && errno != EEXIST)
		return err_set(e, ERR_TEMP, "%s: %m", o->ring);
	if (realpath(o->ring, path) == NULL || chmod(path, 0700) == -1)
		return err_set(e, ERR_TEMP, "%s: %m", o->ring);
	k->ring = xstrdup(path);
	return folder_prepare(k->ring, k->agent_socket, e);
}

int
keyring_open(
    struct keyring **out, const struct keyring_options *o, struct err *e)
{
	struct keyring *k = xcalloc(1, sizeof(*k));

	*out = NULL;
	k->agent_socket = xstrdup_null(o->agent_socket);
	k->wrapper = xstrdup(o->wrapper);
	k->deadline = o->deadline;
	k->memory = o->memory;
	keyring_allow(k);
	if (open_ring(k, o, e) == -1 || children_adopt(e) == -1 ||
	    engine_context(k, k->ring, &k->context, e) == -1 ||
	    keyring_load(k, NULL, 0, e) == -1) {
		keyring_close(k);
		return -1;
	}
	*out = k;
	return 0;
}

void
keyring_close(struct keyring *k)
{
	if (k == NULL)
		return;
	if (k->signer != NULL)
		gpgme_key_unref(k->signer);
	if (k->context != NULL)
		gpgme_release(k->context);
	free(k->ring);
	free(k->agent_socket);
	free(k->wrapper);
	free(k->sum);
	free(k->key);
	free(k);
}

const char *
keyring_gpg_version(const struct keyring *k)
{
	gpgme_engine_info_t info = gpgme_ctx_get_engine_info(k->context);

	while (info != NULL && info->protocol != GPGME_PROTOCOL_OpenPGP)
		info = info->next;
	return info == NULL ? NULL : info->version;
}

static int
sum_compare(const void *a, const void *b)
{
	return memcmp(a, b, KBX_SUM);
}

/* The checksums of the records in order, each once; the caller's. */
static int
read_sums(const struct buf *const *blob, size_t count,
    unsigned char (**out)[KBX_SUM], size_t *sums, struct err *e)
{
	unsigned char(*sum)[KBX_SUM] = xcalloc(count, sizeof(*sum));
	size_t kept = 0;

	*out = NULL;
	for (size_t i = 0; i < count; i++) {
		if (blob[i]->len < KBX_SUM) {
			free(sum);
			return err_set(e, ERR_BUG, "keybox: a broken record");
		}
		memcpy(sum[i], blob[i]->data + blob[i]->len - KBX_SUM, KBX_SUM);
	}
	qsort(sum, count, sizeof(*sum), sum_compare);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || sum_compare(sum[kept - 1], sum[i]) != 0)
			memmove(sum[kept++], sum[i], KBX_SUM);
	*out = sum;
	*sums = kept;
	return 0;
}

/* Appends one record to the file and its keys to the table. */
static int
add_record(struct buf *file, const struct buf *blob, struct ring_key **table,
    size_t *count, struct err *e)
{
	struct kbx_key *key = NULL;
	size_t keys = 0;
	size_t primary = *count;

	if (kbx_keys(blob->data, blob->len, &key, &keys, e) == -1)
		return -1;
	for (size_t i = 0; i < keys; i++) {
		*table = xgrow(*table, *count, sizeof(**table));
		(*table)[*count].key = key[i];
		(*table)[*count].primary = primary;
		++*count;
	}
	free(key);
	buf_put(file, blob->data, blob->len);
	return 0;
}

/* True where an earlier record is the same; gpg wants each key once. */
static bool
is_repeated(const struct buf *blob, const unsigned char (*sum)[KBX_SUM],
    size_t sums, bool *seen)
{
	const unsigned char(*at)[KBX_SUM] = bsearch(
	    blob->data + blob->len - KBX_SUM, sum, sums, KBX_SUM, sum_compare);
	bool was = seen[at - sum];

	seen[at - sum] = true;
	return was;
}

static int
write_ring(struct keyring *k, const struct buf *const *blob, size_t count,
    const unsigned char (*sum)[KBX_SUM], size_t sums, struct err *e)
{
	bool *seen = xcalloc(sums + 1, sizeof(*seen));
	struct ring_key *table = NULL;
	size_t keys = 0;
	struct buf file;
	int rc = -1;

	buf_init(&file, RING_MAX);
	kbx_header(&file, clock_now(NULL));
	for (size_t i = 0; i < count; i++)
		if (!is_repeated(blob[i], sum, sums, seen) &&
		    add_record(&file, blob[i], &table, &keys, e) == -1)
			goto out;
	if (file.over) {
		err_set(e, ERR_DATA, "keys of over %u bytes", RING_MAX);
		goto out;
	}
	if (folder_write(k->ring, "pubring.kbx", &file, e) == -1)
		goto out;
	free(k->key);
	k->key = table;
	k->keys = keys;
	table = NULL;
	rc = 0;
out:
	free(seen);
	free(table);
	buf_free(&file);
	return rc;
}

int
keyring_load(struct keyring *k, const struct buf *const *blob, size_t count,
    struct err *e)
{
	unsigned char(*sum)[KBX_SUM] = NULL;
	size_t sums = 0;

	if (read_sums(blob, count, &sum, &sums, e) == -1)
		return -1;
	if (k->loaded && sums == k->sums &&
	    memcmp(sum, k->sum, sums * sizeof(*sum)) == 0) {
		free(sum);
		return 0;
	}
	if (write_ring(k, blob, count, (const unsigned char(*)[KBX_SUM])sum,
		sums, e) == -1) {
		free(sum);
		return -1;
	}
	free(k->sum);
	k->sum = sum;
	k->sums = sums;
	k->loaded = true;
	return 0;
}

/* The keygrips of the keys loaded: gpg names them, for any algorithm. */
static int
list_keygrips(struct keyring *k, struct strs *out, struct err *e)
{
	gpgme_keylist_mode_t mode = gpgme_get_keylist_mode(k->context);
	struct engine_run run;
	gpgme_key_t key = NULL;
	gpgme_error_t error = 0;

	gpgme_set_keylist_mode(k->context,
	    GPGME_KEYLIST_MODE_LOCAL | GPGME_KEYLIST_MODE_WITH_KEYGRIP);
	engine_begin(&run, k, k->context, 0);
	error = gpgme_op_keylist_start(k->context, NULL, 0);
	while (error == 0 &&
	       (error = gpgme_op_keylist_next(k->context, &key)) == 0) {
		for (gpgme_subkey_t s = key->subkeys; s != NULL; s = s->next)
			if (s->keygrip != NULL)
				strs_add(out, s->keygrip);
		gpgme_key_unref(key);
	}
	engine_end(&run, gpgme_err_code(error) != GPG_ERR_EOF);
	gpgme_set_keylist_mode(k->context, mode);
	if (gpgme_err_code(error) != GPG_ERR_EOF)
		return err_set(
		    e, ERR_TEMP, "listing keys: %s", gpgme_strerror(error));
	return 0;
}

int
keyring_agent(struct keyring *k, struct err *e)
{
	struct strs keygrips = {NULL, 0};
	int have = -1;

	if (k->agent_socket == NULL)
		return 0;
	if (list_keygrips(k, &keygrips, e) == 0)
		have = assuan_have_key(k->agent_socket, &keygrips, e);
	strs_free(&keygrips);
	return have;
}
