#include "pgp/engine.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define BYTES_A_SECOND (2U << 20) /* what a slow machine's gpg reads */
#define ALLOWANCE_MS 1200 /* for all of a mail, beyond what is honest */
#define RUN_MS 10 /* of honest work: gpg's start, one signature */
#define BYTES_A_MS (8U << 10) /* of honest work */
#define SINK_READ "65536" /* bytes, as many as a pipe holds */

int
engine_context(const struct keyring *k, const char *folder, gpgme_ctx_t *out,
    struct err *e)
{
	struct children started;
	gpgme_error_t error = 0;
	struct engine_run run;

	*out = NULL;
	if (gpgme_check_version("1.18.0") == NULL)
		return err_set(e, ERR_SERVICE, "GPGME is older than 1.18.0");
	/* GPGME runs gpg, gpgsm and gpgconf, and waits for none. */
	children_note(&started);
	error = gpgme_new(out);
	children_end(&started, error != 0, NULL);
	if (error != 0)
		return err_set(
		    e, ERR_SERVICE, "GPGME: %s", gpgme_strerror(error));
	engine_begin(&run, k, *out, 0);
	error = gpgme_ctx_set_engine_info(
	    *out, GPGME_PROTOCOL_OpenPGP, k->wrapper, folder);
	if (error == 0)
		error = gpgme_set_protocol(*out, GPGME_PROTOCOL_OpenPGP);
	engine_end(&run, error != 0);
	if (error == 0)
		error = gpgme_set_ctx_flag(*out, "full-status", "1");
	if (error != 0) {
		gpgme_release(*out);
		*out = NULL;
		return err_set(e, ERR_SERVICE, "%s: %s", k->wrapper,
		    gpgme_strerror(error));
	}
	gpgme_set_armor(*out, 0);
	gpgme_set_offline(*out, 1);
	return 0;
}

/* DECRYPTION_INFO <mdc method> <cipher> [<aead>]. */
static bool
names_integrity(const char *args)
{
	char *end = NULL;
	long mdc = strtol(args, &end, 10);
	long aead = 0;

	strtol(end, &end, 10);
	aead = strtol(end, &end, 10);
	return mdc != 0 || aead != 0;
}

/* The n-th word of a line; "" where there are fewer, or it is too long. */
static void
copy_word(const char *line, int n, char *out, size_t size)
{
	size_t len = 0;

	line += strspn(line, " ");
	while (n-- > 0) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	len = strcspn(line, " ");
	if (len >= size)
		len = 0;
	memcpy(out, line, len);
	out[len] = '\0';
}

/* <key> <date> <time> <expires> <version> 0 <key> <digest> <type> <primary> */
static void
read_valid(struct engine_frame *f, const char *args)
{
	struct engine_valid *v = &f->valid[f->valids];
	char type[3];
	char *end = NULL;

	if (f->valids == ENGINE_VALID_MAX || args == NULL)
		return;
	f->valids++;
	copy_word(args, 0, v->fingerprint, sizeof(v->fingerprint));
	copy_word(args, 8, type, sizeof(type));
	copy_word(args, 9, v->primary, sizeof(v->primary));
	v->type = (unsigned)strtoul(type, &end, 16);
	if (end == type || *end != '\0')
		v->type = UINT_MAX;
}

/* GPGME's callback: a keyword and its arguments, each as gpg wrote it. */
static gpgme_error_t
count_status(void *opaque, const char *keyword, const char *args)
{
	struct engine_frame *f = opaque;

	if (keyword == NULL || *keyword == '\0')
		return 0;
	f->lines++;
	if (strcmp(keyword, "BEGIN_DECRYPTION") == 0)
		f->begin_decryption++;
	else if (strcmp(keyword, "END_DECRYPTION") == 0)
		f->end_decryption++;
	else if (strcmp(keyword, "DECRYPTION_INFO") == 0) {
		f->decryption_info++;
		f->integrity = args != NULL && names_integrity(args);
	} else if (strcmp(keyword, "DECRYPTION_OKAY") == 0)
		f->decryption_okay++;
	else if (strcmp(keyword, "DECRYPTION_FAILED") == 0)
		f->decryption_failed++;
	else if (strcmp(keyword, "GOODMDC") == 0)
		f->good_mdc++;
	else if (strcmp(keyword, "BADMDC") == 0)
		f->bad_mdc++;
	else if (strcmp(keyword, "VALIDSIG") == 0)
		read_valid(f, args);
	else if (strcmp(keyword, "PLAINTEXT") == 0) {
		f->plaintext++;
		if (f->begin_decryption != 1 || f->end_decryption != 0)
			f->plaintext_outside = true;
	}
	return 0;
}

static void
tell_wrapper(const char *name, int64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	setenv(name, text, 1);
}

