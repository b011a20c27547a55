#include "people/contact.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "people/wanted.h"

static void
contact_keys_free(struct contact *c)
{
	for (size_t i = 0; i < c->keys; i++)
		free(c->key[i].fingerprint);
	free(c->key);
}

void
contact_free(struct contact *c)
{
	free(c->name);
	free(c->organisation);
	free(c->language);
	strs_free(&c->addresses);
	strs_free(&c->roles);
	strs_free(&c->tags);
	contact_keys_free(c);
	*c = (struct contact){0};
}

void
contact_list_free(struct contact *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		contact_free(&list[i]);
	free(list);
}

/* What sql gives as strings, into a list that is added to. */
static int
contact_load_strs(
    struct db *db, int64_t id, struct strs *l, const char *sql, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e, sql, "i", id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		strs_add(l, db_text(row, 0));
	return rc;
}

static int
contact_load_keys(struct db *db, struct contact *c, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT key, verified, verified_at, verified_by"
		" FROM contact_key WHERE contact = ? ORDER BY position",
		"i", c->id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		struct contact_key *k;

		c->key = xgrow(c->key, c->keys, sizeof(*c->key));
		k = &c->key[c->keys++];
		*k = (struct contact_key){
		    .fingerprint = xstrdup(db_text(row, 0)),
		    .verified_at = db_int(row, 2),
		    .verified_by = db_int(row, 3)};
		/* a word that is not ours proves nothing */
		if (!verified_parse(db_text(row, 1), &k->verified))
			k->verified = VERIFIED_NONE;
	}
	return rc;
}

static int
contact_load_row(struct db *db, struct contact *c, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT c.name, o.name, c.class, c.language, c.created_at,"
		" c.removed_at FROM contact c"
		" LEFT JOIN organisation o ON o.id = c.organisation"
		" WHERE c.id = ?",
		"i", c->id) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 0)
		return err_set(e, ERR_NOINPUT, "contact %lld: there is none",
		    (long long)c->id);
	if (rc == 1) {
		rc = 0;
		c->name = xstrdup(db_text(row, 0));
		c->organisation = xstrdup_null(db_text(row, 1));
		c->language = xstrdup_null(db_text(row, 3));
		c->created_at = db_int(row, 4);
		c->removed = !db_is_null(row, 5);
		if (!class_parse(db_text(row, 2), &c->class))
			rc = err_set(e, ERR_BUG, "contact %lld: class \"%s\"",
			    (long long)c->id, db_text(row, 2));
	}
	db_end(row);
	return rc;
}

int
contact_get(struct db *db, int64_t id, struct contact *out, struct err *e)
{
	*out = (struct contact){.id = id};
	if (contact_load_row(db, out, e) == 0 &&
	    contact_load_strs(db, id, &out->addresses,
		"SELECT written FROM contact_address WHERE contact = ?"
		" ORDER BY position",
		e) == 0 &&
	    contact_load_strs(db, id, &out->roles,
		"SELECT role FROM contact_role WHERE contact = ?"
		" ORDER BY role",
		e) == 0 &&
	    contact_load_strs(db, id, &out->tags,
		"SELECT tag FROM contact_tag WHERE contact = ? ORDER BY tag",
		e) == 0 &&
	    contact_load_keys(db, out, e) == 0)
		return 0;
	contact_free(out);
	return -1;
}

int
contact_class(struct db *db, int64_t id, enum class *out, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e, "SELECT class FROM contact WHERE id = ?", "i",
		id) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 0)
		return err_set(e, ERR_NOINPUT, "contact %lld: there is none",
		    (long long)id);
	if (rc == 1)
		rc = class_parse(db_text(row, 0), out)
			 ? 0
			 : err_set(e, ERR_BUG, "contact %lld: class \"%s\"",
			       (long long)id, db_text(row, 0));
	db_end(row);
	return rc;
}

