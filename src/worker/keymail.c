#include "worker/keymail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cases/rekeyed.h"
#include "people/contact.h"
#include "people/key.h"
#include "pgp/armour.h"
#include "pgp/keystrip.h"
#include "policy/autocrypt.h"
#include "worker/passage.h"
#include "worker/protect.h"

/* The mail whose keys are looked for. */
struct keymail_mail {
	struct worker *w;
	const struct reading *r;
	struct judgement *j;
	int64_t message;
	struct contact contact; /* whose address From is; id 0: nobody's */
	struct learnt used; /* the learnt key of that address, or "" */
	char signer[KEY_FINGERPRINT]; /* of a good signature over all, or "" */
	bool outer_signed; /* the header that Autocrypt stands in is covered */
};

void
keymail_free(struct keymail *k)
{
	for (size_t i = 0; i < k->count; i++) {
		learnt_free(&k->item[i].learnt);
		if (!k->item[i].stored)
			key_free(&k->item[i].key);
	}
	free(k->item);
	*k = (struct keymail){0};
}

/*
 * True where the sender's own key, which nobody disputes, signed all that the
 * key came in.
 */
static bool
keymail_is_vouched(
    const struct keymail_mail *m, const char *source, char old[KEY_FINGERPRINT])
{
	const struct contact *c = &m->contact;

	if (m->signer[0] == '\0' || strs_has(&m->j->warnings, "stale") ||
	    strcmp(source, "text") == 0 ||
	    (strcmp(source, "autocrypt") == 0 && !m->outer_signed))
		return false;
	(void)snprintf(old, KEY_FINGERPRINT, "%s", m->signer);
	if (c->keys == 0)
		return strcmp(m->used.fingerprint, m->signer) == 0;
	if (m->j->sender.evidence != EVIDENCE_SIGNATURE ||
	    m->j->sender.contact != c->id)
		return false;
	for (size_t i = 0; i < c->keys; i++)
		if (strcmp(c->key[i].fingerprint, m->signer) == 0)
			return c->key[i].verified != VERIFIED_NONE;
	return false;
}

static void
keymail_add(const struct keymail_mail *m, const char *source,
    const char *fingerprint, const char *sum, struct key *key,
    struct keymail *out)
{
	bool changes = m->contact.keys > 0 || m->used.fingerprint[0] != '\0';
	struct keymail_key *k;

	out->item = xgrow(out->item, out->count, sizeof(*out->item));
	k = &out->item[out->count++];
	*k = (struct keymail_key){.kind = KEYMAIL_FIRST,
	    .stored = key == NULL,
	    .contact = m->contact.id,
	    .bound = m->contact.keys > 0,
	    .learnt = {.address = xstrdup(m->j->from), .message = m->message}};
	if (key != NULL) {
		k->key = *key;
		*key = (struct key){0};
	}
	if (changes)
		k->kind = keymail_is_vouched(m, source, k->old) ? KEYMAIL_NEXT
								: KEYMAIL_WAITS;
	(void)snprintf(
	    k->learnt.fingerprint, KEY_FINGERPRINT, "%s", fingerprint);
	(void)snprintf(
	    k->learnt.source, sizeof(k->learnt.source), "%s", source);
	(void)snprintf(k->learnt.sum, sizeof(k->learnt.sum), "%s", sum);
}

/* Who sends one new key with the old one's signature means to change. */
static void
keymail_decide(const struct keymail_mail *m, struct keymail *out)
{
	for (size_t i = 0; i < out->count; i++) {
		struct keymail_key *k = &out->item[i];

		if (k->kind == KEYMAIL_NEXT && out->count > 1)
			k->kind = KEYMAIL_WAITS;
		k->learnt.waits = k->kind == KEYMAIL_WAITS;
		if (k->kind != KEYMAIL_FIRST)
			strs_add_once(&m->j->warnings,
			    k->kind == KEYMAIL_NEXT ? "new-key"
						    : "new-key-unproven");
	}
}

static bool
keymail_names(const struct key *k, const char *address)
{
	bool names = false;

	for (size_t i = 0; i < k->addresses.count && !names; i++) {
		char *fold = contact_address_fold(k->addresses.item[i]);

		names = fold != NULL && strcmp(fold, address) == 0;
		free(fold);
	}
	return names;
}

