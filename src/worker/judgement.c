#include "worker/judgement.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/indexing.h"
#include "people/contact.h"
#include "policy/restriction.h"
#include "store/value.h"
#include "worker/attached.h"
#include "worker/documents.h"
#include "worker/freshness.h"
#include "worker/resemblance.h"

void
judgement_free(struct judgement *j)
{
	sender_free(&j->sender);
	free(j->from);
	free(j->signer);
	label_free(&j->label);
	classification_free(&j->classification);
	sighting_free(&j->sighting);
	strs_free(&j->restrictions);
	strs_free(&j->explain);
	strs_free(&j->warnings);
	buf_free(&j->attached);
	*j = (struct judgement){0};
}

/* 1: found, 0: nobody, -1: failed. */
static int
judgement_known(int rc, const struct err *why, struct err *e)
{
	if (rc == 0)
		return 1;
	if (why->code == ERR_NOINPUT || why->code == ERR_DATA)
		return 0;
	return err_set(e, why->code, "%s", why->text);
}

/* The contact of From, in any spelling of it; 1, 0 or -1 as above. */
static int
judgement_from(
    struct worker *w, const char *address, struct contact *out, struct err *e)
{
	struct strs spellings = {0};
	int rc = 0;

	identity_spellings(address, &spellings);
	for (size_t i = 0; i < spellings.count && rc == 0; i++) {
		struct err why = {0};

		rc = judgement_known(
		    contact_by_address(w->db, spellings.item[i], out, &why),
		    &why, e);
	}
	strs_free(&spellings);
	return rc;
}

struct auth_border
judgement_border(const struct config *c)
{
	return (struct auth_border){.ids = &c->authserv_ids,
	    .hops = &c->trusted_hops,
	    .team = c->team_address};
}

/* RFC 2369, RFC 2919: a list says so. */
static bool
judgement_is_list(const struct part_table *t)
{
	return part_field(t, 0, "List-Id") != NULL ||
	       part_field(t, 0, "List-Post") != NULL;
}

/* import: the fields of a file prove nothing that our border would have. */
static int
judgement_sender(struct worker *w, const struct reading *r, bool import,
    struct judgement *j, struct err *e)
{
	size_t n = r->verdict.signatures;
	struct contact *signer = xcalloc(n, sizeof(*signer)), from = {0};
	const struct contact **by = xcalloc(n, sizeof(const struct contact *));
	struct identity_question q = {.verdict = &r->verdict,
	    .head = r->people,
	    .outer = r->outer,
	    .signer = by,
	    .list = judgement_is_list(&r->mail->table)};
	const struct auth_border border = judgement_border(w->config);
	int rc = 0;

	j->signer = xcalloc(n, sizeof(*j->signer));
	for (size_t i = 0; i < n && rc != -1; i++) {
		const char *fpr = r->verdict.signature[i].fingerprint;
		struct err why = {0};

		if (fpr[0] == '\0')
			continue;
		rc = judgement_known(
		    contact_by_key(w->db, fpr, &signer[i], &why), &why, e);
		if (rc == 1) {
			by[i] = &signer[i];
			j->signer[i] = signer[i].id;
		}
	}
	if (rc != -1 && j->from != NULL) {
		rc = judgement_from(w, j->from, &from, e);
		if (rc == 1)
			q.from = &from;
		q.authenticated = !import && auth_results_pass(&r->mail->table,
						 &border, j->from);
	}
	if (rc != -1)
		identity_judge(&q, &j->sender);
	if (rc != -1 && j->from != NULL)
		rc = resemblance_judge(w, r->people, j->from,
		    q.from != NULL ? q.from->id : 0, &j->sender, e);
	for (size_t i = 0; i < n; i++)
		contact_free(&signer[i]);
	contact_free(&from);
	free(signer);
	free(by);
	return rc == -1 ? -1 : 0;
}

/* inside: no subject that anybody on the way could have written. */
static void
judgement_label(const struct worker *w, const struct reading *r,
    const struct documents *d, const struct sender *sender, bool inside,
    struct label *out)
{
	struct strs names = {0};
	struct label_question q = {.subject = r->subject,
	    .outer_subject = r->outer_subject,
	    .texts = &r->texts,
	    .enclosed = &r->enclosed,
	    .enclosed_subjects = &r->enclosed_subjects,
	    .names = &names,
	    .attached = &d->attached,
	    .enclosed_attached = &d->enclosed,
	    .sender = sender,
	    .default_in = NOROSHI_TLP_AMBER};

	if (inside) {
		q.subject = r->inner == NULL ? NULL : r->inner->subject;
		q.outer_subject = NULL;
	}
	(void)noroshi_tlp_parse(w->config->tlp_default_in, &q.default_in);
	for (size_t i = 0; i < r->attachments; i++)
		strs_add(&names, r->attachment[i].name);
	label_judge(&q, out);
	strs_free(&names);
}

