#include "worker/summary.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* A text in the languages that a reader may have. */
struct phrase {
	const char *word;
	const char *en;
	const char *ja;
};

static const struct phrase label_phrase[] = {{"case", "Case", "案件"},
    {"new", " (new)", " (新規)"}, {"none", "none", "なし"},
    {"from", "From", "差出人"}, {"sender", "Sender", "送信者の確認"},
    {"label", "Label", "ラベル"}, {"class", "Class", "分類"},
    {"rules", "Rules", "適用規則"}, {"protection", "OpenPGP", "暗号・署名"},
    {"warnings", "WARNINGS", "警告"}, {"attachments", "Attachments", "添付"},
    {"message", "Message", "メッセージ番号"}, {"reason", "Reason", "理由"},
    {"quarantined",
	"This message was put into quarantine and could not be"
	" read. Its bytes are kept.",
	"このメールは隔離されました。内容は読み取れませんが、原本は保管されてい"
	"ます。"},
    {"look", "Look at it with: noroshi message raw",
	"原本の確認: noroshi message raw"},
    {"alarm",
	"CAUTION: do not act on this message before you have checked"
	" the sender another way.",
	"注意: "
	"別の手段で送信者を確認するまで、このメールに基づいて行動しないでくださ"
	"い。"},
    {"written", "as written", "記載"},
    {"unwritten", "none written: the team's default",
	"記載なし: チームの既定値"},
    {"comment",
	"A reply to this mail is a comment inside the team; no outsider"
	" gets it.",
	"このメールへの返信はチーム内のコメントになり、外部には届きません。"},
    {"answer", "To answer the sender as the team, write to",
	"チームとして送信者に返信する宛先"},
    {NULL, NULL, NULL}};

static const struct phrase evidence_phrase[] = {
    {"signature", "proven by a good signature over the whole message",
	"メール全体への正しい署名により確認"},
    {"dkim", "the domain's DKIM/DMARC says so, no signature",
	"DKIM/DMARC による確認 (署名なし)"},
    {"address", "not proven: only the From address matches",
	"未確認: From アドレスが一致するだけ"},
    {"none", "not proven: unknown sender", "未確認: 未知の送信者"},
    {NULL, NULL, NULL}};

/* In English as the facts have them, for scripts of readers. */
static const struct phrase protection_phrase[] = {
    {"whole", "encryption=whole", "全体が暗号化"},
    {"part", "encryption=part", "一部だけが暗号化"},
    {"none", "encryption=none", "暗号化なし"},
    {"failed", "encryption=failed", "復号できず"}, {NULL, NULL, NULL}};

static const struct phrase signature_phrase[] = {
    {"good", "signature=good", "正しい署名"},
    {"bad", "signature=bad", "不正な署名"},
    {"expired", "signature=expired", "期限切れの署名"},
    {"revoked", "signature=revoked", "失効した鍵の署名"},
    {"no-key", "signature=no-key", "未知の鍵の署名"},
    {"error", "signature=error", "検証できない署名"}, {NULL, NULL, NULL}};

static const struct phrase cover_phrase[] = {
    {"whole", "whole", "全体"}, {"part", "part", "一部"}, {NULL, NULL, NULL}};

