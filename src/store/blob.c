#include "store/blob.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"

#define BLOB_CONTEXT 80 /* bytes, "blob:" and a name */
#define BLOB_MORE 64 /* bytes that sealing adds, at most */

static const char *
blob_context(const char *name, char context[BLOB_CONTEXT])
{
	(void)snprintf(context, BLOB_CONTEXT, "blob:%.64s", name);
	return context;
}

int
blob_put(struct db *db, struct vault *v, struct spool *s, int64_t key,
    const void *data, size_t len, char name[BLOB_NAME], struct err *e)
{
	unsigned char random[(BLOB_NAME - 1) / 2];
	char context[BLOB_CONTEXT];
	struct buf sealed;
	int rc;

	clock_random(NULL, random, sizeof(random));
	hex_encode(random, sizeof(random), name);
	buf_init(&sealed, len + BLOB_MORE);
	rc = vault_seal(
	    v, key, blob_context(name, context), data, len, &sealed, e);
	if (rc == 0)
		rc = spool_put_blob(s, name, &sealed, e);
	buf_free(&sealed);
	if (rc == 0)
		rc = db_run(db, e,
		    "INSERT INTO blob (name, vault_key) VALUES (?, ?)", "si",
		    name, key);
	return rc;
}

int
blob_get(struct vault *v, struct spool *s, int64_t key, const char *name,
    struct buf *out, struct err *e)
{
	char context[BLOB_CONTEXT];
	struct buf sealed;
	int rc;

	buf_init(&sealed, out->max - out->len + BLOB_MORE);
	rc = spool_read_blob(s, name, &sealed, e);
	if (rc == 0)
		rc = vault_unseal(v, key, blob_context(name, context),
		    sealed.data, sealed.len, out, e);
	buf_free(&sealed);
	return rc;
}

int
blob_sweep(
    struct db *db, struct spool *s, int64_t now, int64_t age, struct err *e)
{
	struct strs names = {0};
	int rc = spool_list_blob(s, now - age, &names, e);

	for (size_t i = 0; i < names.count && rc == 0; i++) {
		int64_t known;

		rc = db_get_int(db, &known, 0, e,
		    "SELECT 1 FROM blob WHERE name = ?", "s", names.item[i]);
		if (rc == 0 && known == 0)
			rc = spool_remove_blob(s, names.item[i], e);
	}
	strs_free(&names);
	return rc;
}

int
blob_missing(struct db *db, struct spool *s, int64_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*count = 0;
	if (db_query(db, &row, e, "SELECT name FROM blob", "") == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		if (!spool_has_blob(s, db_text(row, 0)))
			++*count;
	return rc;
}