/* 1: nothing to learn of it; 0: it is new to us; -1: failed. */
static int
keymail_known(const struct keymail_mail *m, const char *fingerprint,
    struct key *known, struct err *e)
{
	struct contact owner = {0};
	struct err why = {0};
	bool has;

	if (learnt_has(m->w->db, m->j->from, fingerprint, &has, e) == -1)
		return -1;
	if (has)
		return 1;
	if (contact_by_key(m->w->db, fingerprint, &owner, &why) == 0) {
		contact_free(&owner);
		return 1;
	}
	if (why.code != ERR_NOINPUT)
		return err_set(e, why.code, "%s", why.text);
	for (size_t i = 0; i < m->w->teams; i++)
		if (strcmp(m->w->team[i].fingerprint, fingerprint) == 0)
			return 1;
	why = (struct err){0};
	if (key_get(m->w->db, fingerprint, known, &why) == -1 &&
	    why.code != ERR_NOINPUT && why.code != ERR_DATA)
		return err_set(e, why.code, "%s", why.text);
	return 0;
}

/* Through gpg, which tells whether the key holds together. */
static int
keymail_import(const struct keymail_mail *m, const char *source,
    const char *fingerprint, const struct buf *stripped, struct keymail *out,
    struct err *e)
{
	struct err why = {0};
	struct key *key;
	char sum[SPOOL_SHA];
	size_t count;

	if (keyring_import(m->w->keyring, stripped->data, stripped->len, false,
		&key, &count, &why) == -1) {
		if (why.code != ERR_DATA)
			return err_set(e, why.code, "%s", why.text);
		log_info("key not learnt: id=%lld why=%s",
		    (long long)m->message, why.text);
		return 0;
	}
	spool_sha(stripped->data, stripped->len, sum);
	if (count == 1 && strcmp(key->fingerprint, fingerprint) == 0 &&
	    !key->revoked &&
	    (strcmp(source, "autocrypt") == 0 ||
		keymail_names(key, m->j->from)))
		keymail_add(m, source, fingerprint, sum, key, out);
	for (size_t i = 0; i < count; i++)
		key_free(&key[i]);
	free(key);
	return 0;
}

/* One key in binary form, the first of what may be more. */
static int
keymail_one(const struct keymail_mail *m, const char *source,
    const unsigned char *data, size_t len, size_t *used, struct keymail *out,
    struct err *e)
{
	char fingerprint[KEY_FINGERPRINT], sum[SPOOL_SHA];
	struct key known = {0};
	struct err why = {0};
	struct buf stripped;
	int rc;

	*used = len;
	buf_init(&stripped, KEYSTRIP_MAX);
	rc = keystrip(data, len, &stripped, fingerprint, used, &why);
	if (rc == -1) {
		buf_free(&stripped);
		return 0;
	}
	rc = keymail_known(m, fingerprint, &known, e);
	if (rc == 0 && known.fingerprint[0] != '\0') {
		/* A person imported it: that copy stays. */
		spool_sha(stripped.data, stripped.len, sum);
		if (keymail_names(&known, m->j->from))
			keymail_add(m, source, fingerprint, sum, NULL, out);
	} else if (rc == 0) {
		rc = keymail_import(m, source, fingerprint, &stripped, out, e);
	}
	key_free(&known);
	buf_free(&stripped);
	return rc == -1 ? -1 : 0;
}

static int
keymail_binary(const struct keymail_mail *m, const char *source,
    const unsigned char *data, size_t len, size_t *tries, struct keymail *out,
    struct err *e)
{
	size_t used;

	while (len > 0 && *tries < KEYMAIL_MAX) {
		(*tries)++;
		if (keymail_one(m, source, data, len, &used, out, e) == -1)
			return -1;
		data += used;
		len -= used;
	}
	return 0;
}

/* What is armoured, with text around it. */
static int
keymail_blocks(const struct keymail_mail *m, const char *source,
    const void *data, size_t len, size_t *tries, struct keymail *out,
    struct err *e)
{
	struct armour a;
	size_t at = 0, blocks = 0;
	int rc = 0;

	while (rc == 0 && *tries < KEYMAIL_MAX && blocks++ < KEYMAIL_BLOCKS &&
	       armour_find(data, len, at, &a)) {
		struct buf binary;

		at = a.end;
		if (a.kind != ARMOUR_PUBLIC_KEY ||
		    a.end - a.start > KEYMAIL_RAW_MAX)
			continue;
		buf_init(&binary, KEYMAIL_RAW_MAX);
		if (armour_decode((const char *)data + a.start, a.end - a.start,
			&binary, NULL) == 0 &&
		    !binary.over)
			rc = keymail_binary(
			    m, source, binary.data, binary.len, tries, out, e);
		buf_free(&binary);
	}
	return rc;
}

