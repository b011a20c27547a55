#include "cases/relation.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cases/case_people.h"
#include "cases/consent.h"
#include "cases/content_item.h"
#include "cases/message.h"

/* A recipient as the look-ups below want them. */
struct relation_who {
	struct strs address; /* folded; all that are the contact's */
	int64_t contact;
	enum class class;
};

static void
relation_who_make(const struct recipient *r, struct relation_who *who)
{
	const struct strs *all = &r->contact.addresses;
	char *one = contact_address_fold(r->address);

	*who = (struct relation_who){
	    .contact = r->contact.id, .class = r->contact.class};
	if (r->contact.id == 0)
		who->class = CLASS_PUBLIC;
	if (one != NULL)
		strs_add_once(&who->address, one);
	free(one);
	for (size_t i = 0; i < all->count; i++) {
		one = contact_address_fold(all->item[i]);
		if (one != NULL)
			strs_add_once(&who->address, one);
		free(one);
	}
}

/* The names of RFC 2142 and of teams like ours: nobody reads them alone. */
static bool
relation_role_mailbox(const struct recipient *r)
{
	static const char *const names[] = {"abuse", "cert", "csirt", "soc",
	    "noc", "security", "psirt", "info", "support", "contact", "admin",
	    "hostmaster", "postmaster", "webmaster", "office", "press"};
	size_t len = strcspn(r->address, "@+");

	if (strs_has(&r->contact.tags, "role-mailbox"))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len &&
		    strncasecmp(r->address, names[i], len) == 0)
			return true;
	return false;
}

static bool
relation_is_sender(const struct message *m, const struct relation_who *who)
{
	if (m->sender_contact != 0 && m->sender_contact == who->contact)
		return true;
	return m->sender_address != NULL &&
	       strs_has(&who->address, m->sender_address);
}

static bool
relation_in_list(const json_t *list, const struct strs *address)
{
	const json_t *one;
	bool has = false;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *text =
		    json_string_value(json_object_get(one, "address"));
		char *fold = text == NULL ? NULL : contact_address_fold(text);

		has = has || (fold != NULL && strs_has(address, fold));
		free(fold);
	}
	return has;
}

/* In To or Cc of that very message. */
static bool
relation_is_addressee(const struct message *m, const struct strs *address)
{
	return relation_in_list(json_object_get(m->facts, "to"), address) ||
	       relation_in_list(json_object_get(m->facts, "cc"), address);
}

/* To and Cc that anybody on the way could have written are no evidence. */
static bool
relation_header_protected(const struct message *m)
{
	const json_t *said = json_object_get(m->facts, "header_protected");
	const json_t *one;
	size_t i;

	if (said != NULL)
		return json_is_true(said);
	if (content_item_encrypted(m) || strcmp(m->direction, "out") == 0)
		return true;
	json_array_foreach(json_object_get(m->facts, "signatures"), i, one)
	{
		const char *status =
		    json_string_value(json_object_get(one, "status"));
		const char *covers =
		    json_string_value(json_object_get(one, "covers"));

		if (status != NULL && covers != NULL &&
		    strcmp(status, "good") == 0 && strcmp(covers, "whole") == 0)
			return true;
	}
	return false;
}

/* 1: row found, 0: not by the message, -1: failed. */
static int
relation_by_message(struct db *db, const struct relation_who *who,
    int64_t message, bool own_text, struct relation *out, struct err *e)
{
	struct message m;
	bool reader = false;
	int rc = 0;

	if (message == 0)
		return 0;
	if (message_get(db, message, &m, e) == -1)
		return -1;
	if (relation_is_sender(&m, who)) {
		out->row = NOROSHI_SOURCE;
		rc = 1;
	} else if (!own_text && relation_is_addressee(&m, &who->address)) {
		out->row = NOROSHI_ORIGINAL_ADDRESSEE;
		out->outer_only = !relation_header_protected(&m);
		rc = 1;
	} else if (!own_text && who->class == CLASS_STAFF) {
		rc = message_is_reader(db, message, who->contact, &reader, e);
		if (reader)
			out->row = NOROSHI_TEAM_READER;
		rc = rc == -1 ? -1 : reader;
	}
	message_free(&m);
	return rc;
}

