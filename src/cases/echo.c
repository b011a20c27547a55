#include "cases/echo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/content_item.h"
#include "cases/indicator.h"
#include "cases/sentence.h"

#define ECHO_LOOK 64 /* rows of one sentence that are looked at */

/* One text that is looked up, or remembered. */
struct echo_search {
	struct db *db;
	struct vault *vault;
	const struct outgoing *o;
	const struct strs *quoted;
	struct echoes *out;
	struct indicators known; /* reported in the case without a label */
	bool known_read;
	int64_t message; /* that is remembered */
	size_t rows;
	bool words; /* sentences are looked up, not indicators */
	int rc; /* -1: failed, e tells why */
	struct err *e;
};

void
echoes_free(struct echoes *l)
{
	free(l->item);
	*l = (struct echoes){0};
}

/* A name for it that tells nobody what it is. */
static int64_t
echo_hash(struct vault *v, const char *purpose, const char *bytes, size_t len)
{
	unsigned char hash[32];
	uint64_t n = 0;

	vault_hash(v, purpose, bytes, len, hash);
	for (int i = 0; i < 8; i++)
		n = n << 8 | hash[i];
	return (int64_t)(n >> 1);
}

/* Theirs under a label that they wrote. */
static bool
echo_is_bound(const struct content_item *item)
{
	return item->origin == NOROSHI_ORIGIN_THIRD &&
	       !item->label_by_default && item->label >= NOROSHI_TLP_AMBER;
}

/* --- remembering ------------------------------------------------------------
 */

static void
echo_add(struct echo_search *s, int64_t hash)
{
	if (s->rc == -1 || s->rows >= ECHO_ROWS)
		return;
	s->rows++;
	s->rc = db_run(s->db, s->e,
	    "INSERT OR IGNORE INTO echo (hash, message) VALUES (?, ?)", "ii",
	    hash, s->message);
}

static void
echo_add_sentence(void *context, const char *bytes, size_t len)
{
	struct echo_search *s = context;

	echo_add(s, echo_hash(s->vault, "sentence", bytes, len));
}

static void
echo_add_indicator(struct echo_search *s, const char *value)
{
	echo_add(s, echo_hash(s->vault, "indicator", value, strlen(value)));
}

/* What the sender's own mail is signed with accuses nobody. */
static bool
echo_is_senders(const struct message *m, const char *value)
{
	const char *at =
	    m->sender_address == NULL ? NULL : strrchr(m->sender_address, '@');

	return at != NULL && at[1] != '\0' && strstr(value, at + 1) != NULL;
}

static void
echo_keep_content(struct echo_search *s, const struct message *m)
{
	const json_t *text = json_object_get(m->content, "text");
	bool ours = strcmp(m->direction, "out") == 0;
	const json_t *one;
	size_t i;

	if (json_is_string(text))
		sentence_walk(json_string_value(text), json_string_length(text),
		    false, echo_add_sentence, s);
	json_array_foreach(json_object_get(m->content, "indicators"), i, one)
	{
		struct indicator found = {
		    .type = xstrdup_null(
			json_string_value(json_object_get(one, "type"))),
		    .value = xstrdup_null(
			json_string_value(json_object_get(one, "value")))};

		if (!ours && found.type != NULL && found.value != NULL &&
		    !indicator_is_public(found.type) &&
		    !echo_is_senders(m, found.value))
			echo_add_indicator(s, found.value);
		free(found.type);
		free(found.value);
	}
}

int
echo_keep(
    struct db *db, struct vault *v, const struct message *m, struct err *e)
{
	struct echo_search s = {.db = db, .vault = v, .message = m->id, .e = e};
	struct content_item item;

	if (db_run(db, e, "DELETE FROM echo WHERE message = ?", "i", m->id) ==
	    -1)
		return -1;
	content_item_read(m, &item);
	if (strcmp(m->direction, "out") == 0 || echo_is_bound(&item))
		echo_keep_content(&s, m);
	return s.rc;
}

/* --- looking up -------------------------------------------------------------
 */

static bool
echo_is_quoted(const struct echo_search *s, int64_t message)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%lld", (long long)message);
	return strs_has(s->quoted, number);
}

static int
echo_found(struct echo_search *s, int64_t message)
{
	struct err why = {0};
	struct message m;
	struct echo *x;

	if (message == s->o->came_as || message == s->o->message ||
	    echo_is_quoted(s, message) || s->out->count >= ECHO_MAX)
		return 0;
	for (size_t i = 0; i < s->out->count; i++) {
		x = &s->out->item[i];
		if (x->item.source == message) {
			x->words = x->words || s->words;
			return 0;
		}
	}
	if (message_get(s->db, message, &m, s->e) == -1)
		return -1;
	if (message_unseal(s->db, s->vault, &m, &why) == -1 &&
	    why.code != ERR_NOINPUT) {
		message_free(&m);
		return err_set(s->e, why.code, "%s", why.text);
	}
	s->out->item = xgrow(s->out->item, s->out->count, sizeof(*x));
	x = &s->out->item[s->out->count++];
	*x = (struct echo){.cases = m.cases, .words = s->words};
	content_item_read(&m, &x->item);
	message_free(&m);
	return 0;
}

/*
 * Who wrote it first: what was the team's before is the team's, and what many
 * people write is a phrase.
 */
