#include "store/vault.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "store/restored.h"

#define VAULT_VERSION 1 /* the first byte of all that is sealed */
#define VAULT_NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define VAULT_TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
#define VAULT_HEAD (1 + VAULT_NONCE)
#define VAULT_SLOTS 32 /* unwrapped keys that are kept */
#define VAULT_CONTEXT 32 /* bytes, "vault_key:" and an id */

_Static_assert(VAULT_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    "a key of the vault is a key of the cipher");

/*
 * An unwrapped key, known by how it was wrapped and not by its row alone: a
 * transaction that was rolled back gives its row's id to another key.
 */
struct vault_slot {
	uint64_t used; /* when, in calls; 0: empty */
	unsigned char wrapped[VAULT_HEAD + VAULT_KEY + VAULT_TAG];
	unsigned char key[VAULT_KEY];
};

/* In memory that is locked where the limits allow, and never in a core. */
struct vault_secret {
	unsigned char master[VAULT_KEY];
	unsigned char wrap[VAULT_KEY]; /* made from master, for case keys */
	struct vault_slot slot[VAULT_SLOTS];
	uint64_t calls;
};

struct vault {
	struct db *db;
	struct vault_secret *secret;
};

static void
vault_subkey(struct vault *v, const char *purpose, unsigned char out[VAULT_KEY])
{
	crypto_generichash(out, VAULT_KEY, (const unsigned char *)purpose,
	    strlen(purpose), v->secret->master, VAULT_KEY);
}

int
vault_open(struct vault **out, struct db *db,
    const unsigned char master[VAULT_KEY], struct err *e)
{
	struct vault *v;

	*out = NULL;
	if (sodium_init() == -1)
		return err_set(e, ERR_SERVICE, "libsodium does not start");
	v = xcalloc(1, sizeof(*v));
	v->db = db;
	v->secret = sodium_malloc(sizeof(*v->secret));
	if (v->secret == NULL) {
		free(v);
		return err_set(e, ERR_TEMP, "no memory for the vault's keys");
	}
	sodium_memzero(v->secret, sizeof(*v->secret));
	memcpy(v->secret->master, master, VAULT_KEY);
	vault_subkey(v, "vault.wrap", v->secret->wrap);
	*out = v;
	return 0;
}

void
vault_close(struct vault *v)
{
	if (v == NULL)
		return;
	sodium_free(v->secret); /* wipes */
	free(v);
}

/* The version byte and the context are authenticated with the value. */
static void
vault_aad(struct buf *aad, const char *context)
{
	buf_init(aad, SIZE_MAX / 2);
	buf_putc(aad, VAULT_VERSION);
	buf_puts(aad, context);
}

static int
vault_encrypt(const unsigned char key[VAULT_KEY], const char *context,
    const void *value, size_t len, struct buf *out, struct err *e)
{
	unsigned char *p;
	struct buf aad;

	p = len > SIZE_MAX / 2 ? NULL
			       : buf_reserve(out, VAULT_HEAD + len + VAULT_TAG);
	if (p == NULL)
		return err_set(
		    e, ERR_DATA, "too long to be sealed: %zu bytes", len);
	vault_aad(&aad, context);
	p[0] = VAULT_VERSION;
	clock_random(NULL, p + 1, VAULT_NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(p + VAULT_HEAD, NULL, value,
	    len, aad.data, aad.len, NULL, p + 1, key);
	buf_free(&aad);
	return 0;
}

/* out has room for len - VAULT_HEAD - VAULT_TAG bytes. */
static int
vault_decrypt(const unsigned char key[VAULT_KEY], const char *context,
    const unsigned char *sealed, size_t len, unsigned char *out)
{
	struct buf aad;
	int rc;

	if (len < VAULT_HEAD + VAULT_TAG || sealed[0] != VAULT_VERSION)
		return -1;
	vault_aad(&aad, context);
	rc = crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL,
	    sealed + VAULT_HEAD, len - VAULT_HEAD, aad.data, aad.len,
	    sealed + 1, key);
	buf_free(&aad);
	return rc;
}

static const char *
vault_key_context(int64_t id, char context[VAULT_CONTEXT])
{
	(void)snprintf(context, VAULT_CONTEXT, "vault_key:%lld", (long long)id);
	return context;
}

/* The slot that holds this wrapped key, else the one used longest ago. */
static struct vault_slot *
vault_slot_find(struct vault *v, const void *wrapped, bool *found)
{
	struct vault_slot *oldest = &v->secret->slot[0];

	*found = false;
	for (size_t i = 0; i < VAULT_SLOTS; i++) {
		struct vault_slot *slot = &v->secret->slot[i];

		if (slot->used != 0 && memcmp(slot->wrapped, wrapped,
					   sizeof(slot->wrapped)) == 0) {
			*found = true;
			return slot;
		}
		if (slot->used < oldest->used)
			oldest = slot;
	}
	return oldest;
}

static int
vault_unwrap(struct vault *v, int64_t id, const void *wrapped, size_t len,
    const unsigned char **key, struct err *e)
{
	char context[VAULT_CONTEXT];
	struct vault_slot *slot;
	bool found;

	if (len != sizeof(slot->wrapped))
		return err_set(
		    e, ERR_DATA, "vault key %lld is damaged", (long long)id);
	slot = vault_slot_find(v, wrapped, &found);
	if (!found) {
		slot->used = 0;
		if (vault_decrypt(v->secret->wrap,
			vault_key_context(id, context), wrapped, len,
			slot->key) == -1)
			return err_set(e, ERR_DATA,
			    "vault key %lld was changed, or is of another "
			    "master key",
			    (long long)id);
		memcpy(slot->wrapped, wrapped, len);
	}
	slot->used = ++v->secret->calls;
	*key = slot->key;
	return 0;
}

