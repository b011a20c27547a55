#include "policy/kind.h"

#include <string.h>
#include <strings.h>

#include "policy/returned.h"

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
    {"tlsrpt", "application/tlsrpt", KIND_NOTIFICATION},
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

static bool
begins(const char *value, const char *with)
{
	return value != NULL && strncasecmp(value, with, strlen(with)) == 0;
}

/* What is asked of the message as a whole, once. */
struct look {
	const struct part_table *t;
	uint32_t root; /* the content */
	bool null_sender;
	bool daemon_sender; /* the envelope sender is a mail system's */
	const char *submitted; /* Auto-Submitted, or NULL */
	const char *precedence;
	const char *subject;
	bool answers; /* In-Reply-To or References are there */
	bool daemon; /* From is a mail system's mailbox */
	bool postmaster; /* From is a mailbox that a person may read */
	bool passed_on; /* its subject says Re: or Fwd: */
	bool listed; /* came through a list */
};

static bool
is_machine_made(const struct look *l)
{
	return first_word_is(l->submitted, "auto-replied") ||
	       first_word_is(l->submitted, "auto-generated") ||
	       first_word_is(l->submitted, "auto-notified");
}

/* True where mail is from one of these mailboxes, on whatever host. */
static bool
is_from(const struct part_table *t, const char *const *boxes, size_t count)
{
	const struct head *h = part_head(t, 0);

	for (size_t i = 0; h != NULL && i < h->from.count; i++) {
		const char *a = h->from.item[i].address;
		size_t len = strcspn(a, "@");

		for (size_t n = 0; n < count; n++)
			if (len == strlen(boxes[n]) &&
			    strncasecmp(a, boxes[n], len) == 0)
				return true;
	}
	return false;
}

/* The field begins with the name of a mail system, in whatever quotes. */
static bool
is_daemon_s(const char *value)
{
	static const char name[] = "mailer-daemon";

	if (value == NULL)
		return false;
	value += strspn(value, " \t<\"");
	return strncasecmp(value, name, sizeof(name) - 1) == 0 &&
	       strchr("@> \t\"", value[sizeof(name) - 1]) != NULL;
}

static bool
has_field_like(const struct part_table *t, const char *prefix)
{
	for (size_t i = 0; i < t->fields; i++)
		if (t->field[i].part == 0 && begins(t->field[i].name, prefix))
			return true;
	return false;
}

