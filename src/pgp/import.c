#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "pgp/armour.h"
#include "pgp/engine.h"
#include "pgp/folder.h"
#include "pgp/packet.h"

#define KEYBOX_MAX (64U << 20) /* bytes that one import may make */
#define BLOCKS_MAX 1000 /* armoured blocks of one import */
#define REVOCATION_MAX 65536 /* bytes of a revocation certificate */

/* A folder and a context for keys that are not in the ring. */
struct scratch {
	char *folder;
	gpgme_ctx_t context;
};

static void
scratch_close(struct scratch *s)
{
	if (s->context != NULL)
		gpgme_release(s->context);
	if (s->folder != NULL)
		folder_remove(s->folder);
	free(s->folder);
	memset(s, 0, sizeof(*s));
}

static int
scratch_open(struct scratch *s, struct keyring *k, bool secret, struct err *e)
{
	memset(s, 0, sizeof(*s));
	s->folder = xasprintf("%s/import.XXXXXX", k->ring);
	if (mkdtemp(s->folder) == NULL) {
		err_set(e, ERR_TEMP, "%s: %m", s->folder);
		free(s->folder);
		s->folder = NULL;
		return -1;
	}
	if (folder_prepare(s->folder, secret ? k->agent_socket : NULL, e) ==
		-1 ||
	    engine_context(k, s->folder, &s->context, e) == -1) {
		scratch_close(s);
		return -1;
	}
	return 0;
}

/* Binary key packets of what may be armoured, several blocks in a row too. */
static int
read_blocks(
    const unsigned char *data, size_t len, struct buf *out, struct err *e)
{
	struct armour a;
	size_t at = 0;
	int blocks = 0;

	if (len > 0 && (data[0] & 0x80) != 0)
		buf_put(out, data, len);
	else
		while (armour_find(data, len, at, &a)) {
			at = a.end;
			if (a.kind != ARMOUR_PUBLIC_KEY &&
			    a.kind != ARMOUR_PRIVATE_KEY)
				continue;
			if (++blocks > BLOCKS_MAX)
				return err_set(e, ERR_DATA,
				    "over %d key blocks", BLOCKS_MAX);
			if (armour_decode(
				data + a.start, a.end - a.start, out, e) == -1)
				return -1;
		}
	if (out->over)
		return err_set(e, ERR_DATA, "keys of over %zu bytes", out->max);
	if (out->len == 0)
		return err_set(e, ERR_DATA, "there is no OpenPGP key in it");
	return 0;
}

/* What GnuPG 2.2 cannot use is said in plain words: RFC 9580 section 5.5.2. */
static int
no_key(unsigned version, struct err *e)
{
	if (version >= 5)
		return err_set(e, ERR_DATA,
		    "this key is OpenPGP v%u; this gateway's GnuPG cannot use "
		    "it; ask for a v4 key",
		    version);
	if (version != 0)
		return err_set(e, ERR_DATA,
		    "this key is OpenPGP v%u, which is too old to be safe; ask "
		    "for a v4 key",
		    version);
	return err_set(e, ERR_DATA,
	    "GnuPG found no usable key in it: a user id and its own signature "
	    "are needed");
}

/* Runs the import; secret_of gets the fingerprints that came with secrets. */
static int
run_import(struct scratch *s, struct keyring *k, const struct buf *packets,
    struct strs *secret_of, struct err *e)
{
	gpgme_data_t source = NULL;
	gpgme_import_result_t result = NULL;
	struct engine_run run;
	gpgme_error_t error = 0;
	bool broken = false;

	if (engine_source(&source, packets->data, packets->len, e) == -1)
		return -1;
	engine_begin(&run, k, s->context, packets->len);
	error = gpgme_op_import(s->context, source);
	result = gpgme_op_import_result(s->context);
	for (gpgme_import_status_t i = result == NULL ? NULL : result->imports;
	     i != NULL; i = i->next)
		if ((i->status & GPGME_IMPORT_SECRET) != 0 && i->fpr != NULL)
			strs_add_once(secret_of, i->fpr);
	engine_end(&run, error != 0);
	broken = engine_broken(&run, error);
	gpgme_data_release(source);
	if (broken)
		return err_set(
		    e, ERR_TEMP, "importing keys: %s", gpgme_strerror(error));
	if (error != 0 && engine_over_time(&run))
		return err_set(e, ERR_DATA,
		    "importing keys took over %lld seconds",
		    (long long)run.seconds);
	return 0;
}

