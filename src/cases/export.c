#include "cases/export.h"

#include <string.h>

int
export_signature_get(struct db *db, const char *manifest, const char *signer,
    struct buf *out, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT signature FROM export_signature"
		" WHERE manifest = ? AND signer = ?",
		"ss", manifest, signer) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 1)
		buf_puts(out, db_text(row, 0));
	db_end(row);
	return rc == -1 ? -1 : 0;
}

int
export_signature_put(struct db *db, const char *manifest, const char *signer,
    const struct buf *signature, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO export_signature (manifest, signer, signature)"
	    " VALUES (?, ?, ?) ON CONFLICT (manifest, signer) DO NOTHING",
	    "sss", manifest, signer, buf_str(signature));
}
