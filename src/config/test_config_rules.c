/* The default rules against written examples, by their patterns alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "config/config_load.h"
#include "config/config_template.h"

static int
rules_open(void **state)
{
	char *folder = test_folder_make();
	struct config_template t = {
	    .team_name = "T", .team_address = "t@example.org"};
	struct strs errors = {0};
	char *text = config_template(&t);
	char *rules = config_template_rules();
	struct config *c;
	struct err e;
	char *file;

	file = xasprintf("%s/noroshi.conf", folder);
	test_folder_write(folder, "noroshi.conf", text);
	test_folder_write(folder, "rules.conf", rules);
	test_folder_write(folder, "deadlines.conf", "");
	if (config_load(&c, file, &errors, &e) == -1)
		for (size_t i = 0; i < errors.count; i++)
			print_error("%s\n", errors.item[i]);
	assert_int_equal(test_folder_remove(folder), 0);
	strs_free(&errors);
	free(file);
	free(text);
	free(rules);
	*state = c;
	return c == NULL ? -1 : 0;
}

static int
rules_close(void **state)
{
	config_free(*state);
	return 0;
}

static bool
matches(const char *pattern, const char *text)
{
	int code;
	PCRE2_SIZE offset;
	pcre2_code *re =
	    pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
		PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS, &code, &offset, NULL);
	pcre2_match_data *m;
	pcre2_match_context *limit = pcre2_match_context_create(NULL);
	int rc;

	assert_non_null(re);
	m = pcre2_match_data_create_from_pattern(re, NULL);
	pcre2_set_match_limit(limit, 1000000);
	rc = pcre2_match(re, (PCRE2_SPTR)text, strlen(text), 0, 0, m, limit);
	assert_true(rc >= 0 || rc == PCRE2_ERROR_NOMATCH);
	pcre2_match_context_free(limit);
	pcre2_match_data_free(m);
	pcre2_code_free(re);
	return rc >= 0;
}

struct example {
	const char *subject;
	const char *body; /* NULL: none */
	const char *class; /* NULL: public */
	const char *kind; /* NULL: no rule said one */
	const char *category;
	const char *priority;
	const char *floor;
};

static bool
fires(const struct config_rule *r, const struct example *x)
{
	if (r->subject != NULL && !matches(r->subject, x->subject))
		return false;
	if (r->body != NULL && (x->body == NULL || !matches(r->body, x->body)))
		return false;
	if (r->sender_class.count > 0 &&
	    !strs_has(&r->sender_class, x->class != NULL ? x->class : "public"))
		return false;
	return r->header == NULL && r->attachment == NULL &&
	       r->attachment_type == NULL;
}

static void
assert_same(const char *subject, const char *got, const char *expected)
{
	if (got == expected ||
	    (got != NULL && expected != NULL && strcmp(got, expected) == 0))
		return;
	fail_msg("%s: %s, expected %s", subject, got != NULL ? got : "nothing",
	    expected != NULL ? expected : "nothing");
}

static void
assert_example(const struct config *c, const struct example *x)
{
	struct example got = {.subject = x->subject};

	for (size_t i = 0; i < c->rules; i++) {
		const struct config_rule *r = &c->rule[i];

		if (!fires(r, x))
			continue;
		got.kind = r->kind != NULL ? r->kind : got.kind;
		got.category = r->category != NULL ? r->category : got.category;
		got.priority = r->priority != NULL ? r->priority : got.priority;
		got.floor = r->label_floor != NULL ? r->label_floor : got.floor;
		if (r->last)
			break;
	}
	assert_same(x->subject, got.kind, x->kind);
	assert_same(x->subject, got.category, x->category);
	assert_same(x->subject, got.priority, x->priority);
	assert_same(x->subject, got.floor, x->floor);
}

static void
assert_examples(void **state, const struct example *x, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_example(*state, &x[i]);
}

#define REPORT(category, priority) "report", category, priority, NULL
#define WEAKNESS(priority) "vulnerability", "vulnerability", priority, NULL
#define APT "report", "apt", "critical", "AMBER+STRICT"
#define NOTHING NULL, NULL, NULL, NULL
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */

static void
english_reports_get_their_category(void **state)
{
	const struct example x[] = {
	    {"Port scan from 192.0.2.7", NULL, NULL, REPORT("scan", "low")},
	    {"SSH brute force attempts", NULL, NULL, REPORT("scan", "low")},
	    {"Spoofed e-mail in our name", NULL, NULL,
		REPORT("forged-mail", "normal")},
	    {"Business email compromise at a supplier", NULL, NULL,
		REPORT("forged-mail", "normal")},
	    {"Our web server was compromised", NULL, NULL,
		REPORT("intrusion", "high")},
	    {"Website defacement: www.example.org", NULL, NULL,
		REPORT("intrusion", "high")},
	    {"Server compromised through CVE-2026-12345", NULL, NULL,
		REPORT("intrusion", "high")},
	    {"Phishing site at hxxp://example[.]com", NULL, NULL,
		REPORT("phishing", "normal")},
	    {"DDoS from your network", NULL, NULL, REPORT("dos", "high")},
	    {"Ongoing DDoS against our name servers", NULL, NULL,
		REPORT("dos", "critical")},
	    {"Ransomware on two file servers", NULL, NULL,
		REPORT("malware", "high")},
	    {"Infected hosts in AS64500", NULL, NULL,
		REPORT("malware", "high")},
	    {"Spam sent by 192.0.2.9", NULL, NULL, REPORT("spam", "low")},
	    {"APT29 activity at a ministry", NULL, NULL, APT},
	    {"Targeted attack on a contractor", NULL, NULL, APT},
	    {"Exposed Modbus controllers", NULL, NULL,
		REPORT("ics", "critical")},
	    {"Customer data leak on a forum", NULL, NULL,
		REPORT("leak", "critical")},
	};

	assert_examples(state, x, COUNT(x));
}

