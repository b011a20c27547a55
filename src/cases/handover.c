#include "cases/handover.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "people/contact.h"

/* new has what old has, beside them; an observer's role is nothing to have. */
static int
handover_roles(struct db *db, const struct handover *h, struct err *e)
{
	struct contact old = {0}, new = {0};
	struct strs roles = {0};
	int rc = -1;

	if (contact_get(db, h->old, &old, e) == -1 ||
	    contact_get(db, h->new, &new, e) == -1)
		goto out;
	for (size_t i = 0; i < new.roles.count; i++)
		if (strcmp(new.roles.item[i], "observer") != 0)
			strs_add(&roles, new.roles.item[i]);
	for (size_t i = 0; i < old.roles.count; i++)
		if (strcmp(old.roles.item[i], "observer") != 0)
			strs_add_once(&roles, old.roles.item[i]);
	strs_copy(&new.roles, &roles);
	rc = contact_set(db, h->at, &new, e);
out:
	strs_free(&roles);
	contact_free(&old);
	contact_free(&new);
	return rc;
}

static int
handover_case(struct db *db, struct vault *v, const struct handover *h,
    int64_t id, int64_t by, struct err *e)
{
	struct case_file c = {0};
	char *note;
	int rc = -1;

	if (case_get(db, v, id, &c, e) == -1)
		return -1;
	c.owner = h->new;
	note = xasprintf("Handed over from contact %lld to contact %lld.",
	    (long long)h->old, (long long)h->new);
	if (case_update(db, &c, e) == 0 &&
	    db_run(db, e,
		"INSERT INTO handover_case (handover, cases) VALUES (?, ?)",
		"ii", h->id, id) == 0)
		rc = strcmp(c.state, "closed") == 0
			 ? 0
			 : case_note_add(db, v, h->at, id, by, note, e);
	free(note);
	case_free(&c);
	return rc;
}

static int
handover_cases(struct db *db, struct vault *v, const struct handover *h,
    int64_t by, size_t *moved, struct err *e)
{
	int64_t *id;
	int rc = 0;

	if (db_get_ids(db, &id, moved, e,
		"SELECT id FROM cases WHERE owner = ? ORDER BY id", "i",
		h->old) == -1)
		return -1;
	for (size_t i = 0; i < *moved && rc == 0; i++)
		rc = handover_case(db, v, h, id[i], by, e);
	free(id);
	return rc;
}

int
handover_begin(struct db *db, struct vault *v, struct handover *h, int64_t by,
    size_t *moved, struct err *e)
{
	/* Who takes over is not about to leave any more. */
	if (db_run(db, e,
		"UPDATE handover SET ended_at = ? WHERE old = ?"
		" AND ended_at IS NULL",
		"ii", h->at, h->new) == -1 ||
	    db_insert(db, &h->id, e,
		"INSERT INTO handover (old, new, cases, at, until)"
		" VALUES (?, ?, ?, ?, ?)",
		"iiiii", h->old, h->new, h->cases, h->at, h->until) == -1 ||
	    handover_cases(db, v, h, by, moved, e) == -1 ||
	    handover_roles(db, h, e) == -1)
		return -1;
	return db_run(db, e,
	    "INSERT OR IGNORE INTO rota (contact, since) SELECT ?, ?"
	    " FROM rota WHERE contact = ?",
	    "iii", h->new, h->at, h->old);
}

int
handover_list(struct db *db, int64_t **id, size_t *count, struct err *e)
{
	return db_get_ids(
	    db, id, count, e, "SELECT id FROM handover ORDER BY id DESC", "");
}

int
handover_sentence(
    struct db *db, const struct handover *h, char **out, struct err *e)
{
	struct contact old = {0}, new = {0};
	struct case_file c = {0};
	int rc = -1;

	*out = NULL;
	if (contact_get(db, h->old, &old, e) == 0 &&
	    contact_get(db, h->new, &new, e) == 0 &&
	    case_get(db, NULL, h->cases, &c, e) == 0) {
		*out = xasprintf("Handover: %s\nFrom: %s\nTo: %s\n", c.name,
		    old.name, new.name);
		rc = 0;
	}
	contact_free(&old);
	contact_free(&new);
	case_free(&c);
	return rc;
}

