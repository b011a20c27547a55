#include "message/part.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "message/filename.h"

#define HEAD_STRINGS_MAX 100000 /* message ids or warnings of one list */

void
mailboxes_add(struct mailboxes *l, const char *name, const char *address)
{
	l->item = xgrow(l->item, l->count, sizeof(*l->item));
	l->item[l->count].name = xstrdup_null(name);
	l->item[l->count].address = xstrdup(address);
	l->count++;
}

void
mailboxes_free(struct mailboxes *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->item[i].name);
		free(l->item[i].address);
	}
	free(l->item);
	l->item = NULL;
	l->count = 0;
}

static void
part_clear(struct part *p)
{
	free(p->type);
	free(p->charset);
	free(p->encoding);
	free(p->name);
	free(p->disposition);
	free(p->content_id);
	free(p->protocol);
	free(p->micalg);
	free(p->report_type);
	free(p->protection);
}

static void
head_clear(struct head *h)
{
	mailboxes_free(&h->from);
	mailboxes_free(&h->sender);
	mailboxes_free(&h->reply_to);
	mailboxes_free(&h->to);
	mailboxes_free(&h->cc);
	free(h->subject);
	free(h->message_id);
	strs_free(&h->in_reply_to);
	strs_free(&h->references);
	free(h->conversation);
	free(h->date_text);
	strs_free(&h->warnings);
}

void
part_table_free(struct part_table *t)
{
	for (size_t i = 0; i < t->parts; i++)
		part_clear(&t->part[i]);
	for (size_t i = 0; i < t->fields; i++) {
		free(t->field[i].name);
		free(t->field[i].value);
	}
	for (size_t i = 0; i < t->heads; i++)
		head_clear(&t->head[i]);
	free(t->part);
	free(t->field);
	free(t->head);
	strs_free(&t->warnings);
	memset(t, 0, sizeof(*t));
}

static void
pack_part(const struct part *p, struct buf *b)
{
	pack_u64(b, p->parent);
	pack_u64(b, p->start);
	pack_u64(b, p->body);
	pack_u64(b, p->end);
	pack_str(b, p->type);
	pack_str(b, p->charset);
	pack_str(b, p->encoding);
	pack_str(b, p->name);
	pack_str(b, p->disposition);
	pack_str(b, p->content_id);
	pack_str(b, p->protocol);
	pack_str(b, p->micalg);
	pack_str(b, p->report_type);
	pack_str(b, p->protection);
	pack_bool(b, p->legacy_display);
	pack_bool(b, p->flowed);
	pack_bool(b, p->delsp);
}

static void
pack_mailboxes(const struct mailboxes *l, struct buf *b)
{
	pack_u64(b, l->count);
	for (size_t i = 0; i < l->count; i++) {
		pack_str(b, l->item[i].name);
		pack_str(b, l->item[i].address);
	}
}

static void
pack_head(const struct head *h, struct buf *b)
{
	pack_u64(b, h->part);
	pack_mailboxes(&h->from, b);
	pack_mailboxes(&h->sender, b);
	pack_mailboxes(&h->reply_to, b);
	pack_mailboxes(&h->to, b);
	pack_mailboxes(&h->cc, b);
	pack_u64(b, h->from_fields);
	pack_str(b, h->subject);
	pack_str(b, h->message_id);
	pack_strs(b, &h->in_reply_to);
	pack_strs(b, &h->references);
	pack_str(b, h->conversation);
	pack_str(b, h->date_text);
	pack_i64(b, h->date);
	pack_strs(b, &h->warnings);
}

void
part_table_pack(const struct part_table *t, struct buf *b)
{
	pack_u64(b, t->parts);
	for (size_t i = 0; i < t->parts; i++)
		pack_part(&t->part[i], b);
	pack_u64(b, t->fields);
	for (size_t i = 0; i < t->fields; i++) {
		pack_u64(b, t->field[i].part);
		pack_str(b, t->field[i].name);
		pack_str(b, t->field[i].value);
	}
	pack_u64(b, t->heads);
	for (size_t i = 0; i < t->heads; i++)
		pack_head(&t->head[i], b);
	pack_strs(b, &t->warnings);
}

/* The parser reads strangers' bytes; what it sends is looked at once more. */
static char *
unpack_line(struct unpack *u)
{
	char *s = unpack_str(u);

	if (s != NULL && !utf8_is_line(s))
		u->bad = true;
	return s;
}

/* Always gives a string, so that nobody meets NULL where none may be. */
static char *
unpack_present(struct unpack *u)
{
	char *s = unpack_line(u);

	if (s == NULL) {
		u->bad = true;
		s = xstrdup("");
	}
	return s;
}

static void
unpack_lines(struct unpack *u, struct strs *l)
{
	unpack_strs(u, l, HEAD_STRINGS_MAX);
	for (size_t i = 0; i < l->count; i++)
		if (!utf8_is_line(l->item[i]))
			u->bad = true;
}

static void
unpack_part(struct unpack *u, struct part *p)
{
	p->parent = (uint32_t)unpack_max(u, UINT32_MAX);
	p->start = unpack_u64(u);
	p->body = unpack_u64(u);
	p->end = unpack_u64(u);
	p->type = unpack_present(u);
	p->charset = unpack_line(u);
	p->encoding = unpack_present(u);
	p->name = unpack_line(u);
	p->disposition = unpack_line(u);
	p->content_id = unpack_line(u);
	p->protocol = unpack_line(u);
	p->micalg = unpack_line(u);
	p->report_type = unpack_line(u);
	p->protection = unpack_line(u);
	p->legacy_display = unpack_bool(u);
	p->flowed = unpack_bool(u);
	p->delsp = unpack_bool(u);
	if (p->name != NULL && !filename_is_safe(p->name))
		u->bad = true;
}

