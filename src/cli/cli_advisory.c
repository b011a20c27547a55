/* noroshi advisory send, revise, cancel: what goes to a community. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cli/case_export.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/wish.h"
#include "people/community.h"
#include "queue/delivery_act.h"

#define VARIANT_MAX (16U << 20) /* bytes of a text in another language */

/* What an advisory was asked for with. */
struct advising {
	struct wish wish;
	struct strs variant; /* LANGUAGE=FILE */
	bool clearsign;
	bool urgent;
	const char *reason; /* of a cancel */
};

static void
advising_free(struct advising *a)
{
	wish_free(&a->wish);
	strs_free(&a->variant);
}

static const struct option advising_table[] = {
    {"as", required_argument, NULL, 'a'},
    {"community", required_argument, NULL, 'm'},
    {"tlp", required_argument, NULL, 'l'},
    {"subject", required_argument, NULL, 's'},
    {"attach", required_argument, NULL, 'f'},
    {"attach-indicators", required_argument, NULL, 'i'},
    {"variant", required_argument, NULL, 'v'},
    {"urgent", no_argument, NULL, 'u'}, {"clearsign", no_argument, NULL, 'c'},
    {"dry-run", no_argument, NULL, 'd'},
    {"reason", required_argument, NULL, 'r'}, {"json", no_argument, NULL, 'j'},
    {NULL, 0, NULL, 0}};

static void
advising_take(struct session *s, struct advising *a, int c)
{
	switch (c) {
	case 'a':
		a->wish.as = optarg;
		break;
	case 'm': {
		char *who = xasprintf("community:%s", optarg);

		strs_add(&a->wish.to, who);
		free(who);
		break;
	}
	case 'l':
		a->wish.label = optarg;
		break;
	case 's':
		a->wish.subject = optarg;
		break;
	case 'f':
		strs_add(&a->wish.attach, optarg);
		break;
	case 'i':
		a->wish.indicators = optarg;
		break;
	case 'v':
		strs_add(&a->variant, optarg);
		break;
	case 'c':
		a->clearsign = true;
		break;
	case 'u':
		a->urgent = true;
		break;
	case 'r':
		a->reason = optarg;
		break;
	case 'd':
		a->wish.dry_run = true;
		break;
	default:
		s->out.json = true;
	}
}

/* allowed: the letters of this command's options. */
static int
advising_options(struct session *s, int argc, char **argv, const char *allowed,
    struct advising *a, struct err *e)
{
	int c;

	while ((c = option_next(argc, argv, advising_table, e)) > 0) {
		if (strchr(allowed, c) == NULL)
			return err_set(e, ERR_USAGE,
			    "an option of another command (--help names "
			    "them)");
		advising_take(s, a, c);
	}
	return c == -1 ? -1 : wish_subject(a->wish.subject, e);
}

/* --- what it says ------------------------------------------------------------
 */

/* A file may begin with a line "Subject: ..." and an empty one. */
static void
advising_variant_put(
    struct outgoing *o, const char *language, const struct buf *data)
{
	const char *text = buf_str(data), *end = text + data->len;
	const char *line = memchr(text, '\n', data->len);
	char *subject = NULL;

	if (line != NULL && strncasecmp(text, "Subject:", 8) == 0) {
		struct buf safe;

		text += 8 + strspn(text + 8, " ");
		buf_init(&safe, VARIANT_MAX);
		if (text < line)
			(void)utf8_put_line(&safe, text, (size_t)(line - text));
		subject = xstrdup(buf_str(&safe));
		buf_free(&safe);
		text = line + 1;
		while (text < end && (*text == '\n' || *text == '\r'))
			text++;
	}
	outgoing_vary(o, language, subject, text, (size_t)(end - text));
	free(subject);
}

static int
advising_variant(struct outgoing *o, const char *wish, struct err *e)
{
	static const char *const languages[] = {"en", "ja", NULL};
	const char *path = strchr(wish, '=');
	struct buf data;
	char *language;
	int rc = -1;

	if (path == NULL)
		return err_set(
		    e, ERR_USAGE, "--variant: LANGUAGE=FILE expected");
	language = xstrndup(wish, (size_t)(path - wish));
	buf_init_secret(&data, VARIANT_MAX);
	if (option_word(language, languages, "language", e) == -1 ||
	    session_read_file(path + 1, &data, e) == -1)
		goto out;
	if (data.len == 0 || !utf8_is(buf_str(&data), data.len) ||
	    memchr(data.data, '\0', data.len) != NULL) {
		err_set(e, ERR_DATA, "%s: a text in UTF-8 expected", path + 1);
		goto out;
	}
	advising_variant_put(o, language, &data);
	rc = 0;
out:
	free(language);
	buf_free(&data);
	return rc;
}

