#include "cases/case_report.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cases/bound.h"
#include "cases/case_json.h"
#include "cases/content_item.h"
#include "cases/floor.h"
#include "cases/outgoing.h"
#include "cases/stats.h"
#include "people/contact.h"

#define PART_MAX (1U << 20) /* bytes of one note */

static const char *const part_name[PARTS][2] = {
    {"Summary", "概要"},
    {"Damage", "被害"},
    {"Cause", "原因"},
    {"Actions", "対応"},
    {"Prevention", "再発防止"},
};

const char *
case_part_name(enum case_part part, bool japanese)
{
	return part_name[part][japanese];
}

static void
event_free(struct case_event *event)
{
	free(event->kind);
	free(event->class);
	free(event->who);
	free(event->subject);
}

void
case_report_free(struct case_report *r)
{
	case_free(&r->file);
	for (size_t i = 0; i < PARTS; i++)
		free(r->part[i]);
	for (size_t i = 0; i < r->events; i++)
		event_free(&r->event[i]);
	free(r->event);
	*r = (struct case_report){.label = NOROSHI_TLP_CLEAR};
}

/* --- may they have it
 * ---------------------------------------------------------
 */

/* Whether the audience may have an item: by label alone, or by the gate. */
static bool
report_allows(const struct case_report *r, const struct content_item *item,
    bool restricts)
{
	struct noroshi_question q = {.label = item->label,
	    .origin = item->origin,
	    .channel = NOROSHI_E1, /* how it travels is asked when it does */
	    .label_by_default = item->label_by_default,
	    .came_encrypted = item->came_encrypted};
	struct noroshi_answer answer;

	if (r->audience == AUDIENCE_TEAM)
		return true;
	if (restricts)
		return false;
	if (r->audience == AUDIENCE_LABEL)
		return item->label <= r->asked;
	q.relation = r->audience == AUDIENCE_PUBLIC
			 ? NOROSHI_PUBLIC_OTHER
			 : NOROSHI_CONSTITUENT_PARTICIPANT;
	noroshi_gate(&q, &answer);
	return answer.decision == NOROSHI_ALLOW;
}

static void
report_raise(struct case_report *r, enum noroshi_tlp label)
{
	if (label > r->label)
		r->label = label;
}

/* What we ourselves say of the case: its label, or that of our own mail. */
static void
report_own(const struct case_report *r, const struct config *c,
    struct content_item *own)
{
	struct case_file file = r->file; /* its strings stay r's */

	*own = (struct content_item){
	    .label = NOROSHI_TLP_AMBER, .origin = NOROSHI_ORIGIN_OURS};
	(void)noroshi_tlp_parse(c->tlp_default_out, &own->label);
	case_floor(&file);
	own->label_by_default = !file.has_label;
	if (file.has_label)
		own->label = file.label;
}

static int
report_may(struct db *db, struct case_report *r, const struct content_item *own,
    int64_t now, struct err *e)
{
	bool outside =
	    r->audience == AUDIENCE_PUBLIC ||
	    (r->audience == AUDIENCE_LABEL && r->asked < NOROSHI_TLP_AMBER);
	int64_t embargo;

	if (r->file.title == NULL)
		return err_set(e, ERR_NOINPUT, "%s was erased", r->file.name);
	if (case_embargo(db, r->file.id, &embargo, e) == -1)
		return -1;
	if (outside && embargo > now)
		return err_set(
		    e, ERR_DENIED, "%s is under embargo", r->file.name);
	if (outside && r->file.category != NULL &&
	    strcmp(r->file.category, "exercise") == 0)
		return err_set(
		    e, ERR_DENIED, "%s is an exercise", r->file.name);
	if (!report_allows(r, own, false))
		return err_set(e, ERR_DENIED,
		    "%s is TLP:%s%s, which is not for that audience: the PoC"
		    " or a deputy may label it (noroshi case label)",
		    r->file.name, noroshi_tlp_name(own->label),
		    own->label_by_default ? " by default" : "");
	report_raise(r, own->label);
	return 0;
}

/* --- messages
 * -----------------------------------------------------------------
 */