/* How the attachment would bring a key, or NULL. */
static const char *
keymail_source(const struct attachment *a)
{
	size_t n = strlen(a->name);

	if (strcmp(a->type, "application/pgp-keys") == 0)
		return "attached";
	return n > 4 && strcasecmp(a->name + n - 4, ".asc") == 0 ? "text"
								 : NULL;
}

static int
keymail_attached(
    const struct keymail_mail *m, struct keymail *out, struct err *e)
{
	const struct reading *r = m->r;
	size_t tries = 0;

	for (size_t i = 0; i < r->attachments; i++) {
		const struct attachment *a = &r->attachment[i];
		const char *source = keymail_source(a);
		int rc;

		if (source == NULL || a->data.len > KEYMAIL_RAW_MAX ||
		    r->verdict.part[a->part].apart)
			continue;
		rc = a->data.len > 0 && (a->data.data[0] & 0x80) != 0
			 ? keymail_binary(m, source, a->data.data, a->data.len,
			       &tries, out, e)
			 : keymail_blocks(m, source, a->data.data, a->data.len,
			       &tries, out, e);
		if (rc == -1)
			return -1;
	}
	return keymail_blocks(
	    m, "text", buf_str(&r->text), r->text.len, &tries, out, e);
}

/*
 * The protected field where there is one. Where all of the header is protected
 * one that is only outside was added on the way.
 */
static int
keymail_autocrypt(struct keymail_mail *m, struct keymail *out, struct err *e)
{
	const struct mail *mail = m->r->mail;
	uint32_t part = 0;
	struct buf key;
	size_t tries = 0, len, body;
	const unsigned char *entity;
	int rc = 0;

	if (m->r->inner != NULL &&
	    (protect_is_full(mail, &m->r->verdict) ||
		part_field(&mail->table, m->r->verdict.payload, "Autocrypt") !=
		    NULL))
		part = m->r->verdict.payload;
	m->outer_signed = part != 0;
	if (part_field(&mail->table, part, "Autocrypt") == NULL)
		return 0;
	entity = mail_entity(mail, part, &len);
	(void)mail_body(mail, part, &body);
	buf_init(&key, AUTOCRYPT_MAX);
	if (autocrypt_find(entity, len - body, m->j->from, &key))
		rc = keymail_binary(
		    m, "autocrypt", key.data, key.len, &tries, out, e);
	buf_free(&key);
	return rc;
}

static bool
keymail_is_report(const struct reading *r)
{
	return r->mail->table.parts > 0 &&
	       strcmp(r->mail->table.part[0].type, "multipart/report") == 0;
}

static int
keymail_who(struct keymail_mail *m, struct err *e)
{
	const struct verdict *v = &m->r->verdict;
	struct err why = {0};

	for (size_t i = 0; i < v->signatures && m->signer[0] == '\0'; i++)
		if (v->signature[i].status == SIGNATURE_GOOD &&
		    v->signature[i].whole)
			(void)snprintf(m->signer, sizeof(m->signer), "%s",
			    v->signature[i].fingerprint);
	if (contact_by_address(m->w->db, m->j->from, &m->contact, &why) == -1 &&
	    why.code != ERR_NOINPUT && why.code != ERR_DATA)
		return err_set(e, why.code, "%s", why.text);
	return learnt_used(m->w->db, m->j->from, &m->used, e);
}

int
keymail_read(struct worker *w, const struct reading *r, struct judgement *j,
    int64_t message, struct keymail *out, struct err *e)
{
	struct keymail_mail m = {.w = w, .r = r, .j = j, .message = message};
	int rc = -1;

	*out = (struct keymail){0};
	if (j->from == NULL || keymail_is_report(r) ||
	    strs_has(&j->warnings, "several-from"))
		return 0;
	if (keymail_who(&m, e) == 0 && keymail_attached(&m, out, e) == 0 &&
	    keymail_autocrypt(&m, out, e) == 0) {
		keymail_decide(&m, out);
		rc = 0;
	}
	contact_free(&m.contact);
	learnt_free(&m.used);
	return rc;
}

