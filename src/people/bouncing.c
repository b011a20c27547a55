#include "people/bouncing.h"

#include <stdlib.h>

#include "base/alloc.h"

void
bouncing_free(struct bouncing *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(b[i].address);
		free(b[i].why);
	}
	free(b);
}

int
bouncing_add(struct db *db, int64_t delivery, int64_t now, const char *why,
    struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO contact_bounce (contact, address, count, first_at,"
	    " last_at, why) SELECT contact, recipient, 1, ?1, ?1, ?2"
	    " FROM delivery WHERE id = ?3 AND contact IS NOT NULL"
	    " ON CONFLICT (contact, address) DO UPDATE SET count = count + 1,"
	    " last_at = ?1, why = ?2",
	    "isi", now, why, delivery);
}

int
bouncing_list(struct db *db, int64_t now, struct bouncing **out, size_t *count,
    struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT b.contact, b.address, b.count, b.last_at, b.why"
		" FROM contact_bounce b JOIN contact c ON c.id = b.contact"
		" WHERE c.removed_at IS NULL AND EXISTS (SELECT 1 FROM"
		" contact_address a WHERE a.contact = b.contact"
		" AND a.address = b.address COLLATE NOCASE)"
		" AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.contact ="
		" b.contact AND d.recipient = b.address AND d.state = 'sent'"
		" AND d.sent_at > b.last_at AND d.sent_at < ?)"
		" ORDER BY c.name, b.address",
		"i", now - BOUNCING_PROOF) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*out = xgrow(*out, *count, sizeof(**out));
		(*out)[(*count)++] =
		    (struct bouncing){.contact = db_int(row, 0),
			.address = xstrdup(db_text(row, 1)),
			.count = db_int(row, 2),
			.last_at = db_int(row, 3),
			.why = xstrdup(db_text(row, 4))};
	}
	if (rc == 0)
		return 0;
	bouncing_free(*out, *count);
	*out = NULL;
	*count = 0;
	return -1;
}
