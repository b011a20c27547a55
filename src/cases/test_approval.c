#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/outgoing.h"
#include "cases/rota.h"
#include "cases/test_store.h"

static struct outgoing
letter(void)
{
	struct outgoing o = {.message = 7,
	    .author = 1,
	    .identity = xstrdup("user:taro"),
	    .subject = xstrdup("About it")};

	strs_add(&o.to, "a@x.example");
	buf_init(&o.text, 100);
	buf_puts(&o.text, "text");
	(void)outgoing_attach(&o, "a.txt", "text/plain", "1", 1);
	return o;
}

static void
any_change_has_another_sum(void **state)
{
	struct store *s = *state;
	struct outgoing o = letter();
	char was[SPOOL_SHA], now[SPOOL_SHA];

	outgoing_sum(s->vault, &o, NOROSHI_TLP_AMBER, was);
	outgoing_sum(s->vault, &o, NOROSHI_TLP_AMBER, now);
	assert_string_equal(was, now);
	outgoing_sum(s->vault, &o, NOROSHI_TLP_RED, now);
	assert_string_not_equal(was, now);
	strs_add(&o.cc, "b@x.example");
	outgoing_sum(s->vault, &o, NOROSHI_TLP_AMBER, now);
	assert_string_not_equal(was, now);
	strs_free(&o.cc);
	o.attachment[0].sha256[0] ^= 1;
	outgoing_sum(s->vault, &o, NOROSHI_TLP_AMBER, now);
	assert_string_not_equal(was, now);
	o.attachment[0].sha256[0] ^= 1;
	outgoing_sum(s->vault, &o, NOROSHI_TLP_AMBER, now);
	assert_string_equal(was, now);
	outgoing_vary(&o, "ja", NULL, "text", 4);
	outgoing_sum(s->vault, &o, NOROSHI_TLP_AMBER, now);
	assert_string_not_equal(was, now);
	memcpy(was, now, sizeof(was));
	buf_puts(&o.variant[0].text, "!");
	outgoing_sum(s->vault, &o, NOROSHI_TLP_AMBER, now);
	assert_string_not_equal(was, now);
	memcpy(was, now, sizeof(was));
	buf_puts(&o.text, "!");
	outgoing_sum(s->vault, &o, NOROSHI_TLP_AMBER, now);
	assert_string_not_equal(was, now);
	outgoing_free(&o);
}

static struct approval
by(int64_t contact, const char *identity, const char *role, const char *sum)
{
	return (struct approval){.contact = contact,
	    .identity = xstrdup(identity),
	    .role = xstrdup(role),
	    .content = xstrdup_null(sum)};
}

/* Contact 5 is the person who calls as taro. */
static struct config
operators(struct config_operator *op, const char *second)
{
	*op = (struct config_operator){
	    .user = (char *)(uintptr_t) "taro", .contact = 5};
	return (struct config){.operators = op,
	    .n_operators = 1,
	    .second_person = (char *)(uintptr_t)second};
}

static void
only_words_of_others_on_this_very_content_are_kept(void **state)
{
	struct config_operator op;
	struct config c = operators(&op, "identity");
	struct outgoing o = letter();
	struct approval a[] = {by(2, "key:A", "poc", "now"),
	    by(3, "key:B", "poc", "before"), by(4, "key:C", "poc", NULL),
	    by(1, "key:D", "poc", "now"), by(5, "key:E", "poc", "now"),
	    by(6, "user:taro", "poc", "now"), by(1, "user:taro", "self", "now"),
	    by(1, "user:taro", "self", "before")};
	size_t count = sizeof(a) / sizeof(*a);

	(void)state;
	approval_keep(&c, &o, "now", a, &count);
	assert_int_equal(count, 3);
	assert_int_equal(a[0].contact, 2);
	assert_int_equal(a[1].contact, 4);
	assert_string_equal(a[2].role, "self");
	for (size_t i = 0; i < count; i++)
		approval_free(&a[i]);
	outgoing_free(&o);
}

static void
a_trial_believes_as_but_not_the_author(void **state)
{
	struct config_operator op;
	struct config c = operators(&op, "contact");
	struct outgoing o = letter();

	(void)state;
	assert_false(approval_is_own(&c, &o, "user:taro", 2));
	assert_true(approval_is_own(&c, &o, "user:taro", 1));
	assert_true(approval_is_own(&c, &o, "key:A", 1));
	outgoing_free(&o);
}

static void
nobody_is_alone_on_an_empty_rota_or_beside_another(void **state)
{
	struct store *s = *state;
	const int64_t one[] = {1}, both[] = {1, 2};
	struct err e = {0};
	bool alone;

	store_contact(s, 1);
	store_contact(s, 2);
	ok(rota_alone(s->db, 1, &alone, &e), &e);
	assert_false(alone);
	ok(rota_set(s->db, NOW, both, 2, &e), &e);
	ok(rota_alone(s->db, 1, &alone, &e), &e);
	assert_false(alone);
	ok(rota_set(s->db, NOW, one, 1, &e), &e);
	ok(rota_alone(s->db, 1, &alone, &e), &e);
	assert_true(alone);
	ok(rota_alone(s->db, 2, &alone, &e), &e);
	assert_false(alone);
}

/* The ids of who is on duty, each with a space behind it. */
static void
on_duty(struct store *s, int64_t now, const char *expected)
{
	struct err e = {0};
	struct buf b;
	int64_t *id;
	size_t count;

	ok(rota_on_duty(s->db, now, &id, &count, &e), &e);
	buf_init(&b, 1024);
	for (size_t i = 0; i < count; i++)
		buf_putf(&b, "%lld ", (long long)id[i]);
	assert_string_equal(buf_str(&b), expected);
	buf_free(&b);
	free(id);
}

static void
who_is_away_is_not_on_duty_and_their_substitute_is(void **state)
{
	struct store *s = *state;
	const int64_t both[] = {1, 2};
	struct err e = {0};

	for (int64_t id = 1; id <= 4; id++)
		store_contact(s, id);
	ok(rota_set(s->db, NOW, both, 2, &e), &e);
	on_duty(s, NOW, "1 2 ");
	ok(rota_absent(s->db, NOW, 2, NOW + 100, 3, &e), &e);
	on_duty(s, NOW, "1 3 ");
	on_duty(s, NOW + 100, "1 2 ");
	/* one who is away stands in for nobody, nor does one for who is not */
	ok(rota_absent(s->db, NOW, 3, NOW + 50, 4, &e), &e);
	on_duty(s, NOW, "1 ");
	on_duty(s, NOW + 50, "1 3 ");
	ok(rota_absent(s->db, NOW, 2, NOW + 100, 1, &e), &e);
	on_duty(s, NOW, "1 ");
	ok(rota_absent(s->db, NOW, 2, NOW + 100, 0, &e), &e);
	on_duty(s, NOW, "1 ");
	ok(rota_absent(s->db, NOW, 2, 0, 0, &e), &e);
	on_duty(s, NOW, "1 2 ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		who_is_away_is_not_on_duty_and_their_substitute_is, store_make,
		store_remove),
	    cmocka_unit_test_setup_teardown(
		any_change_has_another_sum, store_make, store_remove),
	    cmocka_unit_test(
		only_words_of_others_on_this_very_content_are_kept),
	    cmocka_unit_test(a_trial_believes_as_but_not_the_author),
	    cmocka_unit_test_setup_teardown(
		nobody_is_alone_on_an_empty_rota_or_beside_another, store_make,
		store_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
