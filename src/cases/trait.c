#include "cases/trait.h"

#include <stdlib.h>
#include <string.h>
#include <unictype.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "cases/subject.h"

#define TRAIT_WORD_LEAST 4 /* bytes of a word that says something */
#define TRAIT_WORDS 32 /* of one subject */

/* A walk, and how much is left of it. */
struct trait_walk {
	void (*each)(void *context, enum trait_kind kind, const char *value,
	    const char *name);
	void *context;
	size_t left;
};

static void
trait_give(struct trait_walk *w, enum trait_kind kind, const char *value,
    const char *name)
{
	if (w->left == 0 || value == NULL || value[0] == '\0')
		return;
	w->left--;
	w->each(w->context, kind, value, name == NULL ? value : name);
}

static bool
trait_is_senders(const struct message *m, const char *value)
{
	const char *at =
	    m->sender_address == NULL ? NULL : strrchr(m->sender_address, '@');

	return at != NULL && at[1] != '\0' && strstr(value, at + 1) != NULL;
}

static bool
trait_is_han(uint32_t cp)
{
	const uc_script_t *s = uc_script(cp);

	return s != NULL && strcmp(s->name, "Han") == 0;
}

static bool
trait_is_letter(uint32_t cp)
{
	const uc_script_t *s = uc_script(cp);

	return (cp >= '0' && cp <= '9') || cp == 0x30fc ||
	       (s != NULL && strcmp(s->name, "Common") != 0 &&
		   strcmp(s->name, "Hiragana") != 0);
}

/*
 * The words of a base subject. Chinese characters make no words that could be
 * found without a dictionary: each two that stand together are one.
 */
static void
trait_words(struct trait_walk *w, const char *base)
{
	const unsigned char *p = (const unsigned char *)base;
	size_t len = strlen(base), words = 0, start = 0, before = 0;
	bool inside = false, was_han = false;

	for (size_t i = 0, n; i <= len && words < TRAIT_WORDS; i += n) {
		uint32_t cp = ' ';
		bool han, letter;

		n = i < len ? utf8_next(p + i, len - i, &cp) : 1;
		n = n == 0 ? 1 : n;
		han = i < len && trait_is_han(cp);
		letter = i < len && !han && trait_is_letter(cp);
		if (inside && !letter && i - start >= TRAIT_WORD_LEAST) {
			char *word = xstrndup(base + start, i - start);

			trait_give(w, TRAIT_WORD, word, NULL);
			free(word);
			words++;
		}
		if (han && was_han) {
			char *two = xstrndup(base + before, i + n - before);

			trait_give(w, TRAIT_WORD, two, NULL);
			free(two);
			words++;
		}
		if (letter && !inside)
			start = i;
		inside = letter;
		was_han = han;
		before = i;
	}
}

void
trait_walk(const struct message *m,
    void (*each)(void *context, enum trait_kind kind, const char *value,
	const char *name),
    void *context)
{
	struct trait_walk w = {
	    .each = each, .context = context, .left = TRAIT_ROWS};
	const json_t *one;
	char *base;
	size_t i;

	if (strcmp(m->direction, "in") != 0)
		return;
	base = subject_base(
	    json_string_value(json_object_get(m->content, "subject")));
	if (base != NULL) {
		trait_give(&w, TRAIT_SUBJECT, base, NULL);
		trait_words(&w, base);
	}
	free(base);
	json_array_foreach(json_object_get(m->content, "attachments"), i, one)
	{
		if (json_integer_value(json_object_get(one, "size")) > 0)
			trait_give(&w, TRAIT_FILE,
			    json_string_value(json_object_get(one, "sha256")),
			    json_string_value(json_object_get(one, "name")));
	}
	json_array_foreach(json_object_get(m->content, "indicators"), i, one)
	{
		const char *value =
		    json_string_value(json_object_get(one, "value"));

		if (value != NULL && !trait_is_senders(m, value))
			trait_give(&w, TRAIT_INDICATOR, value, NULL);
	}
}

/* A name for it that tells nobody what it is. */
static int64_t
trait_hash(struct vault *v, enum trait_kind kind, const char *value)
{
	static const char *const purpose[TRAIT_KINDS] = {
	    [TRAIT_INDICATOR] = "trait-indicator",
	    [TRAIT_FILE] = "trait-file",
	    [TRAIT_SUBJECT] = "trait-subject",
	    [TRAIT_WORD] = "trait-word"};
	unsigned char hash[32];
	uint64_t n = 0;

	vault_hash(v, purpose[kind], value, strlen(value), hash);
	for (int i = 0; i < 8; i++)
		n = n << 8 | hash[i];
	return (int64_t)(n >> 1);
}

struct trait_keeping {
	struct db *db;
	struct vault *vault;
	int64_t message;
	int rc;
	struct err *e;
};

static void
trait_add(
    void *context, enum trait_kind kind, const char *value, const char *name)
{
	struct trait_keeping *k = context;

	(void)name;
	if (k->rc == 0)
		k->rc = db_run(k->db, k->e,
		    "INSERT OR IGNORE INTO trait (hash, message) VALUES (?, ?)",
		    "ii", trait_hash(k->vault, kind, value), k->message);
}

int
trait_keep(
    struct db *db, struct vault *v, const struct message *m, struct err *e)
{
	struct trait_keeping k = {
	    .db = db, .vault = v, .message = m->id, .e = e};

	if (db_run(db, e, "DELETE FROM trait WHERE message = ?", "i", m->id) ==
	    -1)
		return -1;
	trait_walk(m, trait_add, &k);
	return k.rc;
}

int
trait_find(struct db *db, struct vault *v, enum trait_kind kind,
    const char *value, int64_t cases, struct trait_place out[TRAIT_PLACES],
    struct err *e)
{
	struct db_row *row;
	int n = 0, rc;

	if (db_query(db, &row, e,
		"SELECT t.message, m.cases FROM trait t"
		" JOIN message m ON m.id = t.message WHERE t.hash = ?"
		" AND m.cases IS NOT NULL AND m.cases <> ?"
		" ORDER BY t.message DESC LIMIT ?",
		"iii", trait_hash(v, kind, value), cases,
		(int64_t)TRAIT_PLACES) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		out[n++] = (struct trait_place){
		    .message = db_int(row, 0), .cases = db_int(row, 1)};
	return rc == -1 ? -1 : n;
}
