#include "store/audit_extract.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "store/audit.h"
#include "store/value.h"

#define HASH 65 /* bytes: 64 hex digits and the NUL */

static const char *const about[3] = {"message", "case", "contact"};

static json_t *
extract_string(const struct db_row *row, int column)
{
	const char *text = db_text(row, column);

	return text == NULL ? json_null() : json_string(text);
}

static int
extract_row(const struct db_row *row, struct buf *out, struct err *e)
{
	json_t *o = json_object();
	char *line;

	json_object_set_new(o, "id", json_integer(db_int(row, 0)));
	json_object_set_new(o, "at", json_integer(db_int(row, 1)));
	json_object_set_new(o, "actor", extract_string(row, 2));
	json_object_set_new(o, "event", extract_string(row, 3));
	for (int i = 0; i < 3; i++)
		json_object_set_new(o, about[i], value_column(row, 4 + i));
	json_object_set_new(o, "detail", extract_string(row, 7));
	json_object_set_new(o, "previous", extract_string(row, 8));
	json_object_set_new(o, "hash", extract_string(row, 9));
	line = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(o);
	if (line == NULL)
		return err_set(e, ERR_BUG, "audit entry as JSON");
	buf_puts(out, line);
	buf_putc(out, '\n');
	free(line);
	return out->over ? err_set(e, ERR_DATA, "too many audit entries") : 0;
}

int
audit_extract(struct db *db, int64_t cases, const char *without,
    struct buf *out, int64_t *last, struct err *e)
{
	struct db_row *row;
	int rc;

	*last = 0;
	if (db_query(db, &row, e,
		"SELECT id, at, actor, event, message, cases, contact, detail,"
		" previous, hash FROM audit WHERE id IN (SELECT id FROM audit"
		" WHERE cases IN (WITH RECURSIVE one (id) AS (SELECT ?1 UNION"
		" SELECT c.id FROM one JOIN cases c ON c.merged_into = one.id)"
		" SELECT id FROM one) UNION SELECT a.id FROM message m JOIN"
		" audit a ON a.message = m.id WHERE m.cases = ?1)"
		" AND event <> ?2"
		" ORDER BY id",
		"is", cases, without) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*last = db_int(row, 1);
		if (extract_row(row, out, e) == -1) {
			db_end(row);
			return -1;
		}
	}
	return rc;
}

/* An entry of a line; its strings are borrowed from o. False: none. */
static bool
extract_read(const json_t *o, struct audit_record *r, const char **hash)
{
	const json_t *one;

	r->id = json_integer_value(json_object_get(o, "id"));
	r->at = json_integer_value(json_object_get(o, "at"));
	r->actor = json_string_value(json_object_get(o, "actor"));
	r->event = json_string_value(json_object_get(o, "event"));
	r->detail = json_string_value(json_object_get(o, "detail"));
	r->previous = json_string_value(json_object_get(o, "previous"));
	*hash = json_string_value(json_object_get(o, "hash"));
	for (int i = 0; i < 3; i++) {
		one = json_object_get(o, about[i]);
		r->absent[i] = json_is_null(one);
		if (!r->absent[i] && !json_is_integer(one))
			return false;
		r->about[i] = json_integer_value(one);
	}
	return r->id > 0 && json_is_integer(json_object_get(o, "at")) &&
	       r->actor != NULL && r->event != NULL && r->detail != NULL &&
	       r->previous != NULL && *hash != NULL;
}

/* before and after: id and hash of the last entry that holds. */
static int
extract_line(
    const char *line, size_t len, int64_t *id, char hash[HASH], struct err *e)
{
	json_t *o = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	struct audit_record r;
	const char *stored = NULL;
	char sum[HASH];
	int rc = -1;

	if (!extract_read(o, &r, &stored) || r.id <= *id)
		err_set(e, ERR_DATA,
		    "audit: no entry where one after entry %lld is expected",
		    (long long)*id);
	else if (audit_sum(&r, sum, e) == 0)
		rc = 0;
	if (rc == 0 && strcmp(sum, stored) != 0)
		rc = err_set(e, ERR_DATA, "audit entry %lld was changed",
		    (long long)r.id);
	if (rc == 0 && r.id == *id + 1 && *id > 0 &&
	    strcmp(r.previous, hash) != 0)
		rc = err_set(e, ERR_DATA,
		    "audit entry %lld does not follow the one before it",
		    (long long)r.id);
	if (rc == 0) {
		*id = r.id;
		memcpy(hash, sum, HASH);
	}
	json_decref(o);
	return rc;
}

int
audit_extract_check(const char *text, size_t len, int64_t *count, struct err *e)
{
	const char *p = text, *end = text + len;
	char hash[HASH] = "";
	int64_t id = 0;

	*count = 0;
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		if (lf == NULL)
			return err_set(e, ERR_DATA,
			    "audit: cut short after entry %lld", (long long)id);
		if (extract_line(p, (size_t)(lf - p), &id, hash, e) == -1)
			return -1;
		++*count;
		p = lf + 1;
	}
	return 0;
}
