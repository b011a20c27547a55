#include "people/directory.h"

int
directory_each(struct db *db,
    void (*each)(void *arg, const struct directory_entry *entry), void *arg,
    struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT c.id, c.name, o.name, a.address FROM contact c"
		" LEFT JOIN organisation o ON o.id = c.organisation"
		" LEFT JOIN contact_address a ON a.contact = c.id"
		" WHERE c.removed_at IS NULL ORDER BY c.id, a.position",
		"") == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		const struct directory_entry entry = {.contact = db_int(row, 0),
		    .name = db_text(row, 1),
		    .organisation = db_text(row, 2),
		    .address = db_text(row, 3)};

		each(arg, &entry);
	}
	return rc;
}
