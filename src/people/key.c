#include "people/key.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "people/contact.h"
#include "people/wanted.h"

#define KEY_SHORTEST 40 /* hex digits of a fingerprint, v4 */
#define KEY_BLOB_MAX (2 * (size_t)KEY_MATERIAL_MAX) /* bytes, keybox record */

/* Has the stored copy a revocation that k lacks? */
static int
key_unrevokes(struct db *db, const struct key *k, int64_t *is, struct err *e)
{
	*is = 0;
	if (!k->revoked && db_get_int(db, is, 0, e,
			       "SELECT revoked FROM key WHERE fingerprint = ?",
			       "s", k->fingerprint) == -1)
		return -1;
	for (size_t i = 0; *is == 0 && i < k->subkeys; i++)
		if (!k->subkey[i].revoked &&
		    db_get_int(db, is, 0, e,
			"SELECT revoked FROM subkey"
			" WHERE fingerprint = ? AND key = ?",
			"ss", k->subkey[i].fingerprint, k->fingerprint) == -1)
			return -1;
	return 0;
}

static int
key_write_row(
    struct db *db, int64_t now, const struct key *k, bool team, struct err *e)
{
	char *user_ids = strs_join(&k->user_ids, "\n");
	char *addresses = strs_join(&k->addresses, "\n");
	int rc;

	rc = db_run(db, e,
	    "INSERT INTO key (fingerprint, user_ids, addresses, created,"
	    " expires, revoked, team, material, blob, imported_at)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (fingerprint) DO UPDATE SET"
	    " user_ids = excluded.user_ids, addresses = excluded.addresses,"
	    " created = excluded.created, expires = excluded.expires,"
	    " revoked = excluded.revoked, team = max(team, excluded.team),"
	    " material = excluded.material, blob = excluded.blob,"
	    " imported_at = excluded.imported_at",
	    "sssiiiibbi", k->fingerprint, user_ids, addresses, k->created,
	    k->expires, (int64_t)k->revoked, (int64_t)team, &k->material,
	    &k->blob, now);
	free(user_ids);
	free(addresses);
	return rc;
}

static int
key_write_subkey(struct db *db, const struct key *k, size_t i, struct err *e)
{
	const struct subkey *s = &k->subkey[i];

	return db_run(db, e,
	    "INSERT INTO subkey (fingerprint, key, key_id, position, created,"
	    " expires, revoked, can_encrypt, can_sign, algorithm, bits)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    "sssiiiiiisi", s->fingerprint, k->fingerprint, s->key_id,
	    (int64_t)i, s->created, s->expires, (int64_t)s->revoked,
	    (int64_t)s->can_encrypt, (int64_t)s->can_sign, s->algorithm,
	    (int64_t)s->bits);
}

int
key_store(struct db *db, int64_t now, const struct key *k, bool team,
    bool *fresh, struct err *e)
{
	int64_t known, older;

	if (db_get_int(db, &known, 0, e,
		"SELECT 1 FROM key WHERE fingerprint = ?", "s",
		k->fingerprint) == -1 ||
	    key_unrevokes(db, k, &older, e) == -1)
		return -1;
	*fresh = known == 0;
	if (older != 0 && team &&
	    db_run(db, e, "UPDATE key SET team = 1 WHERE fingerprint = ?", "s",
		k->fingerprint) == -1)
		return -1;
	if (older != 0)
		return team ? wanted_arrived(db, k, true, e) : 0;
	if (key_write_row(db, now, k, team, e) == -1 ||
	    db_run(db, e, "DELETE FROM subkey WHERE key = ?", "s",
		k->fingerprint) == -1)
		return -1;
	for (size_t i = 0; i < k->subkeys; i++)
		if (key_write_subkey(db, k, i, e) == -1)
			return -1;
	if (wanted_arrived(db, k, team, e) == -1)
		return -1;
	return people_changed(db, e);
}

static void
key_copy_word(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

static void
key_load_buf(struct buf *b, size_t max, const struct db_row *row, int column)
{
	size_t len;
	const void *p = db_blob(row, column, &len);

	buf_init(b, max);
	buf_put(b, p, len);
}

static int
key_load_row(struct db *db, struct key *k, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT user_ids, addresses, created, expires, revoked,"
		" material, blob FROM key WHERE fingerprint = ?",
		"s", k->fingerprint) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 0)
		return err_set(
		    e, ERR_NOINPUT, "key %s: not known", k->fingerprint);
	if (rc == 1) {
		strs_split(&k->user_ids, db_text(row, 0), "\n");
		strs_split(&k->addresses, db_text(row, 1), "\n");
		k->created = db_int(row, 2);
		k->expires = db_int(row, 3);
		k->revoked = db_int(row, 4) != 0;
		key_load_buf(&k->material, KEY_MATERIAL_MAX, row, 5);
		key_load_buf(&k->blob, KEY_BLOB_MAX, row, 6);
		rc = 0;
		if (k->material.over || k->blob.over)
			rc = err_set(
			    e, ERR_DATA, "key %s: too long", k->fingerprint);
	}
	db_end(row);
	return rc;
}

