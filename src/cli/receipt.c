#include "cli/receipt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hex.h"
#include "pgp/clearsign.h"
#include "pgp/seal.h"
#include "pgp/verify.h"

#define RECEIPT_MAX (64U << 20) /* bytes: the list of keys grows */

void
receipt_free(struct receipt *r)
{
	free(r->file);
	*r = (struct receipt){.size = 0};
}

/* Under another name first: who finds it, finds all of it. */
static int
receipt_put(int dir, const char *name, const struct buf *text, struct err *e)
{
	char *part = xasprintf(".%s.part", name);
	size_t done = 0;
	ssize_t n = 0;
	int rc = 0;
	int fd = openat(dir, part,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	while (fd != -1 && n != -1 && done < text->len) {
		n = write(fd, text->data + done, text->len - done);
		if (n > 0)
			done += (size_t)n;
		else if (errno == EINTR)
			n = 0;
	}
	if (fd == -1 || n == -1 || fsync(fd) == -1 ||
	    renameat(dir, part, dir, name) == -1 || fsync(dir) == -1)
		rc = err_set(e, ERR_TEMP, "%s: %m", name);
	if (fd != -1)
		(void)close(fd);
	if (rc == -1)
		(void)unlinkat(dir, part, 0);
	free(part);
	return rc;
}

int
receipt_write(struct session *s, int dir, const char *name,
    const struct buf *text, struct err *e)
{
	struct buf sealed;
	int rc;

	buf_init(&sealed, 2 * RECEIPT_MAX);
	rc = seal_clearsign(s->keyring, s->config->team_key, text, &sealed, e);
	if (rc == 0)
		rc = receipt_put(dir, name, &sealed, e);
	buf_free(&sealed);
	return rc;
}

void
receipt_text(const struct receipt *r, struct buf *out)
{
	char when[CLOCK_RFC3339];

	buf_puts(out, "Noroshi backup\n\n");
	buf_putf(out, "File: %s\nSHA-256: %s\nSize: %lld\n", r->file, r->sha256,
	    (long long)r->size);
	buf_putf(out, "Made: %lld\nMade at: %s\n", (long long)r->made_at,
	    clock_rfc3339(r->made_at, when));
	buf_putf(out, "Audit entries: %lld\nAudit hash: %s\nTeam key: %s\n",
	    (long long)r->entries, r->hash, r->key);
}

/* --- reading ---------------------------------------------------------------
 */

/* The text that is signed, with LF; or the file as it is, unsigned. */
static int
receipt_load(
    const char *path, struct buf *text, struct buf *signature, struct err *e)
{
	static const char begin[] = "-----BEGIN PGP SIGNED MESSAGE-----";
	struct buf raw;
	int rc;

	buf_init(&raw, RECEIPT_MAX);
	buf_init(text, 2 * RECEIPT_MAX);
	buf_init(signature, 1 << 20);
	rc = session_read_file(path, &raw, e);
	while (raw.len > 0 && memchr(" \t\r\n", raw.data[raw.len - 1], 4))
		raw.len--;
	if (rc == 0 && (raw.len < sizeof(begin) ||
			   memcmp(raw.data, begin, sizeof(begin) - 1) != 0))
		buf_put(text, raw.data, raw.len);
	else if (rc == 0 && !clearsign_read(raw.data, raw.len, text, signature))
		rc = err_set(e, ERR_DATA, "%s: no clear-signed text", path);
	buf_free(&raw);
	return rc;
}

/* The value of the first line "Name: value", at most max bytes; or false. */
static bool
receipt_line(const struct buf *text, const char *name, char *value, size_t max)
{
	const char *p = buf_str(text), *end = p + text->len;
	size_t n = strlen(name);

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((lf == NULL ? end : lf) - p);

		if (len > 0 && p[len - 1] == '\r')
			len--;
		if (len > n + 2 && memcmp(p, name, n) == 0 && p[n] == ':' &&
		    p[n + 1] == ' ' && len - n - 2 < max) {
			memcpy(value, p + n + 2, len - n - 2);
			value[len - n - 2] = '\0';
			return true;
		}
		if (lf == NULL)
			break;
		p = lf + 1;
	}
	return false;
}