/* Checks the newest part against the bytes and against its parent. */
static bool
part_is_sound(const struct part_table *t, size_t i, uint64_t size)
{
	const struct part *p = &t->part[i];
	const struct part *up;

	if (p->start > p->body || p->body > p->end || p->end > size)
		return false;
	if (i == 0)
		return p->parent == PART_NONE;
	if (p->parent >= i)
		return false;
	up = &t->part[p->parent];
	return p->start >= up->body && p->end <= up->end;
}

static void
unpack_parts(struct part_table *t, struct unpack *u, uint64_t size, size_t max)
{
	uint64_t count = unpack_max(u, max);

	if (count == 0)
		u->bad = true;
	for (uint64_t i = 0; i < count && !u->bad; i++) {
		struct part *p;

		t->part = xgrow(t->part, t->parts, sizeof(*t->part));
		p = &t->part[t->parts];
		memset(p, 0, sizeof(*p));
		unpack_part(u, p);
		t->parts++;
		if (u->bad || !part_is_sound(t, t->parts - 1, size)) {
			u->bad = true;
			return;
		}
		if (p->parent != PART_NONE)
			p->depth = t->part[p->parent].depth + 1;
	}
}

static void
unpack_fields(struct part_table *t, struct unpack *u)
{
	uint64_t count = unpack_u64(u);

	for (uint64_t i = 0; i < count && !u->bad; i++) {
		struct field *f;

		t->field = xgrow(t->field, t->fields, sizeof(*t->field));
		f = &t->field[t->fields++];
		f->part = (uint32_t)unpack_max(u, UINT32_MAX);
		f->name = unpack_present(u);
		f->value = unpack_present(u);
		if (f->part >= t->parts ||
		    (t->fields > 1 && f->part < f[-1].part))
			u->bad = true;
	}
}

static void
unpack_mailboxes(struct unpack *u, struct mailboxes *l)
{
	uint64_t count = unpack_u64(u);

	for (uint64_t i = 0; i < count && !u->bad; i++) {
		char *name = unpack_line(u);
		char *address = unpack_present(u);

		mailboxes_add(l, name, address);
		free(name);
		free(address);
	}
}

static void
unpack_head(struct unpack *u, struct head *h)
{
	h->part = (uint32_t)unpack_max(u, UINT32_MAX);
	unpack_mailboxes(u, &h->from);
	unpack_mailboxes(u, &h->sender);
	unpack_mailboxes(u, &h->reply_to);
	unpack_mailboxes(u, &h->to);
	unpack_mailboxes(u, &h->cc);
	h->from_fields = (uint32_t)unpack_max(u, UINT32_MAX);
	h->subject = unpack_line(u);
	h->message_id = unpack_line(u);
	unpack_lines(u, &h->in_reply_to);
	unpack_lines(u, &h->references);
	h->conversation = unpack_line(u);
	h->date_text = unpack_line(u);
	h->date = unpack_i64(u);
	unpack_lines(u, &h->warnings);
}

static void
unpack_heads(struct part_table *t, struct unpack *u)
{
	uint64_t count = unpack_u64(u);

	for (uint64_t i = 0; i < count && !u->bad; i++) {
		struct head *h;

		t->head = xgrow(t->head, t->heads, sizeof(*t->head));
		h = &t->head[t->heads++];
		memset(h, 0, sizeof(*h));
		unpack_head(u, h);
		if (h->part >= t->parts ||
		    (t->heads > 1 && h->part <= h[-1].part))
			u->bad = true;
	}
}

int
part_table_unpack(
    struct part_table *t, struct unpack *u, uint64_t size, size_t max_parts)
{
	memset(t, 0, sizeof(*t));
	unpack_parts(t, u, size, max_parts);
	unpack_fields(t, u);
	unpack_heads(t, u);
	unpack_lines(u, &t->warnings);
	if (u->bad) {
		part_table_free(t);
		return -1;
	}
	return 0;
}

const struct head *
part_head(const struct part_table *t, uint32_t part)
{
	size_t low = 0, high = t->heads;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->head[mid].part < part)
			low = mid + 1;
		else
			high = mid;
	}
	return low < t->heads && t->head[low].part == part ? &t->head[low]
							   : NULL;
}

size_t
part_fields(const struct part_table *t, uint32_t part)
{
	size_t low = 0, high = t->fields;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->field[mid].part < part)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const char *
part_field(const struct part_table *t, uint32_t part, const char *name)
{
	for (size_t i = part_fields(t, part);
	     i < t->fields && t->field[i].part == part; i++)
		if (strcasecmp(t->field[i].name, name) == 0)
			return t->field[i].value;
	return NULL;
}

uint32_t
part_child(const struct part_table *t, uint32_t part, size_t n)
{
	if (part == PART_NONE)
		return PART_NONE;
	/* Children stand behind their parents. */
	for (size_t i = part + (size_t)1; i < t->parts; i++)
		if (t->part[i].parent == part && n-- == 0)
			return (uint32_t)i;
	return PART_NONE;
}

bool
part_within(const struct part_table *t, uint32_t part, uint32_t ancestor)
{
	while (part != ancestor && part < t->parts)
		part = t->part[part].parent;
	return part == ancestor && part < t->parts;
}
