#include "worker/acknowledge.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/utf8.h"
#include "cases/acknowledgement.h"
#include "cases/arrival.h"
#include "cases/case.h"
#include "cases/loop.h"
#include "cases/recipient.h"
#include "cases/token.h"
#include "config/wording.h"
#include "policy/auth_results.h"
#include "policy/autoreply.h"
#include "worker/letter.h"

#define LANGUAGE_LOOK (64 * 1024) /* bytes of text that are looked at */
#define LANGUAGE_KANA 2 /* letters: one may be part of a drawing */
#define ID_MAX 250 /* bytes of a Message-ID that are repeated */

/* Hiragana, katakana and the half-width ones; Chinese has none of them. */
static bool
is_kana(uint32_t cp)
{
	return (cp >= 0x3041 && cp <= 0x30ff) || (cp >= 0xff66 && cp <= 0xff9f);
}

static unsigned
count_kana(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned kana = 0;

	while (len > 0 && kana < LANGUAGE_KANA) {
		uint32_t cp = 0;
		size_t n = utf8_next(p, len, &cp);

		if (n > 0 && is_kana(cp))
			kana++;
		p += n > 0 ? n : 1;
		len -= n > 0 ? n : 1;
	}
	return kana;
}

const char *
acknowledge_language(const char *subject, const char *text, size_t len)
{
	unsigned kana =
	    subject == NULL ? 0 : count_kana(subject, strlen(subject));

	if (kana < LANGUAGE_KANA)
		kana +=
		    count_kana(text, len < LANGUAGE_LOOK ? len : LANGUAGE_LOOK);
	return kana >= LANGUAGE_KANA ? "ja" : NULL;
}

static void
acknowledge_mailboxes(struct strs *out, const struct mailboxes *l)
{
	for (size_t i = 0; i < l->count; i++)
		strs_add(out, l->item[i].address);
}

/* Staff by their address alone are staff too: no mail of theirs is a report. */
static int
acknowledge_staff(
    struct worker *w, const struct judgement *j, bool *staff, struct err *e)
{
	struct contact c = {0};
	struct err why = {0};

	*staff = j->sender.class == CLASS_STAFF;
	if (*staff || j->from == NULL)
		return 0;
	if (contact_by_address(w->db, j->from, &c, &why) == -1)
		return why.code == ERR_NOINPUT || why.code == ERR_DATA
			   ? 0
			   : err_set(e, why.code, "%s", why.text);
	*staff = c.class == CLASS_STAFF;
	contact_free(&c);
	return 0;
}

/* "Auto: [EX-2026-0001]": the subject that acknowledge_say writes. */
static bool
acknowledge_answers_ours(struct worker *w, const char *subject)
{
	char *mark = xasprintf("Auto: [%s-", w->config->case_prefix);
	bool is = subject != NULL && strstr(subject, mark) != NULL;

	free(mark);
	return is;
}

/* The word for what forbids it by RFC 3834; *why NULL: nothing. */
static int
acknowledge_ask(struct worker *w, const struct notice *n,
    const struct judgement *j, const char **why, struct err *e)
{
	const struct part_table *table = &n->reading->mail->table;
	const struct head *h = n->reading->people;
	struct strs written_to = {0}, team = {0};
	const struct auth_border border = judgement_border(w->config);
	struct autoreply_question q = {.table = table,
	    .from = j->from,
	    .written_to = &written_to,
	    .team = &team,
	    .kind = j->classification.kind,
	    .structure =
		kind_by_structure(&(struct kind_question){.table = table}),
	    .category = j->classification.category,
	    .tags = &j->classification.tags,
	    .alarm = j->alarm || j->sender.alarm,
	    .unauthorised = auth_results_fail(table, &border),
	    .looped = loop_carried(w->vault, table),
	    .answers_ours = acknowledge_answers_ours(w, n->reading->subject),
	    .joined = n->message->untrusted};
	char *sender = NULL;
	int rc = -1;

	strs_copy(&team, &w->config->team_addresses);
	strs_add(&team, w->config->team_address);
	if (h != NULL) {
		acknowledge_mailboxes(&written_to, &h->to);
		acknowledge_mailboxes(&written_to, &h->cc);
	}
	if (acknowledge_staff(w, j, &q.staff, e) == 0 &&
	    arrival_sender(w->db, n->message->id, &sender, e) == 0) {
		q.sender = sender;
		*why = autoreply_refused(&q);
		rc = 0;
	}
	free(sender);
	strs_free(&written_to);
	strs_free(&team);
	return rc;
}

