#include "message/scan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "message/encoding.h"
#include "message/header.h"
#include "message/params.h"
#include "message/part.h"

/* An entity whose end was not met yet. */
struct open {
	uint32_t part;
	char *boundary; /* NULL: no line can divide it */
	size_t len;
	bool closed; /* its last delimiter was met: no line divides it more */
};

struct scanner {
	struct scan *out;
	const struct scan_limits *limits;
	const char *data;
	size_t len;
	size_t pos;
	bool in_header;
	bool unsure; /* a header broke off, and no empty line came since */
	struct open *open; /* the innermost is the last */
	size_t opens;
	struct err *e;
};

static int
over(struct scanner *s, const char *limit, uint64_t value, uint64_t allowed,
    const char *rfc)
{
	return err_set(s->e, ERR_DATA,
	    "%s: %" PRIu64 ", allowed %" PRIu64 " (%s)", limit, value, allowed,
	    rfc);
}

static int
part_begin(struct scanner *s, uint32_t parent)
{
	struct scan *out = s->out;
	struct scan_part *p;
	uint32_t depth = parent == PART_NONE ? 0 : out->part[parent].depth + 1;

	if (depth + UINT64_C(1) > s->limits->depth)
		return over(s, "limit_depth", depth + UINT64_C(1),
		    s->limits->depth, "RFC 2046 section 5.1");
	if (out->parts + UINT64_C(1) > s->limits->parts)
		return over(s, "limit_parts", out->parts + UINT64_C(1),
		    s->limits->parts, "RFC 2046 section 5.1");
	out->part = xgrow(out->part, out->parts, sizeof(*out->part));
	p = &out->part[out->parts];
	memset(p, 0, sizeof(*p));
	p->parent = parent;
	p->depth = depth;
	p->start = s->pos;
	s->open = xgrow(s->open, s->opens, sizeof(*s->open));
	memset(&s->open[s->opens], 0, sizeof(*s->open));
	s->open[s->opens++].part = (uint32_t)out->parts++;
	s->in_header = true;
	return 0;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Ends all open entities from index keep on. What began behind end, which is
 * before the delimiter's line end, is empty, and inside what it is part of.
 */
static void
parts_end(struct scanner *s, size_t keep, uint64_t end)
{
	for (size_t i = keep; i < s->opens; i++) {
		struct scan_part *p = &s->out->part[s->open[i].part];

		p->end = end < p->start ? p->start : end;
		if (i > keep) {
			uint64_t up = s->out->part[p->parent].end;

			p->start = least(p->start, up);
			p->end = least(p->end, up);
		}
		p->body = least(p->body, p->end);
	}
	while (s->opens > keep) {
		struct open *o = &s->open[--s->opens];

		if (o->boundary != NULL && !o->closed)
			s->out->boundary_missing = true;
		free(o->boundary);
	}
}

static size_t
line_length(const struct scanner *s)
{
	const char *p = s->data + s->pos;
	const char *lf = memchr(p, '\n', s->len - s->pos);

	return lf == NULL ? s->len - s->pos : (size_t)(lf - p) + 1;
}

/*
 * Which open multipart the line divides (its index plus one), or 0. A line is
 * "--", the boundary, perhaps "--", perhaps white space: RFC 2046 5.1.1. near
 * says that it starts like one, so that another reader may think it is.
 */
static size_t
line_divides(const struct scanner *s, size_t len, bool *last, bool *near)
{
	const char *p = s->data + s->pos;

	*near = false;
	if (len < 2 || p[0] != '-' || p[1] != '-')
		return 0;
	p += 2;
	len -= 2;
	while (len > 0 && (p[len - 1] == '\n' || p[len - 1] == '\r' ||
			      p[len - 1] == ' ' || p[len - 1] == '\t'))
		len--;
	for (size_t i = s->opens; i > 0; i--) {
		const struct open *o = &s->open[i - 1];

		if (o->boundary == NULL || len == 0 || *p != *o->boundary)
			continue;
		*near = true;
		if (o->closed || len < o->len ||
		    memcmp(p, o->boundary, o->len) != 0)
			continue;
		*last =
		    len == o->len + 2 && p[len - 2] == '-' && p[len - 1] == '-';
		if (*last || len == o->len)
			return i;
	}
	return 0;
}

/* The line end before a delimiter belongs to the delimiter. */
static uint64_t
end_before(const struct scanner *s)
{
	size_t end = s->pos;

	if (end > 0 && s->data[end - 1] == '\n')
		end--;
	if (end > 0 && end < s->pos && s->data[end - 1] == '\r')
		end--;
	return end;
}

static bool
is_blank(const char *p, size_t len)
{
	return (len == 1 && p[0] == '\n') ||
	       (len == 2 && p[0] == '\r' && p[1] == '\n');
}

static int
scan_body_line(struct scanner *s)
{
	size_t len = line_length(s);
	bool last = false, near;
	size_t which = line_divides(s, len, &last, &near);
	struct open *o;

	if (s->unsure && is_blank(s->data + s->pos, len))
		s->unsure = false;
	cuts_line(&s->out->cuts, s->data, s->pos, len,
	    which != 0 || near || s->unsure);
	if (which == 0) {
		s->pos += len;
		return 0;
	}
	parts_end(s, which, end_before(s));
	s->pos += len;
	o = &s->open[which - 1];
	if (!last)
		return part_begin(s, o->part);
	o->closed = true;
	return 0;
}

static void
look_at_bytes(struct scan *out, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c >= 0x80)
			out->header_8bit = true;
		else if (c == 0x7f ||
			 (c < 0x20 && c != '\t' && c != '\n' &&
			     (c != '\r' || i + 1 == len || p[i + 1] != '\n')))
			out->header_control = true;
	}
}

