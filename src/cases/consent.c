#include "cases/consent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cases/case.h"

#define CONSENT_CONDITIONS 4096 /* bytes, sealed */
#define CONSENT_COMMUNITY "community:"

void
consent_free(struct consent *c)
{
	free(c->conditions);
	strs_free(&c->to);
	*c = (struct consent){0};
}

static void
consent_context(char out[48], int64_t id)
{
	(void)snprintf(out, 48, "consent:%lld", (long long)id);
}

/* The evidence: a mail that its contact signed, all of it. */
static int
consent_evidence(const struct message *m, struct err *e)
{
	const char *evidence = json_string_value(
	    json_object_get(json_object_get(m->facts, "sender"), "evidence"));

	if (strcmp(m->direction, "in") == 0 && m->sender_contact != 0 &&
	    evidence != NULL && strcmp(evidence, "signature") == 0)
		return 0;
	return err_set(e, ERR_DENIED,
	    "message %lld is no mail that a contact of ours signed: ask the"
	    " source for a signed one",
	    (long long)m->id);
}

static int
consent_seal(struct db *db, struct vault *v, const struct consent *c,
    int64_t key, struct err *e)
{
	struct buf sealed;
	char context[48];
	int rc;

	if (c->conditions == NULL)
		return 0;
	consent_context(context, c->id);
	buf_init(&sealed, 2 * CONSENT_CONDITIONS);
	rc = vault_seal(
	    v, key, context, c->conditions, strlen(c->conditions), &sealed, e);
	if (rc == 0)
		rc = db_run(db, e,
		    "UPDATE consent SET conditions_sealed = ? WHERE id = ?",
		    "bi", &sealed, c->id);
	buf_free(&sealed);
	return rc;
}

int
consent_add(struct db *db, struct vault *v, int64_t now, struct consent *c,
    struct err *e)
{
	struct message m;
	int rc = -1;

	if (message_get(db, c->message, &m, e) == -1)
		return -1;
	c->contact = m.sender_contact;
	c->cases = m.cases;
	c->at = now;
	if (consent_evidence(&m, e) == -1 ||
	    db_insert(db, &c->id, e,
		"INSERT INTO consent (contact, message, cases, label, until,"
		" vault_key, at) VALUES (?, ?, NULLIF(?, 0), ?, ?, ?, ?)",
		"iiisiii", c->contact, c->message, c->cases,
		noroshi_tlp_name(c->label), c->until, m.vault_key, now) == -1 ||
	    consent_seal(db, v, c, m.vault_key, e) == -1)
		goto out;
	rc = 0;
	for (size_t i = 0; i < c->to.count && rc == 0; i++)
		rc = db_run(db, e,
		    "INSERT INTO consent_to (consent, who) VALUES (?, ?)"
		    " ON CONFLICT (consent, who) DO NOTHING",
		    "is", c->id, c->to.item[i]);
	if (rc == 0 && c->cases != 0)
		rc = case_changed(db, c->cases, e);
out:
	message_free(&m);
	return rc;
}

static int
consent_people(struct db *db, struct consent *c, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT who FROM consent_to WHERE consent = ? ORDER BY who",
		"i", c->id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		strs_add(&c->to, db_text(row, 0));
	return rc;
}

static int
consent_open(
    struct vault *v, const struct db_row *row, struct consent *c, struct err *e)
{
	struct err why = {0};
	struct buf text;
	char context[48];
	size_t len;
	const void *sealed = db_blob(row, 8, &len);
	int rc = 0;

	if (db_is_null(row, 8))
		return 0;
	consent_context(context, c->id);
	buf_init_secret(&text, 2 * CONSENT_CONDITIONS);
	if (vault_unseal(
		v, db_int(row, 7), context, sealed, len, &text, &why) == 0)
		c->conditions = xstrndup(buf_str(&text), text.len);
	else if (why.code != ERR_NOINPUT)
		rc = err_set(e, why.code, "%s", why.text);
	buf_free(&text);
	return rc;
}

int
consent_list(struct db *db, struct vault *v, struct consent **out,
    size_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT id, contact, message, cases, label, until, at,"
		" vault_key, conditions_sealed FROM consent ORDER BY id",
		"") == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		struct consent *c;

		*out = xgrow(*out, *count, sizeof(**out));
		c = &(*out)[(*count)++];
		*c = (struct consent){.id = db_int(row, 0),
		    .contact = db_int(row, 1),
		    .message = db_int(row, 2),
		    .cases = db_int(row, 3),
		    .label = NOROSHI_TLP_RED,
		    .until = db_int(row, 5),
		    .at = db_int(row, 6)};
		(void)noroshi_tlp_parse(db_text(row, 4), &c->label);
		if (consent_open(v, row, c, e) == -1 ||
		    consent_people(db, c, e) == -1) {
			db_end(row);
			rc = -1;
			break;
		}
	}
	if (rc == -1) {
		for (size_t i = 0; i < *count; i++)
			consent_free(&(*out)[i]);
		free(*out);
		*out = NULL;
		*count = 0;
	}
	return rc;
}

static bool
consent_is_for(const struct consent_who *who, const char *to)
{
	size_t skip = strlen(CONSENT_COMMUNITY);

	if (strncmp(to, CONSENT_COMMUNITY, skip) == 0)
		return who->community != NULL &&
		       strcasecmp(to + skip, who->community) == 0;
	return strs_has(who->address, to);
}

int
consent_covers(struct db *db, int64_t now, int64_t message,
    const struct consent_who *who, enum noroshi_tlp *label, struct err *e)
{
	struct db_row *row;
	bool found = false;
	int rc;

	if (message == 0)
		return 0;
	if (db_query(db, &row, e,
		"SELECT t.who, k.label FROM message m"
		" JOIN consent k ON k.contact = m.sender_contact"
		" AND (k.message = m.id OR k.cases = m.cases)"
		" JOIN consent_to t ON t.consent = k.id"
		" WHERE m.id = ? AND m.direction = 'in'"
		" AND (k.until = 0 OR k.until > ?)",
		"ii", message, now) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		enum noroshi_tlp one = NOROSHI_TLP_RED;

		if (!consent_is_for(who, db_text(row, 0)))
			continue;
		(void)noroshi_tlp_parse(db_text(row, 1), &one);
		if (!found || one < *label)
			*label = one;
		found = true;
	}
	return rc == -1 ? -1 : found;
}
