#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "message/json.h"
#include "policy/marking.h"

#define NONE ((enum noroshi_tlp)99)

static void
check(const char *what, const struct marking *m, enum noroshi_tlp expected)
{
	if (expected == NONE ? m->found : !m->found || m->label != expected)
		fail_msg("%s: %s", what,
		    m->found ? noroshi_tlp_name(m->label) : "no label");
}

static struct marking
json(const char *text, enum noroshi_tlp expected)
{
	struct marking m;
	struct leaves l;

	json_leaves(&l, text, strlen(text));
	marking_of_json(&l, &m);
	leaves_free(&l);
	check(text, &m, expected);
	return m;
}

static void
csaf_says_its_label_in_one_place(void **state)
{
	struct marking m;

	(void)state;
	json("{\"document\":{\"csaf_version\":\"2.1\",\"distribution\":"
	     "{\"tlp\":{\"label\":\"AMBER+STRICT\"}}}}",
	    NOROSHI_TLP_AMBER_STRICT);
	m = json("{\"document\":{\"csaf_version\":\"2.0\",\"distribution\":"
		 "{\"tlp\":{\"label\":\"WHITE\"}}}}",
	    NOROSHI_TLP_CLEAR);
	assert_int_equal(m.flags, 0);
	json("{\"document\":{\"csaf_version\":\"2.0\",\"distribution\":{"
	     "\"text\":\"TLP v2.0: TLP:AMBER+STRICT\","
	     "\"tlp\":{\"label\":\"RED\"}}}}",
	    NOROSHI_TLP_AMBER_STRICT);
	json("{\"document\":{\"csaf_version\":\"2.1\",\"distribution\":{"
	     "\"text\":\"TLP v2.0: TLP:AMBER+STRICT\","
	     "\"tlp\":{\"label\":\"RED\"}}}}",
	    NOROSHI_TLP_RED);
	json("{\"document\":{\"distribution\":{\"text\":\"TLP:RED\"}}}", NONE);
	json("{\"document/distribution/tlp/label\":\"RED\"}", NONE);
	m = json("{\"document\":{\"distribution\":"
		 "{\"tlp\":{\"label\":\"BLACK\"}}}}",
	    NOROSHI_TLP_RED);
	assert_int_equal(m.flags, NOROSHI_TLP_UNKNOWN);
}

static void
the_nil_group_shares_with_nobody(void **state)
{
	struct marking m;

	(void)state;
	m = json("{\"document\":{\"distribution\":{\"sharing_group\":{\"id\":"
		 "\"00000000-0000-0000-0000-000000000000\"},"
		 "\"tlp\":{\"label\":\"AMBER\"}}}}",
	    NOROSHI_TLP_AMBER);
	assert_true(m.unshared);
	m = json("{\"document\":{\"distribution\":{\"sharing_group\":{\"id\":"
		 "\"ffffffff-ffff-ffff-ffff-ffffffffffff\"}}}}",
	    NONE);
	assert_false(m.unshared);
}

#define REF(id) "\"marking-definition--" id "\""
#define WHITE1 "613f2e26-407d-48c7-9eca-b8e91df99dc9"
#define RED1 "5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
#define AMBER2 "55d920b0-5e8b-4f79-9ee9-91f868d9b421"
#define STRICT2 "939a9414-2ddd-4d32-a0cd-375ea402b003"

static void
stix_has_the_strictest_of_its_markings(void **state)
{
	(void)state;
	json("{\"type\":\"bundle\",\"objects\":["
	     "{\"object_marking_refs\":[" REF(
		 WHITE1) "]},"
			 "{\"object_marking_refs\":[" REF(WHITE1) "," REF(
			     AMBER2) "]}]}",
	    NOROSHI_TLP_AMBER);
	json("{\"objects\":[{\"object_marking_refs\":[" REF(
		 WHITE1) "],"
			 "\"granular_markings\":[{\"marking_ref\":" REF(
			     STRICT2) ","
				      "\"selectors\":[\"description\"]}]}]}",
	    NOROSHI_TLP_AMBER_STRICT);
	json("{\"type\":\"indicator\",\"object_marking_refs\":[" REF(RED1) "]}",
	    NOROSHI_TLP_RED);
	json("{\"objects\":[{\"object_marking_refs\":["
	     "\"marking-definition--00000000-26e9-48c7-9eca-b8e91df99dc9\"]}]}",
	    NONE);
}

#define OWN "11111111-2222-4333-8444-555555555555"
#define EXTENSION                                                              \
	"\"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d\""

static void
a_definition_counts_where_it_is_used(void **state)
{
	(void)state;
	/* a bundle that brings all definitions and uses one */
	json("{\"objects\":[{\"id\":" REF(
		 RED1) ",\"definition\":"
		       "{\"tlp\":\"red\"}},{\"object_marking_refs\":[" REF(
			   WHITE1) "]}]}",
	    NOROSHI_TLP_CLEAR);
	json("{\"objects\":[{\"id\":" REF(
		 OWN) ",\"definition\":"
		      "{\"tlp\":\"amber\"}},{\"object_marking_refs\":[" REF(
			  OWN) "]}]}",
	    NOROSHI_TLP_AMBER);
	json(
	    "{\"objects\":[{\"id\":" REF(
		OWN) ",\"extensions\":{" EXTENSION
		     ":{\"tlp_2_0\":\"amber+strict\"}}},{\"granular_markings\":"
		     "[{\"marking_ref\":" REF(OWN) "}]}]}",
	    NOROSHI_TLP_AMBER_STRICT);
	json("{\"objects\":[{\"id\":" REF(OWN) ",\"definition\":"
					       "{\"tlp\":\"green\"}}]}",
	    NOROSHI_TLP_GREEN);
}