static char *
report_fact(const struct message *m, const char *object, const char *name)
{
	return xstrdup_null(json_string_value(
	    json_object_get(json_object_get(m->facts, object), name)));
}

/* Only the team reads who it was, and in which words. */
static void
report_names(struct db *db, const struct message *m, struct case_event *event)
{
	struct contact c;

	if (m->sender_contact != 0 &&
	    contact_get(db, m->sender_contact, &c, NULL) == 0) {
		event->who = xstrdup(c.name);
		contact_free(&c);
	} else {
		event->who = xstrdup_null(m->sender_address);
	}
	event->subject = xstrdup_null(
	    json_string_value(json_object_get(m->content, "subject")));
}

/* Outside the team nobody reads what the team or a machine says to it. */
static bool
report_tells(const struct case_report *r, const struct message *m,
    const struct case_event *event, const char *state)
{
	static const char *const told[] = {
	    "report", "vulnerability", "enquiry", "reply", "advisory"};

	if (event->ours)
		return strcmp(state, "sent") == 0;
	if (r->audience == AUDIENCE_TEAM)
		return true;
	if (m->untrusted || event->class == NULL ||
	    strcmp(event->class, class_name(CLASS_STAFF)) == 0)
		return false;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (event->kind != NULL && strcmp(event->kind, told[i]) == 0)
			return true;
	return false;
}

static void
report_times(struct case_report *r, const struct case_event *event)
{
	bool report = event->kind != NULL &&
		      (strcmp(event->kind, "report") == 0 ||
			  strcmp(event->kind, "vulnerability") == 0);

	if (!event->ours && report &&
	    (r->reported_at == 0 || event->at < r->reported_at))
		r->reported_at = event->at;
}

/* The title is a mail's subject, unless a person gave it. */
static void
report_title(struct case_report *r, bool allowed)
{
	if (allowed)
		return;
	free(r->file.title);
	r->file.title = NULL;
}

static int
report_message(struct db *db, struct vault *v, struct case_report *r,
    const struct case_report_reader *reader, struct message *m, bool titles,
    struct err *e)
{
	struct case_event event = {.at = m->received_at,
	    .message = m->id,
	    .ours = strcmp(m->direction, "out") == 0};
	const char *state = m->state;
	struct content_item item;
	struct err why = {0};
	bool allowed;

	if (event.ours && outgoing_state(db, m->id, &state, e) == -1)
		return -1;
	if (m->vault_key != 0 && message_unseal(db, v, m, &why) == -1 &&
	    why.code != ERR_NOINPUT)
		return err_set(e, why.code, "%s", why.text);
	content_item_read(m, &item);
	event.label = item.label;
	event.kind = event.ours ? xstrdup("answer")
				: report_fact(m, "classification", "kind");
	event.class = event.ours ? NULL : report_fact(m, "sender", "class");
	allowed = report_allows(r, &item, item.restricted);
	if (allowed && item.label == NOROSHI_TLP_RED &&
	    reader->may_read(reader->ctx, m, &allowed, e) == -1) {
		event_free(&event);
		return -1;
	}
	if (titles)
		report_title(r, allowed);
	if (allowed)
		report_times(r, &event);
	if (!allowed || !report_tells(r, m, &event, state)) {
		r->withheld += !allowed;
		event_free(&event);
		return 0;
	}
	report_raise(r, item.label);
	if (r->audience == AUDIENCE_TEAM)
		report_names(db, m, &event);
	r->event = xgrow(r->event, r->events, sizeof(*r->event));
	r->event[r->events++] = event;
	return 0;
}

static int
report_messages(struct db *db, struct vault *v, struct case_report *r,
    const struct case_report_reader *reader, struct err *e)
{
	const struct message_filter f = {.cases = r->file.id};
	int64_t *id = NULL, titled;
	bool there = false;
	size_t count = 0;
	int rc = case_titled_by(db, r->file.id, &titled, e);

	if (rc == 0)
		rc = message_list(db, &f, &id, &count, e);
	for (size_t i = 0; i < count && rc == 0; i++) {
		struct message m;

		rc = message_get(db, id[i], &m, e);
		if (rc == -1)
			break;
		/* what the gateway told the team is nobody's mail */
		if (strcmp(m.direction, "own") != 0)
			rc = report_message(
			    db, v, r, reader, &m, id[i] == titled, e);
		there = there || id[i] == titled;
		message_free(&m);
	}
	/* what lies in another case now is not told of in this one */
	if (rc == 0 && titled != 0 && !there)
		report_title(r, false);
	free(id);
	return rc;
}