static void
japanese_reports_get_their_category(void **state)
{
	const struct example x[] = {
	    {"ポートスキャンの報告", NULL, NULL, REPORT("scan", "low")},
	    {"弊社をかたるなりすましメールについて", NULL, NULL,
		REPORT("forged-mail", "normal")},
	    {"Webサイト改ざんのご連絡", NULL, NULL, REPORT("intrusion", "high")},
	    {"不正アクセスの件", NULL, NULL, REPORT("intrusion", "high")},
	    {"フィッシングサイトの報告", NULL, NULL,
		REPORT("phishing", "normal")},
	    {"DDoS攻撃について", NULL, NULL, REPORT("dos", "high")},
	    {"DoS攻撃を受けています", NULL, NULL, REPORT("dos", "critical")},
	    {"Emotetに感染した端末の件", NULL, NULL,
		REPORT("malware", "high")},
	    {"ランサムウェア被害の報告", NULL, NULL, REPORT("malware", "high")},
	    {"迷惑メールの送信元について", NULL, NULL, REPORT("spam", "low")},
	    {"標的型攻撃メールの情報提供", NULL, NULL, APT},
	    {"制御システムへの侵入", NULL, NULL, REPORT("ics", "critical")},
	    {"個人情報の流出について", NULL, NULL, REPORT("leak", "critical")},
	};

	assert_examples(state, x, COUNT(x));
}

static void
a_weakness_is_a_vulnerability_and_no_incident(void **state)
{
	const struct example x[] = {
	    {"Out-of-bounds write in LibreOffice", NULL, NULL,
		WEAKNESS("normal")},
	    {"certificate revocation bypass", NULL, NULL, WEAKNESS("normal")},
	    {"Denial of service vulnerability in libfoo", NULL, NULL,
		WEAKNESS("normal")},
	    {"Ongoing DDoS? No: use-after-free in a DDoS filter", NULL, NULL,
		WEAKNESS("normal")},
	    {"Memory leak in example-httpd", NULL, NULL, WEAKNESS("normal")},
	    {"SQL injection on login.example.org", NULL, NULL,
		WEAKNESS("normal")},
	    {"CVE-2026-1234 exploited in the wild", NULL, NULL,
		WEAKNESS("critical")},
	    {"製品の脆弱性に関する届出", NULL, NULL, WEAKNESS("normal")},
	    {"SQLインジェクションの報告", NULL, NULL, WEAKNESS("normal")},
	    {"ゼロデイの情報", NULL, NULL, WEAKNESS("critical")},
	    {"...", "We found a critical heap vulnerability in your product.",
		NULL, WEAKNESS("normal")},
	    {"ご報告", "貴社製品の脆弱性を発見しました。", NULL,
		WEAKNESS("normal")},
	};

	assert_examples(state, x, COUNT(x));
}

static void
phrases_in_the_text_are_enough(void **state)
{
	const struct example x[] = {
	    {"Hello", "There is a phishing page at hxxps://a[.]example", NULL,
		REPORT("phishing", "normal")},
	    {"urgent", "Our server has been hacked last night.", NULL,
		REPORT("intrusion", "high")},
	    {"Hello", "We are under a DDoS attack.", NULL,
		REPORT("dos", "high")},
	    {"Hello", "two hosts infected with Qakbot", NULL,
		REPORT("malware", "high")},
	    {"ご連絡", "端末がマルウェアに感染しました。", NULL,
		REPORT("malware", "high")},
	    {"ご連絡", "サイトが改ざんされています。", NULL,
		REPORT("intrusion", "high")},
	    {"ご連絡", "顧客情報が漏えいした可能性があります。", NULL,
		REPORT("leak", "critical")},
	    {"ご連絡", "標的型攻撃を受けた痕跡があります。", NULL,
		REPORT("apt", "high")},
	    {"Bulletin", "The group known as APT28 is back.", "isac",
		"advisory", "apt", "high", NULL},
	    {"ご連絡", "フィッシングサイトを発見しました。", NULL,
		REPORT("phishing", "normal")},
	};

	assert_examples(state, x, COUNT(x));
}

