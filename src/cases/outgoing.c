#include "cases/outgoing.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

bool
outgoing_is_post(const struct outgoing *o)
{
	return o->kind != NULL && strcmp(o->kind, "post") == 0;
}

void
outgoing_free(struct outgoing *o)
{
	for (size_t i = 0; i < o->attachments; i++) {
		free(o->attachment[i].name);
		free(o->attachment[i].type);
		free(o->attachment[i].blob);
		json_decref(o->attachment[i].of);
		buf_free(&o->attachment[i].data);
	}
	free(o->attachment);
	for (size_t i = 0; i < o->variants; i++) {
		free(o->variant[i].language);
		free(o->variant[i].subject);
		buf_free(&o->variant[i].text);
	}
	free(o->variant);
	free(o->kind);
	free(o->identity);
	free(o->language);
	free(o->subject);
	strs_free(&o->to);
	strs_free(&o->cc);
	strs_free(&o->bcc);
	json_decref(o->then);
	buf_free(&o->text);
	*o = (struct outgoing){0};
}

struct outgoing_attachment *
outgoing_attach(struct outgoing *o, const char *name, const char *type,
    const void *data, size_t len)
{
	struct outgoing_attachment *a;

	o->attachment = xgrow(o->attachment, o->attachments, sizeof(*a));
	a = &o->attachment[o->attachments++];
	*a = (struct outgoing_attachment){
	    .name = xstrdup(name), .type = xstrdup(type), .size = len};
	buf_init_secret(&a->data, len);
	buf_put(&a->data, data, len);
	spool_sha(data, len, a->sha256);
	return a;
}

void
outgoing_vary(struct outgoing *o, const char *language, const char *subject,
    const char *text, size_t len)
{
	struct outgoing_variant *v;

	o->variant = xgrow(o->variant, o->variants, sizeof(*v));
	v = &o->variant[o->variants++];
	*v = (struct outgoing_variant){
	    .language = xstrdup(language), .subject = xstrdup_null(subject)};
	buf_init_secret(&v->text, len + 1);
	buf_put(&v->text, text, len);
}

int
outgoing_data(
    const struct outgoing *o, size_t i, struct buf *data, struct err *e)
{
	const struct outgoing_attachment *a = &o->attachment[i];

	buf_init_secret(data, (size_t)a->size);
	if (a->blob != NULL)
		return blob_get(
		    o->vault, o->spool, o->vault_key, a->blob, data, e);
	buf_put(data, a->data.data, a->data.len);
	return 0;
}

/* --- as JSON ----------------------------------------------------------------
 */

static json_t *
outgoing_json_attachment(const struct outgoing_attachment *a)
{
	return json_pack("{s:s, s:s, s:I, s:s, s:s?, s:O*}", "name", a->name,
	    "type", a->type, "size", (json_int_t)a->size, "sha256", a->sha256,
	    "blob", a->blob, "of", a->of);
}

static json_t *
outgoing_variants(const struct outgoing *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < o->variants; i++) {
		const struct outgoing_variant *v = &o->variant[i];

		json_array_append_new(
		    list, json_pack("{s:s, s:s?, s:s%}", "language",
			      v->language, "subject", v->subject, "text",
			      buf_str(&v->text), v->text.len));
	}
	return list;
}

static json_t *
outgoing_content(const struct outgoing *o)
{
	json_t *attachments = json_array();

	for (size_t i = 0; i < o->attachments; i++)
		json_array_append_new(
		    attachments, outgoing_json_attachment(&o->attachment[i]));
	return json_pack("{s:s?, s:s%, s:o, s:[], s:o, s:b, s:b, s:O?}",
	    "subject", o->subject, "text", buf_str(&o->text), o->text.len,
	    "attachments", attachments, "indicators", "variants",
	    outgoing_variants(o), "encrypted_only", (int)o->encrypted_only,
	    "joined", (int)o->joined, "then", o->then);
}

static json_t *
outgoing_people(const struct strs *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(list,
		    json_pack("{s:n, s:s}", "name", "address", l->item[i]));
	return list;
}

