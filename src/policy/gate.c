#include "noroshi.h"

#include <stdio.h>
#include <string.h>

/* Columns of the decision table, in the order of doc/ARCHITECTURE.md. */
enum column {
	RED_OURS,
	RED_THIRD,
	STRICT_OURS,
	STRICT_THIRD,
	AMBER_OURS,
	AMBER_THIRD,
	GREEN_OURS,
	GREEN_THIRD,
	CLEAR_ANY,
	COLUMNS
};

#define ROWS ((int)NOROSHI_RELATIONS)
#define LABELS ((int)NOROSHI_TLP_RED + 1)

/* One row: the decisions, one letter a column, and the rule of each label. */
struct row {
	const char *name;
	const char *phrase; /* as the reason names the recipient */
	char decision[COLUMNS + 1];
	const char *red;
	const char *strict;
	const char *amber_ours;
	const char *amber_third;
	const char *green;
	const char *clear;
};

#define EVERY(rule) rule, rule, rule, rule, rule, rule

/* clang-format off */
static const struct row rows[ROWS] = {
	[NOROSHI_SOURCE] = {
	    "source", "the source of this content", "AAAAAAAAA",
	    EVERY("source-own")},
	[NOROSHI_ORIGINAL_ADDRESSEE] = {
	    "original-addressee", "an addressee of the original message",
	    "AAAAAAAAA", EVERY("original-addressee")},
	[NOROSHI_NAMED] = {
	    "named", "a person named as recipient", "HHAHAHAAA",
	    EVERY("named")},
	[NOROSHI_TEAM_READER] = {
	    "team-reader", "a recorded reader of this message", "AAAAAAAAA",
	    EVERY("team-reader")},
	[NOROSHI_STAFF_PARTICIPANT] = {
	    "staff-participant", "staff working on the case", "RRAAAAAAA",
	    "red-not-named", "staff-need-to-know", "need-to-know",
	    "need-to-know", "green-community", "clear"},
	[NOROSHI_STAFF_OTHER] = {
	    "staff-other", "staff outside the case", "RRHHHHAAA",
	    "red-not-named", "staff-not-in-case", "staff-not-in-case",
	    "staff-not-in-case", "green-community", "clear"},
	[NOROSHI_CONSTITUENT_PARTICIPANT] = {
	    "constituent-participant",
	    "a constituent in or affected by the case", "RRHRAAAAA",
	    "red-not-named", "strict-outside-org", "need-to-know",
	    "need-to-know", "green-community", "clear"},
	[NOROSHI_CONSTITUENT_OTHER] = {
	    "constituent-other", "a constituent not in the case", "RRRRHHAAA",
	    "red-not-named", "strict-outside-org", "client-not-affected",
	    "client-not-affected", "green-community", "clear"},
	[NOROSHI_PEER_PARTICIPANT] = {
	    "peer-participant", "a peer team in the case", "RRARARAAA",
	    "red-not-named", "strict-outside-org", "amber-peer",
	    "amber-third-party", "green-community", "clear"},
	[NOROSHI_PEER_COMMUNITY] = {
	    "peer-community", "a peer team of the community", "RRHRARAAA",
	    "red-not-named", "strict-outside-org", "amber-peer",
	    "amber-third-party", "green-community", "clear"},
	[NOROSHI_PEER_OTHER] = {
	    "peer-other", "a peer team outside the community", "RRHRHRAAA",
	    "red-not-named", "strict-outside-org", "amber-peer",
	    "amber-third-party", "green-other-community", "clear"},
	[NOROSHI_FINDER_PARTICIPANT] = {
	    "finder-participant", "a finder in the case", "RRHRHRAHA",
	    "red-not-named", "strict-outside-org", "amber-outside-clients",
	    "amber-outside-clients", "green-public", "clear"},
	[NOROSHI_AFFECTED_PARTY] = {
	    "affected-party", "an affected party outside our clients",
	    "RRRRHRAHA",
	    "red-not-named", "strict-outside-org", "affected-party",
	    "amber-outside-clients", "affected-party", "affected-party"},
	[NOROSHI_PUBLIC_OTHER] = {
	    "public-other", "somebody outside the case", "RRRRRRHRA",
	    "red-not-named", "strict-outside-org", "amber-outside-clients",
	    "amber-outside-clients", "green-public", "clear"},
	[NOROSHI_AUTHORITY] = {
	    "authority", "an authority", "HHHHHHHHA",
	    EVERY("authority-needs-legal")},
	[NOROSHI_PRESS] = {
	    "press", "the press", "RRRRRRRRH",
	    "red-not-named", "press-needs-pr", "press-needs-pr",
	    "press-needs-pr", "press-needs-pr", "press-needs-pr"},
	[NOROSHI_VICTIM] = {
	    "victim", "a victim of the incident", "RRRRHRHRH",
	    "red-not-named", "victim-needs-legal", "victim-needs-legal",
	    "victim-needs-legal", "victim-needs-legal", "victim-needs-legal"},
	[NOROSHI_LIST_STAFF] = {
	    "list-staff", "a list of staff", "RRHHHHAAA",
	    "red-list", "strict-list", "amber-list", "amber-third-party",
	    "green-community", "clear"},
	[NOROSHI_LIST_CONSTITUENT] = {
	    "list-constituent", "a list of constituents", "RRRRHHAAA",
	    "red-list", "strict-list", "amber-list", "amber-third-party",
	    "green-community", "clear"},
	[NOROSHI_LIST_COMMUNITY] = {
	    "list-community", "the list of the community", "RRHRHRAAA",
	    "red-list", "strict-list", "amber-list", "amber-third-party",
	    "green-community", "clear"},
	[NOROSHI_LIST_OTHER] = {
	    "list-other", "the list of another community", "RRRRRRHHA",
	    "red-list", "strict-list", "amber-list", "amber-third-party",
	    "green-other-community", "clear"},
	[NOROSHI_LIST_OPEN] = {
	    "list-open", "a list that anybody can read", "RRRRRRRRH",
	    "red-list", "strict-list", "amber-list", "amber-third-party",
	    "green-open-list", "press-needs-pr"},
};

