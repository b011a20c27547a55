#include "worker/letter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "pgp/seal.h"
#include "store/spool_file.h"

#define LETTER_MAX (512U << 20) /* bytes of one copy */
#define LETTER_CHUNK (FANOUT_LINE * 1024) /* bytes armoured at a time */
#define LETTER_NAME (LETTER_PREFIX + 32 + 1) /* bytes of a file's name */

void
letter_init(struct worker *w, struct letter *l)
{
	*l = (struct letter){
	    .from = {w->config->team_name, w->config->team_address}};
	buf_init_secret(&l->subject, 4096);
	buf_init_secret(&l->text, LETTER_MAX);
}

/* They are large, and gpg's output comes beside what was composed of them. */
static void
letter_drop_attached(struct letter *l)
{
	for (size_t i = 0; l->attached != NULL && i < l->attachments; i++) {
		buf_free(&l->attached[i]);
		l->attachment[i].data = NULL;
		l->attachment[i].len = 0;
	}
}

void
letter_free(struct letter *l)
{
	letter_drop_attached(l);
	free(l->attached);
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

/* The records of the team's keys; the array is the caller's. */
static const struct buf **
letter_team(const struct worker *w)
{
	const struct buf **blob =
	    xcalloc(w->teams + 1, sizeof(const struct buf *));

	for (size_t i = 0; i < w->teams; i++)
		blob[i] = &w->team[i].blob;
	return blob;
}

/* The ring holds the team's keys alone, to sign. */
static int
letter_ring(struct worker *w, struct err *e)
{
	const struct buf **team = letter_team(w);
	int rc = keyring_load(w->keyring, team, w->teams, e);

	free(team);
	return rc;
}

/* One ciphertext's file: what all of its copies are put together from. */
struct letter_file {
	const struct compose *compose;
	const struct fanout *fanout;
	bool wanted[FANOUT_TAILS];
	uint64_t tail[FANOUT_TAILS]; /* first byte in the file */
	uint64_t tail_len[FANOUT_TAILS];
	uint64_t begin_len; /* from the file's start */
	uint64_t end, end_len;
	char *name;
};

static int
letter_put_tail(struct letter_file *l, unsigned tail, uint64_t *at,
    struct spool_file *f, struct err *e)
{
	size_t from = 0;
	struct buf lines;
	int rc = 0;

	l->tail[tail] = *at;
	buf_init(&lines, 2 * LETTER_CHUNK);
	while (rc == 0 &&
	       fanout_tail(l->fanout, tail, &from, LETTER_CHUNK, &lines)) {
		rc = spool_file_write(f, lines.data, lines.len, e);
		*at += lines.len;
		buf_clear(&lines);
	}
	buf_free(&lines);
	l->tail_len[tail] = *at - l->tail[tail];
	return rc;
}

/* Frame, the tails that some copy goes on with, frame. */
static int
letter_put(void *ctx, struct spool_file *f, struct err *e)
{
	struct letter_file *l = ctx;
	uint64_t at;
	struct buf frame;
	int rc;

	buf_init(&frame, LETTER_MAX);
	rc = compose_encrypted_begin(l->compose, &frame, e);
	if (rc == 0)
		rc = spool_file_write(f, frame.data, frame.len, e);
	l->begin_len = at = frame.len;
	for (unsigned i = 0; i < FANOUT_TAILS && rc == 0; i++)
		if (l->wanted[i])
			rc = letter_put_tail(l, i, &at, f, e);
	buf_clear(&frame);
	compose_encrypted_end(l->compose, &frame);
	l->end = at;
	l->end_len = frame.len;
	if (rc == 0)
		rc = spool_file_write(f, frame.data, frame.len, e);
	buf_free(&frame);
	return rc;
}

static void
letter_name(struct worker *w, int64_t message, char name[LETTER_NAME])
{
	unsigned char random[16];

	clock_random(&w->clock, random, sizeof(random));
	letter_prefix(message, name);
	hex_encode(random, sizeof(random), name + LETTER_PREFIX);
}

/* The plan of one copy: whose session key it is, and the tail that fits. */
static void
letter_plan(const struct letter_file *l, const char *name, size_t key,
    struct draft_copy *c)
{
	char checksum[8];
	unsigned tail = fanout_which(l->fanout, key);
	struct buf head;

	buf_init(&head, LETTER_CHUNK);
	fanout_head(l->fanout, key, &head, checksum);
	splice_add(&c->splice, "", 0, 0, l->begin_len);
	splice_add(
	    &c->splice, head.data, head.len, l->tail[tail], l->tail_len[tail]);
	splice_add(&c->splice, checksum, strlen(checksum), l->end, l->end_len);
	c->file = xstrdup(name);
	buf_free(&head);
}

/* The file of message m, and the plans of its copies. */
static int
letter_file(struct worker *w, const struct compose *c,
    const struct sealed *sealed, size_t m, struct draft *d, struct err *e)
{
	struct letter_file l = {
	    .compose = c, .fanout = &sealed->message[m].fanout};
	char name[LETTER_NAME];

	for (size_t i = 0; i < d->copies; i++)
		if (sealed->copy[i].message == m)
			l.wanted[fanout_which(l.fanout, sealed->copy[i].key)] =
			    true;
	letter_name(w, d->message, name);
	if (spool_make_out(w->spool, name, letter_put, &l, e) == -1)
		return -1;
	for (size_t i = 0; i < d->copies; i++)
		if (sealed->copy[i].message == m)
			letter_plan(&l, name, sealed->copy[i].key, &d->copy[i]);
	return 0;
}

int
letter_seal(struct worker *w, struct letter *l, struct draft *d,
    const struct key *const *key, struct err *e)
{
	struct compose c = letter_compose(w, l, d);
	struct sealed sealed = {.messages = 0};
	const struct buf **team = letter_team(w);
	struct buf payload;
	int rc;

	buf_init_secret(&payload, LETTER_MAX);
	rc = compose_payload(&c, &payload, e);
	letter_drop_attached(l);
	/* What is outside of the ciphertext has no text. */
	buf_free(&l->text);
	c.text = "";
	c.text_len = 0;
	if (rc == 0)
		rc = seal(w->keyring,
		    &(struct seal_request){.signer = w->config->team_key,
			.recipient = key,
			.recipients = d->copies,
			.kept = team,
			.kepts = w->teams,
			.payload = &payload},
		    &sealed, e);
	buf_free(&payload);
	free(team);
	for (size_t m = 0; m < sealed.messages && rc == 0; m++)
		rc = letter_file(w, &c, &sealed, m, d, e);
	for (size_t i = 0; i < d->copies && rc == 0; i++)
		memcpy(d->copy[i].encrypted_to, key[i]->fingerprint,
		    sizeof(d->copy[i].encrypted_to));
	seal_free(&sealed);
	return rc;
}

int
letter_clearsign(struct worker *w, struct letter *l, struct err *e)
{
	struct buf text;
	int rc;

	buf_init(&text, LETTER_MAX);
	rc = letter_ring(w, e);
	if (rc == 0)
		rc = seal_clearsign(
		    w->keyring, w->config->team_key, &l->text, &text, e);
	if (rc == 0) {
		buf_clear(&l->text);
		buf_put(&l->text, buf_str(&text), text.len);
	}
	buf_free(&text);
	return rc;
}

int
letter_sign(struct worker *w, struct letter *l, struct draft *d, struct err *e)
{
	struct compose c = letter_compose(w, l, d);
	struct buf payload, signature, file;
	char name[LETTER_NAME];
	int rc = -1;

	c.clear = true;
	buf_init(&payload, LETTER_MAX);
	buf_init(&signature, 1U << 20);
	buf_init(&file, LETTER_MAX);
	if (compose_payload(&c, &payload, e) == -1 || letter_ring(w, e) == -1 ||
	    seal_sign(w->keyring, w->config->team_key, &payload, &signature,
		e) == -1 ||
	    compose_signed(&c, &payload, &signature, &file, e) == -1)
		goto out;
	if (file.over) {
		err_set(e, ERR_DATA, "a copy over %u bytes", LETTER_MAX);
		goto out;
	}
	letter_name(w, d->message, name);
	rc = spool_put_out(w->spool, name, &file, e);
	for (size_t i = 0; i < d->copies && rc == 0; i++)
		d->copy[i].file = xstrdup(name);
out:
	buf_free(&payload);
	buf_free(&signature);
	buf_free(&file);
	return rc;
}