static void
words_inside_words_are_no_hit(void **state)
{
	const struct example x[] = {
	    {"The scandal in Scandinavia", NULL, NULL, NOTHING},
	    {"Scan from the Xerox printer", NULL, NULL, NOTHING},
	    {"Reunião dos grupos", NULL, NULL, NOTHING},
	    {"Physics lecture, invite.ics", NULL, NULL, NOTHING},
	    {"Chapter 3, apt-get and you", NULL, NULL, NOTHING},
	    {"Example PLC changes its name", NULL, NULL, NOTHING},
	    {"新型コロナウイルス感染症について", NULL, NULL, NOTHING},
	    {"複合機からのスキャンデータ", NULL, NULL, NOTHING},
	    {"Undelivered? Delivery of the contract", NULL, NULL, NOTHING},
	    {"著作権侵害のお知らせ", NULL, NULL, NOTHING},
	    {"Bounced cheque, auto-reply cards", NULL, NULL, NOTHING},
	    {"こんにちは", "お世話になっております。", NULL, NOTHING},
	};

	assert_examples(state, x, COUNT(x));
}

static void
an_advisory_comes_from_those_who_coordinate(void **state)
{
	const struct example x[] = {
	    {"Security advisory: monthly", NULL, "isac",
		"advisory", NULL, NULL, NULL},
	    {"【注意喚起】年末年始の備え", NULL, "coordinator",
		"advisory", NULL, NULL, NULL},
	    {"早期警戒情報 2026-11", NULL, "first",
		"advisory", NULL, NULL, NULL},
	    {"Alert: ransomware against hospitals", NULL, "partner",
		"advisory", "malware", "high", NULL},
	    {"Security advisory: monthly", NULL, "public", NOTHING},
	    {"【注意喚起】年末年始の備え", NULL, "constituent", NOTHING},
	};

	assert_examples(state, x, COUNT(x));
}

static void
an_exercise_is_believed_of_known_senders_only(void **state)
{
	const struct example x[] = {
	    {"[EXERCISE] Ransomware at a hospital", NULL, "first",
		"report", "exercise", "high", NULL},
	    {"【訓練】連絡体制の確認", NULL, "constituent",
		NULL, "exercise", NULL, NULL},
	    {"[EXERCISE] Ransomware at a hospital", NULL, "public",
		REPORT("malware", "high")},
	    {"【訓練】連絡体制の確認", NULL, "finder", NOTHING},
	};

	assert_examples(state, x, COUNT(x));
}

static void
other_mail_gets_its_kind(void **state)
{
	const struct example x[] = {
	    {"Question about your services", NULL, NULL,
		"enquiry", NULL, "normal", NULL},
	    {"ログの保存についてのご相談", NULL, NULL,
		"enquiry", NULL, "normal", NULL},
	    {"Question about a phishing site", NULL, NULL,
		REPORT("phishing", "normal")},
	    {"PGP key rollover", NULL, NULL,
		"administrative", NULL, "low", NULL},
	    {"公開鍵の更新", NULL, NULL, "administrative", NULL, "low", NULL},
	    {"担当者変更のお知らせ", NULL, NULL,
		"administrative", NULL, "low", NULL},
	    {"Daily report of the sensors", NULL, NULL,
		"notification", NULL, "low", NULL},
	    {"メンテナンスのお知らせ", NULL, NULL,
		"notification", NULL, "low", NULL},
	    {"You have won the lottery", NULL, NULL, NULL, NULL, "low", NULL},
	    {"You have won the lottery", NULL, "staff", NOTHING},
	    {"Fwd: You have won (spam from 192.0.2.1)", NULL, NULL,
		REPORT("spam", "low")},
	};

	assert_examples(state, x, COUNT(x));
}

/* clang-format on */

/* What a stranger writes to make the patterns walk. */
static void
a_long_subject_stays_within_the_limit(void **state)
{
	const struct config *c = *state;
	const char *piece[] = {"scan ddos ", "aaaaaaaa", "out of bounds",
	    "スキャン", "data customer "};

	for (size_t k = 0; k < COUNT(piece); k++) {
		struct buf b;

		buf_init(&b, 4096);
		while (!b.over)
			buf_puts(&b, piece[k]);
		for (size_t i = 0; i < c->rules; i++)
			if (c->rule[i].subject != NULL)
				(void)matches(c->rule[i].subject, buf_str(&b));
		assert_true(b.len > 4000);
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(english_reports_get_their_category),
	    cmocka_unit_test(japanese_reports_get_their_category),
	    cmocka_unit_test(a_weakness_is_a_vulnerability_and_no_incident),
	    cmocka_unit_test(phrases_in_the_text_are_enough),
	    cmocka_unit_test(words_inside_words_are_no_hit),
	    cmocka_unit_test(an_advisory_comes_from_those_who_coordinate),
	    cmocka_unit_test(an_exercise_is_believed_of_known_senders_only),
	    cmocka_unit_test(other_mail_gets_its_kind),
	    cmocka_unit_test(a_long_subject_stays_within_the_limit),
	};

	return cmocka_run_group_tests(tests, rules_open, rules_close);
}