/* The contact that has this folded address, or 0. */
static int
contact_id_by_fold(struct db *db, const char *fold, int64_t *id, struct err *e)
{
	return db_get_int(db, id, 0, e,
	    "SELECT contact FROM contact_address WHERE address = ?", "s", fold);
}

/* The contact that this key is bound to, or 0. */
static int
contact_id_by_key(
    struct db *db, const char *fingerprint, int64_t *id, struct err *e)
{
	return db_get_int(db, id, 0, e,
	    "SELECT contact FROM contact_key WHERE key = upper(?)", "s",
	    fingerprint);
}

int
contact_by_address(
    struct db *db, const char *address, struct contact *out, struct err *e)
{
	char *fold = contact_address_fold(address);
	int64_t id = 0;
	int rc = 0;

	*out = (struct contact){0};
	if (fold != NULL)
		rc = contact_id_by_fold(db, fold, &id, e);
	free(fold);
	if (rc == -1)
		return -1;
	if (id == 0)
		return err_set(
		    e, ERR_NOINPUT, "%.100s: no contact has it", address);
	return contact_get(db, id, out, e);
}

int
contact_by_key(
    struct db *db, const char *fingerprint, struct contact *out, struct err *e)
{
	int64_t id;

	*out = (struct contact){0};
	if (contact_id_by_key(db, fingerprint, &id, e) == -1)
		return -1;
	if (id == 0)
		return err_set(e, ERR_NOINPUT, "key %.64s: bound to no contact",
		    fingerprint);
	return contact_get(db, id, out, e);
}

static int
contact_by_name(
    struct db *db, const char *name, struct contact *out, struct err *e)
{
	struct db_row *row;
	int64_t id = 0;
	int rc, count = 0;

	if (db_query(db, &row, e,
		"SELECT id FROM contact WHERE name = ? AND removed_at IS NULL"
		" LIMIT 2",
		"s", name) == -1)
		return -1;
	for (; (rc = db_step(row, e)) == 1; count++)
		id = db_int(row, 0);
	if (rc == -1)
		return -1;
	if (count == 0)
		return err_set(
		    e, ERR_NOINPUT, "%.100s: there is no such contact", name);
	if (count > 1)
		return err_set(e, ERR_DATA,
		    "%.100s: several contacts have this name, give the id",
		    name);
	return contact_get(db, id, out, e);
}

int
contact_find(struct db *db, const char *who, struct contact *out, struct err *e)
{
	size_t len = strlen(who);

	*out = (struct contact){0};
	if (strchr(who, '@') != NULL)
		return contact_by_address(db, who, out, e);
	/* 18 digits are within int64_t */
	if (len == 0 || len > 18 || strspn(who, "0123456789") != len)
		return contact_by_name(db, who, out, e);
	if (contact_get(db, strtoll(who, NULL, 10), out, e) == -1)
		return -1;
	if (!out->removed)
		return 0;
	contact_free(out);
	return err_set(e, ERR_NOINPUT, "contact %s: was removed", who);
}

/* Fails with the name of whom it belongs to; id is who wants it. */
static int
contact_is_other(
    struct db *db, const char *what, int64_t owner, int64_t id, struct err *e)
{
	struct contact other;

	if (owner == 0 || owner == id)
		return 0;
	if (contact_get(db, owner, &other, e) == -1)
		return -1;
	err_set(e, ERR_DATA, "%.100s belongs to contact %lld (%.80s)", what,
	    (long long)owner, other.name);
	contact_free(&other);
	return -1;
}

static int
contact_write_address(struct db *db, int64_t id, const char *written,
    int64_t position, struct err *e)
{
	char *fold = contact_address_fold(written);
	int64_t owner;
	int rc = -1;

	if (fold == NULL)
		return err_set(
		    e, ERR_DATA, "\"%.100s\" is no address", written);
	if (contact_id_by_fold(db, fold, &owner, e) == 0 &&
	    contact_is_other(db, written, owner, id, e) == 0)
		/* the same address written twice is one */
		rc = owner == id ? 0
				 : db_run(db, e,
				       "INSERT INTO contact_address (address,"
				       " contact, written, position)"
				       " VALUES (?, ?, trim(?), ?)",
				       "sisi", fold, id, written, position);
	free(fold);
	return rc;
}

