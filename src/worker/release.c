#include "worker/release.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static bool
release_has_role(const struct contact *c, const char *const *role, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strs_has(&c->roles, role[i]))
			return true;
	return false;
}

static bool
release_head_only(enum noroshi_tlp label, const char *rule)
{
	return label == NOROSHI_TLP_RED ||
	       strcmp(rule, "authority-needs-legal") == 0 ||
	       strcmp(rule, "press-needs-pr") == 0 ||
	       strcmp(rule, "victim-needs-legal") == 0 ||
	       strcmp(rule, "downgrade") == 0;
}

const char *
release_word(const char *rule)
{
	if (strcmp(rule, "authority-needs-legal") == 0 ||
	    strcmp(rule, "victim-needs-legal") == 0)
		return "legal";
	return strcmp(rule, "press-needs-pr") == 0 ? "pr" : NULL;
}

const char *
release_role(
    const struct contact *contact, enum noroshi_tlp label, const char *rule)
{
	static const char *const role[] = {"poc", "deputy", "approver"};
	size_t roles = release_head_only(label, rule) ? 2 : 3;
	const char *word = release_word(rule);

	if (contact->class != CLASS_STAFF || contact->removed)
		return NULL;
	for (size_t i = 0; i < roles; i++)
		if (strs_has(&contact->roles, role[i]))
			return role[i];
	return word != NULL && strs_has(&contact->roles, word) ? word : NULL;
}

bool
release_self(enum noroshi_tlp label, const char *rule)
{
	return !release_head_only(label, rule);
}

/* True where identity is another person's than the author's. */
static bool
release_is_second(const struct outgoing *o, const char *identity,
    int64_t contact, bool by_contact)
{
	if (contact != 0 && contact == o->author)
		return false;
	return by_contact || strcmp(identity, o->identity) != 0;
}

/* Raises the decision; a stricter one that is there already stays. */
static void
release_stricter(struct recipient *r, enum noroshi_decision decision,
    const char *rule, const char *reason)
{
	if (decision <= r->answer.decision)
		return;
	r->answer.decision = decision;
	r->answer.rule = rule;
	(void)snprintf(r->reason, sizeof(r->reason), "%s", reason);
}

static bool
release_author_owns(const struct release_question *q)
{
	static const char *const role[] = {"poc", "deputy", "handler"};
	const struct contact *a = q->author;

	/* Whoever answers an unowned case claims it. */
	return q->incident->id == 0 || q->incident->owner == 0 ||
	       q->incident->owner == a->id || release_has_role(a, role, 3);
}

static bool
release_is_head(const struct contact *c)
{
	static const char *const role[] = {"poc", "deputy"};

	return c->class == CLASS_STAFF && release_has_role(c, role, 2);
}

bool
release_head_signed(const struct outgoing *o, const struct contact *author)
{
	return o->identity != NULL && strncmp(o->identity, "key:", 4) == 0 &&
	       author->id != 0 && release_is_head(author);
}

/* The source of what is answered allowed that label, to them. */
static bool
release_consented(const struct floor *f, const struct recipient *r)
{
	return r->consented && f->asked >= r->consent_label;
}

bool
release_exercise(const struct case_file *c)
{
	return c->id != 0 && c->category != NULL &&
	       strcmp(c->category, "exercise") == 0;
}

/* What binds a case to those who take part in it. */
static void
release_bounds(const struct release_question *q, struct recipient *r)
{
	char reason[256], until[CLOCK_RFC3339];

	if (q->embargo > q->now && !r->participates) {
		(void)snprintf(reason, sizeof(reason),
		    "the case is under embargo until %s; wait, or make them a"
		    " participant of it",
		    clock_rfc3339(q->embargo, until));
		release_stricter(r, NOROSHI_REFUSE, "embargo", reason);
	}
	if (release_exercise(q->incident) && !r->participates)
		release_stricter(r, NOROSHI_REFUSE, "exercise-outside",
		    "the case is an exercise; make them a participant of it");
	if (q->mixed)
		release_stricter(r, NOROSHI_REFUSE, "mixed-constituencies",
		    "it goes to two constituencies; write to each one alone");
}

