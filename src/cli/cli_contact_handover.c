/* noroshi contact handover: one of the team hands over to another. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/case.h"
#include "cases/handover.h"
#include "cli/command.h"
#include "cli/handover_notice.h"
#include "cli/option.h"
#include "cli/when.h"
#include "people/contact.h"
#include "queue/held.h"
#include "store/value.h"

/* Both, as they are now. */
struct pair {
	struct contact old;
	struct contact new;
};

static void
pair_free(struct pair *p)
{
	contact_free(&p->old);
	contact_free(&p->new);
}

static int
pair_find(struct session *s, char **who, struct pair *p, struct err *e)
{
	if (contact_find(s->db, who[0], &p->old, e) == -1)
		return -1;
	if (contact_find(s->db, who[1], &p->new, e) == -1)
		return -1;
	if (p->old.id == p->new.id)
		return err_set(e, ERR_USAGE, "nobody hands over to themselves");
	if (p->old.class != CLASS_STAFF || p->new.class != CLASS_STAFF)
		return err_set(e, ERR_DATA,
		    "%s is not of the staff: another organisation's people are "
		    "changed by contact add and contact remove",
		    p->old.class != CLASS_STAFF ? who[0] : who[1]);
	return 0;
}

/* The statements that there are, and what is to be written in one. */
static int
handover_put_statements(
    struct session *s, const struct handover *h, json_t *object, struct err *e)
{
	int64_t old, new;
	char *sentence;

	if (session_vault(s, e) == -1 ||
	    handover_statement(s->db, s->vault, h, h->old, &old, e) == -1 ||
	    handover_statement(s->db, s->vault, h, h->new, &new, e) == -1 ||
	    handover_sentence(s->db, h, &sentence, e) == -1)
		return -1;
	json_object_set_new(object, "statement", json_string(sentence));
	json_object_set_new(object, "signed",
	    json_pack(
		"{s:o, s:o}", "old", value_id(old), "new", value_id(new)));
	free(sentence);
	return 0;
}

static void
handover_put_contacts(struct output *o, const json_t *list)
{
	static const char *const headings[] = {
	    "ID", "NAME", "CLASS", "LAST", "NOTICE", "ANSWER", NULL};
	struct table t;
	const json_t *one;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	output_put(o, "\n");
	table_init(&t, headings);
	table_soft(&t, "NAME");
	json_array_foreach(list, i, one)
	{
		table_number(
		    &t, json_integer_value(json_object_get(one, "contact")));
		table_cell(&t, output_string(one, "name"));
		table_cell(&t, output_string(one, "class"));
		table_time(&t, output_string(one, "last_at"), TIME_MINUTE);
		table_cell(&t, output_string(one, "state"));
		table_cell(&t, output_string(one, "acknowledged"));
	}
	table_put(&t, o);
	table_free(&t);
}

static void
handover_put_verifications(struct output *o, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		output_put(o, "%-12s ", i == 0 ? "To verify" : "");
		output_line(o, output_string(one, "name"));
		output_put(o, " (contact %lld), %s, %s\n",
		    (long long)json_integer_value(
			json_object_get(one, "contact")),
		    output_string(one, "verified"),
		    output_string(one, "fingerprint"));
	}
}

static void
handover_put_list(struct output *o, const char *name, const json_t *list)
{
	const json_t *one;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	output_put(o, "%-12s", name);
	json_array_foreach(list, i, one)
	{
		if (json_is_integer(one))
			output_put(
			    o, " %lld", (long long)json_integer_value(one));
		else
			output_put(o, " %s", json_string_value(one));
	}
	output_put(o, "\n");
}

/* What a person has to write, shown until they have. */
static void
handover_put_sentence(struct output *o, const json_t *object)
{
	const json_t *of = json_object_get(object, "signed");
	bool old = json_is_null(json_object_get(of, "old"));
	bool new = json_is_null(json_object_get(of, "new"));

	if (!old && !new)
		return;
	output_put(o,
	    "\n%s to mail this to the team, signed and not encrypted, under"
	    " [%s] in the subject:\n\nTLP:CLEAR\n",
	    old && new ? "Both have"
	    : old      ? "OLD has"
		       : "NEW has",
	    output_string(object, "case"));
	output_text(o, output_string(object, "statement"),
	    strlen(output_string(object, "statement")));
}

static int
handover_say(struct session *s, const struct handover *h, struct err *e)
{
	struct output *o = &s->out;
	json_t *object;

	if (handover_json(s->db, h, &object, e) == -1)
		return -1;
	if (handover_put_statements(s, h, object, e) == -1) {
		json_decref(object);
		return -1;
	}
	if (o->json)
		return output_json(o, object, e);
	output_put(o, "Handover %lld, contact %lld to %lld, case %s\n",
	    (long long)h->id, (long long)h->old, (long long)h->new,
	    output_string(object, "case"));
	output_field(o, h->ended_at == 0 ? "Until" : "Was until",
	    output_string(object, "until"));
	handover_put_list(o, "Cases", json_object_get(object, "cases"));
	handover_put_list(o, "Held", json_object_get(object, "held"));
	handover_put_verifications(o, json_object_get(object, "verifications"));
	output_put(o,
	    "%-12s %lld of %zu notified; %lld answered signed, %lld not\n",
	    "Contacts",
	    (long long)json_integer_value(json_object_get(object, "notified")),
	    json_array_size(json_object_get(object, "contacts")),
	    (long long)json_integer_value(
		json_object_get(object, "acknowledged")),
	    (long long)json_integer_value(json_object_get(object, "unproven")));
	handover_put_contacts(o, json_object_get(object, "contacts"));
	handover_put_sentence(o, object);
	json_decref(object);
	return 0;
}

