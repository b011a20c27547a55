#include "worker/approve.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cases/arrival.h"
#include "cases/token.h"
#include "queue/delivery_act.h"
#include "queue/held.h"
#include "store/audit.h"
#include "worker/documents.h"
#include "worker/holdmail.h"
#include "worker/release.h"
#include "worker/replytext.h"
#include "worker/tell.h"

#define APPROVE_REASON_MAX 1024 /* bytes of a reason */

void
approve_free(struct approve *a)
{
	approval_free(&a->approval);
	*a = (struct approve){.kind = APPROVE_NONE};
}

/* --- the word ------------------------------------------------------------- */

/* What of the line is left behind the word, or NULL: it begins otherwise. */
static const char *
approve_after(const char *line, const char *word)
{
	size_t n = strlen(word);
	bool ascii = (unsigned char)word[0] < 0x80;

	if (strncasecmp(line, word, n) != 0)
		return NULL;
	line += n;
	/* "approved" is another word; Japanese has no spaces. */
	if (ascii && line[0] != '\0' && strchr(" \t:,.!", line[0]) == NULL)
		return NULL;
	line += strspn(line, " \t:,.!");
	if (strncmp(line, "：", 3) == 0 || strncmp(line, "　", 3) == 0 ||
	    strncmp(line, "。", 3) == 0)
		line += 3;
	return line;
}

static enum approve_kind
approve_line(const char *line, bool *in_clear, struct buf *reason)
{
	static const struct {
		const char *word;
		enum approve_kind kind;
		bool in_clear;
	} table[] = {{"approve in clear", APPROVE_RELEASE, true},
	    {"release in clear", APPROVE_RELEASE, true},
	    {"平文で承認", APPROVE_RELEASE, true},
	    {"approve", APPROVE_RELEASE, false},
	    {"release", APPROVE_RELEASE, false},
	    {"承認", APPROVE_RELEASE, false}, {"reject", APPROVE_REJECT, false},
	    {"差戻し", APPROVE_REJECT, false},
	    {"差し戻し", APPROVE_REJECT, false},
	    {"cancel", APPROVE_CANCEL, false}, {"取消", APPROVE_CANCEL, false}};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const char *left = approve_after(line, table[i].word);

		if (left == NULL)
			continue;
		/* "approve unless ...", "承認しません": a word alone counts. */
		if (table[i].kind != APPROVE_REJECT && left[0] != '\0')
			return APPROVE_NONE;
		*in_clear = table[i].in_clear;
		buf_puts(reason, left);
		return table[i].kind;
	}
	return APPROVE_NONE;
}

enum approve_kind
approve_word(const char *text, size_t len, bool *in_clear, struct buf *reason)
{
	enum approve_kind kind;
	const char *lf;
	struct buf line;

	*in_clear = false;
	buf_init_secret(reason, APPROVE_REASON_MAX);
	while (len > 0 && memchr(" \t\r\n", text[0], 4) != NULL) {
		text++;
		len--;
	}
	lf = memchr(text, '\n', len);
	if (lf != NULL)
		len = (size_t)(lf - text);
	while (len > 0 && memchr(" \t\r", text[len - 1], 3) != NULL)
		len--;
	if (len == 0 || len >= APPROVE_REASON_MAX)
		return APPROVE_NONE;
	buf_init_secret(&line, APPROVE_REASON_MAX);
	buf_put(&line, text, len);
	kind = approve_line(buf_str(&line), in_clear, reason);
	buf_free(&line);
	return kind;
}

/* --- whom it is for ------------------------------------------------------- */

/*
 * The message that an address of ours in the mail is about; 0: none. *address
 * is the caller's, and *protected tells that its protected header names it.
 */
static int
approve_target(struct worker *w, const struct reading *r,
    const struct message *m, int64_t *id, char **address, bool *protected,
    struct err *e)
{
	struct strs to = {0};
	size_t inside;
	int rc;

	*id = 0;
	*address = NULL;
	rc = arrival_addressees(
	    w->db, m->id, r->inner, r->outer, &to, &inside, e);
	for (size_t i = 0; i < to.count && rc == 0 && *id == 0; i++) {
		*id = token_held(w->config->team_address, to.item[i]);
		if (*id == 0)
			continue;
		*address = xstrdup(to.item[i]);
		*protected = i < inside;
	}
	strs_free(&to);
	return rc;
}

