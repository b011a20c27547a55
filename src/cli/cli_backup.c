/* noroshi backup: all of a gateway in one encrypted file, while it runs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "cli/backup_files.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/progress.h"
#include "cli/receipt.h"
#include "people/key.h"
#include "pgp/sealstream.h"
#include "store/audit.h"
#include "store/dbcopy.h"

#define LIST_MAX (64U << 20) /* bytes of the list of destroyed keys */

struct backup {
	struct session *s;
	const char *as, *folder; /* argv's */
	bool erased_only;
	char *work; /* spool/backup */
	char *copy; /* of the database, in work */
	int lock; /* spool/backup.lock; -1: none */
	int dir; /* folder; -1: not open */
	int fd; /* of the file that is written; -1: none */
	char *part; /* its name before it is whole */
	char *receipt; /* the name of the text beside it */
	struct archive *archive;
	struct receipt made;
	struct strs left; /* what is not in it */
	struct progress progress;
	struct sha256 sum;
};

static void
backup_free(struct backup *b)
{
	progress_end(&b->progress);
	if (b->fd != -1)
		(void)close(b->fd);
	if (b->part != NULL && b->dir != -1)
		(void)unlinkat(b->dir, b->part, 0);
	if (b->dir != -1)
		(void)close(b->dir);
	archive_free(b->archive);
	if (b->work != NULL)
		backup_files_drop(b->work);
	if (b->lock != -1)
		(void)close(b->lock);
	receipt_free(&b->made);
	strs_free(&b->left);
	free(b->receipt);
	free(b->part);
	free(b->copy);
	free(b->work);
}

static int
backup_options(struct backup *b, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"erased", no_argument, NULL, 'e'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'a')
			b->as = optarg;
		else if (c == 'e')
			b->erased_only = true;
		else
			b->s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, 1, 1,
			   "the folder for the backup", e) == -1)
		return -1;
	b->folder = argv[optind];
	return 0;
}

/* The key that opens backups has no secret half here: it would open them. */
static int
backup_key(struct backup *b, struct err *e)
{
	const struct config *c = b->s->config;
	struct key key, team;
	const struct buf *blob[2];
	unsigned problems;
	int rc = -1;

	if (c->backup_key == NULL)
		return err_set(e, ERR_CONFIG,
		    "%s: backup_key is not set: noroshi key import the public"
		    " half of a key that is kept offline, and name it",
		    c->file);
	if (key_get(b->s->db, c->backup_key, &key, e) == -1)
		return err_in(e, "backup_key");
	if (key_get(b->s->db, c->team_key, &team, e) == -1) {
		key_free(&key);
		return err_in(e, "team.key");
	}
	problems = key_problems(&key, clock_now(NULL));
	blob[0] = &key.blob;
	blob[1] = &team.blob;
	if (strcmp(key.fingerprint, team.fingerprint) == 0)
		err_set(e, ERR_CONFIG,
		    "backup_key: is the team's own, which a burglar has with"
		    " the gateway; expected one that is kept offline");
	else if ((problems & ~(unsigned)KEY_EXPIRING) != 0)
		err_set(e, ERR_CONFIG,
		    "backup_key: %s is expired, revoked or not for encryption",
		    key.fingerprint);
	else
		rc = keyring_load(b->s->keyring, blob, 2, e);
	key_free(&key);
	key_free(&team);
	return rc;
}

/* --- the files --------------------------------------------------------------
 */

static int
backup_folders(struct backup *b, struct err *e)
{
	const struct config *c = b->s->config;
	char *path = config_spool(c, BACKUP_FOLDER ".lock");
	int rc = -1;

	b->work = config_spool(c, BACKUP_FOLDER);
	b->copy = xasprintf("%s/noroshi.db", b->work);
	b->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (b->lock == -1) {
		err_set(e, ERR_TEMP, "%s: %m", path);
	} else if (flock(b->lock, LOCK_EX | LOCK_NB) == -1) {
		free(b->work); /* another's */
		b->work = NULL;
		err_set(e, ERR_TEMP, "another backup is being made");
	} else {
		rc = 0;
	}
	free(path);
	if (rc == -1)
		return -1;
	backup_files_drop(b->work); /* of one that was killed */
	if (mkdir(b->work, 0700) == -1)
		return err_set(e, ERR_TEMP, "%s: %m", b->work);
	return 0;
}

