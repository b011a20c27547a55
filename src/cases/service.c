#include "cases/service.h"

#include <string.h>

#include "cases/alarm.h"
#include "cases/duty.h"
#include "config/config_business.h"
#include "store/value.h"

const char *
service_name(enum service_term term)
{
	static const char *const name[SERVICE_TERMS] = {
	    "answer", "update", "close"};

	return name[term];
}

const char *
service_soon(enum service_term term)
{
	static const char *const name[SERVICE_TERMS] = {
	    "answer.soon", "update.soon", "close.soon"};

	return name[term];
}

const char *
service_late(enum service_term term)
{
	static const char *const name[SERVICE_TERMS] = {
	    "answer.late", "update.late", "close.late"};

	return name[term];
}

static const struct config_service *
service_level(const struct config *config, const char *priority)
{
	for (size_t i = 0; i < config->services; i++)
		if (strcmp(config->service[i].priority, priority) == 0)
			return &config->service[i];
	return NULL;
}

/* When the case began, or began anew. */
static int
service_begin(
    struct db *db, const struct case_file *c, int64_t *at, struct err *e)
{
	if (db_get_int(db, at, 0, e,
		"SELECT max(at) FROM audit WHERE cases = ?"
		" AND event = 'case.reopened'",
		"i", c->id) == -1)
		return -1;
	if (*at < c->opened_at)
		*at = c->opened_at;
	return 0;
}

/* When the outside last heard of us. */
static int
service_heard(struct db *db, int64_t cases, int64_t *at, struct err *e)
{
	return db_get_int(db, at, 0, e,
	    "SELECT max(m.received_at) FROM message m JOIN outgoing o"
	    " ON o.message = m.id WHERE m.cases = ? AND o.outcome = 'passed'"
	    " AND o.kind IN ('answer', 'facts')",
	    "i", cases);
}

int
service_of(struct db *db, const struct config *config,
    const struct case_file *c, struct service *out, struct err *e)
{
	const struct config_service *level = service_level(config, c->priority);
	int64_t from[SERVICE_TERMS], heard;
	struct business_time b;

	*out = (struct service){.due = {0}};
	if (level == NULL || strcmp(c->state, "closed") == 0)
		return 0;
	if (duty_owes(db, c->id, &from[SERVICE_ANSWER], e) == -1 ||
	    service_begin(db, c, &from[SERVICE_CLOSE], e) == -1 ||
	    service_heard(db, c->id, &heard, e) == -1)
		return -1;
	from[SERVICE_UPDATE] =
	    heard > from[SERVICE_CLOSE] ? heard : from[SERVICE_CLOSE];
	out->minutes[SERVICE_ANSWER] = level->answer;
	out->minutes[SERVICE_UPDATE] = level->update;
	out->minutes[SERVICE_CLOSE] = level->close;
	config_business_time(config, &b);
	for (int i = 0; i < SERVICE_TERMS; i++) {
		if (out->minutes[i] == 0 || from[i] == 0)
			continue;
		out->due[i] =
		    business_add_minutes(&b, from[i], out->minutes[i]);
		out->soon[i] =
		    business_add_minutes(&b, from[i], out->minutes[i] * 4 / 5);
	}
	return 0;
}

/* 0: it does not ring. */
static int
service_alarm(struct db *db, const struct case_file *c, const char *stage,
    int64_t at, struct err *e)
{
	return at == 0
		   ? alarm_clear(db, ALARM_SERVICE, c->id, stage, e)
		   : alarm_set(db, ALARM_SERVICE, c->id, stage, c->id, at, e);
}

/* The word before the end. One that is due by now and has not rung stays. */
static int
service_alarm_soon(struct db *db, const struct case_file *c,
    const struct service *s, enum service_term term, int64_t now, struct err *e)
{
	if (s->soon[term] != 0 && s->soon[term] <= now && s->due[term] > now)
		return 0;
	return service_alarm(db, c, service_soon(term),
	    s->soon[term] > now ? s->soon[term] : 0, e);
}

/*
 * Where its end was told of, that is told again in its own time
 * (worker/overdue.h), unless the term has moved on.
 */
static int
service_alarms(struct db *db, const struct case_file *c,
    const struct service *s, enum service_term term, int64_t now, struct err *e)
{
	int64_t due = s->due[term], late;

	if (service_alarm_soon(db, c, s, term, now, e) == -1)
		return -1;
	if (due == 0 || due > now)
		return service_alarm(db, c, service_late(term), 0, e) == -1
			   ? -1
			   : service_alarm(db, c, service_name(term), due, e);
	if (alarm_at(db, ALARM_SERVICE, c->id, service_late(term), &late, e) ==
	    -1)
		return -1;
	return late != 0 ? 0 : service_alarm(db, c, service_name(term), due, e);
}

int
service_refresh(struct db *db, const struct config *config, int64_t cases,
    int64_t now, struct err *e)
{
	struct case_file c;
	struct service s;
	int rc;

	if (config->services == 0)
		return 0;
	if (case_get(db, NULL, cases, &c, e) == -1)
		return -1;
	rc = service_of(db, config, &c, &s, e);
	for (int i = 0; i < SERVICE_TERMS && rc == 0; i++)
		rc = service_alarms(db, &c, &s, (enum service_term)i, now, e);
	case_free(&c);
	return rc;
}

int
service_renew_batch(struct db *db, const struct config *config, int64_t after,
    int64_t now, int64_t *last, struct err *e)
{
	int64_t id[SERVICE_BATCH];
	struct db_row *row;
	size_t count = 0;
	int rc;

	*last = 0;
	if (db_query(db, &row, e,
		"SELECT id FROM cases WHERE id > ? AND state <> 'closed'"
		" ORDER BY id LIMIT ?",
		"ii", after, (int64_t)SERVICE_BATCH) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		id[count++] = db_int(row, 0);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = service_refresh(db, config, id[i], now, e);
	if (count == SERVICE_BATCH)
		*last = id[count - 1];
	return rc;
}

int
service_json(struct db *db, const struct config *config,
    const struct case_file *c, int64_t now, json_t **out, struct err *e)
{
	struct service s;

	*out = NULL;
	if (service_of(db, config, c, &s, e) == -1)
		return -1;
	*out = json_array();
	for (int i = 0; i < SERVICE_TERMS; i++)
		if (s.due[i] != 0)
			json_array_append_new(
			    *out, json_pack("{s:s, s:o, s:b}", "term",
				      service_name((enum service_term)i),
				      "due_at", value_time(s.due[i]), "overdue",
				      (int)(s.due[i] <= now)));
	return 0;
}
