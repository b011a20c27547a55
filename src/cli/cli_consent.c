/* noroshi consent: what sources allowed us by signed mail. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cases/consent.h"
#include "cases/recipient.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/when.h"
#include "people/community.h"
#include "store/value.h"

#define CONDITIONS_MAX 1000 /* bytes */
#define COMMUNITY "community:"

struct consent_wish {
	const char *as, *message, *label, *until, *conditions;
	struct strs to;
};

static int
consent_options(struct session *s, int argc, char **argv,
    struct consent_wish *w, struct err *e)
{
	static const struct option table[] = {
	    {"message", required_argument, NULL, 'm'},
	    {"to", required_argument, NULL, 't'},
	    {"label", required_argument, NULL, 'l'},
	    {"until", required_argument, NULL, 'u'},
	    {"conditions", required_argument, NULL, 'c'},
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'm')
			w->message = optarg;
		else if (c == 't')
			strs_split(&w->to, optarg, ",");
		else if (c == 'l')
			w->label = optarg;
		else if (c == 'u')
			w->until = optarg;
		else if (c == 'c')
			w->conditions = optarg;
		else if (c == 'a')
			w->as = optarg;
		else
			s->out.json = true;
	}
	/* After --to, further words are meant too: --to A B. */
	for (int i = optind; c != -1 && i < argc && w->to.count > 0; i++)
		strs_add(&w->to, argv[i]);
	return c;
}

static int
consent_check(const struct consent_wish *w, struct consent *c, struct err *e)
{
	if (w->message == NULL || w->to.count == 0 || w->label == NULL)
		return err_set(e, ERR_USAGE, "%s is missing",
		    w->message == NULL ? "--message"
		    : w->to.count == 0 ? "--to"
				       : "--label");
	if (!noroshi_tlp_parse(w->label, &c->label))
		return err_set(e, ERR_USAGE,
		    "\"%s\" is not a label (RED, AMBER+STRICT, AMBER, GREEN, "
		    "CLEAR)",
		    w->label);
	if (w->conditions != NULL &&
	    (w->conditions[0] == '\0' ||
		strlen(w->conditions) > CONDITIONS_MAX ||
		!utf8_is(w->conditions, strlen(w->conditions))))
		return err_set(e, ERR_DATA,
		    "--conditions: 1 to %d bytes of UTF-8 expected",
		    CONDITIONS_MAX);
	if (w->until != NULL && when_parse(w->until, NULL, &c->until, e) == -1)
		return -1;
	c->conditions = xstrdup_null(w->conditions);
	return option_id(w->message, "a message", &c->message, e);
}

/* A contact, and a list, as they are found when something leaves. */
static int
consent_who_add(
    struct session *s, const char *who, struct consent *c, struct err *e)
{
	struct community list;
	char *address, *fold;

	if (strncmp(who, COMMUNITY, strlen(COMMUNITY)) == 0) {
		if (community_find(s->db, who + strlen(COMMUNITY), &list, e) ==
		    -1)
			return -1;
		address = xasprintf(COMMUNITY "%s", list.name);
		strs_add_once(&c->to, address);
		free(address);
		community_free(&list);
		return 0;
	}
	if (recipient_address(s->db, who, &address, e) == -1)
		return -1;
	fold = contact_address_fold(address);
	if (fold != NULL)
		strs_add_once(&c->to, fold);
	free(fold);
	free(address);
	return 0;
}

static json_t *
consent_json(const struct consent *c)
{
	return json_pack("{s:I, s:I, s:I, s:o, s:s, s:o, s:s?, s:o, s:o}", "id",
	    (json_int_t)c->id, "contact", (json_int_t)c->contact, "message",
	    (json_int_t)c->message, "case", value_id(c->cases), "label",
	    noroshi_tlp_name(c->label), "until", value_time(c->until),
	    "conditions", c->conditions, "to", value_strs(&c->to), "at",
	    value_time(c->at));
}

static int
consent_write(struct session *s, struct consent *c, struct err *e)
{
	if (db_begin(s->db, e) == -1)
		return -1;
	if (consent_add(s->db, s->vault, clock_now(NULL), c, e) == -1 ||
	    session_audit(s, "consent.added", c->message, c->cases, c->contact,
		json_pack("{s:I, s:s, s:o, s:o}", "consent", (json_int_t)c->id,
		    "label", noroshi_tlp_name(c->label), "until",
		    value_time(c->until), "to", value_strs(&c->to)),
		e) == -1 ||
	    db_commit(s->db, e) == -1) {
		db_rollback(s->db);
		return -1;
	}
	return 0;
}

int
cli_consent_add(struct session *s, int argc, char **argv, struct err *e)
{
	struct consent_wish w = {0};
	struct consent c = {0};
	int rc = -1;

	if (consent_options(s, argc, argv, &w, e) == -1 ||
	    consent_check(&w, &c, e) == -1 || session_open(s, e) == -1 ||
	    session_act(s, w.as, e) == -1 || session_vault(s, e) == -1)
		goto out;
	for (size_t i = 0; i < w.to.count; i++)
		if (consent_who_add(s, w.to.item[i], &c, e) == -1)
			goto out;
	if (consent_write(s, &c, e) == -1)
		goto out;
	rc = 0;
	if (s->out.json)
		rc = output_json(&s->out, consent_json(&c), e);
	else
		output_put(&s->out, "%lld\n", (long long)c.id);
out:
	consent_free(&c);
	strs_free(&w.to);
	return rc;
}

static void
consent_row(struct table *t, const struct consent *c)
{
	char time[CLOCK_RFC3339], number[24];
	char *to = strs_join(&c->to, " ");

	(void)snprintf(number, sizeof(number), "%lld", (long long)c->id);
	table_cell(t, number);
	(void)snprintf(number, sizeof(number), "%lld", (long long)c->message);
	table_cell(t, number);
	table_cell(t, noroshi_tlp_name(c->label));
	table_cell(t, c->until == 0 ? "-" : clock_rfc3339(c->until, time));
	table_cell(t, to);
	table_cell(t, c->conditions == NULL ? "" : c->conditions);
	free(to);
}

int
cli_consent_list(struct session *s, int argc, char **argv, struct err *e)
{
	static const char *const headings[] = {
	    "ID", "MESSAGE", "LABEL", "UNTIL", "TO", "CONDITIONS", NULL};
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	json_t *list = json_array();
	struct consent *c = NULL;
	struct table t;
	size_t count = 0;
	int opt, rc = -1;

	table_init(&t, headings);
	while ((opt = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (opt == 0 && option_operands(argc, argv, 0, 0, "nothing", e) == 0 &&
	    session_open(s, e) == 0 && session_vault(s, e) == 0)
		rc = consent_list(s->db, s->vault, &c, &count, e);
	for (size_t i = 0; i < count; i++) {
		json_array_append_new(list, consent_json(&c[i]));
		consent_row(&t, &c[i]);
		consent_free(&c[i]);
	}
	if (rc == 0 && s->out.json)
		rc = output_json(&s->out, json_incref(list), e);
	else if (rc == 0)
		table_put(&t, &s->out);
	free(c);
	table_free(&t);
	json_decref(list);
	return rc;
}
