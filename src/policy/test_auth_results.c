#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "policy/auth_results.h"

/* A message whose own header has these Authentication-Results, top first. */
static bool
authenticated(const char *first, const char *second, uint32_t part)
{
	struct part parts[2] = {{.parent = PART_NONE}, {.parent = 0}};
	struct field fields[2] = {
	    {.part = part,
		.name = xstrdup("authentication-results"),
		.value = xstrdup(first)},
	    {.part = part,
		.name = xstrdup("Authentication-Results"),
		.value = xstrdup_null(second)},
	};
	struct part_table t = {.part = parts,
	    .parts = 2,
	    .field = fields,
	    .fields = second != NULL ? 2 : 1};
	struct strs ids = {0};
	const struct auth_border border = {.ids = &ids};
	bool pass;

	strs_add(&ids, "mx.team.example");
	pass = auth_results_pass(&t, &border, "alice@mail.First.example");
	if (pass) { /* nobody is believed who is not named */
		strs_free(&ids);
		assert_false(
		    auth_results_pass(&t, &border, "alice@mail.First.example"));
	}
	for (size_t i = 0; i < 2; i++) {
		free(fields[i].name);
		free(fields[i].value);
	}
	strs_free(&ids);
	return pass;
}

static void
a_result_of_our_border_counts(void **state)
{
	static const char *const passes[] = {
	    "mx.team.example; dmarc=pass",
	    "MX.team.example 1; dmarc=pass header.from=mail.first.example",
	    "mx.team.example (our; border); spf=fail smtp.mailfrom=a@b;"
	    " dmarc=pass (p=none dis=none) header.from=mail.first.example",
	    "mx.team.example; dkim=pass header.d=first.example"
	    " header.b=\"abc=\"",
	    "mx.team.example; dkim/1 = pass header.d = mail.first.example",
	    "mx.team.example; dkim=fail header.d=x.example;"
	    " dkim=pass header.d=mail.first.example",
	    "\"mx.team.example\" 1 ; dmarc=pass",
	    "(a (b) \\) c) mx.team.example (d) 1 (e) ; (f) dmarc (g) = (h)"
	    " pass (i) header.from (j) = mail.first.example (k)",
	    "mx.team.example;dkim=pass(policy=x)header.d=first.example",
	    "mx.team.example; x-new=pass a.b=c; dkim=pass y.z=\"; dmarc=fail\""
	    " header.d=first.example",
	    "mx.team.example; dkim=pass header.i=@first.example",
	    "mx.team.example; dkim=pass header.i=a@mail.first.example",
	    "mx.team.example; dmarc=none; dkim=pass header.d=first.example",
	    "mx.team.example; dkim=pass header.d=first.example;"
	    " dmarc=temperror header.from=mail.first.example",
	    "mx.team.example; dmarc=pass header.from=MAIL.first.example.",
	    "mx.team.example; dmarc=pass header.from=a@mail.first.example",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(passes) / sizeof(*passes); i++)
		if (!authenticated(passes[i], NULL, 0))
			fail_msg("%s", passes[i]);
}