/* What a cell's parenthesis asks for. */
enum condition {
	IF_SAME_COMMUNITY,
	IF_DECLARED_ORGANISATION,
	IF_OTHER_COMMUNITY,
	IF_ALL_PARTICIPANTS,
	IF_SINGLE_RELEASE,
	IF_OWN_LIST_SIGNED
};

/* The parentheses of the table; of one cell's the first that holds counts. */
struct exception {
	enum noroshi_relation relation;
	enum column column;
	enum condition condition;
	char decision;
	const char *rule; /* NULL: the row's */
};

static const struct exception exceptions[] = {
	{NOROSHI_PEER_COMMUNITY, STRICT_THIRD, IF_SAME_COMMUNITY, 'H', NULL},
	{NOROSHI_PEER_COMMUNITY, STRICT_THIRD, IF_DECLARED_ORGANISATION, 'H',
	    NULL},
	{NOROSHI_PEER_COMMUNITY, AMBER_THIRD, IF_SAME_COMMUNITY, 'A', NULL},
	{NOROSHI_PEER_COMMUNITY, AMBER_THIRD, IF_DECLARED_ORGANISATION, 'H',
	    NULL},
	{NOROSHI_PEER_OTHER, GREEN_THIRD, IF_OTHER_COMMUNITY, 'R', NULL},
	{NOROSHI_LIST_STAFF, STRICT_OURS, IF_ALL_PARTICIPANTS, 'A', NULL},
	{NOROSHI_LIST_STAFF, STRICT_THIRD, IF_ALL_PARTICIPANTS, 'A', NULL},
	{NOROSHI_LIST_STAFF, AMBER_OURS, IF_ALL_PARTICIPANTS, 'A', NULL},
	{NOROSHI_LIST_STAFF, AMBER_THIRD, IF_ALL_PARTICIPANTS, 'A', NULL},
	{NOROSHI_LIST_COMMUNITY, STRICT_THIRD, IF_SAME_COMMUNITY, 'H', NULL},
	{NOROSHI_LIST_COMMUNITY, STRICT_THIRD, IF_DECLARED_ORGANISATION, 'H',
	    NULL},
	{NOROSHI_LIST_COMMUNITY, AMBER_OURS, IF_SINGLE_RELEASE, 'A', NULL},
	{NOROSHI_LIST_COMMUNITY, AMBER_THIRD, IF_SAME_COMMUNITY, 'A', NULL},
	{NOROSHI_LIST_COMMUNITY, AMBER_THIRD, IF_DECLARED_ORGANISATION, 'H',
	    NULL},
	{NOROSHI_LIST_OTHER, GREEN_THIRD, IF_OTHER_COMMUNITY, 'R', NULL},
	{NOROSHI_LIST_OPEN, CLEAR_ANY, IF_OWN_LIST_SIGNED, 'A', "clear"},
};

