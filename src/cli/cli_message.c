/* noroshi message: what came in, as strangers wrote it and as we read it. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cases/defanged.h"
#include "cases/erase.h"
#include "cases/message.h"
#include "cases/message_json.h"
#include "cases/message_raw.h"
#include "cases/outgoing.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/timeline.h"
#include "people/contact.h"
#include "worker/summary.h"

#define RAW_MAX (1U << 30) /* bytes; the largest limits.message */

/* Who it is from, or why that is not known. */
static void
put_list_row(struct table *t, const json_t *m)
{
	const json_t *sender = json_object_get(m, "sender");
	const json_t *tlp = json_object_get(m, "tlp");
	const char *state = output_string(m, "state");
	bool judged = strcmp(state, "processed") == 0;
	bool ours = strcmp(output_string(m, "direction"), "out") == 0;

	table_number(t, json_integer_value(json_object_get(m, "id")));
	table_time(t, output_string(m, "received_at"), TIME_MINUTE);
	table_cell(t, judged ? output_string(sender, "class") : state);
	table_cell(t,
	    judged ? timeline_proof(output_string(sender, "evidence")) : NULL);
	table_cell(t, judged || ours ? output_string(tlp, "effective") : NULL);
	table_cell(t, output_string(m, "case"));
	table_cell(t, json_is_true(json_object_get(m, "withheld"))
			  ? WITHHELD
			  : output_string(m, "subject"));
}

static void
put_list(struct output *o, const json_t *list)
{
	static const char *const headings[] = {"ID", "RECEIVED", "SENDER",
	    "PROOF", "LABEL", "CASE", "SUBJECT", NULL};
	struct table t;
	const json_t *m;
	size_t i;

	table_init(&t, headings);
	json_array_foreach(list, i, m) put_list_row(&t, m);
	table_put(&t, o);
	table_free(&t);
}

/* Of what came in, then of what leaves: its deliveries say how far it is. */
static const char *const list_states[] = {"received", "processed",
    "quarantined", "held", "queued", "sent", "failed", "cancelled", "refused",
    NULL};
#define LIST_STATES_IN 3

/* *left is the state that is asked for of what leaves, or NULL. */
static int
list_filter(struct session *s, int argc, char **argv, struct message_filter *f,
    const char **left, struct err *e)
{
	static const struct option table[] = {
	    {"case", required_argument, NULL, 'c'},
	    {"state", required_argument, NULL, 's'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	const char *name = NULL;
	struct case_file file;
	int c;

	*left = NULL;
	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'c')
			name = optarg;
		else if (c == 's')
			f->state = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1 ||
	    (f->state != NULL &&
		option_word(f->state, list_states, "state", e) == -1) ||
	    session_open(s, e) == -1)
		return -1;
	if (f->state != NULL) {
		f->direction = "out";
		for (int i = 0; i < LIST_STATES_IN; i++)
			if (strcmp(f->state, list_states[i]) == 0)
				f->direction = "in";
	}
	if (f->state != NULL && strcmp(f->direction, "out") == 0) {
		*left = f->state;
		f->state = NULL;
	}
	if (name == NULL)
		return 0;
	if (case_find(s->db, NULL, name, &file, e) == -1)
		return -1;
	f->cases = file.id;
	case_free(&file);
	return 0;
}

int
cli_message_list(struct session *s, int argc, char **argv, struct err *e)
{
	struct message_filter f = {0};
	const char *left, *state = NULL;
	json_t *list, *one;
	int64_t *id = NULL;
	size_t count = 0;
	int rc = 0;

	if (list_filter(s, argc, argv, &f, &left, e) == -1 ||
	    message_list(s->db, &f, &id, &count, e) == -1)
		return -1;
	list = json_array();
	for (size_t i = 0; i < count && rc == 0; i++) {
		if (left != NULL)
			rc = outgoing_state(s->db, id[i], &state, e);
		if (rc == -1 || (left != NULL && strcmp(state, left) != 0))
			continue;
		rc = session_message(s, id[i], false, &one, e);
		if (rc == 0)
			json_array_append_new(list, one);
	}
	free(id);
	if (rc == 0 && s->out.json)
		return output_json(&s->out, list, e);
	if (rc == 0)
		put_list(&s->out, list);
	json_decref(list);
	return rc;
}

