#include "cli/contacts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/rekeyed.h"
#include "people/key.h"
#include "store/value.h"

void
contacts_keys_free(struct contact_keys *k)
{
	strs_free(&k->fingerprints);
	keys_free(&k->fresh);
}

/* There must be one key: in a whole ring nobody says which is theirs. */
static int
take_one(struct keys *keys, const char *what, struct contact_keys *out,
    struct err *e)
{
	if (keys->count != 1) {
		err_set(e, ERR_DATA,
		    "%s: holds %zu keys, expected one: import them with "
		    "noroshi key import and name the fingerprint",
		    what, keys->count);
		keys_free(keys);
		return -1;
	}
	strs_add_once(&out->fingerprints, keys->key[0].fingerprint);
	out->fresh.key = xreallocarray(
	    out->fresh.key, out->fresh.count + 1, sizeof(*out->fresh.key));
	out->fresh.key[out->fresh.count++] = keys->key[0];
	free(keys->key);
	return 0;
}

static int
read_file(struct session *s, const char *path, struct contact_keys *out,
    struct err *e)
{
	struct keys keys = {0};

	if (keys_read(s, path, false, &keys, e) == -1)
		return -1;
	return take_one(&keys, path, out, e);
}

int
contacts_add_key(struct session *s, const struct buf *material,
    struct contact_keys *out, struct err *e)
{
	struct keys keys = {0};

	if (keys_read_material(s, material, false, &keys, e) == -1)
		return -1;
	return take_one(&keys, "the key", out, e);
}

static int
read_known(struct session *s, const char *fingerprint, struct contact_keys *out,
    struct err *e)
{
	struct key k;

	if (key_get(s->db, fingerprint, &k, e) == -1)
		return -1;
	strs_add_once(&out->fingerprints, k.fingerprint);
	key_free(&k);
	return 0;
}

int
contacts_read_keys(struct session *s, const struct strs *words,
    const char *folder, struct contact_keys *out, struct err *e)
{
	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->item[i];
		char *fingerprint = keys_fingerprint(word), *path = NULL;
		int rc;

		if (fingerprint != NULL) {
			rc = read_known(s, fingerprint, out, e);
		} else {
			path = folder == NULL || word[0] == '/'
				   ? xstrdup(word)
				   : xasprintf("%s/%s", folder, word);
			rc = read_file(s, path, out, e);
		}
		free(fingerprint);
		free(path);
		if (rc == -1)
			return -1;
	}
	return 0;
}

int
contacts_store_keys(struct session *s, const struct contact_keys *keys,
    int64_t now, struct err *e)
{
	bool fresh;

	for (size_t i = 0; i < keys->fresh.count; i++) {
		const struct key *k = &keys->fresh.key[i];

		if (key_store(s->db, now, k, false, &fresh, e) == -1 ||
		    session_audit(s, "key.imported", 0, 0, s->contact,
			json_pack("{s:s, s:b}", "fingerprint", k->fingerprint,
			    "fresh", (int)fresh),
			e) == -1)
			return -1;
	}
	return 0;
}

void
contacts_bind(struct contact *c, const char *fingerprint,
    enum verified verified, int64_t at, int64_t by)
{
	struct contact_key *k = NULL;

	for (size_t i = 0; i < c->keys; i++)
		if (strcmp(c->key[i].fingerprint, fingerprint) == 0)
			k = &c->key[i];
	if (k == NULL) {
		c->key = xgrow(c->key, c->keys, sizeof(*c->key));
		k = &c->key[c->keys++];
		*k = (struct contact_key){.fingerprint = xstrdup(fingerprint)};
	}
	k->verified = verified;
	k->verified_at = verified == VERIFIED_NONE ? 0 : at;
	k->verified_by = verified == VERIFIED_NONE ? 0 : by;
}