/* --- what people wrote
 * --------------------------------------------------------
 */

/* The part that a note is, and where its text begins; false: none. */
static bool
report_part(const char *note, enum case_part *part, const char **text)
{
	for (size_t i = 0; i < PARTS; i++) {
		for (size_t k = 0; k < 2; k++) {
			size_t len = strlen(part_name[i][k]);

			if (strncasecmp(note, part_name[i][k], len) != 0)
				continue;
			*text = note + len;
			if (**text == ':')
				(*text)++;
			else if (strncmp(*text, "：", 3) == 0)
				*text += 3;
			else
				continue;
			*text += strspn(*text, " \t\n");
			*part = (enum case_part)i;
			return true;
		}
	}
	return false;
}

/* What it quotes has a label of its own. */
static int
report_part_take(struct db *db, struct vault *v, struct case_report *r,
    const struct content_item *own, enum case_part part, const char *text,
    struct err *e)
{
	struct content_item item = *own;
	struct buf words;
	int rc;

	buf_init_secret(&words, PART_MAX + 1);
	buf_puts(&words, text);
	rc = floor_quoted(db, v, r->file.id, 0, &words, &item.label, e);
	buf_free(&words);
	if (rc == -1)
		return -1;
	/* what is above our own is what somebody else said */
	if (item.label > own->label)
		item.origin = NOROSHI_ORIGIN_THIRD;
	free(r->part[part]);
	r->part[part] = NULL;
	r->kept[part] = !report_allows(r, &item, false);
	if (!r->kept[part]) {
		r->part[part] = xstrdup(text);
		report_raise(r, item.label);
	}
	return 0;
}

/* Cause and remedy as the case has them, below what a note says of them. */
static int
report_said(struct db *db, struct vault *v, struct case_report *r,
    const struct content_item *own, const json_t *file, struct err *e)
{
	static const struct {
		const char *name;
		enum case_part part;
	} said[] = {{"cause", PART_CAUSE}, {"remedy", PART_ACTIONS}};

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		const char *text =
		    json_string_value(json_object_get(file, said[i].name));

		if (text != NULL && report_part_take(db, v, r, own,
					said[i].part, text, e) == -1)
			return -1;
	}
	return 0;
}

static int
report_parts(struct db *db, struct vault *v, struct case_report *r,
    const struct content_item *own, struct err *e)
{
	json_t *file = NULL, *one;
	size_t i;
	int rc;

	if (case_json(db, v, r->file.id, &file, e) == -1)
		return -1;
	rc = report_said(db, v, r, own, file, e);
	json_array_foreach(json_object_get(file, "notes"), i, one)
	{
		const char *note =
		    json_string_value(json_object_get(one, "text"));
		const char *text;
		enum case_part part;

		if (rc == 0 && note != NULL &&
		    report_part(note, &part, &text) && *text != '\0')
			rc = report_part_take(db, v, r, own, part, text, e);
	}
	json_decref(file);
	return rc;
}

int
case_report_read(struct db *db, struct vault *v, const struct config *c,
    const struct case_report_reader *reader, int64_t now, const char *name,
    struct case_report *r, struct err *e)
{
	struct content_item own;

	if (case_find(db, v, name, &r->file, e) == -1)
		return -1;
	report_own(r, c, &own);
	if (report_may(db, r, &own, now, e) == -1 ||
	    stats_first_answer(db, r->file.id, &r->answered_at, e) == -1 ||
	    report_messages(db, v, r, reader, e) == -1 ||
	    report_parts(db, v, r, &own, e) == -1)
		return -1;
	if (r->audience == AUDIENCE_LABEL)
		r->label = r->asked;
	return 0;
}
