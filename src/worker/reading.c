#include "worker/reading.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "people/contact.h"
#include "people/key.h"
#include "pgp/open.h"
#include "policy/identity.h"
#include "store/restored.h"
#include "worker/protect.h"

#define READING_ROUNDS 3 /* look-ups of signers found in inner layers */

void
reading_free(struct reading *r)
{
	for (size_t i = 0; i < r->attachments; i++) {
		free(r->attachment[i].name);
		free(r->attachment[i].type);
		buf_free(&r->attachment[i].data);
	}
	free(r->attachment);
	strs_free(&r->texts);
	strs_free(&r->enclosed);
	strs_free(&r->enclosed_subjects);
	strs_free(&r->warnings);
	buf_free(&r->text);
	verdict_free(&r->verdict);
	mail_free(r->mail);
	*r = (struct reading){0};
}

char *
reading_from(const struct reading *r)
{
	return identity_from(r->people);
}

const char *
reading_message_id(const struct reading *r)
{
	if (r->outer != NULL && r->outer->message_id != NULL)
		return r->outer->message_id;
	return r->inner == NULL ? NULL : r->inner->message_id;
}

/* Keys for the ring: owned ones and, in front, the team's. */
struct reading_ring {
	struct key *key;
	size_t keys;
};

static void
reading_ring_free(struct reading_ring *ring)
{
	for (size_t i = 0; i < ring->keys; i++)
		key_free(&ring->key[i]);
	free(ring->key);
	*ring = (struct reading_ring){0};
}

/* 1: added, 0: there is no such key, or it is there already; -1: failed. */
static int
reading_ring_add(
    struct worker *w, struct reading_ring *ring, const char *id, struct err *e)
{
	struct err why = {0};
	struct key key = {0};

	if (key_get(w->db, id, &key, &why) == -1) {
		if (why.code == ERR_NOINPUT || why.code == ERR_DATA)
			return 0;
		return err_set(e, why.code, "%s", why.text);
	}
	for (size_t i = 0; i < ring->keys; i++) {
		if (strcmp(ring->key[i].fingerprint, key.fingerprint) == 0) {
			key_free(&key);
			return 0;
		}
	}
	ring->key = xgrow(ring->key, ring->keys, sizeof(*ring->key));
	ring->key[ring->keys++] = key;
	return 1;
}

static int
reading_ring_load(
    struct worker *w, const struct reading_ring *ring, struct err *e)
{
	const struct buf **all;
	size_t n = 0;
	int rc;

	all = xcalloc(w->teams + ring->keys + 1, sizeof(const struct buf *));
	for (size_t i = 0; i < w->teams; i++)
		all[n++] = &w->team[i].blob;
	for (size_t i = 0; i < ring->keys; i++)
		all[n++] = &ring->key[i].blob;
	rc = keyring_load(w->keyring, all, n, e);
	free(all);
	return rc;
}

/* The keys of the contact that the outer From names: most likely the signer. */
static int
reading_ring_guess(struct worker *w, const struct reading *r,
    struct reading_ring *ring, struct err *e)
{
	struct contact c = {0};
	struct err why = {0};
	int rc = 0;

	if (r->outer == NULL || r->outer->from.count == 0)
		return 0;
	if (contact_by_address(
		w->db, r->outer->from.item[0].address, &c, &why) == -1)
		return why.code == ERR_NOINPUT || why.code == ERR_DATA
			   ? 0
			   : err_set(e, why.code, "%s", why.text);
	for (size_t i = 0; i < c.keys && rc != -1; i++)
		rc = reading_ring_add(w, ring, c.key[i].fingerprint, e);
	contact_free(&c);
	return rc == -1 ? -1 : 0;
}

/* Signers are unknown before decryption: open, look up, verify again. */
static int
reading_open(struct worker *w, struct reading *r, struct err *e)
{
	struct reading_ring ring = {0};
	int64_t now = clock_now(&w->clock);
	int rc = -1;

	if (reading_ring_guess(w, r, &ring, e) == -1 ||
	    reading_ring_load(w, &ring, e) == -1 ||
	    pgp_open(w->keyring, r->mail, now, &r->verdict, e) == -1)
		goto out;
	for (int round = 0; round < READING_ROUNDS; round++) {
		int added = 0;

		for (size_t i = 0; i < r->verdict.missing.count; i++) {
			int one = reading_ring_add(
			    w, &ring, r->verdict.missing.item[i], e);

			if (one == -1)
				goto out;
			added += one;
		}
		if (added == 0)
			break;
		if (reading_ring_load(w, &ring, e) == -1)
			goto out;
		verdict_free(&r->verdict);
		if (pgp_open_again(w->keyring, r->mail, now, &r->verdict, e) ==
		    -1)
			goto out;
	}
	rc = 0;
out:
	reading_ring_free(&ring);
	return rc;
}

