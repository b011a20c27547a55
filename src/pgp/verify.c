#include "pgp/verify.h"

#include "pgp/clearsign.h"
#include "pgp/packet.h"
#include "pgp/replay.h"

static int
judge_run(const struct engine_run *run, gpgme_error_t error, struct err *e)
{
	if (engine_over_work(run))
		return err_set(e, ERR_DATA,
		    "bomb: GnuPG was at work for over %lld milliseconds",
		    (long long)run->work);
	if (error != 0 && engine_over_time(run))
		return err_set(e, ERR_DATA,
		    "GnuPG did not end within %lld seconds",
		    (long long)run->seconds);
	if (engine_broken(run, error))
		return err_set(e, ERR_TEMP, "GnuPG: %s", gpgme_strerror(error));
	return 0;
}

static int
verify_one(struct keyring *k, const struct packet *signature, const void *text,
    size_t text_len, int64_t now, struct signatures *out, struct err *e)
{
	gpgme_data_t source = NULL;
	gpgme_data_t content = NULL;
	struct engine_run run;
	gpgme_error_t error = 0;
	size_t before = out->count;
	int rc = -1;

	if (engine_source(&source, signature->start, signature->size, e) ==
		-1 ||
	    engine_source(&content, text, text_len, e) == -1)
		goto out;
	engine_begin_judging(&run, k, text_len);
	error = gpgme_op_verify(k->context, source, content, NULL);
	signatures_read(
	    out, k, gpgme_op_verify_result(k->context), &run.frame, now);
	engine_end(&run, error != 0);
	if (judge_run(&run, error, e) == -1)
		goto out;
	if (out->count == before)
		signatures_add_error(
		    out, "signature-bad", "GnuPG cannot read it");
	rc = 0;
out:
	gpgme_data_release(content);
	gpgme_data_release(source);
	return rc;
}

int
verify_detached(struct keyring *k, const void *signature, size_t signature_len,
    const void *text, size_t text_len, int64_t now, struct signatures *out,
    struct err *e)
{
	struct packet_message m = {.form = PACKET_FORM_OTHER};
	struct packet_reader r = {signature, signature_len};
	struct packet p;
	size_t before = out->count;

	/* A whole message in its place would be checked instead of the text. */
	packet_message_read(&m, signature, signature_len);
	packet_message_free(&m);
	if (m.form != PACKET_FORM_SIGNATURE) {
		signatures_add_error(
		    out, "signature-bad", "it is no detached signature");
		return 0;
	}
	/* One by one: gpg looks at none behind one that is bad. */
	while (packet_next(&r, &p) == 1) {
		if (p.tag != PACKET_SIGNATURE)
			continue;
		if (p.len > 0 && p.body[0] > 4)
			signatures_add_error(out, "openpgp-v6",
			    "it is OpenPGP v6; this gateway's GnuPG cannot "
			    "check it");
		else if (verify_one(k, &p, text, text_len, now, out, e) == -1)
			return -1;
	}
	/* gpg makes a text's line ends alike, and cuts long lines meanwhile. */
	if (m.text_type && clearsign_line_over(text, text_len))
		signatures_spoil(out, before, "a line of it is too long");
	replay_name(out, before, text, text_len);
	return 0;
}

int
verify_inline(struct keyring *k, const void *data, size_t len, int64_t now,
    struct buf *plain, struct signatures *out, struct err *e)
{
	gpgme_data_t source = NULL;
	gpgme_data_t sink = NULL;
	struct engine_run run;
	gpgme_error_t error = 0;
	size_t before = out->count;
	int rc = -1;

	if (engine_source(&source, data, len, e) == -1)
		return -1;
	if (engine_sink(&sink, plain, e) == -1)
		goto out;
	engine_begin_judging(&run, k, len);
	error = gpgme_op_verify(k->context, source, NULL, sink);
	signatures_read(
	    out, k, gpgme_op_verify_result(k->context), &run.frame, now);
	engine_end(&run, error != 0);
	if (plain->over) {
		err_set(e, ERR_DATA, "bomb: signed content over %zu bytes",
		    plain->max);
		goto out;
	}
	if (judge_run(&run, error, e) == -1)
		goto out;
	/* More than one text, and nobody knows which of them is signed. */
	if (run.frame.plaintext != 1 || run.frame.begin_decryption != 0 ||
	    out->count == before) {
		out->count = before;
		buf_free(plain);
	} else
		replay_name(out, before, plain->data, plain->len);
	rc = 0;
out:
	gpgme_data_release(sink);
	gpgme_data_release(source);
	return rc;
}