/* Finds where the header that starts at pos ends; pos is then its body. */
static int
header_end(struct scanner *s, size_t *end)
{
	size_t start = s->pos;
	bool any = false;

	for (; s->pos < s->len;) {
		const char *p = s->data + s->pos;
		size_t len = line_length(s);
		bool last, near;

		*end = s->pos;
		if (is_blank(p, len)) {
			s->pos += len;
			return 0;
		}
		if (line_divides(s, len, &last, &near) != 0)
			return 0;
		if (s->pos + len - start > s->limits->header)
			return over(s, "limit_header", s->pos + len - start,
			    s->limits->header, "RFC 5322 section 2.2");
		if (header_name_length(p, len) == 0 &&
		    !(any && (*p == ' ' || *p == '\t'))) {
			s->out->header_broken = true;
			s->unsure = true;
			return 0;
		}
		look_at_bytes(s->out, p, len);
		any = true;
		s->pos += len;
	}
	*end = s->pos;
	return 0;
}

/*
 * Nested comments at their deepest. Quotes are not looked at and an escaped
 * '(' counts, so no other reader's count can be higher than this one.
 */
static uint64_t
comment_depth(const struct header_field *f)
{
	uint64_t depth = 0, most = 0;

	for (size_t i = 0; i < f->body_len; i++) {
		char c = f->body[i];

		if (c == '\\' && i + 1 < f->body_len && f->body[i + 1] != '(')
			i++;
		else if (c == '(' && ++depth > most)
			most = depth;
		else if (c == ')' && depth > 0)
			depth--;
	}
	return most;
}

