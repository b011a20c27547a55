/* What who ordered something is told, in their language: what was done, and
 * which words there are. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "worker/order_inside.h"

/* What stands in front of a line; the order's own word in English. */
enum said_line {
	SAID_STATUS,
	SAID_REFUSE,
	SAID_OWNER,
	SAID_PRIORITY,
	SAID_CATEGORY,
	SAID_TLP,
	SAID_TLP_ALONE,
	SAID_HARM,
	SAID_CAUSE,
	SAID_REMEDY,
	SAID_DEADLINE,
	SAID_NOTE,
	SAID_MERGE,
	SAID_MOVE,
	SAID_SPLIT,
	SAID_UNDO,
	SAID_LINES
};

static const char *const said_head[SAID_LINES][2] = {
    [SAID_STATUS] = {"Status", "状態"},
    [SAID_REFUSE] = {"Refuse", "対応しない旨の返信"},
    [SAID_OWNER] = {"Owner", "担当"},
    [SAID_PRIORITY] = {"Priority", "優先度"},
    [SAID_CATEGORY] = {"Category", "分類"},
    [SAID_TLP] = {"TLP", "ラベル"},
    [SAID_TLP_ALONE] = {"TLP, of this mail alone", "ラベル (このメールのみ)"},
    [SAID_HARM] = {"X-Harm", "被害"},
    [SAID_CAUSE] = {"X-Cause", "原因"},
    [SAID_REMEDY] = {"X-Remedy", "対策"},
    [SAID_DEADLINE] = {"X-Deadline, done", "完了した期限"},
    [SAID_NOTE] = {"Note", "メモ"},
    [SAID_MERGE] = {"Merge", "統合"},
    [SAID_MOVE] = {"Move", "移動"},
    [SAID_SPLIT] = {"Split", "分割"},
    [SAID_UNDO] = {"Undo", "取消"},
};

static void
order_done(struct order_check *c, enum said_line head, const char *value)
{
	char *line = xasprintf("%s: %s", said_head[head][c->japanese], value);

	strs_add(&c->o->done, line);
	free(line);
}

/* A word that is chosen, with what it is called; English has the word alone. */
static void
order_done_word(struct order_check *c, enum said_line head, const char *word)
{
	static const char *const names[][2] = {{"open", "対応中"},
	    {"waiting", "回答待ち"}, {"closed", "終了"}, {"low", "低"},
	    {"normal", "通常"}, {"high", "高"}, {"critical", "緊急"},
	    {"none", "なし"}, {"suspected", "疑いあり"},
	    {"confirmed", "確認済み"}};
	const char *name = NULL;
	char *both;

	if (word == NULL)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i][0], word) == 0)
			name = names[i][1];
	both = c->japanese && name != NULL ? xasprintf("%s (%s)", name, word)
					   : xstrdup(word);
	order_done(c, head, both);
	free(both);
}

/* "Ken (contact 3)"; the caller's. */
static char *
order_name(struct db *db, int64_t id, bool japanese)
{
	struct contact c;
	char *text;

	if (id == 0)
		return xstrdup(japanese ? "なし" : "nobody");
	if (contact_get(db, id, &c, NULL) == -1)
		return xasprintf("contact %lld", (long long)id);
	text = xasprintf("%s (contact %lld)", c.name, (long long)id);
	contact_free(&c);
	return text;
}

static void
order_say_owner(struct order_check *c)
{
	char *owner;

	if (!c->o->owner_asked)
		return;
	owner = order_name(c->w->db, c->o->owner, c->japanese);
	order_done(c, SAID_OWNER, owner);
	free(owner);
}

static void
order_say_label(struct order_check *c)
{
	const struct order *o = c->o;
	bool leaves = c->q->answers || o->to.count > 0 || o->facts.count > 0;

	if (o->label_asked)
		order_done(c, leaves ? SAID_TLP : SAID_TLP_ALONE,
		    noroshi_tlp_name(o->label));
}

