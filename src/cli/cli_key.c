/* noroshi key: OpenPGP keys, and what is wrong with them. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/rekeyed.h"
#include "cli/command.h"
#include "cli/contacts.h"
#include "cli/keys.h"
#include "cli/option.h"
#include "cli/wkd.h"
#include "people/key.h"

/* Whose key it is, where this copy of it brings a subkey to encrypt to; else
 * who->id is 0. */
static int
import_owner(
    struct session *s, const struct key *k, struct contact *who, struct err *e)
{
	struct key was = {0};
	struct err why = {0};
	int rc;

	*who = (struct contact){0};
	if (contact_by_key(s->db, k->fingerprint, who, &why) == -1)
		return why.code == ERR_NOINPUT
			   ? 0
			   : err_set(e, why.code, "%s", why.text);
	rc = key_get(s->db, k->fingerprint, &was, e);
	if (rc == -1 || !rekeyed_copy(&was, k))
		contact_free(who);
	key_free(&was);
	return rc;
}

/* What only a notice to a key's owner needs. */
static int
import_prepare(struct session *s, const struct keys *k, struct err *e)
{
	for (size_t i = 0; i < k->count; i++) {
		struct contact who;

		if (import_owner(s, &k->key[i], &who, e) == -1)
			return -1;
		if (who.id != 0 &&
		    (session_vault(s, e) == -1 || session_spool(s, e) == -1)) {
			contact_free(&who);
			return -1;
		}
		contact_free(&who);
	}
	return 0;
}

static int
import_rekeyed(struct session *s, const struct key *k, struct err *e)
{
	struct contact who;
	int rc = import_owner(s, k, &who, e);

	if (rc == 0 && who.id != 0)
		rc = contacts_rekeyed(s, &who, k->fingerprint, e);
	contact_free(&who);
	return rc;
}

static int
import_one(struct session *s, const struct key *k, json_t *list, struct err *e)
{
	json_t *one;
	bool fresh;

	if (import_rekeyed(s, k, e) == -1 ||
	    key_store(s->db, clock_now(NULL), k, k->secret, &fresh, e) == -1 ||
	    session_audit(s, k->secret ? "key.team" : "key.imported", 0, 0,
		s->contact,
		json_pack("{s:s, s:b}", "fingerprint", k->fingerprint, "fresh",
		    (int)fresh),
		e) == -1 ||
	    keys_json(s, k, k->secret, &one, e) == -1)
		return -1;
	json_object_set_new(one, "fresh", json_boolean(fresh));
	json_array_append_new(list, one);
	return 0;
}

/* All or none, in one transaction. */
static int
import_all(struct session *s, const struct keys *k, struct err *e)
{
	json_t *list = json_array();
	int rc = db_begin(s->db, e);

	for (size_t i = 0; i < k->count && rc == 0; i++)
		rc = import_one(s, &k->key[i], list, e);
	if (rc == 0)
		rc = db_commit(s->db, e);
	/* mail that was judged without it is due now */
	if (rc == 0)
		rc = session_wake(s, e);
	if (rc == 0 && s->out.json)
		return output_json(&s->out, list, e);
	for (size_t i = 0; i < k->count && rc == 0; i++)
		output_put(&s->out, "%s\n", k->key[i].fingerprint);
	json_decref(list);
	return rc;
}

int
cli_key_import(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct keys keys = {0};
	const char *as = NULL;
	int c, rc;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'a')
			as = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 ||
	    option_operands(argc, argv, 1, argc, "a file", e) == -1 ||
	    session_open(s, e) == -1 || session_act(s, as, e) == -1)
		return -1;
	rc = 0;
	for (int i = optind; i < argc && rc == 0; i++)
		rc = keys_read(s, argv[i], true, &keys, e);
	if (rc == 0)
		rc = import_prepare(s, &keys, e);
	if (rc == 0)
		rc = import_all(s, &keys, e);
	keys_free(&keys);
	return rc;
}

static int
export_one(struct session *s, const char *id, struct err *e)
{
	char *fingerprint = keys_fingerprint(id);
	struct key k;
	int rc;

	rc = key_get(s->db, fingerprint != NULL ? fingerprint : id, &k, e);
	free(fingerprint);
	if (rc == -1)
		return -1;
	key_armour(&k, &s->out.text);
	key_free(&k);
	return 0;
}

/* The key for one of the team's addresses; *count counts those it is for. */
static int
export_wkd_one(struct session *s, const char *folder, const struct key *k,
    const char *address, bool direct, size_t *count, struct err *e)
{
	char hash[WKD_HASH];

	if (!strs_has_case(&k->addresses, address))
		return 0;
	if (wkd_write(folder, address, &k->material, direct, e) == -1)
		return -1;
	wkd_hash(address, hash);
	output_put(&s->out, "%s %s\n", hash, address);
	(*count)++;
	return 0;
}