static void
misp_has_the_strictest_of_its_tags(void **state)
{
	struct marking m;

	(void)state;
	json("{\"Event\":{\"Tag\":[{\"name\":\"tlp:green\"},"
	     "{\"name\":\"TLP:AMBER+STRICT\"},{\"name\":\"pap:red\"}]}}",
	    NOROSHI_TLP_AMBER_STRICT);
	json("{\"response\":[{\"Event\":{\"Attribute\":[{\"Tag\":"
	     "[{\"name\":\"tlp:red\"}]}]}}]}",
	    NOROSHI_TLP_RED);
	json("{\"Tag\":[{\"name\":\"tlp:white\"}]}", NOROSHI_TLP_CLEAR);
	json("{\"EventTag\":[{\"Tag\":{\"name\":\"tlp:amber\"}}]}",
	    NOROSHI_TLP_AMBER);
	json("{\"Event\":{\"info\":\"tlp:red\",\"Org\":"
	     "{\"name\":\"tlp:red\"}}}",
	    NONE);
	m = json("{\"Tag\":[{\"name\":\"tlp:unclear\"}]}", NOROSHI_TLP_RED);
	assert_int_equal(m.flags, NOROSHI_TLP_UNKNOWN);
}

static void
a_document_that_was_not_read_whole_is_doubtful(void **state)
{
	struct marking m =
	    json("{\"Tag\":[{\"name\":\"tlp:white\"}]} x", NOROSHI_TLP_CLEAR);

	(void)state;
	assert_true(m.doubtful);
	m = json("{", NONE);
	assert_true(m.doubtful);
}

static void
text(const char *s, enum noroshi_tlp expected)
{
	size_t len = strlen(s);
	char *block = xmalloc(len);
	struct marking m;

	memcpy(block, s, len);
	marking_of_text(block, len, &m);
	free(block);
	check(s, &m, expected);
}

#define FIVE "a\n\nb\n\nc\n\nd\n\ne\n\n"

static void
a_text_is_labelled_at_its_head_or_foot(void **state)
{
	(void)state;
	text("", NONE);
	text("\n\n", NONE);
	text("TLP:RED", NOROSHI_TLP_RED);
	text("\n\n# TLP:AMBER\n\nx\n", NOROSHI_TLP_AMBER);
	text(FIVE FIVE "TLP:GREEN\r\n\r\n", NOROSHI_TLP_GREEN);
	text("TLP:GREEN\n" FIVE FIVE "TLP:AMBER+STRICT",
	    NOROSHI_TLP_AMBER_STRICT);
	text(FIVE "TLP:RED\n" FIVE, NONE);
	text("TLP:RED means much\nx", NONE);
	text("a\nTLP:RED", NOROSHI_TLP_RED);
}

static void
iodef(const char *s, enum noroshi_tlp expected)
{
	size_t len = strlen(s);
	char *block = xmalloc(len);
	struct marking m;

	memcpy(block, s, len);
	marking_of_iodef(block, len, &m);
	free(block);
	check(s, &m, expected);
}

static void
iodef_has_the_strictest_restriction(void **state)
{
	(void)state;
	iodef("<IODEF-Document><Incident restriction=\"need-to-know\">",
	    NOROSHI_TLP_AMBER_STRICT);
	iodef("<iodef:IODEF-Document>\n<Incident purpose=\"x\"\n\trestriction "
	      "= 'green'><Contact restriction=\"private\"/>",
	    NOROSHI_TLP_RED);
	iodef("<IODEF-Document><Incident restriction=\"default\">", NONE);
	iodef("<IODEF-Document><Incident ext-restriction=\"private\">", NONE);
	iodef("<IODEF-Document><Incident restriction=\"private", NONE);
	iodef("<IODEF-Document><Incident restriction=", NONE);
	iodef("<Other restriction=\"private\">", NONE);
	iodef("", NONE);
}

static void
joined_markings_have_the_strictest(void **state)
{
	struct marking to = {0};
	const struct marking green = {
	    .found = true, .label = NOROSHI_TLP_GREEN, .doubtful = true};
	const struct marking clear = {
	    .found = true, .flags = NOROSHI_TLP_LEGACY, .unshared = true};

	(void)state;
	marking_join(&to, &(struct marking){0});
	assert_false(to.found);
	marking_join(&to, &clear);
	marking_join(&to, &green);
	marking_join(&to, &clear);
	check("joined", &to, NOROSHI_TLP_GREEN);
	assert_true(to.doubtful && to.unshared);
	assert_int_equal(to.flags, NOROSHI_TLP_LEGACY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(csaf_says_its_label_in_one_place),
	    cmocka_unit_test(the_nil_group_shares_with_nobody),
	    cmocka_unit_test(stix_has_the_strictest_of_its_markings),
	    cmocka_unit_test(a_definition_counts_where_it_is_used),
	    cmocka_unit_test(misp_has_the_strictest_of_its_tags),
	    cmocka_unit_test(a_document_that_was_not_read_whole_is_doubtful),
	    cmocka_unit_test(a_text_is_labelled_at_its_head_or_foot),
	    cmocka_unit_test(iodef_has_the_strictest_restriction),
	    cmocka_unit_test(joined_markings_have_the_strictest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