int
approve_is_meant(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, bool *meant,
    struct err *e)
{
	char *address;
	bool protected;
	int64_t id;

	*meant = false;
	if (j->sender.class != CLASS_STAFF || j->sender.contact == 0 ||
	    j->classification.kind == KIND_BOUNCE ||
	    j->classification.kind == KIND_AUTO_REPLY)
		return 0;
	if (approve_target(w, r, m, &id, &address, &protected, e) == -1)
		return -1;
	free(address);
	*meant = id != 0;
	return 0;
}

/* --- whether it counts ---------------------------------------------------- */

/* All that the answer is judged by. */
struct approve_case {
	struct worker *w;
	int64_t contact;
	struct message m; /* that is held */
	struct outgoing o;
	struct contact who;
	struct held held;
	struct held_row *row; /* its held deliveries */
	size_t rows;
	enum noroshi_tlp label;
	bool list; /* to a community: each copy for itself */
	bool recall; /* none is: they wait for their recall window */
	bool stale; /* a label was raised since */
};

static void
approve_case_free(struct approve_case *p)
{
	held_row_free(p->row, p->rows);
	contact_free(&p->who);
	outgoing_free(&p->o);
	message_free(&p->m);
}

/* Whether the address was made for that person and that content. */
static bool
approve_is_mine(const struct approve_case *p, const char *address)
{
	struct worker *w = p->w;
	char *who = holdmail_who(p->contact, p->held.content);
	bool mine =
	    token_is_held(w->vault, w->config->team_address, address, who);

	free(who);
	return mine;
}

static const char approve_gone[] = "what it is about is not held (any more)";
static const char approve_other[] =
    "the address is not the one made for you, or what it was made for has"
    " changed since";

/* What is not held may be on its way out, and its author may stop it. */
static const char *
approve_load_leaving(
    struct approve_case *p, const char *address, int *rc, struct err *e)
{
	struct worker *w = p->w;
	struct err why = {0};
	int64_t count;

	*rc = delivery_recallable(
	    w->db, p->m.id, clock_now(&w->clock), &count, e);
	if (*rc == -1 || count == 0)
		return approve_gone;
	if (message_get(w->db, p->m.id, &p->m, e) == -1 ||
	    contact_get(w->db, p->contact, &p->who, e) == -1) {
		*rc = -1;
		return approve_gone;
	}
	if (outgoing_get(w->db, w->vault, w->spool, p->m.id, &p->o, &why) ==
	    -1) {
		if (why.code != ERR_NOINPUT)
			*rc = err_set(e, why.code, "%s", why.text);
		return approve_gone;
	}
	p->label = NOROSHI_TLP_RED;
	if (p->m.label != NULL)
		(void)noroshi_tlp_parse(p->m.label, &p->label);
	outgoing_sum(w->vault, &p->o, p->label, p->held.content);
	p->recall = true;
	return approve_is_mine(p, address) ? NULL : approve_other;
}

static const char *
approve_load(
    struct approve_case *p, const char *address, int *rc, struct err *e)
{
	static const char *const gone = approve_gone;
	struct worker *w = p->w;
	struct err why = {0};

	*rc = held_get(w->db, p->m.id, &p->held, e);
	if (*rc == -1)
		return gone;
	if (*rc == 0 || !p->held.open)
		return approve_load_leaving(p, address, rc, e);
	*rc = 0;
	if (!approve_is_mine(p, address))
		return approve_other;
	if (message_get(w->db, p->m.id, &p->m, e) == -1 ||
	    contact_get(w->db, p->contact, &p->who, e) == -1 ||
	    held_rows(w->db, p->m.id, &p->row, &p->rows, e) == -1) {
		*rc = -1;
		return gone;
	}
	if (outgoing_get(w->db, w->vault, w->spool, p->m.id, &p->o, &why) ==
	    -1) {
		if (why.code != ERR_NOINPUT)
			*rc = err_set(e, why.code, "%s", why.text);
		return gone;
	}
	p->label = NOROSHI_TLP_RED;
	if (p->m.label != NULL)
		(void)noroshi_tlp_parse(p->m.label, &p->label);
	for (size_t i = 0; i < p->o.to.count; i++)
		p->list =
		    p->list || strncmp(p->o.to.item[i], "community:", 10) == 0;
	return NULL;
}