/* Where only variants were given, the team's language is what others get. */
static void
advising_base(struct outgoing *o)
{
	const struct outgoing_variant *v = &o->variant[0];

	for (size_t i = 0; i < o->variants; i++)
		if (strcmp(o->variant[i].language, o->language) == 0)
			v = &o->variant[i];
	buf_put(&o->text, buf_str(&v->text), v->text.len);
	free(o->language);
	o->language = xstrdup(v->language);
	if (o->subject == NULL)
		o->subject = xstrdup_null(v->subject);
}

static int
advising_text(const struct advising *a, struct outgoing *o, struct err *e)
{
	for (size_t i = 0; i < a->variant.count; i++)
		if (advising_variant(o, a->variant.item[i], e) == -1)
			return -1;
	if (wish_body(o, e) == 0)
		return 0;
	if (o->variants == 0 || o->text.len > 0)
		return -1;
	*e = (struct err){0};
	advising_base(o);
	return 0;
}

static void
advising_request(struct session *s, struct outgoing *o)
{
	*o = (struct outgoing){.kind = xstrdup("advisory"),
	    .author = s->contact,
	    .identity = xasprintf("user:%s", s->user),
	    .language = xstrdup(s->config->language)};
}

static int
advising_fill(struct session *s, const struct advising *a, struct outgoing *o,
    struct err *e)
{
	if (a->wish.subject != NULL) {
		free(o->subject);
		o->subject = xstrdup(a->wish.subject);
	}
	o->clearsign = a->clearsign;
	if (wish_label(&a->wish, o, e) == -1 || advising_text(a, o, e) == -1 ||
	    wish_attach(&a->wish, o, e) == -1 ||
	    (a->wish.indicators != NULL &&
		case_export_attach(s, a->wish.indicators, NULL, o, e) == -1))
		return -1;
	if (o->clearsign && o->label != NOROSHI_TLP_CLEAR)
		return err_set(e, ERR_DATA,
		    "--clearsign is for TLP:CLEAR: such a text is for all");
	return 0;
}

/* What failed before there was a request is on record too. */
static int
advising_failed(struct session *s, const struct outgoing *o, struct err *e)
{
	struct err why = {0};

	if (s->db == NULL || s->actor == NULL || e->code == ERR_TEMP)
		return -1;
	if (db_begin(s->db, &why) == -1)
		return -1;
	if (session_audit(s, "advisory.refused", 0, 0, s->contact,
		json_pack("{s:s, s:s}", "to",
		    o->to.count > 0 ? o->to.item[0] : "", "why", e->text),
		&why) == -1 ||
	    db_commit(s->db, &why) == -1)
		db_rollback(s->db);
	return -1;
}

/* Judged here for the exit code; the worker judges anew. */
static int
advising_ask(struct session *s, struct outgoing *o, struct advisory *a,
    bool dry_run, struct err *e)
{
	struct clearance c = {0};
	int rc = -1;

	if (wish_judge(s, o, &c, e) == -1)
		return dry_run ? -1 : advising_failed(s, o, e);
	a->community = c.community.id;
	if (dry_run || wish_commit(s, o, c.floor.label, a, e) == 0)
		rc = wish_say(s, o, &c, a, e);
	if (rc == 0)
		rc = wish_refused(&c, e);
	clearance_free(&c);
	return rc;
}

static int
advising_open(struct session *s, const char *as, struct err *e)
{
	return session_open(s, e) == -1 || session_act(s, as, e) == -1 ||
		       session_vault(s, e) == -1 || session_spool(s, e) == -1
		   ? -1
		   : 0;
}

int
cli_advisory_send(struct session *s, int argc, char **argv, struct err *e)
{
	struct advising a = {0};
	struct outgoing o = {0};
	struct advisory is = {0};
	int rc = -1;

	if (advising_options(s, argc, argv, "amlsfivcudj", &a, e) == -1 ||
	    option_operands(argc, argv, 0, 0, "nothing", e) == -1)
		goto out;
	if (a.wish.to.count == 0 || a.wish.subject == NULL ||
	    a.wish.label == NULL) {
		err_set(e, ERR_USAGE, "%s is missing",
		    a.wish.to.count == 0     ? "--community"
		    : a.wish.subject == NULL ? "--subject"
					     : "--tlp");
		goto out;
	}
	if (advising_open(s, a.wish.as, e) == -1)
		goto out;
	advising_request(s, &o);
	strs_copy(&o.to, &a.wish.to);
	is.urgent = a.urgent;
	if (advising_fill(s, &a, &o, e) == 0)
		rc = advising_ask(s, &o, &is, a.wish.dry_run, e);
out:
	outgoing_free(&o);
	advising_free(&a);
	return rc;
}