/* The direct method has one folder for all domains: it is the first one's. */
static int
export_wkd(struct session *s, const char *folder, struct err *e)
{
	const struct config *c = s->config;
	size_t count = 0;
	struct key k;
	int rc;

	if (key_get(s->db, c->team_key, &k, e) == -1)
		return -1;
	rc = export_wkd_one(s, folder, &k, c->team_address, true, &count, e);
	for (size_t i = 0; i < c->team_addresses.count && rc == 0; i++)
		rc = export_wkd_one(
		    s, folder, &k, c->team_addresses.item[i], false, &count, e);
	key_free(&k);
	if (rc == 0 && count == 0)
		rc = err_set(e, ERR_DATA,
		    "the team's key has no user id with %s", c->team_address);
	return rc;
}

int
cli_key_export(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"wkd", required_argument, NULL, 'w'}, {NULL, 0, NULL, 0}};
	const char *wkd = NULL;
	int c, rc = 0;

	while ((c = option_next(argc, argv, table, e)) > 0)
		wkd = optarg;
	if (c == -1)
		return -1;
	if (wkd != NULL &&
	    option_operands(argc, argv, 0, 0, "nothing", e) == -1)
		return -1;
	if (session_open(s, e) == -1)
		return -1;
	if (optind == argc && s->config->team_key == NULL)
		return err_set(
		    e, ERR_NOINPUT, "team.key is not set: name a fingerprint");
	if (wkd != NULL)
		return export_wkd(s, wkd, e);
	if (optind == argc)
		rc = export_one(s, s->config->team_key, e);
	for (int i = optind; i < argc && rc == 0; i++)
		rc = export_one(s, argv[i], e);
	if (rc == -1)
		buf_clear(&s->out.text);
	return rc;
}

/* The strings of an array with commas between them; the caller's. */
static char *
joined(const json_t *list)
{
	struct strs words = {0};
	const json_t *one;
	char *text;
	size_t i;

	json_array_foreach(list, i, one)
	    strs_add(&words, json_string_value(one));
	text = strs_join(&words, ", ");
	strs_free(&words);
	return text;
}

static void
put_list_row(struct table *t, const json_t *k)
{
	const json_t *contact = json_object_get(k, "contact");
	char *problems = joined(json_object_get(k, "problems"));
	char *ids = joined(json_object_get(k, "user_ids"));
	const char *expires = output_string(k, "expires");
	const char *verified = output_string(k, "verified");
	const json_t *learnt = json_object_get(k, "learnt");

	table_cell(t, output_string(k, "fingerprint"));
	if (json_is_true(json_object_get(k, "team")))
		table_cell(t, "team");
	else if (json_is_integer(contact))
		table_number(t, json_integer_value(contact));
	else
		table_cell(t, NULL);
	if (verified == NULL && json_is_object(learnt))
		table_cell(t, json_is_true(json_object_get(learnt, "waits"))
				  ? "waits"
				  : "learnt");
	else
		table_cell(t, verified);
	if (expires == NULL)
		table_cell(t, "never");
	else
		table_time(t, expires, TIME_DAY);
	table_cell(t, *problems == '\0' ? "ok" : problems);
	table_cell(t, ids);
	free(problems);
	free(ids);
}

static int
no_operands(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1)
		return -1;
	return session_open(s, e);
}

int
cli_key_list(struct session *s, int argc, char **argv, struct err *e)
{
	static const char *const headings[] = {"FINGERPRINT", "OF", "VERIFIED",
	    "EXPIRES", "STATE", "USER IDS", NULL};
	json_t *list;
	const json_t *k;
	struct table t;
	size_t i;

	if (no_operands(s, argc, argv, e) == -1 ||
	    keys_json_all(s, &list, e) == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out, list, e);
	table_init(&t, headings);
	json_array_foreach(list, i, k) put_list_row(&t, k);
	table_put(&t, &s->out);
	table_free(&t);
	json_decref(list);
	return 0;
}

static size_t
put_findings(struct session *s, const json_t *list)
{
	const json_t *one, *contact;
	size_t i, errors = 0;

	json_array_foreach(list, i, one)
	{
		const char *fingerprint = output_string(one, "fingerprint");

		if (strcmp(output_string(one, "severity"), "error") == 0)
			errors++;
		if (s->out.json)
			continue;
		contact = json_object_get(one, "contact");
		output_put(&s->out, "%s: ", output_string(one, "severity"));
		output_line(
		    &s->out, fingerprint == NULL ? "team.key" : fingerprint);
		if (json_is_true(json_object_get(one, "team")))
			output_put(&s->out, " (the team's)");
		else if (json_is_integer(contact))
			output_put(&s->out, " (contact %lld)",
			    (long long)json_integer_value(contact));
		output_put(&s->out, ": %s; %s\n", output_string(one, "problem"),
		    output_string(one, "mend"));
	}
	return errors;
}

int
cli_key_check(struct session *s, int argc, char **argv, struct err *e)
{
	json_t *list;
	size_t errors;

	if (no_operands(s, argc, argv, e) == -1 ||
	    keys_findings(s, &list, e) == -1)
		return -1;
	errors = put_findings(s, list);
	if (s->out.json) {
		if (output_json(&s->out, list, e) == -1)
			return -1;
	} else {
		json_decref(list);
	}
	if (errors == 0)
		return 0;
	return err_set(
	    e, ERR_DATA, "%zu key problem%s", errors, errors == 1 ? "" : "s");
}