/* --json and the id of one message; the database is open afterwards. */
static int
one_message(
    struct session *s, int argc, char **argv, int64_t *id, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1 ||
	    option_operands(argc, argv, 1, 1, "the message's id", e) == -1 ||
	    option_id(argv[optind], "a message's id", id, e) == -1)
		return -1;
	return session_open(s, e);
}

static void
put_mailbox(struct output *o, const json_t *mailbox)
{
	const char *name = output_string(mailbox, "name");
	const char *address = output_string(mailbox, "address");

	if (name != NULL && *name != '\0') {
		output_line(o, name);
		output_put(o, " ");
	}
	output_put(o, "<");
	output_line(o, address == NULL ? "" : address);
	output_put(o, ">");
}

static void
put_mailboxes(struct output *o, const char *name, const json_t *list)
{
	const json_t *one;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	output_put(o, "%-12s ", name);
	json_array_foreach(list, i, one)
	{
		if (i > 0)
			output_put(o, ", ");
		put_mailbox(o, one);
	}
	output_put(o, "\n");
}

static const char *
evidence_words(const char *evidence)
{
	if (evidence != NULL && strcmp(evidence, "signature") == 0)
		return "proven by a signature over the whole message";
	if (evidence != NULL && strcmp(evidence, "dkim") == 0)
		return "vouched for by the domain in From (DKIM, DMARC)";
	if (evidence != NULL && strcmp(evidence, "address") == 0)
		return "by the address in From alone, which anybody can write";
	return "nothing proves who sent it";
}

static void
put_sender(struct session *s, const json_t *m)
{
	const json_t *sender = json_object_get(m, "sender");
	const char *organisation = output_string(sender, "organisation");
	int64_t id = json_integer_value(json_object_get(sender, "contact"));
	struct contact c = {0};

	output_put(&s->out, "%-12s ", "Sender");
	if (id != 0 && contact_get(s->db, id, &c, NULL) == 0) {
		output_line(&s->out, c.name);
		output_put(&s->out, " (contact %lld", (long long)id);
		if (organisation != NULL) {
			output_put(&s->out, ", ");
			output_line(&s->out, organisation);
		}
		output_put(&s->out, "), ");
	} else {
		output_put(&s->out, "nobody we know, ");
	}
	output_line(&s->out, output_string(sender, "class"));
	output_put(&s->out, ": %s%s\n",
	    evidence_words(output_string(sender, "evidence")),
	    json_is_true(json_object_get(sender, "constituency"))
		? "; an address of the constituency"
		: "");
	contact_free(&c);
	id = json_integer_value(json_object_get(sender, "resembles"));
	if (id != 0 && contact_get(s->db, id, &c, NULL) == 0) {
		output_put(&s->out, "%-12s ", "Resembles");
		output_line(&s->out, c.name);
		output_put(
		    &s->out, " (contact %lld), and is not\n", (long long)id);
		contact_free(&c);
	}
}

static void
put_signatures(struct output *o, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *key = output_string(one, "fingerprint");

		if (key == NULL)
			key = output_string(one, "key_id");
		output_put(o, "%-12s ", "Signature");
		output_line(o, output_string(one, "status"));
		output_put(o, ", by key ");
		output_line(o, key == NULL ? "unknown" : key);
		output_put(o, ", over %s of the message\n",
		    strcmp(output_string(one, "covers"), "whole") == 0
			? "the whole"
			: "a part");
	}
}

static void
put_classification(struct output *o, const json_t *m)
{
	const json_t *c = json_object_get(m, "classification"), *rule;
	const char *category = output_string(c, "category");
	size_t i;

	output_put(o, "%-12s ", "Class");
	output_line(o, output_string(c, "kind"));
	if (category != NULL) {
		output_put(o, ", ");
		output_line(o, category);
	}
	if (output_string(c, "rsit") != NULL) {
		output_put(o, " (");
		output_line(o, output_string(c, "rsit"));
		output_put(o, ")");
	}
	output_put(o, ", priority ");
	output_line(o, output_string(c, "priority"));
	output_put(o, "\n");
	if (json_array_size(json_object_get(c, "rules")) == 0)
		return;
	output_put(o, "%-12s ", "Rules");
	json_array_foreach(json_object_get(c, "rules"), i, rule)
	{
		output_put(o, "%s", i > 0 ? ", " : "");
		output_line(o, json_string_value(rule));
	}
	output_put(o, "\n");
}

