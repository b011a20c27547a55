#include "cases/recipient.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/message.h"
#include "cases/relation.h"
#include "people/key.h"
#include "people/learnt.h"

void
recipient_free(struct recipient *r)
{
	free(r->address);
	contact_free(&r->contact);
	if (r->has_key)
		key_free(&r->key);
	*r = (struct recipient){0};
}

/* who without the spaces around it. */
static char *
recipient_trim(const char *who)
{
	size_t len;

	who += strspn(who, " ");
	len = strlen(who);
	while (len > 0 && who[len - 1] == ' ')
		len--;
	return xstrndup(who, len);
}

/* Fills contact and address; a contact named otherwise has its first one. */
static int
recipient_who(
    struct db *db, const char *who, struct recipient *r, struct err *e)
{
	struct err why = {0};
	char *fold = contact_address_fold(who);
	int rc = contact_find(db, who, &r->contact, &why);

	if (rc == -1) {
		r->contact = (struct contact){.class = CLASS_PUBLIC};
		if (why.code != ERR_NOINPUT && fold == NULL)
			rc = err_set(e, why.code, "%s", why.text);
		else if (why.code != ERR_NOINPUT && why.code != ERR_DATA)
			rc = err_set(e, why.code, "%s", why.text);
		else if (fold == NULL)
			rc = err_set(e, ERR_NOINPUT,
			    "%s is neither a contact nor an address", who);
		else
			rc = 0;
	} else if (fold == NULL && r->contact.addresses.count == 0) {
		rc = err_set(e, ERR_DATA, "%s has no address", who);
	}
	if (rc == 0)
		r->address = fold != NULL
				 ? recipient_trim(who)
				 : xstrdup(r->contact.addresses.item[0]);
	free(fold);
	return rc;
}

/* Takes a key where it is usable and better than what there is. */
static int
recipient_try(struct db *db, int64_t now, const char *fingerprint,
    enum noroshi_channel channel, struct recipient *r, struct err *e)
{
	struct key key = {0};
	unsigned problems;

	if (r->channel <= channel)
		return 0;
	if (key_get(db, fingerprint, &key, e) == -1)
		return -1;
	problems = key_problems(&key, now);
	if ((problems & ~(unsigned)KEY_EXPIRING) != 0) {
		r->key_unusable = true;
		key_free(&key);
		return 0;
	}
	if (r->has_key)
		key_free(&r->key);
	r->key = key;
	r->has_key = true;
	r->channel = channel;
	return 0;
}

/*
 * The key of a good signature over the whole message; of a key that is bound
 * to somebody else it proves nothing about the one who is written to.
 */
static const char *
recipient_signer(const json_t *signature, const struct recipient *r)
{
	const json_t *by = json_object_get(signature, "contact");
	const char *status =
	    json_string_value(json_object_get(signature, "status"));
	const char *covers =
	    json_string_value(json_object_get(signature, "covers"));

	if (status == NULL || covers == NULL || strcmp(status, "good") != 0 ||
	    strcmp(covers, "whole") != 0)
		return NULL;
	if (json_is_integer(by) && json_integer_value(by) != r->contact.id)
		return NULL;
	return json_string_value(json_object_get(signature, "fingerprint"));
}

/* The one who is written to wrote it. */
static bool
recipient_wrote(const struct recipient *r, const struct message *m)
{
	char *fold = contact_address_fold(r->address);
	bool is = fold != NULL && m->sender_address != NULL &&
		  strcmp(fold, m->sender_address) == 0;

	free(fold);
	return is;
}

/* source-key: the very key that signed the message answered. */
static int
recipient_source_key(struct db *db, int64_t now, int64_t answers,
    struct recipient *r, struct err *e)
{
	const json_t *one;
	struct message m;
	size_t i;
	int rc = 0;

	if (answers == 0 || r->channel == NOROSHI_E1)
		return 0;
	if (message_get(db, answers, &m, e) == -1)
		return -1;
	json_array_foreach(json_object_get(m.facts, "signatures"), i, one)
	{
		const char *fingerprint = recipient_signer(one, r);
		bool bound = json_is_integer(json_object_get(one, "contact"));
		struct contact owner = {0};
		struct err why = {0};
		bool other;

		if (fingerprint == NULL || rc == -1)
			continue;
		/* whoever has keys that we know does not sign with another */
		if (!bound && (r->contact.keys > 0 || !recipient_wrote(r, &m)))
			continue;
		/* bound to somebody since it came */
		other = contact_by_key(db, fingerprint, &owner, &why) == 0 &&
			owner.id != r->contact.id;
		contact_free(&owner);
		if (other)
			continue;
		why = (struct err){0};
		rc = recipient_try(db, now, fingerprint, NOROSHI_E1, r, &why);
		if (rc == -1 && why.code == ERR_NOINPUT)
			rc = 0;
		else if (rc == -1)
			err_set(e, why.code, "%s", why.text);
	}
	message_free(&m);
	return rc;
}