/* "12, 13", or the names of cases; the caller's. */
static char *
order_names(struct order_check *c, const struct order_regroup *g)
{
	struct strs names = {0};
	char *all;

	for (size_t i = 0; i < g->count; i++) {
		struct case_file one;
		char *name = NULL;

		if (g->act == ORDER_MERGE &&
		    case_get(c->w->db, NULL, g->id[i], &one, NULL) == 0) {
			name = xstrdup(one.name);
			case_free(&one);
		} else {
			name = xasprintf("%lld", (long long)g->id[i]);
		}
		strs_add(&names, name);
		free(name);
	}
	all = strs_join(&names, ", ");
	strs_free(&names);
	return all;
}

/* The case that a split opens is named when it is there (outcome.c). */
static void
order_say_regroup(struct order_check *c)
{
	static const enum said_line head[] = {[ORDER_MERGE] = SAID_MERGE,
	    [ORDER_MOVE] = SAID_MOVE,
	    [ORDER_SPLIT] = SAID_SPLIT,
	    [ORDER_UNDO] = SAID_UNDO};
	const struct order_regroup *g = &c->o->regroup;
	struct case_file to;
	char *what, *line;

	if (g->act == ORDER_NO_ACT)
		return;
	what = order_names(c, g);
	if (g->act == ORDER_UNDO)
		line = xasprintf(c->japanese ? "元に戻しました (audit:%lld)"
					     : "as it was before (audit:%lld)",
		    (long long)g->audit);
	else if (g->act == ORDER_SPLIT)
		line = xasprintf(c->japanese
				     ? "メッセージ %s を新しい案件に分けました"
				     : "%s into a new case",
		    what);
	else if (case_get(c->w->db, NULL, g->to, &to, NULL) == -1)
		line = xstrdup(what);
	else {
		line = xasprintf(!c->japanese ? "%s into %s"
				 : g->act == ORDER_MERGE
				     ? "%s を %s に統合しました"
				     : "メッセージ %s を %s に移しました",
		    what, to.name);
		case_free(&to);
	}
	order_done(c, head[g->act], line);
	free(line);
	free(what);
}

void
order_say(struct order_check *c)
{
	const struct order *o = c->o;
	const char *written = c->japanese
				  ? "記録しました。案件の報告書にも載ります"
				  : "written, also for reports of the case";

	order_done_word(c, SAID_STATUS, o->state);
	if (o->refusal != NULL)
		order_done(c, SAID_REFUSE,
		    c->japanese ? "送信します。送信後に案件を終了します"
				: "answered, and closed once it leaves");
	order_say_owner(c);
	order_done_word(c, SAID_PRIORITY, o->priority);
	if (o->category != NULL)
		order_done(c, SAID_CATEGORY, o->category);
	order_say_label(c);
	order_done_word(c, SAID_HARM, o->harm);
	if (o->cause != NULL)
		order_done(c, SAID_CAUSE, written);
	if (o->remedy != NULL)
		order_done(c, SAID_REMEDY, written);
	for (size_t i = 0; i < o->deadlines.count; i++)
		order_done(c, SAID_DEADLINE, o->deadlines.item[i]);
	if (o->notes.count > 0)
		order_done(c, SAID_NOTE,
		    c->japanese ? "記録しました (チーム内のみ)"
				: "written, inside the team");
	order_say_regroup(c);
}

