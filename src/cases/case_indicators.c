#include "cases/case_indicators.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/case.h"
#include "cases/content_item.h"
#include "people/csv.h"

/* What case_indicators_read holds while it reads. */
struct collect {
	struct case_indicators *out;
	json_t *index; /* "type value": where it stands in out */
};

void
case_indicators_free(struct case_indicators *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->item[i].type);
		free(l->item[i].value);
		json_decref(l->item[i].constituency);
		json_decref(l->item[i].messages);
	}
	free(l->item);
	free(l->name);
	*l = (struct case_indicators){0};
}

/* True where a message, which is unsealed, came in and names an indicator. */
static bool
case_indicators_has(const struct message *m)
{
	return strcmp(m->direction, "in") == 0 &&
	       json_array_size(json_object_get(m->content, "indicators")) > 0;
}

/* The one of that type and value, new or not; NULL: there are too many. */
static struct case_indicator *
collect_at(struct collect *c, const json_t *one)
{
	const char *type = json_string_value(json_object_get(one, "type"));
	const char *value = json_string_value(json_object_get(one, "value"));
	struct case_indicators *l = c->out;
	const json_t *place;
	char *key;

	if (type == NULL || value == NULL)
		return NULL;
	key = xasprintf("%s %s", type, value);
	place = json_object_get(c->index, key);
	if (place == NULL && l->count < CASE_INDICATORS_MAX) {
		json_object_set_new(
		    c->index, key, json_integer((json_int_t)l->count));
		l->item = xgrow(l->item, l->count, sizeof(*l->item));
		l->item[l->count++] =
		    (struct case_indicator){.type = xstrdup(type),
			.value = xstrdup(value),
			.constituency = json_null(),
			.messages = json_array()};
		place = json_object_get(c->index, key);
	}
	free(key);
	if (place == NULL) {
		l->over = true;
		return NULL;
	}
	return &l->item[json_integer_value(place)];
}

static void
collect_one(struct collect *c, const json_t *one, const struct message *m,
    enum noroshi_tlp label)
{
	json_t *place = json_object_get(one, "constituency");
	struct case_indicator *i = collect_at(c, one);

	if (i == NULL)
		return;
	/* The newest message was judged by the newest configuration. */
	if (json_is_boolean(place)) {
		json_decref(i->constituency);
		i->constituency = json_incref(place);
	}
	if (json_array_size(i->messages) == 0 || label > i->label)
		i->label = label;
	if (i->first == 0 || m->received_at < i->first)
		i->first = m->received_at;
	if (m->received_at > i->last)
		i->last = m->received_at;
	json_array_append_new(i->messages, json_integer((json_int_t)m->id));
}

static void
collect_message(struct collect *c, const struct message *m)
{
	struct content_item item;
	const json_t *one;
	size_t i;

	content_item_read(m, &item);
	c->out->messages++;
	if (item.label > c->out->label)
		c->out->label = item.label;
	if (m->received_at > c->out->last)
		c->out->last = m->received_at;
	json_array_foreach(json_object_get(m->content, "indicators"), i, one)
	{
		collect_one(c, one, m, item.label);
	}
}

static int
collect_read(struct collect *c, struct db *db, struct vault *v, int64_t id,
    const struct case_indicators_asker *asker, struct err *e)
{
	struct err why = {0};
	struct message m;
	bool may = false;
	int rc = 0;

	if (message_get(db, id, &m, e) == -1)
		return -1;
	if (message_unseal(db, v, &m, &why) == -1) {
		if (why.code != ERR_NOINPUT)
			rc = err_set(e, why.code, "%s", why.text);
	} else if (case_indicators_has(&m)) {
		rc = asker->may(asker->context, &m, &may, e);
		if (rc == 0 && may)
			collect_message(c, &m);
		else if (rc == 0)
			c->out->withheld++;
	}
	message_free(&m);
	return rc;
}

int
case_indicators_read(struct db *db, struct vault *v, int64_t cases,
    const struct case_indicators_asker *asker, enum noroshi_tlp least,
    struct case_indicators *out, struct err *e)
{
	const struct message_filter f = {.cases = cases};
	struct collect c = {.out = out};
	struct case_file file;
	int64_t *id = NULL;
	size_t count = 0;
	int rc = 0;

	*out = (struct case_indicators){.label = NOROSHI_TLP_CLEAR};
	if (case_get(db, NULL, cases, &file, e) == -1)
		return -1;
	case_floor(&file);
	out->name = xstrdup(file.name);
	out->opened_at = file.opened_at;
	c.index = json_object();
	if (message_list(db, &f, &id, &count, e) == -1)
		rc = -1;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = collect_read(&c, db, v, id[i], asker, e);
	if (out->messages == 0)
		out->label = least;
	if (file.has_label && file.label > out->label)
		out->label = file.label;
	free(id);
	json_decref(c.index);
	case_free(&file);
	if (rc == -1)
		case_indicators_free(out);
	return rc;
}

static const char *
place_word(const json_t *constituency)
{
	return json_is_true(constituency)    ? "inside"
	       : json_is_false(constituency) ? "outside"
					     : "";
}

void
case_indicators_csv(const struct case_indicators *l, struct buf *out)
{
	char first[CLOCK_RFC3339], last[CLOCK_RFC3339];

	buf_puts(out,
	    "tlp,type,value,constituency,first_seen,last_seen,messages\r\n");
	for (size_t i = 0; i < l->count; i++) {
		const struct case_indicator *one = &l->item[i];
		const json_t *id;
		size_t k;

		buf_putf(
		    out, "TLP:%s,%s,", noroshi_tlp_name(one->label), one->type);
		csv_put(out, one->value, ',');
		buf_putf(out, "%s,%s,%s,", place_word(one->constituency),
		    clock_rfc3339(one->first, first),
		    clock_rfc3339(one->last, last));
		json_array_foreach(one->messages, k, id)
		{
			buf_putf(out, "%s%lld", k > 0 ? " " : "",
			    (long long)json_integer_value(id));
		}
		buf_puts(out, "\r\n");
	}
}

json_t *
case_indicators_json(const struct case_indicators *l)
{
	json_t *list = json_array();
	char first[CLOCK_RFC3339], last[CLOCK_RFC3339];

	for (size_t i = 0; i < l->count; i++) {
		const struct case_indicator *one = &l->item[i];

		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s, s:O, s:s, s:s, s:O}",
			      "type", one->type, "value", one->value, "tlp",
			      noroshi_tlp_name(one->label), "constituency",
			      one->constituency, "first_seen",
			      clock_rfc3339(one->first, first), "last_seen",
			      clock_rfc3339(one->last, last), "messages",
			      one->messages));
	}
	return list;
}

char *
case_indicators_file(const struct case_indicators *l, const char *ending)
{
	return xasprintf("%s-indicators.TLP-%s.%s", l->name,
	    noroshi_tlp_name(l->label), ending);
}
