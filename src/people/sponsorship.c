#include "people/sponsorship.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "people/membership.h"

void
application_free(struct application *a)
{
	free(a->state);
	*a = (struct application){0};
}

/* A member, or an applicant already. */
static int
application_is(struct db *db, int64_t community, int64_t contact,
    int64_t *there, struct err *e)
{
	return db_get_int(db, there, 0, e,
	    "SELECT (SELECT COUNT(*) FROM community_member WHERE"
	    " community = ?1 AND contact = ?2 AND left_at IS NULL) +"
	    " (SELECT COUNT(*) FROM community_application WHERE"
	    " community = ?1 AND contact = ?2 AND state = 'open')",
	    "ii", community, contact);
}

int
application_open(struct db *db, int64_t now, int64_t community, int64_t contact,
    int64_t message, struct err *e)
{
	int64_t there;

	if (application_is(db, community, contact, &there, e) == -1)
		return -1;
	if (there > 0)
		return err_set(e, ERR_DATA,
		    "contact %lld is a member, or has applied already",
		    (long long)contact);
	if (db_run(db, e,
		"INSERT INTO community_application (community, contact, at,"
		" message, state) VALUES (?, ?, ?, NULLIF(?, 0), 'open')",
		"iiii", community, contact, now, message) == -1)
		return -1;
	return membership_note(db, now, community, contact, "applied", NULL, e);
}

#define APPLICATION_COLUMNS                                                    \
	"SELECT a.id, a.community, a.contact, a.at, coalesce(a.message, 0),"   \
	" a.state, (SELECT COUNT(*) FROM community_sponsor s"                  \
	" JOIN community_member m ON m.community = s.community"                \
	" AND m.contact = s.sponsor AND m.left_at IS NULL"                     \
	" AND m.state = 'active' WHERE s.community = a.community"              \
	" AND s.contact = a.contact AND s.at >= a.at)"                         \
	" FROM community_application a "

static void
application_from_row(const struct db_row *row, struct application *a)
{
	*a = (struct application){.id = db_int(row, 0),
	    .community = db_int(row, 1),
	    .contact = db_int(row, 2),
	    .at = db_int(row, 3),
	    .message = db_int(row, 4),
	    .state = xstrdup(db_text(row, 5)),
	    .sponsors = db_int(row, 6)};
}

int
application_find(struct db *db, int64_t community, int64_t contact,
    struct application *out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = (struct application){0};
	if (db_query(db, &row, e,
		APPLICATION_COLUMNS "WHERE a.community = ? AND a.contact = ?"
				    " AND a.state = 'open'",
		"ii", community, contact) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 0)
		return err_set(e, ERR_NOINPUT,
		    "contact %lld has no open application", (long long)contact);
	if (rc == -1)
		return -1;
	application_from_row(row, out);
	db_end(row);
	return 0;
}

int
application_list(struct db *db, int64_t community, struct application **out,
    size_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		APPLICATION_COLUMNS "WHERE ?1 = 0 OR a.community = ?1"
				    " ORDER BY a.id",
		"i", community) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*out = xgrow(*out, *count, sizeof(**out));
		application_from_row(row, &(*out)[(*count)++]);
	}
	return rc;
}

int
application_decide(struct db *db, int64_t now, const struct application *a,
    const char *state, struct err *e)
{
	bool accepted = strcmp(state, "accepted") == 0;

	if (db_run(db, e,
		"UPDATE community_application SET state = ?, decided_at = ?"
		" WHERE id = ? AND state = 'open'",
		"sii", state, now, a->id) == -1)
		return -1;
	if (db_changed(db) == 0)
		return err_set(e, ERR_DATA, "the application is not open");
	return accepted ? community_join(
			      db, now, a->community, a->contact, NULL, 0, e)
			: membership_note(db, now, a->community, a->contact,
			      "refused", NULL, e);
}

int
sponsorship_state(struct db *db, int64_t now, const struct application *a,
    int64_t sponsor, int64_t evidence, struct err *e)
{
	bool active;

	if (membership_is_active(db, a->community, sponsor, &active, e) == -1)
		return -1;
	if (!active || sponsor == a->contact)
		return err_set(e, ERR_DENIED,
		    "contact %lld cannot sponsor: not another member",
		    (long long)sponsor);
	return db_run(db, e,
	    "INSERT INTO community_sponsor (community, contact, sponsor, at,"
	    " evidence) VALUES (?, ?, ?, ?, NULLIF(?, 0))"
	    " ON CONFLICT (community, contact, sponsor) DO UPDATE SET"
	    " at = excluded.at, evidence = excluded.evidence, review = 0",
	    "iiiii", a->community, a->contact, sponsor, now, evidence);
}

int
sponsorship_list(struct db *db, int64_t community, struct sponsorship **out,
    size_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT contact, sponsor, at, coalesce(evidence, 0), review"
		" FROM community_sponsor WHERE community = ?"
		" ORDER BY contact, sponsor",
		"i", community) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*out = xgrow(*out, *count, sizeof(**out));
		(*out)[(*count)++] =
		    (struct sponsorship){.contact = db_int(row, 0),
			.sponsor = db_int(row, 1),
			.at = db_int(row, 2),
			.evidence = db_int(row, 3),
			.review = db_int(row, 4) != 0};
	}
	return rc;
}

int
sponsorship_reviewed(struct db *db, int64_t now, int64_t community,
    int64_t contact, int64_t *count, struct err *e)
{
	if (db_run(db, e,
		"UPDATE community_sponsor SET review = 0 WHERE community = ?"
		" AND contact = ? AND review = 1",
		"ii", community, contact) == -1)
		return -1;
	*count = db_changed(db);
	return *count == 0 ? 0
			   : membership_note(db, now, community, contact,
				 "reviewed", NULL, e);
}
