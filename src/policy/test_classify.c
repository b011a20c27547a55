#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "policy/classify.h"

/* The rules of a test, its question and what came out. */
struct bench {
	struct config *config;
	struct sender sender;
	struct label label;
	struct classify_question q;
	struct classification c;
	struct strs explain;
};

static struct bench *
bench_create(void)
{
	struct bench *b = xcalloc(1, sizeof(*b));

	b->config = config_create();
	b->config->pattern_steps = 100000;
	b->sender.class = CLASS_PUBLIC;
	b->label.effective = NOROSHI_TLP_AMBER;
	b->q.sender = &b->sender;
	b->q.label = &b->label;
	return b;
}

/* A further rule; its strings are set through xstrdup by the test. */
static struct config_rule *
add_rule(struct bench *b, const char *name)
{
	struct config_rule *r;

	b->config->rule =
	    xgrow(b->config->rule, b->config->rules, sizeof(*b->config->rule));
	r = &b->config->rule[b->config->rules++];
	memset(r, 0, sizeof(*r));
	r->name = xstrdup(name);
	return r;
}

static void
ask(struct bench *b)
{
	struct rules *rules;
	struct err e;

	classification_free(&b->c);
	strs_free(&b->explain);
	if (rules_compile(&rules, b->config, &e) == -1)
		fail_msg("%s", e.text);
	if (b->q.text != NULL)
		b->q.text_len = strlen(b->q.text);
	classify(rules, &b->q, &b->c, &b->explain);
	rules_free(rules);
}

static void
bench_free(struct bench *b)
{
	classification_free(&b->c);
	strs_free(&b->explain);
	config_free(b->config);
	free(b);
}

static void
expect_line(const struct bench *b, const char *line)
{
	assert_int_equal(b->explain.count, 1);
	assert_string_equal(b->explain.item[0], line);
}

static void
without_rules_a_mail_is_an_ordinary_report(void **state)
{
	struct bench *b = bench_create();

	(void)state;
	ask(b);
	assert_int_equal(b->c.kind, KIND_REPORT);
	assert_string_equal(b->c.priority, "normal");
	assert_null(b->c.category);
	assert_null(b->c.rsit);
	assert_null(b->c.owner);
	assert_false(b->c.has_floor);
	assert_int_equal(b->c.rules.count, 0);
	bench_free(b);
}

static void
a_rule_that_fires_gives_its_results(void **state)
{
	struct bench *b = bench_create();
	struct config_rule *r = add_rule(b, "phishing-en");

	(void)state;
	r->subject = xstrdup("phish(ing)?");
	r->kind = xstrdup("notification");
	r->category = xstrdup("phishing");
	r->priority = xstrdup("high");
	r->owner = xstrdup("alice@team.example");
	r->label_floor = xstrdup("AMBER+STRICT");
	strs_add(&r->tag, "brand");
	b->q.subject = "PHISHING site";
	ask(b);
	assert_int_equal(b->c.kind, KIND_NOTIFICATION);
	assert_string_equal(b->c.category, "phishing");
	assert_string_equal(b->c.rsit, "fraud:phishing");
	assert_string_equal(b->c.priority, "high");
	assert_string_equal(b->c.owner, "alice@team.example");
	assert_true(strs_has(&b->c.tags, "brand"));
	assert_true(strs_has(&b->c.rules, "phishing-en"));
	assert_true(b->c.has_floor);
	assert_int_equal(b->c.floor, NOROSHI_TLP_AMBER_STRICT);
	expect_line(b, "phishing-en: fired: subject matched");

	b->q.subject = "scan";
	ask(b);
	assert_null(b->c.category);
	expect_line(b, "phishing-en: not: subject does not match");
	b->q.subject = NULL;
	ask(b);
	expect_line(b, "phishing-en: not: subject does not match");
	bench_free(b);
}

static void
all_conditions_must_hold(void **state)
{
	struct bench *b = bench_create();
	struct config_rule *r = add_rule(b, "both");

	(void)state;
	r->subject = xstrdup("a");
	r->body = xstrdup("b");
	b->q.subject = "a";
	b->q.text = "c";
	ask(b);
	expect_line(b, "both: not: body does not match");
	b->q.text = "c\nb";
	ask(b);
	expect_line(b, "both: fired: subject, body matched");
	bench_free(b);
}

