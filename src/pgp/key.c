#include "pgp/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "pgp/armour.h"
#include "pgp/engine.h"

#define USER_ID_MAX 1024 /* bytes of one user id that are kept */
#define USER_IDS_MAX 256
#define EXPIRING_SECONDS (30LL * 24 * 60 * 60)
#define WEAK_BITS 2048 /* bits; RSA: RFC 9580 section 12.4 */

void
key_free(struct key *k)
{
	if (k == NULL)
		return;
	strs_free(&k->user_ids);
	strs_free(&k->addresses);
	free(k->subkey);
	buf_free(&k->material);
	buf_free(&k->blob);
	memset(k, 0, sizeof(*k));
}

static bool
is_weak(const struct subkey *s)
{
	return s->bits < WEAK_BITS &&
	       (strncmp(s->algorithm, "rsa", 3) == 0 ||
		   strncmp(s->algorithm, "dsa", 3) == 0 ||
		   strncmp(s->algorithm, "elg", 3) == 0);
}

static bool
is_live(int64_t expires, int64_t now)
{
	return expires == 0 || expires > now;
}

unsigned
key_problems(const struct key *k, int64_t now)
{
	unsigned problems = KEY_CANNOT_ENCRYPT;
	int64_t last = -1; /* when the longest-lived encryption key ends */

	for (size_t i = 0; i < k->subkeys; i++) {
		const struct subkey *s = &k->subkey[i];

		if (!s->can_encrypt || s->revoked || !is_live(s->expires, now))
			continue;
		problems &= ~(unsigned)KEY_CANNOT_ENCRYPT;
		if (is_weak(s))
			problems |= KEY_WEAK;
		if (s->expires == 0 || last == 0)
			last = 0;
		else if (s->expires > last)
			last = s->expires;
	}
	if (k->subkeys > 0 && is_weak(&k->subkey[0]))
		problems |= KEY_WEAK;
	if (k->revoked)
		problems |= KEY_REVOKED;
	if (!is_live(k->expires, now))
		problems |= KEY_EXPIRED;
	else if (!is_live(k->expires, now + EXPIRING_SECONDS) ||
		 (last > 0 && !is_live(last, now + EXPIRING_SECONDS)))
		problems |= KEY_EXPIRING;
	return problems;
}

void
key_armour(const struct key *k, struct buf *out)
{
	armour_encode(
	    ARMOUR_PUBLIC_KEY, k->material.data, k->material.len, out);
}

/* local@domain with the domain in lower case, where it is one line of text. */
static void
add_address(struct strs *l, const char *address)
{
	const char *at = strrchr(address, '@');
	char *copy = NULL;

	if (at == NULL || at == address || at[1] == '\0' ||
	    strpbrk(address, " \t\r\n<>") != NULL)
		return;
	copy = xstrdup(address);
	for (char *p = copy + (at - address); *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	strs_add_once(l, copy);
	free(copy);
}

/* GPGME shows every user id of a revoked key as revoked; those are kept. */
static void
read_user_ids(struct key *k, gpgme_user_id_t uid)
{
	struct buf line;

	for (; uid != NULL && k->user_ids.count < USER_IDS_MAX;
	     uid = uid->next) {
		const char *address = uid->email != NULL && *uid->email != '\0'
					  ? uid->email
					  : uid->address;

		if ((uid->revoked || uid->invalid) && !k->revoked)
			continue;
		buf_init(&line, USER_ID_MAX);
		utf8_put_line(
		    &line, uid->uid, strnlen(uid->uid, USER_ID_MAX / 4));
		strs_add(&k->user_ids, buf_str(&line));
		buf_clear(&line);
		if (address != NULL) {
			utf8_put_line(
			    &line, address, strnlen(address, USER_ID_MAX / 4));
			add_address(&k->addresses, buf_str(&line));
		}
		buf_free(&line);
	}
}

static void
copy_text(char *to, size_t size, const char *from)
{
	size_t len = from == NULL ? 0 : strnlen(from, size - 1);

	if (len > 0)
		memcpy(to, from, len);
	to[len] = '\0';
}

static void
read_subkey(struct subkey *s, gpgme_subkey_t from)
{
	char *algorithm = gpgme_pubkey_algo_string(from);

	copy_text(s->fingerprint, sizeof(s->fingerprint), from->fpr);
	copy_text(s->key_id, sizeof(s->key_id), from->keyid);
	copy_text(s->algorithm, sizeof(s->algorithm), algorithm);
	s->created = from->timestamp;
	s->expires = from->expires;
	s->revoked = from->revoked;
	s->can_encrypt = from->can_encrypt;
	s->can_sign = from->can_sign;
	s->bits = from->length;
	gpgme_free(algorithm);
}

void
key_read(struct key *k, gpgme_key_t from)
{
	size_t count = 0;

	memset(k, 0, sizeof(*k));
	buf_init(&k->material, KEY_MATERIAL_MAX);
	buf_init(&k->blob, 2 * (size_t)KEY_MATERIAL_MAX);
	k->revoked = from->revoked;
	for (gpgme_subkey_t s = from->subkeys; s != NULL; s = s->next)
		count++;
	k->subkey = xcalloc(count, sizeof(*k->subkey));
	for (gpgme_subkey_t s = from->subkeys; s != NULL; s = s->next)
		read_subkey(&k->subkey[k->subkeys++], s);
	if (k->subkeys > 0) {
		memcpy(k->fingerprint, k->subkey[0].fingerprint,
		    sizeof(k->fingerprint));
		k->created = k->subkey[0].created;
		k->expires = k->subkey[0].expires;
	}
	k->secret = from->secret;
	read_user_ids(k, from->uids);
}
