#include "message/mbox.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "message/date.h"
#include "message/header.h"

#define MBOX_EARLIEST                                                          \
	INT64_C(315532800) /* 1980-01-01, before any mail kept                 \
			    */

struct mbox {
	int (*each)(void *ctx, const struct mbox_message *m, struct err *e);
	void *ctx;
	uint64_t at; /* bytes of the file that were read */
	uint64_t line_at; /* where the line began that is read now */
	struct buf line; /* its first MBOX_LINE bytes */
	uint64_t line_len; /* all of it so far */
	uint64_t blank; /* bytes of the empty line before it; 0: none */
	bool inside; /* a message is open */
	bool body; /* its header is over */
	bool maybe; /* the last line was a "From " without a date, or without an
		       empty line before it */
	uint64_t start;
	struct buf head;
	size_t line_head; /* of which before the line that is read now */
	/* what is taken back where the "maybe" was no beginning */
	uint64_t maybe_at;
	uint64_t maybe_blank;
	size_t maybe_head;
};

struct mbox *
mbox_create(int (*each)(void *ctx, const struct mbox_message *m, struct err *e),
    void *ctx)
{
	struct mbox *m = xcalloc(1, sizeof(*m));

	m->each = each;
	m->ctx = ctx;
	buf_init(&m->line, MBOX_LINE);
	buf_init(&m->head, MBOX_HEAD);
	return m;
}

void
mbox_free(struct mbox *m)
{
	if (m == NULL)
		return;
	buf_free(&m->line);
	buf_free(&m->head);
	free(m);
}

static bool
mbox_is_word(const char *p, const char *end, const char *const *words)
{
	if (end - p < 3)
		return false;
	for (size_t i = 0; words[i] != NULL; i++)
		if (strncmp(p, words[i], 3) == 0)
			return true;
	return false;
}

/* Four digits of a year, standing alone, from p on. */
static bool
mbox_has_year(const char *p, const char *end)
{
	size_t digits = 0;

	for (; p <= end; p++) {
		if (p < end && isdigit((unsigned char)*p)) {
			digits++;
			continue;
		}
		if (digits == 4 && (p[-4] == '1' || p[-4] == '2') &&
		    (p == end || isspace((unsigned char)*p)) &&
		    isspace((unsigned char)p[-5]))
			return true;
		digits = 0;
	}
	return false;
}

/* "From ", anything, "Mon Nov", and a year after that. */
static bool
mbox_is_dated(const char *line, size_t len)
{
	static const char *const days[] = {
	    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", NULL};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", NULL};
	const char *end = line + len;

	for (const char *p = line + 4; end - p > 8; p++)
		if (*p == ' ' && mbox_is_word(p + 1, end, days) &&
		    p[4] == ' ' && mbox_is_word(p + 5, end, months) &&
		    p[8] == ' ')
			return mbox_has_year(p + 8, end);
	return false;
}

/* "From " and nothing, or "From -" and nothing. */
static bool
mbox_is_bare(const char *line, size_t len)
{
	while (len > 5 && strchr(" -\t\r\n", line[len - 1]) != NULL)
		len--;
	return len == 5;
}

static bool
mbox_is_from(const char *line, size_t len)
{
	return len >= 5 && memcmp(line, "From ", 5) == 0;
}

bool
mbox_is(const void *data, size_t len)
{
	return mbox_is_from(data, len);
}

