#include "cases/approval.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/pack.h"
#include "cases/outgoing.h"
#include "store/value.h"

#define APPROVAL_SUM_MAX (256U << 20) /* bytes that are summed up */

void
approval_free(struct approval *a)
{
	free(a->identity);
	free(a->role);
	free(a->reason);
	free(a->content);
	free(a->evidence);
	*a = (struct approval){0};
}

void
approval_list_free(struct approval *a, size_t count)
{
	for (size_t i = 0; i < count; i++)
		approval_free(&a[i]);
	free(a);
}

int
approval_add(
    struct db *db, int64_t message, const struct approval *a, struct err *e)
{
	if (db_run(db, e,
		"INSERT INTO approval (message, contact, identity, role, at,"
		" reason, in_clear, content, evidence, evidence_sha256)"
		" VALUES (?, NULLIF(?, 0), ?, ?, ?, ?, ?, ?, ?,"
		" NULLIF(?, ''))",
		"iissisisss", message, a->contact, a->identity, a->role, a->at,
		a->reason, (int64_t)a->in_clear, a->content, a->evidence,
		a->evidence_sha) == -1)
		return -1;
	return message_again(db, message, e);
}

static void
approval_read(struct approval *a, const struct db_row *row)
{
	const char *sha = db_text(row, 8);

	*a = (struct approval){.contact = db_int(row, 0),
	    .identity = xstrdup(db_text(row, 1)),
	    .role = xstrdup(db_text(row, 2)),
	    .at = db_int(row, 3),
	    .reason = xstrdup_null(db_text(row, 4)),
	    .in_clear = db_int(row, 5) != 0,
	    .content = xstrdup_null(db_text(row, 6)),
	    .evidence = xstrdup_null(db_text(row, 7))};
	if (sha != NULL && strlen(sha) == SPOOL_SHA - 1)
		memcpy(a->evidence_sha, sha, SPOOL_SHA);
}

int
approval_list(struct db *db, int64_t message, struct approval **out,
    size_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT contact, identity, role, at, reason, in_clear, content,"
		" evidence, evidence_sha256 FROM approval WHERE message = ?"
		" ORDER BY id",
		"i", message) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*out = xgrow(*out, *count, sizeof(**out));
		approval_read(&(*out)[(*count)++], row);
	}
	if (rc == 0)
		return 0;
	approval_list_free(*out, *count);
	*out = NULL;
	*count = 0;
	return -1;
}

int
approval_json(struct db *db, int64_t message, json_t **out, struct err *e)
{
	json_t *list = json_array();
	struct db_row *row;
	int rc;

	*out = NULL;
	rc = db_query(db, &row, e,
	    "SELECT a.contact, c.name, a.role, a.at, a.in_clear,"
	    " a.identity LIKE 'outside:%', a.evidence_sha256 FROM approval a"
	    " LEFT JOIN contact c ON c.id = a.contact WHERE a.message = ?"
	    " ORDER BY a.id",
	    "i", message);
	while (rc != -1 && (rc = db_step(row, e)) == 1)
		json_array_append_new(list,
		    json_pack("{s:o, s:s?, s:s, s:o, s:b, s:b, s:s?}",
			"contact", value_column(row, 0), "name",
			db_text(row, 1), "role", db_text(row, 2), "at",
			value_column_time(row, 3), "in_clear",
			(int)db_int(row, 4), "outside", (int)db_int(row, 5),
			"evidence_sha256", db_text(row, 6)));
	if (rc == -1) {
		json_decref(list);
		return -1;
	}
	*out = list;
	return 0;
}

/*
 * The contact of the person behind an identity: that of the Unix user who
 * called, or (contact) the one whose key signed; 0: nobody known.
 */
static int64_t
approval_person(const struct config *c, const char *identity, int64_t contact)
{
	if (strncmp(identity, "user:", 5) == 0)
		return config_operator(c, identity + 5);
	return contact;
}

bool
approval_is_own(const struct config *c, const struct outgoing *o,
    const char *identity, int64_t contact)
{
	int64_t author, person;

	if (contact != 0 && contact == o->author)
		return true;
	if (strcmp(c->second_person, "contact") == 0)
		return false;
	if (strcmp(identity, o->identity) == 0)
		return true;
	author = approval_person(c, o->identity, o->author);
	person = approval_person(c, identity, contact);
	return person != 0 && (person == author || person == o->author);
}

void
approval_keep(const struct config *c, const struct outgoing *o, const char *sum,
    struct approval *list, size_t *count)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		struct approval *a = &list[i];

		if ((a->content != NULL && strcmp(a->content, sum) != 0) ||
		    (strcmp(a->role, "self") != 0 &&
			approval_is_own(c, o, a->identity, a->contact)))
			approval_free(a);
		else
			list[kept++] = *a;
	}
	*count = kept;
}

void
outgoing_sum(struct vault *v, const struct outgoing *o, enum noroshi_tlp label,
    char sum[SPOOL_SHA])
{
	unsigned char hash[32];
	struct buf b;

	buf_init_secret(&b, APPROVAL_SUM_MAX);
	pack_i64(&b, o->message);
	pack_u64(&b, label);
	pack_str(&b, o->subject);
	pack_bytes(&b, o->text.data, o->text.len);
	pack_strs(&b, &o->to);
	pack_strs(&b, &o->cc);
	/* nothing where there is none: words given before there was one stand
	 */
	if (o->bcc.count > 0)
		pack_strs(&b, &o->bcc);
	pack_u64(&b, o->attachments);
	for (size_t i = 0; i < o->attachments; i++) {
		pack_str(&b, o->attachment[i].name);
		pack_str(&b, o->attachment[i].type);
		pack_str(&b, o->attachment[i].sha256);
	}
	pack_str(&b, o->kind);
	pack_u64(&b, o->clearsign ? 1 : 0);
	pack_u64(&b, o->variants);
	for (size_t i = 0; i < o->variants; i++) {
		const struct outgoing_variant *other = &o->variant[i];

		pack_str(&b, other->language);
		pack_str(&b, other->subject);
		pack_bytes(&b, other->text.data, other->text.len);
	}
	vault_hash(v, "outgoing-sum", b.data, b.len, hash);
	hex_encode(hash, sizeof(hash), sum);
	buf_free(&b);
}