static const struct phrase warning_phrase[] = {
    {"signer-not-sender",
	"signed by a key that is NOT the sender's: possibly forged",
	"送信者とは別の鍵による署名: なりすましの疑い"},
    {"class-not-proven",
	"the sender's standing is not proven, so it is treated as public",
	"送信者の身元が証明されないため一般扱い"},
    {"signature-bad", "a signature does not fit the text: it was changed",
	"署名が本文と一致しません: 改変の疑い"},
    {"signature-expired", "the signature or its key had expired",
	"署名または鍵の有効期限切れ"},
    {"signature-revoked", "the signing key was revoked", "失効した鍵の署名"},
    {"signature-weak", "the signature is too weak to count",
	"強度の足りない署名"},
    {"signer-unknown", "signed by a key that is not known here",
	"未知の鍵による署名"},
    {"decryption-failed", "something encrypted could not be opened",
	"復号できない部分があります"},
    {"tampered", "the encrypted data was changed on the way",
	"暗号文が途中で改変されています"},
    {"no-mdc", "encrypted without integrity protection: not opened",
	"完全性保護のない暗号文のため開きません"},
    {"not-for-us", "encrypted to keys that are not the team's",
	"チーム宛てではない鍵で暗号化されています"},
    {"passphrase-only", "encrypted with a passphrase, not to the team's key",
	"パスフレーズによる暗号化 (チームの鍵ではない)"},
    {"openpgp-v6", "OpenPGP v6, which this gateway's GnuPG cannot read",
	"OpenPGP v6 のため読み取れません"},
    {"restriction", "its source asks not to pass it on",
	"送信者が転送などを制限しています"},
    {"partly-encrypted", "only a part of it was encrypted",
	"一部だけが暗号化されています"},
    {"partly-signed", "only a part of it is signed",
	"一部だけが署名されています"},
    {"several-from", "more than one From address", "From が複数あります"},
    {"no-from", "no From address", "From がありません"},
    {"duplicate-header", "a header field stands there twice",
	"ヘッダーが重複しています"},
    {"tlp-unknown", "an unknown TLP colour: treated as RED",
	"未知の TLP の色: RED として扱います"},
    {"tlp-conflict", "its labels disagree; the strictest counts",
	"ラベルが不一致: 最も厳しいものを適用"},
    {"tlp-unproven",
	"its label would widen sharing, but its sender is not proven",
	"共有範囲を広げるラベルですが送信者が未確認です"},
    {"sharing-none", "a document in it is to be shared with nobody",
	"添付文書は共有禁止と指定されています"},
    {"indicators-limit", "it names more indicators than are listed",
	"記載された指標が多く、一部だけを登録しました"},
    {"xarf-invalid", "its X-ARF report does not follow the format",
	"X-ARF の形式に誤りがあります"},
    {"json-broken", "a document in JSON is broken: its label may be missed",
	"JSON 文書が壊れています: ラベルを読み落とす可能性があります"},
    {"json-large", "a document in JSON is too large: its label may be missed",
	"JSON 文書が大きすぎます: ラベルを読み落とす可能性があります"},
    {"untrusted", "joined to the case, but its sender is not proven",
	"案件に追加しましたが送信者は未確認です"},
    {"case-named-by-stranger",
	"names a case of ours, but its sender has no part in it",
	"案件番号を含みますが、関係者ではない送信者です"},
    {"duplicate-message-id", "another mail had the same Message-ID",
	"同じ Message-ID のメールがほかにあります"},
    {"post-held",
	"was written to a discussion list, and was not passed on to it",
	"メーリングリスト宛てですが配信していません"},
    {"mime-broken", "its structure is broken", "メールの構造が壊れています"},
    {"charset-unknown", "an unknown character set", "未知の文字コード"},
    {"charset-bad", "some characters could not be read",
	"読み取れない文字があります"},
    {"html-hidden", "text that its HTML hides was left out",
	"HTML で隠された文字列を除きました"},
    {"charset-guessed", "its character set was guessed",
	"文字コードは推定です"},
    {"charset-refused", "a character set that is not accepted",
	"受け付けない文字コード"},
    {"control-characters", "its header holds control characters",
	"ヘッダーに制御文字があります"},
    {"header-8bit", "its header holds bytes that are not ASCII",
	"ヘッダーに ASCII 以外のバイトがあります"},
    {"header-broken", "its header is broken", "ヘッダーが壊れています"},
    {"boundary-missing", "a part of it has no end",
	"終わりのないパートがあります"},
    {"fields-many", "its header has too many fields: not all were looked at",
	"ヘッダーの項目が多すぎるため一部のみ確認しました"},
    {"parameters-many", "a field has too many parameters: the rest was left",
	"ヘッダーの属性が多すぎるため一部を無視しました"},
    {"date-bad", "its date cannot be read", "日付を読み取れません"},
    {"encoding-bad", "a part of it is wrongly encoded",
	"符号化の誤りがあります"},
    {"data-truncated", "a part was too large and was cut",
	"大きすぎるパートを途中で切りました"},
    {"text-truncated", "its text was too long and was cut",
	"長すぎる本文を途中で切りました"},
    {"too-many-layers", "wrapped too many times: not all was opened",
	"入れ子が深すぎるため一部を開いていません"},
    {"bomb", "expands to far too much: not opened",
	"展開すると大きすぎるため開きません"},
    {"pgp-repaired", "its PGP/MIME was damaged on the way and was mended",
	"途中で壊れた PGP/MIME を修復しました"},
    {"new-key", "brings a new key of the sender's, signed with the old one",
	"以前の鍵で署名された新しい鍵が添付されています"},
    {"new-key-unproven",
	"brings another key of the sender's, and nothing proves it: not used",
	"証明のない別の鍵が添付されています: 使用しません"},
    {"replayed",
	"its signature came before, in another message: sent again by anybody",
	"署名が以前のメールと同じ: 第三者による再送の可能性"},
    {"stale", "its signature is old", "署名が古いメールです"},
    {"not-addressed-to-us",
	"signed for somebody else: its protected To and Cc do not name us",
	"署名された宛先にチームが含まれません"},
    {"encryption-removed", "says that it was encrypted, and it is not",
	"暗号化されていたはずですが、暗号化されていません"},
    {"name-looks-like-address",
	"the sender's name shows an address that is not the sender's",
	"差出人の名前に別のアドレスが書かれています"},
    {"from-ambiguous",
	"its From can be read as more than one address: it counts for nobody",
	"From が複数のアドレスに読めるため、誰のものとも扱いません"},
    {"encoded-address", "an address in From is hidden by an encoding",
	"From のアドレスが符号化で隠されています"},
    {"comment-shows-address",
	"a comment in From shows an address that is not the sender's",
	"From のコメントに別のアドレスが書かれています"},
    {"from-group", "its From is a group", "From がグループ表記です"},
    {"sender-differs", "Sender is not who From says",
	"Sender が From と異なります"},
    {"resent", "sent again by somebody else than its author",
	"作成者以外が再送 (Resent) したメール"},
    {"lookalike-address",
	"the sender's address looks like one of a contact, and is another",
	"連絡先のアドレスに酷似した別のアドレスです"},
    {"lookalike-domain",
	"the sender's domain resembles one of a contact, and is another",
	"連絡先のドメインに似た別のドメインです"},
    {"mixed-scripts",
	"the sender's domain mixes letters of different alphabets",
	"異なる文字体系の混在するドメインです"},
    {"name-of-contact",
	"the sender's name is that of a contact who has another address",
	"連絡先と同じ名前ですがアドレスが異なります"},
    {"outer-from-differs",
	"the From outside the encryption is not the one inside",
	"外側と内側の From が異なります"},
    {"tlp-legacy", "a label of the old TLP 1.0", "旧版 TLP 1.0 のラベル"},
    {"tlp-spelling", "a label that is spelt in an unusual way",
	"ラベルの表記が規定と異なります"},
    {"tlp-mentioned", "a label is mentioned in a sentence and not counted",
	"文中に現れたラベルは適用していません"},
    {"rule-limit", "a rule took too long on it and was given up",
	"時間のかかりすぎる規則を打ち切りました"},
    {"quarantined", "it was put into quarantine", "隔離されました"},
    {NULL, NULL, NULL}};