/* 1, 0 or -1: the recipient takes part in the case, or owns it. */
static int
relation_in_case(
    struct db *db, int64_t cases, const struct relation_who *who, struct err *e)
{
	struct case_file c;
	int rc = 0;

	if (cases == 0)
		return 0;
	for (size_t i = 0; i < who->address.count && rc == 0; i++)
		rc = case_participates(
		    db, cases, who->contact, who->address.item[i], e);
	if (rc != 0 || who->contact == 0)
		return rc;
	if (case_get(db, NULL, cases, &c, e) == -1)
		return -1;
	rc = c.owner == who->contact;
	case_free(&c);
	return rc;
}

static int
relation_affected(
    struct db *db, int64_t cases, const struct relation_who *who, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < who->address.count && rc == 0 && cases != 0; i++)
		rc = case_affects(db, cases, who->address.item[i], e);
	return rc;
}

/*
 * 1: named as a reader. The PoC names whoever may have what is ours; of a
 * third party's, only a successor among our own people for what is RED:
 * outsiders need the source's consent.
 */
static int
relation_named(struct db *db, const struct recipient *r,
    const struct relation_who *who, int64_t cases,
    const struct content_item *item, const struct relation *so_far,
    struct err *e)
{
	if (cases == 0 || who->contact == 0 || so_far->role_mailbox ||
	    r->contact.keys == 0)
		return 0;
	if (item->origin == NOROSHI_ORIGIN_THIRD &&
	    (who->class != CLASS_STAFF || item->label < NOROSHI_TLP_RED))
		return 0;
	return case_names(db, cases, who->contact, e);
}

static bool
relation_authenticated(const struct message *m)
{
	const char *evidence = json_string_value(
	    json_object_get(json_object_get(m->facts, "sender"), "evidence"));

	return evidence != NULL && (strcmp(evidence, "signature") == 0 ||
				       strcmp(evidence, "dkim") == 0);
}

/* It came from the community's list, by a header nobody on the way wrote. */
static int
relation_came_from(struct db *db, const struct community *c, int64_t message,
    bool *from, struct err *e)
{
	struct strs address = {0};
	struct message m;
	char *fold;

	*from = false;
	if (message == 0 || c->address == NULL)
		return 0;
	if (message_get(db, message, &m, e) == -1)
		return -1;
	fold = contact_address_fold(c->address);
	if (fold != NULL)
		strs_add(&address, fold);
	*from = fold != NULL && strcmp(m.direction, "in") == 0 &&
		((m.sender_address != NULL && relation_authenticated(&m) &&
		     strcmp(m.sender_address, fold) == 0) ||
		    (relation_header_protected(&m) &&
			relation_is_addressee(&m, &address)));
	free(fold);
	strs_free(&address);
	message_free(&m);
	return 0;
}

/* 1: in a community with us. */
static int
relation_community(struct db *db, int64_t contact, int64_t message,
    struct relation *out, struct err *e)
{
	struct community *list;
	size_t count;
	int rc = 0;

	if (contact == 0)
		return 0;
	/* Text of our own came from no list: which ones they are does not
	 * count. 60,000 instructions less for each member of an advisory. */
	if (message == 0)
		return community_joined(db, contact, e);
	if (community_list_of(db, contact, &list, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		bool from = false;

		if (rc != -1)
			rc = relation_came_from(
				 db, &list[i], message, &from, e) == -1
				 ? -1
				 : 1;
		out->same_community = out->same_community || from;
		out->organisation = out->organisation || list[i].organisation;
		community_free(&list[i]);
	}
	free(list);
	return rc;
}

/* name stands in text as a word. */
static bool
relation_word(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = text; (at = strcasestr(at, name)) != NULL; at++) {
		bool begins = at == text || !isalnum((unsigned char)at[-1]);

		if (begins && !isalnum((unsigned char)at[len]))
			return true;
	}
	return false;
}