static int
contact_write_key(struct db *db, int64_t id, const struct contact_key *k,
    int64_t position, struct err *e)
{
	int64_t owner, known;

	if (!hex_is(k->fingerprint, 40) && !hex_is(k->fingerprint, 64))
		return err_set(
		    e, ERR_DATA, "\"%.64s\" is no fingerprint", k->fingerprint);
	if (contact_id_by_key(db, k->fingerprint, &owner, e) == -1 ||
	    contact_is_other(db, k->fingerprint, owner, id, e) == -1)
		return -1;
	if (owner == id)
		return 0;
	if (db_get_int(db, &known, 0, e,
		"SELECT 1 FROM key WHERE fingerprint = upper(?)", "s",
		k->fingerprint) == -1)
		return -1;
	if (known == 0)
		return err_set(e, ERR_NOINPUT,
		    "key %s: not known, import it first", k->fingerprint);
	if (db_run(db, e,
		"INSERT INTO contact_key (key, contact, verified, verified_at,"
		" verified_by, position)"
		" VALUES (upper(?), ?, ?, nullif(?, 0), nullif(?, 0), ?)",
		"sisiii", k->fingerprint, id, verified_name(k->verified),
		k->verified_at, k->verified_by, position) == -1)
		return -1;
	return wanted_bound(db, k->fingerprint, e);
}

static int
contact_write_lists(
    struct db *db, int64_t id, const struct contact *c, struct err *e)
{
	for (size_t i = 0; i < c->addresses.count; i++)
		if (contact_write_address(
			db, id, c->addresses.item[i], (int64_t)i, e) == -1)
			return -1;
	for (size_t i = 0; i < c->roles.count; i++)
		if (db_run(db, e,
			"INSERT OR IGNORE INTO contact_role (contact, role)"
			" VALUES (?, ?)",
			"is", id, c->roles.item[i]) == -1)
			return -1;
	for (size_t i = 0; i < c->tags.count; i++)
		if (db_run(db, e,
			"INSERT OR IGNORE INTO contact_tag (contact, tag)"
			" VALUES (?, ?)",
			"is", id, c->tags.item[i]) == -1)
			return -1;
	for (size_t i = 0; i < c->keys; i++)
		if (contact_write_key(db, id, &c->key[i], (int64_t)i, e) == -1)
			return -1;
	return people_changed(db, e);
}

static int
contact_clear_lists(struct db *db, int64_t id, struct err *e)
{
	static const char *const sql[] = {
	    "DELETE FROM contact_address WHERE contact = ?",
	    "DELETE FROM contact_role WHERE contact = ?",
	    "DELETE FROM contact_tag WHERE contact = ?",
	    "DELETE FROM contact_key WHERE contact = ?"};

	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]); i++)
		if (db_run(db, e, sql[i], "i", id) == -1)
			return -1;
	return 0;
}

static int
contact_write_organisation(struct db *db, const char *name, struct err *e)
{
	if (name == NULL)
		return 0;
	return db_run(db, e,
	    "INSERT OR IGNORE INTO organisation (name) VALUES (?)", "s", name);
}

int
contact_add(struct db *db, int64_t now, const struct contact *c, int64_t *id,
    struct err *e)
{
	int64_t row;

	if (contact_check(c, e) == -1 ||
	    contact_write_organisation(db, c->organisation, e) == -1 ||
	    db_insert(db, &row, e,
		"INSERT INTO contact (name, organisation, class, language,"
		" created_at) VALUES (?,"
		" (SELECT id FROM organisation WHERE name = ?), ?, ?, ?)",
		"ssssi", c->name, c->organisation, class_name(c->class),
		c->language, now) == -1 ||
	    contact_write_lists(db, row, c, e) == -1)
		return -1;
	*id = row;
	return 0;
}

