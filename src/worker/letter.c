#include "worker/letter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "pgp/seal.h"

#define LETTER_MAX (512U << 20) /* bytes of one copy */

void
letter_init(struct worker *w, struct letter *l)
{
	*l = (struct letter){
	    .from = {w->config->team_name, w->config->team_address}};
	buf_init_secret(&l->subject, 4096);
	buf_init_secret(&l->text, LETTER_MAX);
}

void
letter_free(struct letter *l)
{
	mailboxes_free(&l->to);
	mailboxes_free(&l->cc);
	mailboxes_free(&l->reply_to);
	strs_free(&l->references);
	strs_free(&l->extra);
	free(l->in_reply_to);
	free(l->outer_subject);
	buf_free(&l->subject);
	buf_free(&l->text);
	free(l->attachment);
}

void
letter_prefix(int64_t message, char out[LETTER_PREFIX + 1])
{
	(void)snprintf(
	    out, LETTER_PREFIX + 1, "%016llx", (unsigned long long)message);
}

void
letter_draft(struct worker *w, struct draft *d, const char *kind,
    int64_t message, const char *language, enum noroshi_tlp label)
{
	const char *domain = strrchr(w->config->team_address, '@');
	unsigned char random[16];

	clock_random(&w->clock, random, sizeof(random));
	*d = (struct draft){.kind = xstrdup(kind),
	    .message = message,
	    .rfc_message_id = compose_message_id(
		domain == NULL ? "localhost" : domain + 1, random),
	    .language = xstrdup(language),
	    .label = label};
}

static struct compose
letter_compose(struct worker *w, const struct letter *l, const struct draft *d)
{
	return (struct compose){.from = l->from,
	    .to = &l->to,
	    .cc = &l->cc,
	    .reply_to = &l->reply_to,
	    .subject = buf_str(&l->subject),
	    .outer_subject = l->outer_subject,
	    .message_id = d->rfc_message_id,
	    .in_reply_to = l->in_reply_to,
	    .references = &l->references,
	    .date = clock_now(&w->clock),
	    .extra = &l->extra,
	    .text = buf_str(&l->text),
	    .text_len = l->text.len,
	    .attachment = l->attachment,
	    .attachments = l->attachments};
}

static int
letter_store(struct worker *w, int64_t message, const struct buf *file,
    struct draft_copy *copy, struct err *e)
{
	unsigned char random[16];
	char name[LETTER_PREFIX + 2 * sizeof(random) + 1];

	if (file->over)
		return err_set(e, ERR_DATA, "a copy over %u bytes", LETTER_MAX);
	clock_random(&w->clock, random, sizeof(random));
	letter_prefix(message, name);
	hex_encode(random, sizeof(random), name + LETTER_PREFIX);
	if (spool_put_out(w->spool, name, file, e) == -1)
		return -1;
	copy->file = xstrdup(name);
	return 0;
}

/* The ring holds the team's keys and those that are sealed to. */
static int
letter_ring(
    struct worker *w, const struct key *const *key, size_t count, struct err *e)
{
	const struct buf **blob;
	int rc;

	blob = xcalloc(count + w->teams + 1, sizeof(const struct buf *));
	for (size_t i = 0; i < w->teams; i++)
		blob[i] = &w->team[i].blob;
	for (size_t i = 0; i < count; i++)
		blob[w->teams + i] = &key[i]->blob;
	rc = keyring_load(w->keyring, blob, w->teams + count, e);
	free(blob);
	return rc;
}

/* Each copy's file around its own ciphertext. */
static int
letter_files(struct worker *w, const struct compose *c,
    const struct seal_copy *sealed, struct draft *d, struct err *e)
{
	for (size_t i = 0; i < d->copies; i++) {
		struct draft_copy *copy = &d->copy[i];
		struct buf file;
		int rc;

		buf_init(&file, LETTER_MAX);
		rc = compose_encrypted(c, &sealed[i].armour, &file, e);
		if (rc == 0)
			rc = letter_store(w, d->message, &file, copy, e);
		buf_free(&file);
		if (rc == -1)
			return -1;
		memcpy(copy->encrypted_to, sealed[i].encrypted_to,
		    sizeof(copy->encrypted_to));
	}
	return 0;
}

int
letter_seal(struct worker *w, const struct letter *l, struct draft *d,
    const struct key *const *key, struct err *e)
{
	struct compose c = letter_compose(w, l, d);
	struct seal_copy *sealed = NULL;
	const char **fingerprint;
	struct buf payload;
	int rc = -1;

	fingerprint = xcalloc(d->copies, sizeof(const char *));
	for (size_t i = 0; i < d->copies; i++)
		fingerprint[i] = key[i]->fingerprint;
	buf_init_secret(&payload, LETTER_MAX);
	if (compose_payload(&c, &payload, e) == -1 ||
	    letter_ring(w, key, d->copies, e) == -1 ||
	    seal(w->keyring,
		&(struct seal_request){.signer = w->config->team_key,
		    .recipient = fingerprint,
		    .recipients = d->copies,
		    .payload = &payload},
		&sealed, e) == -1)
		goto out;
	rc = letter_files(w, &c, sealed, d, e);
out:
	seal_free(sealed, sealed == NULL ? 0 : d->copies);
	buf_free(&payload);
	free(fingerprint);
	return rc;
}

int
letter_sign(
    struct worker *w, const struct letter *l, struct draft *d, struct err *e)
{
	struct compose c = letter_compose(w, l, d);
	struct buf payload, signature, file;
	int rc = -1;

	c.clear = true;
	buf_init(&payload, LETTER_MAX);
	buf_init(&signature, 1U << 20);
	buf_init(&file, LETTER_MAX);
	if (compose_payload(&c, &payload, e) == -1 ||
	    letter_ring(w, NULL, 0, e) == -1 ||
	    seal_sign(w->keyring, w->config->team_key, &payload, &signature,
		e) == -1 ||
	    compose_signed(&c, &payload, &signature, &file, e) == -1)
		goto out;
	rc = 0;
	for (size_t i = 0; i < d->copies && rc == 0; i++)
		rc = letter_store(w, d->message, &file, &d->copy[i], e);
out:
	buf_free(&payload);
	buf_free(&signature);
	buf_free(&file);
	return rc;
}