/* The contact's keys and the new one, verified as the old one is. */
static int
keymail_bind(struct passage *p, const struct keymail_key *k, struct err *e)
{
	struct worker *w = p->w;
	int64_t now = clock_now(&w->clock);
	enum verified verified = VERIFIED_NONE;
	struct contact c;
	int rc;

	if (contact_get(w->db, k->contact, &c, e) == -1)
		return -1;
	for (size_t i = 0; i < c.keys; i++)
		if (strcmp(c.key[i].fingerprint, k->old) == 0)
			verified = c.key[i].verified;
	rc = rekeyed_tell(w->db, w->vault, w->spool, now,
	    &(struct rekeyed){.before = &c,
		.fingerprint = k->learnt.fingerprint,
		.identity = "gateway",
		.language = w->config->language},
	    e);
	c.key = xgrow(c.key, c.keys, sizeof(*c.key));
	c.key[c.keys++] =
	    (struct contact_key){.fingerprint = xstrdup(k->learnt.fingerprint),
		.verified = verified,
		.verified_at = verified == VERIFIED_NONE ? 0 : now};
	if (rc == 0)
		rc = contact_set(w->db, now, &c, e);
	contact_free(&c);
	return rc;
}

static int
keymail_note(struct passage *p, const struct keymail_key *k, struct err *e)
{
	struct worker *w = p->w;
	char *text;
	int rc;

	if (p->incident.id == 0)
		return 0;
	if (k->kind == KEYMAIL_NEXT)
		text = xasprintf("Message %lld brings the new key %s of %s,"
				 " signed with the old one, %s. It is used from"
				 " now on.",
		    (long long)p->message.id, k->learnt.fingerprint,
		    k->learnt.address, k->old);
	else
		text = xasprintf("Message %lld brings another key %s of %s,"
				 " and no key of theirs that is known here"
				 " speaks for it. It is not used. Ask them by a"
				 " way that you trust; then: noroshi contact"
				 " set %s --key %s --verified HOW",
		    (long long)p->message.id, k->learnt.fingerprint,
		    k->learnt.address, k->learnt.address,
		    k->learnt.fingerprint);
	rc = case_note_add(
	    w->db, w->vault, clock_now(&w->clock), p->incident.id, 0, text, e);
	free(text);
	return rc;
}

static const char *
keymail_event(enum keymail_kind kind)
{
	switch (kind) {
	case KEYMAIL_NEXT:
		return "key.changed";
	case KEYMAIL_WAITS:
		return "key.waits";
	case KEYMAIL_FIRST:
		break;
	}
	return "key.learnt";
}

static int
keymail_record_one(struct passage *p, struct keymail_key *k, struct err *e)
{
	struct db *db = p->w->db;
	int64_t now = clock_now(&p->w->clock);
	bool known, fresh;

	/* The same mail twice, in two workers. */
	if (learnt_has(
		db, k->learnt.address, k->learnt.fingerprint, &known, e) == -1)
		return -1;
	if (known)
		return 0;
	if (k->kind == KEYMAIL_NEXT && p->replay_of != 0) {
		k->kind = KEYMAIL_WAITS;
		k->learnt.waits = true;
	}
	k->learnt.at = now;
	if (!k->stored && key_store(db, now, &k->key, false, &fresh, e) == -1)
		return -1;
	if ((k->kind == KEYMAIL_NEXT ? learnt_replace(db, &k->learnt, e)
				     : learnt_add(db, &k->learnt, e)) == -1)
		return -1;
	if (k->kind == KEYMAIL_NEXT && k->contact != 0 && k->bound &&
	    keymail_bind(p, k, e) == -1)
		return -1;
	if (k->kind != KEYMAIL_FIRST && keymail_note(p, k, e) == -1)
		return -1;
	return passage_audit(p, keymail_event(k->kind),
	    json_pack("{s:s, s:s, s:s, s:s?}", "fingerprint",
		k->learnt.fingerprint, "address", k->learnt.address, "source",
		k->learnt.source, "old", k->old[0] == '\0' ? NULL : k->old),
	    e);
}

int
keymail_record(struct passage *p, struct keymail *k, struct err *e)
{
	for (size_t i = 0; i < k->count; i++)
		if (keymail_record_one(p, &k->item[i], e) == -1)
			return -1;
	return 0;
}
