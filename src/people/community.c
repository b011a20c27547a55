#include "people/community.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "people/membership.h"

void
community_free(struct community *c)
{
	free(c->name);
	free(c->address);
	free(c->kind);
	free(c->archive);
	free(c->scope);
	free(c->rules);
	free(c->reply_to);
	free(c->member);
	*c = (struct community){0};
}

int
community_like(const char *like, struct community *out, struct err *e)
{
	/* What these bodies ask of who wants to join (doc/ARCHITECTURE.md). */
	static const struct {
		const char *name, *scope, *kind;
		int64_t sponsors;
	} body[] = {
	    {"first", "incident response teams worldwide", "discussion", 2},
	    {"apcert", "national teams of the Asia-Pacific", "discussion", 1},
	    {"nca", "CSIRTs that are active in Japan", "discussion", 1},
	    {"ti", "European teams, listed and accredited", "discussion", 2},
	    {"j-csip", "members of a sector, by agreement with its hub",
		"announce", 0}};
	size_t i = 0;

	*out = (struct community){.max_label = NOROSHI_TLP_AMBER,
	    .default_label = NOROSHI_TLP_AMBER,
	    .dual_release = true,
	    .bounces = COMMUNITY_BOUNCES};
	while (like != NULL && i < sizeof(body) / sizeof(body[0]) &&
	       strcmp(like, body[i].name) != 0)
		i++;
	if (like != NULL && i == sizeof(body) / sizeof(body[0]))
		return err_set(e, ERR_USAGE,
		    "%s is no body known (first, apcert, nca, ti, j-csip)",
		    like);
	out->kind = xstrdup(like == NULL ? "announce" : body[i].kind);
	out->archive = xstrdup("none");
	out->reply_to = xstrdup("list");
	if (like != NULL) {
		out->scope = xstrdup(body[i].scope);
		out->sponsors = body[i].sponsors;
	}
	return 0;
}

static int
community_check_words(const struct community *c, struct err *e)
{
	if (strcmp(c->reply_to, "list") != 0 &&
	    strcmp(c->reply_to, "team") != 0 &&
	    strcmp(c->reply_to, "author") != 0)
		return err_set(e, ERR_DATA,
		    "\"%s\" is no way to answer (list, team, author)",
		    c->reply_to);
	if (strcmp(c->reply_to, "author") == 0 && !c->visible)
		return err_set(e, ERR_DATA,
		    "answers to the author show an address: its members would"
		    " have to be visible");
	if (c->rules != NULL && (strlen(c->rules) > COMMUNITY_RULES_MAX ||
				    !utf8_is(c->rules, strlen(c->rules))))
		return err_set(e, ERR_DATA,
		    "the rules: up to %d bytes of UTF-8 expected",
		    COMMUNITY_RULES_MAX);
	if (c->scope != NULL &&
	    (strlen(c->scope) > 998 || !utf8_is(c->scope, strlen(c->scope))))
		return err_set(
		    e, ERR_DATA, "the scope: one line of UTF-8 expected");
	if (strcmp(c->kind, "discussion") == 0 && c->address == NULL)
		return err_set(e, ERR_DATA,
		    "a discussion needs an address that is written to");
	return 0;
}

