#include "worker/regrouping.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "cases/service.h"
#include "people/contact.h"
#include "queue/delivery_act.h"
#include "store/audit.h"

void
regrouping_free(struct regrouping *g)
{
	json_decref(g->act.before);
	g->act.before = NULL;
}

static int
regrouping_audit(const struct regrouping *g, const char *event, int64_t message,
    int64_t cases, json_t *detail, struct err *e)
{
	const struct audit_entry entry = {.actor = g->actor,
	    .event = event,
	    .message = message,
	    .cases = cases,
	    .contact = g->contact,
	    .detail = detail};

	return audit_add(g->act.db, g->act.now, &entry, e);
}

/* Who took no part any more has a name; the record stays for ever. */
static json_t *
regrouping_detail(const struct regrouping *g)
{
	json_t *detail = json_deep_copy(g->act.before);

	json_object_del(detail, "left");
	if (g->act.ordering != 0)
		json_object_set_new(detail, "ordered_by",
		    json_integer((json_int_t)g->act.ordering));
	return detail;
}

/* The cases that it touched: what waits in one is judged anew, its terms are
 * others, and beside the one that the act's entry names their record says so.
 */
static int
regrouping_others(struct regrouping *g, const char *event, struct err *e)
{
	const char *id;
	json_t *one;

	json_object_foreach(json_object_get(g->act.before, "cases"), id, one)
	{
		int64_t cases = strtoll(id, NULL, 10), count;

		if (service_refresh(
			g->act.db, g->config, cases, g->act.now, e) == -1 ||
		    delivery_rejudge(g->act.db, cases, g->act.now, &count, e) ==
			-1)
			return -1;
		if (cases != g->act.cases &&
		    regrouping_audit(g, "case.regrouped", 0, cases,
			json_pack("{s:s, s:I}", "act", event, "case",
			    (json_int_t)g->act.cases),
			e) == -1)
			return -1;
	}
	return 0;
}

/* Whether RED of another case comes to people who are named for this one, or
 * people who are named for another case to this one's RED. */
static int
regrouping_names(const struct regrouping *g, bool *names, struct err *e)
{
	const json_t *added = json_object_get(g->act.before, "added"), *one;
	int64_t red = 0, count;
	size_t i;

	json_array_foreach(json_object_get(g->act.before, "messages"), i, one)
	{
		if (db_get_int(g->act.db, &count, 0, e,
			"SELECT 1 FROM message WHERE id = ? AND label = 'RED'",
			"i", json_integer_value(json_array_get(one, 0))) == -1)
			return -1;
		red += count;
	}
	if (json_array_size(json_object_get(added, "case_reader")) > 0)
		red++;
	if (db_get_int(g->act.db, &count, 0, e,
		"SELECT 1 WHERE EXISTS (SELECT 1 FROM case_reader"
		" WHERE cases = ?1) AND EXISTS (SELECT 1 FROM message"
		" WHERE cases = ?1 AND label = 'RED')",
		"i", g->act.cases) == -1)
		return -1;
	*names = red > 0 && count > 0;
	return 0;
}

/* Whether RED comes back to people who were named since it left. */
static int
regrouping_names_since(const struct regrouping *g, bool *names, struct err *e)
{
	const json_t *one;
	size_t i;

	*names = false;
	json_array_foreach(json_object_get(g->act.before, "messages"), i, one)
	{
		int64_t since;

		if (db_get_int(g->act.db, &since, 0, e,
			"SELECT 1 FROM message m JOIN audit a"
			" ON a.cases = m.cases WHERE m.id = ?1"
			" AND m.label = 'RED' AND m.cases = ?2"
			" AND a.event = 'case.reader' AND a.id >"
			" (SELECT audit FROM regroup WHERE id = ?3) LIMIT 1",
			"iii", json_integer_value(json_array_get(one, 0)),
			json_integer_value(json_array_get(one, 1)),
			g->act.id) == -1)
			return -1;
		*names = *names || since != 0;
	}
	return 0;
}