int
contact_set(struct db *db, int64_t now, const struct contact *c, struct err *e)
{
	(void)now; /* a change has no time of its own but in the audit log */
	if (contact_check(c, e) == -1 ||
	    contact_write_organisation(db, c->organisation, e) == -1 ||
	    db_run(db, e,
		"UPDATE contact SET name = ?, organisation ="
		" (SELECT id FROM organisation WHERE name = ?), class = ?,"
		" language = ? WHERE id = ? AND removed_at IS NULL",
		"ssssi", c->name, c->organisation, class_name(c->class),
		c->language, c->id) == -1)
		return -1;
	if (db_changed(db) == 0)
		return err_set(e, ERR_NOINPUT, "contact %lld: there is none",
		    (long long)c->id);
	if (contact_clear_lists(db, c->id, e) == -1)
		return -1;
	return contact_write_lists(db, c->id, c, e);
}

int
contact_remove(struct db *db, int64_t now, int64_t id, struct err *e)
{
	if (db_run(db, e,
		"UPDATE contact SET removed_at = ?"
		" WHERE id = ? AND removed_at IS NULL",
		"ii", now, id) == -1)
		return -1;
	if (db_changed(db) == 0)
		return err_set(e, ERR_NOINPUT, "contact %lld: there is none",
		    (long long)id);
	if (contact_clear_lists(db, id, e) == -1)
		return -1;
	return people_changed(db, e);
}

static int
contact_list_query(
    struct db *db, const char *role, struct db_row **row, struct err *e)
{
	if (role == NULL)
		return db_query(db, row, e,
		    "SELECT id FROM contact WHERE removed_at IS NULL"
		    " ORDER BY id",
		    "");
	return db_query(db, row, e,
	    "SELECT c.id FROM contact c JOIN contact_role r"
	    " ON r.contact = c.id WHERE c.removed_at IS NULL AND r.role = ?"
	    " ORDER BY c.id",
	    "s", role);
}

/* Those whose ids the row walks. */
static int
contact_list_rows(struct db *db, struct db_row *row, struct contact **out,
    size_t *count, struct err *e)
{
	struct contact *list = NULL;
	size_t n = 0;
	int rc;

	while ((rc = db_step(row, e)) == 1) {
		list = xgrow(list, n, sizeof(*list));
		rc = contact_get(db, db_int(row, 0), &list[n], e);
		if (rc == -1)
			break;
		n++;
	}
	db_end(row);
	if (rc == -1) {
		contact_list_free(list, n);
		return -1;
	}
	*out = list;
	*count = n;
	return 0;
}

int
contact_list(struct db *db, const char *role, struct contact **out,
    size_t *count, struct err *e)
{
	struct db_row *row;

	*out = NULL;
	*count = 0;
	if (contact_list_query(db, role, &row, e) == -1)
		return -1;
	return contact_list_rows(db, row, out, count, e);
}

int
contact_list_staff(
    struct db *db, struct contact **out, size_t *count, struct err *e)
{
	struct db_row *row;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT id FROM contact WHERE class = ?"
		" AND removed_at IS NULL ORDER BY id",
		"s", class_name(CLASS_STAFF)) == -1)
		return -1;
	return contact_list_rows(db, row, out, count, e);
}

bool
contact_is_reader(const struct contact *c)
{
	return c->addresses.count > 0 && contact_may_read(c);
}

bool
contact_may_read(const struct contact *c)
{
	static const char *const aside[] = {"observer", "legal", "pr"};

	if (c->class != CLASS_STAFF)
		return false;
	if (c->roles.count == 0)
		return true;
	for (size_t i = 0; i < c->roles.count; i++) {
		bool reads = true;

		for (size_t k = 0; k < sizeof(aside) / sizeof(aside[0]); k++)
			if (strcmp(c->roles.item[i], aside[k]) == 0)
				reads = false;
		if (reads)
			return true;
	}
	return false;
}