/* What its labels, files and facts are. */
static void
release_content(const struct release_question *q, struct recipient *r)
{
	const struct floor *f = q->floor;
	char reason[256];

	if (f->lowered) {
		(void)snprintf(reason, sizeof(reason),
		    "TLP:%s is below what it holds; %s",
		    noroshi_tlp_name(f->label),
		    f->lowered_third
			? "only its source may allow that, by signed mail"
			: "the PoC or deputy may release it, with a reason");
		release_stricter(r,
		    f->lowered_third && !release_consented(f, r)
			? NOROSHI_REFUSE
			: NOROSHI_HOLD,
		    "downgrade", reason);
	}
	if (q->author->id != 0 && f->label >= NOROSHI_TLP_AMBER &&
	    r->contact.class != CLASS_STAFF && !release_author_owns(q)) {
		(void)snprintf(reason, sizeof(reason),
		    "TLP:%s is sent by somebody who does not own the case;"
		    " its owner may send it, or an approver release it",
		    noroshi_tlp_name(f->label));
		release_stricter(r, NOROSHI_HOLD, "author-not-owner", reason);
	}
	if (f->opaque != NULL) {
		(void)snprintf(reason, sizeof(reason),
		    "%s is attached, which nobody can look into; attach it"
		    " unpacked, or an approver who knows it releases it",
		    f->opaque);
		release_stricter(r, NOROSHI_HOLD, "attachment-opaque", reason);
	}
	if (f->excerpt.why != NULL) {
		(void)snprintf(reason, sizeof(reason),
		    "an excerpt of facts alone has no %s; take it out",
		    f->excerpt.why);
		release_stricter(r, NOROSHI_REFUSE, f->excerpt.rule, reason);
	}
	if (excerpt_is(q->outgoing) && !release_author_owns(q))
		release_stricter(r, NOROSHI_HOLD, "author-not-owner",
		    "an excerpt of facts is the case's owner's or the PoC's to"
		    " send");
	if (f->apart && r->contact.class != CLASS_STAFF)
		release_stricter(r, NOROSHI_REFUSE, "decrypted-apart",
		    "it holds text that was decrypted beside other content;"
		    " whoever sent that may not be who could read it");
}

bool
release_is_members(const struct community *c, const struct contact *author,
    const char *identity)
{
	bool member = false, verified = false;

	for (size_t i = 0; i < c->members; i++)
		member = member || c->member[i] == author->id;
	for (size_t i = 0; i < author->keys; i++)
		verified =
		    verified ||
		    (author->key[i].verified != VERIFIED_NONE &&
			strncmp(identity, "key:", 4) == 0 &&
			strcmp(identity + 4, author->key[i].fingerprint) == 0);
	return member && verified;
}

/*
 * A post that is no member's by their verified key waits for a person, who has
 * to know that: its rule stands in place of one that the same people release.
 */
static void
release_post(const struct release_question *q, struct recipient *r)
{
	if (!outgoing_is_post(q->outgoing) || q->community->id == 0 ||
	    r->answer.decision == NOROSHI_REFUSE ||
	    (r->answer.decision == NOROSHI_HOLD &&
		release_head_only(q->floor->label, r->answer.rule)) ||
	    release_is_members(q->community, q->author, q->outgoing->identity))
		return;
	r->answer.decision = NOROSHI_ALLOW;
	release_stricter(r, NOROSHI_HOLD, "post-held",
	    "it is not an active member's, signed by a verified key of theirs;"
	    " who may release it passes it on");
}

/* Whom it goes to, and by which way. */
static void
release_way(const struct release_question *q, struct recipient *r)
{
	const struct floor *f = q->floor;
	char reason[256];

	/* A post is its author's, who is a member, or it is held. */
	if (q->community->id != 0 && !outgoing_is_post(q->outgoing) &&
	    !release_is_head(q->author))
		release_stricter(r, NOROSHI_REFUSE, "poc-signature",
		    "an advisory to a community needs the PoC or deputy as"
		    " its author");
	/* Whoever is visible would take it for theirs alone. */
	if (q->hidden && f->label >= NOROSHI_TLP_AMBER &&
	    r->contact.class != CLASS_STAFF) {
		(void)snprintf(reason, sizeof(reason),
		    "TLP:%s goes to somebody outside whom its other recipients"
		    " do not see; write to them in a message of its own, or an"
		    " approver releases it",
		    noroshi_tlp_name(f->label));
		release_stricter(r, NOROSHI_HOLD, "bcc-mixed", reason);
	}
	if (q->quotes_across)
		release_stricter(r, NOROSHI_HOLD, "cross-conversation",
		    "it quotes another conversation of the case; take that out,"
		    " or join them with --join or \"Join: yes\"");
	if (q->across && r->contact.class != CLASS_STAFF)
		release_stricter(r, NOROSHI_HOLD, "cross-conversation",
		    "it shows parties of the case to each other, who talk with"
		    " us apart; write to each in a message of its own, or join"
		    " them with --join or \"Join: yes\"");
	if (q->outgoing->encrypted_only && !r->has_key)
		release_stricter(r, NOROSHI_REFUSE, "encrypted-only",
		    "its author let it leave encrypted only, and there is no"
		    " usable key for this recipient; import one");
	if (q->community->id != 0 && q->outgoing->label_asked &&
	    f->label > q->outgoing->label) {
		(void)snprintf(reason, sizeof(reason),
		    "it is to go as TLP:%s and holds what says TLP:%s; an"
		    " advisory has one label",
		    noroshi_tlp_name(q->outgoing->label),
		    noroshi_tlp_name(f->label));
		/* The reason behind what the table says of the higher one. */
		r->answer.decision = NOROSHI_ALLOW;
		release_stricter(r, NOROSHI_REFUSE, "label-conflict", reason);
	}
	if (q->community->id != 0 && r->key_unusable && !r->has_key &&
	    f->label >= NOROSHI_TLP_GREEN)
		release_stricter(r, NOROSHI_HOLD, "key-unusable",
		    "none of this member's keys can be used any more; ask for"
		    " a new one, or release it in clear");
	/* what is encrypted, or ours from end to end, shows it to no stranger
	 */
	if (q->subject_hidden && !r->has_key && r->channel != NOROSHI_EI)
		release_stricter(r, NOROSHI_HOLD, "subject-leak",
		    "its subject came encrypted and would leave in clear;"
		    " give it another subject");
}