static void
begin(struct engine_run *run, const struct keyring *k, gpgme_ctx_t context)
{
	run->context = context;
	tell_wrapper("NOROSHI_GPG_SECONDS", run->seconds);
	tell_wrapper("NOROSHI_GPG_MEMORY", k->memory);
	if (run->work > 0)
		tell_wrapper("NOROSHI_GPG_CPU", run->work);
	else
		unsetenv("NOROSHI_GPG_CPU");
	children_note(&run->children);
	gpgme_set_status_cb(context, count_status, &run->frame);
	run->started = clock_monotonic_ms();
}

static int64_t
seconds_for(const struct keyring *k, size_t input)
{
	return k->deadline + (int64_t)(input / BYTES_A_SECOND);
}

void
engine_begin(struct engine_run *run, const struct keyring *k,
    gpgme_ctx_t context, size_t input)
{
	memset(run, 0, sizeof(*run));
	run->seconds = seconds_for(k, input);
	begin(run, k, context);
}

void
keyring_allow(struct keyring *k)
{
	k->allowance = ALLOWANCE_MS;
}

void
engine_begin_judging(struct engine_run *run, struct keyring *k, size_t input)
{
	memset(run, 0, sizeof(*run));
	run->keyring = k;
	run->seconds = seconds_for(k, input);
	run->honest = RUN_MS + (int64_t)(input / BYTES_A_MS);
	run->work = run->honest + k->allowance;
	begin(run, k, k->context);
}

void
engine_end(struct engine_run *run, bool failed)
{
	gpgme_set_status_cb(run->context, NULL, NULL);
	children_end(&run->children, failed, &run->cost);
	if (run->keyring != NULL && run->cost.cpu_ms > run->honest)
		run->keyring->allowance -= run->cost.cpu_ms - run->honest;
	if (run->keyring != NULL && run->keyring->allowance < 0)
		run->keyring->allowance = 0;
}

bool
engine_over_work(const struct engine_run *run)
{
	return run->cost.cpu_over;
}

bool
engine_over_time(const struct engine_run *run)
{
	return clock_monotonic_ms() - run->started >= run->seconds * 1000 - 100;
}

bool
engine_broken(const struct engine_run *run, gpgme_error_t error)
{
	gpg_err_code_t code = gpgme_err_code(error);

	return code == GPG_ERR_INV_ENGINE || code == GPG_ERR_ENOMEM ||
	       code == GPG_ERR_EMFILE || code == GPG_ERR_ENFILE ||
	       code == GPG_ERR_EAGAIN || code == GPG_ERR_ENOSPC ||
	       (code != 0 && run->frame.lines == 0 && !engine_over_time(run));
}

static ssize_t
sink_write(void *handle, const void *data, size_t len)
{
	struct buf *out = handle;

	buf_put(out, data, len);
	if (out->over) {
		errno = EFBIG;
		return -1;
	}
	return (ssize_t)len;
}

int
engine_sink(gpgme_data_t *data, struct buf *out, struct err *e)
{
	static struct gpgme_data_cbs callbacks = {.write = sink_write};
	gpgme_error_t error = gpgme_data_new_from_cbs(data, &callbacks, out);

	if (error != 0)
		return err_set(e, ERR_TEMP, "GPGME: %s", gpgme_strerror(error));
	/* Its own reads are of 4 kB; this one is memory that it has to wipe. */
	(void)gpgme_data_set_flag(*data, "io-buffer-size", SINK_READ);
	(void)gpgme_data_set_flag(*data, "sensitive", "1");
	return 0;
}

int
engine_source(gpgme_data_t *data, const void *bytes, size_t len, struct err *e)
{
	gpgme_error_t error = gpgme_data_new_from_mem(data, bytes, len, 0);

	if (error != 0)
		return err_set(e, ERR_TEMP, "GPGME: %s", gpgme_strerror(error));
	return 0;
}

static bool
is_named(const struct kbx_key *key, const char *fingerprint)
{
	return strcmp(key->fingerprint, fingerprint) == 0 ||
	       (strlen(fingerprint) == KEY_ID - 1 &&
		   strcmp(key->key_id, fingerprint) == 0);
}

const struct ring_key *
engine_key(const struct keyring *k, const char *fingerprint)
{
	for (size_t i = 0; i < k->keys; i++)
		if (is_named(&k->key[i].key, fingerprint))
			return &k->key[i];
	return NULL;
}

const struct ring_key *
engine_key_alone(const struct keyring *k, const char *fingerprint)
{
	const struct ring_key *found = NULL;

	for (size_t i = 0; i < k->keys; i++) {
		const struct ring_key *key = &k->key[i];

		if (!is_named(&key->key, fingerprint))
			continue;
		if (found != NULL &&
		    strcmp(found->key.fingerprint, key->key.fingerprint) != 0)
			return NULL;
		if (found == NULL)
			found = key;
	}
	return found;
}
