#include "store.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"

void
fuzz_store_open(struct db **db, struct vault **vault)
{
	static const unsigned char master[VAULT_KEY] = "a fuzz target's key";
	static const char *const ending[] = {"", "-wal", "-shm"};
	const char *tmp = getenv("TMPDIR");
	char *folder =
	    xasprintf("%s/noroshi-fuzz.XXXXXX", tmp == NULL ? "/tmp" : tmp);
	struct err e = {0};
	char *path;

	assert(mkdtemp(folder) != NULL);
	path = xasprintf("%s/db", folder);
	assert(db_open(db, path, true, &e) == 0);
	assert(vault_open(vault, *db, master, &e) == 0);
	for (size_t i = 0; i < 3; i++) {
		char *file = xasprintf("%s%s", path, ending[i]);

		(void)unlink(file);
		free(file);
	}
	(void)rmdir(folder);
	free(path);
	free(folder);
}