static struct acknowledgement
acknowledge_row(const struct notice *n, const struct judgement *j)
{
	return (struct acknowledgement){.address = j->from,
	    .cases = n->message->cases,
	    .known = j->sender.contact != 0};
}

/* Whoever reads along in their mailbox would learn that we know of it. */
static int
acknowledge_apt(
    struct worker *w, const struct notice *n, const char **why, struct err *e)
{
	struct case_file c;

	if (case_get(w->db, NULL, n->message->cases, &c, e) == -1)
		return -1;
	if (case_is_apt(&c))
		*why = "apt";
	case_free(&c);
	return 0;
}

/* *why is NULL where one is due. */
static int
acknowledge_due(struct worker *w, const struct notice *n,
    const struct judgement *j, const char **why, struct err *e)
{
	struct acknowledgement row = acknowledge_row(n, j);

	*why = NULL;
	if (!w->config->acknowledge)
		*why = "switched-off";
	else if (n->reading == NULL || n->message->cases == 0 ||
		 n->case_name == NULL)
		*why = "no-case";
	else if (acknowledge_apt(w, n, why, e) == -1 ||
		 (*why == NULL && acknowledge_ask(w, n, j, why, e) == -1))
		return -1;
	if (*why != NULL)
		return 0;
	return acknowledgement_refused(w->db, clock_now(&w->clock),
	    w->config->acknowledge_hourly, &row, why, e);
}

static bool
wrote_encrypted(const struct notice *n)
{
	return n->reading->verdict.encryption != ENCRYPTION_NONE;
}

/* Four digits a group, as people compare them. */
static char *
acknowledge_fingerprint(struct worker *w)
{
	const char *key = w->config->team_key;
	struct buf b;

	buf_init(&b, 256);
	for (size_t i = 0; key != NULL && key[i] != '\0'; i++)
		buf_putf(&b, "%s%c", i > 0 && i % 4 == 0 ? " " : "", key[i]);
	return buf_take_str(&b);
}

/* A Message-ID that can be repeated as it is, or NULL. */
static const char *
acknowledge_id(const struct notice *n)
{
	const char *id = n->message->rfc_message_id;
	size_t len = id == NULL ? 0 : strlen(id);

	if (len < 3 || len > ID_MAX)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if (id[i] <= ' ' || id[i] > '~')
			return NULL;
	return id;
}

static void
acknowledge_say(struct worker *w, const struct notice *n,
    const struct judgement *j, const char *language, bool sealed,
    struct letter *l)
{
	char *fingerprint = acknowledge_fingerprint(w);
	const char *folder = w->config->templates;
	struct wording_values v = {.incident = n->case_name,
	    .team = w->config->team_name,
	    .address = w->config->team_address,
	    .key = fingerprint};

	buf_putf(&l->subject, "Auto: [%s] ", n->case_name);
	if (sealed || !wrote_encrypted(n))
		wording_acknowledge(folder, language,
		    kind_name(j->classification.kind),
		    class_name(j->sender.class), &v, &l->subject, &l->text);
	else
		wording_make(folder, language, WORDING_ACKNOWLEDGEMENT_SHORT,
		    &v, &l->subject, &l->text);
	free(fingerprint);
}

static void
acknowledge_letter(struct worker *w, const struct notice *n,
    const struct judgement *j, const struct draft *d, bool sealed,
    struct letter *l)
{
	const char *id = acknowledge_id(n);
	char mark[LOOP_MARK], *line, *reply_to;

	letter_init(w, l);
	mailboxes_add(&l->to, NULL, d->copy[0].recipient);
	reply_to = token_address(w->vault, w->config->team_address,
	    TOKEN_SENDER, n->message->cases, j->from);
	mailboxes_add(&l->reply_to, w->config->team_name, reply_to);
	free(reply_to);
	if (id != NULL) {
		l->in_reply_to = xstrdup(id);
		strs_add(&l->references, id);
	}
	strs_add(&l->extra, "Auto-Submitted: auto-replied");
	strs_add(&l->extra, "X-Auto-Response-Suppress: All");
	line =
	    xasprintf(LOOP_FIELD ": %s", loop_mark(w->vault, &w->clock, mark));
	strs_add(&l->extra, line);
	free(line);
	acknowledge_say(w, n, j, d->language, sealed, l);
}