int
vault_fits(struct vault *v, bool *fits, struct err *e)
{
	const unsigned char *key;
	struct err why = {0};
	struct db_row *row;
	const void *wrapped;
	size_t len;
	int rc;

	*fits = false;
	if (db_query(v->db, &row, e,
		"SELECT id, wrapped FROM vault_key WHERE wrapped IS NOT NULL"
		" ORDER BY id DESC LIMIT 1",
		"") == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 1) {
		wrapped = db_blob(row, 1, &len);
		*fits = vault_unwrap(
			    v, db_int(row, 0), wrapped, len, &key, &why) == 0;
	}
	db_end(row);
	return rc == -1 ? -1 : 0;
}

const unsigned char *
vault_master(const struct vault *v)
{
	return v->secret->master;
}

/* Asks the row each time: another process may have destroyed the key. */
static int
vault_key_get(
    struct vault *v, int64_t id, const unsigned char **key, struct err *e)
{
	struct db_row *row;
	const void *wrapped;
	size_t len;
	int rc;

	if (db_query(v->db, &row, e,
		"SELECT wrapped FROM vault_key WHERE id = ?", "i", id) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 1 && !db_is_null(row, 0)) {
		wrapped = db_blob(row, 0, &len);
		rc = vault_unwrap(v, id, wrapped, len, key, e);
	} else if (rc != -1) {
		rc = err_set(e, ERR_NOINPUT, "vault key %lld %s", (long long)id,
		    rc == 1 ? "was destroyed" : "is unknown");
	}
	db_end(row);
	return rc;
}

int
vault_key_create(struct vault *v, int64_t *id, struct err *e)
{
	char context[VAULT_CONTEXT];
	unsigned char key[VAULT_KEY];
	struct buf wrapped;
	int64_t row;
	int rc = -1;

	buf_init(&wrapped, VAULT_HEAD + VAULT_KEY + VAULT_TAG);
	clock_random(NULL, key, sizeof(key));
	/* the row first: the key is bound to its id */
	if (db_insert(v->db, &row, e,
		"INSERT INTO vault_key (id, wrapped) VALUES (" RESTORED_NEXT(
		    "vault_key") ", NULL)",
		"") == -1 ||
	    vault_encrypt(v->secret->wrap, vault_key_context(row, context), key,
		sizeof(key), &wrapped, e) == -1 ||
	    db_run(v->db, e, "UPDATE vault_key SET wrapped = ? WHERE id = ?",
		"bi", &wrapped, row) == -1)
		goto out;
	*id = row;
	rc = 0;
out:
	sodium_memzero(key, sizeof(key));
	buf_free(&wrapped);
	return rc;
}

int
vault_seal(struct vault *v, int64_t key, const char *context, const void *value,
    size_t len, struct buf *out, struct err *e)
{
	const unsigned char *k;

	if (vault_key_get(v, key, &k, e) == -1)
		return -1;
	return vault_encrypt(k, context, value, len, out, e);
}

int
vault_unseal(struct vault *v, int64_t key, const char *context,
    const void *sealed, size_t len, struct buf *out, struct err *e)
{
	const unsigned char *k;
	unsigned char *p;
	size_t start = out->len;

	if (vault_key_get(v, key, &k, e) == -1)
		return -1;
	if (len < VAULT_HEAD + VAULT_TAG)
		return err_set(
		    e, ERR_DATA, "%s: sealed value cut short", context);
	p = buf_reserve(out, len - VAULT_HEAD - VAULT_TAG);
	if (p == NULL)
		return err_set(
		    e, ERR_DATA, "%s: sealed value of %zu bytes", context, len);
	if (vault_decrypt(k, context, sealed, len, p) == -1) {
		out->len = start;
		p[0] = '\0';
		return err_set(e, ERR_DATA,
		    "%s: sealed value was changed, or is another's", context);
	}
	return 0;
}

int
vault_key_destroy(struct vault *v, int64_t key, struct err *e)
{
	if (db_run(v->db, e, "UPDATE vault_key SET wrapped = NULL WHERE id = ?",
		"i", key) == -1)
		return -1;
	if (db_changed(v->db) == 0)
		return err_set(e, ERR_NOINPUT, "vault key %lld is unknown",
		    (long long)key);
	/* which slot was its own is not known any more: all go */
	sodium_memzero(v->secret->slot, sizeof(v->secret->slot));
	return 0;
}

int
vault_keys_destroyed(struct db *db, int64_t **id, size_t *count, struct err *e)
{
	return db_get_ids(db, id, count, e,
	    "SELECT id FROM vault_key WHERE wrapped IS NULL ORDER BY id", "");
}

int
vault_key_forget(struct db *db, int64_t key, bool *changed, struct err *e)
{
	if (db_run(db, e,
		"UPDATE vault_key SET wrapped = NULL WHERE id = ?"
		" AND wrapped IS NOT NULL",
		"i", key) == -1)
		return -1;
	*changed = db_changed(db) > 0;
	return 0;
}

void
vault_hash(struct vault *v, const char *purpose, const void *data, size_t len,
    unsigned char out[32])
{
	unsigned char key[VAULT_KEY];
	struct buf name;

	buf_init(&name, SIZE_MAX / 2);
	buf_puts(&name, "vault.hash:");
	buf_puts(&name, purpose);
	vault_subkey(v, buf_str(&name), key);
	crypto_generichash(out, 32, data, len, key, sizeof(key));
	sodium_memzero(key, sizeof(key));
	buf_free(&name);
}