static json_t *
outgoing_facts(const struct outgoing *o)
{
	const char *label =
	    o->label_asked ? noroshi_tlp_name(o->label) : "AMBER";

	return json_pack(
	    "{s:n, s:o, s:o, s:o, s:o, s:o, s:s, s:{s:s, s:s, s:s}, s:[],"
	    " s:I, s:b}",
	    "from", "to", outgoing_people(&o->to), "cc",
	    outgoing_people(&o->cc), "asked_to", outgoing_people(&o->to),
	    "asked_cc", outgoing_people(&o->cc), "asked_bcc",
	    outgoing_people(&o->bcc), "encryption", "none", "tlp", "label",
	    label, "effective", label, "source",
	    o->label_asked ? "header" : "default", "warnings", "cancels",
	    (json_int_t)o->cancels, "clearsign", (int)o->clearsign);
}

/* Version 1 of the schema kept the bytes in the row. */
static int
outgoing_read_inline(
    struct outgoing_attachment *a, const char *text, struct err *e)
{
	size_t len, max = strlen(text);
	unsigned char *data = xmalloc(max + 1);
	int rc = 0;

	if (sodium_base642bin(data, max, text, max, NULL, &len, NULL,
		sodium_base64_VARIANT_ORIGINAL) == 0) {
		buf_init_secret(&a->data, len);
		buf_put(&a->data, data, len);
	} else {
		rc = err_set(e, ERR_DATA, "an attachment cannot be read");
	}
	explicit_bzero(data, max);
	free(data);
	return rc;
}

static int
outgoing_read_attachment(struct outgoing *o, const json_t *j, struct err *e)
{
	const char *text = json_string_value(json_object_get(j, "data"));
	const char *name = json_string_value(json_object_get(j, "name"));
	const char *type = json_string_value(json_object_get(j, "type"));
	const char *sha = json_string_value(json_object_get(j, "sha256"));
	const char *blob = json_string_value(json_object_get(j, "blob"));
	struct outgoing_attachment *a;

	if ((text == NULL && blob == NULL) || name == NULL || type == NULL ||
	    sha == NULL || strlen(sha) != SPOOL_SHA - 1)
		return err_set(e, ERR_DATA, "an attachment is incomplete");
	o->attachment = xgrow(o->attachment, o->attachments, sizeof(*a));
	a = &o->attachment[o->attachments++];
	*a = (struct outgoing_attachment){.name = xstrdup(name),
	    .type = xstrdup(type),
	    .size = (uint64_t)json_integer_value(json_object_get(j, "size")),
	    .blob = xstrdup_null(blob),
	    .of = json_incref(json_object_get(j, "of"))};
	memcpy(a->sha256, sha, SPOOL_SHA);
	return blob != NULL ? 0 : outgoing_read_inline(a, text, e);
}

static void
outgoing_read_variants(struct outgoing *o, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		const json_t *text = json_object_get(v, "text");
		const char *language =
		    json_string_value(json_object_get(v, "language"));

		if (language != NULL && json_is_string(text))
			outgoing_vary(o, language,
			    json_string_value(json_object_get(v, "subject")),
			    json_string_value(text), json_string_length(text));
	}
}

static void
outgoing_read_people(struct strs *out, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *address = json_string_value(
		    json_object_get(json_array_get(list, i), "address"));

		if (address != NULL)
			strs_add(out, address);
	}
}

static int
outgoing_read_content(
    struct outgoing *o, const struct message *m, struct err *e)
{
	const json_t *list = json_object_get(m->content, "attachments");
	const json_t *text = json_object_get(m->content, "text");
	const char *subject =
	    json_string_value(json_object_get(m->content, "subject"));

