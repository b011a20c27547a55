/* noroshi rota: who is on duty, and who is in whose place. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/absence.h"
#include "cases/rota.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/when.h"
#include "people/contact.h"
#include "store/value.h"

static const struct option rota_options[] = {
    {"as", required_argument, NULL, 'a'}, {"json", no_argument, NULL, 'j'},
    {NULL, 0, NULL, 0}};

/* Those whose mailbox says that they are away. */
static int
rota_mailboxes(struct session *s, json_t *list, struct err *e)
{
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		bool is;

		if (absence_is(s->db,
			json_integer_value(json_object_get(o, "contact")),
			clock_now(NULL), &is, e) == -1)
			return -1;
		json_object_set_new(o, "absent", json_boolean(is));
	}
	return 0;
}

static int
rota_put(struct session *s, struct err *e)
{
	json_t *list;
	const json_t *o;
	size_t i;

	if (rota_json(s->db, &list, e) == -1)
		return -1;
	if (rota_mailboxes(s, list, e) == -1) {
		json_decref(list);
		return -1;
	}
	if (s->out.json)
		return output_json(&s->out, list, e);
	json_array_foreach(list, i, o)
	{
		const char *until = output_string(o, "absent_until");
		json_int_t other =
		    json_integer_value(json_object_get(o, "substitute"));

		output_put(&s->out, "%lld %s",
		    (long long)json_integer_value(
			json_object_get(o, "contact")),
		    output_string(o, "name"));
		if (until != NULL)
			output_put(&s->out, ", away until %s", until);
		else if (json_is_true(json_object_get(o, "absent")))
			output_put(&s->out, ", away, says their mailbox");
		if (other != 0)
			output_put(&s->out, ", contact %lld instead",
			    (long long)other);
		output_put(&s->out, "\n");
	}
	json_decref(list);
	return 0;
}

int
cli_rota_list(struct session *s, int argc, char **argv, struct err *e)
{
	int c;

	while ((c = option_next(argc, argv, rota_options + 1, e)) > 0)
		s->out.json = true;
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1 ||
	    session_open(s, e) == -1)
		return -1;
	return rota_put(s, e);
}

static int
rota_find(struct session *s, const char *who, int64_t *id, struct err *e)
{
	struct contact c;

	if (contact_find(s->db, who, &c, e) == -1)
		return -1;
	*id = c.id;
	if (c.class != CLASS_STAFF) {
		contact_free(&c);
		return err_set(e, ERR_DATA, "%s is not of the staff", who);
	}
	contact_free(&c);
	return 0;
}

static int
rota_replace(struct session *s, int count, char **who, struct err *e)
{
	int64_t *id = xcalloc((size_t)count + 1, sizeof(*id));
	json_t *list = json_array();
	int rc = 0;

	for (int i = 0; i < count && rc == 0; i++) {
		rc = rota_find(s, who[i], &id[i], e);
		json_array_append_new(list, json_integer(id[i]));
	}
	if (rc == 0)
		rc = rota_set(s->db, clock_now(NULL), id, (size_t)count, e);
	if (rc == 0)
		rc = session_audit(s, "rota.set", 0, 0, s->contact,
		    json_pack("{s:O}", "contacts", list), e);
	json_decref(list);
	free(id);
	return rc;
}

int
cli_rota_set(struct session *s, int argc, char **argv, struct err *e)
{
	const char *as = NULL;
	int c;

	while ((c = option_next(argc, argv, rota_options, e)) > 0) {
		if (c == 'a')
			as = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 ||
	    option_operands(argc, argv, 0, 1000, "the contacts on duty", e) ==
		-1 ||
	    session_open(s, e) == -1 || session_act(s, as, e) == -1 ||
	    db_begin(s->db, e) == -1)
		return -1;
	if (rota_replace(s, argc - optind, argv + optind, e) == -1 ||
	    db_commit(s->db, e) == -1) {
		db_rollback(s->db);
		return -1;
	}
	return rota_put(s, e);
}

/* until 0: they are back. */
static int
rota_leave(struct session *s, const char *who, int64_t until,
    const char *instead, struct err *e)
{
	int64_t id, other = 0, now = clock_now(NULL);

	if (until != 0 && until <= now)
		return err_set(e, ERR_USAGE, "--until is a time that is over");
	if (rota_find(s, who, &id, e) == -1 ||
	    (instead != NULL && rota_find(s, instead, &other, e) == -1))
		return -1;
	if (id == other)
		return err_set(e, ERR_USAGE, "nobody is their own substitute");
	if (rota_absent(s->db, now, id, until, other, e) == -1)
		return -1;
	return session_audit(s, until == 0 ? "rota.back" : "rota.absent", 0, 0,
	    id,
	    json_pack("{s:I, s:o}", "until", (json_int_t)until, "substitute",
		value_id(other)),
	    e);
}

static int
rota_change(struct session *s, int argc, char **argv, bool back, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'},
	    {"until", required_argument, NULL, 'u'},
	    {"substitute", required_argument, NULL, 's'},
	    {"zone", required_argument, NULL, 'z'}, {NULL, 0, NULL, 0}};
	const char *as = NULL, *instead = NULL, *when = NULL, *zone = NULL;
	int64_t until = 0;
	int c;

	while (
	    (c = option_next(argc, argv, back ? rota_options : table, e)) > 0) {
		if (c == 'a')
			as = optarg;
		else if (c == 'u')
			when = optarg;
		else if (c == 's')
			instead = optarg;
		else if (c == 'z')
			zone = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, 1, 1, "a contact", e) == -1)
		return -1;
	if (!back && when == NULL)
		return err_set(e, ERR_USAGE, "--until says when they are back");
	if (when != NULL && when_parse(when, zone, &until, e) == -1)
		return -1;
	if (session_open(s, e) == -1 || session_act(s, as, e) == -1 ||
	    db_begin(s->db, e) == -1)
		return -1;
	if (rota_leave(s, argv[optind], until, instead, e) == -1 ||
	    db_commit(s->db, e) == -1) {
		db_rollback(s->db);
		return -1;
	}
	return rota_put(s, e);
}

int
cli_rota_absent(struct session *s, int argc, char **argv, struct err *e)
{
	return rota_change(s, argc, argv, false, e);
}

int
cli_rota_back(struct session *s, int argc, char **argv, struct err *e)
{
	return rota_change(s, argc, argv, true, e);
}