static int
community_check(const struct community *c, struct err *e)
{
	size_t n = strspn(c->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (n == 0 || n > 64 || c->name[n] != '\0')
		return err_set(e, ERR_DATA,
		    "\"%s\" is no name of a community (A-Z, a-z, 0-9, -)",
		    c->name);
	if (c->default_label > c->max_label)
		return err_set(e, ERR_DATA,
		    "the default label TLP:%s is above the highest, TLP:%s",
		    noroshi_tlp_name(c->default_label),
		    noroshi_tlp_name(c->max_label));
	if (strcmp(c->kind, "announce") != 0 &&
	    strcmp(c->kind, "discussion") != 0)
		return err_set(e, ERR_DATA,
		    "\"%s\" is no kind of community (announce, discussion)",
		    c->kind);
	if (strcmp(c->archive, "none") != 0 &&
	    strcmp(c->archive, "members") != 0 &&
	    strcmp(c->archive, "public") != 0)
		return err_set(e, ERR_DATA,
		    "\"%s\" is no archive (none, members, public)", c->archive);
	return community_check_words(c, e);
}

/* Its address folded, or NULL where it has none; not another one's. */
static int
community_address(
    struct db *db, const struct community *c, char **out, struct err *e)
{
	int64_t there;

	*out = NULL;
	if (c->address != NULL) {
		*out = contact_address_fold(c->address);
		if (*out == NULL)
			return err_set(
			    e, ERR_DATA, "\"%s\" is no address", c->address);
	}
	if (db_get_int(db, &there, 0, e,
		"SELECT COUNT(*) FROM community WHERE"
		" (LOWER(name) = LOWER(?) OR address = ?)"
		" AND id <> ?",
		"ssi", c->name, *out, c->id) == 0 &&
	    (there == 0 || err_set(e, ERR_DATA,
			       "a community of that name or address is there"
			       " already") == 0))
		return 0;
	free(*out);
	*out = NULL;
	return -1;
}

int
community_set(struct db *db, const struct community *c, struct err *e)
{
	char *address;
	int rc;

	if (community_check(c, e) == -1 ||
	    community_address(db, c, &address, e) == -1)
		return -1;
	rc = db_run(db, e,
	    "UPDATE community SET address = ?, max_label = ?,"
	    " default_label = ?, kind = ?, sponsors = ?, archive = ?,"
	    " dual_release = ?, scope = ?, rules = ?, reply_to = ?,"
	    " visible = ?, bounces = ?, organisation = ? WHERE id = ?",
	    "ssssisisssiiii", address, noroshi_tlp_name(c->max_label),
	    noroshi_tlp_name(c->default_label), c->kind, c->sponsors,
	    c->archive, (int64_t)c->dual_release, c->scope, c->rules,
	    c->reply_to, (int64_t)c->visible, c->bounces,
	    (int64_t)c->organisation, c->id);
	free(address);
	return rc == -1 ? -1 : people_changed(db, e);
}

int
community_add(struct db *db, int64_t now, const struct community *c,
    int64_t *id, struct err *e)
{
	char *address;
	int rc;

	if (community_check(c, e) == -1 ||
	    community_address(db, c, &address, e) == -1)
		return -1;
	rc = db_insert(db, id, e,
	    "INSERT INTO community (name, address, max_label, default_label,"
	    " kind, sponsors, archive, dual_release, created_at, scope, rules,"
	    " reply_to, visible, bounces, organisation)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    "sssssisiisssiii", c->name, address, noroshi_tlp_name(c->max_label),
	    noroshi_tlp_name(c->default_label), c->kind, c->sponsors,
	    c->archive, (int64_t)c->dual_release, now, c->scope, c->rules,
	    c->reply_to, (int64_t)c->visible, c->bounces,
	    (int64_t)c->organisation);
	free(address);
	return rc == -1 ? -1 : people_changed(db, e);
}

/* 1: belongs to it now; 0: does not; -1: failed. */
static int
community_has(struct db *db, int64_t id, int64_t contact, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*) FROM community_member WHERE community = ?"
		" AND contact = ? AND left_at IS NULL",
		"ii", id, contact) == -1)
		return -1;
	return n > 0;
}

static int
community_sponsor(struct db *db, int64_t now, int64_t id, int64_t contact,
    int64_t sponsor, struct err *e)
{
	bool active;

	if (membership_is_active(db, id, sponsor, &active, e) == -1)
		return -1;
	if (!active || sponsor == contact)
		return err_set(e, ERR_DENIED,
		    "contact %lld cannot sponsor: not another member",
		    (long long)sponsor);
	return db_run(db, e,
	    "INSERT INTO community_sponsor (community, contact, sponsor, at)"
	    " VALUES (?, ?, ?, ?)"
	    " ON CONFLICT (community, contact, sponsor)"
	    " DO UPDATE SET review = 0",
	    "iiii", id, contact, sponsor, now);
}

int
community_join(struct db *db, int64_t now, int64_t id, int64_t contact,
    const int64_t *sponsor, size_t sponsors, struct err *e)
{
	int rc = community_has(db, id, contact, e);

	if (rc != 0)
		return rc == 1 ? 0 : -1;
	for (size_t i = 0; i < sponsors; i++)
		if (community_sponsor(db, now, id, contact, sponsor[i], e) ==
		    -1)
			return -1;
	if (db_run(db, e,
		"INSERT INTO community_member (community, contact, joined_at,"
		" since) VALUES (?, ?, ?,"
		" (SELECT coalesce(MAX(id), 0) FROM message))"
		" ON CONFLICT (community, contact, joined_at)"
		" DO UPDATE SET left_at = NULL, state = 'active', bounced = 0,"
		" since = excluded.since",
		"iii", id, contact, now) == -1 ||
	    membership_note(db, now, id, contact, "joined", NULL, e) == -1)
		return -1;
	return people_changed(db, e);
}