/*
 * Its label names communities, and theirs is none of them: contact is in none
 * (own 0), or the list own is none.
 */
static int
relation_other(struct db *db, const struct content_item *item, int64_t contact,
    int64_t own, bool *other, struct err *e)
{
	struct community *list;
	bool named = false, inside = false;
	size_t count;

	*other = false;
	if (item->named[0] == '\0' || item->origin != NOROSHI_ORIGIN_THIRD)
		return 0;
	if (community_list(db, &list, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (relation_word(item->named, list[i].name)) {
			named = true;
			inside = inside || list[i].id == own;
			for (size_t k = 0; k < list[i].members; k++)
				inside =
				    inside || (own == 0 && contact != 0 &&
						  list[i].member[k] == contact);
		}
		community_free(&list[i]);
	}
	free(list);
	*other = named && !inside;
	return 0;
}

/* Press before victim before authority: the strictest of them. */
static bool
relation_by_tag(const struct contact *c, struct relation *out)
{
	static const struct {
		const char *tag;
		enum noroshi_relation row;
	} tags[] = {{"press", NOROSHI_PRESS}, {"victim", NOROSHI_VICTIM},
	    {"authority", NOROSHI_AUTHORITY}};

	if (c->id == 0 || c->class != CLASS_PUBLIC)
		return false;
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (strs_has_case(&c->tags, tags[i].tag)) {
			out->row = tags[i].row;
			return true;
		}
	}
	return false;
}

/* The rows from 4 on: by class, case and community. */
static int
relation_by_class(struct db *db, const struct relation_who *who, int64_t cases,
    int64_t message, struct relation *out, struct err *e)
{
	int in = relation_in_case(db, cases, who, e);
	int affected = in == -1 ? -1 : relation_affected(db, cases, who, e);
	int rc;

	if (affected == -1)
		return -1;
	switch (who->class) {
	case CLASS_STAFF:
		out->row = in ? NOROSHI_STAFF_PARTICIPANT : NOROSHI_STAFF_OTHER;
		return 0;
	case CLASS_CONSTITUENT:
		out->row = in || affected ? NOROSHI_CONSTITUENT_PARTICIPANT
					  : NOROSHI_CONSTITUENT_OTHER;
		return 0;
	case CLASS_FINDER:
	case CLASS_PUBLIC:
		out->row = NOROSHI_PUBLIC_OTHER;
		if (affected)
			out->row = NOROSHI_AFFECTED_PARTY;
		if (in && who->class == CLASS_FINDER)
			out->row = NOROSHI_FINDER_PARTICIPANT;
		return 0;
	default:
		break;
	}
	out->row = NOROSHI_PEER_PARTICIPANT;
	if (in && message == 0)
		return 0;
	rc = relation_community(db, who->contact, message, out, e);
	/* What a community's list brought may go back to its members. */
	if (in && !out->same_community)
		return rc == -1 ? -1 : 0;
	out->row = rc == 1 ? NOROSHI_PEER_COMMUNITY : NOROSHI_PEER_OTHER;
	return rc == -1 ? -1 : 0;
}

int
relation_consent(struct db *db, const struct recipient *r,
    const struct content_item *item, struct relation *out, struct err *e)
{
	struct relation_who who;
	const struct consent_who to = {
	    .address = &who.address, .community = r->community};
	int rc;

	relation_who_make(r, &who);
	rc = consent_covers(db, r->now,
	    item->source == 0 ? item->answered : item->source, &to,
	    &out->consent_label, e);
	out->consent_found = rc == 1;
	out->consented =
	    rc == 1 && item->source != 0 && item->label >= out->consent_label;
	strs_free(&who.address);
	return rc == -1 ? -1 : 0;
}

