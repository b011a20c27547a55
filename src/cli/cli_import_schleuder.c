/*
 * noroshi import schleuder: the people and keys of mailing lists become
 * contacts, whose keys nobody has verified.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/contacts.h"
#include "cli/option.h"
#include "people/key.h"
#include "people/schleuder.h"

struct schleuder_import {
	struct session *s;
	enum class class;
	const char *database; /* or NULL: beside the lists */
	json_t *added; /* contacts */
	int64_t known; /* contacts that stood before */
	int64_t keys; /* that are stored */
	int64_t refused; /* keys that gpg cannot use */
};

/* Where the default is, of lists/DOMAIN/LOCALPART: beside lists. */
static char *
schleuder_database(const struct schleuder_import *i, const char *folder)
{
	return i->database != NULL ? xstrdup(i->database)
				   : xasprintf("%s/../../../db.sqlite", folder);
}

/* Runs gpg: not in a transaction. */
static int
schleuder_ring(struct schleuder_import *i, const char *folder,
    struct keys *keys, struct err *e)
{
	struct buf *material;
	size_t count;

	if (schleuder_keys(folder, &material, &count, e) == -1)
		return -1;
	for (size_t n = 0; n < count; n++) {
		struct err why = {0};

		if (keys_read_material(i->s, &material[n], false, keys, &why) ==
		    -1) {
			i->refused++;
			(void)fprintf(
			    stderr, "noroshi: %s: %s\n", folder, why.text);
		}
		buf_free(&material[n]);
	}
	free(material);
	return 0;
}

/* "Fay" of "Fay <fay@x.example>"; else the address. The caller's. */
static char *
schleuder_name(
    const struct keys *keys, const struct schleuder_subscription *one)
{
	for (size_t n = 0; n < keys->count; n++) {
		const struct key *k = &keys->key[n];

		if (one->fingerprint == NULL ||
		    strcmp(k->fingerprint, one->fingerprint) != 0)
			continue;
		for (size_t u = 0; u < k->user_ids.count; u++) {
			const char *id = k->user_ids.item[u];
			const char *end = strstr(id, " <");
			char *name = end == NULL || end == id
					 ? NULL
					 : xstrndup(id, (size_t)(end - id));
			struct contact c = {.name = name};
			struct err why = {0};

			if (name != NULL && contact_check(&c, &why) == 0)
				return name;
			free(name);
		}
	}
	return xstrdup(one->address);
}

/* True where the key is stored and nobody's. -1: failed. */
static int
schleuder_is_free(
    struct session *s, const char *fingerprint, bool *is, struct err *e)
{
	struct contact c = {0};
	struct err why = {0};
	struct key k;

	*is = false;
	if (fingerprint == NULL)
		return 0;
	if (key_get(s->db, fingerprint, &k, &why) == -1)
		return why.code == ERR_NOINPUT || why.code == ERR_DATA
			   ? 0
			   : err_set(e, why.code, "%s", why.text);
	key_free(&k);
	if (contact_by_key(s->db, fingerprint, &c, &why) == 0) {
		contact_free(&c);
		return 0;
	}
	if (why.code != ERR_NOINPUT)
		return err_set(e, why.code, "%s", why.text);
	*is = true;
	return 0;
}

static int
schleuder_add(struct schleuder_import *i, const char *list,
    const struct keys *keys, const struct schleuder_subscription *one,
    struct err *e)
{
	struct session *s = i->s;
	struct contact c = {.class = i->class};
	int64_t now = clock_now(NULL);
	bool may_bind;
	int rc = -1;

	c.name = schleuder_name(keys, one);
	strs_add(&c.addresses, one->address);
	strs_add(&c.tags, list);
	if (one->admin)
		strs_add(&c.tags, "list-admin");
	/* Who gets no mail of the list gets no copies here. */
	if (!one->delivery && i->class == CLASS_STAFF)
		strs_add(&c.roles, "observer");
	if (schleuder_is_free(s, one->fingerprint, &may_bind, e) == -1)
		goto out;
	if (may_bind)
		contacts_bind(
		    &c, one->fingerprint, VERIFIED_NONE, now, s->contact);
	if (contact_check(&c, e) == -1 ||
	    contact_add(s->db, now, &c, &c.id, e) == -1 ||
	    session_audit(
		s, "contact.added", 0, 0, c.id, contacts_detail(&c), e) == -1) {
		err_in(e, "%s", one->address);
		goto out;
	}
	json_array_append_new(i->added, contacts_json(&c));
	rc = 0;
out:
	contact_free(&c);
	return rc;
}

