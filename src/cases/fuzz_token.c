#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cases/loop.h"
#include "cases/token.h"
#include "fuzz.h"

#define TEAM "team@example.org"
#define JOE "joe@example.com"

/* A database with one case, made once. */
static struct db *db;
static struct vault *vault;

static void
store_make(void)
{
	static const unsigned char master[VAULT_KEY] = "a fuzz target's key";
	const char *tmp = getenv("TMPDIR");
	char *path =
	    xasprintf("%s/noroshi-fuzz.XXXXXX", tmp == NULL ? "/tmp" : tmp);
	struct clock clock = {.fixed = 1795309323};
	struct err e = {0};
	char *suffix;
	int fd = mkstemp(path);

	assert(fd != -1);
	close(fd);
	(void)unlink(path);
	assert(db_open(&db, path, true, &e) == 0);
	assert(vault_open(&vault, db, master, &e) == 0);
	(void)clock;
	(void)unlink(path);
	suffix = xasprintf("%s-wal", path);
	(void)unlink(suffix);
	free(suffix);
	suffix = xasprintf("%s-shm", path);
	(void)unlink(suffix);
	free(suffix);
	free(path);
}

static void
check(const char *address, const char *from)
{
	enum token_kind kind;
	bool by_other;
	int64_t cases;
	struct err e = {0};

	assert(token_read(db, vault, TEAM, address, from, &kind, &cases,
		   &by_other, &e) == 0);
	/* There is no case, and so no address leads into one. */
	assert(kind == TOKEN_NONE && cases == 0 && !by_other);
}

/* Nobody who does not have the vault's key makes a mark of ours. */
static void
check_loop(char *line)
{
	char name[] = LOOP_FIELD;
	struct field field = {.part = 0, .name = name, .value = line};
	struct part part = {.parent = PART_NONE};
	struct part_table t = {
	    .part = &part, .parts = 1, .field = &field, .fields = 1};

	assert(!loop_carried(vault, &t));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	char *address = fuzz_line(&f), *from = fuzz_line(&f);

	if (db == NULL)
		store_make();
	check(address, from);
	check(address, NULL);
	check_loop(address);
	free(address);
	free(from);
	return 0;
}