/* The record and the material of a listed key. False where it has none. */
static bool
take_record(struct key *key, const struct buf *keybox)
{
	const unsigned char *record = NULL;
	size_t len = 0;
	size_t at = 0;

	while (kbx_next(keybox, &at, &record, &len, NULL) == 1) {
		struct kbx_key *keys = NULL;
		size_t count = 0;
		bool same = false;

		if (kbx_keys(record, len, &keys, &count, NULL) == 0)
			same =
			    strcmp(keys[0].fingerprint, key->fingerprint) == 0;
		free(keys);
		if (!same)
			continue;
		buf_put(&key->blob, record, len);
		return kbx_material(record, len, &key->material, NULL) == 0 &&
		       !key->blob.over;
	}
	return false;
}

static int
list_keys(struct scratch *s, struct keyring *k, const struct buf *keybox,
    struct key **out, size_t *count, struct err *e)
{
	struct engine_run run;
	gpgme_key_t listed = NULL;
	gpgme_error_t error = 0;

	engine_begin(&run, k, s->context, keybox->len);
	error = gpgme_op_keylist_start(s->context, NULL, 0);
	while (error == 0 &&
	       (error = gpgme_op_keylist_next(s->context, &listed)) == 0) {
		struct key key;

		key_read(&key, listed);
		gpgme_key_unref(listed);
		if (key.subkeys == 0 || !take_record(&key, keybox)) {
			key_free(&key);
			continue;
		}
		*out = xgrow(*out, *count, sizeof(**out));
		(*out)[(*count)++] = key;
	}
	engine_end(&run, gpgme_err_code(error) != GPG_ERR_EOF);
	if (gpgme_err_code(error) != GPG_ERR_EOF)
		return err_set(
		    e, ERR_TEMP, "listing keys: %s", gpgme_strerror(error));
	return 0;
}

/* Imports packets in a scratch folder and reads what came of it. */
static int
import_packets(struct keyring *k, const struct buf *packets, bool secret,
    struct key **out, size_t *count, struct err *e)
{
	struct strs secret_of = {NULL, 0};
	struct scratch s;
	struct buf keybox;
	int rc = -1;

	if (scratch_open(&s, k, secret, e) == -1)
		return -1;
	buf_init(&keybox, KEYBOX_MAX);
	if (run_import(&s, k, packets, &secret_of, e) == -1 ||
	    folder_read(s.folder, "pubring.kbx", &keybox, e) == -1 ||
	    list_keys(&s, k, &keybox, out, count, e) == -1)
		goto out;
	for (size_t i = 0; i < *count; i++)
		(*out)[i].secret = strs_has(&secret_of, (*out)[i].fingerprint);
	rc = 0;
out:
	buf_free(&keybox);
	strs_free(&secret_of);
	scratch_close(&s);
	return rc;
}

int
keyring_import(struct keyring *k, const void *data, size_t len, bool secret,
    struct key **out, size_t *count, struct err *e)
{
	struct packet_message m = {.form = PACKET_FORM_OTHER};
	struct buf packets;
	int rc = -1;

	*out = NULL;
	*count = 0;
	buf_init_secret(&packets, KEYBOX_MAX);
	if (read_blocks(data, len, &packets, e) == -1)
		goto out;
	packet_message_read(&m, packets.data, packets.len);
	if (m.form != PACKET_FORM_KEYS) {
		err_set(e, ERR_DATA, "there is no OpenPGP key in it%s%s",
		    m.why == NULL ? "" : ": ", m.why == NULL ? "" : m.why);
		goto out;
	}
	if (import_packets(k, &packets, secret, out, count, e) == -1)
		goto out;
	if (*count == 0) {
		no_key(m.key_version, e);
		goto out;
	}
	rc = 0;
out:
	if (rc == -1) {
		for (size_t i = 0; i < *count; i++)
			key_free(&(*out)[i]);
		free(*out);
		*out = NULL;
		*count = 0;
	}
	packet_message_free(&m);
	buf_free(&packets);
	return rc;
}

