#include "pgp/sealstream.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "pgp/engine.h"

#define FLAGS                                                                  \
	((gpgme_encrypt_flags_t)(GPGME_ENCRYPT_ALWAYS_TRUST |                  \
				 GPGME_ENCRYPT_NO_ENCRYPT_TO |                 \
				 GPGME_ENCRYPT_NO_COMPRESS))

/* GPGME knows errno alone: what went wrong is kept here. */
struct streaming {
	const struct sealstream *s;
	struct err e;
};

static ssize_t
stream_read(void *handle, void *data, size_t len)
{
	struct streaming *p = handle;
	ssize_t n = p->s->read(p->s->ctx, data, len, &p->e);

	if (n == -1)
		errno = EIO;
	return n;
}

static ssize_t
stream_write(void *handle, const void *data, size_t len)
{
	struct streaming *p = handle;

	if (p->s->write(p->s->ctx, data, len, &p->e) == 0)
		return (ssize_t)len;
	errno = EIO;
	return -1;
}

static int
stream_run(struct keyring *k, const char *fingerprint, gpgme_data_t from,
    gpgme_data_t to, struct streaming *p, struct err *e)
{
	char *list = xasprintf("--\n%s\n", fingerprint);
	struct engine_run run;
	gpgme_error_t error;
	int rc = -1;

	engine_begin(&run, k, k->context, (size_t)p->s->size);
	gpgme_set_armor(k->context, 0);
	error = gpgme_op_encrypt_ext(k->context, NULL, list, FLAGS, from, to);
	engine_end(&run, error != 0);
	free(list);
	if (p->e.code != ERR_NONE)
		*e = p->e;
	else if (error == 0)
		rc = 0;
	else if (engine_broken(&run, error))
		err_set(e, ERR_TEMP, "GnuPG: %s", gpgme_strerror(error));
	else
		err_set(e, ERR_DATA, "key %s cannot be encrypted to: %s",
		    fingerprint, gpgme_strerror(error));
	return rc;
}

int
sealstream(struct keyring *k, const char *fingerprint,
    const struct sealstream *s, struct err *e)
{
	struct gpgme_data_cbs reads = {.read = stream_read};
	struct gpgme_data_cbs writes = {.write = stream_write};
	struct streaming p = {.s = s};
	gpgme_data_t from = NULL, to = NULL;
	gpgme_error_t error;
	int rc = -1;

	error = gpgme_data_new_from_cbs(&from, &reads, &p);
	if (error == 0)
		error = gpgme_data_new_from_cbs(&to, &writes, &p);
	if (error != 0)
		err_set(e, ERR_TEMP, "GPGME: %s", gpgme_strerror(error));
	else
		rc = stream_run(k, fingerprint, from, to, &p, e);
	gpgme_data_release(from);
	gpgme_data_release(to);
	return rc;
}
