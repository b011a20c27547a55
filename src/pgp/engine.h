/*
 * engine.h - the insides of a keyring, for the files of pgp/ alone.
 *
 * A run is one operation of GPGME: limits for gpg, the count of its status
 * lines, a bounded place for its output, and the end of its process.
 */
#ifndef PGP_ENGINE_H
#define PGP_ENGINE_H

#include <gpgme.h>

#include "pgp/children.h"
#include "pgp/kbx.h"
#include "pgp/keyring.h"

struct ring_key {
	struct kbx_key key;
	size_t primary; /* index in the ring of its primary key */
};

struct keyring {
	gpgme_ctx_t context;
	char *ring; /* absolute */
	char *agent_socket; /* or NULL */
	char *wrapper;
	int64_t deadline; /* seconds */
	int64_t memory; /* bytes */
	int64_t allowance; /* milliseconds of gpg's processor time that are
			      left for the mail at hand */
	bool loaded;
	unsigned char (*sum)[KBX_SUM]; /* of the records loaded, sorted */
	size_t sums;
	struct ring_key *key; /* keys and subkeys of the records loaded */
	size_t keys;
	gpgme_key_t signer; /* the last one asked for, or NULL; only its name is
			       used, so it outlives the ring's records */
	char signer_fingerprint[KEY_FINGERPRINT];
};

/* A GPGME context whose gpg has its home in folder. */
int engine_context(const struct keyring *k, const char *folder,
    gpgme_ctx_t *out, struct err *e);

#define ENGINE_VALID_MAX 64

/* A VALIDSIG line: a signature that is right in itself. */
struct engine_valid {
	char fingerprint[KEY_FINGERPRINT]; /* of the key or subkey */
	char primary[KEY_FINGERPRINT];
	unsigned type; /* RFC 9580 section 5.2.1; UINT_MAX: not said */
};

/*
 * How often each status line came: GnuPG's doc/DETAILS, "Format of the
 * --status-fd output".
 */
struct engine_frame {
	unsigned lines; /* of any kind; 0: gpg did not run */
	unsigned begin_decryption;
	unsigned end_decryption;
	unsigned decryption_info;
	unsigned decryption_okay;
	unsigned decryption_failed;
	unsigned good_mdc;
	unsigned bad_mdc;
	unsigned plaintext;
	bool plaintext_outside; /* not between BEGIN and END_DECRYPTION */
	bool integrity; /* DECRYPTION_INFO named MDC or AEAD */
	struct engine_valid valid[ENGINE_VALID_MAX];
	size_t valids;
};

struct engine_run {
	gpgme_ctx_t context;
	struct keyring *keyring; /* whose allowance it takes from, or NULL */
	struct engine_frame frame;
	struct children children;
	int64_t started; /* milliseconds, monotonic */
	int64_t seconds; /* its deadline */
	int64_t honest; /* milliseconds of processor time its input needs */
	int64_t work; /* those that it may take; 0: all of its deadline */
	struct children_cost cost; /* after its end */
};

/* input: bytes that gpg will read; the deadline grows with them. */
void engine_begin(struct engine_run *run, const struct keyring *k,
    gpgme_ctx_t context, size_t input);

/*
 * The same for what a stranger wrote: gpg gets the processor time that input
 * honestly needs, and what is left of the mail's allowance.
 */
void engine_begin_judging(
    struct engine_run *run, struct keyring *k, size_t input);

/*
 * True where what gpg read is a bomb: it wanted more processor time.
 */
bool engine_over_work(const struct engine_run *run);

/* failed: gpg may still be at work for nothing. Copy GPGME's results first. */
void engine_end(struct engine_run *run, bool failed);

/* True where the run took all the time that it had. */
bool engine_over_time(const struct engine_run *run);

/* True where the error is the machine's or the engine's, not the input's. */
bool engine_broken(const struct engine_run *run, gpgme_error_t error);

/* GPGME data that appends to out up to out's limit, then stops the run. */
int engine_sink(gpgme_data_t *data, struct buf *out, struct err *e);

/* GPGME data that reads borrowed bytes. */
int engine_source(
    gpgme_data_t *data, const void *bytes, size_t len, struct err *e);

/* The key or subkey with that fingerprint or key id, or NULL. */
const struct ring_key *engine_key(
    const struct keyring *k, const char *fingerprint);

/* As engine_key, but NULL where two keys of the ring have that key id. */
const struct ring_key *engine_key_alone(
    const struct keyring *k, const char *fingerprint);

/* Fills k from a listed key: all but material and blob. */
void key_read(struct key *k, gpgme_key_t from);

#endif
