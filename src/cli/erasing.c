#include "cli/erasing.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cases/case.h"
#include "cases/index.h"
#include "cases/message.h"
#include "cases/retention.h"
#include "people/contact.h"
#include "store/value.h"

int
erasing_do(
    struct session *s, int64_t cases, const struct erasure *x, struct err *e)
{
	const struct message_filter f = {.cases = cases};
	int64_t *key = NULL, *id = NULL;
	size_t keys = 0, messages = 0;
	json_t *list = json_array();
	int rc;

	rc = message_list(s->db, &f, &id, &messages, e);
	if (rc == 0)
		rc = erase_case(s->db, s->vault, cases, &key, &keys, e);
	for (size_t i = 0; i < keys; i++)
		json_array_append_new(list, json_integer(key[i]));
	if (rc == 0)
		rc = session_audit(s, "case.erased", 0, cases, s->contact,
		    json_pack("{s:s, s:s, s:o, s:I, s:O}", "reason", x->reason,
			"asked_as", x->asked_as, "asked_by",
			value_id(x->asked_by), "messages", (json_int_t)messages,
			"keys", list),
		    e);
	if (rc == 0)
		rc = erasure_done(s->db, cases, s->contact, clock_now(NULL), e);
	json_decref(list);
	free(key);
	free(id);
	return rc;
}

int
erasing_finish(struct session *s, int64_t cases, struct err *e)
{
	char *index;
	bool erased;
	int rc;

	if (erase_is_done(s->db, cases, &erased, e) == -1)
		return -1;
	if (!erased)
		return 0;
	index = config_spool(s->config, INDEX_FILE);
	rc = erase_files(s->db, s->spool, cases, e);
	if (rc == 0)
		rc = index_after_erase(index, s->db, e);
	free(index);
	return rc == -1 ? -1 : db_scrub(s->db, e);
}

/* --- the record
 * ---------------------------------------------------------------
 */

static int
erasing_messages(struct session *s, int64_t cases, json_t *list, struct err *e)
{
	const struct message_filter f = {.cases = cases};
	int64_t *id = NULL;
	size_t count = 0;
	int rc = message_list(s->db, &f, &id, &count, e);

	for (size_t i = 0; i < count && rc == 0; i++) {
		struct message m;

		rc = message_get(s->db, id[i], &m, e);
		if (rc == -1)
			break;
		json_array_append_new(list,
		    json_pack("{s:I, s:s, s:s, s:o}", "id", (json_int_t)m.id,
			"direction", m.direction, "sha256", m.sha256,
			"received_at", value_time(m.received_at)));
		message_free(&m);
	}
	free(id);
	return rc;
}

static int
erasing_record(struct session *s, int64_t cases, json_t **out, struct err *e)
{
	json_t *messages = json_array();
	struct case_file file = {0};
	struct erasure x = {0};
	char hash[65] = "";
	int64_t hold = 0;
	bool erased;
	int rc = -1;

	if (case_get(s->db, NULL, cases, &file, e) == -1 ||
	    erasure_get(s->db, cases, &x, e) == -1 ||
	    erase_is_done(s->db, cases, &erased, e) == -1 ||
	    legal_hold_since(s->db, cases, &hold, e) == -1 ||
	    erasing_messages(s, cases, messages, e) == -1 ||
	    audit_hash_of(s->db, x.entry, hash, e) == -1)
		goto out;
	*out = json_pack("{s:s, s:s, s:o, s:o, s:s?, s:o, s:s?, s:o, s:o, s:o,"
			 " s:o, s:o, s:s?, s:O}",
	    "case", file.name, "state",
	    /* a restore destroys keys without a record of its own */
	    erased	      ? "erased"
	    : x.asked_at != 0 ? "asked"
			      : "kept",
	    "closed_at", value_time(file.closed_at), "hold_since",
	    value_time(hold), "reason", x.reason, "asked_by",
	    value_id(x.asked_by), "asked_as", x.asked_as, "asked_at",
	    value_time(x.asked_at), "erased_by", value_id(x.erased_by),
	    "erased_at", value_time(x.erased_at), "opened_at",
	    value_time(file.opened_at), "entry", value_id(x.entry), "hash",
	    x.entry == 0 ? NULL : hash, "messages", messages);
	rc = *out == NULL ? err_set(e, ERR_BUG, "disposal as JSON") : 0;
out:
	json_decref(messages);
	erasure_free(&x);
	case_free(&file);
	return rc;
}

int
erasing_json(struct session *s, int64_t cases, struct err *e)
{
	json_t *record;

	if (erasing_record(s, cases, &record, e) == -1)
		return -1;
	return output_json(&s->out, record, e);
}

/* "2026-11-23T01:02:03Z by Taro Yamada (contact 1)" */
static void
erasing_who(struct session *s, const json_t *record, const char *heading,
    const char *at, const char *by)
{
	int64_t id = json_integer_value(json_object_get(record, by));
	struct contact c;

	if (output_string(record, at) == NULL)
		return;
	output_put(&s->out, "%-12s %s", heading, output_string(record, at));
	if (id != 0 && contact_get(s->db, id, &c, NULL) == 0) {
		output_put(&s->out, " by ");
		output_line(&s->out, c.name);
		output_put(&s->out, " (contact %lld)", (long long)id);
		contact_free(&c);
	}
	output_put(&s->out, "\n");
}

int
erasing_put(struct session *s, int64_t cases, struct err *e)
{
	struct output *o = &s->out;
	json_t *record, *one;
	size_t i;

	if (erasing_record(s, cases, &record, e) == -1)
		return -1;
	output_heading(o, output_string(record, "case"));
	output_put(o, ", %s\n", output_string(record, "state"));
	output_field(o, "Closed", output_string(record, "closed_at"));
	output_field(o, "Legal hold", output_string(record, "hold_since"));
	if (output_string(record, "reason") != NULL) {
		output_put(o, "%-12s ", "Reason");
		output_line(o, output_string(record, "reason"));
		output_put(o, "\n");
	}
	erasing_who(s, record, "Asked", "asked_at", "asked_by");
	erasing_who(s, record, "Erased", "erased_at", "erased_by");
	if (output_string(record, "hash") != NULL)
		output_put(o, "%-12s entry %lld, %s\n", "Audit log",
		    (long long)json_integer_value(
			json_object_get(record, "entry")),
		    output_string(record, "hash"));
	json_array_foreach(json_object_get(record, "messages"), i, one)
	{
		output_put(o, "%-12s %lld, %s, %s, %s\n",
		    i == 0 ? "Messages" : "",
		    (long long)json_integer_value(json_object_get(one, "id")),
		    output_string(one, "direction"),
		    output_string(one, "received_at"),
		    output_string(one, "sha256"));
	}
	json_decref(record);
	return 0;
}
