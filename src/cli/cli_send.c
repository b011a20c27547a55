/* noroshi send: one message out, through the gate. */
#include "cli/wish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cases/regroup.h"
#include "cli/case_export.h"
#include "cli/command.h"
#include "cli/option.h"
#include "message/json.h"
#include "people/community.h"
#include "worker/refusal.h"

#define BODY_MAX (16U << 20) /* bytes of a text */
#define FILE_MAX (128U << 20) /* bytes of one attachment */
#define SUBJECT_MAX 900 /* bytes */

void
wish_free(struct wish *w)
{
	strs_free(&w->to);
	strs_free(&w->cc);
	strs_free(&w->bcc);
	strs_free(&w->attach);
}

/* Options may stand once for several values: --to A,B. */
static void
wish_people(struct strs *l, const char *text)
{
	strs_split(l, text, ",");
}

static int
wish_options(
    struct session *s, int argc, char **argv, struct wish *w, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"case", required_argument, NULL, 'c'},
	    {"to", required_argument, NULL, 't'},
	    {"cc", required_argument, NULL, 'C'},
	    {"bcc", required_argument, NULL, 'b'},
	    {"tlp", required_argument, NULL, 'l'},
	    {"subject", required_argument, NULL, 's'},
	    {"attach", required_argument, NULL, 'f'},
	    {"dry-run", no_argument, NULL, 'd'},
	    {"attach-indicators", required_argument, NULL, 'i'},
	    {"facts-only", no_argument, NULL, 'F'},
	    {"join", no_argument, NULL, 'J'}, {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		switch (c) {
		case 'a':
			w->as = optarg;
			break;
		case 'c':
			w->incident = optarg;
			break;
		case 't':
			wish_people(&w->to, optarg);
			break;
		case 'C':
			wish_people(&w->cc, optarg);
			break;
		case 'b':
			wish_people(&w->bcc, optarg);
			break;
		case 'l':
			w->label = optarg;
			break;
		case 's':
			w->subject = optarg;
			break;
		case 'f':
			strs_add(&w->attach, optarg);
			break;
		case 'i':
			w->indicators = optarg;
			break;
		case 'F':
			w->facts_only = true;
			break;
		case 'J':
			w->join = true;
			break;
		case 'd':
			w->dry_run = true;
			break;
		default:
			s->out.json = true;
		}
	}
	return c == -1 ? -1 : 0;
}

/* After --to, further words are recipients too: --to A B. */
int
wish_subject(const char *subject, struct err *e)
{
	if (subject != NULL && (strlen(subject) > SUBJECT_MAX ||
				   !utf8_is(subject, strlen(subject))))
		return err_set(e, ERR_DATA,
		    "--subject: up to %d bytes of UTF-8 expected", SUBJECT_MAX);
	return 0;
}

static int
wish_check(int argc, char **argv, struct wish *w, struct err *e)
{
	for (int i = optind; i < argc && w->to.count > 0; i++)
		strs_add(&w->to, argv[i]);
	if (w->to.count == 0 && w->bcc.count == 0)
		return err_set(e, ERR_USAGE, "--to is missing");
	if (w->incident == NULL)
		return err_set(e, ERR_USAGE, "--case is missing");
	if (w->indicators != NULL && w->facts_only)
		return err_set(e, ERR_USAGE,
		    "--attach-indicators: an excerpt has no list of them");
	return wish_subject(w->subject, e);
}

int
wish_label(const struct wish *w, struct outgoing *o, struct err *e)
{
	if (w->label == NULL)
		return 0;
	o->label_asked = noroshi_tlp_parse(w->label, &o->label);
	if (o->label_asked && w->facts_only && o->label > NOROSHI_TLP_GREEN)
		return err_set(e, ERR_USAGE,
		    "--facts-only leaves as GREEN or CLEAR, not as %s",
		    w->label);
	return o->label_asked ? 0
			      : err_set(e, ERR_USAGE,
				    "%s is no label (RED, AMBER+STRICT, AMBER, "
				    "GREEN, CLEAR)",
				    w->label);
}

int
wish_body(struct outgoing *o, struct err *e)
{
	buf_init_secret(&o->text, BODY_MAX);
	if (session_read_fd(STDIN_FILENO, "standard input", &o->text, e) == -1)
		return -1;
	if (!utf8_is(buf_str(&o->text), o->text.len) ||
	    memchr(buf_str(&o->text), '\0', o->text.len) != NULL)
		return err_set(e, ERR_DATA, "the text is not UTF-8");
	return o->text.len > 0 ? 0 : err_set(e, ERR_DATA, "the text is empty");
}

int
wish_attach(const struct wish *w, struct outgoing *o, struct err *e)
{
	for (size_t i = 0; i < w->attach.count; i++) {
		const char *path = w->attach.item[i];
		const char *slash = strrchr(path, '/');
		struct buf data, name;
		int rc;

		buf_init_secret(&data, FILE_MAX);
		buf_init(&name, SUBJECT_MAX);
		rc = session_read_file(path, &data, e);
		(void)utf8_put_line(&name, slash == NULL ? path : slash + 1,
		    strlen(slash == NULL ? path : slash + 1));
		if (rc == 0)
			(void)outgoing_attach(o, buf_str(&name),
			    "application/octet-stream", data.data, data.len);
		buf_free(&data);
		buf_free(&name);
		if (rc == -1)
			return -1;
	}
	return 0;
}