static int
backup_target(struct backup *b, struct err *e)
{
	if (mkdir(b->folder, 0700) == -1 && errno != EEXIST)
		return err_set(e, ERR_NOINPUT, "%s: %m", b->folder);
	b->dir = open(b->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->dir == -1)
		return err_set(e, ERR_NOINPUT, "%s: %m", b->folder);
	return 0;
}

static int
backup_frozen(void *ctx, struct err *e)
{
	struct backup *b = ctx;

	b->made.made_at = clock_now(NULL);
	return backup_files_link(b->s->config, b->work, e);
}

static void
backup_copied(void *ctx, int64_t done, int64_t all)
{
	struct backup *b = ctx;

	progress_step(&b->progress, (uint64_t)done, (uint64_t)all);
}

/* The copy is opened as any database is: it is whole, and its chain holds. */
static int
backup_look(struct backup *b, struct err *e)
{
	struct db *copy = NULL;
	int64_t bad = 0;
	int rc = -1;

	if (db_open(&copy, b->copy, false, e) == 0 &&
	    audit_verify(copy, &b->made.entries, &bad, b->made.hash, e) == 0)
		rc = 0;
	db_close(copy);
	if (rc == 0 && bad != 0)
		rc = err_set(e, ERR_DATA,
		    "the audit log is broken at entry %lld", (long long)bad);
	return rc;
}

static int
backup_copy(struct backup *b, struct err *e)
{
	const struct dbcopy copy = {
	    .frozen = backup_frozen, .step = backup_copied, .ctx = b};

	progress_begin(&b->progress, "database");
	if (dbcopy_make(b->s->config->database, b->copy, &copy, e) == -1 ||
	    backup_look(b, e) == -1)
		return -1;
	progress_end(&b->progress);
	b->archive = archive_create();
	return backup_files_add(
	    b->s->config, b->copy, b->work, b->archive, &b->left, e);
}

/* --- the encrypted file ------------------------------------------------------
 */

static ssize_t
backup_read(void *ctx, void *data, size_t len, struct err *e)
{
	struct backup *b = ctx;

	return archive_read(b->archive, data, len, e);
}

