/* What staff say by mail of harm, cause, remedy and deadlines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/deadline.h"
#include "cases/handling.h"
#include "store/audit.h"
#include "store/value.h"
#include "worker/order.h"

/* "jp-appi-final final receipt 12-345", "eu-nis2-early message 17" */
struct order_deadline {
	char *rule;
	const char *stage; /* borrowed from rule or its own words; or NULL */
	char *words; /* of the stage, or NULL */
	int64_t message;
	const char *receipt; /* borrowed from the value, or NULL */
};

static void
order_deadline_free(struct order_deadline *d)
{
	free(d->rule);
	free(d->words);
}

/* The next word of *text, the caller's; NULL: none. */
static char *
next_word(const char **text)
{
	const char *p = *text + strspn(*text, " \t\n");
	size_t len = strcspn(p, " \t\n");

	*text = p + len;
	return len == 0 ? NULL : xstrndup(p, len);
}

/* False where it is not of that form. */
static bool
order_deadline_parse(const char *value, struct order_deadline *d)
{
	char *word;
	bool fits;

	*d = (struct order_deadline){.rule = next_word(&value)};
	word = next_word(&value);
	if (word != NULL && strcmp(word, "receipt") != 0 &&
	    strcmp(word, "message") != 0) {
		d->words = word;
		d->stage = word;
		word = next_word(&value);
	}
	value += strspn(value, " \t\n");
	fits = word != NULL && *value != '\0';
	if (fits && strcmp(word, "receipt") == 0) {
		d->receipt = value;
	} else if (fits && strcmp(word, "message") == 0 && strlen(value) < 19 &&
		   strspn(value, "0123456789") == strlen(value)) {
		d->message = strtoll(value, NULL, 10);
	} else {
		fits = false;
	}
	free(word);
	return fits && (d->receipt != NULL || d->message > 0);
}

/* The stage that it means, and when it was done where a message proves it. */
static int
order_deadline_find(struct worker *w, int64_t cases, struct order_deadline *d,
    struct deadline_step *step, int64_t *at, struct err *e)
{
	int64_t id;

	*at = 0;
	*step = (struct deadline_step){0};
	if (d->message != 0 &&
	    deadline_proves(w->db, cases, d->message, at, e) == -1)
		return -1;
	if (deadline_find(w->db, cases, d->rule, &id, &d->stage, e) == -1 ||
	    deadline_step_find(w->db, id, d->stage, step, e) == -1)
		return -1;
	if (step->done_at != 0 || step->stopped_at != 0)
		return err_set(
		    e, ERR_DATA, "its stage %s is over already", step->name);
	return 0;
}

int
order_deadline(struct worker *w, const struct case_file *incident,
    const char *value, const char **why, struct strs *lines, struct err *e)
{
	struct deadline_step step = {0};
	struct order_deadline d;
	struct err mistake = {0};
	int64_t at;
	int rc = 0;

	*why = NULL;
	if (!order_deadline_parse(value, &d)) {
		*why = "X-Deadline: its name, perhaps a stage, and receipt with"
		       " a text or message with a number expected";
	} else if (incident->id != 0 && order_deadline_find(w, incident->id, &d,
					    &step, &at, &mistake) == -1) {
		if (mistake.code != ERR_NOINPUT && mistake.code != ERR_DATA)
			rc = err_set(e, mistake.code, "%s", mistake.text);
		*why = "X-Deadline: that deadline cannot be said to be done";
		strs_add(lines, mistake.text);
	}
	deadline_step_free(&step);
	order_deadline_free(&d);
	return rc;
}

static int
carry_audit(const struct order_place *h, const char *event, json_t *detail,
    struct err *e)
{
	struct audit_entry entry = {.actor = "worker",
	    .event = event,
	    .message = h->message,
	    .cases = h->cases,
	    .contact = h->author,
	    .detail = detail};

	return audit_add(h->w->db, clock_now(&h->w->clock), &entry, e);
}