/*
 * Whether one approval fits what holds this recipient's copy: it was given for
 * the message, and what holds it may be another copy's rule.
 */
static bool
release_fits(const struct release_question *q, const struct recipient *r,
    const struct approval *a)
{
	bool plain = !r->has_key && q->floor->label >= NOROSHI_TLP_AMBER;
	const char *word = release_word(r->answer.rule);

	if (plain && !a->in_clear)
		return false;
	if (strcmp(a->role, "self") == 0)
		return a->contact == q->outgoing->author &&
		       release_self(q->floor->label, r->answer.rule);
	if (strcmp(a->role, "approver") == 0 &&
	    release_head_only(q->floor->label, r->answer.rule))
		return false;
	if ((strcmp(a->role, "legal") == 0 || strcmp(a->role, "pr") == 0) &&
	    (word == NULL || strcmp(a->role, word) != 0))
		return false;
	return release_is_second(
	    q->outgoing, a->identity, a->contact, q->by_contact);
}

/* Another's word that somebody entered: they vouch for it as the head does. */
static bool
release_outside(const struct approval *a)
{
	return strncmp(a->identity, "outside:", 8) == 0;
}

/* The same person twice, by whatever key or user, is one. */
static bool
release_same(
    const struct approval *a, const struct approval *b, bool by_contact)
{
	if (release_outside(a) || release_outside(b))
		return strcmp(a->identity, b->identity) == 0;
	return a->contact == b->contact ||
	       (!by_contact && strcmp(a->identity, b->identity) == 0);
}

/* A duty by law asks for two people, one of them for legal. */
static size_t
release_needed(const struct recipient *r)
{
	return strcmp(r->answer.rule, "authority-needs-legal") == 0 ? 2 : 1;
}

static bool
release_approved(const struct release_question *q, const struct recipient *r)
{
	const char *needed = release_word(r->answer.rule);
	bool head = !release_head_only(q->floor->label, r->answer.rule);
	bool word = needed == NULL;
	size_t fitting = 0;

	for (size_t i = 0; i < q->approvals; i++) {
		const struct approval *a = &q->approval[i];
		bool again = false;

		if (!release_fits(q, r, a))
			continue;
		for (size_t k = 0; k < i && !again; k++)
			again =
			    release_same(&q->approval[k], a, q->by_contact) &&
			    release_fits(q, r, &q->approval[k]);
		head = head || release_outside(a) ||
		       strcmp(a->role, "poc") == 0 ||
		       strcmp(a->role, "deputy") == 0;
		word = word || strcmp(a->role, needed) == 0;
		if (!again)
			fitting++;
	}
	return fitting >= release_needed(r) && head && word;
}

bool
release_lowered(const struct release_question *q, const struct recipient *r)
{
	const struct recipient held = {
	    .has_key = r->has_key, .answer = {.rule = "downgrade"}};

	return q->floor->lowered &&
	       (!q->floor->lowered_third || release_consented(q->floor, r)) &&
	       release_approved(q, &held);
}

/* What may leave under another label than was asked for says so. */
static void
release_raised(const struct floor *f, struct recipient *r)
{
	if (r->answer.decision != NOROSHI_ALLOW)
		return;
	if (f->released) {
		r->answer.rule = "downgrade";
		(void)snprintf(r->reason, sizeof(r->reason),
		    "it leaves as TLP:%s, below what it holds; the PoC or"
		    " deputy released that",
		    noroshi_tlp_name(f->label));
		return;
	}
	if (f->label <= f->asked || !(f->raised || f->attachment_raised))
		return;
	r->answer.rule = f->raised ? "quote-higher" : "attachment-higher";
	(void)snprintf(r->reason, sizeof(r->reason),
	    "it leaves as TLP:%s for what it %s; send it without that to keep"
	    " TLP:%s",
	    noroshi_tlp_name(f->label), f->raised ? "quotes" : "encloses",
	    noroshi_tlp_name(f->asked));
}

void
release_judge(const struct release_question *q, struct recipient *r)
{
	release_bounds(q, r);
	release_content(q, r);
	release_way(q, r);
	release_post(q, r);
	release_raised(q->floor, r);
	if (r->answer.decision != NOROSHI_HOLD || !release_approved(q, r))
		return;
	r->answer.decision = NOROSHI_ALLOW;
	(void)snprintf(r->reason, sizeof(r->reason),
	    "held by %s, and released by another person", r->answer.rule);
}
