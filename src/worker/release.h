/*
 * release.h - what may hold a message beyond the gate's table, and whose word
 * lets it go (doc/ARCHITECTURE.md).
 */
#ifndef WORKER_RELEASE_H
#define WORKER_RELEASE_H

#include "cases/case.h"
#include "cases/floor.h"
#include "people/community.h"

/* All that the rules are asked with; everything is borrowed. */
struct release_question {
	const struct outgoing *outgoing;
	const struct floor *floor;
	const struct case_file *incident; /* id 0: none */
	const struct contact *author; /* id 0: the gateway itself */
	const struct community *community; /* id 0: not to a list */
	const struct approval *approval;
	size_t approvals;
	int64_t embargo; /* of the case, seconds since the epoch; 0: none */
	int64_t now;
	bool mixed; /* provider mode: to two constituencies at once */
	bool by_contact; /* second_person = "contact" */
	bool hidden; /* the recipient is a Bcc beside visible ones */
	bool across; /* it shows parties to each other: across.h */
	bool quotes_across; /* it quotes one to another */
	bool subject_hidden; /* the subject came encrypted and would leave */
};

/*
 * Makes r's decision stricter where a rule asks for it (downgrade,
 * author-not-owner, encrypted-only, subject-leak, poc-signature,
 * decrypted-apart, attachment-opaque, embargo, exercise-outside,
 * mixed-constituencies, bcc-mixed, cross-conversation, post-held), then turns a
 * hold into allow where an approval by another person fits it.
 */
void release_judge(const struct release_question *q, struct recipient *r);

/*
 * True where somebody who may released that it goes to r under a lower label
 * than what it holds: the PoC or a deputy, for exactly this message; and where
 * that is somebody else's, its source consented.
 */
bool release_lowered(
    const struct release_question *q, const struct recipient *r);

/* Whether the PoC or a deputy signed it, by a key of their own. */
bool release_head_signed(
    const struct outgoing *o, const struct contact *author);

/* Whether a post by identity is its author's as the list stands: an active
 * member's, by a verified key of theirs. */
bool release_is_members(const struct community *c, const struct contact *author,
    const char *identity);

/* Whether the case is a drill: its category says so. */
bool release_exercise(const struct case_file *c);

/*
 * The role in which contact may say something of what the rule holds under the
 * label, or NULL. RED, statutory and press mail ask for poc or deputy, anything
 * else for approver, poc or deputy; where a rule asks for the word of legal or
 * pr beside theirs, who has that role gives it.
 */
const char *release_role(
    const struct contact *contact, enum noroshi_tlp label, const char *rule);

/* The role whose word the rule asks for beside PoC or deputy, or NULL. */
const char *release_word(const char *rule);

/* True where whoever is alone on the rota may confirm it themselves. */
bool release_self(enum noroshi_tlp label, const char *rule);

#endif