static void
put_label(struct output *o, const json_t *m)
{
	const json_t *tlp = json_object_get(m, "tlp");
	const char *written = output_string(tlp, "label");
	const char *effective = output_string(tlp, "effective");

	output_put(o, "%-12s ", "Label");
	output_label(o, effective, false);
	if (written != NULL && effective != NULL &&
	    strcmp(written, effective) != 0) {
		output_put(o, " (written: ");
		output_label(o, written, false);
		output_put(o, ")");
	}
	output_put(o, ", from the ");
	output_line(o, output_string(tlp, "source"));
	output_put(o, "\n");
}

static void
put_warnings(struct output *o, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *word = json_string_value(one);
		const char *sentence = warning_sentence(word, "en");

		output_put(o, "%-12s ", i == 0 ? "Warnings" : "");
		output_heading(o, word);
		if (sentence != word && strcmp(sentence, word) != 0) {
			output_put(o, ": ");
			output_line(o, sentence);
		}
		output_put(o, "\n");
	}
}

static void
put_attachments(struct output *o, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *name = output_string(one, "name");

		output_put(o, "%-12s ", i == 0 ? "Attachments" : "");
		output_line(o, name == NULL ? "(no name)" : name);
		output_put(o, ", ");
		output_line(o, output_string(one, "type"));
		output_put(o, ", %lld bytes\n",
		    (long long)json_integer_value(
			json_object_get(one, "size")));
	}
}

static void
put_indicators(struct output *o, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		char *defanged = indicator_defanged(
		    output_string(one, "type"), output_string(one, "value"));

		output_put(o, "%-12s ", i == 0 ? "Indicators" : "");
		output_line(o, output_string(one, "type"));
		output_put(o, " ");
		output_line(o, defanged);
		if (json_is_true(json_object_get(one, "constituency")))
			output_put(o, " (constituency)");
		output_put(o, "\n");
		free(defanged);
	}
}

static void
put_products(struct output *o, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		output_put(o, "%-12s ", i == 0 ? "Products" : "");
		output_line(o, json_string_value(one));
		output_put(o, "\n");
	}
}

static void
put_message(struct session *s, const json_t *m)
{
	struct output *o = &s->out;
	const char *text = output_string(m, "text");
	char *title = xasprintf("Message %lld",
	    (long long)json_integer_value(json_object_get(m, "id")));

	output_heading(o, title);
	free(title);
	output_put(o, ", ");
	output_line(o, output_string(m, "state"));
	output_put(o, "\n");
	output_field(o, "Received", output_string(m, "received_at"));
	output_field(o, "By", output_string(m, "source"));
	output_field(o, "Case", output_string(m, "case"));
	/* what was not read has no more than presumptions */
	if (strcmp(output_string(m, "state"), "processed") == 0) {
		put_label(o, m);
		put_sender(s, m);
		output_field(o, "Encryption", output_string(m, "encryption"));
		put_signatures(o, json_object_get(m, "signatures"));
		put_classification(o, m);
	}
	output_field(o, "Quarantine",
	    output_string(json_object_get(m, "quarantine"), "reason"));
	put_warnings(o, json_object_get(m, "warnings"));
	if (json_is_object(json_object_get(m, "from"))) {
		const char *ascii =
		    output_string(json_object_get(m, "sender"), "ascii");

		output_put(o, "%-12s ", "From");
		put_mailbox(o, json_object_get(m, "from"));
		if (ascii != NULL) {
			output_put(o, " (");
			output_line(o, ascii);
			output_put(o, ")");
		}
		output_put(o, "\n");
	}
	put_mailboxes(o, "To", json_object_get(m, "to"));
	put_mailboxes(o, "Cc", json_object_get(m, "cc"));
	output_field(o, "Date", output_string(m, "date"));
	output_field(o, "Subject", output_string(m, "subject"));
	put_attachments(o, json_object_get(m, "attachments"));
	put_indicators(o, json_object_get(m, "indicators"));
	put_products(o, json_object_get(m, "products"));
	if (text != NULL && *text != '\0') {
		output_put(o, "\n");
		output_text(o, text, strlen(text));
	}
}