/* Whether it would leave now as it was announced. */
static int
approve_fresh(struct approve_case *p, struct err *e)
{
	struct worker *w = p->w;
	const struct document_json json = {
	    .leaves = documents_leaves, .context = w};
	struct clearance c;
	int rc;

	/* As it was judged when it was held (worker/send.h). */
	p->o.json = &json;
	p->o.now = clock_now(&w->clock);
	rc = clearance_make(w->db, w->vault, w->config, p->o.now, &p->o, &c, e);
	p->o.json = NULL;
	if (rc == -1)
		return -1;
	p->stale = strcmp(c.sum, p->held.content) != 0;
	clearance_free(&c);
	return 0;
}

/* The role in which they may speak of one of the copies, and by which rule. */
static const char *
approve_role(const struct approve_case *p, const char **rule)
{
	for (size_t i = 0; i < p->rows; i++) {
		const char *role =
		    release_role(&p->who, p->label, p->row[i].rule);

		*rule = p->row[i].rule;
		if (role != NULL)
			return role;
	}
	return NULL;
}

/* A sentence where a release lacks its "in clear"; NULL: it may count. */
static const char *
approve_plain(const struct approve_case *p, bool in_clear)
{
	size_t plain = 0;

	if (in_clear || p->label < NOROSHI_TLP_AMBER)
		return NULL;
	for (size_t i = 0; i < p->rows; i++)
		plain += p->row[i].plain ? 1 : 0;
	if (plain == 0 || (p->list && plain < p->rows))
		return NULL;
	return "a recipient has no usable key, so it would leave unencrypted;"
	       " if that is meant, answer: approve in clear";
}

static void
approve_fill(const struct approve_case *p, const char *role, bool in_clear,
    const struct buf *reason, const char *identity, struct approve *out)
{
	out->approval = (struct approval){.contact = p->contact,
	    .identity = xstrdup(identity),
	    .role = xstrdup(role),
	    .at = clock_now(&p->w->clock),
	    .reason = reason->len == 0 ? NULL : xstrdup(buf_str(reason)),
	    .in_clear = in_clear,
	    .content = xstrdup(p->held.content)};
}

/* What the word of this person does. */
static void
approve_decide(const struct approve_case *p, enum approve_kind word,
    bool in_clear, const struct buf *reason, const char *identity,
    struct approve *out)
{
	const char *rule = "", *role = approve_role(p, &rule);
	bool own = approval_is_own(p->w->config, &p->o, identity, p->contact);

	out->kind = APPROVE_REFUSED;
	out->said = NULL;
	if (word == APPROVE_NONE)
		out->said = "its first line is none of: approve, approve in"
			    " clear, reject REASON, cancel (the word alone;"
			    " a reason only after reject)";
	else if (p->recall && word != APPROVE_CANCEL)
		out->said = "it is not held; its author may answer cancel"
			    " until it leaves";
	else if (word == APPROVE_CANCEL && p->contact != p->o.author)
		out->said = "only its author cancels it; you may reject it";
	else if (word != APPROVE_CANCEL && own)
		out->said = "its author cannot release or reject it; another"
			    " person must";
	else if (word != APPROVE_CANCEL && role == NULL)
		out->said = "its rule asks for another role than yours";
	else if (word == APPROVE_RELEASE)
		out->said = approve_plain(p, in_clear);
	if (out->said != NULL)
		return;
	approve_fill(
	    p, role == NULL ? "author" : role, in_clear, reason, identity, out);
	out->kind = word;
	out->recall = p->recall;
	if (p->recall)
		out->said = "what of it had not left is cancelled";
	else if (word == APPROVE_REJECT)
		out->said = "it is cancelled, and its author is told";
	else if (word == APPROVE_CANCEL)
		out->said = "it is cancelled";
	else if (release_word(rule) != NULL)
		out->said = "your approval is written down; its rule asks for"
			    " another's word as well, and until that is there"
			    " it stays held";
	else
		out->said = "it is released";
}

static int
approve_judge(struct worker *w, const struct reading *r,
    const struct judgement *j, const char *address, struct approve *out,
    struct err *e)
{
	struct approve_case p = {
	    .w = w, .contact = j->sender.contact, .m = {.id = out->message}};
	struct buf own, reason;
	enum approve_kind word;
	bool in_clear;
	char *identity;
	int rc;

