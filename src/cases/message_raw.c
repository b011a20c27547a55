#include "cases/message_raw.h"

#include <stdio.h>

#include "store/blob.h"

#define RAW_SEALED_MAX (512U << 20) /* bytes of one sealed message */

static void
message_raw_context(char out[48], int64_t id)
{
	(void)snprintf(out, 48, "message.raw:%lld", (long long)id);
}

int
message_raw_seal(struct vault *v, struct spool *s, const struct message *m,
    const struct buf *raw, struct err *e)
{
	struct buf sealed;
	char context[48];
	int rc;

	buf_init(&sealed, RAW_SEALED_MAX);
	message_raw_context(context, m->id);
	rc = vault_seal(
	    v, m->vault_key, context, raw->data, raw->len, &sealed, e);
	if (rc == 0)
		rc = spool_put_store(s, m->sha256, &sealed, e);
	buf_free(&sealed);
	return rc;
}

int
message_raw(struct vault *v, struct spool *s, const struct message *m,
    struct buf *out, struct err *e)
{
	struct buf sealed;
	char context[48];
	int rc;

	if (spool_has_new(s, m->sha256))
		return spool_read_new(s, m->sha256, out, e);
	if (m->raw != NULL)
		return blob_get(v, s, m->vault_key, m->raw, out, e);
	buf_init(&sealed, RAW_SEALED_MAX);
	message_raw_context(context, m->id);
	rc = spool_read_store(s, m->sha256, &sealed, e);
	if (rc == 0)
		rc = vault_unseal(
		    v, m->vault_key, context, sealed.data, sealed.len, out, e);
	buf_free(&sealed);
	return rc;
}

int
message_raw_sweep(
    struct db *db, struct spool *s, int64_t now, int64_t age, struct err *e)
{
	struct strs old = {0};
	struct db_row *row;
	int rc = spool_list_blob(s, now - age, &old, e);

	if (rc == 0)
		rc = db_query(db, &row, e,
		    "SELECT sha256, raw FROM message WHERE raw IS NOT NULL",
		    "");
	while (rc != -1 && (rc = db_step(row, e)) == 1)
		if (strs_has(&old, db_text(row, 1)) &&
		    spool_has_store(s, db_text(row, 0)) &&
		    spool_remove_store(s, db_text(row, 0), e) == -1) {
			db_end(row);
			rc = -1;
		}
	strs_free(&old);
	return rc;
}

int
message_missing(struct db *db, struct spool *s, int64_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*count = 0;
	if (db_query(db, &row, e,
		"SELECT sha256 FROM message m WHERE direction = 'in'"
		" AND raw IS NULL"
		" AND NOT EXISTS (SELECT 1 FROM vault_key k WHERE"
		" k.id = m.vault_key AND k.wrapped IS NULL)",
		"") == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		const char *sha = db_text(row, 0);

		if (!spool_has_store(s, sha) && !spool_has_new(s, sha))
			++*count;
	}
	return rc;
}