/* What is shown apart is read as well by who only looks for something. */
static void
judgement_text(const struct reading *r, struct buf *out)
{
	buf_init_secret(out, r->text.max);
	for (size_t i = 0; i < r->texts.count; i++) {
		if (i > 0)
			buf_puts(out, "\n\n");
		buf_puts(out, r->texts.item[i]);
	}
}

static int
judgement_classify(struct worker *w, const struct reading *r,
    const struct message *m, const struct documents *d, const struct buf *text,
    struct judgement *j, struct err *e)
{
	static const struct mailboxes nobody = {0};
	struct strs names = {0}, types = {0};
	struct classify_question q = {.subject = r->subject,
	    .text = buf_str(text),
	    .text_len = text->len,
	    .from = j->from,
	    .to = r->people == NULL ? &nobody : &r->people->to,
	    .cc = r->people == NULL ? &nobody : &r->people->cc,
	    .table = &r->mail->table,
	    .protected = r->inner == NULL ? 0 : r->verdict.payload,
	    .attachment_names = &names,
	    .attachment_types = &types,
	    .sender = &j->sender,
	    .label = &j->label,
	    .told = d->type};
	struct kind_question kind = {.table = &r->mail->table,
	    .text = buf_str(text),
	    .text_len = text->len};

	if (message_envelope(w->db, m->id, &kind.null_sender, e) == -1)
		return -1;
	q.structure = kind_by_structure(&kind);
	if (q.structure == KIND_UNKNOWN && d->report)
		q.structure = KIND_REPORT;
	for (size_t i = 0; i < r->attachments; i++) {
		strs_add(&names, r->attachment[i].name);
		strs_add(&types, r->attachment[i].type);
	}
	classify(w->rules, &q, &j->classification, &j->explain);
	if (j->classification.has_floor &&
	    j->classification.floor > j->label.effective)
		j->label.effective = j->classification.floor;
	strs_free(&names);
	strs_free(&types);
	return 0;
}

static void
judgement_warnings(struct judgement *j, const struct strs *words)
{
	for (size_t i = 0; i < words->count; i++)
		strs_add_once(&j->warnings, words->item[i]);
}

int
judgement_make(struct worker *w, const struct reading *r,
    const struct message *m, struct judgement *out, struct err *e)
{
	static const char *const alarming[] = {
	    "tampered", "no-mdc", "signature-bad", "signer-not-sender", "bomb"};

	struct documents documents;
	struct label inside;
	struct buf text;

	*out = (struct judgement){0};
	if (documents_read(r, &documents, e) == -1)
		return -1;
	*out = (struct judgement){.from = reading_from(r)};
	buf_init_secret(&out->attached, INDEXING_ATTACHED_MAX);
	judgement_text(r, &text);
	if (judgement_sender(w, r, message_is_import(m), out, e) == -1)
		goto failed;
	judgement_label(w, r, &documents, &out->sender, true, &inside);
	out->inside = inside.effective;
	label_free(&inside);
	judgement_label(w, r, &documents, &out->sender, false, &out->label);
	restriction_find(r->subject, &r->texts, &out->restrictions);
	if (out->restrictions.count > 0)
		strs_add_once(&out->warnings, "restriction");
	if (judgement_classify(w, r, m, &documents, &text, out, e) == -1)
		goto failed;
	sighting_make(w->config, r, &documents, out->classification.kind,
	    out->from, &out->sighting);
	if (out->sighting.indicators.over)
		strs_add_once(&out->warnings, "indicators-limit");
	judgement_warnings(out, &r->warnings);
	judgement_warnings(out, &documents.warnings);
	judgement_warnings(out, &out->sender.warnings);
	judgement_warnings(out, &out->label.warnings);
	judgement_warnings(out, &out->classification.warnings);
	if (attached_text(r, &out->attached, e) == -1)
		goto failed;
	if (freshness_judge(w, r, m->received_at, &out->warnings, e) == -1)
		goto failed;
	out->alarm = out->sender.alarm;
	for (size_t i = 0; i < sizeof(alarming) / sizeof(alarming[0]); i++)
		if (strs_has(&out->warnings, alarming[i]))
			out->alarm = true;
	buf_free(&text);
	documents_free(&documents);
	return 0;
failed:
	buf_free(&text);
	documents_free(&documents);
	judgement_free(out);
	return -1;
}

static json_t *
json_mailbox(const struct mailbox *m)
{
	return json_pack("{s:s?, s:s}", "name", m->name, "address", m->address);
}