/* Takes a line without white space at its end, and what follows it. */
static const char *
handover_line(const char *p, size_t *len)
{
	const char *next = p + strcspn(p, "\n");

	*len = (size_t)(next - p);
	while (*len > 0 && strchr(" \t\r", p[*len - 1]) != NULL)
		(*len)--;
	return *next == '\0' ? next : next + 1;
}

/* Whether the lines of sentence stand in text, one after another. */
static bool
handover_says(const char *text, const char *sentence)
{
	while (*text != '\0') {
		const char *p = text, *q = sentence;
		size_t n, m;
		bool same = true;

		while (same && *q != '\0') {
			const char *line = p, *want = q;

			p = handover_line(p, &n);
			q = handover_line(q, &m);
			same = n == m && memcmp(line, want, n) == 0;
		}
		if (same)
			return true;
		text = handover_line(text, &n);
	}
	return false;
}

/* 1: it does; 0: not; -1: failed. One whose key was destroyed does not. */
static int
handover_is_statement(struct db *db, struct vault *v, int64_t id,
    const char *sentence, struct err *e)
{
	struct err why = {0};
	struct message m;
	const char *text;
	int rc = 0;

	if (message_get(db, id, &m, e) == -1)
		return -1;
	if (message_unseal(db, v, &m, &why) == -1) {
		rc = why.code == ERR_NOINPUT
			 ? 0
			 : err_set(e, why.code, "%s", why.text);
	} else {
		text = json_string_value(json_object_get(m.content, "text"));
		rc = text != NULL && handover_says(text, sentence) ? 1 : 0;
	}
	message_free(&m);
	return rc;
}

int
handover_statement(struct db *db, struct vault *v, const struct handover *h,
    int64_t who, int64_t *message, struct err *e)
{
	int64_t *id = NULL;
	size_t count = 0;
	char *sentence;
	int rc = 0;

	*message = 0;
	if (handover_sentence(db, h, &sentence, e) == -1)
		return -1;
	if (db_get_ids(db, &id, &count, e,
		"SELECT id FROM message WHERE sender_contact = ?"
		" AND direction = 'in' AND state = 'processed'"
		" AND received_at >= ? AND label = 'CLEAR'"
		" AND json_extract(facts, '$.sender.evidence') = 'signature'"
		" AND json_extract(facts, '$.encryption') = 'none'"
		" AND json_extract(facts, '$.replay_of') IS NULL"
		" ORDER BY id DESC LIMIT ?",
		"iii", who, h->at, (int64_t)HANDOVER_STATEMENTS) == -1)
		rc = -1;
	for (size_t i = 0; i < count && rc == 0; i++) {
		rc = handover_is_statement(db, v, id[i], sentence, e);
		if (rc == 1)
			*message = id[i];
	}
	free(id);
	free(sentence);
	return rc == -1 ? -1 : 0;
}

int
handover_contacts(struct db *db, const struct handover *h, int64_t **contact,
    size_t *count, struct err *e)
{
	return db_get_ids(db, contact, count, e,
	    "SELECT c.id FROM contact c WHERE c.removed_at IS NULL"
	    " AND c.class <> 'staff' AND c.id IN ("
	    " SELECT p.contact FROM case_participant p JOIN handover_case"
	    " h ON h.cases = p.cases WHERE h.handover = ?1"
	    " UNION SELECT contact FROM contact_key WHERE verified_by = ?2"
	    " AND verified <> 'none'"
	    " UNION SELECT v.contact FROM outgoing o JOIN draft d"
	    " ON d.message = o.message JOIN delivery v ON v.draft = d.id"
	    " WHERE o.author = ?2 AND v.state = 'sent'"
	    " AND o.kind NOT IN ('rekeyed'))"
	    " AND EXISTS (SELECT 1 FROM contact_address a"
	    " WHERE a.contact = c.id) ORDER BY c.id",
	    "ii", h->id, h->old);
}

int
handover_notified(
    struct db *db, int64_t id, int64_t contact, int64_t message, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO handover_notice (handover, contact, message)"
	    " VALUES (?, ?, ?)",
	    "iii", id, contact, message);
}

int
handover_has_notice(
    struct db *db, int64_t id, int64_t contact, bool *has, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*) FROM handover_notice WHERE handover = ?"
		" AND contact = ?",
		"ii", id, contact) == -1)
		return -1;
	*has = n > 0;
	return 0;
}