	o->subject = xstrdup(subject == NULL ? "" : subject);
	o->encrypted_only =
	    json_is_true(json_object_get(m->content, "encrypted_only"));
	o->joined = json_is_true(json_object_get(m->content, "joined"));
	buf_init_secret(&o->text, json_string_length(text) + 1);
	if (json_is_string(text))
		buf_put(&o->text, json_string_value(text),
		    json_string_length(text));
	/* to and cc are who it went to, once it was judged; a list's members */
	outgoing_read_people(&o->to, json_object_get(m->facts, "asked_to"));
	outgoing_read_people(&o->cc, json_object_get(m->facts, "asked_cc"));
	outgoing_read_people(&o->bcc, json_object_get(m->facts, "asked_bcc"));
	outgoing_read_variants(o, json_object_get(m->content, "variants"));
	o->cancels = json_integer_value(json_object_get(m->facts, "cancels"));
	o->then = json_incref(json_object_get(m->content, "then"));
	if (json_is_null(o->then) ||
	    json_is_true(json_object_get(m->facts, "then_done"))) {
		json_decref(o->then);
		o->then = NULL;
	}
	o->clearsign = json_is_true(json_object_get(m->facts, "clearsign"));
	for (size_t i = 0; i < json_array_size(list); i++)
		if (outgoing_read_attachment(o, json_array_get(list, i), e) ==
		    -1)
			return -1;
	return 0;
}

/* --- in the database --------------------------------------------------------
 */

/* The key that seals it: the case's, or a new one. */
static int
outgoing_key(
    struct db *db, struct vault *v, int64_t cases, int64_t *key, struct err *e)
{
	if (cases == 0)
		return vault_key_create(v, key, e);
	if (db_get_int(db, key, 0, e,
		"SELECT vault_key FROM cases WHERE id = ?", "i", cases) == -1)
		return -1;
	return *key == 0 ? err_set(e, ERR_NOINPUT, "there is no such case") : 0;
}

static int
outgoing_store(struct db *db, struct vault *v, struct spool *s, int64_t key,
    struct outgoing *o, struct err *e)
{
	for (size_t i = 0; i < o->attachments; i++) {
		struct outgoing_attachment *a = &o->attachment[i];
		char name[BLOB_NAME];

		if (blob_put(db, v, s, key, a->data.data, a->data.len, name,
			e) == -1)
			return -1;
		free(a->blob);
		a->blob = xstrdup(name);
	}
	return 0;
}

int
outgoing_create(struct db *db, struct vault *v, struct spool *s, int64_t now,
    struct outgoing *o, struct err *e)
{
	struct message m = {.direction = xstrdup("out"),
	    .source = xstrdup(o->identity),
	    .received_at = now,
	    .size = (int64_t)o->text.len,
	    .cases = o->cases,
	    .parent = o->answers,
	    .facts = outgoing_facts(o)};
	int rc = -1;

	if (outgoing_key(db, v, o->cases, &m.vault_key, e) == -1 ||
	    outgoing_store(db, v, s, m.vault_key, o, e) == -1)
		goto out;
	m.content = outgoing_content(o);
	if (message_create(db, v, &m, e) == -1)
		goto out;
	o->message = m.id;
	rc = db_run(db, e,
	    "INSERT INTO outgoing (message, kind, author, identity, answers,"
	    " came_as, label, language)"
	    " VALUES (?, ?, NULLIF(?, 0), ?, NULLIF(?, 0), NULLIF(?, 0), ?, ?)",
	    "isisiiss", m.id, o->kind, o->author, o->identity, o->answers,
	    o->came_as, o->label_asked ? noroshi_tlp_name(o->label) : NULL,
	    o->language);
out:
	message_free(&m);
	return rc;
}

/* The row's fields; ERR_NOINPUT where there is none. */
static int
outgoing_row(struct db *db, int64_t message, struct outgoing *o, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT kind, author, identity, answers, came_as, label,"
		" language, outcome IS 'passed' FROM outgoing WHERE message = "
		"?",
		"i", message) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == -1)
		return -1;
	if (rc == 0)
		return err_set(e, ERR_NOINPUT,
		    "message %lld is not one that leaves", (long long)message);
	o->message = message;
	o->kind = xstrdup(db_text(row, 0));
	o->author = db_int(row, 1);
	o->identity = xstrdup(db_text(row, 2));
	o->answers = db_int(row, 3);
	o->came_as = db_int(row, 4);
	if (db_text(row, 5) != NULL)
		o->label_asked = noroshi_tlp_parse(db_text(row, 5), &o->label);
	o->language = xstrdup(db_text(row, 6));
	o->passed = db_int(row, 7) != 0;
	db_end(row);
	return 0;
}