static uint64_t
address_count(const struct header_field *f)
{
	uint64_t n = 1;
	bool quoted = false;

	for (size_t i = 0; i < f->body_len; i++) {
		char c = f->body[i];

		if (c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if ((c == ',' || c == ';') && !quoted)
			n++;
	}
	return n;
}

static bool
is_one_of(const struct header_field *f, const char *const *names)
{
	for (; *names != NULL; names++)
		if (header_is(f, *names))
			return true;
	return false;
}

/* "X-Face: ((((" has no structure that anybody reads. */
static bool
is_private(const struct header_field *f)
{
	return f->name_len > 2 && strncasecmp(f->name, "X-", 2) == 0;
}

static int
field_check(struct scanner *s, const struct header_field *f)
{
	static const char *const addresses[] = {"From", "Sender", "Reply-To",
	    "To", "Cc", "Bcc", "Resent-From", "Resent-Sender", "Resent-To",
	    "Resent-Cc", "Resent-Bcc", "Resent-Reply-To", NULL};
	static const char *const free_text[] = {
	    "Subject", "Comments", "Keywords", NULL};
	uint64_t len = f->body_len + f->name_len + UINT64_C(1);
	uint64_t n;

	if (len > s->limits->field)
		return over(s, "limit_field", len, s->limits->field,
		    "RFC 5322 section 2.2");
	n = is_one_of(f, free_text) || is_private(f) ? 0 : comment_depth(f);
	if (n > s->limits->comments)
		return over(s, "limit_comments", n, s->limits->comments,
		    "RFC 5322 section 3.2.2");
	n = is_one_of(f, addresses) ? address_count(f) : 0;
	if (n > s->limits->addresses)
		return over(s, "limit_addresses", n, s->limits->addresses,
		    "RFC 5322 section 3.4");
	return 0;
}

/* Takes over the boundary of a multipart; false where it has none. */
static bool
boundary_take(struct open *o, const struct params *type)
{
	const struct param *b = params_find(type, "boundary");
	size_t len = b == NULL ? 0 : b->len;

	while (
	    len > 0 && (b->value[len - 1] == ' ' || b->value[len - 1] == '\t'))
		len--;
	if (len == 0)
		return false;
	o->boundary = xmemdup(b->value, len);
	o->len = len;
	return true;
}

static bool
is_message(const char *type)
{
	return strcmp(type, "message/rfc822") == 0 ||
	       strcmp(type, "message/global") == 0 ||
	       strcmp(type, "message/news") == 0;
}

static void
part_classify(struct scanner *s, struct open *o, struct scan_part *p,
    const struct params *type, enum encoding encoding)
{
	const char *name = type->value;
	bool in_digest =
	    p->parent != PART_NONE && s->out->part[p->parent].digest;

	if (name == NULL || *name == '\0')
		name = in_digest ? "message/rfc822" : "text/plain";
	if (strncmp(name, "multipart/", 10) == 0) {
		p->digest = strcmp(name, "multipart/digest") == 0;
		if (boundary_take(o, type))
			p->kind = SCAN_MULTIPART;
		else
			s->out->boundary_missing = true;
	} else if (is_message(name) && encoding == ENCODING_IDENTITY) {
		p->kind = SCAN_MESSAGE;
	}
}

/* Only the first of each field counts, here as in the table. */
static int
header_read(struct scanner *s, const char *block, size_t len)
{
	struct open *o = &s->open[s->opens - 1];
	struct scan_part *p = &s->out->part[o->part];
	struct params type = {0}, encoding = {0};
	struct header_walk w;
	struct header_field f;
	int rc = 0;

	header_walk_init(&w, block, len);
	while (rc == 0 && header_next(&w, &f)) {
		struct params *to = NULL;
		struct buf line;

		rc = field_check(s, &f);
		if (header_is(&f, "Content-Type"))
			to = &type;
		else if (header_is(&f, "Content-Transfer-Encoding"))
			to = &encoding;
		if (rc == -1 || to == NULL || to->value != NULL)
			continue;
		buf_init(&line, f.body_len + 1);
		header_unfold(&line, &f);
		params_parse(to, buf_str(&line), line.len);
		buf_free(&line);
	}
	if (rc == 0)
		part_classify(s, o, p, &type, encoding_find(encoding.value));
	params_free(&type);
	params_free(&encoding);
	return rc;
}

static int
scan_header(struct scanner *s)
{
	uint32_t part = s->open[s->opens - 1].part;
	size_t start, end;

	if (s->pos == 0)
		s->pos = header_mailbox_line(s->data, s->len);
	start = end = s->pos;
	if (header_end(s, &end) == -1 ||
	    header_read(s, s->data + start, end - start) == -1)
		return -1;
	s->in_header = false;
	s->out->part[part].body = s->pos;
	if (s->out->part[part].kind == SCAN_MESSAGE)
		return part_begin(s, part);
	return 0;
}

int
scan_message(struct scan *out, const void *data, size_t len,
    const struct scan_limits *limits, struct err *e)
{
	struct scanner s = {
	    .out = out, .limits = limits, .data = data, .len = len, .e = e};
	int rc;

	memset(out, 0, sizeof(*out));
	if (len > limits->message)
		return over(&s, "limit_message", len, limits->message,
		    "RFC 1870 section 4");
	rc = part_begin(&s, PART_NONE);
	while (rc == 0 && s.pos < s.len)
		rc = s.in_header ? scan_header(&s) : scan_body_line(&s);
	if (rc == 0 && s.in_header)
		s.out->part[s.open[s.opens - 1].part].body = s.pos;
	cuts_stop(&out->cuts);
	parts_end(&s, 0, len);
	free(s.open);
	if (rc == -1)
		scan_free(out);
	return rc;
}

void
scan_free(struct scan *scan)
{
	free(scan->part);
	cuts_free(&scan->cuts);
	memset(scan, 0, sizeof(*scan));
}
