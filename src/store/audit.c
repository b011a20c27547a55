#include "store/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/pack.h"
#include "base/sha256.h"
#include "store/value.h"

#define AUDIT_HASH 65 /* bytes: 64 hex digits and the NUL */
#define AUDIT_ENTRY_MAX (16U << 20) /* bytes of one packed entry */

static const char audit_first[AUDIT_HASH] = "0000000000000000000000000000000"
					    "000000000000000000000000000000000";

/* An absent number is packed as one: 0 in its place is another entry. */
static void
audit_pack_id(struct buf *b, bool absent, int64_t id)
{
	if (absent)
		pack_str(b, NULL);
	else
		pack_i64(b, id);
}

int
audit_sum(const struct audit_record *r, char hash[65], struct err *e)
{
	unsigned char sum[SHA256_BYTES];
	struct buf b;
	int rc = 0;

	buf_init(&b, AUDIT_ENTRY_MAX);
	pack_i64(&b, r->id);
	pack_i64(&b, r->at);
	pack_str(&b, r->actor);
	pack_str(&b, r->event);
	for (int i = 0; i < 3; i++)
		audit_pack_id(&b, r->absent[i], r->about[i]);
	pack_str(&b, r->detail);
	pack_str(&b, r->previous);
	if (b.over) {
		rc = err_set(
		    e, ERR_DATA, "audit entry over %u bytes", AUDIT_ENTRY_MAX);
	} else {
		sha256(b.data, b.len, sum);
		hex_encode(sum, sizeof(sum), hash);
	}
	buf_free(&b);
	return rc;
}

static int
audit_last(struct db *db, int64_t *id, char hash[AUDIT_HASH], struct err *e)
{
	struct db_row *row;
	int rc;

	*id = 0;
	memcpy(hash, audit_first, AUDIT_HASH);
	if (db_query(db, &row, e,
		"SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1",
		"") == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 1) {
		const char *text = db_text(row, 1);

		*id = db_int(row, 0);
		rc = 0;
		if (text != NULL && hex_is(text, AUDIT_HASH - 1))
			memcpy(hash, text, AUDIT_HASH);
		else
			rc = err_set(e, ERR_DATA,
			    "audit entry %lld has no hash to go on from",
			    (long long)*id);
	}
	db_end(row);
	return rc;
}

static int
audit_insert(struct db *db, int64_t now, const struct audit_entry *entry,
    const char *detail, struct err *e)
{
	char previous[AUDIT_HASH], hash[AUDIT_HASH];
	struct audit_record r = {.at = now,
	    .actor = entry->actor,
	    .event = entry->event,
	    .about = {entry->message, entry->cases, entry->contact},
	    .absent = {entry->message == 0, entry->cases == 0,
		entry->contact == 0},
	    .detail = detail,
	    .previous = previous};

	if (audit_last(db, &r.id, previous, e) == -1)
		return -1;
	r.id++;
	if (audit_sum(&r, hash, e) == -1)
		return -1;
	return db_run(db, e,
	    "INSERT INTO audit (id, at, actor, event, message, cases,"
	    " contact, detail, previous, hash) VALUES (?, ?, ?, ?,"
	    " nullif(?, 0), nullif(?, 0), nullif(?, 0), ?, ?, ?)",
	    "iissiiisss", r.id, now, entry->actor, entry->event, entry->message,
	    entry->cases, entry->contact, detail, previous, hash);
}

int
audit_add(
    struct db *db, int64_t now, const struct audit_entry *entry, struct err *e)
{
	json_t *taken = entry->detail == NULL ? json_object() : entry->detail;
	char *detail = json_dumps(taken, JSON_COMPACT | JSON_SORT_KEYS);
	int rc;

	json_decref(taken);
	if (detail == NULL)
		rc = err_set(e, ERR_BUG, "audit: detail is no JSON object");
	else if (!db_in_transaction(db))
		rc = err_set(e, ERR_BUG, "audit: not in a transaction");
	else
		rc = audit_insert(db, now, entry, detail, e);
	free(detail);
	if (rc == -1)
		err_in(e, "audit %s", entry->event);
	return rc;
}

/* What is wrong with the row that stands where entry id should; NULL: none. */
static const char *
audit_check(const struct db_row *row, int64_t id, char hash[AUDIT_HASH])
{
	const char *stored = db_text(row, 9), *previous = db_text(row, 8);
	char sum[AUDIT_HASH] = "";
	struct audit_record r = {.id = id,
	    .at = db_int(row, 1),
	    .actor = db_text(row, 2),
	    .event = db_text(row, 3),
	    .detail = db_text(row, 7),
	    .previous = previous};

	if (db_int(row, 0) != id)
		return "is missing";
	if (previous == NULL || strcmp(previous, hash) != 0)
		return "does not follow the one before it";
	for (int i = 0; i < 3; i++) {
		r.about[i] = db_int(row, 4 + i);
		r.absent[i] = db_is_null(row, 4 + i);
	}
	if (audit_sum(&r, sum, NULL) == -1 || stored == NULL ||
	    strcmp(stored, sum) != 0)
		return "was changed";
	memcpy(hash, sum, AUDIT_HASH);
	return NULL;
}

int
audit_verify(
    struct db *db, int64_t *count, int64_t *bad, char hash[65], struct err *e)
{
	const char *why = NULL;
	struct db_row *row;
	int64_t id = 0;
	int rc;