static const char *
phrase(const struct phrase *list, const char *word, const char *language)
{
	for (; list->word != NULL; list++)
		if (strcmp(list->word, word) == 0)
			return strcmp(language, "ja") == 0 ? list->ja
							   : list->en;
	return word;
}

const char *
warning_sentence(const char *word, const char *language)
{
	return phrase(warning_phrase, word, language);
}

/* "-" where there is none. */
static const char *
fact_of(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s == NULL ? "-" : s;
}

static const char *
fact(const json_t *facts, const char *object, const char *name)
{
	return fact_of(json_object_get(facts, object), name);
}

/* "Name: " in a reader's language. */
static void
summary_name(struct buf *out, const char *word, const char *language)
{
	buf_putf(out, "%s: ", phrase(label_phrase, word, language));
}

static void
summary_list(struct buf *out, const json_t *list, const char *separator)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		buf_putf(out, "%s%s", i == 0 ? "" : separator,
		    json_string_value(json_array_get(list, i)));
}

static void
summary_sender(const struct notice *n, const char *language, struct buf *out)
{
	const json_t *facts = n->message->facts;
	const json_t *from = json_object_get(facts, "from");
	const char *name = json_string_value(json_object_get(from, "name"));
	const char *address =
	    json_string_value(json_object_get(from, "address"));
	const char *ascii = json_string_value(
	    json_object_get(json_object_get(facts, "sender"), "ascii"));

	summary_name(out, "from", language);
	if (name != NULL)
		buf_putf(out, "%s ", name);
	buf_putf(out, "<%s>", address == NULL ? "" : address);
	/* Letters may lie; these do not. */
	if (ascii != NULL)
		buf_putf(out, " (%s)", ascii);
	buf_putc(out, '\n');
	summary_name(out, "sender", language);
	if (json_is_string(json_object_get(
		json_object_get(facts, "sender"), "organisation")))
		buf_putf(out, "%s, ", fact(facts, "sender", "organisation"));
	buf_putf(out, "%s; %s\n", fact(facts, "sender", "class"),
	    phrase(
		evidence_phrase, fact(facts, "sender", "evidence"), language));
}