static bool
is_passed_on(const char *subject)
{
	static const char *const marks[] = {
	    "Re:", "Fw:", "Fwd:", "Aw:", "Wg:", "Tr:", "転送:", "返信:"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (begins(subject, marks[i]))
			return true;
	return false;
}

static void
look_at(const struct kind_question *q, struct look *l)
{
	static const char *const daemons[] = {"mailer-daemon", "mailerdaemon",
	    "mail-daemon", "maildaemon", "mdaemon", "mmdf",
	    "mail.delivery.system"};
	static const char *const post[] = {
	    "postmaster", "postmast", "mailadmin"};
	const struct part_table *t = q->table;
	const struct head *h = part_head(t, 0);
	const char *path = part_field(t, 0, "Return-Path");

	*l = (struct look){.t = t,
	    .root = content_root(t),
	    .null_sender = q->null_sender || first_word_is(path, "<>"),
	    .daemon_sender = is_daemon_s(path),
	    .submitted = part_field(t, 0, "Auto-Submitted"),
	    .precedence = part_field(t, 0, "Precedence"),
	    .listed = has_field_like(t, "List-")};
	l->daemon = is_from(t, daemons, sizeof(daemons) / sizeof(daemons[0]));
	l->postmaster = is_from(t, post, sizeof(post) / sizeof(post[0]));
	if (h != NULL) {
		/* "MAILER-DAEMON <>" has no address to go by */
		l->daemon =
		    l->daemon || (h->from.count == 0 &&
				     is_daemon_s(part_field(t, 0, "From")));
		l->subject = h->subject;
		l->answers = h->in_reply_to.count + h->references.count > 0;
		l->passed_on = is_passed_on(h->subject);
	}
}

/* True where the entity or one of its own parts is of the type. */
static bool
has_part(const struct look *l, const char *type)
{
	for (uint32_t i = l->root; i < l->t->parts; i++)
		if ((i == l->root || l->t->part[i].parent == l->root) &&
		    strcmp(l->t->part[i].type, type) == 0)
			return true;
	return false;
}

/*
 * A report of RFC 6522 has its type and the part of that type. Where one of
 * them is missing, or it is no multipart/report, only the mail of a mail system
 * is one: people attach such parts to what they write about them.
 */
static enum kind
kind_of_report(const struct look *l)
{
	const struct part *p = &l->t->part[l->root];
	bool report = strcmp(p->type, "multipart/report") == 0;
	bool system = l->null_sender || l->daemon || is_machine_made(l);

	for (size_t i = 0; i < sizeof(reports) / sizeof(*reports); i++) {
		bool typed =
		    report && p->report_type != NULL &&
		    strcmp(p->report_type, reports[i].report_type) == 0;
		bool held = has_part(l, reports[i].part_type);

		if ((typed && (held || system)) || (held && (report || system)))
			return reports[i].kind;
		/* Nothing hangs on these two: nobody loses a report by them. */
		if ((typed || held) &&
		    (reports[i].kind == KIND_REPORT ||
			reports[i].kind == KIND_NOTIFICATION))
			return reports[i].kind;
	}
	return KIND_UNKNOWN;
}

/*
 * Bounces from before RFC 3464, or by systems that never heard of it. That a
 * mail comes from a mail system is not enough: it says so twice, by its
 * envelope, a field, or the header of what it returns.
 */
static bool
is_plain_bounce(const struct look *l, const struct kind_question *q)
{
	bool named = part_field(l->t, 0, "X-Failed-Recipients") != NULL;
	bool nobody =
	    part_head(l->t, 0) != NULL && part_head(l->t, 0)->from.count == 0;

	if (l->null_sender &&
	    (l->daemon || l->postmaster || named ||
		(nobody && q->text != NULL &&
		    returned_header_in(q->text, q->text_len))))
		return true;
	if (l->daemon_sender && !l->passed_on && (l->daemon || l->postmaster))
		return true;
	if (l->daemon)
		return is_machine_made(l) || named ||
		       has_part(l, "message/rfc822") ||
		       has_part(l, "text/rfc822-headers") ||
		       (q->text != NULL &&
			   returned_header_in(q->text, q->text_len));
	if (l->postmaster && !l->passed_on && !l->answers)
		return (named && is_machine_made(l)) ||
		       (q->text != NULL &&
			   returned_by_exchange(q->text, q->text_len));
	return false;
}

/*
 * How programs begin the subject of an automatic reply. People write such
 * words too, so they count only beside the marks of a machine.
 */
static bool
subject_is_automatic(const char *subject)
{
	static const char *const starts[] = {"Automatic reply:", "Auto reply:",
	    "Auto-reply:", "Autoreply:", "Auto:", "Out of Office",
	    "Automatische Antwort:", "Abwesenheit", "Réponse automatique",
	    "Absence du bureau", "Respuesta automática", "Risposta automatica",
	    "Resposta automática", "Automatisch antwoord", "Autosvar",
	    "自動返信", "自動応答", "【自動返信】", "[自動返信]", "(自動返信)",
	    "【自動応答】", "[自動応答]", "不在", "【不在】", "[不在]",
	    "自动回复", "自動回覆"};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (begins(subject, starts[i]))
			return true;
	return false;
}

/* RFC 3834 section 5, and what was in use before it. */
static bool
is_auto_reply(const struct look *l)
{
	bool marked =
	    part_field(l->t, 0, "X-Autoreply") != NULL ||
	    part_field(l->t, 0, "X-Autorespond") != NULL ||
	    part_field(l->t, 0, "X-Autoresponder") != NULL ||
	    first_word_is(l->precedence, "auto_reply") ||
	    first_word_is(l->precedence, "auto-reply") ||
	    first_word_is(part_field(l->t, 0, "X-Apple-Action"), "VACATION");
	bool hushed = part_field(l->t, 0, "X-Auto-Response-Suppress") != NULL;

	if (first_word_is(l->submitted, "auto-replied"))
		return true;
	/* Anybody may write these: they have to answer something as well. */
	if (marked && (l->null_sender || l->answers))
		return true;
	return subject_is_automatic(l->subject) &&
	       (l->null_sender ||
		   (l->answers &&
		       (hushed || first_word_is(l->precedence, "bulk") ||
			   first_word_is(l->precedence, "junk"))));
}

static bool
is_notification(const struct look *l)
{
	if (l->listed || !is_machine_made(l))
		return false;
	return l->null_sender || first_word_is(l->precedence, "bulk") ||
	       first_word_is(l->precedence, "junk");
}

static size_t
skip_digits(const char *s)
{
	return strspn(s, "0123456789");
}

/*
 * RFC 9990 section 3.5.1: receiver "!" domain "!" begin "!" end ["!" id] and
 * ".xml", ".xml.gz" or ".zip", where the times are seconds.
 */
static bool
is_aggregate_name(const char *name)
{
	static const char *const ends[] = {".xml", ".xml.gz", ".gz", ".zip"};
	const char *s = name;
	size_t len = name == NULL ? 0 : strlen(name);
	bool ends_well = false;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n = strlen(ends[i]);

		if (len > n && strcasecmp(name + len - n, ends[i]) == 0)
			ends_well = true;
	}
	for (size_t i = 0; ends_well && i < 2; i++) {
		size_t n = strcspn(s, "!");

		if (n == 0 || s[n] == '\0')
			return false;
		s += n + 1;
	}
	if (!ends_well || skip_digits(s) < 9 || s[skip_digits(s)] != '!')
		return false;
	s += skip_digits(s) + 1;
	return skip_digits(s) >= 9 && strchr("!.", s[skip_digits(s)]) != NULL;
}

/* A file named as an aggregate's, in mail that says by a field what it is. */
static bool
is_aggregate(const struct look *l)
{
	static const char says[] = "report domain:";
	size_t len = l->subject == NULL ? 0 : strlen(l->subject);
	bool said = false, named = false;

	for (size_t i = 0; i + sizeof(says) - 1 <= len && !said; i++)
		said = begins(l->subject + i, says);
	for (uint32_t i = l->root; i < l->t->parts; i++)
		if (i == l->root || l->t->part[i].parent == l->root)
			named = named || is_aggregate_name(l->t->part[i].name);
	return named && !l->passed_on &&
	       (said || is_machine_made(l) || l->null_sender);
}

enum kind
kind_by_structure(const struct kind_question *q)
{
	struct look l;
	enum kind k;

	if (q->table->parts == 0)
		return KIND_UNKNOWN;
	look_at(q, &l);
	k = kind_of_report(&l);
	if (k != KIND_UNKNOWN)
		return k;
	if (is_plain_bounce(&l, q))
		return KIND_BOUNCE;
	if (is_aggregate(&l))
		return KIND_NOTIFICATION;
	if (is_auto_reply(&l))
		return KIND_AUTO_REPLY;
	return is_notification(&l) ? KIND_NOTIFICATION : KIND_UNKNOWN;
}