static json_t *
json_mailboxes(const struct mailboxes *l)
{
	json_t *list = json_array();

	for (size_t i = 0; l != NULL && i < l->count; i++)
		json_array_append_new(list, json_mailbox(&l->item[i]));
	return list;
}

static json_t *
judgement_signatures(const struct judgement *j, const struct reading *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->verdict.signatures; i++) {
		const struct signature *s = &r->verdict.signature[i];

		json_array_append_new(
		    list, json_pack("{s:s?, s:s, s:s, s:s, s:o, s:s, s:o}",
			      "fingerprint",
			      s->fingerprint[0] == '\0' ? NULL : s->fingerprint,
			      "key_id", s->key_id, "status",
			      signature_status_name(s->status), "covers",
			      s->whole ? "whole" : "part", "contact",
			      value_id(j->signer[i]), "why", s->why, "created",
			      value_time(s->created)));
	}
	return list;
}

/* Older protection leaves Date outside; then that one is the only one. */
static json_t *
judgement_date(const struct reading *r)
{
	int64_t date = r->people == NULL ? 0 : r->people->date;

	if (date == 0 && r->outer != NULL)
		date = r->outer->date;
	return value_time(date);
}

json_t *
judgement_facts(const struct judgement *j, const struct reading *r)
{
	const struct classification *c = &j->classification;
	const struct head *h = r->people;

	return json_pack(
	    "{s:o, s:o, s:o, s:o, s:s, s:o, s:{s:o, s:s?, s:s, s:s, s:o, s:s?, "
	    "s:b},"
	    " s:{s:s, s:s?, s:s?, s:s, s:o, s:o, s:s?}, s:{s:s, s:s, s:s},"
	    " s:o, s:o, s:o, s:o, s:b, s:b}",
	    "from",
	    h == NULL || h->from.count == 0 ? json_null()
					    : json_mailbox(&h->from.item[0]),
	    "to", json_mailboxes(h == NULL ? NULL : &h->to), "cc",
	    json_mailboxes(h == NULL ? NULL : &h->cc), "date",
	    judgement_date(r), "encryption",
	    encryption_name(r->verdict.encryption), "signatures",
	    judgement_signatures(j, r), "sender", "contact",
	    value_id(j->sender.contact), "organisation", j->sender.organisation,
	    "class", class_name(j->sender.class), "evidence",
	    evidence_name(j->sender.evidence), "resembles",
	    value_id(j->sender.resembles), "ascii", j->sender.ascii,
	    "constituency", (int)j->sighting.constituent, "classification",
	    "kind", kind_name(c->kind), "category", c->category, "rsit",
	    c->rsit, "priority", c->priority, "rules", value_strs(&c->rules),
	    "tags", value_strs(&c->tags), "owner", c->owner, "tlp", "label",
	    noroshi_tlp_name(j->label.written), "effective",
	    noroshi_tlp_name(j->label.effective), "source",
	    label_source_name(j->label.source), "restriction",
	    value_strs(&j->restrictions), "warnings", value_strs(&j->warnings),
	    "explain", value_strs(&j->explain), "failures",
	    value_strs(&r->verdict.failures), "alarm", (int)j->alarm,
	    "header_protected",
	    (int)(r->inner != NULL && r->people == r->inner));
}

/* What must not leave again: by its hash, and where it is text by its words. */
static json_t *
judgement_apart(const struct reading *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->attachments; i++) {
		const struct attachment *a = &r->attachment[i];
		json_t *one;

		if (!a->decrypted_apart)
			continue;
		one = json_pack("{s:s}", "sha256", a->sha256);
		/* NULL, and so left out, where it is no UTF-8 */
		json_object_set_new(
		    one, "text", json_stringn(buf_str(&a->data), a->data.len));
		json_array_append_new(list, one);
	}
	return list;
}

json_t *
judgement_content(const struct judgement *j, const struct reading *r)
{
	json_t *attachments = json_array(), *content;

	for (size_t i = 0; i < r->attachments; i++) {
		const struct attachment *a = &r->attachment[i];

		json_array_append_new(attachments,
		    json_pack("{s:s, s:s, s:I, s:s}", "name", a->name, "type",
			a->type, "size", (json_int_t)a->data.len, "sha256",
			a->sha256));
	}
	content = json_pack("{s:s?, s:s%, s:o, s:o, s:o, s:o}", "subject",
	    r->subject, "text", buf_str(&r->text), r->text.len, "attachments",
	    attachments, "indicators", sighting_json(&j->sighting), "products",
	    value_strs(&j->sighting.products), "apart", judgement_apart(r));
	if (j->attached.len > 0)
		json_object_set_new(content, INDEXING_ATTACHED,
		    json_stringn(buf_str(&j->attached), j->attached.len));
	return content;
}
