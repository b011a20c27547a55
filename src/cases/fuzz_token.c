#include <stdlib.h>

#include "cases/loop.h"
#include "cases/token.h"
#include "fuzz.h"
#include "store.h"

#define TEAM "team@example.org"

/* A database without a case, made once. */
static struct db *db;
static struct vault *vault;

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
		fuzz_store_open(&db, &vault);
	check(address, from);
	check(address, NULL);
	check_loop(address);
	free(address);
	free(from);
	return 0;
}
