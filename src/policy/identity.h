/*
 * identity.h - who really sent a message, and on what evidence: signature
 * fingerprint to contact, never From alone. What each evidence is worth is our
 * decision (doc/ARCHITECTURE.md, "Evidence").
 */
#ifndef POLICY_IDENTITY_H
#define POLICY_IDENTITY_H

#include "people/contact.h"
#include "pgp/verdict.h"
#include "policy/auth_results.h"

/* In order of strength. */
enum evidence {
	EVIDENCE_NONE,
	EVIDENCE_ADDRESS,
	EVIDENCE_DKIM,
	EVIDENCE_SIGNATURE
};
const char *evidence_name(enum evidence e);

struct identity_question {
	const struct verdict *verdict;
	/* For each signature the contact its key is bound to, or NULL. */
	const struct contact *const *signer;
	const struct head *head; /* the protected one, else outer; or NULL */
	const struct head *outer; /* the message's own; NULL: it has none */
	const struct contact *from; /* whose address head's From is, or NULL */
	/* Authentication-Results of ours say: From's domain authorised it. */
	bool authenticated;
	bool list; /* a mailing list sent it on, and put itself in Sender */
};

/*
 * The address of a header's From, folded, where there is just one, that has
 * just one reading (message/from.h); else NULL. The caller's.
 */
char *identity_from(const struct head *h);

/*
 * The addresses by which a contact of a folded one may be known, each once,
 * itself first: with its domain in A-labels and U-labels, then the same
 * without a "+detail" (RFC 5233).
 */
void identity_spellings(const char *folded, struct strs *out);

struct sender {
	int64_t contact; /* 0: nobody we know */
	char *organisation; /* or NULL */
	enum class class; /* the effective one */
	enum evidence evidence;
	struct strs warnings; /* signer-not-sender, class-not-proven ... */
	bool alarm; /* a good signature by the wrong person */
	int64_t resembles; /* the contact it is taken for, or 0 (lookalike.h) */
	char *
	    ascii; /* From's address in A-labels where it has others, or NULL */
};

/*
 * Signer is not From's contact: contact 0, class public, evidence none, warning
 * signer-not-sender (also where the signer is unknown but From's contact has
 * keys, none of which made the signature). A "+detail" of a contact's address
 * (RFC 5233) is the contact's for a signature and as an address, never as dkim.
 */
void identity_judge(const struct identity_question *q, struct sender *out);
void sender_free(struct sender *s);

#endif