int
community_leave(
    struct db *db, int64_t now, int64_t id, int64_t contact, struct err *e)
{
	if (db_run(db, e,
		"UPDATE community_member SET left_at = ? WHERE community = ?"
		" AND contact = ? AND left_at IS NULL",
		"iii", now, id, contact) == -1)
		return -1;
	if (db_changed(db) == 0)
		return err_set(e, ERR_NOINPUT, "contact %lld is no member",
		    (long long)contact);
	if (db_run(db, e,
		"UPDATE community_sponsor SET review = 1 WHERE community = ?1"
		" AND sponsor = ?2 AND contact IN (SELECT contact FROM"
		" community_member WHERE community = ?1 AND left_at IS NULL)",
		"ii", id, contact) == -1 ||
	    membership_note(db, now, id, contact, "left", NULL, e) == -1)
		return -1;
	return people_changed(db, e);
}

static int
community_members(struct db *db, struct community *c, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT m.contact FROM community_member m"
		" JOIN contact c ON c.id = m.contact"
		" WHERE m.community = ? AND m.left_at IS NULL"
		" AND m.state = 'active' AND c.removed_at IS NULL ORDER BY "
		"m.contact",
		"i", c->id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		c->member = xgrow(c->member, c->members, sizeof(*c->member));
		c->member[c->members++] = db_int(row, 0);
	}
	return rc;
}

static void
community_from_row(const struct db_row *row, struct community *c)
{
	*c = (struct community){.id = db_int(row, 0),
	    .name = xstrdup(db_text(row, 1)),
	    .address = xstrdup_null(db_text(row, 2)),
	    .max_label = NOROSHI_TLP_CLEAR,
	    .default_label = NOROSHI_TLP_CLEAR,
	    .kind = xstrdup(db_text(row, 5)),
	    .sponsors = db_int(row, 6),
	    .archive = xstrdup(db_text(row, 7)),
	    .dual_release = db_int(row, 8) != 0,
	    .scope = xstrdup_null(db_text(row, 9)),
	    .rules = xstrdup_null(db_text(row, 10)),
	    .reply_to = xstrdup(db_text(row, 11)),
	    .visible = db_int(row, 12) != 0,
	    .bounces = db_int(row, 13),
	    .organisation = db_int(row, 14) != 0};
	(void)noroshi_tlp_parse(db_text(row, 3), &c->max_label);
	(void)noroshi_tlp_parse(db_text(row, 4), &c->default_label);
}

#define COMMUNITY_COLUMNS                                                      \
	"id, name, address, max_label, default_label, kind, sponsors,"         \
	" archive, dual_release, scope, rules, reply_to, visible, bounces,"    \
	" organisation"

int
community_find(
    struct db *db, const char *name, struct community *out, struct err *e)
{
	char *folded = contact_address_fold(name);
	struct db_row *row;
	int rc;

	*out = (struct community){0};
	rc = db_query(db, &row, e,
	    "SELECT " COMMUNITY_COLUMNS " FROM community"
	    " WHERE LOWER(name) = LOWER(?1) OR address = ?2",
	    "ss", name, folded);
	free(folded);
	if (rc == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == -1)
		return -1;
	if (rc == 0)
		return err_set(
		    e, ERR_NOINPUT, "there is no community %s", name);
	community_from_row(row, out);
	db_end(row);
	if (community_members(db, out, e) == 0)
		return 0;
	community_free(out);
	return -1;
}

int
community_joined(struct db *db, int64_t contact, struct err *e)
{
	int64_t joined;

	if (db_get_int(db, &joined, 0, e,
		"SELECT EXISTS (SELECT 1 FROM community_member m"
		" JOIN contact c ON c.id = m.contact WHERE m.contact = ?"
		" AND m.left_at IS NULL AND m.state = 'active'"
		" AND c.removed_at IS NULL)",
		"i", contact) == -1)
		return -1;
	return joined != 0;
}

int
community_list_of(struct db *db, int64_t contact, struct community **out,
    size_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT " COMMUNITY_COLUMNS " FROM community WHERE id IN"
		" (SELECT m.community FROM community_member m"
		" JOIN contact c ON c.id = m.contact WHERE m.contact = ?"
		" AND m.left_at IS NULL AND m.state = 'active'"
		" AND c.removed_at IS NULL) ORDER BY name",
		"i", contact) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*out = xgrow(*out, *count, sizeof(**out));
		community_from_row(row, &(*out)[(*count)++]);
	}
	return rc;
}

int
community_list(
    struct db *db, struct community **out, size_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT " COMMUNITY_COLUMNS " FROM community ORDER BY name",
		"") == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*out = xgrow(*out, *count, sizeof(**out));
		community_from_row(row, &(*out)[(*count)++]);
	}
	for (size_t i = 0; i < *count && rc == 0; i++)
		rc = community_members(db, &(*out)[i], e);
	return rc;
}
