#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/doctor.h"
#include "cli/keys.h"
#include "people/bouncing.h"
#include "people/contact.h"
#include "people/key.h"
#include "store/restored.h"

#define READERS_MIN 2 /* nothing that comes in lies with one person alone */
#define VERIFIED_SECONDS (24LL * 365 * 86400 / 12) /* 24 months */

/* Each problem of a key, as `key check` names it. */
static void
check_problems(
    struct findings *f, const struct key *k, const char *where, bool team)
{
	json_t *list = keys_problems(k, clock_now(NULL));
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *word = json_string_value(one);

		findings_add(f,
		    strcmp(word, "expiring") == 0 ? SEVERITY_WARNING
						  : SEVERITY_ERROR,
		    where, keys_mending(word, team), "key %s: %s",
		    k->fingerprint, word);
	}
	json_decref(list);
}

/* The agent is asked for this key alone: a former one would answer too. */
static void
check_secret(struct session *s, struct findings *f, const struct key *k)
{
	const struct buf *blob = &k->blob;
	struct err e = {0};
	int has = -1;

	if (session_keyring(s, &e) == 0 &&
	    keyring_load(s->keyring, &blob, 1, &e) == 0)
		has = keyring_agent(s->keyring, &e);
	if (has == -1)
		findings_add(f, SEVERITY_ERROR, s->config->gnupg,
		    "see that gpg-agent is installed and can start", "%s",
		    e.text);
	else if (has == 0)
		findings_add(f, SEVERITY_ERROR, "team.key",
		    "bring its secret half into gnupg/private-keys-v1.d from "
		    "the backup, or set team.key to one that is there",
		    "the agent has no secret half of %s", k->fingerprint);
}

/* By the ring first: the key that another command left would prove nothing. */
static void
check_vault(struct session *s, struct findings *f)
{
	struct err e = {0};

	if (session_keyring(s, &e) == 0 && session_vault(s, &e) == 0)
		return;
	findings_add(f, SEVERITY_ERROR, s->config->gnupg,
	    e.code == ERR_TEMP
		? "see that gpg and gpg-agent can run, then try again"
		: "bring vault.pgp and the secret key that it is encrypted to "
		  "from the backup",
	    "the vault does not open: %s", e.text);
}

/* Without it nothing could be told of keys: they would all seem lost. */
static bool
gpg_is_there(const struct config *c)
{
	char *path = xasprintf("%s/noroshi-gpg", c->libexec);
	bool is = access(path, X_OK) == 0;

	free(path);
	return is;
}

int
doctor_keys(struct session *s, struct findings *f, struct err *e)
{
	struct err why = {0};
	struct key team = {0};

	if (!gpg_is_there(s->config))
		return 0; /* is a finding already */
	check_vault(s, f);
	if (s->config->team_key == NULL)
		return 0; /* is a finding already */
	if (key_get(s->db, s->config->team_key, &team, &why) == -1) {
		if (why.code != ERR_NOINPUT && why.code != ERR_DATA)
			return err_set(e, why.code, "%s", why.text);
		findings_add(f, SEVERITY_ERROR, "team.key",
		    "noroshi key import FILE brings it", "%s", why.text);
		return 0;
	}
	check_problems(f, &team, "team.key", true);
	check_secret(s, f, &team);
	key_free(&team);
	return 0;
}

/* *may counts those who may release what somebody else wrote. */
static int
check_operator(struct session *s, struct findings *f,
    const struct config_operator *o, size_t *may, struct err *e)
{
	struct contact c;
	struct err why = {0};

	if (getpwnam(o->user) == NULL)
		findings_add(f, SEVERITY_WARNING, s->config->file,
		    "make the user, or take the line out of \"operators\"",
		    "operators: there is no Unix user %s", o->user);
	if (contact_get(s->db, o->contact, &c, &why) == -1) {
		if (why.code != ERR_NOINPUT)
			return err_set(e, why.code, "%s", why.text);
		findings_add(f, SEVERITY_ERROR, s->config->file,
		    "name a contact of noroshi contact list",
		    "operators: %s is bound to contact %lld, who is not there",
		    o->user, (long long)o->contact);
		return 0;
	}
	if (c.removed || c.class != CLASS_STAFF)
		findings_add(f, SEVERITY_ERROR, s->config->file,
		    "bind the user to a contact of class staff",
		    "operators: %s is bound to contact %lld, who %s", o->user,
		    (long long)o->contact,
		    c.removed ? "was removed" : "is not staff");
	else if (strs_has(&c.roles, "poc") || strs_has(&c.roles, "deputy") ||
		 strs_has(&c.roles, "approver"))
		++*may;
	contact_free(&c);
	return 0;
}