static void
full_width_letters_and_case_are_folded(void **state)
{
	struct bench *b = bench_create();
	struct config_rule *r = add_rule(b, "wide");

	(void)state;
	r->subject = xstrdup("phishing");
	r->body = xstrdup("サイト：");
	b->q.subject = "ＰＨＩＳＨＩＮＧ";
	b->q.text = "ｻｲﾄ:偽サイト：";
	ask(b);
	expect_line(b, "wide: fired: subject, body matched");
	bench_free(b);
}

static void
later_rules_replace_and_last_stops(void **state)
{
	struct bench *b = bench_create();
	struct config_rule *r = add_rule(b, "one");

	(void)state;
	r->category = xstrdup("scan");
	r->priority = xstrdup("low");
	r->label_floor = xstrdup("RED");
	r = add_rule(b, "two");
	r->category = xstrdup("dos");
	r->label_floor = xstrdup("GREEN");
	r->last = true;
	r = add_rule(b, "three");
	r->category = xstrdup("spam");
	ask(b);
	assert_string_equal(b->c.category, "dos");
	assert_string_equal(b->c.priority, "low");
	assert_int_equal(b->c.floor, NOROSHI_TLP_RED);
	assert_int_equal(b->c.rules.count, 2);
	assert_int_equal(b->explain.count, 2);
	assert_string_equal(
	    b->explain.item[0], "one: fired: it asks for nothing");
	bench_free(b);
}

static void
structure_wins_over_rules(void **state)
{
	struct bench *b = bench_create();

	(void)state;
	add_rule(b, "spam")->kind = xstrdup("spam");
	b->q.structure = KIND_BOUNCE;
	ask(b);
	assert_int_equal(b->c.kind, KIND_BOUNCE);
	bench_free(b);
}

static void
a_report_by_a_machine_names_its_category_and_keeps_a_floor(void **state)
{
	struct bench *b = bench_create();

	(void)state;
	add_rule(b, "apt")->category = xstrdup("apt");
	b->q.told = (struct machine_type){"scan", "x:y"};
	ask(b);
	assert_string_equal(b->c.category, "scan");
	assert_string_equal(b->c.rsit, "x:y");
	assert_true(b->c.has_floor);
	b->q.told = (struct machine_type){NULL, "fraud:copyright"};
	ask(b);
	assert_null(b->c.category);
	assert_string_equal(b->c.rsit, "fraud:copyright");
	assert_string_equal(b->explain.item[b->explain.count - 1],
	    "(its own report): category none, fraud:copyright");
	b->q.told = (struct machine_type){NULL, NULL};
	ask(b);
	assert_string_equal(b->c.category, "apt");
	bench_free(b);
}