static int
unbind(struct contact *c, const char *word, struct err *e)
{
	char *fingerprint = keys_fingerprint(word);
	size_t i = 0;

	while (fingerprint != NULL && i < c->keys &&
	       strcmp(c->key[i].fingerprint, fingerprint) != 0)
		i++;
	if (fingerprint == NULL || i == c->keys) {
		free(fingerprint);
		return err_set(
		    e, ERR_NOINPUT, "%s: no key of that contact's", word);
	}
	free(fingerprint);
	free(c->key[i].fingerprint);
	c->keys--;
	memmove(&c->key[i], &c->key[i + 1], (c->keys - i) * sizeof(*c->key));
	return 0;
}

static void
replace(char **text, const char *with)
{
	if (with == NULL)
		return;
	free(*text);
	*text = *with == '\0' ? NULL : xstrdup(with);
}

static void
apply_keys(struct session *s, const struct contact_change *h,
    const struct contact_keys *keys, struct contact *c, int64_t now)
{
	enum verified how = h->set_verified ? h->verified : VERIFIED_NONE;

	for (size_t i = 0; i < keys->fingerprints.count; i++)
		contacts_bind(
		    c, keys->fingerprints.item[i], how, now, s->contact);
	if (keys->fingerprints.count > 0 || !h->set_verified)
		return;
	for (size_t i = 0; i < c->keys; i++)
		contacts_bind(c, c->key[i].fingerprint, how, now, s->contact);
	if (c->keys == 0 && how != VERIFIED_NONE)
		(void)fprintf(stderr,
		    "noroshi: --verified: there is no key that it speaks of\n");
}

int
contacts_apply(struct session *s, const struct contact_change *h,
    const struct contact_keys *keys, struct contact *c, int64_t now,
    struct err *e)
{
	replace(&c->name, h->name);
	replace(&c->organisation, h->organisation);
	replace(&c->language, h->language);
	if (h->set_class)
		c->class = h->class;
	if (h->set_addresses)
		strs_copy(&c->addresses, &h->addresses);
	if (h->set_roles)
		strs_copy(&c->roles, &h->roles);
	if (h->set_tags)
		strs_copy(&c->tags, &h->tags);
	for (size_t i = 0; i < h->unbind.count; i++)
		if (unbind(c, h->unbind.item[i], e) == -1)
			return -1;
	apply_keys(s, h, keys, c, now);
	return 0;
}

int
contacts_rekeyed(struct session *s, const struct contact *before,
    const char *fingerprint, struct err *e)
{
	char *user = xasprintf("user:%s", s->user);
	const struct rekeyed r = {.before = before,
	    .fingerprint = fingerprint,
	    .author = s->contact,
	    .identity = user,
	    .language = s->config->language};
	int rc =
	    rekeyed_tell(s->db, s->vault, s->spool, clock_now(NULL), &r, e);

	free(user);
	return rc;
}

static json_t *
bindings_json(const struct contact *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->keys; i++) {
		const struct contact_key *k = &c->key[i];

		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:o, s:o}", "fingerprint",
			k->fingerprint, "verified", verified_name(k->verified),
			"verified_at", value_time(k->verified_at),
			"verified_by", value_id(k->verified_by)));
	}
	return list;
}

json_t *
contacts_json(const struct contact *c)
{
	return json_pack("{s:I, s:s, s:s?, s:s, s:s?, s:o, s:o, s:o, s:o, s:o,"
			 " s:b}",
	    "id", (json_int_t)c->id, "name", c->name, "organisation",
	    c->organisation, "class", class_name(c->class), "language",
	    c->language, "addresses", value_strs(&c->addresses), "roles",
	    value_strs(&c->roles), "tags", value_strs(&c->tags), "keys",
	    bindings_json(c), "created_at", value_time(c->created_at),
	    "removed", (int)c->removed);
}

json_t *
contacts_detail(const struct contact *c)
{
	return json_pack("{s:s, s:i, s:o, s:o}", "class", class_name(c->class),
	    "addresses", (int)c->addresses.count, "roles",
	    value_strs(&c->roles), "keys", bindings_json(c));
}