/* In the transaction: the case of it, then all of it. */
static int
handover_write(
    struct session *s, const struct pair *p, struct handover *h, struct err *e)
{
	char *title =
	    xasprintf("%s hands over to %s", p->old.name, p->new.name);
	struct case_new n = {.prefix = s->config->case_prefix,
	    .title = title,
	    .priority = "normal",
	    .owner = p->new.id};
	struct case_file c = {0};
	size_t moved = 0;
	int rc = -1;

	if (case_create(s->db, s->vault, h->at, &n, &c, e) == -1)
		goto out;
	h->cases = c.id;
	if (session_audit(s, "case.opened", 0, c.id, s->contact,
		json_pack("{s:s}", "by", "handover"), e) == -1 ||
	    handover_begin(s->db, s->vault, h, s->contact, &moved, e) == -1 ||
	    session_audit(s, "contact.handover", 0, c.id, h->old,
		json_pack("{s:I, s:I, s:I, s:I}", "handover", (json_int_t)h->id,
		    "new", (json_int_t)h->new, "cases", (json_int_t)moved,
		    "until", (json_int_t)h->until),
		e) == -1 ||
	    (h->until <= h->at &&
		handover_end(s->db, h->at, h, s->actor, e) == -1))
		goto out;
	/* Who may release what is held has changed: they are told of it. */
	rc = held_remind(s->db, h->at, e);
out:
	case_free(&c);
	free(title);
	return rc;
}

static int
handover_make(struct session *s, char **who, int64_t until, struct err *e)
{
	struct pair p = {0};
	struct handover h = {.at = clock_now(NULL), .until = until};
	int rc = -1;

	if (pair_find(s, who, &p, e) == -1 || session_vault(s, e) == -1)
		goto out;
	h.old = p.old.id;
	h.new = p.new.id;
	if (h.until == 0)
		h.until = h.at;
	if (h.until < h.at) {
		err_set(e, ERR_USAGE, "--until is a time that is over");
		goto out;
	}
	if (db_begin(s->db, e) == -1)
		goto out;
	if (handover_write(s, &p, &h, e) == -1 || db_commit(s->db, e) == -1) {
		db_rollback(s->db);
		goto out;
	}
	rc = session_wake(s, e);
	if (rc == 0)
		rc = handover_get(s->db, h.id, &h, e);
	if (rc == 0)
		rc = handover_say(s, &h, e);
out:
	pair_free(&p);
	return rc;
}

static int
handover_notify(struct session *s, const struct handover *h, struct err *e)
{
	int64_t statement[2];

	if (session_vault(s, e) == -1 || session_spool(s, e) == -1 ||
	    handover_statement(s->db, s->vault, h, h->old, &statement[0], e) ==
		-1 ||
	    handover_statement(s->db, s->vault, h, h->new, &statement[1], e) ==
		-1)
		return -1;
	if (statement[0] == 0 || statement[1] == 0)
		return err_set(e, ERR_DENIED,
		    "contact %lld has not signed yet: contact handover status "
		    "%lld shows what",
		    (long long)(statement[0] == 0 ? h->old : h->new),
		    (long long)h->id);
	if (db_begin(s->db, e) == -1)
		return -1;
	if (handover_notice_make(s, h, statement, e) == -1 ||
	    db_commit(s->db, e) == -1) {
		db_rollback(s->db);
		return -1;
	}
	if (session_wake(s, e) == -1)
		return -1;
	return handover_say(s, h, e);
}

/* The one that is named, or the newest. */
static int
handover_which(
    struct session *s, const char *word, struct handover *h, struct err *e)
{
	int64_t id, *list;
	size_t count;

	if (word != NULL)
		return option_id(word, "a handover's id", &id, e) == -1
			   ? -1
			   : handover_get(s->db, id, h, e);
	if (handover_list(s->db, &list, &count, e) == -1)
		return -1;
	id = count > 0 ? list[0] : 0;
	free(list);
	if (id == 0)
		return err_set(e, ERR_NOINPUT, "nobody has handed over");
	return handover_get(s->db, id, h, e);
}

/* "status" or "notify"; else two people. */
static int
handover_run(struct session *s, int words, char **word, int64_t until,
    const char *as, struct err *e)
{
	bool status = strcmp(word[0], "status") == 0;
	bool notify = strcmp(word[0], "notify") == 0;
	struct handover h;

	if ((status || notify) && until != 0)
		return err_set(e, ERR_USAGE, "--until is for OLD NEW");
	if (!status && words != 2)
		return err_set(e, ERR_USAGE,
		    notify ? "which handover is it?"
			   : "who hands over, and to whom?");
	if (session_open(s, e) == -1 ||
	    (!status && session_act(s, as, e) == -1))
		return -1;
	if (!status && !notify)
		return handover_make(s, word, until, e);
	if (handover_which(s, words > 1 ? word[1] : NULL, &h, e) == -1)
		return -1;
	return status ? handover_say(s, &h, e) : handover_notify(s, &h, e);
}

int
cli_contact_handover(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"until", required_argument, NULL, 'u'},
	    {"zone", required_argument, NULL, 'z'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	const char *as = NULL, *when = NULL, *zone = NULL;
	int64_t until = 0;
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'a')
			as = optarg;
		else if (c == 'u')
			when = optarg;
		else if (c == 'z')
			zone = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 ||
	    option_operands(argc, argv, 1, 2, "who hands over", e) == -1 ||
	    (when != NULL && when_parse(when, zone, &until, e) == -1))
		return -1;
	return handover_run(s, argc - optind, argv + optind, until, as, e);
}
