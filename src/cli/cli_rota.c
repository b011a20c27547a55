/* noroshi rota: who is on duty. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/rota.h"
#include "cli/command.h"
#include "cli/option.h"
#include "people/contact.h"

static const struct option rota_options[] = {
    {"as", required_argument, NULL, 'a'}, {"json", no_argument, NULL, 'j'},
    {NULL, 0, NULL, 0}};

static int
rota_put(struct session *s, struct err *e)
{
	json_t *list;
	const json_t *o;
	size_t i;

	if (rota_json(s->db, &list, e) == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out, list, e);
	json_array_foreach(list, i, o)
	{
		output_put(&s->out, "%lld %s\n",
		    (long long)json_integer_value(
			json_object_get(o, "contact")),
		    output_string(o, "name"));
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
		return err_in(e, "%s", who);
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