	*count = *bad = 0;
	memcpy(hash, audit_first, AUDIT_HASH);
	if (db_query(db, &row, e,
		"SELECT id, at, actor, event, message, cases, contact, detail,"
		" previous, hash FROM audit ORDER BY id",
		"") == -1)
		return -1;
	while (why == NULL && (rc = db_step(row, e)) == 1) {
		why = audit_check(row, ++id, hash);
		if (why == NULL)
			*count = id;
	}
	db_end(row);
	if (why == NULL)
		return rc;
	*bad = id;
	err_set(e, ERR_DATA, "audit entry %lld %s", (long long)id, why);
	return 0;
}

static json_t *
audit_string(const struct db_row *row, int column)
{
	const char *text = db_text(row, column);
	json_t *s = text == NULL ? NULL : json_string(text);

	return s == NULL ? json_null() : s;
}

/* A detail that somebody spoilt is shown as the text it is now. */
static json_t *
audit_detail(const struct db_row *row, int column)
{
	const char *text = db_text(row, column);
	json_t *detail = text == NULL ? NULL : json_loads(text, 0, NULL);

	return detail == NULL ? audit_string(row, column) : detail;
}

static json_t *
audit_json(const struct db_row *row)
{
	json_t *o = json_object();

	json_object_set_new(o, "id", value_column(row, 0));
	json_object_set_new(o, "at", value_column_time(row, 1));
	json_object_set_new(o, "actor", audit_string(row, 2));
	json_object_set_new(o, "event", audit_string(row, 3));
	json_object_set_new(o, "message", value_column(row, 4));
	json_object_set_new(o, "case", audit_string(row, 5));
	json_object_set_new(o, "contact", value_column(row, 6));
	json_object_set_new(o, "detail", audit_detail(row, 7));
	json_object_set_new(o, "hash", audit_string(row, 8));
	return o;
}

#define AUDIT_SELECT                                                           \
	"SELECT a.id, a.at, a.actor, a.event, a.message, c.name, a.contact,"   \
	" a.detail, a.hash FROM audit a LEFT JOIN cases c ON c.id = a.cases"

static int
audit_query(struct db *db, int64_t message, int64_t cases, struct db_row **row,
    struct err *e)
{
	/* one each: an OR over both would use no index */
	if (message != 0 && cases != 0)
		return db_query(db, row, e,
		    AUDIT_SELECT " WHERE a.message = ? AND a.cases = ?"
				 " ORDER BY a.id",
		    "ii", message, cases);
	if (message != 0)
		return db_query(db, row, e,
		    AUDIT_SELECT " WHERE a.message = ? ORDER BY a.id", "i",
		    message);
	if (cases != 0)
		return db_query(db, row, e,
		    AUDIT_SELECT " WHERE a.cases = ? ORDER BY a.id", "i",
		    cases);
	return db_query(db, row, e, AUDIT_SELECT " ORDER BY a.id", "");
}

int
audit_list(
    struct db *db, int64_t message, int64_t cases, json_t **out, struct err *e)
{
	json_t *list = json_array();
	struct db_row *row;
	int rc;

	*out = NULL;
	rc = audit_query(db, message, cases, &row, e);
	while (rc != -1 && (rc = db_step(row, e)) == 1)
		json_array_append_new(list, audit_json(row));
	if (rc == -1) {
		json_decref(list);
		return -1;
	}
	*out = list;
	return 0;
}

int
audit_hash_of(struct db *db, int64_t entry, char hash[65], struct err *e)
{
	struct db_row *row;
	int rc;

	memcpy(hash, audit_first, AUDIT_HASH);
	if (entry == 0)
		return 0;
	if (db_query(db, &row, e, "SELECT hash FROM audit WHERE id = ?", "i",
		entry) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 1)
		(void)snprintf(hash, AUDIT_HASH, "%s", db_text(row, 0));
	db_end(row);
	return rc == 0 ? err_set(e, ERR_NOINPUT, "there is no audit entry %lld",
			     (long long)entry)
	       : rc == -1 ? -1
			  : 0;
}

/* What has changed, once. */
static void
audit_add_change(
    struct audit_change **list, size_t *count, struct audit_change one)
{
	for (size_t i = *count; i > 0; i--)
		if ((*list)[i - 1].message == one.message &&
		    (*list)[i - 1].cases == one.cases)
			return;
	*list = xgrow(*list, *count, sizeof(**list));
	(*list)[(*count)++] = one;
}

int
audit_changes(struct db *db, int64_t after, size_t most,
    struct audit_change **out, size_t *count, int64_t *upto, struct err *e)
{
	struct db_row *row;
	size_t rows = 0;
	int rc;

	*out = NULL;
	*count = 0;
	/* What is written after this look is for the next one. */
	if (db_get_int(db, upto, 0, e, "SELECT max(id) FROM audit", "") == -1 ||
	    db_query(db, &row, e,
		"SELECT * FROM (SELECT id, iif(event LIKE 'delivery.%'"
		" OR event LIKE 'index.%' OR event IN ('message.received',"
		" 'message.read', 'copy.decided'), NULL, message) AS message,"
		" iif(event LIKE 'case.%', cases, NULL) AS cases FROM audit"
		" WHERE id > ? AND id <= ?)"
		" WHERE message IS NOT NULL OR cases IS NOT NULL"
		" ORDER BY id LIMIT ?",
		"iii", after, *upto, (int64_t)most) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		struct audit_change one = {
		    .entry = db_int(row, 0), .message = db_int(row, 1)};

		if (++rows == most)
			*upto = one.entry;
		if (one.message != 0)
			audit_add_change(out, count, one);
		one.message = 0;
		one.cases = db_int(row, 2);
		if (one.cases != 0)
			audit_add_change(out, count, one);
	}
	if (rc == -1) {
		free(*out);
		*out = NULL;
		*count = 0;
	}
	return rc;
}
