#include "worker/holdtext.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "cases/outgoing.h"

#define HOLDTEXT_RECIPIENTS 50 /* named, of a list that is longer */

/* One line of a stranger's or an author's making. */
static void
holdtext_line(struct buf *out, const char *text)
{
	(void)utf8_put_line(out, text, strlen(text));
}

static void
holdtext_subject(const struct holdtext *t, bool japanese, struct buf *out)
{
	static const char *const words[][2] = {
	    {"Held, waits for your word: ", "保留中、承認をお願いします: "},
	    {"Still held, waits for your word: ",
		"まだ保留中です、承認をお願いします: "},
	    {"Held mail was cancelled: ",
		"保留が期限切れで取り消されました: "}};
	const struct clearance *c = t->clearance;

	if (c->incident.id != 0)
		buf_putf(out, "[%s] ", c->incident.name);
	buf_puts(out, words[t->kind][japanese]);
	if (t->reads && t->kind != HOLDMAIL_ENDED)
		holdtext_line(out, clearance_title(c));
	else
		buf_putf(out, japanese ? "メッセージ %lld" : "message %lld",
		    (long long)c->outgoing->message);
}

static void
holdtext_recipients(const struct holdtext *t, bool japanese, struct buf *out)
{
	const struct clearance *c = t->clearance;
	size_t more = 0;

	for (size_t i = 0; i < c->recipients; i++) {
		const struct recipient *r = &c->recipient[i];

		/* Of a large list the first, and all that go in clear. */
		if (i >= HOLDTEXT_RECIPIENTS && r->has_key) {
			more++;
			continue;
		}
		buf_puts(out, "  - ");
		holdtext_line(out, r->address);
		buf_putf(out, "\n    %s (%s): ",
		    noroshi_decision_name(r->answer.decision), r->answer.rule);
		holdtext_line(out, r->reason);
		if (r->has_key)
			buf_putf(out, "\n    %s %s\n",
			    japanese ? "暗号化する鍵:" : "encrypted to",
			    r->key.fingerprint);
		else
			buf_puts(out, japanese
					  ? "\n    暗号化されません\n"
					  : "\n    would leave UNENCRYPTED\n");
	}
	if (more > 0)
		buf_putf(out,
		    japanese ? "  - 他 %zu 件 (暗号化されます)\n"
			     : "  - and %zu more, encrypted\n",
		    more);
}

static void
holdtext_parts(const struct holdtext *t, bool japanese, struct buf *out)
{
	const struct outgoing *o = t->clearance->outgoing;
	const struct strs *quoted = &t->clearance->floor.quoted;

	buf_puts(out, japanese ? "件名: " : "Subject: ");
	holdtext_line(out, clearance_title(t->clearance));
	buf_puts(out, "\n");
	for (size_t i = 0; i < o->attachments; i++) {
		buf_puts(out, japanese ? "添付: " : "Attachment: ");
		holdtext_line(out, o->attachment[i].name);
		buf_putf(out, " (%llu, SHA-256 %s)\n",
		    (unsigned long long)o->attachment[i].size,
		    o->attachment[i].sha256);
	}
	for (size_t i = 0; i < quoted->count; i++)
		buf_putf(out, "%s %s\n",
		    japanese ? "引用元メッセージ:" : "Quotes message:",
		    quoted->item[i]);
}

static void
holdtext_how(const struct holdtext *t, bool japanese, struct buf *out)
{
	char at[CLOCK_RFC3339];

	(void)clock_rfc3339(t->expires_at, at);
	buf_putf(out,
	    japanese
		? "\n答えるには、このメールに署名・暗号化して返信し、1行目に"
		  "次のいずれかを書いてください:\n"
		  "  承認            送信を許可します\n"
		  "  平文で承認      暗号化されない分も許可します\n"
		  "  差戻し 理由     取り消し、作成者に理由を伝えます\n"
		  "この答えはこの内容に限り有効です。期限: %s\n"
		: "\nTo answer, reply to this mail, signed and encrypted, with"
		  " one of these as its first line:\n"
		  "  approve            it may leave\n"
		  "  approve in clear   also what would leave unencrypted\n"
		  "  reject REASON      it is cancelled, and its author told\n"
		  "Your word counts for this content alone. The hold ends at"
		  " %s\n",
	    at);
}

static void
holdtext_hidden(const struct holdtext *t, bool japanese, struct buf *out)
{
	char at[CLOCK_RFC3339];

	(void)clock_rfc3339(t->expires_at, at);
	if (t->kind == HOLDMAIL_ENDED) {
		buf_puts(out,
		    japanese
			? "誰も承認しないまま期限が切れ、取り消されました。"
			  "作成者にも伝えています。\n"
			: "Nobody released it in time, so it was cancelled."
			  " Its author is told.\n");
		return;
	}
	buf_putf(out,
	    japanese ? "TLP:REDのため内容はこのメールに書けません。"
		       "ゲートウェイで確認してください。期限: %s\n"
		     : "It is TLP:RED and you are no recorded reader of it, so"
		       " this mail does not show it. Ask the PoC. The hold ends"
		       " at %s\n",
	    at);
}

/* Those who prefer another language get these words instead. */
static void
holdtext_variants(const struct outgoing *o, bool japanese, struct buf *out)
{
	for (size_t i = 0; i < o->variants; i++) {
		const struct outgoing_variant *v = &o->variant[i];

		buf_putf(out, "\n%s ",
		    japanese ? "---- 別の言語で送信される本文:"
			     : "---- What would leave in another language:");
		holdtext_line(out, v->language);
		buf_puts(out, " ----\n\n");
		if (v->subject != NULL) {
			buf_puts(out, japanese ? "件名: " : "Subject: ");
			holdtext_line(out, v->subject);
			buf_puts(out, "\n\n");
		}
		buf_put(out, v->text.data, v->text.len);
	}
}

void
holdtext_put(const struct holdtext *t, const char *language,
    struct buf *subject, struct buf *text)
{
	bool japanese = strcmp(language, "ja") == 0;
	const struct clearance *c = t->clearance;
	bool shows = t->reads && t->kind != HOLDMAIL_ENDED;

	holdtext_subject(t, japanese, subject);
	buf_putf(text, "TLP:%s\n\n",
	    noroshi_tlp_name(shows ? c->floor.label : NOROSHI_TLP_CLEAR));
	buf_putf(text, "%s %lld\n", japanese ? "メッセージ番号:" : "Message:",
	    (long long)c->outgoing->message);
	if (!shows) {
		holdtext_hidden(t, japanese, text);
		return;
	}
	buf_puts(text, japanese ? "作成者: " : "Author: ");
	holdtext_line(text, c->author.name == NULL ? "?" : c->author.name);
	buf_puts(text, japanese ? "\n宛先ごとの理由:\n"
				: "\nFor each recipient, why it is held:\n");
	holdtext_recipients(t, japanese, text);
	holdtext_parts(t, japanese, text);
	holdtext_how(t, japanese, text);
	buf_putf(text, "\n%s\n\n",
	    japanese ? "---- 送信される本文 ----"
		     : "---- What would leave ----");
	buf_put(text, c->outgoing->text.data, c->outgoing->text.len);
	holdtext_variants(c->outgoing, japanese, text);
}