static void
targeted_attacks_and_insiders_have_a_floor(void **state)
{
	static const struct {
		const char *category;
		bool floor;
	} floors[] = {
	    {"apt", true}, {"insider", true}, {"vulnerability", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(floors) / sizeof(*floors); i++) {
		struct bench *b = bench_create();

		add_rule(b, "r")->category = xstrdup(floors[i].category);
		ask(b);
		assert_int_equal(b->c.has_floor, floors[i].floor);
		if (floors[i].floor)
			assert_int_equal(b->c.floor, NOROSHI_TLP_AMBER_STRICT);
		bench_free(b);
	}
}

static void
a_pattern_that_takes_too_long_is_given_up(void **state)
{
	static const char *const slow[] = {
	    "(a+)+$", "(a|aa)+$", "a.*a.*a.*[bc]"};
	char *text = xmalloc(20001);

	(void)state;
	memset(text, 'a', 20000);
	text[20000] = '\0';
	text[19999] = '!';
	for (size_t i = 0; i < sizeof(slow) / sizeof(*slow); i++) {
		struct bench *b = bench_create();

		add_rule(b, "slow")->body = xstrdup(slow[i]);
		b->q.text = text;
		ask(b);
		assert_true(strs_has(&b->c.warnings, "rule-limit"));
		expect_line(b, "slow: not: body took too many steps");
		bench_free(b);
	}
	free(text);
}

static void
an_ordinary_pattern_is_not_given_up_in_a_long_text(void **state)
{
	struct bench *b = bench_create();
	size_t len = 200000;
	char *text = xmalloc(len + 1);

	(void)state;
	for (size_t i = 0; i < len; i++)
		text[i] = i % 60 == 59 ? '\n' : "lorem ipsum dolor "[i % 18];
	memcpy(text + len - 10, " 10.0.0.1 ", 10);
	text[len] = '\0';
	add_rule(b, "ip")->body = xstrdup("\\b\\d+\\.\\d+\\.\\d+\\.\\d+\\b");
	b->config->pattern_steps = 1000;
	b->q.text = text;
	ask(b);
	expect_line(b, "ip: fired: body matched");
	bench_free(b);
	free(text);
}

/* Seconds of processor time that len bytes of capitals cost a rule. */
static double
time_of_capitals(size_t len)
{
	static const char line[] = "TLP:AMBER\n";
	struct bench *b = bench_create();
	char *text = xmalloc(len + 1);
	struct timespec from, to;

	for (size_t i = 0; i < len; i++)
		text[i] = line[i % (sizeof(line) - 1)];
	text[len] = '\0';
	add_rule(b, "leak")->body = xstrdup("\\btlp:amber leak\\b");
	b->config->pattern_steps = 100000000;
	b->q.text = text;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	ask(b);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	expect_line(b, "leak: not: body does not match");
	bench_free(b);
	free(text);
	return (double)(to.tv_sec - from.tv_sec) +
	       (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static void
a_text_twice_as_long_costs_a_pattern_twice_as_much(void **state)
{
	double one = time_of_capitals(1 << 18);
	double eight = time_of_capitals(1 << 21);

	(void)state;
	/* Quadratic would be 64 times; noise is not. */
	assert_true(eight < 30 * one + 0.05);
}

static void
a_pattern_with_branches_and_one_with_a_comment_match_alike(void **state)
{
	static const char *const patterns[] = {"xyz|fire", "(?x) fire # burns",
	    "\\Qfire", "^(?:fire)$|never", "(f)i(r)e", "fire|"};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct bench *b = bench_create();

		add_rule(b, "r")->body = xstrdup(patterns[i]);
		b->q.text = "FIRE";
		ask(b);
		expect_line(b, "r: fired: body matched");
		bench_free(b);
	}
}

static void
a_sender_is_asked_for_class_evidence_and_constituency(void **state)
{
	struct bench *b = bench_create();
	struct config_rule *r = add_rule(b, "sender");

	(void)state;
	strs_add(&b->config->constituency, "corp.example");
	strs_add(&r->sender_class, "first");
	strs_add(&r->sender_class, "staff");
	strs_add(&r->evidence, "signature");
	r->constituency = xstrdup("inside");
	r->from = xstrdup("^boss@");
	ask(b);
	expect_line(b, "sender: not: sender_class does not match");
	b->sender.class = CLASS_STAFF;
	ask(b);
	expect_line(b, "sender: not: evidence does not match");
	b->sender.evidence = EVIDENCE_SIGNATURE;
	b->q.from = "boss@notcorp.example";
	ask(b);
	expect_line(b, "sender: not: constituency does not match");
	b->q.from = "boss@dept.corp.example";
	ask(b);
	expect_line(b, "sender: fired: sender_class, evidence, constituency, "
		       "from matched");
	bench_free(b);
}

static void
a_label_is_asked_for_at_least(void **state)
{
	struct bench *b = bench_create();

	(void)state;
	add_rule(b, "label")->label = xstrdup("AMBER+STRICT");
	ask(b);
	expect_line(b, "label: not: label does not match");
	b->label.effective = NOROSHI_TLP_RED;
	ask(b);
	expect_line(b, "label: fired: label matched");
	bench_free(b);
}

static void
recipients_and_attachments_are_each_asked(void **state)
{
	struct bench *b = bench_create();
	struct config_rule *r = add_rule(b, "any");
	struct mailboxes to = {0};
	struct mailboxes cc = {0};
	struct strs names = {0};
	struct strs types = {0};

	(void)state;
	r->to = xstrdup("^abuse@");
	r->attachment = xstrdup("\\.eml$");
	r->attachment_type = xstrdup("^message/");
	mailboxes_add(&to, NULL, "csirt@team.example");
	mailboxes_add(&cc, NULL, "abuse@team.example");
	strs_add(&names, "a.pdf");
	strs_add(&names, "b.eml");
	strs_add(&types, "message/rfc822");
	b->q.to = &to;
	b->q.cc = &cc;
	b->q.attachment_names = &names;
	b->q.attachment_types = &types;
	ask(b);
	expect_line(b, "any: fired: to, attachment, attachment_type matched");
	mailboxes_free(&cc);
	ask(b);
	expect_line(b, "any: not: to does not match");
	mailboxes_free(&to);
	strs_free(&names);
	strs_free(&types);
	bench_free(b);
}

static void
a_field_counts_in_the_own_and_the_protected_header_only(void **state)
{
	struct bench *b = bench_create();
	struct config_rule *r = add_rule(b, "header");
	char protection[] = "cipher";
	char name[] = "x-scanner";
	char value[] = "Nessus 9";
	struct part parts[3] = {{.parent = PART_NONE},
	    {.parent = 0, .protection = protection}, {.parent = 0}};
	struct field field = {.name = name, .value = value};
	struct part_table t = {
	    .part = parts, .parts = 3, .field = &field, .fields = 1};

	(void)state;
	r->header_name = xstrdup("X-Scanner");
	b->q.table = &t;
	ask(b);
	expect_line(b, "header: fired: header matched");
	r->header = xstrdup("nessus");
	field.part = 1;
	ask(b);
	expect_line(b, "header: not: header does not match");
	b->q.protected = 1;
	ask(b);
	expect_line(b, "header: fired: header matched");
	field.part = 2;
	ask(b);
	expect_line(b, "header: not: header does not match");
	bench_free(b);
}

static void
a_mistake_in_a_pattern_is_named_with_its_rule(void **state)
{
	struct bench *b = bench_create();
	struct config_rule *r = add_rule(b, "broken");
	struct rules *rules;
	struct err e;

	(void)state;
	r->line = 41;
	r->subject = xstrdup("(unclosed");
	assert_int_equal(rules_compile(&rules, b->config, &e), -1);
	assert_null(rules);
	assert_int_equal(e.code, ERR_CONFIG);
	assert_non_null(strstr(e.text, ":41: rule broken: subject: "));
	assert_non_null(strstr(e.text, "(unclosed"));
	bench_free(b);
}

static void
ill_formed_text_is_matched_without_harm(void **state)
{
	struct bench *b = bench_create();

	(void)state;
	add_rule(b, "bytes")->body = xstrdup("found");
	b->q.text = "\xff\xfe found \xe3\x81";
	ask(b);
	expect_line(b, "bytes: fired: body matched");
	bench_free(b);
}

static void
each_category_is_known_and_no_other(void **state)
{
	(void)state;
	assert_true(category_is_known("scan"));
	assert_true(category_is_known("insider"));
	assert_false(category_is_known("weather"));
	assert_false(category_is_known(NULL));
	assert_string_equal(category_rsit("exercise"), "test:test");
	assert_null(category_rsit("ics"));
	assert_null(category_rsit("weather"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_rules_a_mail_is_an_ordinary_report),
	    cmocka_unit_test(a_rule_that_fires_gives_its_results),
	    cmocka_unit_test(all_conditions_must_hold),
	    cmocka_unit_test(full_width_letters_and_case_are_folded),
	    cmocka_unit_test(later_rules_replace_and_last_stops),
	    cmocka_unit_test(structure_wins_over_rules),
	    cmocka_unit_test(
		a_report_by_a_machine_names_its_category_and_keeps_a_floor),
	    cmocka_unit_test(targeted_attacks_and_insiders_have_a_floor),
	    cmocka_unit_test(a_pattern_that_takes_too_long_is_given_up),
	    cmocka_unit_test(
		a_text_twice_as_long_costs_a_pattern_twice_as_much),
	    cmocka_unit_test(
		a_pattern_with_branches_and_one_with_a_comment_match_alike),
	    cmocka_unit_test(
		an_ordinary_pattern_is_not_given_up_in_a_long_text),
	    cmocka_unit_test(
		a_sender_is_asked_for_class_evidence_and_constituency),
	    cmocka_unit_test(a_label_is_asked_for_at_least),
	    cmocka_unit_test(recipients_and_attachments_are_each_asked),
	    cmocka_unit_test(
		a_field_counts_in_the_own_and_the_protected_header_only),
	    cmocka_unit_test(a_mistake_in_a_pattern_is_named_with_its_rule),
	    cmocka_unit_test(ill_formed_text_is_matched_without_harm),
	    cmocka_unit_test(each_category_is_known_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
