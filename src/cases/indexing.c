#include "cases/indexing.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cases/case.h"
#include "cases/case_json.h"
#include "cases/message.h"
#include "cases/url.h"
#include "store/audit.h"

/* --- a message as it is found -----------------------------------------------
 */

static void
put_text(struct index *x, struct index_entry *n, enum index_column column,
    const json_t *text)
{
	if (json_is_string(text) && json_string_length(text) > 0)
		index_entry_text(x, n, column, json_string_value(text),
		    json_string_length(text));
}

static void
put_string(struct index *x, struct index_entry *n, enum index_column column,
    const char *text)
{
	if (text != NULL && *text != '\0')
		index_entry_text(x, n, column, text, strlen(text));
}

static void
put_value(
    struct index *x, struct index_entry *n, const char *name, const char *value)
{
	if (value != NULL)
		index_entry_exact(x, n, name, value);
}

static void
put_exact(struct index *x, struct index_entry *n, const char *name,
    const json_t *value)
{
	put_value(x, n, name, json_string_value(value));
}

/* Names in kanji are written with a space between them, or without. */
static void
put_joined(struct index *x, struct index_entry *n, enum index_column column,
    const char *name)
{
	static const char wide[] = "\u3000";
	struct buf joined;

	if (name == NULL || utf8_is_ascii(name, strlen(name)))
		return;
	buf_init(&joined, strlen(name));
	while (*name != '\0') {
		if (strncmp(name, wide, sizeof(wide) - 1) == 0)
			name += sizeof(wide) - 1;
		else if (*name == ' ')
			name++;
		else
			buf_putc(&joined, (unsigned char)*name++);
	}
	if (joined.len < joined.max)
		index_entry_text(x, n, column, buf_str(&joined), joined.len);
	buf_free(&joined);
}

static void
put_mailbox(struct index *x, struct index_entry *n, enum index_column column,
    const json_t *mailbox)
{
	put_joined(
	    x, n, column, json_string_value(json_object_get(mailbox, "name")));
	put_text(x, n, column, json_object_get(mailbox, "name"));
	put_text(x, n, column, json_object_get(mailbox, "address"));
}

static void
put_people(struct index *x, struct index_entry *n, const json_t *facts)
{
	static const char *const lists[] = {"to", "cc", "bcc"};
	const json_t *one;
	size_t i;

	put_mailbox(x, n, INDEX_SENDER, json_object_get(facts, "from"));
	put_text(x, n, INDEX_SENDER,
	    json_object_get(json_object_get(facts, "sender"), "organisation"));
	for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++)
		json_array_foreach(json_object_get(facts, lists[k]), i, one)
		    put_mailbox(x, n, INDEX_RECIPIENT, one);
}

/* A key is asked for by its fingerprint, or by the end of it. */
static void
put_key(struct index *x, struct index_entry *n, const char *key)
{
	size_t len = key == NULL ? 0 : strlen(key);

	if (len == 0)
		return;
	index_entry_exact(x, n, "key", key);
	if (len > 16)
		index_entry_exact(x, n, "key", key + len - 16);
}

static void
put_signatures(struct index *x, struct index_entry *n, const json_t *facts)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(facts, "signatures"), i, one)
	{
		const json_t *key = json_object_get(one, "fingerprint");

		index_entry_exact(x, n, "is", "signed");
		if (!json_is_string(key))
			key = json_object_get(one, "key_id");
		put_key(x, n, json_string_value(key));
	}
}

static void
put_facts(struct index *x, struct index_entry *n, const struct message *m)
{
	const json_t *sender = json_object_get(m->facts, "sender");
	const json_t *class = json_object_get(m->facts, "classification");
	const char *sealed =
	    json_string_value(json_object_get(m->facts, "encryption"));

	index_entry_exact(x, n, "is", m->direction);
	index_entry_exact(x, n, "is", m->state);
	index_entry_exact(x, n, "kind", m->kind == NULL ? "report" : m->kind);
	if (m->label != NULL)
		index_entry_exact(x, n, "tlp", m->label);
	put_exact(x, n, "tlp",
	    json_object_get(json_object_get(m->facts, "tlp"), "label"));
	put_exact(x, n, "class", json_object_get(sender, "class"));
	put_exact(x, n, "evidence", json_object_get(sender, "evidence"));
	put_exact(x, n, "category", json_object_get(class, "category"));
	put_exact(x, n, "priority", json_object_get(class, "priority"));
	if (sealed != NULL && strcmp(sealed, "none") != 0)
		index_entry_exact(x, n, "is", "encrypted");
	if (m->untrusted)
		index_entry_exact(x, n, "is", "untrusted");
}

