#include "worker/said.h"

#include <string.h>

struct said {
	const char *english;
	const char *japanese;
};

static const struct said said[] = {
    /* whether a mail may order anything: command.c, command_once.c */
    {"it is not signed over all of it by your own key",
	"メール全体にあなた自身の鍵による署名がありません"},
    {"it is not encrypted, or not all of it",
	"メールの全体または一部が暗号化されていません"},
    {"its header is not protected (RFC 9788); switch that on in your mail"
     " program",
	"ヘッダーが保護されていません (RFC 9788)。メールソフトの設定で有効に"
	"してください"},
    {"its date is more than a day away", "日付が1日以上ずれています"},
    {"it was sent before the gateway was restored from a backup; if it is"
     " still meant, send it anew",
	"ゲートウェイがバックアップから復元される前のメールです。必要なら改めて"
	"送ってください"},
    {"it came before, and a mail commands once",
	"同じメールが以前に届いています。1通のメールの指示は1回だけ有効です"},
    {"its protected header does not name the address it was sent to",
	"保護されたヘッダーの宛先が、実際に送られた宛先と異なります"},
    {"its protected header does not name the list's address",
	"保護されたヘッダーの宛先がメーリングリストのアドレスではありません"},
    {"orders count in plain text alone; switch HTML off for such a mail",
	"指示はテキスト形式のメールでのみ有効です。HTML 形式を使わずに送って"
	"ください"},
    {"it begins with orders, which are for the team's address and would reach"
     " all members",
	"指示で始まるメールです。このまま送ると全会員に届きます。指示はチームの"
	"アドレスに送ってください"},
    {"its author is no active member", "差出人は有効な会員ではありません"},
    {"the key that signed it was not verified",
	"署名に使われた鍵は確認されていません"},
    {"it is not signed over all of it by a member's key",
	"メール全体に会員の鍵による署名がありません"},
    /* how orders are written: pseudo_header.c */
    {"it begins with a word that is no order",
	"指示にない語で始まる行があります"},
    {"text follows its orders without an empty line between",
	"指示と本文の間に空行がありません"},
    {"its orders are too many, or one is too long",
	"指示が多すぎるか、長すぎるものがあります"},
    {"one of its orders is too long", "長すぎる指示があります"},
    {"the words that there are:", "使える語は次のとおりです:"},
    /* what they mean: order.c and its like */
    {"it opens no case: write to the team's address for a new one",
	"ここからは新しい案件を作れません。チームのアドレスに送ってください"},
    {"there is no such case", "その番号の案件はありません"},
    {"its Case: is another one than it was sent to",
	"Case: の案件が、送り先の案件と異なります"},
    {"one of its recipients cannot be written to",
	"送信できない宛先があります"},
    {"a recipient is missing", "宛先がありません"},
    {"it has too many recipients", "宛先が多すぎます"},
    {"one of its orders stands twice", "同じ指示が2回書かれています"},
    {"there is no such category", "その分類はありません"},
    {"TLP: RED, AMBER+STRICT, AMBER, GREEN or CLEAR expected",
	"TLP: には RED, AMBER+STRICT, AMBER, GREEN, CLEAR のいずれかを書いて"
	"ください"},
    {"Status: open, waiting or closed expected",
	"Status: には open, waiting, closed のいずれかを書いてください"},
    {"Priority: low, normal, high or critical expected",
	"Priority: には low, normal, high, critical のいずれかを書いて"
	"ください"},
    {"X-Harm: none, suspected or confirmed expected",
	"X-Harm: には none, suspected, confirmed のいずれかを書いてください"},
    {"X-Deadline: its name, perhaps a stage, and receipt with a text or message"
     " with a number expected",
	"X-Deadline: には期限の名前、必要なら段階、続けて receipt と受付番号、"
	"または message とメッセージ番号を書いてください"},
    {"X-Deadline: that deadline cannot be said to be done",
	"X-Deadline: その期限を完了にできません"},
    {"Join: yes expected", "Join: には yes と書いてください"},
    {"Claim: stands alone; Owner: names another",
	"Claim: には何も書きません。ほかの人を担当にするには Owner: を使って"
	"ください"},
    {"there is no such owner", "その担当者は登録されていません"},
    {"only one of the team can own a case",
	"案件の担当になれるのはチームの一員だけです"},
    {"x-list-name is not the team's address",
	"x-list-name がチームのアドレスではありません"},
    {"a refusal gives its reason", "Refuse: には理由を書いてください"},
    {"a cause or a remedy without words",
	"X-Cause: または X-Remedy: に内容がありません"},
    {"a note without words", "Note: に内容がありません"},
    {"it cannot be closed yet", "この案件はまだ終了できません"},
    {"Refuse: answers who wrote in a case: send it to the case's own address,"
     " as an answer to a copy does",
	"Refuse: は案件の差出人への返信になります。案件ごとの返信用アドレスに"
	"送ってください"},
    {"Refuse: goes to who wrote, and nothing with it",
	"Refuse: は差出人だけに送られます。ほかの宛先は書けません"},
    {"Refuse: closes the case; leave Status: out",
	"Refuse: で案件は終了します。Status: は書かないでください"},
    {"Facts-To: stands alone; send two mails, the other to whom it answers",
	"Facts-To: はほかの宛先と一緒に使えません。2通に分けてください"},
    {"an excerpt of facts leaves as GREEN or CLEAR",
	"技術情報の抜粋は TLP:GREEN または TLP:CLEAR で送ります"},
    {"it has Cc: or Bcc: and no To:",
	"Cc: または Bcc: だけで To: がありません"},
    {"what is signed for you or adds a key cannot also leave; send two mails",
	"署名の依頼や鍵の追加と外部への送信は、2通に分けてください"},
    {"it is in no case: answer a copy, or begin with Case: and its number, or"
     " Case: new",
	"案件が分かりません。案件のメールに返信するか、1行目に Case: と案件番号"
	"(新規は Case: new) を書いてください"},
    {"your roles are for approvals and for looking, not for changing cases",
	"あなたの役割は承認と閲覧だけで、案件を変更できません"},
    {"somebody outside waits for an answer: answer first, or say in a Note: why"
     " there is none",
	"返信を待っている相手がいます。先に返信するか、返信しない理由を Note: "
	"に書いてください"},
    {"the case was claimed before; the first claim wins",
	"この案件にはすでに担当者がいます"},
    {"the case is handed over: say in a Note: how things stand",
	"担当を引き継ぐときは、現在の状況を Note: に書いてください"},
    /* order_regroup.c, outcome.c */
    {"what merges, moves, splits or undoes cannot also leave; send two mails",
	"統合・移動・分割・取消と外部への送信は、2通に分けてください"},
    {"a mail merges, moves, splits or undoes once; send two mails",
	"統合・移動・分割・取消は1通に1つです。2通に分けてください"},
    {"it does not say which cases or messages",
	"対象の案件またはメッセージの番号がありません"},
    {"Merge-Into: the number of one case expected",
	"Merge-Into: には案件番号を1つ書いてください"},
    {"Move: messages by number expected, and perhaps to and a case",
	"Move: にはメッセージ番号を書いてください (別の案件へは「12 to "
	"案件番号」)"},
    {"Split: messages by number expected",
	"Split: にはメッセージ番号を書いてください"},
    {"Undo: yes, a case, or audit: and a number expected",
	"Undo: には yes、案件番号、または audit: と番号を書いてください"},
    {"there is no merge, split or move to undo",
	"取り消せる統合・分割・移動がありません"},
    {"its cases or messages stay where they are",
	"案件とメッセージは元のままです"},
    /* order_ask.c */
    {"your roles are not for reading cases",
	"あなたの役割では案件を閲覧できません"},
    {"Cases: mine, open, owed or new expected",
	"Cases: には mine, open, owed, new のいずれかを書いてください"},
    {"there is no such case now", "該当する案件はありません"},
    /* order_key.c */
    {"it asks for too many keys", "一度に求められた鍵が多すぎます"},
    {"there is no such key, or more than one",
	"その鍵は見つからないか、複数あります"},
    {"no key that can be used is attached or stands in it",
	"使える鍵が添付にも本文にもありません"},
    {"it adds too many keys at once", "一度に追加する鍵が多すぎます"},
    {"there is no text to sign", "署名する本文がありません"},
    {"x-sign-this: the text, clear-signed by the team, in signed.txt",
	"x-sign-this: チームの鍵で署名した本文を signed.txt に添付しました"},
    /* what leaves: command.c, command_request.c, command_text.c */
    {"there is no text in it that may leave", "送信できる本文がありません"},
    {"the gate refuses it for one recipient or more",
	"共有規則により送信できない宛先があります"},
    {"the rest is done when it leaves, and not where it is rejected",
	"残りの指示は送信されたときに実行します。却下された場合は実行しません"},
    {"several people outside have written in this case, and no protected"
     " In-Reply-To (RFC 9788) says whom it answers; use: noroshi send --to",
	"この案件には外部の相手が複数います。保護された In-Reply-To (RFC 9788) "
	"が"
	"なく、誰への返信か分かりません。noroshi send --to を使ってください"},
    {"nobody outside has written in this case, so there is nobody to answer",
	"この案件には外部からのメールがなく、返信する相手がいません"},
    {"it bears two labels; an advisory has one, in its subject, on its first"
     " line and in what is attached",
	"ラベルが2種類あります。件名、1行目、添付のラベルを1つにそろえて"
	"ください"},
    {"it bears a label that TLP 2.0 does not know (RED, AMBER+STRICT, AMBER,"
     " GREEN, CLEAR)",
	"TLP 2.0 にないラベルです (RED, AMBER+STRICT, AMBER, GREEN, CLEAR)"},
    {"what is attached says that it is not to be shared with anybody",
	"添付文書は共有禁止と指定されています"},
    {"it has no label (no-label-list); write one, as TLP:GREEN, on its first"
     " line",
	"ラベルがありません (no-label-list)。1行目に TLP:GREEN のように書いて"
	"ください"},
    {"an attachment holds a member's address or key, which members of this"
     " list do not show each other",
	"会員のアドレスまたは鍵を含む添付があります。このリストでは会員同士に"
	"示しません"},
    {"it still holds lines of what the gateway wrote on top of your copy; take"
     " them out",
	"ゲートウェイが付けた行が残っています。削除してください"},
    {"it holds your own name and would leave as the team's; take it out",
	"チームとして送るメールにあなたの名前が入っています。削除してください"},
    {"it holds your own address and would leave as the team's; take it out",
	"チームとして送るメールにあなたのアドレスが入っています。削除して"
	"ください"},
    {"it encloses a mail that holds your own address; take it out",
	"添付されたメールにあなたのアドレスが入っています。外してください"},
    {"it holds what was encrypted by itself, apart from the mail, and that is"
     " never passed on decrypted; attach what is meant to leave as it is",
	"メールとは別に暗号化された添付があります。復号したまま転送されること"
	"はありません。送る内容をそのまま添付してください"},
};

bool
said_japanese(const struct contact *who, const char *team_language)
{
	return strcmp(who->language != NULL ? who->language : team_language,
		   "ja") == 0;
}

const char *
said_in(bool japanese, const char *sentence)
{
	for (size_t i = 0; japanese && i < sizeof(said) / sizeof(*said); i++)
		if (strcmp(said[i].english, sentence) == 0)
			return said[i].japanese;
	return sentence;
}