/* What came by mail, for who has no key that a person gave them. */
static int
recipient_learnt_key(
    struct db *db, int64_t now, struct recipient *r, struct err *e)
{
	char *fold = contact_address_fold(r->address);
	struct learnt used = {0};
	int rc = 0;

	if (fold != NULL && r->contact.keys == 0)
		rc = learnt_used(db, fold, &used, e);
	if (rc == 0 && used.fingerprint[0] != '\0')
		rc = recipient_try(db, now, used.fingerprint, NOROSHI_E2, r, e);
	learnt_free(&used);
	free(fold);
	return rc;
}

int
recipient_find(struct db *db, int64_t now, const char *who, int64_t answers,
    struct recipient *out, struct err *e)
{
	*out = (struct recipient){.channel = NOROSHI_E0, .now = now};
	if (recipient_who(db, who, out, e) == -1)
		goto failed;
	for (size_t i = 0; i < out->contact.keys; i++) {
		const struct contact_key *k = &out->contact.key[i];

		if (recipient_try(db, now, k->fingerprint,
			k->verified != VERIFIED_NONE ? NOROSHI_E1 : NOROSHI_E2,
			out, e) == -1)
			goto failed;
	}
	if (recipient_learnt_key(db, now, out, e) == -1 ||
	    recipient_source_key(db, now, answers, out, e) == -1)
		goto failed;
	if (out->has_key)
		out->key_unusable = false;
	return 0;
failed:
	recipient_free(out);
	return -1;
}

int
recipient_address(struct db *db, const char *who, char **out, struct err *e)
{
	struct recipient r = {0};

	*out = NULL;
	if (recipient_who(db, who, &r, e) == 0) {
		*out = r.address;
		r.address = NULL;
	}
	recipient_free(&r);
	return *out == NULL ? -1 : 0;
}

static void
recipient_ask(const struct recipient *r, const struct content_item *item,
    const struct relation *relation, struct noroshi_question *q)
{
	int64_t of = item->source == 0 ? item->answered : item->source;

	*q = (struct noroshi_question){.label = item->label,
	    .origin = item->origin,
	    .relation = relation->row,
	    .channel = r->channel,
	    .key_unusable = r->key_unusable,
	    .role_mailbox = relation->role_mailbox,
	    .label_by_default = item->label_by_default,
	    .came_encrypted = item->came_encrypted,
	    .same_community = relation->same_community,
	    .declared_organisation = relation->organisation,
	    .other_community = relation->other_community,
	    .green_encrypted = r->green_encrypted,
	    .answers_own_mail = relation->row == NOROSHI_SOURCE && of != 0 &&
				of == item->answered};
}

int
recipient_question(struct db *db, const struct recipient *r, int64_t cases,
    const struct content_item *item, struct noroshi_question *q, struct err *e)
{
	struct relation relation;

	if (relation_find(db, r, cases, item, &relation, e) == -1)
		return -1;
	recipient_ask(r, item, &relation, q);
	return 0;
}

/* Who had it from its source, or from us by name. */
static bool
recipient_has_it(enum noroshi_relation row)
{
	return row == NOROSHI_SOURCE || row == NOROSHI_ORIGINAL_ADDRESSEE ||
	       row == NOROSHI_TEAM_READER;
}

/*
 * What its source allowed is held, never let go: as row 2b for a person, else
 * by a rule of its own. Channel and role mailbox still refuse.
 */
static void
recipient_consented(const struct noroshi_question *asked,
    const struct relation *relation, struct noroshi_answer *a)
{
	struct noroshi_question q = *asked;
	struct noroshi_answer named;

	q.relation = NOROSHI_NAMED;
	noroshi_gate(&q, &named);
	if (named.decision == NOROSHI_REFUSE)
		return;
	a->decision = NOROSHI_HOLD;
	a->rule = relation->person ? "named" : "consent-hold";
}

static bool
recipient_is_list(const struct noroshi_question *q)
{
	return q->relation >= NOROSHI_LIST_STAFF;
}

/* Held until legal or pr has spoken, or for want of a key: to be told. */
static bool
recipient_holds_alone(const struct recipient *r)
{
	static const char *const rule[] = {"authority-needs-legal",
	    "press-needs-pr", "victim-needs-legal", "key-unusable",
	    "channel-plain", "channel-unverified"};

	for (size_t i = 0; i < sizeof(rule) / sizeof(rule[0]); i++)
		if (r->answer.decision == NOROSHI_HOLD &&
		    strcmp(r->answer.rule, rule[i]) == 0)
			return true;
	return false;
}