static bool
receipt_number(const struct buf *text, const char *name, int64_t *out)
{
	char value[24], *end;

	if (!receipt_line(text, name, value, sizeof(value)))
		return false;
	*out = strtoll(value, &end, 10);
	return *end == '\0' && *out >= 0;
}

static bool
receipt_hash(const struct buf *text, const char *name, char out[RECEIPT_HASH])
{
	return receipt_line(text, name, out, RECEIPT_HASH) &&
	       hex_is(out, RECEIPT_HASH - 1);
}

int
receipt_read(
    const char *path, bool checkpoint, struct receipt *out, struct err *e)
{
	struct buf text, signature;
	char file[128];
	bool good;
	int rc;

	*out = (struct receipt){.size = 0};
	rc = receipt_load(path, &text, &signature, e);
	good = rc == 0 &&
	       receipt_number(&text, "Audit entries", &out->entries) &&
	       receipt_hash(&text, "Audit hash", out->hash);
	if (good && !checkpoint)
		good =
		    receipt_line(&text, "File", file, sizeof(file)) &&
		    strchr(file, '/') == NULL &&
		    receipt_number(&text, "Size", &out->size) &&
		    receipt_number(&text, "Made", &out->made_at) &&
		    receipt_hash(&text, "SHA-256", out->sha256) &&
		    receipt_line(&text, "Team key", out->key, sizeof(out->key));
	if (good && !checkpoint)
		out->file = xstrdup(file);
	if (rc == 0 && !good)
		rc = err_set(e, ERR_DATA,
		    checkpoint ? "%s: no checkpoint of an audit log"
			       : "%s: no receipt of a backup",
		    path);
	buf_free(&text);
	buf_free(&signature);
	return rc;
}

int
receipt_verify(
    struct session *s, const char *path, const char *fingerprint, struct err *e)
{
	struct signatures found = {.count = 0};
	struct buf text, signature;
	bool good = false;
	int rc = receipt_load(path, &text, &signature, e);

	if (rc == 0 && signature.len > 0)
		rc = verify_detached(s->keyring, signature.data, signature.len,
		    text.data, text.len, clock_now(NULL), &found, e);
	for (size_t i = 0; i < found.count && rc == 0; i++)
		good = good || (found.item[i].facts.status == SIGNATURE_GOOD &&
				   strcmp(found.item[i].facts.fingerprint,
				       fingerprint) == 0);
	if (rc == 0 && !good)
		rc = err_set(e, ERR_DENIED,
		    "%s: is not signed by the team's key %s", path,
		    fingerprint);
	signatures_free(&found);
	buf_free(&text);
	buf_free(&signature);
	return rc;
}

/* --- destroyed keys ---------------------------------------------------------
 */

int
erased_text(struct session *s, struct buf *out, struct err *e)
{
	int64_t *id;
	size_t count;

	if (vault_keys_destroyed(s->db, &id, &count, e) == -1)
		return -1;
	buf_puts(out, "Noroshi: destroyed keys\n\n");
	for (size_t i = 0; i < count; i++)
		buf_putf(out, "Key: %lld\n", (long long)id[i]);
	free(id);
	return out->over ? err_set(e, ERR_DATA, "too many destroyed keys") : 0;
}

int
erased_read(const char *path, int64_t **id, size_t *count, struct err *e)
{
	struct buf text, signature;
	const char *p, *end;
	int rc = receipt_load(path, &text, &signature, e);

	*id = NULL;
	*count = 0;
	p = buf_str(&text);
	end = p + text.len;
	while (rc == 0 && p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		if (strncmp(p, "Key: ", 5) == 0) {
			*id = xgrow(*id, *count, sizeof(**id));
			(*id)[(*count)++] = strtoll(p + 5, NULL, 10);
		}
		p = lf == NULL ? end : lf + 1;
	}
	buf_free(&text);
	buf_free(&signature);
	return rc;
}
