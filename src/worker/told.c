#include "worker/told.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "cases/recipient.h"
#include "cases/token.h"
#include "worker/holdmail.h"
#include "worker/letter.h"

/* How a notice begins, in the languages that an author may have. */
struct told_words {
	const char *subject[2]; /* English, Japanese */
	const char *what[2];
};

static const struct told_words told_refused = {
    {"Not sent: ", "送信されませんでした: "},
    {"Your mail was held or refused. For each recipient:",
	"あなたのメールは保留または拒否されました。宛先ごとの理由:"}};
static const struct told_words told_leaves = {
    {"Leaves: ", "まもなく送信します: "},
    {"Your mail leaves soon. For each recipient:",
	"あなたのメールはまもなく送信されます。宛先:"}};
static const struct told_words told_lost = {
    {"Not delivered: ", "配送されませんでした: "},
    {"Your mail did not arrive. What happened to it:",
	"あなたのメールは次の理由で届きませんでした:"}};
static const struct told_words told_late = {
    {"Delayed: ", "配送が遅れています: "},
    {"Your mail has not arrived yet. It is being tried further:",
	"あなたのメールはまだ届いていません。再送を続けています:"}};
static const struct told_words told_undone = {
    {"Not carried out: ", "実行されませんでした: "},
    {"Nothing that your mail ordered was carried out:",
	"あなたのメールの指示は一つも実行されませんでした:"}};
static const struct told_words told_done = {{"Carried out: ", "実行しました: "},
    {"What your mail ordered was carried out:",
	"あなたのメールの指示を実行しました:"}};

static const struct told_words told_answered = {
    {"Done: ", "承りました: "}, {"What your answer did, by message:",
				    "あなたの返答の結果 (メッセージ番号):"}};
static const struct told_words told_news = {
    {"", ""}, {"There is something to decide:", "判断をお願いします:"}};

static const struct told_words *
told_begin(const struct told *t)
{
	if (t->news)
		return &told_news;
	if (t->leaves != 0)
		return &told_leaves;
	if (t->lost)
		return t->late ? &told_late : &told_lost;
	if (t->done)
		return t->orders ? &told_done : &told_answered;
	return t->orders ? &told_undone : &told_refused;
}

static void
told_text(const struct told *t, bool japanese, struct letter *l)
{
	const struct told_words *words = told_begin(t);

	if (t->case_name != NULL)
		buf_putf(&l->subject, "[%s] ", t->case_name);
	buf_puts(&l->subject, words->subject[japanese]);
	(void)utf8_put_line(&l->subject, t->subject, strlen(t->subject));
	buf_putf(&l->text, "TLP:%s\n\n", noroshi_tlp_name(t->label));
	buf_putf(&l->text, "%s\n\n", words->what[japanese]);
	for (size_t i = 0; i < t->lines.count; i++)
		buf_putf(&l->text, "  - %s\n", t->lines.item[i]);
	if (t->message->id == 0)
		return;
	buf_putf(&l->text, "\n%s %lld\n",
	    japanese ? "メッセージ番号:" : "Message:",
	    (long long)t->message->id);
}

/* Where its author takes back what is held (worker/approve.h). */
static void
told_cancel(
    struct worker *w, const struct told *t, bool japanese, struct letter *l)
{
	char *who, *address;

	if (t->held == NULL)
		return;
	who = holdmail_who(t->author->id, t->held);
	address = token_address(
	    w->vault, w->config->team_address, TOKEN_HOLD, t->message->id, who);
	mailboxes_add(&l->reply_to, w->config->team_name, address);
	if (t->leaves != 0)
		buf_putf(&l->text,
		    japanese
			? "\n%lld秒以内なら取り消せます。このメールに署名・"
			  "暗号化して返信し、1行目に「取消」と書いてください。"
			  "\n"
			: "\nFor %lld seconds you may stop it: reply to this"
			  " mail, signed and encrypted, with \"cancel\" as its"
			  " first line.\n",
		    (long long)t->leaves);
	else
		buf_puts(&l->text,
		    japanese ? "\n保留中です。取り消すには、このメールに署名・"
			       "暗号化して"
			       "返信し、1行目に「取消」と書いてください。\n"
			     : "\nIt is held. To cancel it, reply to this "
			       "mail, signed"
			       " and encrypted, with \"cancel\" as its first "
			       "line.\n");
	free(address);
	free(who);
}

int
told_make(
    struct worker *w, const struct told *t, struct draft *out, struct err *e)
{
	const char *language = t->author->language != NULL
				   ? t->author->language
				   : w->config->language;
	struct recipient r = {0};
	struct draft_copy *copy;
	const struct key *key;
	struct letter l;
	int rc = 0;

	if (t->author->addresses.count == 0)
		return 0;
	if (recipient_find(w->db, clock_now(&w->clock),
		t->author->addresses.item[0], 0, &r, e) == -1)
		return -1;
	if (!r.has_key)
		goto out;
	letter_draft(w, out, "notice", t->message->id, language, t->label);
	copy = draft_add(out, r.address, r.contact.id);
	/* An author is the source of what it speaks of: row 1 of the table. */
	copy->answer = (struct noroshi_answer){.decision = NOROSHI_ALLOW,
	    .rule = t->news ? "team-reader" : "source-own",
	    .encryption = NOROSHI_ENCRYPTION_REQUIRED};
	copy->reason =
	    xstrdup(t->news ? "PoC and deputies are told what to decide"
			    : "its author is told what became of it");
	letter_init(w, &l);
	mailboxes_add(&l.to, r.contact.name, r.address);
	strs_add(&l.extra, "Auto-Submitted: auto-generated");
	told_text(t, strcmp(language, "ja") == 0, &l);
	told_cancel(w, t, strcmp(language, "ja") == 0, &l);
	l.attachments = t->attachments;
	l.attachment = xcalloc(t->attachments + 1, sizeof(*l.attachment));
	for (size_t i = 0; i < t->attachments; i++)
		l.attachment[i] = t->attachment[i];
	key = &r.key;
	rc = letter_seal(w, &l, out, &key, e) == -1 ? -1 : 1;
	letter_free(&l);
	if (rc == -1)
		draft_free(out);
out:
	recipient_free(&r);
	return rc;
}

int
told_add(
    struct worker *w, const struct told *t, struct notices *out, struct err *e)
{
	struct draft d;
	int rc = told_make(w, t, &d, e);

	if (rc == 1)
		*notices_add(out) = d;
	return rc == -1 ? -1 : 0;
}
