/* noroshi restore: a gateway out of a backup, in a folder of its own. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "cases/message.h"
#include "cases/message_raw.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/progress.h"
#include "cli/receipt.h"
#include "cli/restore_files.h"
#include "cli/unseal.h"
#include "people/key.h"
#include "queue/delivery.h"
#include "queue/delivery_act.h"
#include "queue/held.h"
#include "store/again.h"
#include "store/audit.h"
#include "store/blob.h"
#include "store/restored.h"
#include "store/unpack.h"

struct restore {
	struct session *s; /* of the caller: its output alone */
	struct session in; /* of the gateway that is brought back */
	const char *from, *to, *checkpoint, *signed_by, *erased_file;
	bool is_unsigned;
	char *archive, *text, *erased; /* paths; text and erased: or NULL */
	char *part; /* to, until all is well */
	bool made; /* part is ours */
	struct receipt receipt;
	struct unpack *unpack;
	struct progress progress;
	uint64_t come, size; /* bytes of text, of the archive's file */
	int64_t files, bytes;
	int64_t entries; /* of the audit log, before this is added */
	char hash[RECEIPT_HASH];
	int64_t held, destroyed; /* deliveries, keys */
	int64_t missing; /* files that rows name */
};

static void
restore_free(struct restore *r)
{
	progress_end(&r->progress);
	session_close(&r->in);
	unpack_free(r->unpack);
	receipt_free(&r->receipt);
	if (r->made)
		restore_files_drop(r->part);
	free(r->archive);
	free(r->text);
	free(r->erased);
	free(r->part);
}

static int
restore_options(struct restore *r, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"checkpoint", required_argument, NULL, 'c'},
	    {"erased", required_argument, NULL, 'e'},
	    {"signed-by", required_argument, NULL, 's'},
	    {"unsigned", no_argument, NULL, 'u'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'c')
			r->checkpoint = optarg;
		else if (c == 'e')
			r->erased_file = optarg;
		else if (c == 's')
			r->signed_by = optarg;
		else if (c == 'u')
			r->is_unsigned = true;
		else
			r->s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, 2, 2,
			   "the backup, and the folder to make", e) == -1)
		return -1;
	r->from = argv[optind];
	r->to = argv[optind + 1];
	if (r->is_unsigned && r->signed_by != NULL)
		return err_set(
		    e, ERR_USAGE, "--unsigned and --signed-by exclude");
	return 0;
}

/* --- the archive -------------------------------------------------------------
 */