/* Who is known keeps what is known of them. */
static int
schleuder_one(struct schleuder_import *i, const char *list,
    const struct keys *keys, const struct schleuder_subscription *one,
    struct err *e)
{
	struct contact c = {0};
	struct err why = {0};

	if (contact_by_address(i->s->db, one->address, &c, &why) == 0) {
		i->known++;
		contact_free(&c);
		return 0;
	}
	if (why.code != ERR_NOINPUT && why.code != ERR_DATA)
		return err_set(e, why.code, "%s", why.text);
	return schleuder_add(i, list, keys, one, e);
}

static int
schleuder_write(struct schleuder_import *i, const char *list,
    const struct keys *keys, const struct schleuder_subscription *one,
    size_t count, struct err *e)
{
	struct session *s = i->s;
	const struct contact_keys all = {.fresh = *keys};

	if (db_begin(s->db, e) == -1)
		return -1;
	if (contacts_store_keys(s, &all, clock_now(NULL), e) == -1)
		goto failed;
	for (size_t n = 0; n < count; n++)
		if (schleuder_one(i, list, keys, &one[n], e) == -1)
			goto failed;
	if (session_audit(s, "import.schleuder", 0, 0, s->contact,
		json_pack("{s:s, s:I, s:I}", "list", list, "subscriptions",
		    (json_int_t)count, "keys", (json_int_t)keys->count),
		e) == -1 ||
	    db_commit(s->db, e) == -1)
		goto failed;
	i->keys += (int64_t)keys->count;
	return 0;
failed:
	db_rollback(s->db);
	return -1;
}

static int
schleuder_folder(struct schleuder_import *i, const char *folder, struct err *e)
{
	struct schleuder_subscription *one = NULL;
	char *list = schleuder_list(folder);
	char *path = schleuder_database(i, folder);
	struct keys keys = {0};
	size_t count = 0;
	int rc = -1;

	if (list == NULL)
		err_set(e, ERR_USAGE,
		    "%s: a list's folder, DOMAIN/LOCALPART, was expected",
		    folder);
	else if (schleuder_read(path, list, &one, &count, e) == 0 &&
		 schleuder_ring(i, folder, &keys, e) == 0)
		rc = schleuder_write(i, list, &keys, one, count, e);
	schleuder_free(one, count);
	keys_free(&keys);
	free(path);
	free(list);
	return rc;
}

static int
schleuder_say(struct schleuder_import *i, struct err *e)
{
	struct output *o = &i->s->out;

	if (o->json)
		return output_json(o,
		    json_pack("{s:O, s:I, s:I, s:I}", "added", i->added,
			"known", (json_int_t)i->known, "keys",
			(json_int_t)i->keys, "refused", (json_int_t)i->refused),
		    e);
	output_put(o, "%zu contacts added, %lld known before, %lld keys\n",
	    json_array_size(i->added), (long long)i->known, (long long)i->keys);
	return 0;
}

int
cli_import_schleuder(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"class", required_argument, NULL, 'c'},
	    {"database", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct schleuder_import i = {.s = s};
	const char *as = NULL, *word = NULL;
	int c, rc = 0;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'a')
			as = optarg;
		else if (c == 'c')
			word = optarg;
		else if (c == 'd')
			i.database = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 ||
	    option_operands(argc, argv, 1, 1000, "a list's folder", e) == -1)
		return -1;
	if (word == NULL || !class_parse(word, &i.class))
		return err_set(e, ERR_USAGE,
		    "--class: what the subscribers are to you (--help)");
	if (session_open(s, e) == -1 || session_act(s, as, e) == -1)
		return -1;
	i.added = json_array();
	for (int n = optind; n < argc && rc == 0; n++)
		rc = schleuder_folder(&i, argv[n], e);
	if (rc == 0)
		rc = session_wake(s, e);
	if (rc == 0)
		rc = schleuder_say(&i, e);
	json_decref(i.added);
	return rc;
}
