#include <string.h>

#include "fuzz.h"
#include "store.h"
#include "store/vault.h"

/* A vault with one key and one sealed value, made once. */
static struct vault *vault;
static int64_t key;
static struct buf sealed;

static void
vault_make(void)
{
	struct err e = {0};
	struct db *db;

	fuzz_store_open(&db, &vault);
	assert(db_begin(db, &e) == 0 && vault_key_create(vault, &key, &e) == 0);
	assert(db_commit(db, &e) == 0);
	buf_init(&sealed, 4096);
	assert(vault_seal(vault, key, "x:1", "secret", 6, &sealed, &e) == 0);
}

static bool
opens(const void *data, size_t size, const char *context)
{
	struct err e = {0};
	struct buf out;
	int rc;

	buf_init_secret(&out, size + 1);
	rc = vault_unseal(vault, key, context, data, size, &out, &e);
	assert(rc == 0 || (e.code == ERR_DATA && out.len == 0));
	buf_free(&out);
	return rc == 0;
}

/* The input is laid over a sealed value: any change of it is found. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf changed;
	bool same;

	if (vault == NULL)
		vault_make();
	assert(opens(sealed.data, sealed.len, "x:1"));
	assert(!opens(sealed.data, sealed.len, "x:2"));
	buf_init(&changed, sealed.len);
	buf_put(&changed, sealed.data, sealed.len);
	for (size_t i = 0; i < size && i < changed.len; i++)
		changed.data[i] ^= data[i];
	same = memcmp(changed.data, sealed.data, sealed.len) == 0;
	assert(opens(changed.data, changed.len, "x:1") == same);
	/* The fuzzer sees what is compared, and so it finds the value itself.
	 */
	same = size == sealed.len && memcmp(data, sealed.data, size) == 0;
	assert(opens(data, size, "x:1") == same);
	if (size < sealed.len)
		assert(!opens(sealed.data, size, "x:1"));
	buf_free(&changed);
	return 0;
}
