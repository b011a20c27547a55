#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "store/test_database.h"

struct db *
test_database_open(const char *folder)
{
	char *path = xasprintf("%s/db", folder);
	struct db *db;
	struct err e = {0};

	if (db_open(&db, path, true, &e) == -1)
		fail_msg("%s", e.text);
	free(path);
	return db;
}
