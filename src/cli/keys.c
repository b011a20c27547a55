#include "cli/keys.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hex.h"
#include "people/contact.h"
#include "people/key.h"
#include "people/learnt.h"
#include "store/value.h"

void
keys_free(struct keys *k)
{
	for (size_t i = 0; i < k->count; i++)
		key_free(&k->key[i]);
	free(k->key);
	*k = (struct keys){0};
}

static int
read_material(const char *path, struct buf *out, struct err *e)
{
	if (strcmp(path, "-") == 0)
		return session_read_fd(STDIN_FILENO, "standard input", out, e);
	return session_read_file(path, out, e);
}

int
keys_read_material(struct session *s, const struct buf *material, bool secret,
    struct keys *out, struct err *e)
{
	struct key *more = NULL;
	size_t count = 0;

	if (session_keyring(s, e) == -1 ||
	    keyring_import(s->keyring, material->data, material->len, secret,
		&more, &count, e) == -1)
		return -1;
	out->key =
	    xreallocarray(out->key, out->count + count, sizeof(*out->key));
	for (size_t i = 0; i < count; i++)
		out->key[out->count++] = more[i];
	free(more);
	return 0;
}

int
keys_read(struct session *s, const char *path, bool secret, struct keys *out,
    struct err *e)
{
	struct buf material;
	int rc;

	buf_init_secret(&material, 16 * KEY_MATERIAL_MAX);
	rc = read_material(path, &material, e);
	if (rc == 0 &&
	    (rc = keys_read_material(s, &material, secret, out, e)) == -1)
		err_in(e, "%s", path);
	buf_free(&material);
	return rc;
}

char *
keys_fingerprint(const char *text)
{
	struct buf digits;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	buf_init(&digits, KEY_FINGERPRINT);
	for (; *text != '\0'; text++) {
		char c = *text;

		if (c >= 'a' && c <= 'f')
			c = (char)(c - 'a' + 'A');
		if (c != ' ')
			buf_putc(&digits, c);
	}
	if (!digits.over &&
	    (hex_is(buf_str(&digits), 40) || hex_is(buf_str(&digits), 64)))
		return buf_take_str(&digits);
	buf_free(&digits);
	return NULL;
}

json_t *
keys_problems(const struct key *k, int64_t now)
{
	static const struct {
		enum key_problem bit;
		const char *word;
	} problem[] = {{KEY_REVOKED, "revoked"}, {KEY_EXPIRED, "expired"},
	    {KEY_CANNOT_ENCRYPT, "cannot-encrypt"}, {KEY_WEAK, "weak"},
	    {KEY_EXPIRING, "expiring"}};
	unsigned bits = key_problems(k, now);
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(problem) / sizeof(problem[0]); i++)
		if ((bits & (unsigned)problem[i].bit) != 0)
			json_array_append_new(
			    list, json_string(problem[i].word));
	return list;
}

const char *
keys_mending(const char *problem, bool team)
{
	static const struct {
		const char *word, *contact, *team;
	} mend[] = {
	    {"revoked",
		"ask its owner, by a way you trust, for the new key, then "
		"noroshi contact set",
		"make a new team key, set team.key, and tell everybody"},
	    {"expired",
		"ask its owner to extend it, then noroshi key import the new "
		"copy",
		"extend it with gpg, then noroshi key import and publish it"},
	    {"cannot-encrypt",
		"ask its owner for a key with a live encryption subkey",
		"add an encryption subkey with gpg, then noroshi key import"},
	    {"weak", "ask its owner for a key of 2048 bits or more",
		"make a new team key, set team.key, and tell everybody"},
	    {"expiring",
		"ask its owner to extend it, then noroshi key import the new "
		"copy",
		"extend it with gpg, then noroshi key import and publish it"}};

	for (size_t i = 0; i < sizeof(mend) / sizeof(mend[0]); i++)
		if (strcmp(problem, mend[i].word) == 0)
			return team ? mend[i].team : mend[i].contact;
	return "import it again";
}

/* Who has the key, and how that was verified; -1 for a broken database. */
static int
owner_json(
    struct session *s, const struct key *k, json_t *object, struct err *e)
{
	struct err why = {0};
	struct contact c;

	json_object_set_new(object, "contact", json_null());
	json_object_set_new(object, "verified", json_null());
	if (contact_by_key(s->db, k->fingerprint, &c, &why) == -1)
		return why.code == ERR_NOINPUT
			   ? 0
			   : err_set(e, why.code, "%s", why.text);
	json_object_set_new(object, "contact", json_integer(c.id));
	for (size_t i = 0; i < c.keys; i++)
		if (strcmp(c.key[i].fingerprint, k->fingerprint) == 0)
			json_object_set_new(object, "verified",
			    json_string(verified_name(c.key[i].verified)));
	contact_free(&c);
	return 0;
}

