#include "worker/bounce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cases/arrival.h"
#include "message/mail.h"
#include "people/contact_check.h"
#include "queue/untold.h"
#include "queue/verp.h"

#define BOUNCE_AWAIT_MS 20
#define BOUNCE_AWAIT_TRIES 250 /* of 20 ms: five seconds in all */

void
bounce_free(struct bounce *b)
{
	free(b->message_id);
	dsn_free(&b->dsn);
	delivery_returned_free(b->returned, b->count);
	free(b->hit);
	*b = (struct bounce){0};
}

static bool
bounce_type(const struct part *p, const char *type, const char *global)
{
	return strcmp(p->type, type) == 0 || strcmp(p->type, global) == 0;
}

/* The first part of either type below parent, or PART_NONE. */
static uint32_t
bounce_part(const struct part_table *t, uint32_t parent, const char *type,
    const char *global)
{
	for (uint32_t i = 0; i < t->parts; i++)
		if (t->part[i].parent == parent &&
		    bounce_type(&t->part[i], type, global))
			return i;
	return PART_NONE;
}

/* The first status part; what came back stands behind it. */
static uint32_t
bounce_status(const struct part_table *t)
{
	for (uint32_t i = 0; i < t->parts; i++)
		if (t->part[i].parent != PART_NONE &&
		    bounce_type(&t->part[i], "message/delivery-status",
			"message/global-delivery-status"))
			return i;
	return PART_NONE;
}

static int
bounce_text(struct mail *mail, uint32_t part, struct buf *out, struct err *e)
{
	struct strs warnings = {0};
	int rc = mail_text(mail, part, out, &warnings, e);

	strs_free(&warnings);
	return rc;
}

/* Of the message that came back whole, or of its header. */
static int
bounce_original(
    const struct reading *r, uint32_t report, struct bounce *b, struct err *e)
{
	const struct part_table *t = &r->mail->table;
	uint32_t whole =
	    bounce_part(t, report, "message/rfc822", "message/global");
	uint32_t header = bounce_part(
	    t, report, "text/rfc822-headers", "message/global-headers");
	struct buf text;
	int rc;

	for (size_t i = 0; whole != PART_NONE && i < t->heads; i++) {
		const struct head *h = &t->head[i];

		if (t->part[h->part].parent != whole || h->message_id == NULL)
			continue;
		b->message_id = xstrdup(h->message_id);
		return 0;
	}
	if (header == PART_NONE)
		return 0;
	buf_init_secret(&text, DSN_TEXT_MAX);
	rc = bounce_text(r->mail, header, &text, e);
	if (rc == 0)
		b->message_id = dsn_message_id(buf_str(&text), text.len);
	buf_free(&text);
	return rc;
}

/* Reports from before RFC 3464 quote the header that came back as text. */
static char *
bounce_quoted(const struct buf *text)
{
	const char *s = buf_str(text), *end = s + text->len;

	while (s < end) {
		const char *line = memchr(s, '\n', (size_t)(end - s));

		if (strncasecmp(s, "Message-ID:", 11) == 0)
			return dsn_message_id(s, (size_t)(end - s));
		s = line == NULL ? end : line + 1;
	}
	return NULL;
}

int
bounce_read(const struct reading *r, struct bounce *out, struct err *e)
{
	const struct part_table *t = &r->mail->table;
	uint32_t status = bounce_status(t);
	struct buf text;
	int rc;

	*out = (struct bounce){.read = true};
	if (status == PART_NONE) {
		out->message_id = bounce_quoted(&r->text);
		return 0;
	}
	buf_init_secret(&text, DSN_TEXT_MAX);
	rc = bounce_text(r->mail, status, &text, e);
	if (rc == 0) {
		dsn_read(buf_str(&text), text.len, &out->dsn);
		rc = bounce_original(r, t->part[status].parent, out, e);
	}
	buf_free(&text);
	if (rc == -1)
		bounce_free(out);
	return rc;
}

static bool
bounce_same(const char *folded, const char *address)
{
	char *other = address == NULL ? NULL : contact_address_fold(address);
	bool same = other != NULL && strcmp(folded, other) == 0;

	free(other);
	return same;
}

/*
 * The report's word on one address; the original one is what we wrote to. A
 * failure counts before another word on the same.
 */
static const struct dsn_recipient *
bounce_said(const struct bounce *b, const char *recipient)
{
	char *folded = contact_address_fold(recipient);
	const struct dsn_recipient *found = NULL;

	for (size_t i = 0; folded != NULL && i < b->dsn.recipients; i++) {
		const struct dsn_recipient *r = &b->dsn.recipient[i];

		if (r->action != DSN_FINE &&
		    (found == NULL || r->action < found->action) &&
		    (bounce_same(folded, r->original) ||
			bounce_same(folded, r->final)))
			found = r;
	}
	free(folded);
	return found;
}

static void
bounce_hit(struct bounce *b, const struct delivery_returned *d,
    const struct dsn_recipient *said)
{
	b->hit = xgrow(b->hit, b->hits, sizeof(*b->hit));
	b->hit[b->hits++] = (struct bounce_hit){.delivery = d->id,
	    .recipient = d->recipient,
	    .said = said,
	    .counts = b->copy == d->id || !d->verp};
}