static void
key_load_subkey(struct subkey *s, const struct db_row *row)
{
	*s = (struct subkey){.created = db_int(row, 2),
	    .expires = db_int(row, 3),
	    .revoked = db_int(row, 4) != 0,
	    .can_encrypt = db_int(row, 5) != 0,
	    .can_sign = db_int(row, 6) != 0,
	    .bits = (unsigned)db_int(row, 8)};
	key_copy_word(s->fingerprint, sizeof(s->fingerprint), db_text(row, 0));
	key_copy_word(s->key_id, sizeof(s->key_id), db_text(row, 1));
	key_copy_word(s->algorithm, sizeof(s->algorithm), db_text(row, 7));
}

static int
key_load_subkeys(struct db *db, struct key *k, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT fingerprint, key_id, created, expires, revoked,"
		" can_encrypt, can_sign, algorithm, bits FROM subkey"
		" WHERE key = ? ORDER BY position",
		"s", k->fingerprint) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		k->subkey = xgrow(k->subkey, k->subkeys, sizeof(*k->subkey));
		key_load_subkey(&k->subkey[k->subkeys++], row);
	}
	return rc;
}

static int
key_load(struct db *db, const char *fingerprint, struct key *k, struct err *e)
{
	*k = (struct key){0};
	key_copy_word(k->fingerprint, sizeof(k->fingerprint), fingerprint);
	if (key_load_row(db, k, e) == 0 && key_load_subkeys(db, k, e) == 0)
		return 0;
	key_free(k);
	return -1;
}

/*
 * Which key does id name? Its own primary fingerprint is never in doubt;
 * subkeys and key ids a stranger's key may claim too, so a binding decides, and
 * else that the subkey can sign: this takes its own consent.
 */
static int
key_resolve(struct db *db, const char *id, char fingerprint[KEY_FINGERPRINT],
    struct err *e)
{
	struct db_row *row;
	int64_t best = -1;
	bool several = false;
	int rc;

	if (db_query(db, &row, e,
		"SELECT s.key, max(CASE WHEN s.key = ? THEN 4"
		" ELSE 2 * (c.contact IS NOT NULL) + s.can_sign END)"
		" FROM subkey s LEFT JOIN contact_key c ON c.key = s.key"
		" WHERE s.fingerprint = ? OR s.key_id = ? GROUP BY s.key",
		"sss", id, id, id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		int64_t rank = db_int(row, 1);

		if (rank > best)
			key_copy_word(
			    fingerprint, KEY_FINGERPRINT, db_text(row, 0));
		several = rank == best || (rank < best && several);
		best = rank > best ? rank : best;
	}
	if (rc == -1)
		return -1;
	if (best == -1)
		return err_set(e, ERR_NOINPUT, "key %s: not known", id);
	if (several)
		return err_set(e, ERR_DATA,
		    "key %s: several keys have it, give the fingerprint", id);
	return 0;
}

int
key_get(struct db *db, const char *id, struct key *out, struct err *e)
{
	char upper[KEY_FINGERPRINT], fingerprint[KEY_FINGERPRINT] = "";
	struct err none = {0};

	*out = (struct key){0};
	if (!hex_is(id, 16) && !hex_is(id, 40) && !hex_is(id, 64))
		return err_set(e, ERR_NOINPUT,
		    "\"%.64s\" is no fingerprint and no key id", id);
	key_copy_word(upper, sizeof(upper), id);
	for (char *p = upper; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	/* A primary fingerprint is never in doubt, and nearly always given. */
	if (strlen(upper) >= KEY_SHORTEST) {
		if (key_load(db, upper, out, &none) == 0)
			return 0;
		if (none.code != ERR_NOINPUT)
			return err_set(e, none.code, "%s", none.text);
	}
	if (key_resolve(db, upper, fingerprint, e) == -1)
		return -1;
	return key_load(db, fingerprint, out, e);
}

int
key_list(struct db *db, bool team_only, struct key **out, size_t *count,
    struct err *e)
{
	struct key *list = NULL;
	struct db_row *row;
	size_t n = 0;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT fingerprint FROM key WHERE team >= ?"
		" ORDER BY imported_at, fingerprint",
		"i", (int64_t)team_only) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		list = xgrow(list, n, sizeof(*list));
		rc = key_load(db, db_text(row, 0), &list[n], e);
		if (rc == -1)
			break;
		n++;
	}
	db_end(row);
	if (rc == -1) {
		while (n > 0)
			key_free(&list[--n]);
		free(list);
		return -1;
	}
	*out = list;
	*count = n;
	return 0;
}