static int
wish_json(void *context, const void *data, size_t len, struct leaves *out,
    struct err *e)
{
	(void)context;
	(void)e;
	*out = (struct leaves){0};
	json_leaves(out, data, len);
	return 0;
}

int
wish_judge(
    struct session *s, struct outgoing *o, struct clearance *c, struct err *e)
{
	static const struct document_json json = {.leaves = wish_json};

	o->json = &json;
	o->now = clock_now(NULL);
	return clearance_make(s->db, s->vault, s->config, o->now, o, c, e);
}

/* The address of a community of ours means its members. */
static bool
wish_community(struct session *s, const char *who, struct strs *out)
{
	struct community c = {0};
	struct err none = {0};
	char *name;

	if (strchr(who, '@') == NULL ||
	    community_find(s->db, who, &c, &none) == -1)
		return false;
	name = xasprintf("community:%s", c.name);
	strs_add_once(out, name);
	free(name);
	community_free(&c);
	return true;
}

/* Each WHO as an address, which is checked before anything is asked. */
static int
wish_addresses(
    struct session *s, const struct strs *who, struct strs *out, struct err *e)
{
	for (size_t i = 0; i < who->count; i++) {
		char *address;

		if (strncmp(who->item[i], "community:", 10) == 0) {
			strs_add_once(out, who->item[i]);
			continue;
		}
		if (wish_community(s, who->item[i], out))
			continue;
		if (recipient_address(s->db, who->item[i], &address, e) == -1)
			return -1;
		strs_add_once(out, address);
		free(address);
	}
	return 0;
}

/* The case, and the message of it that this answers: its recipient's last. */
static int
wish_case(
    struct session *s, const struct wish *w, struct outgoing *o, struct err *e)
{
	struct case_file file;
	bool may;

	if (w->incident == NULL)
		return 0;
	if (case_find(s->db, s->vault, w->incident, &file, e) == -1)
		return -1;
	if (regroup_survivor(s->db, file.id, &o->cases, e) == -1 ||
	    session_may_title(s, file.id, &may, e) == -1) {
		case_free(&file);
		return -1;
	}
	/* The case's title is the reporter's. */
	if (o->subject == NULL && w->facts_only)
		o->subject = xstrdup(excerpt_subject(o->language));
	if (w->facts_only) {
		case_free(&file);
		return 0;
	}
	if (o->subject == NULL)
		o->subject = xasprintf("Re: %s",
		    file.title == NULL || !may ? file.name : file.title);
	case_free(&file);
	for (size_t i = 0; i < o->to.count && o->answers == 0; i++) {
		char *folded = contact_address_fold(o->to.item[i]);
		int rc = folded == NULL ? 0
					: message_last_from(s->db, o->cases,
					      folded, &o->answers, e);

		free(folded);
		if (rc == -1)
			return -1;
	}
	return 0;
}

static int
wish_outgoing(
    struct session *s, const struct wish *w, struct outgoing *o, struct err *e)
{
	*o = (struct outgoing){.joined = w->join,
	    .kind = xstrdup(w->facts_only ? "facts" : "answer"),
	    .author = s->contact,
	    .identity = xasprintf("user:%s", s->user),
	    .language = xstrdup(s->config->language),
	    .subject = xstrdup_null(w->subject)};
	if (wish_label(w, o, e) == -1 ||
	    (w->refusal == NULL && wish_body(o, e) == -1) ||
	    wish_attach(w, o, e) == -1 ||
	    (w->indicators != NULL && case_export_attach(s, w->indicators,
					  w->incident, o, e) == -1) ||
	    wish_addresses(s, &w->to, &o->to, e) == -1 ||
	    wish_addresses(s, &w->cc, &o->cc, e) == -1 ||
	    wish_addresses(s, &w->bcc, &o->bcc, e) == -1)
		return -1;
	return wish_case(s, w, o, e);
}

int
wish_write(struct session *s, struct outgoing *o, enum noroshi_tlp label,
    struct advisory *a, struct err *e)
{
	int64_t now = clock_now(NULL);

	if (outgoing_create(s->db, s->vault, s->spool, now, o, e) == -1)
		return -1;
	if (a != NULL) {
		a->message = o->message;
		if ((a->number == 0 ? advisory_add(s->db, a, e)
				    : advisory_revise(s->db, a, e)) == -1)
			return -1;
	}
	return session_audit(s, "outgoing.asked", o->message, o->cases,
	    s->contact,
	    json_pack("{s:s, s:s}", "kind", o->kind, "label",
		noroshi_tlp_name(label)),
	    e);
}