static void
a_result_that_proves_nothing_does_not_count(void **state)
{
	static const char *const fails[] = {
	    "",
	    "mx.team.example",
	    "mx.team.example; none",
	    "mx.evil.example; dmarc=pass",
	    "mx.team.example.evil.example; dmarc=pass",
	    "mx.team.example; dmarc=fail; dkim=pass header.d=first.example",
	    "mx.team.example; dmarc=fail; dmarc=pass",
	    "mx.team.example; dmarc=pass header.from=evil.example",
	    "mx.team.example; spf=pass smtp.mailfrom=alice@first.example",
	    "mx.team.example; dkim=pass header.d=evil.example",
	    "mx.team.example; dkim=pass header.d=example",
	    "mx.team.example; dkim=pass",
	    "mx.team.example; dkim=fail reason=\"; dmarc=pass\"",
	    "mx.team.example; (dmarc=pass",
	    "mx.team.example; x=\"dmarc=pass",
	    "mx.team.example; = = \\ (; dmarc==pass",
	    "mx.team.example 2; dmarc=pass",
	    "mx.team.example 1 2; dmarc=pass",
	    "mx.team.example x; dmarc=pass",
	    "dmarc=pass header.from=mail.first.example",
	    "mx.team.example; dkim=fail (dmarc=pass; dkim=pass"
	    " header.d=first.example)",
	    "mx.team.example; x dmarc=pass",
	    "mx.team.example; dmarc=passed",
	    "mx.team.example; \"x; dmarc\"=pass",
	    "mx.team.example; dmarc=bestguesspass",
	    "mx.team.example; arc=pass (i=1 dmarc=pass)",
	    "mx.team.example; iprev=pass; auth=pass smtp.auth=alice",
	    "mx.team.example; dmarc=pass header.from=\"\"",
	    "mx.team.example; dmarc=pass header.from=mail.first.example"
	    " header.from=evil.example",
	    "mx.team.example; dmarc=pass header.from=first.example",
	    "mx.team.example; dmarc=pass header.from=evil.example;"
	    " dkim=pass header.d=first.example",
	    "mx.team.example; dkim=pass header.d=evil.example"
	    " header.i=@first.example",
	    "mx.team.example; dkim=pass smtp.d=first.example",
	    "mx.team.example; dkim=neutral header.d=first.example",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fails) / sizeof(*fails); i++)
		if (authenticated(fails[i], NULL, 0))
			fail_msg("%s", fails[i]);
}

/* Our result, below a Received field of the message's own header. */
static bool
authenticated_below(const char *received)
{
	char received_name[] = "Received", name[] = "Authentication-Results";
	char value[] = "mx.team.example; dmarc=pass";
	char *above = xstrdup(received);
	struct part part = {.parent = PART_NONE};
	struct field fields[2] = {
	    {.name = received_name, .value = above},
	    {.name = name, .value = value},
	};
	struct part_table t = {
	    .part = &part, .parts = 1, .field = fields, .fields = 2};
	struct strs ids = {0};
	const struct auth_border border = {
	    .ids = &ids, .team = "csirt@own.example"};
	bool pass;

	strs_add(&ids, "border");
	strs_add(&ids, "MX.team.example");
	pass = auth_results_pass(&t, &border, "alice@first.example");
	strs_free(&ids);
	free(above);
	return pass;
}

