#include "cases/case_report.h"

#include "store/value.h"

static json_t *
report_text(const char *text)
{
	return text == NULL ? json_null() : json_string(text);
}

static json_t *
report_event_json(const struct case_event *event)
{
	return json_pack("{s:o, s:I, s:b, s:o, s:o, s:o, s:o, s:s}", "at",
	    value_time(event->at), "message", (json_int_t)event->message,
	    "ours", (int)event->ours, "kind", report_text(event->kind), "class",
	    report_text(event->class), "who", report_text(event->who),
	    "subject", report_text(event->subject), "tlp",
	    noroshi_tlp_name(event->label));
}

json_t *
case_report_json(const struct case_report *r)
{
	static const char *const name[PARTS] = {[PART_SUMMARY] = "summary",
	    [PART_DAMAGE] = "damage",
	    [PART_CAUSE] = "cause",
	    [PART_ACTIONS] = "actions",
	    [PART_PREVENTION] = "prevention"};
	const struct case_file *file = &r->file;
	json_t *out = json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o}",
	    "case", file->name, "tlp", noroshi_tlp_name(r->label), "title",
	    report_text(file->title), "category", report_text(file->category),
	    "state", file->state, "reported_at", value_time(r->reported_at),
	    "opened_at", value_time(file->opened_at), "answered_at",
	    value_time(r->answered_at), "closed_at",
	    value_time(file->closed_at));
	json_t *events = json_array();

	for (size_t i = 0; i < PARTS; i++)
		json_object_set_new(out, name[i], report_text(r->part[i]));
	for (size_t i = 0; i < r->events; i++)
		json_array_append_new(events, report_event_json(&r->event[i]));
	json_object_set_new(out, "events", events);
	/* outside nobody learns that there is more */
	if (r->audience == AUDIENCE_TEAM)
		json_object_set_new(
		    out, "withheld", json_integer((json_int_t)r->withheld));
	return out;
}
