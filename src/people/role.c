#include "people/role.h"

#include "people/version.h"

int
role_observe(struct db *db, int64_t contact, struct err *e)
{
	if (db_run(db, e, "DELETE FROM contact_role WHERE contact = ?", "i",
		contact) == -1 ||
	    db_run(db, e,
		"INSERT INTO contact_role (contact, role)"
		" SELECT id, 'observer' FROM contact WHERE id = ?"
		" AND removed_at IS NULL",
		"i", contact) == -1)
		return -1;
	return people_changed(db, e);
}