static int
check_operators(struct session *s, struct findings *f, struct err *e)
{
	const struct config *c = s->config;
	bool by_contact = strcmp(c->second_person, "contact") == 0;
	size_t may = 0;

	if (c->n_operators == 0)
		findings_add(f, SEVERITY_WARNING, c->file,
		    "operators = ( { user = \"NAME\"; contact = 1; } );",
		    "operators: nobody may change anything by noroshi");
	for (size_t i = 0; i < c->n_operators; i++)
		if (check_operator(s, f, &c->operators[i], &may, e) == -1)
			return -1;
	if (c->n_operators > 0 && may < 2 && !by_contact)
		findings_add(f, SEVERITY_WARNING, c->file,
		    "bind another Unix user to the contact of a deputy or "
		    "approver",
		    "operators: %zu of them may release what is held, and "
		    "nobody may release what they wrote",
		    may);
	if (by_contact)
		findings_add(f, SEVERITY_WARNING, c->file,
		    "second_person = \"identity\"",
		    "second_person: whoever says --as is believed to be a "
		    "second person; that is for trials alone");
	return 0;
}

/* How many can be written to as the label may ask: by a verified key. */
struct team {
	size_t readers, poc, deputies;
};

/* Each key of a contact; *usable where one is verified and can be used. */
static int
check_contact_keys(struct session *s, struct findings *f,
    const struct contact *c, bool *usable, struct err *e)
{
	int64_t now = clock_now(NULL);
	char *where = xasprintf("contact %lld", (long long)c->id);
	int rc = 0;

	*usable = false;
	for (size_t i = 0; i < c->keys && rc == 0; i++) {
		const struct contact_key *bound = &c->key[i];
		bool verified = bound->verified != VERIFIED_NONE;
		struct key k = {0};

		rc = key_get(s->db, bound->fingerprint, &k, e);
		if (rc == -1)
			break;
		check_problems(f, &k, where, false);
		if (verified && bound->verified_at < now - VERIFIED_SECONDS)
			findings_add(f, SEVERITY_WARNING, where,
			    "compare the fingerprint with them anew, then "
			    "noroshi contact set --verified",
			    "key %s: was verified over 24 months ago",
			    k.fingerprint);
		*usable =
		    *usable || (verified && (key_problems(&k, now) &
						~(unsigned)KEY_EXPIRING) == 0);
		key_free(&k);
	}
	free(where);
	return rc;
}

static int
check_contact(struct session *s, struct findings *f, const struct contact *c,
    struct team *team, struct err *e)
{
	bool usable, reader = contact_is_reader(c);

	if (check_contact_keys(s, f, c, &usable, e) == -1)
		return -1;
	if (reader && !usable) {
		char *where = xasprintf("contact %lld", (long long)c->id);

		findings_add(f, SEVERITY_WARNING, where,
		    "noroshi contact set ID --key FILE --verified HOW; a "
		    "role of observer alone takes them out of it",
		    "is to get copies, but has no usable key that was "
		    "verified: they are held");
		free(where);
	}
	if (!reader || !usable)
		return 0;
	team->readers++;
	if (strs_has(&c->roles, "poc"))
		team->poc++;
	if (strs_has(&c->roles, "deputy"))
		team->deputies++;
	return 0;
}

static void
check_team(struct findings *f, const struct team *team)
{
	if (team->readers < READERS_MIN)
		findings_add(f, SEVERITY_ERROR, "contacts",
		    "noroshi contact add or set, with --class staff, --key and "
		    "--verified",
		    "%zu of the staff can read what comes in, expected %d or "
		    "more: each with a usable key that was verified",
		    team->readers, READERS_MIN);
	if (team->poc == 0)
		findings_add(f, SEVERITY_ERROR, "contacts",
		    "noroshi contact set ID --role poc, with --key and "
		    "--verified",
		    "no PoC has a usable key that was verified");
	if (team->deputies == 0)
		findings_add(f, SEVERITY_ERROR, "contacts",
		    "noroshi contact set ID --role deputy, with --key and "
		    "--verified",
		    "no deputy has a usable key that was verified: nobody can "
		    "stand in for the PoC");
}

static int
check_bouncing(struct session *s, struct findings *f, struct err *e)
{
	struct bouncing *list;
	size_t count;

	if (bouncing_list(s->db, clock_now(NULL), &list, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct bouncing *b = &list[i];
		char *where = xasprintf("contact %lld", (long long)b->contact);

		findings_add(f, SEVERITY_WARNING, where,
		    "ask them on another way for an address that works, then "
		    "noroshi contact set --address",
		    "mail to %s fails for good (%lld so far): %s", b->address,
		    (long long)b->count, b->why);
		free(where);
	}
	bouncing_free(list, count);
	return 0;
}

/* A restore is not over before people have looked at what waits. */
static int
check_restored(struct session *s, struct findings *f, struct err *e)
{
	bool holds;

	if (restored_holds(s->db, &holds, e) == -1)
		return -1;
	if (holds)
		findings_add(f, SEVERITY_WARNING, "queue",
		    "look at noroshi queue list, cancel what has left already,"
		    " then noroshi queue release",
		    "all that would leave is held since the gateway was"
		    " restored from a backup");
	return 0;
}

int
doctor_people(struct session *s, struct findings *f, struct err *e)
{
	struct contact *list = NULL;
	struct team team = {0};
	size_t count = 0;
	int rc;

	if (check_operators(s, f, e) == -1 || check_bouncing(s, f, e) == -1 ||
	    check_restored(s, f, e) == -1)
		return -1;
	rc = contact_list(s->db, NULL, &list, &count, e);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = check_contact(s, f, &list[i], &team, e);
	if (rc == 0)
		check_team(f, &team);
	contact_list_free(list, count);
	return rc;
}