static bool
reading_type_is(const struct part *p, const char *prefix)
{
	return strncmp(p->type, prefix, strlen(prefix)) == 0;
}

/* True where the part belongs to an enclosed message, not to this one. */
static bool
reading_enclosed(const struct part_table *t, uint32_t part)
{
	for (uint32_t p = t->part[part].parent; p != PART_NONE;
	     p = t->part[p].parent)
		if (reading_type_is(&t->part[p], "message/"))
			return true;
	return false;
}

static bool
reading_is_text(const struct part *p)
{
	if (strcmp(p->type, "text/plain") != 0 &&
	    strcmp(p->type, "text/html") != 0)
		return false;
	return p->name == NULL && (p->disposition == NULL ||
				      strcmp(p->disposition, "inline") == 0);
}

static bool
reading_is_blank(const struct mail *mail, uint32_t part)
{
	size_t len;
	const unsigned char *body = mail_body(mail, part, &len);

	while (len > 0 && memchr(" \t\r\n", *body, 4) != NULL)
		body++, len--;
	return len == 0;
}

/* Which parts are alternatives with plain text among them: freed by caller. */
static bool *
reading_plain_alternatives(const struct mail *mail)
{
	const struct part_table *t = &mail->table;
	bool *plain = xcalloc(t->parts, sizeof(*plain));

	for (uint32_t i = 0; i < t->parts; i++) {
		uint32_t parent = t->part[i].parent;

		if (parent != PART_NONE && !plain[parent] &&
		    strcmp(t->part[parent].type, "multipart/alternative") ==
			0 &&
		    strcmp(t->part[i].type, "text/plain") == 0)
			plain[parent] = !reading_is_blank(mail, i);
	}
	return plain;
}

/*
 * Of alternatives one is shown: plain text where there is any, since HTML may
 * say something else to another reader.
 */
static bool
reading_other_alternative(
    const struct part_table *t, uint32_t part, const bool *plain)
{
	uint32_t parent = t->part[part].parent;

	return parent != PART_NONE && plain[parent] &&
	       reading_is_text(&t->part[part]) &&
	       strcmp(t->part[part].type, "text/plain") != 0;
}

/*
 * Decrypted text beside text that anybody could have put there is an object of
 * its own: who quoted it in an answer would decrypt for whoever sent it.
 */
static void
reading_set_apart(
    struct reading *r, uint32_t part, const char *text, size_t len)
{
	struct attachment *a;

	r->attachment =
	    xgrow(r->attachment, r->attachments, sizeof(*r->attachment));
	a = &r->attachment[r->attachments++];
	*a = (struct attachment){.part = part,
	    .decrypted_apart = true,
	    .name = xasprintf("decrypted-%u.txt", part),
	    .type = xstrdup("text/plain")};
	buf_init_secret(&a->data, len);
	buf_put(&a->data, text, len);
	spool_sha(a->data.data, a->data.len, a->sha256);
}

static int
reading_text(struct reading *r, uint32_t part, struct err *e)
{
	const struct part *p = &r->mail->table.part[part];
	struct buf text;
	const char *s;
	size_t len;
	int rc;

	buf_init_secret(&text, (size_t)r->mail->config->limit_text);
	rc = mail_text(r->mail, part, &text, &r->warnings, e);
	if (rc == 0) {
		if (text.over)
			strs_add_once(&r->warnings, "text-truncated");
		s = buf_str(&text);
		len = text.len;
		if (p->legacy_display && strcmp(p->type, "text/plain") == 0)
			s = protect_past_legacy(s, &len);
		if (r->texts.count == 0)
			r->first_text = part;
		strs_add_len(&r->texts, s, len);
		if (r->verdict.part[part].apart)
			reading_set_apart(r, part, s, len);
		else {
			if (r->text.len > 0)
				buf_puts(&r->text, "\n\n");
			buf_put(&r->text, s, len);
		}
		if (r->text.over)
			strs_add_once(&r->warnings, "text-truncated");
	}
	buf_free(&text);
	return rc;
}

