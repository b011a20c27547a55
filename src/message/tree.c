#include "message/tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "message/etpan.h"
#include "message/filename.h"
#include "message/head.h"
#include "message/header.h"
#include "message/params.h"
#include "message/text.h"

/* The MIME fields of one entity, the first of each. */
struct mime {
	struct params type;
	struct params encoding;
	struct params disposition;
	char *content_id;
};

static void
mime_free(struct mime *m)
{
	params_free(&m->type);
	params_free(&m->encoding);
	params_free(&m->disposition);
	free(m->content_id);
}

static void
mime_read(struct mime *m, const char *block, size_t len, struct strs *warnings)
{
	struct header_walk w;
	struct header_field f;

	memset(m, 0, sizeof(*m));
	header_walk_init(&w, block, len);
	while (header_next(&w, &f)) {
		struct params *to = NULL;
		struct buf line;

		if (header_is(&f, "Content-Type"))
			to = &m->type;
		else if (header_is(&f, "Content-Transfer-Encoding"))
			to = &m->encoding;
		else if (header_is(&f, "Content-Disposition"))
			to = &m->disposition;
		else if (!header_is(&f, "Content-ID"))
			continue;
		if (to == NULL ? m->content_id != NULL : to->value != NULL)
			continue;
		buf_init(&line, 8 * f.body_len + 64);
		header_line(&line, &f, warnings);
		if (to != NULL)
			params_parse(to, buf_str(&line), line.len);
		if (to != NULL && to->more)
			strs_add_once(warnings, "parameters-many");
		if (to == NULL)
			m->content_id = buf_take_str(&line);
		buf_free(&line);
	}
}

/* "text/plain" where nothing, or nothing like a type, was said. */
static char *
type_of(const struct mime *m, bool in_digest)
{
	const char *s = m->type.value;
	const char *slash = s == NULL ? NULL : strchr(s, '/');

	if (s == NULL && in_digest)
		return xstrdup("message/rfc822");
	if (slash == NULL || slash == s || slash[1] == '\0')
		return xstrdup("text/plain");
	return xstrdup(s);
}

static bool
word_is(const struct params *p, const char *name, const char *wanted)
{
	const struct param *item = params_find(p, name);

	return item != NULL && strcasecmp(item->value, wanted) == 0;
}

static char *
protection_of(const struct params *type)
{
	if (word_is(type, "hp", "cipher"))
		return xstrdup("cipher");
	if (word_is(type, "hp", "clear"))
		return xstrdup("clear");
	if (word_is(type, "protected-headers", "v1"))
		return xstrdup("v1");
	return NULL;
}

static void
part_fill(struct part *p, const struct scan_part *from, const struct mime *m,
    bool in_digest, struct strs *warnings)
{
	memset(p, 0, sizeof(*p));
	p->parent = from->parent;
	p->depth = from->depth;
	p->start = from->start;
	p->body = from->body;
	p->end = from->end;
	p->type = type_of(m, in_digest);
	p->charset = params_word(&m->type, "charset", warnings);
	if (m->encoding.value == NULL || *m->encoding.value == '\0')
		p->encoding = xstrdup("7bit");
	else
		p->encoding = xstrdup(m->encoding.value);
	if (m->disposition.value != NULL) {
		p->disposition = xstrdup(m->disposition.value);
		p->name = params_text(&m->disposition, "filename", warnings);
	}
	if (p->name == NULL)
		p->name = params_text(&m->type, "name", warnings);
	p->name = filename_safe(p->name);
	p->content_id = xstrdup_null(m->content_id);
	p->protocol = params_word(&m->type, "protocol", warnings);
	p->micalg = params_word(&m->type, "micalg", warnings);
	p->report_type = params_word(&m->type, "report-type", warnings);
	p->protection = protection_of(&m->type);
	p->legacy_display = word_is(&m->type, "hp-legacy-display", "1");
	p->flowed = strcmp(p->type, "text/plain") == 0 &&
		    word_is(&m->type, "format", "flowed");
	p->delsp = p->flowed && word_is(&m->type, "delsp", "yes");
}

/*
 * What hosts on the way wrote, for programs: an encoded word in it is some
 * stranger's string, and decoded it would say something else.
 */
static bool
is_trace(const struct header_field *f)
{
	return header_is(f, "Authentication-Results") ||
	       header_is(f, "Received");
}

static void
fields_fill(struct part_table *t, uint32_t part, const char *block, size_t len)
{
	struct header_walk w;
	struct header_field f;

	header_walk_init(&w, block, len);
	for (size_t n = 0; header_next(&w, &f); n++) {
		struct field *to;
		struct buf value;
		char *s;

		if (n == TREE_FIELDS_MAX) {
			strs_add_once(&t->warnings, "fields-many");
			return;
		}
		t->field = xgrow(t->field, t->fields, sizeof(*t->field));
		to = &t->field[t->fields++];
		to->part = part;
		to->name = xstrndup(f.name, f.name_len);
		buf_init(&value, 8 * f.body_len + 64);
		if (is_trace(&f))
			header_line(&value, &f, &t->warnings);
		else
			header_text(&value, &f, &t->warnings);
		s = buf_take_str(&value);
		s[text_clip(s, strlen(s), TREE_VALUE_MAX)] = '\0';
		/* Most values are short; the buffer was not. */
		to->value = xstrdup(s);
		free(s);
	}
}

static void
head_fill(struct part_table *t, uint32_t part, const char *block, size_t len)
{
	struct head head = {.part = part};

	if (head_parse(&head, block, len)) {
		t->head = xgrow(t->head, t->heads, sizeof(*t->head));
		t->head[t->heads++] = head;
		if (part != 0)
			fields_fill(t, part, block, len);
	}
	if (part == 0)
		fields_fill(t, part, block, len);
}

static void
table_fill(struct part_table *t, const struct scan *scan, const char *data)
{
	for (size_t i = 0; i < scan->parts; i++) {
		const struct scan_part *from = &scan->part[i];
		size_t start = from->start == 0
				   ? header_mailbox_line(data, from->body)
				   : from->start;
		size_t len = from->body - start;
		bool in_digest = from->parent != PART_NONE &&
				 scan->part[from->parent].digest;
		struct mime m;

		mime_read(&m, data + start, len, &t->warnings);
		t->part = xgrow(t->part, t->parts, sizeof(*t->part));
		part_fill(
		    &t->part[t->parts], from, &m, in_digest, &t->warnings);
		t->parts++;
		mime_free(&m);
		head_fill(t, (uint32_t)i, data + start, len);
	}
}

static void
warnings_fill(struct part_table *t, const struct scan *scan)
{
	if (scan->boundary_missing)
		strs_add_once(&t->warnings, "boundary-missing");
	if (scan->header_broken)
		strs_add_once(&t->warnings, "header-broken");
	if (scan->header_8bit)
		strs_add_once(&t->warnings, "header-8bit");
	if (scan->header_control)
		strs_add_once(&t->warnings, "control-characters");
}

int
tree_parse(struct part_table *out, const void *data, size_t len,
    const struct scan_limits *limits, struct err *e)
{
	struct scan scan;

	memset(out, 0, sizeof(*out));
	if (scan_message(&scan, data, len, limits, e) == -1)
		return -1;
	table_fill(out, &scan, len == 0 ? "" : data);
	warnings_fill(out, &scan);
	if (!etpan_agrees(&scan, data, len))
		strs_add_once(&out->warnings, "mime-broken");
	scan_free(&scan);
	return 0;
}