static int
echo_look(struct echo_search *s, int64_t hash)
{
	struct strs sender = {0};
	int64_t message[ECHO_LOOK];
	struct db_row *row;
	size_t count = 0;
	bool ours = false;
	int rc;

	if (db_query(s->db, &row, s->e,
		"SELECT x.message, m.direction, m.sender_address FROM echo x"
		" JOIN message m ON m.id = x.message WHERE x.hash = ?"
		" ORDER BY x.message LIMIT ?",
		"ii", hash, (int64_t)ECHO_LOOK) == -1)
		return -1;
	while ((rc = db_step(row, s->e)) == 1) {
		const char *from = db_text(row, 2);

		if (strcmp(db_text(row, 1), "out") == 0) {
			ours = ours || count == 0;
			continue;
		}
		message[count++] = db_int(row, 0);
		strs_add_once(&sender, from == NULL ? "" : from);
	}
	if (sender.count > ECHO_SOURCES)
		ours = true;
	strs_free(&sender);
	for (size_t i = 0; i < count && rc == 0 && !ours; i++)
		rc = echo_found(s, message[i]);
	return rc;
}

static void
echo_look_sentence(void *context, const char *bytes, size_t len)
{
	struct echo_search *s = context;

	if (s->rc == 0)
		s->rc =
		    echo_look(s, echo_hash(s->vault, "sentence", bytes, len));
}

/* What was reported in the case by who did not restrict it, is not known from
 * who did alone. */
static int
echo_read_known(struct echo_search *s)
{
	const struct message_filter f = {.cases = s->o->cases};
	int64_t *id = NULL;
	size_t count = 0;
	int rc = 0;

	s->known_read = true;
	if (f.cases != 0)
		rc = message_list(s->db, &f, &id, &count, s->e);
	for (size_t i = 0; i < count && rc == 0; i++) {
		struct content_item item;
		struct err why = {0};
		const json_t *text;
		struct message m;

		rc = message_get(s->db, id[i], &m, s->e);
		if (rc == -1)
			break;
		content_item_read(&m, &item);
		if (strcmp(m.direction, "in") == 0 && !echo_is_bound(&item) &&
		    message_unseal(s->db, s->vault, &m, &why) == -1 &&
		    why.code != ERR_NOINPUT)
			rc = err_set(s->e, why.code, "%s", why.text);
		text = json_object_get(m.content, "text");
		if (json_is_string(text))
			indicators_find(&s->known, json_string_value(text),
			    json_string_length(text));
		message_free(&m);
	}
	free(id);
	return rc;
}

static int
echo_look_indicator(struct echo_search *s, const struct indicator *i)
{
	int64_t hash =
	    echo_hash(s->vault, "indicator", i->value, strlen(i->value));
	int64_t one;

	if (indicator_is_public(i->type))
		return 0;
	if (db_get_int(s->db, &one, 0, s->e,
		"SELECT 1 FROM echo WHERE hash = ? LIMIT 1", "i", hash) == -1)
		return -1;
	if (one == 0)
		return 0;
	if (!s->known_read && echo_read_known(s) == -1)
		return -1;
	for (size_t k = 0; k < s->known.count; k++)
		if (strcmp(s->known.item[k].value, i->value) == 0)
			return 0;
	return echo_look(s, hash);
}

int
echo_find(struct db *db, struct vault *v, const struct outgoing *o,
    const char *words, size_t len, const struct strs *quoted,
    struct echoes *out, struct err *e)
{
	struct echo_search s = {.db = db,
	    .vault = v,
	    .o = o,
	    .quoted = quoted,
	    .out = out,
	    .words = true,
	    .e = e};
	struct indicators have = {0};

	*out = (struct echoes){0};
	sentence_walk(words, len, true, echo_look_sentence, &s);
	if (o->subject != NULL) {
		sentence_walk(o->subject, strlen(o->subject), true,
		    echo_look_sentence, &s);
		indicators_find(&have, o->subject, strlen(o->subject));
	}
	indicators_find(&have, words, len);
	s.words = false;
	for (size_t i = 0; i < have.count && s.rc == 0; i++)
		s.rc = echo_look_indicator(&s, &have.item[i]);
	indicators_free(&have);
	indicators_free(&s.known);
	if (s.rc == -1)
		echoes_free(out);
	return s.rc;
}

int
echo_judge(
    struct db *db, const struct echoes *l, struct recipient *r, struct err *e)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct echo *x = &l->item[i];
		struct noroshi_question q;
		struct noroshi_answer a;

		if (r->answer.decision != NOROSHI_ALLOW)
			return 0;
		if (recipient_question(db, r, x->cases, &x->item, &q, e) == -1)
			return -1;
		/* How it travels was asked for the text that leaves. */
		q.channel = NOROSHI_E1;
		q.key_unusable = false;
		noroshi_gate(&q, &a);
		if (a.decision == NOROSHI_ALLOW)
			continue;
		r->answer.decision = NOROSHI_HOLD;
		r->answer.rule = "amber-third-party";
		(void)snprintf(r->reason, sizeof(r->reason),
		    "it has %s of message %lld, which its source labelled"
		    " TLP:%s; take that out, or an approver who asked the"
		    " source releases it",
		    x->words ? "a sentence" : "an indicator",
		    (long long)x->item.source, noroshi_tlp_name(x->item.label));
	}
	return 0;
}