/* To name who may be sent RED is for those who lead. */
static int
regrouping_may(const struct regrouping *g, bool names, struct err *e)
{
	struct contact c;
	bool leads;

	if (contact_get(g->act.db, g->leads, &c, e) == -1)
		return -1;
	leads = strs_has(&c.roles, "poc") || strs_has(&c.roles, "deputy");
	contact_free(&c);
	return leads || !names
		   ? 0
		   : err_set(e, ERR_DENIED,
			 "it would name readers for other TLP:RED messages,"
			 " which is for the PoC and deputies");
}

/* The act is done: its entry holds all that undoing it needs. */
static int
regrouping_end(
    struct regrouping *g, const char *event, int64_t titled, struct err *e)
{
	bool names;

	return regrouping_names(g, &names, e) == -1 ||
		       regrouping_may(g, names, e) == -1 ||
		       regrouping_audit(g, event, titled, g->act.cases,
			   regrouping_detail(g), e) == -1 ||
		       regroup_audited(&g->act, e) == -1
		   ? -1
		   : regrouping_others(g, event, e);
}

int
regrouping_merge(struct regrouping *g, int64_t into, const int64_t *from,
    size_t count, struct err *e)
{
	return regroup_merge(&g->act, into, from, count, e) == -1
		   ? -1
		   : regrouping_end(g, "case.merged", 0, e);
}

int
regrouping_move(struct regrouping *g, int64_t to, const int64_t *message,
    size_t count, struct err *e)
{
	return regroup_move(&g->act, to, message, count, e) == -1
		   ? -1
		   : regrouping_end(g, "case.moved", 0, e);
}

/* The messages are in the case that was named. */
static int
regrouping_in(const struct regrouping *g, int64_t cases, const int64_t *message,
    size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct message m;
		bool in;

		if (message_get(g->act.db, message[i], &m, e) == -1)
			return -1;
		in = m.cases == cases;
		message_free(&m);
		if (!in)
			return err_set(e, ERR_DATA,
			    "message %lld is not in that case",
			    (long long)message[i]);
	}
	return 0;
}

/* The message's subject as one safe line. */
static int
regrouping_subject(
    const struct regrouping *g, int64_t message, struct buf *out, struct err *e)
{
	struct message m = {0};
	const char *subject;
	int rc;

	if (message_get(g->act.db, message, &m, e) == -1)
		return -1;
	rc = message_unseal(g->act.db, g->act.vault, &m, e);
	subject = json_string_value(json_object_get(m.content, "subject"));
	if (rc == 0 && subject != NULL)
		(void)utf8_put_line(
		    out, subject, strnlen(subject, REGROUPING_TITLE));
	message_free(&m);
	return rc;
}

int
regrouping_split(struct regrouping *g, int64_t cases, const char *title,
    const int64_t *message, size_t count, struct err *e)
{
	struct buf line;
	int rc;

	if (regrouping_in(g, cases, message, count, e) == -1)
		return -1;
	buf_init_secret(&line, 4 * REGROUPING_TITLE);
	if (title != NULL)
		(void)utf8_put_line(
		    &line, title, strnlen(title, REGROUPING_TITLE));
	rc = title != NULL ? 0 : regrouping_subject(g, message[0], &line, e);
	if (rc == 0)
		rc = regroup_split(&g->act, g->config->case_prefix,
		    buf_str(&line), message, count, e);
	if (rc == 0)
		rc = regrouping_end(
		    g, "case.split", title == NULL ? message[0] : 0, e);
	buf_free(&line);
	return rc;
}

int
regrouping_undo(
    struct regrouping *g, int64_t cases, int64_t audit, struct err *e)
{
	bool names;

	return regroup_undo(&g->act, cases, audit, e) == -1 ||
		       regrouping_names_since(g, &names, e) == -1 ||
		       regrouping_may(g, names, e) == -1 ||
		       regrouping_audit(g, "case.undone", 0, g->act.cases,
			   regrouping_detail(g), e) == -1
		   ? -1
		   : regrouping_others(g, "case.undone", e);
}
