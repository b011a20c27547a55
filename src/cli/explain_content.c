#include "cli/explain_content.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/bound.h"
#include "cases/content_item.h"
#include "cases/document.h"
#include "cases/message.h"
#include "cli/option.h"
#include "message/json.h"
#include "people/community.h"

#define ATTACHMENT_MAX (64U << 20) /* bytes of a file that is looked at */

static struct content_item *
explain_add(struct explain *x, const struct content_item *item)
{
	x->item = xgrow(x->item, x->items, sizeof(*x->item));
	x->item[x->items] = *item;
	return &x->item[x->items++];
}

/* A stored message as an item; its case is that of all where none was named. */
static int
explain_message(struct session *s, struct explain *x, int64_t id, struct err *e)
{
	struct content_item item;
	struct message m;
	struct err why = {0};

	if (message_get(s->db, id, &m, e) == -1)
		return -1;
	if (message_unseal(s->db, s->vault, &m, &why) == -1 &&
	    why.code != ERR_NOINPUT) {
		message_free(&m);
		return err_set(e, why.code, "%s", why.text);
	}
	content_item_read(&m, &item);
	item.answered = x->message;
	explain_add(x, &item);
	if (x->cases == 0 && id == x->message)
		x->cases = m.cases;
	message_free(&m);
	return 0;
}

/* The first item: our own text, or the message that is passed on. */
static int
explain_first(struct session *s, struct explain *x, struct err *e)
{
	const struct case_file *c = &x->incident;

	if (x->message != 0) {
		if (explain_message(s, x, x->message, e) == -1)
			return -1;
	} else {
		explain_add(
		    x, &(struct content_item){.origin = NOROSHI_ORIGIN_OURS});
	}
	x->floor.asked = x->label;
	if (x->label < x->item[0].label) {
		x->floor.lowered = true;
		x->floor.lowered_third =
		    x->item[0].origin == NOROSHI_ORIGIN_THIRD;
	}
	if (x->label > x->item[0].label) {
		x->item[0].label = x->label;
		x->item[0].label_by_default = false;
	}
	if (x->cases == 0)
		return 0;
	if (case_get(s->db, NULL, x->cases, &x->incident, e) == -1 ||
	    case_embargo(s->db, x->cases, &x->embargo, e) == -1)
		return -1;
	case_floor(&x->incident);
	if (x->embargo > clock_now(NULL) &&
	    x->item[0].label < NOROSHI_TLP_AMBER) {
		x->item[0].label = NOROSHI_TLP_AMBER;
		x->floor.lowered = true;
	}
	if (c->has_label && c->label > x->item[0].label)
		x->floor.lowered = true;
	if (c->has_label && c->label >= x->item[0].label) {
		x->item[0].label = c->label;
		x->item[0].label_by_default = false;
	}
	return 0;
}

