#include "policy/kind.h"

#include <string.h>
#include <strings.h>

static const char *const names[] = {
    [KIND_UNKNOWN] = "report",
    [KIND_REPORT] = "report",
    [KIND_VULNERABILITY] = "vulnerability",
    [KIND_ADVISORY] = "advisory",
    [KIND_ENQUIRY] = "enquiry",
    [KIND_REPLY] = "reply",
    [KIND_NOTIFICATION] = "notification",
    [KIND_BOUNCE] = "bounce",
    [KIND_AUTO_REPLY] = "auto-reply",
    [KIND_ADMINISTRATIVE] = "administrative",
    [KIND_SPAM] = "spam",
};

const char *
kind_name(enum kind k)
{
	return names[(unsigned)k <= KIND_SPAM ? k : KIND_UNKNOWN];
}

bool
kind_parse(const char *text, enum kind *out)
{
	for (enum kind k = KIND_REPORT; k <= KIND_SPAM; k++) {
		if (strcmp(text, names[k]) == 0) {
			*out = k;
			return true;
		}
	}
	return false;
}

/* Types of reports, as report-type and as the media type of the report part. */
static const struct {
	const char *report_type;
	const char *part_type;
	enum kind kind;
} reports[] = {
    {"delivery-status", "message/delivery-status", KIND_BOUNCE},
    {"delivery-status", "message/global-delivery-status", KIND_BOUNCE},
    {"disposition-notification", "message/disposition-notification",
	KIND_AUTO_REPLY},
    {"disposition-notification", "message/global-disposition-notification",
	KIND_AUTO_REPLY},
    {"feedback-report", "message/feedback-report", KIND_REPORT},
    {"tlsrpt", "application/tlsrpt+gzip", KIND_NOTIFICATION},
    {"tlsrpt", "application/tlsrpt+json", KIND_NOTIFICATION},
};

/*
 * The entity that is the message's content: behind the wrappers of OpenPGP,
 * where they stand around everything.
 */
static uint32_t
content_root(const struct part_table *t)
{
	uint32_t root = 0;

	/* Children stand behind their parents: each step goes forward. */
	for (;;) {
		const struct part *p = &t->part[root];
		uint32_t next = PART_NONE;

		if (strcmp(p->type, "multipart/signed") == 0)
			next = part_child(t, root, 0);
		else if (strcmp(p->type, "multipart/encrypted") == 0)
			for (uint32_t i = root + 1;
			     i < t->parts && next == PART_NONE; i++)
				if (t->part[i].buffer != p->buffer &&
				    part_within(t, i, root))
					next = i;
		if (next == PART_NONE || next <= root)
			return root;
		root = next;
	}
}

static enum kind
kind_of_report(const struct part_table *t, uint32_t root)
{
	const struct part *p = &t->part[root];
	const size_t n = sizeof(reports) / sizeof(*reports);

	if (strcmp(p->type, "multipart/report") == 0 && p->report_type != NULL)
		for (size_t i = 0; i < n; i++)
			if (strcmp(p->report_type, reports[i].report_type) == 0)
				return reports[i].kind;
	/* Some senders forget the parameter, or write multipart/mixed. */
	for (uint32_t c = root; c < t->parts; c++) {
		if (c != root && t->part[c].parent != root)
			continue;
		for (size_t i = 0; i < n; i++)
			if (strncmp(t->part[c].type, "message/", 8) == 0 &&
			    strcmp(t->part[c].type, reports[i].part_type) == 0)
				return reports[i].kind;
	}
	return KIND_UNKNOWN;
}

/* The first word of a structured field's value, compared without case. */
static bool
first_word_is(const char *value, const char *word)
{
	size_t len;

	if (value == NULL)
		return false;
	value += strspn(value, " \t");
	len = strcspn(value, " \t;(");
	return len == strlen(word) && strncasecmp(value, word, len) == 0;
}

/* True where mail is from that mailbox, on whatever host. */
static bool
is_from(const struct part_table *t, const char *local)
{
	const struct head *h = part_head(t, 0);

	for (size_t i = 0; h != NULL && i < h->from.count; i++) {
		const char *a = h->from.item[i].address;
		size_t len = strcspn(a, "@");

		if (len == strlen(local) && strncasecmp(a, local, len) == 0)
			return true;
	}
	return false;
}

static bool
is_bulk(const char *precedence)
{
	return first_word_is(precedence, "bulk") ||
	       first_word_is(precedence, "junk") ||
	       first_word_is(precedence, "list") ||
	       first_word_is(precedence, "auto_reply");
}

/* RFC 3834 section 5, and what was in use before it. */
static enum kind
kind_of_automatic(const struct part_table *t, bool null_sender)
{
	const char *submitted = part_field(t, 0, "Auto-Submitted");
	const char *precedence = part_field(t, 0, "Precedence");

	if (first_word_is(submitted, "auto-replied"))
		return KIND_AUTO_REPLY;
	if (first_word_is(submitted, "auto-generated") ||
	    first_word_is(submitted, "auto-notified"))
		return null_sender || is_bulk(precedence) ? KIND_NOTIFICATION
							  : KIND_UNKNOWN;
	/* Anybody may write these; with an empty sender they are believed. */
	if (null_sender && (part_field(t, 0, "X-Autoreply") != NULL ||
			       part_field(t, 0, "X-Autorespond") != NULL ||
			       first_word_is(precedence, "auto_reply")))
		return KIND_AUTO_REPLY;
	return KIND_UNKNOWN;
}

/* Bounces from before RFC 3464, or by systems that never heard of it. */
static bool
is_plain_bounce(const struct part_table *t, bool null_sender)
{
	const char *submitted = part_field(t, 0, "Auto-Submitted");

	if (is_from(t, "mailer-daemon") &&
	    (null_sender || first_word_is(submitted, "auto-replied") ||
		first_word_is(submitted, "auto-generated")))
		return true;
	return null_sender &&
	       (is_from(t, "postmaster") ||
		   part_field(t, 0, "X-Failed-Recipients") != NULL);
}

enum kind
kind_by_structure(const struct part_table *t, bool null_sender)
{
	enum kind k;

	if (t->parts == 0)
		return KIND_UNKNOWN;
	k = kind_of_report(t, content_root(t));
	if (k != KIND_UNKNOWN)
		return k;
	if (is_plain_bounce(t, null_sender))
		return KIND_BOUNCE;
	return kind_of_automatic(t, null_sender);
}