/* Mail for one that was forwarded comes back under another address. */
static void
bounce_hit_only(struct bounce *b)
{
	const struct dsn_recipient *said = NULL;

	for (size_t i = 0; i < b->dsn.recipients; i++) {
		const struct dsn_recipient *r = &b->dsn.recipient[i];

		/* One of them got it, or may still: it has not failed. */
		if (r->action == DSN_FINE)
			return;
		if (said == NULL || r->action > said->action)
			said = r;
	}
	if (said != NULL)
		bounce_hit(b, &b->returned[0], said);
}

int
bounce_prove(struct worker *w, const struct reading *r, int64_t message,
    struct bounce *b, struct err *e)
{
	int64_t now = clock_now(&w->clock);
	struct strs to = {0};
	struct verp verp;
	int rc;

	b->copy = 0;
	if (!b->read)
		return 0;
	if (verp_open(&verp, w->db, w->config->return_path,
		w->config->team_address, e) == -1)
		return -1;
	rc = arrival_recipients(
	    w->db, message, r->outer == NULL ? r->people : r->outer, &to, e);
	if (b->dsn.envelope != NULL)
		strs_add(&to, b->dsn.envelope);
	for (size_t i = 0; i < to.count && rc == 0 && b->copy == 0; i++)
		rc = verp_find(&verp, w->db, to.item[i], now, &b->copy, e);
	strs_free(&to);
	verp_close(&verp);
	return rc;
}

int
bounce_await(struct worker *w, const struct reading *r, int64_t message,
    struct bounce *b, struct err *e)
{
	const struct timespec pause = {.tv_nsec = BOUNCE_AWAIT_MS * 1000000L};
	bool queued = false;

	if (bounce_prove(w, r, message, b, e) == -1)
		return -1;
	for (int i = 0; i < BOUNCE_AWAIT_TRIES && b->copy != 0; i++) {
		if (delivery_is_queued(w->db, b->copy, &queued, e) == -1)
			return -1;
		if (!queued)
			return 0;
		(void)nanosleep(&pause, NULL);
	}
	return queued ? err_set(e, ERR_TEMP,
			    "delivery %lld came back, and is not booked yet",
			    (long long)b->copy)
		      : 0;
}

int
bounce_find(struct db *db, struct bounce *b, struct err *e)
{
	delivery_returned_free(b->returned, b->count);
	b->returned = NULL;
	b->count = b->hits = 0;
	if (b->copy == 0 && b->message_id == NULL)
		return 0;
	if (b->copy != 0 ? delivery_returned_one(
			       db, b->copy, &b->returned, &b->count, e) == -1
			 : delivery_returned(db, b->message_id, &b->returned,
			       &b->count, e) == -1)
		return -1;
	for (size_t i = 0; i < b->count; i++) {
		const struct dsn_recipient *said =
		    bounce_said(b, b->returned[i].recipient);

		if (said != NULL)
			bounce_hit(b, &b->returned[i], said);
	}
	if (b->hits == 0 && b->count == 1)
		bounce_hit_only(b);
	return 0;
}

bool
bounce_thread(const struct bounce *b, struct thread *out)
{
	if (b->count == 0)
		return false;
	*out = (struct thread){.cases = b->returned[0].cases,
	    .parent = b->returned[0].message,
	    .untrusted = b->returned[0].cases != 0};
	(void)snprintf(out->why, sizeof(out->why),
	    "reports what became of message %lld", (long long)out->parent);
	return true;
}

void
bounce_gone(const struct bounce *b, struct strs *out)
{
	if (b->count == 0 || !b->returned[0].team)
		return;
	for (size_t i = 0; i < b->hits; i++)
		strs_add(out, b->hit[i].recipient);
	/* It does not say whose: any of them might bring it back. */
	for (size_t i = 0; b->dsn.recipients == 0 && i < b->count; i++)
		strs_add(out, b->returned[i].recipient);
}

static char *
bounce_why(const struct dsn_recipient *said)
{
	return xasprintf("%s:%s%s%s%s",
	    said->action == DSN_FAILED ? "bounced" : "delayed",
	    said->status == NULL ? "" : " ",
	    said->status == NULL ? "" : said->status,
	    said->diagnostic == NULL ? "" : " ",
	    said->diagnostic == NULL ? "" : said->diagnostic);
}

int
bounce_book(struct worker *w, const struct bounce *b,
    int (*audit)(void *ctx, json_t *detail, struct err *e), void *ctx,
    struct err *e)
{
	int64_t now = clock_now(&w->clock);

	for (size_t i = 0; i < b->hits; i++) {
		const struct bounce_hit *h = &b->hit[i];
		bool failed = h->said->action == DSN_FAILED, changed;
		char *why;
		int rc;

		if (!h->counts) {
			log_warning("bounce not booked, it has no token of that"
				    " copy: delivery=%lld",
			    (long long)h->delivery);
			continue;
		}
		why = bounce_why(h->said);
		rc = delivery_bounced(
		    w->db, h->delivery, failed, now, why, &changed, e);
		free(why);
		if (rc == 0 && changed && !failed && w->config->tell_delay != 0)
			rc = untold_delayed(
			    w->db, b->returned[0].message, 0, h->delivery, e);
		if (rc == -1)
			return -1;
		/* The server's words are not for the log. */
		if (changed &&
		    audit(ctx,
			json_pack("{s:I, s:s, s:s, s:s?}", "delivery",
			    (json_int_t)h->delivery, "recipient", h->recipient,
			    "action", failed ? "failed" : "delayed", "status",
			    h->said->status),
			e) == -1)
			return -1;
	}
	return 0;
}