/* The bytes of the line's end, where it is empty; 0: it is not. */
static uint64_t
mbox_blank(const struct mbox *m)
{
	const char *p = buf_str(&m->line);

	if (m->line_len == 1 && p[0] == '\n')
		return 1;
	return m->line_len == 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

/* What does not fit is left out: the header is what is asked for. */
static void
mbox_add(struct buf *b, const char *p, size_t len)
{
	size_t room = b->max - b->len;

	buf_put(b, p, len < room ? len : room);
}

static void
mbox_cut(struct buf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->data[len] = '\0';
}

/* The open message ends before the line that begins at end. */
static int
mbox_close(struct mbox *m, uint64_t end, uint64_t blank, struct err *e)
{
	struct mbox_message one = {
	    .start = m->start, .end = end - blank, .head = &m->head};
	int rc = 0;

	if (m->inside && one.end > one.start) {
		if (m->head.len > one.end - one.start)
			mbox_cut(&m->head, (size_t)(one.end - one.start));
		rc = m->each(m->ctx, &one, e);
	}
	m->inside = false;
	return rc;
}

static void
mbox_open(struct mbox *m, uint64_t start)
{
	m->inside = true;
	m->body = false;
	m->start = start;
	buf_clear(&m->head);
}

/* A whole line, or as much of it as counts, is in m->line. */
static int
mbox_line(struct mbox *m, struct err *e)
{
	const char *p = buf_str(&m->line);
	size_t len = m->line.len;
	uint64_t next = m->line_at + m->line_len;
	bool may = m->line_at == 0 || m->blank > 0;

	if (m->maybe) {
		m->maybe = false;
		if (header_name_length(p, len) > 0) {
			mbox_cut(&m->head, m->maybe_head);
			if (mbox_close(m, m->maybe_at, m->maybe_blank, e) == -1)
				return -1;
			mbox_open(m, m->line_at);
			mbox_add(&m->head, p, len);
			if (m->line_len > len)
				mbox_add(&m->head, "\n", 1);
		}
	}
	if (may && mbox_is_from(p, len) &&
	    (m->line_at == 0 || mbox_is_dated(p, len))) {
		if (mbox_close(m, m->line_at, m->blank, e) == -1)
			return -1;
		mbox_open(m, next);
		m->blank = 0;
		return 0;
	}
	if (mbox_is_from(p, len) &&
	    (may ? mbox_is_bare(p, len) : m->body && mbox_is_dated(p, len))) {
		m->maybe = true;
		m->maybe_at = m->line_at;
		m->maybe_blank = m->blank;
		m->maybe_head = m->line_head;
	}
	m->blank = mbox_blank(m);
	m->body = m->body || m->blank > 0;
	return 0;
}

int
mbox_put(struct mbox *m, const void *data, size_t len, struct err *e)
{
	const char *p = data;

	while (len > 0) {
		const char *nl = memchr(p, '\n', len);
		size_t n = nl == NULL ? len : (size_t)(nl - p) + 1;

		mbox_add(&m->line, p, n);
		if (m->inside)
			mbox_add(&m->head, p, n);
		m->line_len += n;
		m->at += n;
		p += n;
		len -= n;
		if (nl == NULL)
			break;
		if (mbox_line(m, e) == -1)
			return -1;
		buf_clear(&m->line);
		m->line_head = m->head.len;
		m->line_at = m->at;
		m->line_len = 0;
	}
	return 0;
}

int
mbox_end(struct mbox *m, struct err *e)
{
	if (m->line_len > 0 && mbox_line(m, e) == -1)
		return -1;
	buf_clear(&m->line);
	m->line_len = 0;
	return mbox_close(m, m->at, m->blank, e);
}

/* How many bytes of quoting go from the line at p. */
static size_t
mbox_quoted(const char *p, const char *end, enum mbox_kind kind)
{
	const char *q = p;

	while (q < end && *q == '>')
		q++;
	if (q == p || end - q < 5 || memcmp(q, "From ", 5) != 0)
		return 0;
	return kind == MBOX_RD || q == p + 1 ? 1 : 0;
}

void
mbox_unquote(struct buf *message, enum mbox_kind kind)
{
	char *data = (char *)message->data, *to = data;
	const char *p = data, *end = data == NULL ? NULL : data + message->len;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *next = nl == NULL ? end : nl + 1;

		p += mbox_quoted(p, next, kind);
		memmove(to, p, (size_t)(next - p));
		to += next - p;
		p = next;
	}
	mbox_cut(message, (size_t)(to - data));
}

/* The time in a field; of Received it stands behind the last semicolon. */
static int64_t
mbox_time(const struct header_field *f, bool received, int64_t latest)
{
	const char *p = f->body;
	size_t len = f->body_len;
	struct buf line;
	int64_t t;

	if (received) {
		p = memrchr(f->body, ';', f->body_len);
		if (p == NULL)
			return 0;
		p++;
		len = f->body_len - (size_t)(p - f->body);
	}
	buf_init(&line, MBOX_LINE);
	header_unfold(
	    &line, &(struct header_field){.body = p, .body_len = len});
	t = line.over ? 0 : date_parse(buf_str(&line), line.len);
	buf_free(&line);
	return t < MBOX_EARLIEST || t > latest ? 0 : t;
}

int64_t
mbox_date(const struct buf *head, int64_t latest)
{
	int64_t received = 0, date = 0;
	struct header_walk w;
	struct header_field f;

	header_walk_init(&w, head->data, head->len);
	while (date == 0 && header_next(&w, &f))
		if (header_is(&f, "Date"))
			date = mbox_time(&f, false, latest);
		else if (received == 0 && header_is(&f, "Received"))
			received = mbox_time(&f, true, latest);
	return date != 0 ? date : received;
}