static int
carry_deadline(const struct order_place *h, const char *value, struct err *e)
{
	struct worker *w = h->w;
	struct deadline_step step = {0};
	struct order_deadline d;
	struct deadline_proof proof = {
	    .now = clock_now(&w->clock), .by = h->author};
	struct err mistake = {0};
	int rc = 0;

	if (!order_deadline_parse(value, &d)) {
		order_deadline_free(&d);
		return 0;
	}
	/* Somebody else may have said so since it was read. */
	if (order_deadline_find(w, h->cases, &d, &step, &proof.at, &mistake) ==
	    -1) {
		if (mistake.code != ERR_NOINPUT && mistake.code != ERR_DATA)
			rc = err_set(e, mistake.code, "%s", mistake.text);
		goto out;
	}
	if (proof.at == 0)
		proof.at = proof.now;
	proof.message = d.message;
	proof.receipt = d.receipt;
	rc = deadline_done(w->db, w->vault, w->config, &step, &proof, e);
	if (rc == 0)
		rc = carry_audit(h, "deadline.done",
		    json_pack("{s:s, s:s, s:o, s:b, s:b}", "rule", d.rule,
			"stage", step.name, "at", value_time(proof.at),
			"receipt", (int)(d.receipt != NULL), "late",
			(int)(step.due_at != 0 && proof.at > step.due_at)),
		    e);
out:
	deadline_step_free(&step);
	order_deadline_free(&d);
	return rc;
}

static int
carry_harm(const struct order_place *h, const struct order *o,
    struct case_file *file, struct err *e)
{
	struct worker *w = h->w;
	char *prompt = NULL;
	int rc;

	if (o->harm == NULL)
		return 0;
	rc = handling_set_harm(w->db, w->config, file, o->harm, &prompt, e);
	if (rc == 0 && prompt != NULL)
		rc = case_note_add(w->db, w->vault, clock_now(&w->clock),
		    h->cases, 0, prompt, e);
	free(prompt);
	if (rc == -1)
		return -1;
	return carry_audit(h, "case.harm",
	    json_pack(
		"{s:s, s:s}", "harm", o->harm, "priority", file->priority),
	    e);
}

static int
carry_words(const struct order_place *h, const struct order *o,
    const struct case_file *file, struct err *e)
{
	struct worker *w = h->w;

	if (o->cause == NULL && o->remedy == NULL)
		return 0;
	if ((o->cause != NULL && handling_set_text(w->db, w->vault, file,
				     "cause", o->cause, e) == -1) ||
	    (o->remedy != NULL && handling_set_text(w->db, w->vault, file,
				      "remedy", o->remedy, e) == -1))
		return -1;
	return carry_audit(h, "case.handled",
	    json_pack("{s:b, s:b}", "cause", (int)(o->cause != NULL), "remedy",
		(int)(o->remedy != NULL)),
	    e);
}

int
order_carry_handling(
    const struct order_place *h, const struct order *o, struct err *e)
{
	struct case_file file;
	int rc;

	if (!order_handles(o))
		return 0;
	if (case_get(h->w->db, h->w->vault, h->cases, &file, e) == -1)
		return -1;
	rc = carry_harm(h, o, &file, e);
	if (rc == 0)
		rc = carry_words(h, o, &file, e);
	for (size_t i = 0; i < o->deadlines.count && rc == 0; i++)
		rc = carry_deadline(h, o->deadlines.item[i], e);
	case_free(&file);
	return rc;
}

bool
order_handles(const struct order *o)
{
	return o->harm != NULL || o->cause != NULL || o->remedy != NULL ||
	       o->deadlines.count > 0;
}

void
order_handling_free(struct order *o)
{
	free(o->harm);
	free(o->cause);
	free(o->remedy);
	strs_free(&o->deadlines);
}

void
order_handling_later(const struct order *o, json_t *later)
{
	if (!order_handles(o))
		return;
	if (o->harm != NULL)
		json_object_set_new(later, "harm", json_string(o->harm));
	if (o->cause != NULL)
		json_object_set_new(later, "cause", json_string(o->cause));
	if (o->remedy != NULL)
		json_object_set_new(later, "remedy", json_string(o->remedy));
	json_object_set_new(later, "deadlines", value_strs(&o->deadlines));
}

void
order_handling_read(const json_t *then, struct order *o)
{
	const json_t *one;
	size_t i;

	o->harm =
	    xstrdup_null(json_string_value(json_object_get(then, "harm")));
	o->cause =
	    xstrdup_null(json_string_value(json_object_get(then, "cause")));
	o->remedy =
	    xstrdup_null(json_string_value(json_object_get(then, "remedy")));
	json_array_foreach(json_object_get(then, "deadlines"), i, one)
	    strs_add(&o->deadlines, json_string_value(one));
}
