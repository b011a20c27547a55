#include "people/membership.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void
membership_list_free(struct membership *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i].state);
	free(list);
}

int
membership_list(struct db *db, int64_t community, bool former,
    struct membership **out, size_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	/* Who comes again has a row for each time. */
	if (db_query(db, &row, e,
		"SELECT m.contact, CASE WHEN m.left_at IS NULL THEN m.state"
		" ELSE 'left' END, m.joined_at, coalesce(m.left_at, 0),"
		" m.bounced FROM community_member m"
		" JOIN contact c ON c.id = m.contact WHERE m.community = ?1"
		" AND (?2 OR (m.left_at IS NULL AND c.removed_at IS NULL))"
		" AND m.joined_at = (SELECT MAX(l.joined_at) FROM"
		" community_member l WHERE l.community = m.community"
		" AND l.contact = m.contact) ORDER BY m.contact",
		"ii", community, (int64_t)former) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*out = xgrow(*out, *count, sizeof(**out));
		(*out)[(*count)++] =
		    (struct membership){.contact = db_int(row, 0),
			.state = xstrdup(db_text(row, 1)),
			.joined_at = db_int(row, 2),
			.left_at = db_int(row, 3),
			.bounced = db_int(row, 4)};
	}
	return rc;
}

int
membership_is_active(struct db *db, int64_t community, int64_t contact,
    bool *active, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*) FROM community_member WHERE community = ?"
		" AND contact = ? AND left_at IS NULL AND state = 'active'",
		"ii", community, contact) == -1)
		return -1;
	*active = n > 0;
	return 0;
}

int
membership_note(struct db *db, int64_t now, int64_t community, int64_t contact,
    const char *event, const char *detail, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO community_history (community, contact, at, event,"
	    " detail) VALUES (?, ?, ?, ?, ?)",
	    "iiiss", community, contact, now, event, detail);
}

/* A new state of who belongs to it and has another one. */
static int
membership_state(struct db *db, int64_t now, int64_t community, int64_t contact,
    const char *state, const char *event, const char *detail, struct err *e)
{
	if (db_run(db, e,
		"UPDATE community_member SET state = ?1, bounced = 0"
		" WHERE community = ?2 AND contact = ?3 AND left_at IS NULL"
		" AND state <> ?1",
		"sii", state, community, contact) == -1)
		return -1;
	if (db_changed(db) == 0)
		return err_set(e, ERR_DATA,
		    "contact %lld is no member, or is %s already",
		    (long long)contact, state);
	if (membership_note(db, now, community, contact, event, detail, e) ==
	    -1)
		return -1;
	return people_changed(db, e);
}

int
membership_suspend(struct db *db, int64_t now, int64_t community,
    int64_t contact, const char *reason, struct err *e)
{
	return membership_state(
	    db, now, community, contact, "suspended", "suspended", reason, e);
}

int
membership_resume(struct db *db, int64_t now, int64_t community,
    int64_t contact, struct err *e)
{
	/* What was asked for meanwhile was not meant for them. */
	if (membership_state(db, now, community, contact, "active", "resumed",
		NULL, e) == -1)
		return -1;
	return db_run(db, e,
	    "UPDATE community_member SET since ="
	    " (SELECT coalesce(MAX(id), 0) FROM message)"
	    " WHERE community = ? AND contact = ? AND left_at IS NULL",
	    "ii", community, contact);
}

int
membership_bounced(struct db *db, int64_t now, int64_t community,
    int64_t contact, bool *disabled, struct err *e)
{
	int64_t over;

	*disabled = false;
	if (db_run(db, e,
		"UPDATE community_member SET bounced = bounced + 1"
		" WHERE community = ? AND contact = ? AND left_at IS NULL"
		" AND state = 'active'",
		"ii", community, contact) == -1)
		return -1;
	if (db_changed(db) == 0)
		return 0;
	if (db_get_int(db, &over, 0, e,
		"SELECT COUNT(*) FROM community_member m"
		" JOIN community c ON c.id = m.community"
		" WHERE c.id = ? AND m.contact = ? AND m.left_at IS NULL"
		" AND c.bounces > 0 AND m.bounced >= c.bounces",
		"ii", community, contact) == -1)
		return -1;
	if (over == 0)
		return 0;
	*disabled = true;
	return membership_state(db, now, community, contact, "bounce-disabled",
	    "bounce-disabled", NULL, e);
}

int
membership_keep(
    struct db *db, struct community *c, int64_t message, struct err *e)
{
	struct db_row *row;
	size_t kept = 0;
	int rc;

	if (message == 0)
		return 0;
	if (db_query(db, &row, e,
		"SELECT contact FROM community_member WHERE community = ?"
		" AND left_at IS NULL AND since < ? ORDER BY contact",
		"ii", c->id, message) == -1)
		return -1;
	/* Both are in the order of their contacts. */
	for (size_t i = 0; (rc = db_step(row, e)) == 1;) {
		int64_t contact = db_int(row, 0);

		while (i < c->members && c->member[i] < contact)
			i++;
		if (i < c->members && c->member[i] == contact)
			c->member[kept++] = c->member[i++];
	}
	c->members = kept;
	return rc;
}

int
membership_of_delivery(struct db *db, int64_t delivery, int64_t *community,
    int64_t *contact, struct err *e)
{
	struct db_row *row;
	int rc;

	*community = *contact = 0;
	if (db_query(db, &row, e,
		"SELECT coalesce(a.community, p.community, 0),"
		" coalesce(v.contact, 0) FROM delivery v"
		" JOIN draft d ON d.id = v.draft AND d.kind IN"
		" ('advisory', 'post')"
		" LEFT JOIN advisory a ON a.message = d.message"
		" LEFT JOIN community_post p ON p.message = d.message"
		" WHERE v.id = ?",
		"i", delivery) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	*community = db_int(row, 0);
	*contact = db_int(row, 1);
	db_end(row);
	return 0;
}

int
membership_history(struct db *db, int64_t community, int64_t contact,
    struct membership_event **out, size_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT contact, at, event, detail FROM community_history"
		" WHERE community = ?1 AND (?2 = 0 OR contact = ?2)"
		" ORDER BY id",
		"ii", community, contact) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*out = xgrow(*out, *count, sizeof(**out));
		(*out)[(*count)++] =
		    (struct membership_event){.contact = db_int(row, 0),
			.at = db_int(row, 1),
			.event = xstrdup(db_text(row, 2)),
			.detail = xstrdup_null(db_text(row, 3))};
	}
	return rc;
}

void
membership_history_free(struct membership_event *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(list[i].event);
		free(list[i].detail);
	}
	free(list);
}

int
membership_of_message(
    struct db *db, int64_t message, int64_t *community, struct err *e)
{
	return db_get_int(db, community, 0, e,
	    "SELECT community FROM (SELECT community, message FROM advisory"
	    " WHERE community IS NOT NULL UNION"
	    " SELECT community, message FROM community_post)"
	    " WHERE message = ?",
	    "i", message);
}

int
membership_posted(struct db *db, int64_t message, int64_t community,
    int64_t author, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO community_post (message, community, author)"
	    " VALUES (?, ?, ?)",
	    "iii", message, community, author);
}