static void
summary_protection(
    const struct notice *n, const char *language, struct buf *out)
{
	const json_t *facts = n->message->facts;
	const json_t *list = json_object_get(facts, "signatures");

	summary_name(out, "protection", language);
	buf_puts(out,
	    phrase(protection_phrase, fact_of(facts, "encryption"), language));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *s = json_array_get(list, i);
		const char *fpr =
		    json_string_value(json_object_get(s, "fingerprint"));

		buf_putf(out, "; %s (%s) %s",
		    phrase(signature_phrase, fact_of(s, "status"), language),
		    phrase(cover_phrase, fact_of(s, "covers"), language),
		    fpr != NULL ? fpr : fact_of(s, "key_id"));
	}
	buf_putc(out, '\n');
}

static void
summary_class(const struct notice *n, const char *language, struct buf *out)
{
	const json_t *facts = n->message->facts;
	const json_t *c = json_object_get(facts, "classification");
	const char *source = fact(facts, "tlp", "source");

	summary_name(out, "label", language);
	buf_putf(out, "TLP:%s (", noroshi_tlp_name(n->label));
	if (strcmp(source, "default") == 0)
		buf_puts(out, phrase(label_phrase, "unwritten", language));
	else
		buf_putf(out, "%s: %s, %s",
		    phrase(label_phrase, "written", language),
		    fact(facts, "tlp", "label"), source);
	buf_puts(out, ")\n");
	summary_name(out, "class", language);
	buf_putf(out, "%s / %s / %s\n", fact(facts, "classification", "kind"),
	    fact(facts, "classification", "category"),
	    fact(facts, "classification", "priority"));
	summary_name(out, "rules", language);
	if (json_array_size(json_object_get(c, "rules")) == 0)
		buf_puts(out, phrase(label_phrase, "none", language));
	summary_list(out, json_object_get(c, "rules"), ", ");
	buf_putc(out, '\n');
}

