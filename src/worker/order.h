/*
 * order.h - what a staff member's pseudo-headers mean, checked before anything
 * is done, and carried out in one transaction or not at all.
 */
#ifndef WORKER_ORDER_H
#define WORKER_ORDER_H

#include "cases/case.h"
#include "cases/outgoing.h"
#include "people/contact.h"
#include "worker/pseudo_header.h"
#include "worker/reading.h"

/* Something that is sent back to who asked. */
struct order_file {
	char *name;
	const char *type; /* constant */
	struct buf data;
};

/* What is to become of cases and messages, the last of what a mail orders. */
enum order_act {
	ORDER_NO_ACT,
	ORDER_MERGE,
	ORDER_MOVE,
	ORDER_SPLIT,
	ORDER_UNDO
};

struct order_regroup {
	enum order_act act;
	int64_t to; /* case: the survivor; where messages go, or are split */
	int64_t *id; /* cases that are merged, or messages */
	size_t count;
	int64_t audit; /* undo: the entry of the act that is taken back */
};

struct order {
	struct strs to, cc, bcc; /* addresses */
	struct strs facts; /* who gets it as an excerpt of facts alone */
	bool joined; /* parties of the case may see each other */
	bool encrypted_only;
	bool label_asked;
	enum noroshi_tlp label;
	char *state, *priority, *category; /* of the case; NULL: as it is */
	bool owner_asked;
	int64_t owner; /* contact; 0: nobody */
	bool claims; /* the owner is who asks, where there is none yet */
	struct strs notes;
	char *harm, *cause, *remedy; /* of the case; NULL: as it is */
	struct strs deadlines; /* that were done, as X-Deadline has them */
	char *refusal; /* why the team does not handle it, which leaves in the
			  place of the mail's own text (refusal.h); or NULL */
	struct order_regroup regroup;
	bool signs; /* the text is to come back signed */
	bool lists_keys;
	struct key *key; /* to be stored, bound to nobody */
	size_t keys;
	struct order_file *file;
	size_t files;
	enum noroshi_tlp told; /* the strictest label of what done tells */
	struct strs done; /* one line each, for who asked */
};

void order_free(struct order *o); /* its fields */

/* What orders are judged with. Everything is borrowed. */
struct order_question {
	const struct pseudo_head *head;
	const struct reading *reading;
	const struct contact *author;
	const struct case_file *incident; /* id 0: the mail is in no case */
	const char *text; /* below the head */
	size_t len;
	bool answers; /* sent to the case's reply address: it leaves */
};

/*
 * Checks every order, and makes ready what is sent back. *why is one constant
 * sentence where one of them cannot be carried out, with what it is about in
 * lines; else NULL. Nothing is written. out is to be freed in every case.
 */
int order_check(struct worker *w, const struct order_question *q,
    struct order *out, const char **why, struct strs *lines, struct err *e);

/* The words that there are, one line each, in English or Japanese. */
void order_words(struct strs *lines, bool japanese);

/* True where the text below the head is a comment, which nothing else uses. */
bool order_leaves_comment(const struct order *o);

/* Whether any of it changes the case. */
bool order_changes_case(const struct order *o);

/* --- order_carry.c: what was checked is done --------------------------------
 */

/* Whose orders are carried out, and where. */
struct order_place {
	struct worker *w;
	int64_t cases;
	int64_t author; /* contact */
	int64_t message; /* that orders it */
	const char *by; /* borrowed: "mail", "refusal" */
};

struct passage;

/* Carries them out, inside the commit's transaction. leaves: the same mail's
 * text answers somebody outside. */
int order_carry(
    struct passage *p, const struct order *o, bool leaves, struct err *e);

/*
 * What is ordered of the case as JSON, the caller's, for a mail whose text is
 * held: all of a mail is carried out or nothing. NULL where it orders none.
 */
json_t *order_later(const struct order *o);

/* Carries that out for the case, in the name of author, as message leaves.
 * Inside the transaction that lets it. */
int order_carry_later(struct worker *w, int64_t cases, int64_t author,
    int64_t message, const json_t *then, struct err *e);

/* --- order_handling.c: harm, cause, remedy, deadlines -----------------------
 */

/* Whether the value of an X-Deadline can be carried out. *why as above. */
int order_deadline(struct worker *w, const struct case_file *incident,
    const char *value, const char **why, struct strs *lines, struct err *e);

bool order_handles(const struct order *o); /* it says any of these */
int order_carry_handling(
    const struct order_place *p, const struct order *o, struct err *e);
void order_handling_free(struct order *o); /* these fields alone */

/* To and from what order_later gives. */
void order_handling_later(const struct order *o, json_t *later);
void order_handling_read(const json_t *then, struct order *o);

/* --- order_regroup.c: merge, move, split, undo ------------------------------
 */

void order_regroup_free(struct order *o); /* this field alone */

/*
 * Does it, in the name of author, whose mail message is done by then (the rest
 * of its outcome is written): the same as the command (regrouping.h), inside
 * the commit's transaction. *opened: the name of the case that a split opened,
 * the caller's, else NULL. Errors as regroup.h.
 */
int order_regroup(struct worker *w, const struct order *o, int64_t author,
    int64_t message, char **opened, struct err *e);

/* --- order_key.c: keys and signatures ---------------------------------------
 */

/* x-list-keys, x-get-key: adds a file each; words: which, empty for all, or for
 * the team's. *why as in order_check. */
int order_list_keys(
    struct worker *w, const char *words, struct order *o, struct err *e);
int order_get_key(struct worker *w, const char *words, struct order *o,
    const char **why, struct strs *lines, struct err *e);

/* x-add-key: reads the keys that are attached, or stand in the text. */
int order_add_keys(struct worker *w, const struct order_question *q,
    struct order *o, const char **why, struct err *e);

/* x-sign-this: the text, clear-signed by the team. */
int order_sign(struct worker *w, const struct order_question *q,
    struct order *o, const char **why, struct err *e);

#endif