int
cli_message_show(struct session *s, int argc, char **argv, struct err *e)
{
	int64_t id;
	json_t *m;

	if (one_message(s, argc, argv, &id, e) == -1 ||
	    session_message(s, id, true, &m, e) == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out, m, e);
	put_message(s, m);
	json_decref(m);
	return 0;
}

/* Instead of a file or a key that is not there, why it is not. */
static int
say_why_gone(struct session *s, const struct message *m, struct err *e)
{
	bool erased = false;

	if (e->code != ERR_NOINPUT)
		return -1;
	if (m->cases != 0 && erase_is_done(s->db, m->cases, &erased, e) == -1)
		return -1;
	if (erased)
		return err_set(e, ERR_NOINPUT,
		    "message %lld was erased with its case, which noroshi case"
		    " disposal tells of",
		    (long long)m->id);
	if (strcmp(m->direction, "out") == 0)
		return err_set(e, ERR_NOINPUT,
		    "message %lld went out as a mail of its own for each"
		    " recipient, which are not kept; noroshi message text has"
		    " what it said",
		    (long long)m->id);
	return -1;
}

int
cli_message_text(struct session *s, int argc, char **argv, struct err *e)
{
	struct message m;
	const char *text;
	int64_t id;
	int rc = -1;

	if (one_message(s, argc, argv, &id, e) == -1 ||
	    message_get(s->db, id, &m, e) == -1)
		return -1;
	if (strcmp(m.state, "received") == 0) {
		err_set(e, ERR_TEMP, "message %lld is not processed yet",
		    (long long)id);
		goto out;
	}
	if (session_read(s, &m, e) == -1 || session_vault(s, e) == -1)
		goto out;
	if (message_unseal(s->db, s->vault, &m, e) == -1) {
		rc = say_why_gone(s, &m, e);
		goto out;
	}
	text = output_string(m.content, "text");
	if (text == NULL)
		err_set(e, ERR_NOINPUT, "message %lld has no readable text",
		    (long long)id);
	else if (s->out.json)
		rc = output_json(&s->out, json_pack("{s:s}", "text", text), e);
	else
		rc = 0;
	if (rc == 0 && !s->out.json && *text != '\0')
		output_text(&s->out, text, strlen(text));
out:
	message_free(&m);
	return rc;
}

/* What waits needs no key; what was processed is sealed. */
static int
read_raw(
    struct session *s, const struct message *m, struct buf *raw, struct err *e)
{
	if (session_spool(s, e) == -1)
		return -1;
	if (spool_has_new(s->spool, m->sha256) &&
	    spool_read_new(s->spool, m->sha256, raw, NULL) == 0)
		return 0;
	buf_clear(raw);
	if (session_vault(s, e) == -1)
		return -1;
	return message_raw(s->vault, s->spool, m, raw, e);
}

int
cli_message_raw(struct session *s, int argc, char **argv, struct err *e)
{
	struct message m;
	struct buf raw;
	int64_t id;
	int rc;

	if (one_message(s, argc, argv, &id, e) == -1)
		return -1;
	if (s->out.json)
		return err_set(e, ERR_USAGE, "raw bytes are no JSON");
	if (s->out.terminal)
		return err_set(e, ERR_USAGE,
		    "raw bytes are not for a "
		    "terminal: send them to a file "
		    "or a pipe");
	if (message_get(s->db, id, &m, e) == -1)
		return -1;
	buf_init_secret(&raw, RAW_MAX);
	rc = session_read(s, &m, e);
	if (rc == 0 && read_raw(s, &m, &raw, e) == -1)
		rc = say_why_gone(s, &m, e);
	if (rc == 0)
		buf_put(&s->out.text, raw.data, raw.len);
	buf_free(&raw);
	message_free(&m);
	return rc;
}
