#include "cases/handling.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strs.h"
#include "people/contact.h"
#include "store/value.h"

#define TEXT_MAX (64 * 1024) /* bytes of a cause or a remedy, sealed */
#define PROMPT_MAX (64 * 1024) /* bytes */

void
handling_free(struct handling *h)
{
	free(h->harm);
	free(h->cause);
	free(h->remedy);
	free(h->decision);
	*h = (struct handling){0};
}

bool
handling_harm_is(const char *word)
{
	return strcmp(word, "none") == 0 || strcmp(word, "suspected") == 0 ||
	       strcmp(word, "confirmed") == 0;
}

bool
handling_decision_is(const char *word)
{
	return strcmp(word, "eliminate") == 0 || strcmp(word, "observe") == 0;
}

/* NULL where the key was destroyed, or v is NULL. */
static int
handling_open(struct vault *v, const struct case_file *file, const char *what,
    const struct db_row *row, int column, char **out, struct err *e)
{
	struct err why = {0};
	char context[48];
	const void *sealed;
	struct buf text;
	size_t len;
	int rc;

	*out = NULL;
	if (v == NULL || db_is_null(row, column))
		return 0;
	sealed = db_blob(row, column, &len);
	case_context(context, what, file->id);
	buf_init_secret(&text, TEXT_MAX);
	rc =
	    vault_unseal(v, file->vault_key, context, sealed, len, &text, &why);
	if (rc == 0)
		*out = xstrndup(buf_str(&text), text.len);
	buf_free(&text);
	if (rc == 0 || why.code == ERR_NOINPUT)
		return 0;
	return err_set(e, why.code, "%s", why.text);
}

int
handling_get(struct db *db, struct vault *v, const struct case_file *file,
    struct handling *out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = (struct handling){0};
	if (db_query(db, &row, e,
		"SELECT harm, cause_sealed, remedy_sealed, accepted_by,"
		" decision FROM case_handling WHERE cases = ?",
		"i", file->id) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 0)
		out->harm = xstrdup("none");
	if (rc != 1)
		return rc;
	out->harm = xstrdup(db_text(row, 0));
	out->has_cause = !db_is_null(row, 1);
	out->has_remedy = !db_is_null(row, 2);
	out->accepted_by = db_int(row, 3);
	out->decision = xstrdup_null(db_text(row, 4));
	rc = handling_open(v, file, "cause", row, 1, &out->cause, e);
	if (rc == 0)
		rc = handling_open(v, file, "remedy", row, 2, &out->remedy, e);
	db_end(row);
	if (rc == -1)
		handling_free(out);
	return rc;
}

int
handling_json(struct db *db, struct vault *v, const struct case_file *file,
    json_t *object, struct err *e)
{
	struct handling h;
	json_t *more;

	if (handling_get(db, v, file, &h, e) == -1)
		return -1;
	more = json_pack("{s:s, s:s?, s:s?, s:o, s:s?, s:b}", "harm", h.harm,
	    "cause", h.cause, "remedy", h.remedy, "accepted_by",
	    value_id(h.accepted_by), "decision", h.decision, "apt_suspected",
	    (int)case_is_apt(file));
	handling_free(&h);
	if (more == NULL || json_object_update(object, more) == -1) {
		json_decref(more);
		return err_set(e, ERR_BUG, "a case's handling as JSON");
	}
	json_decref(more);
	return 0;
}

/* --- writing ----------------------------------------------------------------
 */

static int
handling_row(struct db *db, int64_t cases, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO case_handling (cases) VALUES (?)"
	    " ON CONFLICT (cases) DO NOTHING",
	    "i", cases);
}

static const char *
priority_above(const char *priority)
{
	return strcmp(priority, "high") == 0 ||
		       strcmp(priority, "critical") == 0
		   ? "critical"
		   : "high";
}

/* Whether a row is thought of in a case of that category. */
static bool
prompts_row(const struct config_deadline *d, const char *category)
{
	return !d->off && (d->categories.count == 0 || category == NULL ||
			      strs_has(&d->categories, category));
}