	out->kind = APPROVE_REFUSED;
	out->said = approve_load(&p, address, &rc, e);
	if (rc == 0 && out->said == NULL && !p.recall)
		rc = approve_fresh(&p, e);
	out->stale = p.stale;
	if (p.stale)
		out->said = "its label or content has changed since you were"
			    " asked; who may release it is asked anew";
	if (rc == 0 && out->said == NULL) {
		buf_init_secret(&own, r->text.len + 1);
		replytext_cut(buf_str(&r->text), r->text.len, &own);
		word = approve_word(buf_str(&own), own.len, &in_clear, &reason);
		identity = command_identity(r, j);
		approve_decide(&p, word, in_clear, &reason, identity, out);
		free(identity);
		buf_free(&reason);
		buf_free(&own);
	}
	approve_case_free(&p);
	return rc;
}

int
approve_read(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, struct approve *out,
    struct err *e)
{
	bool meant, protected = false, again = false;
	char *address = NULL;
	int rc = 0;

	*out = (struct approve){.kind = APPROVE_NONE};
	if (approve_is_meant(w, r, j, m, &meant, e) == -1)
		return -1;
	if (!meant)
		return 0;
	if (approve_target(w, r, m, &out->message, &address, &protected, e) ==
		-1 ||
	    command_seen(w->db, r, m->id, &again, e) == -1) {
		free(address);
		return -1;
	}
	out->kind = APPROVE_REFUSED;
	out->said = command_unfit(r, j, m);
	if (out->said == NULL && again)
		out->kind = APPROVE_REPLAYED;
	else if (out->said == NULL && !protected)
		out->said = "its protected header does not name the address"
			    " it was sent to";
	else if (out->said == NULL)
		rc = approve_judge(w, r, j, address, out, e);
	free(address);
	return rc;
}

/* --- commit --------------------------------------------------------------- */

int
approve_stands(
    struct db *db, int64_t now, const struct approve *a, struct err *e)
{
	struct held held;
	int64_t count;
	int rc;

	if (a->approval.content == NULL)
		return 1;
	if (a->recall)
		return delivery_recallable(db, a->message, now, &count, e) == -1
			   ? -1
			   : count > 0;
	rc = held_get(db, a->message, &held, e);
	if (rc != 1)
		return rc;
	return held.open && strcmp(held.content, a->approval.content) == 0;
}

static int
approve_audit(struct worker *w, const struct approve *a, const char *event,
    int64_t by, struct err *e)
{
	struct audit_entry entry = {.actor = "worker",
	    .event = event,
	    .message = a->message,
	    .contact = a->approval.contact};

	entry.detail = json_pack("{s:s, s:s, s:b, s:I}", "identity",
	    a->approval.identity, "role", a->approval.role, "in_clear",
	    (int)a->approval.in_clear, "by_message", (json_int_t)by);
	return audit_add(w->db, clock_now(&w->clock), &entry, e);
}

static int
approve_cancel(
    struct worker *w, const struct approve *a, int64_t by, struct err *e)
{
	bool rejected = a->kind == APPROVE_REJECT;
	int64_t count;

	if (a->recall) {
		if (delivery_recall(w->db, a->message, clock_now(&w->clock),
			"cancelled by its author", &count, e) == -1)
			return -1;
		return approve_audit(w, a, "queue.cancelled", by, e);
	}
	if (held_cancel(w->db, a->message,
		rejected ? "rejected by a second person"
			 : "cancelled by its author",
		&count, e) == -1)
		return -1;
	if (rejected && tell_rejected(w->db, w->vault, a->message,
			    a->approval.contact, a->approval.reason, e) == -1)
		return -1;
	return approve_audit(
	    w, a, rejected ? "queue.rejected" : "queue.cancelled", by, e);
}

int
approve_commit(struct worker *w, const struct reading *r,
    const struct approve *a, int64_t by, struct err *e)
{
	int rc;

	if (a->stale)
		return message_again(w->db, a->message, e);
	if (a->kind == APPROVE_NONE || a->kind == APPROVE_REFUSED ||
	    a->kind == APPROVE_REPLAYED)
		return 0;
	rc = command_once(w->db, r, by, e);
	if (rc != 1)
		return rc;
	if (a->kind != APPROVE_RELEASE)
		return approve_cancel(w, a, by, e);
	if (approval_add(w->db, a->message, &a->approval, e) == -1)
		return -1;
	return approve_audit(w, a, "queue.approved", by, e);
}
