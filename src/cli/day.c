#include "cli/day.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cases/case.h"
#include "cases/message.h"
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

static int
day_new(struct session *s, json_t *list, struct err *e)
{
	int64_t *id = NULL;
	size_t count = 0;
	int rc = case_list(s->db, "new", &id, &count, e);

	if (rc == 0)
		rc = day_cases(s, id, count, list, e);
	free(id);
	return rc;
}

static int
day_owed(struct session *s, json_t *list, struct err *e)
{
	int64_t *id = NULL;
	size_t count = 0;
	int rc = case_list_owed(s->db, &id, &count, e);

	if (rc == 0)
		rc = day_cases(s, id, count, list, e);
	free(id);
	return rc;
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

int
day_json(struct session *s, int64_t now, json_t **out, struct err *e)
{
	json_t *fresh = json_array(), *owed = json_array(), *held = NULL;
	json_t *failed = json_array(), *bad = json_array(), *keys = NULL;
	struct contact me;
	int rc = -1;

	if (day_me(s, &me, e) == 0 && day_new(s, fresh, e) == 0 &&
	    day_owed(s, owed, e) == 0 && day_held(s, &me, &held, e) == 0 &&
	    day_failed(s, now - DAY_RECENT, failed, e) == 0 &&
	    day_quarantined(s, now - DAY_RECENT, bad, e) == 0 &&
	    keys_findings(s, &keys, e) == 0) {
		*out = json_pack(
		    "{s:o, s:s, s:o, s:O, s:O, s:O, s:O, s:O, s:O}", "at",
		    value_time(now), "team", s->config->team_name, "contact",
		    value_id(me.id), "new", fresh, "owed", owed, "held", held,
		    "failed", failed, "quarantined", bad, "keys", keys);
		rc = *out == NULL ? err_set(e, ERR_BUG, "the day as JSON") : 0;
	}
	json_decref(fresh);
	json_decref(owed);
	json_decref(held);
	json_decref(failed);
	json_decref(bad);
	json_decref(keys);
	contact_free(&me);
	return rc;
}
