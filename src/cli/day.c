#include "cli/day.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cases/case.h"
#include "cases/deadline.h"
#include "cases/message.h"
#include "cli/cases.h"
#include "cli/keys.h"
#include "people/contact.h"
#include "queue/delivery_list.h"
#include "store/value.h"
#include "worker/release.h"

static int
day_cases(struct session *s, const int64_t *id, size_t count, json_t *list,
    struct err *e)
{
	json_t *one;

	if (count > 0 && session_vault(s, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (session_case(s, id[i], &one, e) == -1)
			return -1;
		json_array_append_new(list, one);
	}
	return 0;
}

/* All that are not closed. */
static int
day_open(struct session *s, json_t *list, struct err *e)
{
	static const char *const state[] = {"new", "open", "waiting"};
	int rc = 0;

	for (size_t i = 0; i < sizeof(state) / sizeof(state[0]) && rc == 0;
	     i++) {
		int64_t *id = NULL;
		size_t count = 0;

		rc = case_list(s->db, state[i], &id, &count, e);
		if (rc == 0)
			rc = day_cases(s, id, count, list, e);
		free(id);
	}
	return rc;
}

static bool
is_new(const json_t *c)
{
	return strcmp(output_string(c, "state"), "new") == 0;
}

static bool
is_owed(const json_t *c)
{
	return json_is_true(json_object_get(c, "owed"));
}

static bool
is_unseen(const json_t *c)
{
	return json_array_size(json_object_get(c, "unseen")) > 0;
}

/* Those of which it holds; the caller's. */
static json_t *
day_which(const json_t *cases, bool (*holds)(const json_t *c))
{
	json_t *list = json_array(), *one;
	size_t i;

	json_array_foreach(cases, i, one)
	{
		if (holds(one))
			json_array_append(list, one);
	}
	return list;
}

/* Whether the rule and the label ask for a word that me may say. */
static bool
is_yours(const struct contact *me, const json_t *delivery)
{
	enum noroshi_tlp label = NOROSHI_TLP_RED;

	if (me->id == 0 ||
	    json_integer_value(json_object_get(delivery, "author")) == me->id)
		return false;
	(void)noroshi_tlp_parse(output_string(delivery, "tlp"), &label);
	return release_role(me, label, output_string(delivery, "rule")) != NULL;
}

static int
day_held(
    struct session *s, const struct contact *me, json_t **out, struct err *e)
{
	json_t *one;
	size_t i;

	if (delivery_json_list(s->db, DELIVERY_ASKED, "held", out, e) == -1)
		return -1;
	json_array_foreach(*out, i, one)
	    json_object_set_new(one, "yours", json_boolean(is_yours(me, one)));
	return 0;
}

static int
day_failed(struct session *s, int64_t since, json_t *list, struct err *e)
{
	char from[CLOCK_RFC3339];
	json_t *all;
	json_t *one;
	size_t i;

	if (delivery_json_list(s->db, DELIVERY_ASKED, "failed", &all, e) == -1)
		return -1;
	clock_rfc3339(since, from);
	json_array_foreach(all, i, one)
	{
		const char *at = output_string(one, "created_at");

		if (at != NULL && strcmp(at, from) >= 0)
			json_array_append(list, one);
	}
	json_decref(all);
	return 0;
}

static int
day_quarantined(struct session *s, int64_t since, json_t *list, struct err *e)
{
	const struct message_filter f = {.state = "quarantined"};
	int64_t *id = NULL;
	size_t count = 0;
	int rc = message_list(s->db, &f, &id, &count, e);

	for (size_t i = 0; i < count && rc == 0; i++) {
		struct message m;

		rc = message_get(s->db, id[i], &m, e);
		if (rc == -1)
			break;
		if (m.received_at >= since)
			json_array_append_new(
			    list, json_pack("{s:I, s:o, s:s?}", "id",
				      (json_int_t)m.id, "received_at",
				      value_time(m.received_at), "from",
				      m.sender_address));
		message_free(&m);
	}
	free(id);
	return rc;
}

/* The contact of who calls; id 0 where nobody knows them. */
static int
day_me(struct session *s, struct contact *me, struct err *e)
{
	int64_t id;

	*me = (struct contact){0};
	if (s->user == NULL)
		s->user = session_user();
	id = config_operator(s->config, s->user);
	return id == 0 ? 0 : contact_get(s->db, id, me, e);
}

/* What a case may wait for, and what else does. */
static int
day_lists(struct session *s, const struct contact *me, int64_t now, json_t *day,
    struct err *e)
{
	const struct deadline_filter running = {.open = true};
	json_t *cases = json_array(), *failed = json_array();
	json_t *bad = json_array(), *list;
	int rc = day_open(s, cases, e);

	json_object_set_new(day, "new", day_which(cases, is_new));
	json_object_set_new(day, "owed", day_which(cases, is_owed));
	json_object_set_new(day, "unseen", day_which(cases, is_unseen));
	json_object_set_new(day, "overdue", day_which(cases, cases_is_overdue));
	json_object_set_new(day, "failed", failed);
	json_object_set_new(day, "quarantined", bad);
	json_decref(cases);
	if (rc == -1 ||
	    deadline_json(s->db, NULL, now, &running, &list, e) == -1)
		return -1;
	json_object_set_new(day, "deadlines", list);
	if (day_held(s, me, &list, e) == -1)
		return -1;
	json_object_set_new(day, "held", list);
	if (day_failed(s, now - DAY_RECENT, failed, e) == -1 ||
	    day_quarantined(s, now - DAY_RECENT, bad, e) == -1 ||
	    keys_findings(s, &list, e) == -1)
		return -1;
	json_object_set_new(day, "keys", list);
	return 0;
}

int
day_json(struct session *s, int64_t now, json_t **out, struct err *e)
{
	struct contact me;
	int rc;

	if (day_me(s, &me, e) == -1)
		return -1;
	*out = json_pack("{s:o, s:s, s:o}", "at", value_time(now), "team",
	    s->config->team_name, "contact", value_id(me.id));
	rc = *out == NULL ? err_set(e, ERR_BUG, "the day as JSON")
			  : day_lists(s, &me, now, *out, e);
	if (rc == -1) {
		json_decref(*out);
		*out = NULL;
	}
	contact_free(&me);
	return rc;
}
