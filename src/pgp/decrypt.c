#include "pgp/decrypt.h"

#include <stdio.h>
#include <string.h>

#include "pgp/replay.h"

#define OURS_MAX 32 /* session keys that name a key of the ring */

void
decryption_free(struct decryption *d)
{
	buf_free(&d->plain);
	signatures_free(&d->signatures);
	strs_free(&d->recipients);
}

static int
refuse(struct decryption *d, const char *word, const char *why)
{
	d->sound = false;
	d->word = word;
	snprintf(d->why, sizeof(d->why), "%s", why);
	buf_free(&d->plain);
	signatures_free(&d->signatures);
	return 0;
}

/* How many session keys could be for us: the agent has to try each. */
static size_t
count_ours(const struct keyring *k, const struct packet_message *m)
{
	size_t ours = m->hidden;

	for (size_t i = 0; i < m->recipients.count; i++)
		ours += engine_key(k, m->recipients.item[i]) != NULL;
	return ours;
}

/* What is refused by its structure, before gpg sees it. False: nothing. */
static bool
refuse_structure(struct decryption *d, const struct keyring *k,
    const struct packet_message *m)
{
	size_t ours = count_ours(k, m);

	if (m->form == PACKET_FORM_CLEAR || m->form == PACKET_FORM_SIGNATURE)
		refuse(d, "decryption-failed", "it looks encrypted but is not");
	else if (m->newer)
		refuse(d, "openpgp-v6",
		    "this message is OpenPGP v6; this gateway's GnuPG cannot "
		    "use it; ask for one to the v4 key");
	else if (m->form != PACKET_FORM_ENCRYPTED)
		refuse(d, "decryption-failed",
		    m->why == NULL ? "it is no OpenPGP message" : m->why);
	else if (!m->integrity)
		refuse(d, "no-mdc",
		    "it has no integrity protection, so anyone could have "
		    "changed it");
	else if (m->recipients.count == 0 && m->passphrases > 0)
		refuse(d, "passphrase-only",
		    "it is encrypted with a passphrase, not to a key");
	else if (ours == 0)
		refuse(d, "not-for-us", "it is encrypted to other keys");
	else if (ours > OURS_MAX)
		refuse(d, "decryption-failed",
		    "it has too many session keys for ours");
	else
		return false;
	return true;
}

/*
 * The whole truth about a decryption. gpg prints plaintext before it says that
 * the integrity check failed, and DECRYPTION_OKAY for output that was cut off.
 */
static bool
frame_is_sound(const struct engine_frame *f)
{
	return f->begin_decryption == 1 && f->end_decryption == 1 &&
	       f->decryption_info == 1 && f->integrity &&
	       f->decryption_okay == 1 && f->decryption_failed == 0 &&
	       f->good_mdc == 1 && f->bad_mdc == 0 && f->plaintext == 1 &&
	       !f->plaintext_outside;
}

/* Looks at a run that is not sound. Returns 1 where it is worth another try. */
static int
judge_failure(struct decryption *d, struct keyring *k,
    const struct engine_run *run, gpgme_error_t error, bool last, struct err *e)
{
	const struct engine_frame *f = &run->frame;
	int agent = 0;

	if (d->plain.over)
		return err_set(e, ERR_DATA,
		    "bomb: decrypted content over %zu bytes", d->plain.max);
	if (engine_over_work(run))
		return err_set(e, ERR_DATA,
		    "bomb: GnuPG was at work for over %lld milliseconds",
		    (long long)run->work);
	/* A dead agent looks exactly like mail for somebody else. */
	if (f->decryption_info == 0) {
		agent = keyring_agent(k, e);
		if (agent == -1)
			return -1;
	}
	/* It had read the message, and waited for the agent all that time. */
	if (engine_over_time(run) && f->lines > 0 && f->decryption_info == 0)
		return err_set(e, ERR_TEMP,
		    "GnuPG waited for over %lld seconds",
		    (long long)run->seconds);
	if (engine_over_time(run))
		return err_set(e, ERR_DATA,
		    "GnuPG did not end within %lld seconds",
		    (long long)run->seconds);
	if (engine_broken(run, error))
		return err_set(e, ERR_TEMP, "GnuPG: %s", gpgme_strerror(error));
	if (f->decryption_info == 0 && agent == 1 && !last)
		return 1;
	if (f->decryption_info == 0)
		return refuse(d, "not-for-us",
		    agent == 0 ? "no secret key here opens it"
			       : "its session key does not open with our key");
	if (f->bad_mdc > 0 || f->good_mdc == 0)
		return refuse(
		    d, "tampered", "it was changed or cut short on its way");
	return refuse(d, "decryption-failed",
	    "what it holds is not one sound OpenPGP message");
}

static int
run_decrypt(struct decryption *d, struct keyring *k, const void *data,
    size_t len, int64_t now, bool last, struct err *e)
{
	gpgme_data_t source = NULL;
	gpgme_data_t sink = NULL;
	gpgme_decrypt_result_t result = NULL;
	struct engine_run run;
	gpgme_error_t error = 0;
	bool sound = false;
	int rc = -1;

	if (engine_source(&source, data, len, e) == -1)
		return -1;
	if (engine_sink(&sink, &d->plain, e) == -1)
		goto out;
	engine_begin_judging(&run, k, len);
	error = gpgme_op_decrypt_verify(k->context, source, sink);
	result = gpgme_op_decrypt_result(k->context);
	sound = error == 0 && frame_is_sound(&run.frame) && result != NULL &&
		!result->legacy_cipher_nomdc &&
		result->unsupported_algorithm == NULL && !d->plain.over;
	if (sound)
		signatures_read(&d->signatures, k,
		    gpgme_op_verify_result(k->context), &run.frame, now);
	engine_end(&run, error != 0);
	if (sound)
		replay_name(&d->signatures, 0, d->plain.data, d->plain.len);
	d->sound = sound;
	rc = sound ? 0 : judge_failure(d, k, &run, error, last, e);
	if (!sound)
		buf_free(&d->plain);
out:
	gpgme_data_release(sink);
	gpgme_data_release(source);
	return rc;
}

int
decrypt(struct keyring *k, const void *data, size_t len, size_t limit,
    int64_t now, struct decryption *d, struct err *e)
{
	struct packet_message m = {.form = PACKET_FORM_OTHER};
	int rc = 0;

	memset(d, 0, sizeof(*d));
	buf_init_secret(&d->plain, limit);
	/* Compressed base64, as of an attachment, grows by a third: no copies,
	 * and no wiped places, of a text that grows. */
	buf_expect(&d->plain, len + len / 2);
	packet_message_read(&m, data, len);
	strs_copy(&d->recipients, &m.recipients);
	if (!refuse_structure(d, k, &m)) {
		rc = run_decrypt(d, k, data, len, now, false, e);
		if (rc == 1)
			rc = run_decrypt(d, k, data, len, now, true, e);
	}
	packet_message_free(&m);
	return rc;
}