/* What is signed is the file as it lies there, encrypted. */
static int
restore_sum(struct restore *r, char hex[RECEIPT_HASH], struct err *e)
{
	unsigned char chunk[65536], sum[SHA256_BYTES];
	struct sha256 all;
	int fd = open(r->archive, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = -1;

	sha256_begin(&all);
	while (fd != -1 && (n = read(fd, chunk, sizeof(chunk))) > 0) {
		sha256_add(&all, chunk, (size_t)n);
		r->size += (uint64_t)n;
	}
	if (fd == -1 || n == -1)
		err_set(e, ERR_NOINPUT, "%s: %m", r->archive);
	if (fd != -1)
		(void)close(fd);
	sha256_end(&all, sum);
	if (n == -1)
		return -1;
	hex_encode(sum, sizeof(sum), hex);
	return 0;
}

static int
restore_receipt(struct restore *r, struct err *e)
{
	char hex[RECEIPT_HASH];

	if (restore_sum(r, hex, e) == -1)
		return -1;
	if (r->text == NULL)
		return r->is_unsigned ? 0
				      : err_set(e, ERR_DENIED,
					    "%s: no signed text lies beside it;"
					    " --unsigned takes it nevertheless",
					    r->archive);
	if (receipt_read(r->text, false, &r->receipt, e) == -1)
		return -1;
	if ((uint64_t)r->receipt.size != r->size ||
	    strcmp(r->receipt.sha256, hex) != 0)
		return err_set(e, ERR_DATA,
		    "%s: is not the file that %s speaks of", r->archive,
		    r->text);
	return 0;
}

static int
restore_put(void *ctx, const void *data, size_t len, struct err *e)
{
	struct restore *r = ctx;

	r->come += len;
	progress_step(&r->progress, r->come, r->size);
	return unpack_put(r->unpack, data, len, e);
}

static int
restore_unpack(struct restore *r, struct err *e)
{
	int dir, rc;

	if (mkdir(r->part, 0700) == -1)
		return err_set(e, errno == EEXIST ? ERR_DATA : ERR_NOINPUT,
		    "%s: %m", r->part);
	r->made = true;
	dir = open(r->part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return err_set(e, ERR_TEMP, "%s: %m", r->part);
	r->unpack = unpack_create(dir);
	progress_begin(&r->progress, "restore");
	rc = unseal(r->archive, restore_put, r, e);
	if (rc == 0)
		rc = unpack_finish(r->unpack, &r->files, &r->bytes, e);
	progress_end(&r->progress);
	(void)close(dir);
	return rc;
}

/* --- is it what it says ----------------------------------------------------
 */

static int
restore_open(struct restore *r, char *file, struct err *e)
{
	r->in.file = file;
	output_open(&r->in.out, STDOUT_FILENO);
	if (session_open(&r->in, e) == -1 ||
	    restore_files_check(r->in.config, r->part, e) == -1 ||
	    session_spool(&r->in, e) == -1 || session_keyring(&r->in, e) == -1)
		return -1;
	/* The team's key opens the vault, or nothing can be read ever. */
	return session_vault(&r->in, e);
}

static int
restore_signature(struct restore *r, struct err *e)
{
	const char *team = r->in.config->team_key;

	if (r->text == NULL)
		return 0;
	if (r->signed_by != NULL && strcasecmp(r->signed_by, team) != 0)
		return err_set(e, ERR_DENIED,
		    "the backup is of a team with the key %s, not %s", team,
		    r->signed_by);
	return receipt_verify(&r->in, r->text, team, e);
}

static int
restore_chain(struct restore *r, struct err *e)
{
	int64_t bad;

	if (audit_verify(r->in.db, &r->entries, &bad, r->hash, e) == -1)
		return -1;
	if (bad != 0)
		return err_set(e, ERR_DATA,
		    "the audit log is broken at entry %lld", (long long)bad);
	if (r->text != NULL && (r->entries != r->receipt.entries ||
				   strcmp(r->hash, r->receipt.hash) != 0))
		return err_set(e, ERR_DATA,
		    "the audit log is not the one that %s speaks of", r->text);
	return 0;
}

/* What the team mailed elsewhere has to be in this log, or to be later. */
static int
restore_checkpoint(struct restore *r, struct err *e)
{
	struct receipt c;
	char hash[RECEIPT_HASH];
	int rc = -1;

	if (r->checkpoint == NULL)
		return 0;
	if (receipt_read(r->checkpoint, true, &c, e) == -1)
		return -1;
	if (receipt_verify(&r->in, r->checkpoint, r->in.config->team_key, e) ==
	    -1)
		goto out;
	rc = 0;
	if (c.entries > r->entries) {
		(void)fprintf(stderr,
		    "noroshi: the checkpoint is %lld entries younger than this"
		    " backup: what they record is lost, and cannot be"
		    " compared\n",
		    (long long)(c.entries - r->entries));
		goto out;
	}
	rc = audit_hash_of(r->in.db, c.entries, hash, e);
	if (rc == 0 && strcmp(hash, c.hash) != 0)
		rc = err_set(e, ERR_DATA,
		    "the audit log is another than the checkpoint's, from"
		    " entry %lld or before",
		    (long long)c.entries);
out:
	receipt_free(&c);
	return rc;
}

/* --- nothing dangerous from the past ----------------------------------------
 */

static int
restore_destroy(struct restore *r, struct err *e)
{
	int64_t *id = NULL;
	size_t count = 0;
	int rc = 0;

	if (r->erased == NULL)
		return 0;
	if (receipt_verify(&r->in, r->erased, r->in.config->team_key, e) ==
		-1 ||
	    erased_read(r->erased, &id, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count && rc == 0; i++) {
		bool changed = false;

		rc = vault_key_forget(r->in.db, id[i], &changed, e);
		r->destroyed += changed;
	}
	free(id);
	return rc;
}

static int
restore_write(struct restore *r, int64_t now, struct err *e)
{
	struct session *in = &r->in;
	int64_t made = r->receipt.made_at == 0 ? now : r->receipt.made_at;

	if (restored_mark(in->db, now, made, e) == -1 ||
	    delivery_restored(in->db, &r->held, e) == -1 ||
	    held_shift(in->db, now > made ? now - made : 0, e) == -1 ||
	    restore_destroy(r, e) == -1)
		return -1;
	in->user = session_user();
	in->actor = xasprintf("operator:%s (restore)", in->user);
	return session_audit(in, "gateway.restored", 0, 0, 0,
	    json_pack("{s:I, s:I, s:s, s:I, s:I, s:b}", "backup_made_at",
		(json_int_t)made, "entries", (json_int_t)r->entries, "hash",
		r->hash, "held", (json_int_t)r->held, "keys_destroyed",
		(json_int_t)r->destroyed, "signed", (int)(r->text != NULL)),
	    e);
}

/* Also what was destroyed leaves no copy in the write-ahead log. */
static int
restore_past(struct restore *r, struct err *e)
{
	struct db *db = r->in.db;
	int64_t now = clock_now(NULL);

	if (db_begin(db, e) == -1)
		return -1;
	if (restore_write(r, now, e) == -1 || db_commit(db, e) == -1) {
		db_rollback(db);
		return -1;
	}
	if (db_scrub(db, e) == -1 || db_check(db, e) == -1)
		return -1;
	return again_ask(r->in.config->spool,
	    r->receipt.made_at == 0 ? now : r->receipt.made_at, e);
}

/* The gateway may have lost them long before; people should know. */
static int
restore_missing(struct restore *r, struct err *e)
{
	struct session *in = &r->in;
	int64_t messages, deliveries, blobs;

	if (message_missing(in->db, in->spool, &messages, e) == -1 ||
	    delivery_missing(in->db, in->spool, &deliveries, e) == -1 ||
	    blob_missing(in->db, in->spool, &blobs, e) == -1)
		return -1;
	r->missing = messages + deliveries + blobs;
	if (r->missing > 0)
		(void)fprintf(stderr,
		    "noroshi: the gateway had lost the bytes of %lld messages,"
		    " %lld deliveries and %lld attachments\n",
		    (long long)messages, (long long)deliveries,
		    (long long)blobs);
	return 0;
}

/* --- the command
 * --------------------------------------------------------------- */

static int
restore_all(struct restore *r, struct err *e)
{
	char *file;
	int rc;

	if (restore_files_find(r->from, &r->archive, &r->text, &r->erased, e) ==
		-1 ||
	    restore_files_target(r->to, &r->part, e) == -1 ||
	    restore_receipt(r, e) == -1 || restore_unpack(r, e) == -1 ||
	    restore_files_config(r->part, e) == -1)
		return -1;
	if (r->erased_file != NULL) {
		free(r->erased);
		r->erased = xstrdup(r->erased_file);
	}
	file = xasprintf("%s/noroshi.conf", r->part);
	rc = restore_open(r, file, e);
	if (rc == 0 &&
	    (restore_signature(r, e) == -1 || restore_chain(r, e) == -1 ||
		restore_checkpoint(r, e) == -1 || restore_missing(r, e) == -1 ||
		restore_past(r, e) == -1))
		rc = -1;
	session_close(&r->in);
	free(file);
	if (rc == 0)
		rc = restore_files_finish(r->part, r->to, e);
	if (rc == 0)
		r->made = false;
	return rc;
}

static int
restore_say(struct restore *r, struct err *e)
{
	struct session *s = r->s;
	char when[CLOCK_RFC3339] = "an unknown time";

	if (s->out.json)
		return output_json(&s->out,
		    json_pack("{s:s, s:I, s:I, s:I, s:s, s:I, s:I, s:I, s:b}",
			"backup", r->archive, "files", (json_int_t)r->files,
			"bytes", (json_int_t)r->bytes, "entries",
			(json_int_t)r->entries, "hash", r->hash, "held",
			(json_int_t)r->held, "keys_destroyed",
			(json_int_t)r->destroyed, "missing",
			(json_int_t)r->missing, "signed",
			(int)(r->text != NULL)),
		    e);
	if (r->receipt.made_at != 0)
		(void)clock_rfc3339(r->receipt.made_at, when);
	output_put(&s->out,
	    "%s: as it was at %s\n%lld audit entries, chain whole, last hash"
	    " %s\n%lld deliveries are held; all that would leave is held until:"
	    " noroshi -c %s/noroshi.conf queue release\n",
	    r->to, when, (long long)r->entries, r->hash, (long long)r->held,
	    r->to);
	return 0;
}

int
cli_restore(struct session *s, int argc, char **argv, struct err *e)
{
	struct restore r = {.s = s};
	int rc = -1;

	if (restore_options(&r, argc, argv, e) == 0 && restore_all(&r, e) == 0)
		rc = restore_say(&r, e);
	restore_free(&r);
	return rc;
}
