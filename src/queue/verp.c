#include "queue/verp.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/base32.h"

#define VERP_HASH 16 /* letters, five bits each */
#define VERP_ID 18 /* digits: what int64_t always holds */
#define VERP_TOKEN (2 + VERP_ID + VERP_HASH) /* bytes, at most */
#define VERP_LOCAL 64 /* bytes, RFC 5321 section 4.5.3.1.1 */

static int
verp_make_key(struct db *db, struct err *e)
{
	unsigned char key[VERP_KEY];
	struct buf b;
	int rc;

	randombytes_buf(key, sizeof(key));
	buf_init_secret(&b, sizeof(key));
	buf_put(&b, key, sizeof(key));
	/* Another process may have made one meanwhile: that one counts. */
	rc = db_run(db, e,
	    "INSERT OR IGNORE INTO verp_key (id, bytes) VALUES (1, ?)", "b",
	    &b);
	buf_free(&b);
	sodium_memzero(key, sizeof(key));
	return rc;
}

/* 1: it is there; 0: there is none; -1: failed. */
static int
verp_read_key(struct verp *v, struct db *db, struct err *e)
{
	struct db_row *row;
	const void *bytes;
	size_t len;
	int rc;

	if (db_query(db, &row, e, "SELECT bytes FROM verp_key WHERE id = 1",
		"") == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	bytes = db_blob(row, 0, &len);
	if (len == sizeof(v->key))
		memcpy(v->key, bytes, len);
	else
		rc = err_set(e, ERR_BUG, "verp_key of %zu bytes", len);
	db_end(row);
	return rc;
}

/* As long as a scheme with its longest token can be. */
static bool
verp_fits(const char *scheme)
{
	const char *at = strrchr(scheme, '@');
	size_t room = VERP_LOCAL + strlen(VERP_MARK) - VERP_TOKEN;

	return at != NULL && (size_t)(at - scheme) <= room;
}

static char *
verp_scheme(const char *scheme, const char *team)
{
	const char *at = strrchr(team, '@');
	char *own;

	if (scheme != NULL || at == NULL)
		return xstrdup(scheme == NULL ? team : scheme);
	own = xasprintf("%.*s+" VERP_MARK "%s", (int)(at - team), team, at);
	if (verp_fits(own))
		return own;
	free(own);
	return xstrdup(team);
}

int
verp_open(struct verp *v, struct db *db, const char *scheme, const char *team,
    struct err *e)
{
	int rc;

	*v = (struct verp){0};
	if (sodium_init() == -1)
		return err_set(e, ERR_TEMP, "no random numbers");
	rc = verp_read_key(v, db, e);
	if (rc == 0 && verp_make_key(db, e) == 0)
		rc = verp_read_key(v, db, e);
	if (rc != 1)
		return err_in(e, "return paths");
	v->scheme = verp_scheme(scheme, team);
	return 0;
}

void
verp_close(struct verp *v)
{
	free(v->scheme);
	sodium_memzero(v, sizeof(*v));
}

bool
verp_is_on(const struct verp *v)
{
	return v->scheme != NULL && strstr(v->scheme, VERP_MARK) != NULL;
}

char *
verp_token(const struct verp *v, const struct verp_copy *c)
{
	char *text = xasprintf("%lld %lld %lld %s", (long long)c->id,
	    (long long)c->message, (long long)c->created_at, c->recipient);
	unsigned char hash[crypto_auth_hmacsha256_BYTES];
	char letters[VERP_HASH + 1];
	char *token;

	(void)crypto_auth_hmacsha256(
	    hash, (const unsigned char *)text, strlen(text), v->key);
	base32_write(hash, letters, VERP_HASH);
	token = xasprintf("b%lld-%s", (long long)c->id, letters);
	free(text);
	return token;
}

char *
verp_address(const struct verp *v, const struct verp_copy *c)
{
	const char *mark = strstr(v->scheme, VERP_MARK);
	char *token = verp_token(v, c);
	char *address = xasprintf("%.*s%s%s", (int)(mark - v->scheme),
	    v->scheme, token, mark + strlen(VERP_MARK));

	free(token);
	return address;
}

/* The part of text that the scheme has the token for, or all of it. */
static const char *
verp_inside(const struct verp *v, const char *text, size_t *len)
{
	const char *mark = strstr(v->scheme, VERP_MARK);
	size_t all = strlen(text), before, after;

	*len = all;
	if (mark == NULL || strchr(text, '@') == NULL)
		return text;
	before = (size_t)(mark - v->scheme);
	after = strlen(mark) - strlen(VERP_MARK);
	if (all <= before + after ||
	    strncasecmp(text, v->scheme, before) != 0 ||
	    strcasecmp(text + all - after, mark + strlen(VERP_MARK)) != 0)
		return text;
	*len = all - before - after;
	return text + before;
}

/* Reads "b12-abcdefghijklmnop"; mail programs change case. 0: it is none. */
static int64_t
verp_parse(const char *text, size_t len)
{
	int64_t id = 0;
	size_t i = 1;

	if (len < 3 + VERP_HASH || len > 2 + VERP_ID + VERP_HASH ||
	    (text[0] | 0x20) != 'b' || text[1] == '0')
		return 0;
	for (; i <= VERP_ID && text[i] >= '0' && text[i] <= '9'; i++)
		id = id * 10 + (text[i] - '0');
	return i > 1 && len - i == 1 + VERP_HASH && text[i] == '-' ? id : 0;
}

static bool
verp_is_token(const struct verp *v, const struct verp_copy *c, const char *text)
{
	char *right = verp_token(v, c);
	size_t len = strlen(right);
	char *low = xstrndup(text, len);
	bool is;

	for (char *p = low; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p | 0x20);
	is = strlen(low) == len && sodium_memcmp(low, right, len) == 0;
	free(low);
	free(right);
	return is;
}

int
verp_find(const struct verp *v, struct db *db, const char *text, int64_t now,
    int64_t *delivery, struct err *e)
{
	struct verp_copy copy = {0};
	struct db_row *row;
	size_t len;
	const char *token = verp_inside(v, text, &len);
	int rc;

	*delivery = 0;
	copy.id = verp_parse(token, len);
	if (copy.id == 0)
		return 0;
	if (db_query(db, &row, e,
		"SELECT d.message, v.created_at, v.recipient FROM delivery v"
		" JOIN draft d ON d.id = v.draft WHERE v.id = ?",
		"i", copy.id) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	copy.message = db_int(row, 0);
	copy.created_at = db_int(row, 1);
	copy.recipient = db_text(row, 2);
	if (now - copy.created_at <= VERP_AGE && verp_is_token(v, &copy, token))
		*delivery = copy.id;
	db_end(row);
	return 0;
}