static int
backup_put(void *ctx, const void *data, size_t len, struct err *e)
{
	struct backup *b = ctx;
	const unsigned char *p = data;

	sha256_add(&b->sum, p, len);
	b->made.size += (int64_t)len;
	progress_step(
	    &b->progress, (uint64_t)b->made.size, archive_size(b->archive));
	while (len > 0) {
		ssize_t n = write(b->fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(e, ERR_TEMP, "%s: %m", b->folder);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static void
backup_names(struct backup *b)
{
	time_t t = (time_t)b->made.made_at;
	char when[32] = "";
	struct tm tm;

	if (gmtime_r(&t, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	b->made.file = xasprintf("noroshi-%s.tar.gpg", when);
	b->receipt = xasprintf("noroshi-%s.txt", when);
	b->part = xasprintf(".noroshi-%s.part", when);
}

static int
backup_seal(struct backup *b, struct err *e)
{
	const struct sealstream stream = {.read = backup_read,
	    .write = backup_put,
	    .ctx = b,
	    .size = archive_size(b->archive)};
	unsigned char sum[SHA256_BYTES];
	int rc;

	backup_names(b);
	if (faccessat(b->dir, b->made.file, F_OK, 0) == 0)
		return err_set(e, ERR_DATA, "%s/%s: is there already",
		    b->folder, b->made.file);
	(void)unlinkat(b->dir, b->part, 0);
	b->fd = openat(b->dir, b->part,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (b->fd == -1)
		return err_set(e, ERR_TEMP, "%s: %m", b->folder);
	sha256_begin(&b->sum);
	progress_begin(&b->progress, "backup");
	rc = sealstream(b->s->keyring, b->s->config->backup_key, &stream, e);
	progress_end(&b->progress);
	sha256_end(&b->sum, sum);
	if (rc == -1)
		return -1;
	hex_encode(sum, sizeof(sum), b->made.sha256);
	if (fsync(b->fd) == -1 ||
	    renameat(b->dir, b->part, b->dir, b->made.file) == -1 ||
	    fsync(b->dir) == -1)
		return err_set(e, ERR_TEMP, "%s: %m", b->folder);
	free(b->part);
	b->part = NULL;
	return 0;
}

/* The list grows with each backup, and serves all older ones too. */
static int
backup_erased(struct backup *b, struct err *e)
{
	struct buf list;
	int rc;

	buf_init(&list, LIST_MAX);
	rc = erased_text(b->s, &list, e);
	if (rc == 0)
		rc = receipt_write(b->s, b->dir, "erased.txt", &list, e);
	buf_free(&list);
	return rc;
}

static int
backup_receipt(struct backup *b, struct err *e)
{
	struct buf text;
	int rc;

	(void)snprintf(
	    b->made.key, sizeof(b->made.key), "%s", b->s->config->team_key);
	buf_init(&text, 4096);
	receipt_text(&b->made, &text);
	rc = receipt_write(b->s, b->dir, b->receipt, &text, e);
	buf_free(&text);
	return rc == 0 ? backup_erased(b, e) : -1;
}

/* --- the command
 * -------------------------------------------------------------- */

static int
backup_audit(struct backup *b, const char *event, json_t *detail, struct err *e)
{
	struct session *s = b->s;

	if (db_begin(s->db, e) == -1) {
		json_decref(detail);
		return -1;
	}
	if (session_audit(s, event, 0, 0, s->contact, detail, e) == 0 &&
	    db_commit(s->db, e) == 0)
		return 0;
	db_rollback(s->db);
	return -1;
}

static int
backup_make(struct backup *b, struct err *e)
{
	if (backup_folders(b, e) == -1 ||
	    backup_audit(b, "backup.begun",
		json_pack("{s:s}", "key", b->s->config->backup_key), e) == -1 ||
	    backup_copy(b, e) == -1 || backup_seal(b, e) == -1 ||
	    backup_receipt(b, e) == -1)
		return -1;
	return backup_audit(b, "backup.made",
	    json_pack("{s:s, s:s, s:I, s:I}", "file", b->made.file, "sha256",
		b->made.sha256, "bytes", (json_int_t)b->made.size, "files",
		(json_int_t)archive_files(b->archive)),
	    e);
}

static int
backup_say(struct backup *b, struct err *e)
{
	struct session *s = b->s;

	for (size_t i = 0; i < b->left.count; i++)
		(void)fprintf(stderr,
		    "noroshi: not in the backup, since it lies elsewhere: %s\n",
		    b->left.item[i]);
	if (s->out.json)
		return output_json(&s->out,
		    json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "file",
			b->made.file, "receipt", b->receipt, "sha256",
			b->made.sha256, "bytes", (json_int_t)b->made.size,
			"files", (json_int_t)archive_files(b->archive),
			"entries", (json_int_t)b->made.entries, "hash",
			b->made.hash),
		    e);
	output_put(&s->out, "%s/%s\n", b->folder, b->made.file);
	return 0;
}

int
cli_backup(struct session *s, int argc, char **argv, struct err *e)
{
	struct backup b = {.s = s, .lock = -1, .dir = -1, .fd = -1};
	int rc = -1;

	if (backup_options(&b, argc, argv, e) == -1 ||
	    session_open(s, e) == -1 || session_act(s, b.as, e) == -1 ||
	    session_keyring(s, e) == -1 || backup_key(&b, e) == -1 ||
	    backup_target(&b, e) == -1)
		goto out;
	if (b.erased_only)
		rc = backup_erased(&b, e);
	else if (backup_make(&b, e) == 0)
		rc = backup_say(&b, e);
out:
	backup_free(&b);
	return rc;
}
