#include "cases/feed.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/pack.h"

#define PATTERN_MAX 200 /* bytes */

static bool
is_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c >= 0x80 ||
	       strchr("._-:/@+", c) != NULL;
}

static void
pattern_word(struct buf *out, const char *word, size_t len)
{
	bool digit = false;

	for (size_t i = 0; i < len; i++)
		digit = digit || (word[i] >= '0' && word[i] <= '9');
	if (digit && (len < 4 || strncasecmp(word, "cve-", 4) != 0)) {
		buf_putc(out, '#');
		return;
	}
	for (size_t i = 0; i < len; i++)
		buf_putc(out, word[i] >= 'A' && word[i] <= 'Z'
				  ? (char)(word[i] - 'A' + 'a')
				  : word[i]);
}

char *
feed_pattern(const char *subject)
{
	struct buf out;
	char *pattern;

	/* What is over the limit is left away. */
	buf_init(&out, PATTERN_MAX);
	for (size_t i = 0; subject != NULL && subject[i] != '\0';) {
		size_t len = 0;

		while (subject[i + len] != '\0' &&
		       is_word((unsigned char)subject[i + len]))
			len++;
		if (len == 0)
			buf_putc(&out, subject[i++]);
		else
			pattern_word(&out, subject + i, len);
		i += len;
	}
	pattern = xstrdup(buf_str(&out));
	buf_free(&out);
	return pattern;
}

void
feed_digest(struct vault *v, const struct feed_notice *n, char out[FEED_DIGEST])
{
	char *pattern = feed_pattern(n->subject);
	unsigned char hash[32];
	struct buf key;

	buf_init(&key, 4096);
	pack_str(&key, n->from);
	pack_u64(&key, (uint64_t)n->sender->contact);
	pack_u64(&key, n->sender->evidence);
	pack_u64(&key, n->label);
	pack_str(&key, n->category);
	pack_str(&key, n->priority);
	pack_str(&key, pattern);
	vault_hash(v, "feed", key.data, key.len, hash);
	(void)hex_encode(hash, sizeof(hash), out);
	buf_free(&key);
	free(pattern);
}

int
feed_join(struct db *db, const char *digest, int64_t now, int64_t window,
    int64_t *cases, int64_t *nth, struct err *e)
{
	struct db_row *row;
	int rc;

	*cases = 0;
	if (db_query(db, &row, e,
		"SELECT cases, notices + 1 FROM feed JOIN cases"
		" ON cases.id = feed.cases"
		" WHERE digest = ? AND since > ? AND state <> 'closed'",
		"si", digest, now - window) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	*cases = db_int(row, 0);
	*nth = db_int(row, 1);
	db_end(row);
	return db_run(db, e,
	    "UPDATE feed SET notices = notices + 1 WHERE digest = ?", "s",
	    digest);
}

int
feed_open(struct db *db, const char *digest, int64_t now, int64_t cases,
    struct err *e)
{
	return db_run(db, e,
	    "INSERT OR REPLACE INTO feed (digest, since, cases, notices)"
	    " VALUES (?, ?, ?, 1)",
	    "sii", digest, now, cases);
}

bool
feed_is_told(int64_t nth)
{
	while (nth > 1 && nth % 10 == 0)
		nth /= 10;
	return nth <= 1;
}