/* --- what was sent before ----------------------------------------------------
 */

/* The newest revision that says something; was is the caller's to free. */
static int
advising_last(struct session *s, const char *text, struct advisory *last,
    struct outgoing *was, struct err *e)
{
	struct advisory *list = NULL;
	size_t count;
	int64_t number;

	*last = (struct advisory){0};
	if (option_id(text, "an advisory's number", &number, e) == -1 ||
	    advisory_list(s->db, number, &list, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (!list[i].notice)
			*last = list[i];
	free(list);
	if (last->number == 0)
		return err_set(e, ERR_NOINPUT, "there is no advisory %lld",
		    (long long)number);
	if (last->cancelled_at != 0)
		return err_set(e, ERR_DATA, "advisory %lld was cancelled",
		    (long long)number);
	return outgoing_get(s->db, s->vault, s->spool, last->message, was, e);
}

/* Subject and label as they were, without a label in the subject: it may be
 * another one now. */
static void
advising_inherit(struct outgoing *o, const struct outgoing *was)
{
	const char *subject = was->subject;

	if (strncmp(subject, "TLP:", 4) == 0) {
		subject += strcspn(subject, " ");
		subject += strspn(subject, " ");
	}
	strs_copy(&o->to, &was->to);
	o->subject = xstrdup(subject);
	o->label_asked = was->label_asked;
	o->label = was->label;
}

int
cli_advisory_revise(struct session *s, int argc, char **argv, struct err *e)
{
	struct advising a = {0};
	struct outgoing o = {0}, was = {0};
	struct advisory last, is;
	int rc = -1;

	if (advising_options(s, argc, argv, "alsfivcudj", &a, e) == -1 ||
	    option_operands(argc, argv, 1, 1, "the advisory's number", e) ==
		-1 ||
	    advising_open(s, a.wish.as, e) == -1 ||
	    advising_last(s, argv[optind], &last, &was, e) == -1)
		goto out;
	advising_request(s, &o);
	advising_inherit(&o, &was);
	is = (struct advisory){.number = last.number,
	    .revision = last.revision + 1,
	    .urgent = a.urgent};
	if (advising_fill(s, &a, &o, e) == 0)
		rc = advising_ask(s, &o, &is, a.wish.dry_run, e);
out:
	outgoing_free(&o);
	outgoing_free(&was);
	advising_free(&a);
	return rc;
}

/* Stops what has not left; *late counts what is leaving by now. */
static int
advising_stop(struct session *s, int64_t number, size_t *stopped, size_t *late,
    struct err *e)
{
	int64_t *id;
	size_t count;
	int rc = 0;

	*stopped = *late = 0;
	if (advisory_waiting(s->db, number, &id, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count && rc == 0; i++) {
		struct err why = {0};

		if (delivery_act(s->db, id[i], DELIVERY_CANCEL, clock_now(NULL),
			&why) == 0)
			++*stopped;
		else if (why.code == ERR_DATA)
			++*late;
		else
			rc = err_set(e, why.code, "%s", why.text);
	}
	free(id);
	return rc;
}

/* Without a reason it has nothing of the advisory in it, and is for all. */
static void
advising_notice(struct session *s, const struct advising *a,
    const struct advisory *last, const struct outgoing *was, struct outgoing *o)
{
	const char *prefix = s->config->case_prefix;
	const char *reason = a->reason == NULL ? "" : a->reason;
	char *en = xasprintf("Advisory %s-A%lld is cancelled. Please do not act"
			     " on it any more.\n%s%s",
	    prefix, (long long)last->number, reason,
	    reason[0] == '\0' ? "" : "\n");
	char *ja = xasprintf("注意喚起 %s-A%lld は取り消されました。"
			     "これに基づく対応は不要です。\n%s%s",
	    prefix, (long long)last->number, reason,
	    reason[0] == '\0' ? "" : "\n");
	bool japanese = strcmp(o->language, "ja") == 0;

	strs_copy(&o->to, &was->to);
	o->cancels = last->number;
	o->label_asked = true;
	o->label = reason[0] == '\0' ? NOROSHI_TLP_CLEAR : was->label;
	o->subject = xstrdup(japanese ? "取消" : "Cancelled");
	buf_init_secret(&o->text, VARIANT_MAX);
	buf_puts(&o->text, japanese ? ja : en);
	outgoing_vary(o, "en", "Cancelled", en, strlen(en));
	outgoing_vary(o, "ja", "取消", ja, strlen(ja));
	free(en);
	free(ja);
}

/* Whether any of today's members got it. */
static int
advising_reached(struct session *s, const struct advisory *a,
    const struct outgoing *was, bool *reached, struct err *e)
{
	size_t skip = strlen(CLEARANCE_LIST);
	struct community c;
	int rc = 0;

	*reached = false;
	if (was->to.count == 0)
		return 0;
	if (community_find(s->db, was->to.item[0] + skip, &c, e) == -1)
		return -1;
	for (size_t i = 0; i < c.members && rc == 0 && !*reached; i++)
		rc = advisory_got(s->db, a->number, c.member[i], reached, e);
	community_free(&c);
	return rc;
}

static int
advising_is_head(struct session *s, struct err *e)
{
	struct contact who;
	bool head;

	if (contact_get(s->db, s->contact, &who, e) == -1)
		return -1;
	head = strs_has(&who.roles, "poc") || strs_has(&who.roles, "deputy");
	contact_free(&who);
	return head ? 0
		    : err_set(e, ERR_DENIED,
			  "an advisory is the PoC's or deputy's to cancel");
}

/* Ends it, and asks for the notice, as one. */
static int
advising_end(struct session *s, const struct advisory *last,
    struct outgoing *notice, struct clearance *c, size_t *stopped, size_t *late,
    struct err *e)
{
	struct advisory is = {.number = last->number,
	    .community = last->community,
	    .notice = true};

	if (advisory_cancel(s->db, last->number, clock_now(NULL), e) == -1 ||
	    advising_stop(s, last->number, stopped, late, e) == -1)
		return -1;
	if (notice != NULL &&
	    (clearance_make(s->db, s->vault, s->config, clock_now(NULL), notice,
		 c, e) == -1 ||
		wish_write(s, notice, c->floor.label, &is, e) == -1))
		return -1;
	return session_audit(s, "advisory.cancelled", last->message, 0,
	    s->contact,
	    json_pack("{s:I, s:I, s:I}", "number", (json_int_t)last->number,
		"stopped", (json_int_t)*stopped, "too_late", (json_int_t)*late),
	    e);
}

static int
advising_ended(struct session *s, const struct advisory *last,
    const struct outgoing *notice, size_t stopped, size_t late, struct err *e)
{
	if (s->out.json)
		return output_json(&s->out,
		    json_pack("{s:I, s:I, s:I, s:o}", "number",
			(json_int_t)last->number, "stopped",
			(json_int_t)stopped, "too_late", (json_int_t)late,
			"notice",
			notice == NULL ? json_null()
				       : json_integer(notice->message)),
		    e);
	output_put(&s->out, "%zu stopped, %zu too late%s\n", stopped, late,
	    notice == NULL ? "" : "; those who got it are told");
	return 0;
}

int
cli_advisory_cancel(struct session *s, int argc, char **argv, struct err *e)
{
	struct advising a = {0};
	struct outgoing notice = {0}, was = {0};
	struct clearance c = {0};
	struct advisory last;
	size_t stopped, late;
	bool reached;
	int rc = -1;

	if (advising_options(s, argc, argv, "arj", &a, e) == -1 ||
	    option_operands(argc, argv, 1, 1, "the advisory's number", e) ==
		-1 ||
	    advising_open(s, a.wish.as, e) == -1 ||
	    advising_is_head(s, e) == -1 ||
	    advising_last(s, argv[optind], &last, &was, e) == -1)
		goto out;
	advising_request(s, &notice);
	advising_notice(s, &a, &last, &was, &notice);
	if (db_begin(s->db, e) == -1)
		goto out;
	if (advising_reached(s, &last, &was, &reached, e) == 0 &&
	    advising_end(s, &last, reached ? &notice : NULL, &c, &stopped,
		&late, e) == 0 &&
	    db_commit(s->db, e) == 0)
		rc = spool_wake(s->spool, e);
	else
		db_rollback(s->db);
	if (rc == 0)
		rc = advising_ended(
		    s, &last, reached ? &notice : NULL, stopped, late, e);
out:
	clearance_free(&c);
	outgoing_free(&notice);
	outgoing_free(&was);
	advising_free(&a);
	return rc;
}
