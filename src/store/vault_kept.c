#include "store/vault_kept.h"

#include <limits.h>
#include <linux/keyctl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/hex.h"
#include "store/vault_file.h"

#define KEPT_SUM 16 /* bytes: the quota of a user's keys counts names too */
#define KEPT_NAME (sizeof("noroshi:") + 2 * KEPT_SUM)

/*
 * Rights as in keyctl_setperm(3), highest byte first: who has the key on a
 * keyring of its own may view, read, search and link it; the same user id all
 * but link; nobody else anything.
 */
#define KEPT_RIGHTS 0x1b0b0000UL

/*
 * The folder, so that a copy of a gateway has to ask gpg for itself, and the
 * file, so that another vault in the same place does.
 */
static bool
kept_name(const char *gnupg, char name[KEPT_NAME])
{
	crypto_generichash_state state;
	unsigned char sum[KEPT_SUM];
	char path[PATH_MAX], hex[2 * KEPT_SUM + 1];
	struct buf file;
	bool read;

	buf_init(&file, VAULT_FILE_MAX);
	read = sodium_init() != -1 && realpath(gnupg, path) != NULL &&
	       vault_file_read(gnupg, &file, NULL) == 0;
	if (read) {
		crypto_generichash_init(&state, NULL, 0, sizeof(sum));
		crypto_generichash_update(
		    &state, (const unsigned char *)path, strlen(path) + 1);
		crypto_generichash_update(&state, file.data, file.len);
		crypto_generichash_final(&state, sum, sizeof(sum));
		(void)snprintf(name, KEPT_NAME, "noroshi:%s",
		    hex_encode(sum, sizeof(sum), hex));
	}
	buf_free(&file);
	return read;
}

/* The key's serial number, or -1. */
static long
kept_find(const char *name)
{
	return syscall(SYS_keyctl, (long)KEYCTL_SEARCH,
	    (long)KEY_SPEC_USER_KEYRING, "user", name, 0L);
}

static bool
kept_read(const char *name, unsigned char master[VAULT_KEY])
{
	long id = kept_find(name);

	return id != -1 && syscall(SYS_keyctl, (long)KEYCTL_READ, id, master,
			       (long)VAULT_KEY) == VAULT_KEY;
}

int
vault_kept_open(
    struct vault **out, struct db *db, const char *gnupg, struct err *e)
{
	char name[KEPT_NAME];
	unsigned char *master;
	struct vault *v = NULL;
	bool fits = false;
	int rc = 0;

	*out = NULL;
	if (!kept_name(gnupg, name))
		return 0;
	master = sodium_malloc(VAULT_KEY);
	if (master == NULL)
		return 0;
	if (kept_read(name, master))
		rc = vault_open(&v, db, master, e);
	sodium_free(master); /* wipes */
	if (v != NULL)
		rc = vault_fits(v, &fits, e);
	if (rc == 0 && fits) {
		*out = v;
		return 1;
	}
	vault_close(v);
	return rc;
}

/*
 * Where the user's keyring is, nothing ever lies without its end and its
 * rights: the key is made in a keyring that ends with this process.
 */
void
vault_kept_put(const struct vault *v, const char *gnupg, int64_t seconds)
{
	char name[KEPT_NAME];
	long id;

	if (seconds <= 0 || !kept_name(gnupg, name))
		return;
	id = syscall(SYS_add_key, "user", name, vault_master(v),
	    (size_t)VAULT_KEY, (long)KEY_SPEC_PROCESS_KEYRING);
	if (id == -1)
		return;
	if (syscall(SYS_keyctl, (long)KEYCTL_SET_TIMEOUT, id, (long)seconds) ==
		0 &&
	    syscall(SYS_keyctl, (long)KEYCTL_SETPERM, id, KEPT_RIGHTS) == 0)
		(void)syscall(SYS_keyctl, (long)KEYCTL_LINK, id,
		    (long)KEY_SPEC_USER_KEYRING);
	(void)syscall(SYS_keyctl, (long)KEYCTL_UNLINK, id,
	    (long)KEY_SPEC_PROCESS_KEYRING);
}

void
vault_kept_drop(const char *gnupg)
{
	char name[KEPT_NAME];
	long id;

	if (!kept_name(gnupg, name))
		return;
	id = kept_find(name);
	if (id != -1)
		(void)syscall(SYS_keyctl, (long)KEYCTL_INVALIDATE, id);
}
