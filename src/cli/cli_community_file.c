/* noroshi community export: a community's members as a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "cli/command.h"
#include "cli/communities.h"
#include "cli/option.h"
#include "people/csv.h"

#define FILE_MAX (16U << 20) /* bytes of a file that is made */

static char *
export_time(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;
	char text[32] = "";

	if (at != 0 && gmtime_r(&t, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return xstrdup(text);
}

/* What happened to one member, as words with their times. */
static int
export_history(struct session *s, int64_t community, int64_t contact,
    struct strs *words, json_t *list, struct err *e)
{
	struct membership_event *h = NULL;
	size_t count = 0;
	int rc = membership_history(s->db, community, contact, &h, &count, e);

	for (size_t i = 0; i < count && rc == 0; i++) {
		char *at = export_time(h[i].at);
		char *word = xasprintf("%s %s", at, h[i].event);

		strs_add(words, word);
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s?}", "at", at, "event",
			      h[i].event, "detail", h[i].detail));
		free(word);
		free(at);
	}
	membership_history_free(h, count);
	return rc;
}

static int
export_sponsors(struct session *s, const struct sponsorship *v, size_t count,
    int64_t contact, struct strs *addresses, json_t *list, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct contact by = {0};

		if (v[i].contact != contact)
			continue;
		if (contact_get(s->db, v[i].sponsor, &by, e) == -1)
			return -1;
		if (by.addresses.count > 0)
			strs_add(addresses, by.addresses.item[0]);
		json_array_append_new(list,
		    json_pack("{s:I, s:s?, s:o, s:b}", "contact",
			(json_int_t)by.id, "address",
			by.addresses.count > 0 ? by.addresses.item[0] : NULL,
			"evidence",
			v[i].evidence == 0 ? json_null()
					   : json_integer(v[i].evidence),
			"left", (int)v[i].review));
		contact_free(&by);
	}
	return 0;
}

static void
export_cells(struct buf *csv, const struct membership *m,
    const struct contact *c, const struct strs *keys,
    const struct strs *sponsors, const struct strs *history)
{
	char *joined[] = {strs_join(&c->addresses, " "), strs_join(keys, " "),
	    export_time(m->joined_at), export_time(m->left_at),
	    strs_join(sponsors, " "), strs_join(history, "; ")};

	csv_put(csv, joined[0], ',');
	csv_put(csv, c->name, ',');
	csv_put(csv, c->organisation == NULL ? "" : c->organisation, ',');
	csv_put(csv, class_name(c->class), ',');
	csv_put(csv, joined[1], ',');
	csv_put(csv, m->state, ',');
	csv_put(csv, joined[2], ',');
	csv_put(csv, joined[3], ',');
	csv_put(csv, joined[4], ',');
	csv_put(csv, joined[5], '\n');
	for (size_t i = 0; i < sizeof(joined) / sizeof(joined[0]); i++)
		free(joined[i]);
}

static json_t *
export_strings(const struct strs *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(list, json_string(l->item[i]));
	return list;
}

static int
export_member(struct session *s, int64_t community, const struct membership *m,
    const struct sponsorship *v, size_t vouched, struct buf *csv, json_t *all,
    struct err *e)
{
	struct strs keys = {0}, sponsors = {0}, history = {0};
	json_t *by = json_array(), *events = json_array();
	struct contact c = {0};
	int rc = contact_get(s->db, m->contact, &c, e);

	for (size_t i = 0; i < c.keys; i++)
		strs_add(&keys, c.key[i].fingerprint);
	if (rc == 0)
		rc = export_sponsors(
		    s, v, vouched, m->contact, &sponsors, by, e);
	if (rc == 0)
		rc = export_history(
		    s, community, m->contact, &history, events, e);
	if (rc == 0) {
		export_cells(csv, m, &c, &keys, &sponsors, &history);
		json_array_append_new(all,
		    json_pack("{s:I, s:s, s:s?, s:s, s:o, s:o, s:s, s:I, s:o,"
			      " s:O, s:O}",
			"contact", (json_int_t)c.id, "name", c.name,
			"organisation", c.organisation, "class",
			class_name(c.class), "addresses",
			export_strings(&c.addresses), "fingerprints",
			export_strings(&keys), "state", m->state, "joined_at",
			(json_int_t)m->joined_at, "left_at",
			m->left_at == 0 ? json_null()
					: json_integer(m->left_at),
			"sponsors", by, "history", events));
	}
	json_decref(by);
	json_decref(events);
	strs_free(&keys);
	strs_free(&sponsors);
	strs_free(&history);
	contact_free(&c);
	return rc;
}

int
cli_community_export(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct membership *m = NULL;
	struct sponsorship *v = NULL;
	struct community c = {0};
	json_t *all = json_array(), *object;
	size_t count = 0, vouched = 0;
	struct buf csv;
	int o, rc = -1;

	buf_init(&csv, FILE_MAX);
	while ((o = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (o == -1 ||
	    option_operands(argc, argv, 1, 1, "the community's name", e) ==
		-1 ||
	    session_open(s, e) == -1 ||
	    community_find(s->db, argv[optind], &c, e) == -1 ||
	    membership_list(s->db, c.id, true, &m, &count, e) == -1 ||
	    sponsorship_list(s->db, c.id, &v, &vouched, e) == -1)
		goto out;
	buf_puts(&csv, "addresses,name,organisation,class,fingerprints,state,"
		       "joined_at,left_at,sponsors,history\r\n");
	rc = 0;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = export_member(s, c.id, &m[i], v, vouched, &csv, all, e);
	if (rc == 0 && csv.over)
		rc = err_set(e, ERR_DATA, "the list is too long");
	if (rc == 0 && s->out.json) {
		object = communities_object(&c);
		json_object_set(object, "people", all);
		rc = output_json(&s->out, object, e);
	} else if (rc == 0) {
		output_text(&s->out, buf_str(&csv), csv.len);
	}
out:
	membership_list_free(m, count);
	free(v);
	json_decref(all);
	buf_free(&csv);
	community_free(&c);
	return rc;
}