static char *
handling_prompt(const struct config *c, const struct case_file *file)
{
	struct buf text;
	size_t count = 0;

	buf_init(&text, PROMPT_MAX);
	buf_puts(&text, "Harm is confirmed. These deadlines may apply; each by "
			"its trigger, and none of it is legal advice:\n");
	for (size_t i = 0; i < c->deadlines; i++) {
		const struct config_deadline *d = &c->deadline[i];

		if (!prompts_row(d, file->category))
			continue;
		count++;
		buf_putf(&text, "- %s (%s): %s. %s\n", d->id, d->jurisdiction,
		    d->trigger, d->stages.item[0]);
	}
	buf_putf(&text,
	    "What applies is started by: noroshi deadline start %s "
	    "ID --evidence MESSAGE\n",
	    file->name);
	if (count > 0)
		return buf_take_str(&text);
	buf_free(&text);
	return NULL;
}

int
handling_set_harm(struct db *db, const struct config *c, struct case_file *file,
    const char *harm, char **prompt, struct err *e)
{
	struct handling was;
	bool confirmed;

	*prompt = NULL;
	if (handling_get(db, NULL, file, &was, e) == -1)
		return -1;
	confirmed = strcmp(harm, "confirmed") == 0 &&
		    strcmp(was.harm, "confirmed") != 0;
	handling_free(&was);
	if (handling_row(db, file->id, e) == -1 ||
	    db_run(db, e, "UPDATE case_handling SET harm = ? WHERE cases = ?",
		"si", harm, file->id) == -1)
		return -1;
	if (!confirmed)
		return 0;
	const char *above = priority_above(file->priority);
	if (strcmp(above, file->priority) != 0) {
		free(file->priority);
		file->priority = xstrdup(above);
		if (case_update(db, file, e) == -1)
			return -1;
	}
	*prompt = handling_prompt(c, file);
	return 0;
}

int
handling_set_text(struct db *db, struct vault *v, const struct case_file *file,
    const char *what, const char *text, struct err *e)
{
	bool cause = strcmp(what, "cause") == 0;
	char context[48];
	struct buf sealed;
	int rc = -1;

	buf_init(&sealed, 2 * TEXT_MAX);
	case_context(context, what, file->id);
	if (handling_row(db, file->id, e) == 0 &&
	    vault_seal(v, file->vault_key, context, text, strlen(text), &sealed,
		e) == 0)
		rc = cause ? db_run(db, e,
				 "UPDATE case_handling SET cause_sealed = ?"
				 " WHERE cases = ?",
				 "bi", &sealed, file->id)
			   : db_run(db, e,
				 "UPDATE case_handling SET remedy_sealed = ?"
				 " WHERE cases = ?",
				 "bi", &sealed, file->id);
	buf_free(&sealed);
	return rc;
}

int
handling_accept(struct db *db, int64_t cases, int64_t contact, struct err *e)
{
	struct contact c;
	bool head;

	if (contact_get(db, contact, &c, e) == -1)
		return -1;
	head = c.class == CLASS_STAFF && !c.removed &&
	       (strs_has(&c.roles, "poc") || strs_has(&c.roles, "deputy"));
	contact_free(&c);
	if (!head)
		return err_set(e, ERR_DENIED,
		    "only the PoC or a deputy accepts that something stays "
		    "unknown; contact %lld is neither",
		    (long long)contact);
	if (handling_row(db, cases, e) == -1)
		return -1;
	return db_run(db, e,
	    "UPDATE case_handling SET accepted_by = ? WHERE cases = ?", "ii",
	    contact, cases);
}

int
handling_decide(
    struct db *db, int64_t cases, const char *decision, struct err *e)
{
	if (handling_row(db, cases, e) == -1)
		return -1;
	return db_run(db, e,
	    "UPDATE case_handling SET decision = ? WHERE cases = ?", "si",
	    decision, cases);
}