/* Who knows a host asks for what lies there, too. */
static void
put_indicator(struct index *x, struct index_entry *n, const char *value)
{
	const char *rest = value == NULL ? NULL : strstr(value, "://");
	const char *at = value == NULL ? NULL : strrchr(value, '@');
	struct span host;
	char *name;

	if (value == NULL)
		return;
	index_entry_exact(x, n, "indicator", value);
	if (rest != NULL) {
		host = url_host((struct span){rest + 3, strlen(rest + 3)});
		name = xstrndup(host.p, host.len);
		index_entry_exact(x, n, "indicator", name);
		free(name);
	} else if (at != NULL && at[1] != '\0') {
		index_entry_exact(x, n, "indicator", at + 1);
	}
}

static void
put_content(struct index *x, struct index_entry *n, const json_t *content)
{
	const json_t *one;
	size_t i;

	put_text(x, n, INDEX_SUBJECT, json_object_get(content, "subject"));
	json_array_foreach(json_object_get(content, "attachments"), i, one)
	{
		index_entry_exact(x, n, "has", "attachment");
		put_exact(x, n, "indicator", json_object_get(one, "sha256"));
		put_text(x, n, INDEX_ATTACHED, json_object_get(one, "name"));
	}
	json_array_foreach(json_object_get(content, "indicators"), i, one)
	{
		index_entry_exact(x, n, "has", "indicator");
		put_exact(x, n, "has", json_object_get(one, "type"));
		put_indicator(
		    x, n, json_string_value(json_object_get(one, "value")));
	}
	put_text(x, n, INDEX_TEXT, json_object_get(content, "text"));
	put_text(
	    x, n, INDEX_ATTACHED, json_object_get(content, INDEXING_ATTACHED));
}

/* Without its content where the key was destroyed. */
static int
indexing_read(struct index *x, struct db *db, struct vault *v, int64_t id,
    struct index_entry *n, bool *ready, struct err *e)
{
	struct err why = {0};
	struct message m;
	int rc = 0;

	if (message_get(db, id, &m, e) == -1)
		return -1;
	*ready = strcmp(m.state, "received") != 0;
	if (*ready && message_unseal(db, v, &m, &why) == -1 &&
	    why.code != ERR_NOINPUT)
		rc = err_set(e, why.code, "%s", why.text);
	if (rc == 0 && *ready) {
		n->at = m.received_at;
		put_facts(x, n, &m);
		put_people(x, n, m.facts);
		put_signatures(x, n, m.facts);
		put_content(x, n, m.content);
	}
	message_free(&m);
	return rc;
}

static int
indexing_case(struct index *x, struct db *db, struct vault *v, int64_t id,
    struct index_entry *n, struct err *e)
{
	json_t *notes = json_array();
	struct case_file c = {0};
	const json_t *note;
	size_t i;
	int rc = case_get(db, v, id, &c, e);

	if (rc == 0)
		rc = case_json_notes(db, v, &c, notes, e);
	if (rc == 0) {
		n->at = c.opened_at;
		put_value(x, n, "category", c.category);
		put_value(x, n, "priority", c.priority);
		put_string(x, n, INDEX_SUBJECT, c.title);
		json_array_foreach(notes, i, note)
		    put_text(x, n, INDEX_TEXT, json_object_get(note, "text"));
	}
	case_free(&c);
	json_decref(notes);
	return rc;
}

/* --- the audit log, followed -------------------------------------------------
 */

/* What is to be recorded once the index has been written. */
struct indexing_note {
	struct audit_change what;
	bool skipped; /* else it was truncated */
};