/* E1, EI, E2, E0 in the order of enum noroshi_channel; 'A': as the table. */
static const char channels[LABELS][5] = {
	[NOROSHI_TLP_RED] = "AHRR",
	[NOROSHI_TLP_AMBER_STRICT] = "AAHR",
	[NOROSHI_TLP_AMBER] = "AAHH",
	[NOROSHI_TLP_GREEN] = "AAAA",
	[NOROSHI_TLP_CLEAR] = "AAAA",
};

/* What would make it possible, rule by rule. */
static const struct remedy {
	const char *rule;
	const char *text;
} remedies[] = {
	{"source-own", "a key of theirs that we have verified is needed"},
	{"original-addressee",
	    "a key of theirs that we have verified is needed"},
	{"named", "another approver has to release it to this one person"},
	{"team-reader", "a key of theirs that we have verified is needed"},
	{"affected-party", "an approver has to release it, or send them "
	    "an excerpt of technical facts alone"},
	{"authority-needs-legal",
	    "two approvals are needed, one of them by the role legal"},
	{"press-needs-pr",
	    "only CLEAR text approved by PoC or deputy and PR can go there"},
	{"victim-needs-legal", "a notice of our own approved by the role "
	    "legal, labelled AMBER or lower, can go there"},
	{"red-not-named", "the PoC has to name this one person"},
	{"red-role-mailbox",
	    "ask for one person with a key of their own, and have them named"},
	{"red-list", "send it to named persons, one by one"},
	{"staff-need-to-know", "make them a participant of the case"},
	{"staff-not-in-case",
	    "make them a participant of the case, or have it released"},
	{"strict-outside-org",
	    "an approver has to release it to a participant of the case, or "
	    "the PoC lower the label to AMBER"},
	{"strict-list", "an approver has to release it to a list that may "
	    "have it, or send it to single participants of the case"},
	{"need-to-know", "make them a participant of the case"},
	{"client-not-affected",
	    "an approver has to confirm that they need to know"},
	{"amber-peer", "an approver has to confirm that they need to know"},
	{"amber-third-party",
	    "the source has to consent, or lower the label to GREEN"},
	{"amber-outside-clients", "make them a participant of the case and "
	    "have it released, or send an excerpt of technical facts alone"},
	{"amber-list", "an approver has to release it to a list of our own "
	    "community, or lower the label to GREEN"},
	{"green-community", "they have to be of the community"},
	{"green-other-community",
	    "an approver has to release it to this community, or the PoC "
	    "label it CLEAR"},
	{"green-public", "an approver has to release it, or the PoC label it "
	    "CLEAR"},
	{"green-open-list", "the PoC has to label it CLEAR"},
	{"community-ceiling", "send it under a label that this list may "
	    "carry, or the PoC raises the highest label of the list"},
	{"channel-unverified",
	    "their key has to be verified by a person first"},
	{"channel-plain", "a key of theirs that we have verified is needed, or "
	    "an approver releases it in clear where the label permits"},
	{"restriction-text", "its source asked in words not to pass it on; an "
	    "approver who asked the source can release it"},
	{"consent-hold", "its source consented by signed mail, and an "
	    "approver has to see that it covers this"},
	{"embargo", "wait until the embargo ends, or make them a "
	    "participant of the case"},
	{"exercise-outside",
	    "make them a participant of the exercise's case"},
	{"mixed-constituencies",
	    "send it to each constituency in a message of its own"},
	{"attachment-opaque", "attach it unpacked, or an approver who knows "
	    "what is in it releases it"},
	{"post-held", "an approver, who knows that it is no member's signed "
	    "word, passes it on"},
	{"key-unusable", "a key of theirs that is neither expired nor revoked "
	    "and can encrypt is needed"},
};

/* What only the source can do about its own. */
static const struct remedy remedies_third[] = {
	{"red-not-named",
	    "its source has to consent to this one person, or the PoC to name "
	    "one of our own staff as a reader"},
	{"strict-outside-org",
	    "its source has to consent, or lower the label to AMBER"},
	{"strict-list",
	    "its source has to consent, or send it to single participants "
	    "of the case"},
	{"amber-outside-clients",
	    "its source has to consent, or lower the label to CLEAR"},
	{"green-other-community",
	    "its source has to allow this community, or label it CLEAR"},
	{"green-public",
	    "its source has to allow it, or label it CLEAR"},
	{"green-open-list",
	    "its source has to label it CLEAR"},
};
/* clang-format on */