/* The messages of the case that have a file of that hash. */
static int
explain_file(struct session *s, struct explain *x, const char *sha,
    const struct message_filter *f, struct err *e)
{
	int64_t *id;
	size_t count;
	int rc = 0;

	if (message_list(s->db, f, &id, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count && rc == 0; i++) {
		struct message m;
		struct err why = {0};
		const json_t *one;
		bool has = false;
		size_t k;

		rc = message_get(s->db, id[i], &m, e);
		if (rc == -1)
			break;
		if (message_unseal(s->db, s->vault, &m, &why) == -1 &&
		    why.code != ERR_NOINPUT)
			rc = err_set(e, why.code, "%s", why.text);
		json_array_foreach(
		    json_object_get(m.content, "attachments"), k, one)
		{
			const char *have = output_string(one, "sha256");

			has = has || (have != NULL && strcmp(have, sha) == 0);
		}
		message_free(&m);
		if (has && rc == 0)
			rc = explain_message(s, x, id[i], e);
	}
	free(id);
	return rc;
}

/* The caller's own files; what strangers sent is read by the parser. */
static int
explain_json(void *context, const void *data, size_t len, struct leaves *out,
    struct err *e)
{
	(void)context;
	(void)e;
	*out = (struct leaves){0};
	json_leaves(out, data, len);
	return 0;
}

/* What a file says raises our own text. */
static int
explain_document(
    struct explain *x, const char *name, const struct buf *data, struct err *e)
{
	static const struct document_json json = {.leaves = explain_json};
	struct noroshi_tlp_found f = {0};
	struct document d;

	if (document_read(name, data, &json, &d, e) == -1)
		return -1;
	if (d.opaque != NULL)
		x->floor.opaque = d.opaque;
	if (d.text) {
		(void)noroshi_tlp_find(
		    buf_str(data), data->len, NOROSHI_TLP_BODY, &f);
		if (f.found)
			marking_join(&d.marking,
			    &(struct marking){.found = true, .label = f.label});
		if (f.quoted)
			marking_join(
			    &d.marking, &(struct marking){.found = true,
					    .label = f.quoted_label});
	}
	if (d.marking.unshared)
		marking_join(&d.marking,
		    &(struct marking){.found = true, .label = NOROSHI_TLP_RED});
	if (!d.marking.found)
		return 0;
	explain_add(x, &(struct content_item){.origin = NOROSHI_ORIGIN_OURS,
			   .label = d.marking.label,
			   .answered = x->message});
	if (d.marking.label > x->label)
		x->floor.attachment_raised = true;
	return 0;
}

/* Labels in a file raise our own text; its bytes may be another's. */
static int
explain_attach(
    struct session *s, struct explain *x, const char *path, struct err *e)
{
	const struct message_filter f = {.cases = x->cases};
	const char *name = strrchr(path, '/');
	char sha[SPOOL_SHA];
	struct buf data;
	int rc;

	name = name == NULL ? path : name + 1;
	buf_init_secret(&data, ATTACHMENT_MAX);
	rc = session_read_file(path, &data, e);
	if (rc == 0)
		spool_sha(data.data, data.len, sha);
	if (rc == 0)
		rc = explain_document(x, name, &data, e);
	buf_free(&data);
	if (rc == -1)
		return -1;
	return x->cases == 0 ? 0 : explain_file(s, x, sha, &f, e);
}

/* The address of a community of ours means its members, as for send. */
static void
explain_lists(struct session *s, struct explain *x)
{
	for (size_t i = 0; i < x->to.count; i++) {
		struct community c = {0};
		struct err none = {0};

		if (strncmp(x->to.item[i], COMMUNITY, strlen(COMMUNITY)) == 0 ||
		    strchr(x->to.item[i], '@') == NULL ||
		    community_find(s->db, x->to.item[i], &c, &none) == -1)
			continue;
		free(x->to.item[i]);
		x->to.item[i] = xasprintf(COMMUNITY "%s", c.name);
		community_free(&c);
	}
}

int
explain_content_find(struct session *s, struct explain *x, struct err *e)
{
	struct case_file c;
	int64_t id;

	explain_lists(s, x);
	if (x->case_name != NULL) {
		if (case_find(s->db, NULL, x->case_name, &c, e) == -1)
			return -1;
		x->cases = c.id;
		case_free(&c);
	}
	if (explain_first(s, x, e) == -1)
		return -1;
	for (size_t i = 0; i < x->quote.count; i++)
		if (option_id(x->quote.item[i], "a message", &id, e) == -1 ||
		    explain_message(s, x, id, e) == -1)
			return -1;
	for (size_t i = 1; i < x->items; i++)
		if (x->item[i].label > x->label)
			x->floor.raised = true;
	for (size_t i = 0; i < x->attach.count; i++)
		if (explain_attach(s, x, x->attach.item[i], e) == -1)
			return -1;
	x->floor.item = x->item;
	x->floor.items = x->items;
	for (size_t i = 0; i < x->items; i++)
		if (x->item[i].label > x->floor.label)
			x->floor.label = x->item[i].label;
	if (x->as != NULL)
		return contact_get(s->db, s->contact, &x->author, e);
	x->author.class = CLASS_STAFF;
	strs_add(&x->author.roles, "poc");
	return 0;
}