static int
reading_attachment(struct reading *r, uint32_t part, struct err *e)
{
	const struct part *p = &r->mail->table.part[part];
	struct attachment *a;

	r->attachment =
	    xgrow(r->attachment, r->attachments, sizeof(*r->attachment));
	a = &r->attachment[r->attachments++];
	*a = (struct attachment){.part = part,
	    .decrypted_apart = r->verdict.encryption == ENCRYPTION_PART &&
			       r->verdict.part[part].encrypted,
	    .type = xstrdup(p->type)};
	if (p->name != NULL)
		a->name = xstrdup(p->name);
	else
		a->name = xasprintf("part-%u%s", part,
		    reading_type_is(p, "message/")	 ? ".eml"
		    : strcmp(p->type, "text/plain") == 0 ? ".txt"
		    : strcmp(p->type, "text/html") == 0	 ? ".html"
							 : ".bin");
	buf_init_secret(&a->data, (size_t)r->mail->config->limit_decrypted);
	if (mail_data(r->mail, part, &a->data, e) == -1)
		return -1;
	spool_sha(a->data.data, a->data.len, a->sha256);
	return 0;
}

/* Nobody's own words here, but what they were labelled with still counts. */
static int
reading_enclosed_text(struct reading *r, uint32_t part, struct err *e)
{
	struct buf text;
	int rc;

	buf_init_secret(&text, (size_t)r->mail->config->limit_text);
	rc = mail_text(r->mail, part, &text, NULL, e);
	if (rc == 0)
		strs_add_len(&r->enclosed, buf_str(&text), text.len);
	buf_free(&text);
	return rc;
}

static void
reading_enclosed_subjects(struct reading *r)
{
	const struct part_table *t = &r->mail->table;

	for (size_t i = 0; i < t->heads; i++)
		if (t->head[i].subject != NULL &&
		    reading_enclosed(t, t->head[i].part))
			strs_add(&r->enclosed_subjects, t->head[i].subject);
}

static int
reading_parts(struct reading *r, struct err *e)
{
	const struct part_table *t = &r->mail->table;
	bool *plain = reading_plain_alternatives(r->mail);
	int rc = 0;

	for (uint32_t i = 0; i < t->parts && rc == 0; i++) {
		const struct part *p = &t->part[i];

		if (r->verdict.part[i].container ||
		    reading_type_is(p, "multipart/") ||
		    reading_other_alternative(t, i, plain) ||
		    protect_is_copy(r->mail, &r->verdict, i))
			continue;
		if (!reading_enclosed(t, i))
			rc = reading_is_text(p) ? reading_text(r, i, e)
						: reading_attachment(r, i, e);
		else if (reading_is_text(p))
			rc = reading_enclosed_text(r, i, e);
	}
	free(plain);
	return rc;
}

/*
 * RFC 9788 protects every field, so one that is not inside was added on the
 * way; the older protected-headers="v1" leaves references outside.
 */
static const struct head *
reading_threads(const struct reading *r)
{
	if (r->inner == NULL)
		return r->outer;
	if (protect_is_full(r->mail, &r->verdict) ||
	    r->inner->in_reply_to.count + r->inner->references.count > 0)
		return r->inner;
	return r->outer;
}

static void
reading_heads(struct reading *r)
{
	const struct part_table *t = &r->mail->table;

	r->outer = part_head(t, 0);
	r->inner = protect_head(r->mail, &r->verdict);
	if (protect_is_stripped(r->mail, &r->verdict))
		strs_add_once(&r->warnings, "encryption-removed");
	r->people =
	    r->inner != NULL && r->inner->from_fields > 0 ? r->inner : r->outer;
	r->threads = reading_threads(r);
	if (r->outer != NULL)
		r->subject = r->outer_subject = r->outer->subject;
	if (r->inner != NULL && r->inner->subject != NULL)
		r->subject = r->inner->subject;
	protect_legacy(r->mail, &r->verdict);
}

static void
reading_warnings(struct reading *r, const struct strs *words)
{
	for (size_t i = 0; i < words->count; i++)
		strs_add_once(&r->warnings, words->item[i]);
}

int
reading_make(
    struct worker *w, const struct buf *raw, struct reading *out, struct err *e)
{
	*out = (struct reading){0};
	buf_init_secret(&out->text, (size_t)w->config->limit_text);
	if (restored_at(w->db, &out->not_before, e) == -1)
		goto failed;
	if (mail_open(
		&out->mail, w->parser, w->config, raw->data, raw->len, e) == -1)
		goto failed;
	out->outer = part_head(&out->mail->table, 0);
	if (reading_open(w, out, e) == -1)
		goto failed;
	reading_heads(out);
	if (reading_parts(out, e) == -1)
		goto failed;
	reading_enclosed_subjects(out);
	reading_warnings(out, &out->mail->table.warnings);
	if (out->people != NULL)
		reading_warnings(out, &out->people->warnings);
	else
		strs_add_once(&out->warnings, "no-from");
	reading_warnings(out, &out->verdict.warnings);
	return 0;
failed:
	reading_free(out);
	return -1;
}