/* Whether what is there stays: stricter, or as strict and as good a reason. */
static bool
recipient_stays(const struct recipient *r, const struct noroshi_question *q,
    const struct noroshi_answer *a, bool allowed_us)
{
	if (a->decision != r->answer.decision)
		return a->decision < r->answer.decision;
	if (recipient_is_list(q))
		return recipient_holds_alone(r);
	return !allowed_us;
}

/* Answer and reason of one item, unless an earlier one is as strict. */
static void
recipient_weigh(struct recipient *r, const struct noroshi_question *q,
    const struct relation *relation, bool first)
{
	struct noroshi_answer a;
	enum noroshi_encryption encryption = r->answer.encryption;
	const char *note = NULL;
	bool allowed_us = false; /* the source did, which approvers want told */

	noroshi_gate(q, &a);
	/* Row 2a: To and Cc that anybody could have written are for a person
	 * to look at. */
	if (relation->outer_only && a.decision == NOROSHI_ALLOW) {
		a.decision = NOROSHI_HOLD;
		note = "only an unprotected To or Cc names them";
	}
	if (relation->consented && a.decision == NOROSHI_REFUSE) {
		recipient_consented(q, relation, &a);
		allowed_us = a.decision == NOROSHI_HOLD;
	}
	if (relation->restricted && a.decision == NOROSHI_ALLOW &&
	    !recipient_has_it(q->relation)) {
		a.decision = NOROSHI_HOLD;
		a.rule = "restriction-text";
	}
	if (relation->over_ceiling && a.decision != NOROSHI_ALLOW)
		a.rule = "community-ceiling";
	if (!first && recipient_stays(r, q, &a, allowed_us)) {
		if (a.encryption > encryption)
			r->answer.encryption = a.encryption;
		return;
	}
	r->answer = a;
	r->note = note;
	if (!first && encryption > a.encryption)
		r->answer.encryption = encryption;
	(void)noroshi_gate_reason(q, &a, r->reason, sizeof(r->reason));
}

int
recipient_judge(struct db *db, struct recipient *r, int64_t cases,
    const struct content_item *item, size_t items, struct err *e)
{
	struct relation *relation;
	struct noroshi_question *q;
	bool own = true;
	int rc = 0;

	if (items == 0)
		return err_set(e, ERR_BUG, "nothing to judge");
	relation = xcalloc(items, sizeof(*relation));
	q = xcalloc(items, sizeof(*q));
	for (size_t i = 0; i < items && rc == 0; i++) {
		rc = relation_find(db, r, cases, &item[i], &relation[i], e);
		if (rc == 0 && i == 0) {
			r->participates = relation[i].participates;
			r->consented = relation[i].consent_found;
			r->consent_label = relation[i].consent_label;
		}
		if (rc == 0)
			recipient_ask(r, &item[i], &relation[i], &q[i]);
		own = own && q[i].answers_own_mail;
	}
	/* "Their own mail" is said of the whole, not of a piece. */
	for (size_t i = 0; i < items && rc == 0; i++) {
		q[i].answers_own_mail = own;
		recipient_weigh(r, &q[i], &relation[i], i == 0);
	}
	free(relation);
	free(q);
	return rc;
}

int
recipient_judge_list(struct db *db, struct recipient *r, size_t count,
    const struct recipient_list *list, const struct content_item *item,
    size_t items, struct err *e)
{
	const struct community *c = list->community;
	/* What the list is to each item: that asks for all of its members. */
	struct noroshi_question *asked = xcalloc(items, sizeof(*asked));
	int rc = 0;

	for (size_t i = 0; i < items && rc == 0; i++)
		rc = recipient_list_question(db, c, list->cases, &item[i],
		    list->poc_signed, &asked[i], e);
	for (size_t k = 0; k < count && rc == 0; k++) {
		r[k].community = c->name;
		rc = recipient_judge(db, &r[k], list->cases, item, items, e);
		for (size_t i = 0; i < items && rc == 0; i++) {
			struct relation relation = {
			    .over_ceiling = item[i].label > c->max_label,
			    .restricted = item[i].restricted};
			struct noroshi_question q = asked[i];

			rc =
			    relation_consent(db, &r[k], &item[i], &relation, e);
			if (rc == -1)
				break;
			q.channel = r[k].channel;
			q.key_unusable = r[k].key_unusable;
			q.green_encrypted = r[k].green_encrypted;
			recipient_weigh(&r[k], &q, &relation, false);
		}
	}
	free(asked);
	return rc;
}
