/* noroshi verify-export: whether an exported case is what the team signed. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/strs.h"
#include "cli/command.h"
#include "cli/option.h"
#include "config/config_load.h"
#include "people/key.h"
#include "pgp/armour.h"
#include "pgp/verify.h"
#include "store/audit_extract.h"
#include "store/bundle.h"

#define KEY_FILE_MAX (4U << 20) /* bytes */

struct verifying {
	struct session *s;
	const char *signer; /* fingerprint, or a file; NULL: the team */
	struct bundle_facts facts;
	struct strs keys; /* fingerprints that may have signed */
	char by[KEY_FINGERPRINT]; /* the one that has */
	int64_t entries;
};

/* The keys alone that may have signed are loaded. */
static int
verify_load(struct verifying *v, struct key *key, size_t count, struct err *e)
{
	const struct buf *blob[64];
	size_t n = 0;

	for (size_t i = 0; i < count && n < 64; i++) {
		strs_add(&v->keys, key[i].fingerprint);
		blob[n++] = &key[i].blob;
	}
	return keyring_load(v->s->keyring, blob, n, e);
}

static int
verify_key_file(struct verifying *v, struct err *e)
{
	struct key *key = NULL;
	size_t count = 0;
	struct buf raw;
	int rc;

	buf_init(&raw, KEY_FILE_MAX);
	rc = session_read_file(v->signer, &raw, e);
	if (rc == 0)
		rc = keyring_import(
		    v->s->keyring, raw.data, raw.len, false, &key, &count, e);
	if (rc == 0)
		rc = verify_load(v, key, count, e);
	for (size_t i = 0; i < count; i++)
		key_free(&key[i]);
	free(key);
	buf_free(&raw);
	return rc;
}

/* A ring that lasts as long as the session does: it needs no gateway. */
static int
verify_ring(struct session *s, struct err *e)
{
	struct keyring_options o = {.agent_socket = NULL};
	char *folder = xstrdup("/tmp/noroshi.XXXXXX");
	char *wrapper;
	int rc;

	s->config = config_create();
	s->config->libexec = config_libexec();
	if (mkdtemp(folder) == NULL) {
		free(folder);
		return err_set(e, ERR_TEMP, "a folder in /tmp: %m");
	}
	s->ring = folder;
	wrapper = xasprintf("%s/noroshi-gpg", s->config->libexec);
	o.ring = folder;
	o.wrapper = wrapper;
	o.deadline = s->config->gpg_deadline;
	o.memory = s->config->gpg_memory;
	rc = keyring_open(&s->keyring, &o, e);
	free(wrapper);
	return rc;
}

/* A key in a file is all that is needed; else a gateway knows the keys. */
static int
verify_begin(struct verifying *v, struct err *e)
{
	if (v->signer != NULL && !hex_is(v->signer, strlen(v->signer)))
		return verify_ring(v->s, e);
	if (session_open(v->s, e) == -1)
		return -1;
	return session_keyring(v->s, e);
}

/* A fingerprint of a key that is known, or a file with keys. */
static int
verify_keys(struct verifying *v, struct err *e)
{
	struct session *s = v->s;
	struct key *team = NULL, one;
	size_t count = 0;
	int rc;

	if (v->signer == NULL) {
		rc = key_list(s->db, true, &team, &count, e);
		if (rc == 0)
			rc = verify_load(v, team, count, e);
		for (size_t i = 0; i < count; i++)
			key_free(&team[i]);
		free(team);
		return rc;
	}
	if (!hex_is(v->signer, strlen(v->signer)))
		return verify_key_file(v, e);
	if (key_get(s->db, v->signer, &one, e) == -1)
		return err_in(e, "--signed-by");
	rc = verify_load(v, &one, 1, e);
	key_free(&one);
	return rc;
}

static int
verify_signature(struct verifying *v, struct err *e)
{
	struct signatures found = {.count = 0};
	const struct buf *text = &v->facts.manifest;
	struct armour at;
	struct buf raw;
	int rc = 0;

	buf_init(&raw, v->facts.signature.len);
	if (!armour_find(
		v->facts.signature.data, v->facts.signature.len, 0, &at) ||
	    at.kind != ARMOUR_SIGNATURE ||
	    armour_decode(v->facts.signature.data + at.start, at.end - at.start,
		&raw, NULL) == -1)
		rc = err_set(e, ERR_DATA, "its signature is none");
	if (rc == 0)
		rc = verify_detached(v->s->keyring, raw.data, raw.len,
		    text->data, text->len, clock_now(NULL), &found, e);
	for (size_t i = 0; i < found.count; i++) {
		const struct signature *one = &found.item[i].facts;

		if (one->status == SIGNATURE_GOOD &&
		    strs_has(&v->keys, one->fingerprint))
			memcpy(v->by, one->fingerprint, sizeof(v->by));
	}
	if (rc == 0 && v->by[0] == '\0')
		rc = err_set(e, ERR_DENIED, "is not signed by %s%s",
		    v->signer == NULL ? "a key of the team " : "",
		    v->signer == NULL ? v->s->config->team_key : v->signer);
	signatures_free(&found);
	buf_free(&raw);
	return rc;
}

static int
verify_file(struct verifying *v, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int rc;

	if (fd == -1)
		return err_set(e, ERR_NOINPUT, "%s: %m", path);
	rc = bundle_check(fd, &v->facts, e);
	(void)close(fd);
	if (rc == 0)
		rc = verify_signature(v, e);
	if (rc == 0)
		rc = audit_extract_check(buf_str(&v->facts.audit),
		    v->facts.audit.len, &v->entries, e);
	return rc == -1 ? err_in(e, "%s", path) : 0;
}

static int
verify_say(struct verifying *v, struct err *e)
{
	struct output *o = &v->s->out;

	if (o->json)
		return output_json(o,
		    json_pack("{s:b, s:s, s:I, s:I, s:I}", "whole", 1, "key",
			v->by, "files", (json_int_t)v->facts.files, "bytes",
			(json_int_t)v->facts.bytes, "entries",
			(json_int_t)v->entries),
		    e);
	output_put(o,
	    "%lld files as the manifest says, %lld audit entries as they were"
	    " written, signed by %s\n",
	    (long long)v->facts.files, (long long)v->entries, v->by);
	return 0;
}

int
cli_verify_export(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"signed-by", required_argument, NULL, 's'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct verifying v = {.s = s};
	int c, rc = -1;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 's')
			v.signer = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, 1, 1, "FILE", e) == -1)
		return -1;
	if (verify_begin(&v, e) == 0 && verify_keys(&v, e) == 0 &&
	    verify_file(&v, argv[optind], e) == 0)
		rc = verify_say(&v, e);
	strs_free(&v.keys);
	bundle_facts_free(&v.facts);
	return rc;
}
