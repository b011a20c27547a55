#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/netblock.h"
#include "policy/constituency.h"

static void
a_domain_is_inside_where_it_is_named_or_below(void **state)
{
	struct strs domains = {0};

	(void)state;
	strs_add(&domains, "corp.example");
	assert_true(constituency_has(&domains, "a@corp.example"));
	assert_true(constituency_has(&domains, "a@x.y.CORP.example"));
	assert_false(constituency_has(&domains, "a@notcorp.example"));
	assert_false(constituency_has(&domains, "a@example"));
	assert_false(constituency_has(&domains, "corp.example"));
	assert_false(constituency_has(&domains, NULL));
	strs_free(&domains);
}

static bool
meet(const char *a, const char *b)
{
	struct netblock one, other;

	assert_true(netblock_parse(a, &one));
	assert_true(netblock_parse(b, &other));
	assert_int_equal(
	    netblock_meets(&one, &other), netblock_meets(&other, &one));
	return netblock_meets(&one, &other);
}

static void
networks_meet_where_they_share_an_address(void **state)
{
	(void)state;
	assert_true(meet("192.0.2.0/24", "192.0.2.255"));
	assert_false(meet("192.0.2.0/24", "192.0.3.0"));
	assert_true(meet("192.0.2.0/25", "192.0.2.127"));
	assert_false(meet("192.0.2.0/25", "192.0.2.128"));
	assert_true(meet("192.0.0.0/16", "192.0.2.0/24"));
	assert_true(meet("0.0.0.0/0", "198.51.100.1"));
	assert_true(meet("2001:db8::/32", "2001:db8:1::/48"));
	assert_false(meet("2001:db8::/33", "2001:db8:8000::1"));
	assert_false(meet("0.0.0.0/0", "2001:db8::1"));
}

static void
what_is_no_network_is_refused(void **state)
{
	static const char *const no[] = {"", "/", "192.0.2.0/33", "192.0.2/24",
	    "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/1x", "2001:db8::/129",
	    "192.0.2.0/0024",
	    "2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"};

	(void)state;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(netblock_parse(no[i], &(struct netblock){0}));
}

static void
put(struct config *c)
{
	strs_add(&c->constituency, "example.ac.jp");
	strs_add(&c->constituency_networks, "192.0.2.0/24");
	strs_add(&c->constituency_networks, "2001:db8::/32");
	strs_add(&c->constituency_systems, "AS64496");
	strs_add(&c->constituency_products, "Example Gateway");
	strs_add(&c->constituency_products, "狼煙");
	strs_add(&c->constituency_persons, "ceo@gmail.example");
}

static void
drop(struct config *c)
{
	strs_free(&c->constituency);
	strs_free(&c->constituency_networks);
	strs_free(&c->constituency_systems);
	strs_free(&c->constituency_products);
	strs_free(&c->constituency_persons);
}

static void
each_indicator_has_its_place(void **state)
{
	static const struct {
		const char *type;
		const char *value;
		enum constituency_place place;
	} table[] = {
	    {"ipv4", "192.0.2.9", CONSTITUENCY_INSIDE},
	    {"ipv4", "198.51.100.1", CONSTITUENCY_OUTSIDE},
	    {"ipv6", "2001:db8::1", CONSTITUENCY_INSIDE},
	    {"ipv6", "2001:db9::1", CONSTITUENCY_OUTSIDE},
	    {"cidr", "192.0.0.0/16", CONSTITUENCY_INSIDE},
	    {"cidr", "198.51.100.0/24", CONSTITUENCY_OUTSIDE},
	    {"asn", "AS64496", CONSTITUENCY_INSIDE},
	    {"asn", "AS6449", CONSTITUENCY_OUTSIDE},
	    {"domain", "www.example.ac.jp", CONSTITUENCY_INSIDE},
	    {"domain", "xexample.ac.jp", CONSTITUENCY_OUTSIDE},
	    {"url", "http://u@www.example.ac.jp:80/x", CONSTITUENCY_INSIDE},
	    {"url", "http://evil.com/www.example.ac.jp", CONSTITUENCY_OUTSIDE},
	    {"url", "http://example.ac.jp@evil.com/", CONSTITUENCY_OUTSIDE},
	    {"url", "https://192.0.2.1/", CONSTITUENCY_INSIDE},
	    {"url", "https://[2001:db8::1]:8/", CONSTITUENCY_INSIDE},
	    {"email", "a@example.ac.jp", CONSTITUENCY_INSIDE},
	    {"email", "CEO@gmail.example", CONSTITUENCY_INSIDE},
	    {"email", "b@gmail.example", CONSTITUENCY_OUTSIDE},
	    {"md5", "d41d8cd98f00b204e9800998ecf8427e", CONSTITUENCY_NOWHERE},
	    {"cve", "CVE-2024-3094", CONSTITUENCY_NOWHERE},
	};
	struct config config = {0};
	struct constituency *c;

	(void)state;
	put(&config);
	c = constituency_create(&config);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (constituency_place(c, table[i].type, table[i].value) !=
		    table[i].place)
			fail_msg("%s", table[i].value);
	assert_true(constituency_sender(&config, "ceo@gmail.example"));
	assert_false(constituency_sender(&config, NULL));
	constituency_free(c);
	drop(&config);
}

static void
products_are_whole_words_in_any_case(void **state)
{
	static const char yes[] = "the example gateway 3 と狼煙について";
	static const char no[] = "myexample gateways";
	struct config config = {0};
	struct constituency *c;
	struct strs found = {0};

	(void)state;
	put(&config);
	c = constituency_create(&config);
	constituency_products(c, no, strlen(no), &found);
	assert_int_equal(found.count, 0);
	constituency_products(c, yes, strlen(yes), &found);
	assert_int_equal(found.count, 2);
	constituency_products(c, yes, strlen(yes), &found);
	assert_int_equal(found.count, 2);
	strs_free(&found);
	constituency_free(c);
	drop(&config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_domain_is_inside_where_it_is_named_or_below),
	    cmocka_unit_test(networks_meet_where_they_share_an_address),
	    cmocka_unit_test(what_is_no_network_is_refused),
	    cmocka_unit_test(each_indicator_has_its_place),
	    cmocka_unit_test(products_are_whole_words_in_any_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
