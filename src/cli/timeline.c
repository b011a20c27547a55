#include "cli/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "people/contact.h"

const char *
timeline_proof(const char *evidence)
{
	if (strcmp(evidence, "signature") == 0)
		return "sig";
	if (strcmp(evidence, "address") == 0)
		return "addr";
	return strcmp(evidence, "none") == 0 ? NULL : evidence;
}

/* "Rika Reporter", else the address; NULL: neither is known. */
static const char *
mailbox_word(const json_t *mailbox)
{
	const char *name = output_string(mailbox, "name");

	return name != NULL && *name != '\0'
		   ? name
		   : output_string(mailbox, "address");
}

/* Whom it goes to: the first, and how many more; the caller's. */
static char *
recipients(const json_t *m)
{
	static const char *const lists[] = {"to", "cc", "bcc"};
	const char *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const json_t *list = json_object_get(m, lists[i]);

		if (first == NULL)
			first = mailbox_word(json_array_get(list, 0));
		count += json_array_size(list);
	}
	if (first == NULL)
		return NULL;
	return count > 1 ? xasprintf("to %s +%zu", first, count - 1)
			 : xasprintf("to %s", first);
}

static void
put_message(struct table *t, const json_t *m)
{
	const json_t *sender = json_object_get(m, "sender");
	const char *state = output_string(m, "state");
	bool out = strcmp(output_string(m, "direction"), "out") == 0;
	bool judged = strcmp(state, "processed") == 0;
	bool own = strcmp(output_string(m, "direction"), "own") == 0;
	char *who = out ? recipients(m) : NULL;

	table_time(t, output_string(m, "received_at"), TIME_MINUTE);
	table_number(t, json_integer_value(json_object_get(m, "id")));
	if (own)
		table_cell(t, "the gateway");
	else
		table_cell(
		    t, out ? who : mailbox_word(json_object_get(m, "from")));
	free(who);
	if (out || !judged)
		table_cell(t, state);
	else
		table_cell(
		    t, timeline_proof(output_string(sender, "evidence")));
	table_cell(t, output_string(json_object_get(m, "tlp"), "effective"));
	table_cell(t, json_is_true(json_object_get(m, "withheld"))
			  ? WITHHELD
			  : output_string(m, "subject"));
}

static void
put_note(struct session *s, struct table *t, const json_t *note)
{
	int64_t author = json_integer_value(json_object_get(note, "author"));
	const char *text = output_string(note, "text");
	char *first = text == NULL ? NULL : xstrndup(text, strcspn(text, "\n"));
	struct err why = {0};
	struct contact c;

	table_time(t, output_string(note, "at"), TIME_MINUTE);
	table_cell(t, NULL);
	if (author != 0 && contact_get(s->db, author, &c, &why) == 0) {
		table_cell(t, c.name);
		contact_free(&c);
	} else {
		table_cell(t, NULL);
	}
	table_cell(t, "note");
	table_cell(t, NULL);
	table_cell(t, first);
	if (first != NULL)
		explicit_bzero(first, strlen(first));
	free(first);
}

/* Notes that were made by then; from is the first that waits. */
static size_t
put_notes_until(struct session *s, struct table *t, const json_t *notes,
    size_t from, const char *time)
{
	for (; from < json_array_size(notes); from++) {
		const json_t *one = json_array_get(notes, from);

		if (time != NULL && strcmp(output_string(one, "at"), time) >= 0)
			break;
		put_note(s, t, one);
	}
	return from;
}

int
timeline_put(struct session *s, const json_t *incident, struct err *e)
{
	static const char *const headings[] = {
	    "AT (UTC)", "MAIL", "WHO", "PROOF", "LABEL", "WHAT", NULL};
	const json_t *notes = json_object_get(incident, "notes");
	const json_t *id;
	struct table t;
	size_t i, note = 0;
	int rc = 0;

	table_init(&t, headings);
	table_soft(&t, "WHO");
	json_array_foreach(json_object_get(incident, "messages"), i, id)
	{
		json_t *m;

		rc = session_message(s, json_integer_value(id), false, &m, e);
		if (rc == -1)
			break;
		note = put_notes_until(
		    s, &t, notes, note, output_string(m, "received_at"));
		put_message(&t, m);
		json_decref(m);
	}
	if (rc == 0) {
		(void)put_notes_until(s, &t, notes, note, NULL);
		if (t.cells > t.columns) {
			output_put(&s->out, "\n");
			table_put(&t, &s->out);
		}
	}
	table_free(&t);
	return rc;
}