int
relation_find(struct db *db, const struct recipient *r, int64_t cases,
    const struct content_item *item, struct relation *out, struct err *e)
{
	struct relation_who who;
	bool own_text = item->source == 0;
	int rc;

	*out = (struct relation){.role_mailbox = relation_role_mailbox(r),
	    .restricted = item->restricted};
	out->person = r->community == NULL && r->contact.id != 0 &&
		      r->contact.keys > 0 && !out->role_mailbox;
	relation_who_make(r, &who);
	rc = relation_by_message(db, &who,
	    own_text ? item->answered : item->source, own_text, out, e);
	out->participates = rc == 1;
	if (rc == 0) {
		rc = relation_in_case(db, cases, &who, e);
		out->participates = rc == 1;
		rc = rc == -1 ? -1 : 0;
	}
	/* A recorded reader has it already; to be named takes nothing away. */
	if (rc == 0) {
		rc = relation_named(db, r, &who, cases, item, out, e);
		if (rc == 1)
			out->row = NOROSHI_NAMED;
	}
	if (rc == 0)
		rc = relation_by_tag(&r->contact, out);
	if (rc == 0)
		rc = relation_by_class(db, &who, cases, item->source, out, e);
	strs_free(&who.address);
	if (rc != -1)
		rc = relation_other(
		    db, item, r->contact.id, 0, &out->other_community, e);
	return rc == -1 ? -1 : relation_consent(db, r, item, out, e);
}

/* 1, 0 or -1: that member takes part in the case. */
static int
relation_member_in_case(
    struct db *db, int64_t cases, int64_t member, struct err *e)
{
	struct recipient r = {0};
	struct relation_who who;
	int rc;

	if (contact_get(db, member, &r.contact, e) == -1)
		return -1;
	r.address = xstrdup(
	    r.contact.addresses.count == 0 ? "" : r.contact.addresses.item[0]);
	relation_who_make(&r, &who);
	rc = relation_in_case(db, cases, &who, e);
	strs_free(&who.address);
	recipient_free(&r);
	return rc;
}

/* Which of the rows 15 to 17 the members make; all: each is in the case. */
static int
relation_members(struct db *db, const struct community *c, int64_t cases,
    enum noroshi_relation *row, bool *all, struct err *e)
{
	bool staff = c->members > 0, near = staff;
	int rc = 0;

	*all = staff && cases != 0;
	for (size_t i = 0; i < c->members && rc != -1; i++) {
		enum class class;

		if (contact_class(db, c->member[i], &class, e) == -1)
			return -1;
		staff = staff && class == CLASS_STAFF;
		near = near &&
		       (class == CLASS_STAFF || class == CLASS_CONSTITUENT);
		/* One who is not in it decides for all. */
		if (*all)
			rc =
			    relation_member_in_case(db, cases, c->member[i], e);
		*all = *all && rc == 1;
	}
	*row = staff  ? NOROSHI_LIST_STAFF
	       : near ? NOROSHI_LIST_CONSTITUENT
		      : NOROSHI_LIST_COMMUNITY;
	return rc == -1 ? -1 : 0;
}

int
recipient_list_question(struct db *db, const struct community *c, int64_t cases,
    const struct content_item *item, bool poc_signed,
    struct noroshi_question *q, struct err *e)
{
	*q = (struct noroshi_question){.label = item->label,
	    .origin = item->origin,
	    .channel = NOROSHI_E1,
	    .label_by_default = item->label_by_default,
	    .came_encrypted = item->came_encrypted,
	    .single_release = !c->dual_release,
	    .declared_organisation = c->organisation,
	    .poc_signed = poc_signed,
	    .own_list = true};
	if (relation_members(
		db, c, cases, &q->relation, &q->all_participants, e) == -1 ||
	    relation_came_from(db, c, item->source, &q->same_community, e) ==
		-1 ||
	    relation_other(db, item, 0, c->id, &q->other_community, e) == -1)
		return -1;
	if (item->label > c->max_label)
		q->relation = NOROSHI_LIST_OTHER;
	if (c->archive != NULL && strcmp(c->archive, "public") == 0)
		q->relation = NOROSHI_LIST_OPEN;
	return 0;
}