void
order_words(struct strs *lines, bool japanese)
{
	static const char *const what[PSEUDO_WORDS][2] = {
	    [PSEUDO_CASE] = {"a case's number, or new", "案件番号、新規は new"},
	    [PSEUDO_TO] = {"who gets the text below, from the team",
		"下の本文をチームとして送る宛先"},
	    [PSEUDO_CC] = {"who else", "写しの宛先"},
	    [PSEUDO_FACTS] = {"who gets it as facts alone, to take something"
			      " down",
		"技術情報だけを送る宛先 (削除依頼など)"},
	    [PSEUDO_JOIN] = {"yes: they may see each other",
		"yes: 宛先同士が見えてもよい"},
	    [PSEUDO_BCC] = {"who else, unseen by the others",
		"ほかの宛先に見えない写しの宛先"},
	    [PSEUDO_TLP] = {"its label", "ラベル"},
	    [PSEUDO_STATUS] = {"open, waiting, closed",
		"状態: open (対応中), waiting (回答待ち), closed (終了)"},
	    [PSEUDO_OWNER] = {"one of the team, me, nobody",
		"担当: チームの一員、me (自分)、nobody (なし)"},
	    [PSEUDO_CLAIM] = {"the case is yours, if it is nobody's yet",
		"担当者がいなければ自分が担当する"},
	    [PSEUDO_PRIORITY] = {"low, normal, high, critical",
		"優先度: low, normal, high, critical"},
	    [PSEUDO_CATEGORY] = {"scan, phishing, ..., as in noroshi.conf(5)",
		"分類: scan, phishing など (noroshi.conf(5) 参照)"},
	    [PSEUDO_NOTE] = {"a note in the case", "案件のメモ"},
	    [PSEUDO_HARM] = {"none, suspected, confirmed",
		"被害: none, suspected, confirmed"},
	    [PSEUDO_CAUSE] = {"what it came from, or unknown",
		"原因、不明なら unknown"},
	    [PSEUDO_REMEDY] = {"how it was mended, or unknown",
		"対策、不明なら unknown"},
	    [PSEUDO_DEADLINE] = {"a deadline, a stage, receipt and its text: it"
				 " is done",
		"完了した期限: 期限名、段階、receipt と受付番号"},
	    [PSEUDO_REFUSE] = {"why the team does not handle it: the answer",
		"対応しない理由 (これが返信になる)"},
	    [PSEUDO_MERGE] = {"cases that this one takes in",
		"この案件に統合する案件の番号"},
	    [PSEUDO_MERGE_INTO] = {"the case that takes this one in",
		"この案件の統合先の番号"},
	    [PSEUDO_MOVE] = {"messages by number, into this case, or: 12 to"
			     " another",
		"この案件に移すメッセージの番号 (別の案件へは「12 to "
		"案件番号」)"},
	    [PSEUDO_SPLIT] = {"messages of this case that open a new one",
		"この案件から新しい案件に分けるメッセージの番号"},
	    [PSEUDO_UNDO] = {"yes: the last merge, move or split of this case",
		"yes: この案件の直前の統合・移動・分割を取り消す"},
	    [PSEUDO_RESEND] = {"as To", "To と同じ"},
	    [PSEUDO_RESEND_ENCRYPTED] = {"as To, never in clear",
		"To と同じ、ただし平文では送らない"},
	    [PSEUDO_SIGN] = {"the text comes back signed by the team",
		"本文にチームの署名を付けて返す"},
	    [PSEUDO_ADD_KEY] = {"a key, attached or below",
		"鍵の追加 (添付または本文)"},
	    [PSEUDO_LIST_KEYS] = {"all keys, or those with these words",
		"鍵の一覧 (語を書けばその語を含むもの)"},
	    [PSEUDO_GET_KEY] = {"a fingerprint, key id or address",
		"公開鍵の取り寄せ: 指紋、鍵ID、アドレス"},
	    [PSEUDO_LIST_NAME] = {"the team's address", "チームのアドレス"},
	    [PSEUDO_CASES] = {"mine, open, owed or new: a list of them",
		"案件の一覧: mine (自分の担当), open (すべて), owed "
		"(返信待ち), "
		"new (担当なし)"},
	    [PSEUDO_HELP] = {"these words", "この一覧"}};

	for (int i = 0; i < PSEUDO_WORDS; i++) {
		char *line = xasprintf("%s: %s",
		    pseudo_word_name((enum pseudo_word)i), what[i][japanese]);

		strs_add(lines, line);
		free(line);
	}
}