/* Where it came from, of a key that no person gave us. */
static int
learnt_json(
    struct session *s, const struct key *k, json_t *object, struct err *e)
{
	struct learnt l;

	if (learnt_by_key(s->db, k->fingerprint, &l, e) == -1)
		return -1;
	json_object_set_new(object, "learnt",
	    l.address == NULL
		? json_null()
		: json_pack("{s:s, s:s, s:I, s:b, s:o}", "address", l.address,
		      "source", l.source, "message", (json_int_t)l.message,
		      "waits", (int)l.waits, "at", value_time(l.at)));
	learnt_free(&l);
	return 0;
}

int
keys_json(struct session *s, const struct key *k, bool team, json_t **out,
    struct err *e)
{
	json_t *ids = json_array(), *object;

	for (size_t i = 0; i < k->user_ids.count; i++)
		json_array_append_new(ids, json_string(k->user_ids.item[i]));
	object = json_pack("{s:s, s:o, s:o, s:o, s:s, s:b, s:o}", "fingerprint",
	    k->fingerprint, "user_ids", ids, "created", value_time(k->created),
	    "expires", value_time(k->expires), "algorithm",
	    k->subkeys > 0 ? k->subkey[0].algorithm : "", "team", (int)team,
	    "problems", keys_problems(k, clock_now(NULL)));
	if (object == NULL)
		return err_set(e, ERR_BUG, "key %s as JSON", k->fingerprint);
	if (owner_json(s, k, object, e) == -1 ||
	    learnt_json(s, k, object, e) == -1) {
		json_decref(object);
		return -1;
	}
	*out = object;
	return 0;
}

static bool
is_among(const struct keys *l, const char *fingerprint)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->key[i].fingerprint, fingerprint) == 0)
			return true;
	return false;
}

int
keys_json_all(struct session *s, json_t **out, struct err *e)
{
	struct keys all = {0}, team = {0};
	json_t *list = json_array(), *one;
	int rc;

	rc = key_list(s->db, true, &team.key, &team.count, e);
	if (rc == 0)
		rc = key_list(s->db, false, &all.key, &all.count, e);
	for (size_t i = 0; i < all.count && rc == 0; i++) {
		rc = keys_json(s, &all.key[i],
		    is_among(&team, all.key[i].fingerprint), &one, e);
		if (rc == 0)
			json_array_append_new(list, one);
	}
	keys_free(&all);
	keys_free(&team);
	if (rc == -1)
		json_decref(list);
	else
		*out = list;
	return rc;
}

static void
add_finding(json_t *list, const char *fingerprint, const json_t *contact,
    const char *problem, bool team, const char *mend)
{
	json_t *who = contact == NULL ? json_null() : json_deep_copy(contact);

	json_array_append_new(
	    list, json_pack("{s:s?, s:o, s:b, s:s, s:s, s:s}", "fingerprint",
		      fingerprint, "contact", who, "team", (int)team, "problem",
		      problem, "severity",
		      strcmp(problem, "expiring") == 0 ? "warning" : "error",
		      "mend", mend));
}

/*
 * Former team keys only open old mail: what is wrong with them is no finding.
 */
static json_t *
find_problems(struct session *s, const json_t *keys)
{
	const char *ours = s->config->team_key;
	json_t *list = json_array();
	const json_t *k, *problem;
	bool seen = false;
	size_t i, j;

	json_array_foreach(keys, i, k)
	{
		const char *fingerprint = output_string(k, "fingerprint");
		bool mine = ours != NULL && strcmp(ours, fingerprint) == 0;

		seen = seen || mine;
		if (json_is_true(json_object_get(k, "team")) && !mine)
			continue;
		json_array_foreach(json_object_get(k, "problems"), j, problem)
		{
			const char *word = json_string_value(problem);

			add_finding(list, fingerprint,
			    json_object_get(k, "contact"), word, mine,
			    keys_mending(word, mine));
		}
	}
	if (!seen)
		add_finding(list, ours, NULL, "no-team-key", true,
		    "noroshi key import the team's key, and set team.key");
	return list;
}

int
keys_findings(struct session *s, json_t **out, struct err *e)
{
	json_t *keys;

	if (keys_json_all(s, &keys, e) == -1)
		return -1;
	*out = find_problems(s, keys);
	json_decref(keys);
	return 0;
}
