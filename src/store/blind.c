#include "store/blind.h"

#include <sqlite3.h>

/*
 * A run is text to SQLite, and holds no NUL: each group has a byte that says
 * how it follows, and the hash, whose zeros were made ones.
 */
enum { BLIND_NEXT = 1, BLIND_SAME = 2 };

static int
blind_create(void *context, const char **word, int words, Fts5Tokenizer **out)
{
	static const char none;

	(void)context;
	(void)word;
	(void)words;
	/* It has no state; FTS5 only wants to see that there is one. */
	*out = (Fts5Tokenizer *)(uintptr_t)&none;
	return SQLITE_OK;
}

static void
blind_delete(Fts5Tokenizer *t)
{
	(void)t;
}

static int
blind_tokenize(Fts5Tokenizer *t, void *context, int flags, const char *run,
    int len,
    int (*found)(
	void *context, int flags, const char *token, int n, int start, int end))
{
	int rc = SQLITE_OK;

	(void)t;
	(void)flags;
	for (int at = 0; rc == SQLITE_OK && at + BLIND_GROUP <= len;
	     at += BLIND_GROUP)
		rc = found(context,
		    run[at] == BLIND_SAME ? FTS5_TOKEN_COLOCATED : 0,
		    run + at + 1, BLIND_TERM, at, at + BLIND_GROUP);
	return rc;
}

/* As sqlite.org/fts5.html, section 7, hands out its functions. */
static fts5_api *
blind_api(sqlite3 *sql)
{
	sqlite3_stmt *stmt = NULL;
	fts5_api *api = NULL;

	if (sqlite3_prepare_v2(sql, "SELECT fts5(?1)", -1, &stmt, NULL) ==
		SQLITE_OK &&
	    sqlite3_bind_pointer(stmt, 1, (void *)&api, "fts5_api_ptr", NULL) ==
		SQLITE_OK)
		(void)sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	return api;
}

int
blind_register(struct sqlite3 *sql)
{
	fts5_tokenizer t = {.xCreate = blind_create,
	    .xDelete = blind_delete,
	    .xTokenize = blind_tokenize};
	fts5_api *api = blind_api(sql);

	if (api == NULL)
		return SQLITE_ERROR;
	return api->xCreateTokenizer(api, BLIND_TOKENIZER, NULL, &t, NULL);
}

void
blind_put(struct buf *run, const unsigned char *hash, bool same)
{
	unsigned char group[BLIND_GROUP] = {same ? BLIND_SAME : BLIND_NEXT};

	for (int i = 0; i < BLIND_TERM; i++)
		group[i + 1] = hash[i] + (hash[i] == 0);
	buf_put(run, group, sizeof(group));
}

void
blind_put_stored(struct buf *run, const void *term, bool same)
{
	buf_putc(run, same ? BLIND_SAME : BLIND_NEXT);
	buf_put(run, term, BLIND_TERM);
}
