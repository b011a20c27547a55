/*
 * recipient.h - what somebody is to a text that might go to them: the facts
 * that the gate is asked with, worked out from contacts, cases and messages.
 *
 * Relation and origin are worked out for each item of content (own text, each
 * quote, each attachment); the strictest decision wins: being the source of one
 * never opens another's.
 */
#ifndef CASES_RECIPIENT_H
#define CASES_RECIPIENT_H

#include "cases/outgoing.h"
#include "people/contact.h"
#include "pgp/keyring.h"

#define CONTENT_NAMED 64 /* bytes behind a label that are looked at, ours */

/* One item of content: whose it is, and under which label. */
struct content_item {
	enum noroshi_tlp label; /* effective */
	enum noroshi_origin origin;
	int64_t source; /* message that it came in; 0: our own text */
	bool label_by_default;
	bool came_encrypted;
	bool restricted; /* its source forbade in words to pass it on */
	int64_t answered; /* message that our own text answers, 0: none */
	char named[CONTENT_NAMED]; /* what stands behind the label, for whom it
				      is: "(nca members)"; or "" */
};

/* Who it would go to, under which key. */
struct recipient {
	char *address; /* as it will be written to */
	struct contact contact; /* id 0: nobody we know, class public */
	enum noroshi_channel channel;
	bool key_unusable; /* keys are there, none can be used */
	bool has_key;
	struct key key; /* valid with has_key */
	struct noroshi_answer answer;
	char reason[512];
	int64_t now; /* when it was looked for, seconds since the epoch */
	const char *community; /* list that it goes by, borrowed; or NULL */
	bool green_encrypted; /* GREEN does not go to them in clear */
	bool participates; /* in the case, or has it from its source */
	bool consented; /* by the source of the first item; see below */
	enum noroshi_tlp consent_label; /* the least that it goes under */
	const char *note; /* what made it stricter than the table, or NULL */
};
void recipient_free(struct recipient *r); /* its fields */

/*
 * Finds the contact and the best key for an address (id, address or name of a
 * contact are fine too): verified before unverified, in the order they were
 * bound, or else one that came by mail (channel E2, learnt.h); for an answer in
 * the same case also the very key that signed the
 * message answered (channel E1, "source-key"). ERR_DATA: no address.
 */
int recipient_find(struct db *db, int64_t now, const char *who, int64_t answers,
    struct recipient *out, struct err *e);

/* The row of the gate's table for one item and one recipient. */
int recipient_question(struct db *db, const struct recipient *r, int64_t cases,
    const struct content_item *item, struct noroshi_question *q, struct err *e);

/* Asks the gate for each item; r->answer and r->reason are the strictest. */
int recipient_judge(struct db *db, struct recipient *r, int64_t cases,
    const struct content_item *item, size_t items, struct err *e);

struct community;

/* The list that members get something by. */
struct recipient_list {
	const struct community *community;
	int64_t cases; /* the case it belongs to, 0: none */
	bool poc_signed; /* the PoC or a deputy signed it */
};

/*
 * As recipient_judge, for members of a list (count of them from r on): each
 * gets the stricter of the list's row (15 to 19) and the member's own, over the
 * member's channel. The rule is the list's where both are as strict, but for a
 * member who is held until legal or pr has spoken, or for want of a good key.
 */
int recipient_judge_list(struct db *db, struct recipient *r, size_t count,
    const struct recipient_list *list, const struct content_item *item,
    size_t items, struct err *e);

/* WHO of a command as an address: a contact's id, name or address, or any
 * address; the caller's. ERR_NOINPUT where it is neither. */
int recipient_address(
    struct db *db, const char *who, char **out, struct err *e);

#endif
