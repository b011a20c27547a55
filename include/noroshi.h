/*
 * noroshi.h - libnoroshi: TLP labels and the sharing gate, as pure functions.
 *
 * For any mail program that wants to read a Traffic Light Protocol label
 * (FIRST, TLP 2.0) or to ask whether a text may go to somebody. No function
 * here keeps state, allocates, reads a clock or touches a file. Text is UTF-8.
 */
#ifndef NOROSHI_H
#define NOROSHI_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In order: a later label may travel less far than an earlier one. */
enum noroshi_tlp {
	NOROSHI_TLP_CLEAR,
	NOROSHI_TLP_GREEN,
	NOROSHI_TLP_AMBER,
	NOROSHI_TLP_AMBER_STRICT,
	NOROSHI_TLP_RED
};

/* "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED". */
const char *noroshi_tlp_name(enum noroshi_tlp label);

/*
 * Reads a label that stands alone, with or without "TLP:", in capitals or
 * not; WHITE reads as CLEAR. Returns false where it is none.
 */
bool noroshi_tlp_parse(const char *text, enum noroshi_tlp *label);

/* Where a text stands decides which mentions count. */
enum noroshi_tlp_place {
	NOROSHI_TLP_SUBJECT, /* any mention counts */
	NOROSHI_TLP_BODY, /* a label alone on its line or first on a line;
			     in a sentence it is only mentioned; quoted
			     lines ('>') do not count as the author's own */
	NOROSHI_TLP_FILENAME /* any mention counts: TLP-AMBER_report.pdf */
};

#define NOROSHI_TLP_LEGACY 1 /* TLP:WHITE, TLP:YELLOW */
#define NOROSHI_TLP_SPELLING 2 /* AMBER-STRICT, "TLP RED" ... */
#define NOROSHI_TLP_UNKNOWN 4 /* TLP:BLACK: read as RED */
#define NOROSHI_TLP_MENTIONED 8 /* named in a sentence, not a label */
#define NOROSHI_TLP_QUOTED 16 /* a label stands in quoted text */
#define NOROSHI_TLP_SEVERAL 32 /* more than one label; the highest counts */

struct noroshi_tlp_found {
	bool found; /* label is valid */
	enum noroshi_tlp label; /* the strictest that counts */
	bool quoted; /* quoted_label is valid */
	enum noroshi_tlp quoted_label; /* the strictest in quoted lines */
	size_t offset; /* bytes into text (as given) of the one that counts */
	size_t len; /* bytes */
	unsigned flags;
};

/*
 * Finds the labels in len bytes of text, in any spelling that TLP 2.0 or 1.0
 * knows, after NFKC (Unicode Standard Annex 15). Linear in len. Returns
 * found->found.
 */
bool noroshi_tlp_find(const char *text, size_t len,
    enum noroshi_tlp_place place, struct noroshi_tlp_found *found);

/* Whose information it is. "Unlabelled" is judged as ours at AMBER. */
enum noroshi_origin { NOROSHI_ORIGIN_OURS, NOROSHI_ORIGIN_THIRD };

/*
 * What the recipient is to the content: the rows of the decision table, which
 * doc/ARCHITECTURE.md prints with its numbers.
 */
enum noroshi_relation {
	NOROSHI_SOURCE, /* row 1 */
	NOROSHI_ORIGINAL_ADDRESSEE, /* 2a */
	NOROSHI_NAMED, /* 2b */
	NOROSHI_TEAM_READER, /* 3 */
	NOROSHI_STAFF_PARTICIPANT, /* 4 */
	NOROSHI_STAFF_OTHER, /* 5 */
	NOROSHI_CONSTITUENT_PARTICIPANT, /* 6: or affected */
	NOROSHI_CONSTITUENT_OTHER, /* 7 */
	NOROSHI_PEER_PARTICIPANT, /* 8: coordinator isac first partner vendor */
	NOROSHI_PEER_COMMUNITY, /* 9 */
	NOROSHI_PEER_OTHER, /* 10 */
	NOROSHI_FINDER_PARTICIPANT, /* 11 */
	NOROSHI_AFFECTED_PARTY, /* 12 */
	NOROSHI_PUBLIC_OTHER, /* 12b */
	NOROSHI_AUTHORITY, /* 13 */
	NOROSHI_PRESS, /* 14 */
	NOROSHI_VICTIM, /* 14b */
	NOROSHI_LIST_STAFF, /* 15 */
	NOROSHI_LIST_CONSTITUENT, /* 16 */
	NOROSHI_LIST_COMMUNITY, /* 17 */
	NOROSHI_LIST_OTHER, /* 18 */
	NOROSHI_LIST_OPEN, /* 19 */
	NOROSHI_RELATIONS
};

/*
 * How it would travel. TLP sets no rule for encryption (TLP 2.0 section 1.c):
 * these are ours.
 */
enum noroshi_channel {
	NOROSHI_E1, /* key bound to the contact and verified, or source-key */
	NOROSHI_EI, /* staff over the internal route */
	NOROSHI_E2, /* key known, not verified */
	NOROSHI_E0 /* no usable key */
};

enum noroshi_decision { NOROSHI_ALLOW, NOROSHI_HOLD, NOROSHI_REFUSE };

enum noroshi_encryption {
	NOROSHI_ENCRYPTION_OPTIONAL,
	NOROSHI_ENCRYPTION_PREFERRED,
	NOROSHI_ENCRYPTION_REQUIRED
};

/* One content item and one recipient; all false where nothing is said. */
struct noroshi_question {
	enum noroshi_tlp label; /* the effective one */
	enum noroshi_origin origin;
	enum noroshi_relation relation;
	enum noroshi_channel channel;
	bool key_unusable; /* there is a key: expired, revoked ... */
	bool role_mailbox; /* not one person's */
	bool label_by_default; /* nobody wrote the label */
	bool came_encrypted; /* the content came encrypted */
	bool answers_own_mail; /* nothing in it but their own message */
	bool same_community; /* third: it came from that community's list */
	bool declared_organisation; /* the community counts as one */
	bool other_community; /* its label named another community */
	bool all_participants; /* row 15: each member is in the case */
	bool single_release; /* row 17: dual_release = false */
	bool poc_signed; /* signed by PoC or deputy */
	bool own_list; /* row 19: the list is ours */
	bool green_encrypted; /* GREEN in clear waits for a second person */
};

struct noroshi_answer {
	enum noroshi_decision decision;
	const char *rule; /* "source-own", "red-list" ...; constant */
	enum noroshi_encryption encryption;
};

/* The decision for one recipient: table and channel, the stricter wins. */
void noroshi_gate(
    const struct noroshi_question *q, struct noroshi_answer *answer);

/*
 * Writes one sentence that names label, relation and what would make it
 * possible; cut to size bytes with its NUL. Returns out.
 */
char *noroshi_gate_reason(const struct noroshi_question *q,
    const struct noroshi_answer *answer, char *out, size_t size);

const char *noroshi_decision_name(enum noroshi_decision d); /* "allow" ... */
const char *noroshi_encryption_name(enum noroshi_encryption e);
const char *noroshi_relation_name(enum noroshi_relation r);

#ifdef __cplusplus
}
#endif
#endif