/* The question with values in their range, unknown ones at the strict end. */
static struct noroshi_question
normalised(const struct noroshi_question *given)
{
	struct noroshi_question q = *given;

	if ((unsigned)q.label >= (unsigned)LABELS)
		q.label = NOROSHI_TLP_RED;
	if ((unsigned)q.relation >= (unsigned)ROWS) {
		q.relation = NOROSHI_LIST_OPEN;
		q.own_list = false;
	}
	if ((unsigned)q.channel > NOROSHI_E0)
		q.channel = NOROSHI_E0;
	if (q.key_unusable && q.channel != NOROSHI_EI)
		q.channel = NOROSHI_E0;
	return q;
}

static enum noroshi_decision
decision_of(char letter)
{
	if (letter == 'A')
		return NOROSHI_ALLOW;
	return letter == 'H' ? NOROSHI_HOLD : NOROSHI_REFUSE;
}

static enum column
column_of(const struct noroshi_question *q)
{
	int third = q->origin != NOROSHI_ORIGIN_OURS;

	switch (q->label) {
	case NOROSHI_TLP_CLEAR:
		return CLEAR_ANY;
	case NOROSHI_TLP_GREEN:
		return GREEN_OURS + third;
	case NOROSHI_TLP_AMBER:
		return AMBER_OURS + third;
	case NOROSHI_TLP_AMBER_STRICT:
		return STRICT_OURS + third;
	case NOROSHI_TLP_RED:
		break;
	}
	return RED_OURS + third;
}

static const char *
rule_of(const struct row *row, enum column column)
{
	switch (column) {
	case STRICT_OURS:
	case STRICT_THIRD:
		return row->strict;
	case AMBER_OURS:
		return row->amber_ours;
	case AMBER_THIRD:
		return row->amber_third;
	case GREEN_OURS:
	case GREEN_THIRD:
		return row->green;
	case CLEAR_ANY:
		return row->clear;
	default:
		return row->red;
	}
}

static bool
holds(enum condition condition, const struct noroshi_question *q)
{
	switch (condition) {
	case IF_SAME_COMMUNITY:
		return q->same_community;
	case IF_DECLARED_ORGANISATION:
		return q->declared_organisation;
	case IF_OTHER_COMMUNITY:
		return q->other_community;
	case IF_ALL_PARTICIPANTS:
		return q->all_participants;
	case IF_SINGLE_RELEASE:
		return q->single_release;
	case IF_OWN_LIST_SIGNED:
		return q->own_list && q->poc_signed;
	}
	return false;
}

/*
 * RED goes to individuals. The source, an addressee and a reader were there
 * already, and a duty by law names its authority.
 */
static bool
wants_a_person(const struct noroshi_question *q)
{
	if (q->label != NOROSHI_TLP_RED || !q->role_mailbox)
		return false;
	switch (q->relation) {
	case NOROSHI_SOURCE:
	case NOROSHI_ORIGINAL_ADDRESSEE:
	case NOROSHI_TEAM_READER:
	case NOROSHI_AUTHORITY:
		return false;
	default:
		return q->relation < NOROSHI_LIST_STAFF;
	}
}

static void
ask_table(const struct noroshi_question *q, struct noroshi_answer *a)
{
	const struct row *row = &rows[q->relation];
	enum column column = column_of(q);

	a->decision = decision_of(row->decision[column]);
	a->rule = rule_of(row, column);
	if (wants_a_person(q)) {
		a->decision = NOROSHI_REFUSE;
		a->rule = "red-role-mailbox";
		return;
	}
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(*exceptions); i++) {
		const struct exception *x = &exceptions[i];

		if (x->relation != q->relation || x->column != column ||
		    !holds(x->condition, q))
			continue;
		a->decision = decision_of(x->decision);
		if (x->rule != NULL)
			a->rule = x->rule;
		return;
	}
}

/* An ordinary reporter is answered as they wrote: in clear. */
static bool
is_plain_own(const struct noroshi_question *q)
{
	return q->relation == NOROSHI_SOURCE && q->channel == NOROSHI_E0 &&
	       q->label == NOROSHI_TLP_AMBER && q->label_by_default &&
	       !q->came_encrypted && q->answers_own_mail;
}

/*
 * What came encrypted does not go back in clear: our answer to it, and its
 * words to who wrote or got it. Passed on to others it goes as the table says.
 */