static void
a_result_below_a_foreign_host_is_not_ours(void **state)
{
	static const char *const ours[] = {
	    "from a.evil.example by Store.team.example; today",
	    "from a (by b.evil.example) by mx.team.example with ESMTP",
	    "from a by localhost; today",
	    "from a by [192.0.2.1]; today",
	    "",
	    "by",
	    "from \"a by b.evil.example; today",
	};
	static const char *const foreign[] = {
	    "from mx.team.example by b.evil.example; today",
	    "by b.evil.example",
	    "from a (by mx.team.example) BY mx.team.example.evil.example",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (!authenticated_below(ours[i]))
			fail_msg("%s", ours[i]);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		if (authenticated_below(foreign[i]))
			fail_msg("%s", foreign[i]);
}

static void
words_that_are_too_long_are_not_cut(void **state)
{
	char *d = xcalloc(1, 600), *field;

	(void)state;
	/* 255 bytes end just behind our domain */
	memset(d, 'a', 241);
	memcpy(d + 241, ".first.example.evil.example", 28);
	field = xasprintf("mx.team.example; dkim=pass header.d=%s", d);
	assert_false(authenticated(field, NULL, 0));
	free(field);
	field = xasprintf("mx.team.example; dmarc=pass header.from=%s", d);
	assert_false(authenticated(field, NULL, 0));
	free(field);
	free(d);
	/* what was cut may have said dmarc=fail */
	d = xcalloc(1, 4200);
	memset(d, 'x', 4199);
	memcpy(d, "mx.team.example; dmarc=pass; x=", 31);
	d[4096] = '\0';
	assert_false(authenticated(d, NULL, 0));
	d[4000] = '\0';
	assert_true(authenticated(d, NULL, 0));
	free(d);
}

/* These fields, "name: value", of the message's own header, top first. */
static bool
passes(const char *const *fields, const char *hop)
{
	struct part part = {.parent = PART_NONE};
	struct part_table t = {.part = &part, .parts = 1};
	struct strs ids = {0}, hops = {0};
	const struct auth_border border = {
	    .ids = &ids, .hops = &hops, .team = "csirt@team.example"};
	bool pass;

	if (hop != NULL)
		strs_add(&hops, hop);
	for (; *fields != NULL; fields++) {
		const char *colon = strchr(*fields, ':');

		t.field = xgrow(t.field, t.fields, sizeof(*t.field));
		t.field[t.fields++] = (struct field){
		    .name = xstrndup(*fields, (size_t)(colon - *fields)),
		    .value = xstrdup(colon + 2)};
	}
	pass = auth_results_pass(&t, &border, "alice@first.example");
	part_table_free(
	    &(struct part_table){.field = t.field, .fields = t.fields});
	strs_free(&hops);
	return pass;
}

#define UNNAMED                                                                \
	"Authentication-Results: spf=pass (sender IP is 192.0.2.1)"            \
	" smtp.mailfrom=x.example; dkim=pass (signature was verified)"         \
	" header.d=first.example;dmarc=pass action=none"                       \
	" header.from=first.example;compauth=pass reason=100"
#define HOP                                                                    \
	"Received: from a.first.example (192.0.2.1) by"                        \
	" AM5EUR02FT010.mail.hop.example (10.0.0.1) with SMTP; today"

static void
a_trusted_hop_needs_no_id(void **state)
{
	static const char *const at_once[] = {UNNAMED, HOP, NULL};
	static const char *const inside[] = {
	    "Received: from b.in.hop.example by c.elsewhere.example; today",
	    "Received: from AM5.eop.hop.example by b.office.example; today",
	    UNNAMED, "Received-SPF: Pass (x)", HOP, NULL};
	static const char *const ours[] = {
	    "Received: from out.hop.example by store.team.example; today",
	    UNNAMED, HOP, NULL};

	(void)state;
	assert_true(passes(at_once, "mail.hop.example"));
	assert_true(passes(inside, "mail.hop.example"));
	assert_true(passes(ours, "mail.hop.example"));
	assert_false(passes(at_once, NULL));
	assert_false(passes(at_once, "ail.hop.example"));
	assert_false(passes(at_once, "mail.hop.example.evil.example"));
}

static void
nobody_else_writes_as_the_trusted_hop(void **state)
{
	static const char fail[] =
	    "Authentication-Results: spf=fail; dmarc=fail"
	    " header.from=first.example";
	/* the hop found nothing, and the rest came with the mail */
	static const char *const below[] = {HOP, UNNAMED, HOP, NULL};
	static const char *const failed_above[] = {
	    fail, HOP, UNNAMED, HOP, NULL};
	static const char *const lower[] = {fail, UNNAMED, HOP, NULL};
	static const char *const not_above[] = {UNNAMED,
	    "Received: from x.hop.example by in.office.example; today", HOP,
	    NULL};
	/* it came from elsewhere, with all of that in it */
	static const char *const other_way[] = {
	    "Received: from mx.evil.example by store.team.example; today",
	    UNNAMED, HOP, NULL};
	static const char *const nobody_said[] = {
	    "Received: by store.team.example; today", UNNAMED, HOP, NULL};
	static const char *const no_hop[] = {UNNAMED, NULL};
	static const char *const comment[] = {UNNAMED,
	    "Received: from a (by x.mail.hop.example) by b.evil.example; x",
	    NULL};

	(void)state;
	assert_false(passes(below, "mail.hop.example"));
	assert_false(passes(failed_above, "mail.hop.example"));
	assert_false(passes(lower, "mail.hop.example"));
	assert_false(passes(not_above, "mail.hop.example"));
	assert_false(passes(other_way, "mail.hop.example"));
	assert_false(passes(nobody_said, "mail.hop.example"));
	assert_false(passes(no_hop, "mail.hop.example"));
	assert_false(passes(comment, "mail.hop.example"));
}

static void
the_border_writes_domains_in_a_labels(void **state)
{
	char name[] = "Authentication-Results";
	char value[] = "mx.team.example; dkim=pass header.d=x.example;"
		       " dmarc=pass header.from=xn--mller-kva.example";
	struct part part = {.parent = PART_NONE};
	struct field field = {.name = name, .value = value};
	struct part_table t = {
	    .part = &part, .parts = 1, .field = &field, .fields = 1};
	struct strs ids = {0};
	const struct auth_border border = {.ids = &ids};

	(void)state;
	strs_add(&ids, "mx.team.example");
	assert_true(auth_results_pass(&t, &border, "a@m\xc3\xbcller.example"));
	assert_true(auth_results_pass(&t, &border, "a@XN--mller-kva.example"));
	assert_false(auth_results_pass(&t, &border, "a@muller.example"));
	strs_free(&ids);
}

static void
the_topmost_result_of_ours_decides(void **state)
{
	const char *pass = "mx.team.example; dmarc=pass";
	const char *fail = "mx.team.example; dmarc=fail";

	(void)state;
	assert_true(authenticated(pass, fail, 0));
	assert_false(authenticated(fail, pass, 0));
	assert_true(authenticated("other.example; dmarc=fail", pass, 0));
}

static void
an_enclosed_message_has_no_results(void **state)
{
	(void)state;
	assert_false(authenticated("mx.team.example; dmarc=pass", NULL, 1));
}

/* What our border and, below it, another field say of DMARC. */
static bool
failed(const char *first, const char *second)
{
	struct part part = {.parent = PART_NONE};
	char name[] = "Authentication-Results";
	char *value[2] = {xstrdup(first), xstrdup(second)};
	struct field fields[2] = {
	    {.name = name, .value = value[0]},
	    {.name = name, .value = value[1]},
	};
	struct part_table t = {
	    .part = &part, .parts = 1, .field = fields, .fields = 2};
	struct strs ids = {0};
	const struct auth_border border = {.ids = &ids};
	bool fail;

	assert_false(auth_results_fail(&t, &border));
	strs_add(&ids, "mx.team.example");
	fail = auth_results_fail(&t, &border);
	strs_free(&ids);
	free(value[0]);
	free(value[1]);
	return fail;
}

static void
a_dmarc_failure_is_one_only_where_our_border_says_so(void **state)
{
	static const char fail[] = "mx.team.example; spf=pass; dmarc=FAIL";
	static const char pass[] = "mx.team.example; dmarc=pass; dkim=fail";
	static const char other[] = "mx.other.example; dmarc=fail";

	(void)state;
	assert_true(failed(fail, pass));
	assert_true(failed(other, fail));
	assert_false(failed(pass, fail));
	assert_false(failed(other, pass));
	assert_false(failed(other, other));
	assert_false(failed("mx.team.example; none", fail));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_result_of_our_border_counts),
	    cmocka_unit_test(a_result_that_proves_nothing_does_not_count),
	    cmocka_unit_test(a_result_below_a_foreign_host_is_not_ours),
	    cmocka_unit_test(words_that_are_too_long_are_not_cut),
	    cmocka_unit_test(a_trusted_hop_needs_no_id),
	    cmocka_unit_test(nobody_else_writes_as_the_trusted_hop),
	    cmocka_unit_test(the_border_writes_domains_in_a_labels),
	    cmocka_unit_test(the_topmost_result_of_ours_decides),
	    cmocka_unit_test(an_enclosed_message_has_no_results),
	    cmocka_unit_test(
		a_dmarc_failure_is_one_only_where_our_border_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