struct indexing_notes {
	struct indexing_note *item;
	size_t count;
};

static void
indexing_note(
    struct indexing_notes *l, const struct audit_change *what, bool skipped)
{
	l->item = xgrow(l->item, l->count, sizeof(*l->item));
	l->item[l->count++] = (struct indexing_note){*what, skipped};
}

/* One that cannot be read is left out, and holds up no other. */
static int
indexing_one(struct index *x, struct db *db, struct vault *v,
    const struct audit_change *c, struct indexing_notes *notes, struct err *e)
{
	struct index_entry n;
	struct err why = {0};
	bool ready = c->cases != 0;
	int rc;

	index_entry_init(&n, ready ? INDEX_CASES + c->cases : c->message);
	rc = ready ? indexing_case(x, db, v, c->cases, &n, &why)
		   : indexing_read(x, db, v, c->message, &n, &ready, &why);
	if (rc == -1 && why.code == ERR_DATA) {
		indexing_note(notes, c, true);
		ready = false;
		rc = 0;
	}
	if (rc == -1)
		err_set(e, why.code, "%s", why.text);
	else if (ready)
		rc = index_put(x, &n, e);
	if (rc == 0 && ready && n.truncated)
		indexing_note(notes, c, false);
	index_entry_free(&n);
	return rc;
}

static int
indexing_batch(struct index *x, struct db *db, struct vault *v,
    struct indexing *b, bool skip, struct indexing_notes *notes, struct err *e)
{
	int64_t since = clock_monotonic_ms(), after;
	struct audit_change *list = NULL;
	size_t count = 0, i;
	int rc;

	if (index_mark(x, &after, e) == -1 ||
	    audit_changes(db, after, b->most, &list, &count, &b->mark, e) == -1)
		return -1;
	rc = 0;
	for (i = 0; i < count && rc == 0; i++) {
		if (b->ms > 0 && i > 0 && clock_monotonic_ms() - since >= b->ms)
			break;
		if (skip)
			indexing_note(notes, &list[i], true);
		else
			rc = indexing_one(x, db, v, &list[i], notes, e);
	}
	if (i < count)
		b->mark = list[i].entry - 1;
	b->messages = i;
	b->left = count > 0 && (i < count || b->mark > after);
	free(list);
	return rc == 0 ? index_set_mark(x, b->mark, e) : -1;
}

static int
indexing_record(struct db *db, const struct indexing *b,
    const struct indexing_notes *notes, struct err *e)
{
	int rc = 0;

	if (notes->count == 0)
		return 0;
	if (db_begin(db, e) == -1)
		return -1;
	for (size_t i = 0; i < notes->count && rc == 0; i++) {
		const struct indexing_note *n = &notes->item[i];
		struct audit_entry entry = {.actor = "index",
		    .event = n->skipped ? "index.skipped" : "index.truncated",
		    .message = n->what.message,
		    .cases = n->what.cases};

		if (!n->skipped)
			entry.detail =
			    json_pack("{s:i}", "terms", (int)INDEX_POSITIONS);
		rc = audit_add(db, b->now, &entry, e);
	}
	if (rc == 0)
		return db_commit(db, e);
	db_rollback(db);
	return -1;
}

int
indexing_follow(struct index *x, struct db *db, struct vault *v,
    struct indexing *b, struct err *e)
{
	struct indexing_notes notes = {0};
	int64_t deaths;
	int rc;

	if (index_forget_destroyed(x, db, &b->forgotten, e) == -1 ||
	    index_try(x, &deaths, e) == -1)
		return -1;
	if (deaths >= INDEXING_TRIES)
		b->most = 1;
	if (index_begin(x, e) == -1)
		return -1;
	rc = indexing_batch(
	    x, db, v, b, deaths >= 2 * INDEXING_TRIES, &notes, e);
	if (rc == 0)
		rc = index_commit(x, e);
	else
		index_rollback(x);
	if (rc == 0)
		rc = indexing_record(db, b, &notes, e);
	free(notes.item);
	return rc;
}