int
outgoing_get(struct db *db, struct vault *v, struct spool *s, int64_t message,
    struct outgoing *out, struct err *e)
{
	struct message m = {0};
	int rc = -1;

	*out = (struct outgoing){.vault = v, .spool = s};
	if (outgoing_row(db, message, out, e) == -1 ||
	    message_get(db, message, &m, e) == -1 ||
	    message_unseal(db, v, &m, e) == -1)
		goto out;
	out->cases = m.cases;
	out->vault_key = m.vault_key;
	rc = outgoing_read_content(out, &m, e);
out:
	message_free(&m);
	if (rc == -1)
		outgoing_free(out);
	return rc;
}

int
outgoing_rival(struct db *db, int64_t answers, int64_t author, int64_t except,
    struct outgoing_rival *out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = (struct outgoing_rival){.message = 0};
	if (db_query(db, &row, e,
		"SELECT o.message, o.author, m.received_at FROM outgoing o"
		" JOIN message m ON m.id = o.message WHERE o.answers = ?1"
		" AND o.author <> ?2 AND o.message <> ?3 AND o.kind = 'answer'"
		" AND o.outcome IS NOT 'refused' AND (o.outcome IS NULL"
		" OR EXISTS (SELECT 1 FROM draft d JOIN delivery v"
		" ON v.draft = d.id WHERE d.message = o.message"
		" AND d.kind = 'answer' AND v.state <> 'cancelled'))"
		" ORDER BY o.message DESC LIMIT 1",
		"iii", answers, author, except) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	*out = (struct outgoing_rival){.message = db_int(row, 0),
	    .contact = db_int(row, 1),
	    .at = db_int(row, 2)};
	db_end(row);
	return 0;
}

int
outgoing_outcome(
    struct db *db, int64_t message, const char *outcome, struct err *e)
{
	return db_run(db, e,
	    "UPDATE outgoing SET outcome = ? WHERE message = ?", "si", outcome,
	    message);
}

int
outgoing_state(
    struct db *db, int64_t message, const char **state, struct err *e)
{
	/* In this order: what still asks for somebody's attention first. */
	static const char *const order[] = {
	    "held", "failed", "queued", "sent", "cancelled"};
	struct db_row *row;
	int rank = 5;
	int rc;

	*state = "queued";
	if (db_query(db, &row, e,
		"SELECT v.state FROM delivery v JOIN draft d ON d.id = v.draft"
		" WHERE d.message = ?1 AND d.kind NOT IN ('copy', 'notice', "
		"'ask')"
		" UNION SELECT outcome FROM outgoing WHERE message = ?1"
		" AND outcome IS NOT NULL",
		"i", message) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		const char *s = db_text(row, 0);

		if (strcmp(s, "refused") == 0 && rank == 5)
			*state = "refused";
		for (int i = 0; i < rank; i++) {
			if (strcmp(s, order[i]) == 0) {
				*state = order[i];
				rank = i;
			}
		}
	}
	return rc;
}

int
outgoing_rfc_id(struct db *db, int64_t message, char **out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	if (db_query(db, &row, e,
		"SELECT rfc_message_id FROM draft WHERE message = ?"
		" AND kind NOT IN ('copy', 'notice', 'ask')"
		" ORDER BY id LIMIT 1",
		"i", message) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	*out = xstrdup(db_text(row, 0));
	db_end(row);
	return 0;
}

int
outgoing_sent_at(struct db *db, int64_t message, int64_t *at, struct err *e)
{
	return db_get_int(db, at, 0, e,
	    "SELECT coalesce(max(v.sent_at), 0) FROM delivery v"
	    " JOIN draft d ON d.id = v.draft WHERE d.message = ?"
	    " AND d.kind NOT IN ('copy', 'notice', 'ask')",
	    "i", message);
}