static void
summary_warnings(const struct notice *n, const char *language, struct buf *out)
{
	const json_t *facts = n->message->facts;
	const json_t *list = json_object_get(facts, "warnings");
	const json_t *why = json_object_get(facts, "failures");

	if (json_array_size(list) == 0 && json_array_size(why) == 0)
		return;
	buf_putf(out, "%s:\n", phrase(label_phrase, "warnings", language));
	for (size_t i = 0; i < json_array_size(list); i++)
		buf_putf(out, "  - %s\n",
		    warning_sentence(
			json_string_value(json_array_get(list, i)), language));
	for (size_t i = 0; i < json_array_size(why); i++)
		buf_putf(
		    out, "  - %s\n", json_string_value(json_array_get(why, i)));
}

static void
summary_attachments(
    const struct notice *n, const char *language, struct buf *out)
{
	if (n->reading->attachments == 0)
		return;
	buf_putf(out, "%s:\n", phrase(label_phrase, "attachments", language));
	for (size_t i = 0; i < n->reading->attachments; i++) {
		const struct attachment *a = &n->reading->attachment[i];

		buf_putf(out, "  - %s (%s, %zu bytes)\n", a->name, a->type,
		    a->data.len);
	}
}

static void
summary_quarantine(
    const struct notice *n, const char *language, struct buf *out)
{
	buf_putf(out, "TLP:%s\n\n%s\n\n", noroshi_tlp_name(n->label),
	    phrase(label_phrase, "quarantined", language));
	summary_name(out, "message", language);
	buf_putf(out, "%lld\n", (long long)n->message->id);
	summary_name(out, "reason", language);
	(void)utf8_put_line(out, n->reason, strlen(n->reason));
	buf_putf(out, "\n%s %lld\n", phrase(label_phrase, "look", language),
	    (long long)n->message->id);
}

/* TLP 2.0: the label stands directly before the information. */
void
summary_text(const struct notice *n, const char *language, struct buf *out)
{
	const json_t *facts = n->message->facts;

	if (n->reading == NULL) {
		summary_quarantine(n, language, out);
		return;
	}
	if (json_is_true(json_object_get(facts, "alarm")))
		buf_putf(out, "*** %s ***\n\n",
		    phrase(label_phrase, "alarm", language));
	summary_name(out, "case", language);
	buf_putf(out, "%s%s\n",
	    n->case_name == NULL ? phrase(label_phrase, "none", language)
				 : n->case_name,
	    n->case_is_new ? phrase(label_phrase, "new", language) : "");
	summary_name(out, "message", language);
	buf_putf(out, "%lld\n", (long long)n->message->id);
	summary_sender(n, language, out);
	summary_protection(n, language, out);
	summary_class(n, language, out);
	summary_warnings(n, language, out);
	summary_attachments(n, language, out);
	if (n->case_name != NULL)
		buf_putf(
		    out, "%s\n", phrase(label_phrase, "comment", language));
	if (n->reply_address != NULL)
		buf_putf(out, "%s: %s\n",
		    phrase(label_phrase, "answer", language), n->reply_address);
	for (int i = 0; i < SUMMARY_RULE; i++)
		buf_putc(out, '-');
	buf_putf(out, "\nTLP:%s\n\n", noroshi_tlp_name(n->label));
	buf_put(out, buf_str(&n->reading->text), n->reading->text.len);
	buf_putc(out, '\n');
}

void
summary_subject(const struct notice *n, const char *language, struct buf *out)
{
	if (n->case_name != NULL)
		buf_putf(out, "[%s] ", n->case_name);
	buf_putf(out, "TLP:%s ", noroshi_tlp_name(n->label));
	if (n->reading == NULL) {
		buf_putf(out, "%s %lld",
		    strcmp(language, "ja") == 0 ? "隔離: メッセージ"
						: "Quarantined: message",
		    (long long)n->message->id);
		return;
	}
	if (json_is_true(json_object_get(n->message->facts, "alarm")))
		buf_puts(
		    out, strcmp(language, "ja") == 0 ? "【警告】" : "[ALARM] ");
	if (n->reading->subject != NULL)
		(void)utf8_put_line(
		    out, n->reading->subject, strlen(n->reading->subject));
}