static bool
answers_encrypted(const struct noroshi_question *q)
{
	return q->came_encrypted &&
	       (q->origin == NOROSHI_ORIGIN_OURS ||
		   q->relation == NOROSHI_SOURCE ||
		   q->relation == NOROSHI_ORIGINAL_ADDRESSEE);
}

static enum noroshi_decision
ask_channel(const struct noroshi_question *q)
{
	enum noroshi_decision d = decision_of(channels[q->label][q->channel]);

	if (is_plain_own(q))
		return NOROSHI_ALLOW;
	/* What came encrypted does not go back in clear; a team may want that
	 * of all that is GREEN. */
	if (q->channel == NOROSHI_E0 && q->label == NOROSHI_TLP_GREEN &&
	    (answers_encrypted(q) || q->green_encrypted))
		return NOROSHI_HOLD;
	/* A duty by law overrides the channel, not our care. */
	if (q->relation == NOROSHI_AUTHORITY && d == NOROSHI_REFUSE)
		return NOROSHI_HOLD;
	/* The internal route carries RED to a person, never to a mailbox. */
	if (q->label == NOROSHI_TLP_RED && q->channel == NOROSHI_EI &&
	    q->role_mailbox)
		return NOROSHI_REFUSE;
	return d;
}

static const char *
channel_rule(const struct noroshi_question *q)
{
	if (q->channel == NOROSHI_E2)
		return "channel-unverified";
	if (q->channel == NOROSHI_E0 && q->key_unusable)
		return "key-unusable";
	return "channel-plain";
}

void
noroshi_gate(
    const struct noroshi_question *given, struct noroshi_answer *answer)
{
	struct noroshi_question q = normalised(given);
	enum noroshi_decision channel = ask_channel(&q);

	ask_table(&q, answer);
	if (channel > answer->decision) {
		answer->decision = channel;
		answer->rule = channel_rule(&q);
	}
	answer->encryption = NOROSHI_ENCRYPTION_REQUIRED;
	if (q.label == NOROSHI_TLP_GREEN)
		answer->encryption = NOROSHI_ENCRYPTION_PREFERRED;
	if (q.label == NOROSHI_TLP_CLEAR)
		answer->encryption = NOROSHI_ENCRYPTION_OPTIONAL;
}

static const char *
remedy_of(const char *rule, enum noroshi_origin origin)
{
	size_t third = sizeof(remedies_third) / sizeof(*remedies_third);

	for (size_t i = 0; origin != NOROSHI_ORIGIN_OURS && i < third; i++)
		if (strcmp(remedies_third[i].rule, rule) == 0)
			return remedies_third[i].text;
	for (size_t i = 0; i < sizeof(remedies) / sizeof(*remedies); i++)
		if (strcmp(remedies[i].rule, rule) == 0)
			return remedies[i].text;
	return "a second person has to look at it";
}

char *
noroshi_gate_reason(const struct noroshi_question *given,
    const struct noroshi_answer *answer, char *out, size_t size)
{
	struct noroshi_question q = normalised(given);
	const char *label = noroshi_tlp_name(q.label);
	const char *who = rows[q.relation].phrase;
	const char *whose = "";

	if (q.label != NOROSHI_TLP_CLEAR)
		whose = q.origin == NOROSHI_ORIGIN_OURS ? " of ours"
							: " of a third party";
	if (size == 0)
		return out;
	if (answer->decision == NOROSHI_ALLOW)
		snprintf(
		    out, size, "TLP:%s%s may go to %s.", label, whose, who);
	else
		snprintf(out, size, "TLP:%s%s %s %s: %s.", label, whose,
		    answer->decision == NOROSHI_HOLD
			? "waits for a second person before it goes to"
			: "may not go to",
		    who, remedy_of(answer->rule, q.origin));
	return out;
}

const char *
noroshi_decision_name(enum noroshi_decision d)
{
	switch (d) {
	case NOROSHI_ALLOW:
		return "allow";
	case NOROSHI_HOLD:
		return "hold";
	case NOROSHI_REFUSE:
		break;
	}
	return "refuse";
}

const char *
noroshi_encryption_name(enum noroshi_encryption e)
{
	switch (e) {
	case NOROSHI_ENCRYPTION_OPTIONAL:
		return "optional";
	case NOROSHI_ENCRYPTION_PREFERRED:
		return "preferred";
	case NOROSHI_ENCRYPTION_REQUIRED:
		break;
	}
	return "required";
}

const char *
noroshi_relation_name(enum noroshi_relation r)
{
	if ((unsigned)r >= (unsigned)ROWS)
		return "unknown";
	return rows[r].name;
}