/* Two runs of gpg: the primary key, then its encryption subkey. */
static int
run_generate(struct scratch *s, struct keyring *k, const char *user_id,
    char fingerprint[KEY_FINGERPRINT], struct err *e)
{
	const unsigned flags =
	    GPGME_CREATE_NOPASSWD | GPGME_CREATE_NOEXPIRE | GPGME_CREATE_FORCE;
	gpgme_genkey_result_t result = NULL;
	gpgme_key_t key = NULL;
	struct engine_run run;
	gpgme_error_t error = 0;

	engine_begin(&run, k, s->context, 0);
	error = gpgme_op_createkey(s->context, user_id, "ed25519", 0, 0, NULL,
	    flags | GPGME_CREATE_SIGN | GPGME_CREATE_CERT);
	result = gpgme_op_genkey_result(s->context);
	if (error == 0 && (result == NULL || result->fpr == NULL ||
			      !(strlen(result->fpr) < KEY_FINGERPRINT)))
		error = gpgme_error(GPG_ERR_GENERAL);
	if (error == 0)
		memcpy(fingerprint, result->fpr, strlen(result->fpr) + 1);
	engine_end(&run, error != 0);
	if (error != 0)
		goto out;
	engine_begin(&run, k, s->context, 0);
	error = gpgme_get_key(s->context, fingerprint, &key, 0);
	if (error == 0)
		error = gpgme_op_createsubkey(s->context, key, "cv25519", 0, 0,
		    GPGME_CREATE_ENCR | GPGME_CREATE_NOPASSWD |
			GPGME_CREATE_NOEXPIRE);
	engine_end(&run, error != 0);
out:
	if (key != NULL)
		gpgme_key_unref(key);
	if (error != 0)
		return err_set(
		    e, ERR_TEMP, "making a key: %s", gpgme_strerror(error));
	return 0;
}

/* gpg made the certificate in the scratch folder; it moves to the ring's. */
static int
keep_revocation(struct scratch *s, struct keyring *k, const char *fingerprint,
    struct err *e)
{
	char *from = xasprintf("%s/openpgp-revocs.d", s->folder);
	char *to = xasprintf("%s/openpgp-revocs.d", k->ring);
	char *name = xasprintf("%s.rev", fingerprint);
	struct buf text;
	int rc = -1;

	buf_init_secret(&text, REVOCATION_MAX);
	if (mkdir(to, 0700) == -1 && errno != EEXIST)
		err_set(e, ERR_TEMP, "%s: %m", to);
	else if (folder_read(from, name, &text, e) == 0 &&
		 folder_write(to, name, &text, e) == 0)
		rc = 0;
	buf_free(&text);
	free(from);
	free(to);
	free(name);
	return rc;
}

/* The new key as packets: what gpg checks at import it need not check again. */
static int
export_packets(struct scratch *s, struct buf *out, struct err *e)
{
	const unsigned char *record = NULL;
	struct buf keybox;
	size_t len = 0;
	size_t at = 0;
	int rc = -1;

	buf_init(&keybox, KEYBOX_MAX);
	if (folder_read(s->folder, "pubring.kbx", &keybox, e) == 0) {
		if (kbx_next(&keybox, &at, &record, &len, e) == 1)
			rc = kbx_material(record, len, out, e);
		else
			err_set(e, ERR_BUG, "the new key is not there");
	}
	buf_free(&keybox);
	return rc;
}

int
keyring_generate(struct keyring *k, const char *name, const char *address,
    struct key *out, struct err *e)
{
	char *user_id = xasprintf("%s <%s>", name, address);
	char fingerprint[KEY_FINGERPRINT];
	struct buf packets;
	struct key *made = NULL;
	size_t count = 0;
	struct scratch s;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (k->agent_socket == NULL) {
		free(user_id);
		return err_set(e, ERR_BUG, "a new key without an agent");
	}
	if (scratch_open(&s, k, true, e) == -1) {
		free(user_id);
		return -1;
	}
	buf_init(&packets, KEY_MATERIAL_MAX);
	if (run_generate(&s, k, user_id, fingerprint, e) == -1 ||
	    keep_revocation(&s, k, fingerprint, e) == -1 ||
	    export_packets(&s, &packets, e) == -1 ||
	    import_packets(k, &packets, false, &made, &count, e) == -1)
		goto out;
	if (count != 1) {
		err_set(e, ERR_BUG, "the new key cannot be read");
		goto out;
	}
	*out = made[0];
	out->secret = true;
	count = 0;
	rc = 0;
out:
	for (size_t i = 0; i < count; i++)
		key_free(&made[i]);
	free(made);
	buf_free(&packets);
	scratch_close(&s);
	free(user_id);
	return rc;
}