/* The draft, sealed where they wrote encrypted and there is a key. */
static int
acknowledge_seal(struct worker *w, const struct notice *n,
    const struct judgement *j, const struct recipient *r, struct draft *d,
    struct err *e)
{
	const struct key *key = &r->key;
	bool sealed = wrote_encrypted(n) && r->has_key;
	struct draft_copy *copy;
	struct letter l;
	int rc;

	copy = draft_add(d, r->address, r->contact.id);
	copy->answer = r->answer;
	copy->reason = xstrdup(r->reason);
	acknowledge_letter(w, n, j, d, sealed, &l);
	rc = sealed ? letter_seal(w, &l, d, &key, e) : letter_sign(w, &l, d, e);
	letter_free(&l);
	return rc;
}

/* Asks the gate: the text is a template's, so it is CLEAR and all ours. */
static int
acknowledge_judge(struct worker *w, const struct notice *n,
    const struct judgement *j, struct recipient *r, struct err *e)
{
	const struct content_item item = {.label = NOROSHI_TLP_CLEAR,
	    .origin = NOROSHI_ORIGIN_OURS,
	    .answered = n->message->id};

	*r = (struct recipient){0};
	if (recipient_find(w->db, clock_now(&w->clock), j->from, n->message->id,
		r, e) == -1)
		return -1;
	return recipient_judge(w->db, r, n->message->cases, &item, 1, e);
}

static const char *
acknowledge_choose(
    struct worker *w, const struct notice *n, const struct recipient *r)
{
	const struct buf *text = &n->reading->text;
	const char *language = r->contact.id != 0 ? r->contact.language : NULL;

	if (language == NULL)
		language = acknowledge_language(
		    n->reading->subject, buf_str(text), text->len);
	return language == NULL ? w->config->language : language;
}

static int
acknowledge_draft(struct worker *w, const struct notice *n,
    const struct judgement *j, struct draft *out, const char **why,
    struct err *e)
{
	struct recipient r;
	int rc = acknowledge_judge(w, n, j, &r, e);

	if (rc == 0 && r.answer.decision != NOROSHI_ALLOW) {
		*why = r.answer.rule;
	} else if (rc == 0) {
		letter_draft(w, out, "acknowledgement", n->message->id,
		    acknowledge_choose(w, n, &r), NOROSHI_TLP_CLEAR);
		rc = acknowledge_seal(w, n, j, &r, out, e);
	}
	recipient_free(&r);
	if (rc == -1) {
		for (size_t i = 0; i < out->copies; i++)
			if (out->copy[i].file != NULL)
				(void)spool_remove_out(
				    w->spool, out->copy[i].file, NULL);
		draft_free(out);
	}
	return rc;
}

int
acknowledge_make(struct worker *w, const struct notice *n,
    const struct judgement *j, struct draft *out, bool *made, struct err *e)
{
	const char *why = NULL;
	struct err reason = {0};

	*made = false;
	*out = (struct draft){0};
	if (acknowledge_due(w, n, j, &why, e) == -1)
		return err_in(e, "acknowledgement");
	if (why == NULL &&
	    acknowledge_draft(w, n, j, out, &why, &reason) == -1) {
		/* The report itself is sound whatever its answer meets. */
		if (reason.code != ERR_DATA)
			return err_set(
			    e, reason.code, "acknowledgement: %s", reason.text);
		log_warning("not acknowledged: id=%lld error=%s",
		    (long long)n->message->id, reason.text);
		return 0;
	}
	if (why != NULL)
		log_info("not acknowledged: id=%lld why=%s",
		    (long long)n->message->id, why);
	*made = why == NULL;
	return 0;
}

int
acknowledge_record(struct worker *w, const struct notice *n,
    const struct judgement *j, struct err *e)
{
	struct acknowledgement row = acknowledge_row(n, j);

	return acknowledgement_add(w->db, clock_now(&w->clock),
	    w->config->acknowledge_hourly, &row, e);
}
