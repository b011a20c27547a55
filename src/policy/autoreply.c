#include "policy/autoreply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/config_check.h"
#include "people/contact.h"

/* The value of the first field of that name in the message's own header. */
static const char *
value(const struct autoreply_question *q, const char *name)
{
	return part_field(q->table, 0, name);
}

/* The first word of a structured field's value is word. */
static bool
first_word_is(const char *text, const char *word)
{
	size_t len;

	text += strspn(text, " \t");
	len = strcspn(text, " \t;(,");
	return len == strlen(word) && strncasecmp(text, word, len) == 0;
}

static bool
sender_unknown(const struct autoreply_question *q)
{
	return q->sender == NULL;
}

static bool
sender_null(const struct autoreply_question *q)
{
	return q->sender[0] == '\0';
}

static bool
from_unusable(const struct autoreply_question *q)
{
	return q->from == NULL || !config_is_address(q->from);
}

static bool
sender_not_from(const struct autoreply_question *q)
{
	char *folded = contact_address_fold(q->sender);
	bool same = folded != NULL && strcmp(folded, q->from) == 0;

	free(folded);
	return !same;
}

/* RFC 3834 section 2: whatever is there but "no". */
static bool
auto_submitted(const struct autoreply_question *q)
{
	const char *v = value(q, "Auto-Submitted");

	return v != NULL && !first_word_is(v, "no");
}

static bool
from_list(const struct autoreply_question *q)
{
	for (size_t i = 0; i < q->table->fields; i++) {
		const struct field *f = &q->table->field[i];

		if (f->part == 0 && strncasecmp(f->name, "List-", 5) == 0)
			return true;
	}
	return false;
}

static bool
bulk(const struct autoreply_question *q)
{
	static const char *const words[] = {"bulk", "list", "junk"};
	const char *v = value(q, "Precedence");

	for (size_t i = 0; v != NULL && i < sizeof(words) / sizeof(words[0]);
	     i++)
		if (first_word_is(v, words[i]))
			return true;
	return false;
}

/* "None" suppresses nothing; any other word asks for silence. */
static bool
suppressed(const struct autoreply_question *q)
{
	const char *v = value(q, "X-Auto-Response-Suppress");

	return v != NULL && !first_word_is(v, "None");
}

static bool
ends_with(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && memcmp(s + len - n, end, n) == 0;
}

/* Mailboxes that no person reads; From is folded. */
static bool
from_machine(const struct autoreply_question *q)
{
	static const char *const names[] = {"mailer-daemon", "postmaster",
	    "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply"};
	static const char *const ends[] = {
	    "-request", "-bounces", "-bounce", "-noreply", "-no-reply"};
	size_t len = strcspn(q->from, "+@");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len &&
		    strncmp(q->from, names[i], len) == 0)
			return true;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends_with(q->from, len, ends[i]))
			return true;
	return strncmp(q->from, "owner-", 6) == 0;
}

/* One of the team's addresses, or one with a token behind its name. */
static bool
is_team(const struct strs *team, const char *address)
{
	const char *at = strrchr(address, '@');
	size_t len = strcspn(address, "+@");

	for (size_t i = 0; at != NULL && i < team->count; i++) {
		const char *ours = team->item[i], *end = strrchr(ours, '@');

		if (strcasecmp(ours, address) == 0)
			return true;
		if (end != NULL && address[len] == '+' &&
		    (size_t)(end - ours) == len &&
		    strncasecmp(ours, address, len) == 0 &&
		    strcasecmp(end, at) == 0)
			return true;
	}
	return false;
}

static bool
from_team(const struct autoreply_question *q)
{
	return is_team(q->team, q->from);
}

static bool
not_to_us(const struct autoreply_question *q)
{
	for (size_t i = 0; i < q->written_to->count; i++)
		if (is_team(q->team, q->written_to->item[i]))
			return false;
	return true;
}

static bool
looped(const struct autoreply_question *q)
{
	return q->looped;
}

/* A machine answered an acknowledgement; people need no second one. */
static bool
answers_ours(const struct autoreply_question *q)
{
	return q->answers_ours;
}

static bool
joined(const struct autoreply_question *q)
{
	return q->joined;
}

/* Bounces, receipts and reports by machines are told by their structure. */
static bool
machine_made(const struct autoreply_question *q)
{
	return q->structure != KIND_UNKNOWN;
}

static bool
is_about(const struct autoreply_question *q, const char *word)
{
	return (q->category != NULL && strcmp(q->category, word) == 0) ||
	       strs_has(q->tags, word);
}

/* What nobody waits for an answer to. */
static bool
kind_unanswered(const struct autoreply_question *q)
{
	switch (q->kind) {
	case KIND_SPAM:
	case KIND_BOUNCE:
	case KIND_AUTO_REPLY:
	case KIND_NOTIFICATION:
	case KIND_ADVISORY:
		return true;
	default:
		/* A category is what somebody reports. */
		return q->category == NULL && is_about(q, "spam-suspected");
	}
}

static bool
exercise(const struct autoreply_question *q)
{
	return is_about(q, "exercise");
}

/* Whoever is in the network may read the answer. */
static bool
watched(const struct autoreply_question *q)
{
	return is_about(q, "apt") || is_about(q, "apt-suspected");
}

static bool
staff(const struct autoreply_question *q)
{
	return q->staff;
}

static bool
alarm_raised(const struct autoreply_question *q)
{
	return q->alarm;
}

static bool
unauthorised(const struct autoreply_question *q)
{
	return q->unauthorised;
}

/* In order: a later one may rely on what an earlier one found. */
static const struct {
	const char *word;
	bool (*holds)(const struct autoreply_question *q);
} conditions[] = {
    {"sender-unknown", sender_unknown},
    {"sender-null", sender_null},
    {"from-unusable", from_unusable},
    {"sender-not-from", sender_not_from},
    {"looped", looped},
    {"answers-ours", answers_ours},
    {"joined", joined},
    {"auto-submitted", auto_submitted},
    {"from-list", from_list},
    {"bulk", bulk},
    {"suppressed", suppressed},
    {"from-machine", from_machine},
    {"from-team", from_team},
    {"not-to-us", not_to_us},
    {"machine-made", machine_made},
    {"kind", kind_unanswered},
    {"exercise", exercise},
    {"apt", watched},
    {"staff", staff},
    {"alarm", alarm_raised},
    {"dmarc-fail", unauthorised},
};

const char *
autoreply_refused(const struct autoreply_question *q)
{
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		if (conditions[i].holds(q))
			return conditions[i].word;
	return NULL;
}