int
wish_commit(struct session *s, struct outgoing *o, enum noroshi_tlp label,
    struct advisory *a, struct err *e)
{
	if (session_spool(s, e) == -1 || db_begin(s->db, e) == -1)
		return -1;
	if (wish_write(s, o, label, a, e) == -1 || db_commit(s->db, e) == -1) {
		db_rollback(s->db);
		return -1;
	}
	return spool_wake(s->spool, e);
}

static json_t *
wish_decisions(const struct clearance *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->recipients; i++) {
		const struct recipient *r = &c->recipient[i];

		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "recipient",
			      r->address, "decision",
			      noroshi_decision_name(r->answer.decision), "rule",
			      r->answer.rule, "reason", r->reason, "encryption",
			      noroshi_encryption_name(r->answer.encryption)));
	}
	return list;
}

int
wish_say(struct session *s, const struct outgoing *o, const struct clearance *c,
    const struct advisory *a, struct err *e)
{
	char *name = a == NULL || a->number == 0 ? NULL : advisory_name(a);

	if (s->out.json) {
		json_t *j = json_pack("{s:o, s:o, s:o, s:s, s:s, s:o}", "id",
		    o->message == 0 ? json_null() : json_integer(o->message),
		    "number",
		    name == NULL ? json_null() : json_integer(a->number),
		    "revision",
		    name == NULL ? json_null() : json_integer(a->revision),
		    "decision", noroshi_decision_name(c->decision), "tlp",
		    noroshi_tlp_name(c->floor.label), "recipients",
		    wish_decisions(c));

		free(name);
		return output_json(&s->out, j, e);
	}
	if (name != NULL)
		output_put(&s->out, "%s\n", name);
	else if (o->message != 0)
		output_put(&s->out, "%lld\n", (long long)o->message);
	free(name);
	for (size_t i = 0; i < c->recipients; i++) {
		const struct recipient *r = &c->recipient[i];

		if (r->answer.decision != NOROSHI_ALLOW || o->message == 0)
			(void)fprintf(stderr, "noroshi: %s: %s: %s: %s\n",
			    r->address,
			    noroshi_decision_name(r->answer.decision),
			    r->answer.rule, r->reason);
	}
	return 0;
}

int
wish_refused(const struct clearance *c, struct err *e)
{
	return c->decision != NOROSHI_REFUSE
		   ? 0
		   : err_set(e, ERR_DENIED,
			 "refused: nothing leaves, to nobody of them");
}

/* Another of the team has answered the same mail. It leaves all the same. */
static int
wish_rival(
    struct session *s, const struct outgoing *o, bool dry_run, struct err *e)
{
	struct outgoing_rival r;
	struct contact other;
	char at[CLOCK_RFC3339];

	if (o->answers == 0)
		return 0;
	if (outgoing_rival(s->db, o->answers, o->author, o->message, &r, e) ==
	    -1)
		return -1;
	if (r.message == 0)
		return 0;
	if (contact_get(s->db, r.contact, &other, e) == -1)
		return -1;
	(void)fprintf(stderr,
	    "noroshi: message %lld was answered before, by %s (contact %lld) at"
	    " %s, as message %lld: this is a second answer\n",
	    (long long)o->answers, other.name, (long long)other.id,
	    clock_rfc3339(r.at, at), (long long)r.message);
	contact_free(&other);
	if (dry_run)
		return 0;
	if (db_begin(s->db, e) == -1)
		return -1;
	if (session_audit(s, "outgoing.collision", o->message, o->cases,
		s->contact,
		json_pack("{s:I, s:I, s:I}", "answers", (json_int_t)o->answers,
		    "by", (json_int_t)r.contact, "message",
		    (json_int_t)r.message),
		e) == 0)
		return db_commit(s->db, e);
	db_rollback(s->db);
	return -1;
}

int
wish_send(struct session *s, const struct wish *w, struct err *e)
{
	struct outgoing o = {0};
	struct clearance c = {0};
	int rc = -1;

	if (wish_outgoing(s, w, &o, e) == -1 ||
	    (w->refusal != NULL && refusal_write(s->db, s->vault, s->config,
				       w->refusal, &o, e) == -1) ||
	    wish_judge(s, &o, &c, e) == -1)
		goto out;
	if (!w->dry_run && wish_commit(s, &o, c.floor.label, NULL, e) == -1)
		goto out;
	rc = wish_say(s, &o, &c, NULL, e);
	if (rc == 0)
		rc = wish_rival(s, &o, w->dry_run, e);
	if (rc == 0)
		rc = wish_refused(&c, e);
out:
	clearance_free(&c);
	outgoing_free(&o);
	return rc;
}

int
cli_send(struct session *s, int argc, char **argv, struct err *e)
{
	struct wish w = {0};
	int rc = -1;

	if (wish_options(s, argc, argv, &w, e) == 0 &&
	    wish_check(argc, argv, &w, e) == 0 && session_open(s, e) == 0 &&
	    session_act(s, w.as, e) == 0 && session_vault(s, e) == 0)
		rc = wish_send(s, &w, e);
	wish_free(&w);
	return rc;
}
