#include "config/config_load.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "config/config_check.h"
#include "config/config_template.h"

#define TEAM "team: { name = \"T\"; address = \"t@example.org\"; };\n"

/* A folder with a configuration in it, and what came of reading it. */
struct place {
	char *folder;
	char *file;
	struct config *c;
	struct strs errors;
	struct err e;
};

static int
place_open(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));

	p->folder = test_folder_make();
	p->file = xasprintf("%s/noroshi.conf", p->folder);
	*state = p;
	return 0;
}

static int
place_close(void **state)
{
	struct place *p = *state;
	int rc = test_folder_remove(p->folder);

	config_free(p->c);
	strs_free(&p->errors);
	free(p->file);
	free(p);
	return rc;
}

static void
put_file(struct place *p, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", p->folder, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) != EOF);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0644), 0);
	free(path);
}

static int
load(struct place *p)
{
	strs_free(&p->errors);
	config_free(p->c);
	return config_load(&p->c, p->file, &p->errors, &p->e);
}

/* The text is refused for one reason, which begins so after the file's name. */
static void
assert_mistake(struct place *p, const char *text, const char *expected)
{
	char *line = xasprintf("%s:%s", p->file, expected);

	put_file(p, "noroshi.conf", text);
	assert_int_equal(load(p), -1);
	assert_null(p->c);
	assert_int_equal(p->e.code, ERR_CONFIG);
	assert_int_equal(p->errors.count, 1);
	if (strncmp(p->errors.item[0], line, strlen(line)) != 0)
		assert_string_equal(p->errors.item[0], line);
	free(line);
}

static void
a_good_file_is_read(void **state)
{
	struct place *p = *state;
	char *inbox = xasprintf("%s/inbox", p->folder);
	char *spool = xasprintf("%s/spool", p->folder);

	put_file(p, "noroshi.conf",
	    TEAM "database = \"/var/lib/n.db\"; log_level = \"debug\";\n"
		 "constituency: { domains = [ \"Example.ORG\" ]; };\n"
		 "limits: { message = 1048576L; depth = 7; };\n"
		 "intake = ( { type = \"maildir\"; path = \"inbox\"; } );\n"
		 "operators = ( { user = \"jo\"; contact = 3; } );\n"
		 "rules = (\n{ name = \"a\"; subject = \"\\\\bx\"; "
		 "evidence = ( \"dkim\", \"signature\" ); tag = [ \"t\" ]; "
		 "last = true; }\n);\n");
	assert_int_equal(load(p), 0);
	assert_int_equal(p->errors.count, 0);
	assert_string_equal(p->c->file, p->file);
	assert_string_equal(p->c->directory, p->folder);
	assert_string_equal(p->c->database, "/var/lib/n.db");
	assert_string_equal(p->c->spool, spool);
	assert_string_equal(p->c->intake[0].path, inbox);
	assert_string_equal(p->c->log_level, "debug");
	assert_string_equal(p->c->constituency.item[0], "example.org");
	assert_int_equal(p->c->limit_message, 1048576);
	assert_int_equal(p->c->limit_depth, 7);
	assert_int_equal(p->c->limit_parts, 1000);
	assert_int_equal(config_operator(p->c, "jo"), 3);
	assert_string_equal(p->c->rule[0].subject, "\\bx");
	assert_int_equal(p->c->rule[0].line, 8);
	assert_int_equal(p->c->rule[0].evidence.count, 2);
	assert_true(p->c->rule[0].last);
	free(inbox);
	free(spool);
}

static void
a_fingerprint_becomes_capitals(void **state)
{
	struct place *p = *state;

	put_file(p, "noroshi.conf",
	    "team: { name = \"T\"; address = \"t@example.org\"; key = "
	    "\"0123456789abcdef0123456789abcdef01234567\"; };\n");
	assert_int_equal(load(p), 0);
	assert_string_equal(
	    p->c->team_key, "0123456789ABCDEF0123456789ABCDEF01234567");
}

static void
a_wrong_value_is_named_with_its_line(void **state)
{
	struct place *p = *state;

	assert_mistake(p, TEAM "\ntlp: {\n default_in = \"AMBR\"; };\n",
	    "4: tlp.default_in: \"AMBR\" is not a label "
	    "(RED, AMBER+STRICT, AMBER, GREEN, CLEAR)");
	assert_mistake(p, TEAM "attempts = 0;\n",
	    "2: attempts: 0 is out of range, expected 1 to 100");
	assert_mistake(p, TEAM "gpg: { memory = 99999999999999L; };\n",
	    "2: gpg.memory: 99999999999999 is out of range");
	assert_mistake(p, TEAM "attempts = \"3\";\n",
	    "2: attempts: is a string, expected an integer");
	assert_mistake(p, TEAM "spool = [ \"a\" ];\n",
	    "2: spool: is an array [ ], expected a string");
	assert_mistake(p, TEAM "spool = \"\";\n", "2: spool: is empty");
	assert_mistake(p, TEAM "acknowledge: {\n enabled = 1; };\n",
	    "3: acknowledge.enabled: ");
	assert_mistake(p, TEAM "templates = \"nowhere\";\n", "2: templates: ");
	assert_mistake(p, TEAM "tlp = 3;\n",
	    "2: tlp: is an integer, expected a group { }");
	assert_mistake(p, TEAM "identity: { authserv_ids = \"mx\"; };\n",
	    "2: identity.authserv_ids: is a string, expected a list");
	assert_mistake(p, TEAM "identity: {\n authserv_ids = [ 1 ]; };\n",
	    "3: identity.authserv_ids: is an integer, expected a string");
	assert_mistake(p, TEAM "constituency: { domains = [ \"a b\" ]; };\n",
	    "2: constituency.domains: \"a b\" is not a domain");
	assert_mistake(p, TEAM "intake = { type = \"maildir\"; };\n",
	    "2: intake: is a group { }, expected a list of groups");
	assert_mistake(p, TEAM "intake = ( \"inbox\" );\n",
	    "2: intake[0]: is a string, expected a group { }");
	assert_mistake(p, TEAM "intake = (\n{ type = \"maildir\"; } );\n",
	    "3: intake[0]: has no path, expected path = ...");
	assert_mistake(p, TEAM "intake = (\n{ type = \"lmtp\"; } );\n",
	    "3: intake[0]: has no listen, expected listen = ...");
	assert_mistake(p, TEAM "business: { zone = \"Nowhere\"; };\n",
	    "2: business.zone: \"Nowhere\" is not a time zone");
	assert_mistake(p, TEAM "business: { from = \"9\"; };\n",
	    "2: business.from: \"9\" is not an hour");
	assert_mistake(p,
	    TEAM "business: { from = \"18:00\"; until = \"09:00\"; };\n",
	    "2: business: until 09:00 is not after from 18:00");
	assert_mistake(p, TEAM "holidays = [ \"2026-02-30\" ];\n",
	    "2: holidays: \"2026-02-30\" is not a date");
	assert_mistake(p, TEAM "spool = \"a\\x1bb\";\n",
	    "2: spool: control character 0x1b");
}

static void
a_bad_team_is_named(void **state)
{
	struct place *p = *state;

	assert_mistake(p, "\nteam: { name = \"T\"; };\n",
	    "2: team.address: is missing, expected team.address = ...");
	assert_mistake(p,
	    "team: { name = \"T\";\naddress = \"csirt at example\"; };\n",
	    "2: team.address: \"csirt at example\" is not an address");
	assert_mistake(p,
	    "team: { name = \"T\"; address = \"t@example.org\";\n"
	    "key = \"0123\"; };\n",
	    "2: team.key: \"0123\" is not a fingerprint");
	assert_mistake(p,
	    "team: { name = \"T\"; address = \"t@example.org\";\n"
	    "case_prefix = \"ex-1\"; };\n",
	    "2: team.case_prefix: \"ex-1\" is not a case prefix");
}

static void
an_unknown_name_is_answered_with_the_nearest(void **state)
{
	struct place *p = *state;

	assert_mistake(p, TEAM "\nloglevel = \"info\";\n",
	    "3: loglevel: is no setting, expected perhaps log_level");
	assert_mistake(p, TEAM "limits: { depht = 3; };\n",
	    "2: limits.depht: is no setting, expected perhaps limits.depth");
	assert_mistake(p, TEAM "xyzzyplugh = 3;\n",
	    "2: xyzzyplugh: is no setting, expected one of noroshi.conf(5)");
	assert_mistake(p,
	    TEAM "rules = ( { name = \"a\"; kind = \"report\";\n"
		 "subjekt = \"x\"; } );\n",
	    "3: rules[0].subjekt: is no setting, expected perhaps subject");
}

static void
a_bad_rule_is_named(void **state)
{
	struct place *p = *state;

	assert_mistake(p, TEAM "rules = (\n{ kind = \"report\"; } );\n",
	    "3: rules[0]: has no name, expected name = ...");
	assert_mistake(p,
	    TEAM "rules = (\n{ name = \"a\"; subject = \"x\"; } );\n",
	    "3: rules[0]: has no result, expected kind, category, priority");
	assert_mistake(p,
	    TEAM "rules = ( { name = \"a\"; kind = \"report\"; },\n"
		 "{ name = \"b\"; kind = \"report\"; },\n"
		 "{ name = \"a\"; kind = \"spam\"; } );\n",
	    "4: rules[2]: \"a\" is the name of the rule at line 2 too");
	assert_mistake(p, TEAM "rules = ( { name = \"a\"; kind = \"x\"; } );\n",
	    "2: rules[0].kind: \"x\" is not a known word (report, ");
	assert_mistake(p,
	    TEAM "rules = ( { name = \"a\"; kind = \"report\";\n"
		 "sender_class = [ \"isac\", \"boss\" ]; } );\n",
	    "3: rules[0].sender_class: \"boss\" is not a known word (staff,");
	assert_mistake(p,
	    TEAM "rules = ( { name = \"a\"; kind = \"report\";\n"
		 "subject = \"a(b\"; } );\n",
	    "3: rules[0].subject: at offset 3: missing closing parenthesis");
	assert_mistake(p,
	    TEAM "rules = ( { name = \"a\"; kind = \"report\";\n"
		 "header = \"x\"; } );\n",
	    "2: rules[0]: has header or header_name alone");
	assert_mistake(p,
	    TEAM "rules = ( { name = \"a\"; owner = \"nobody\"; } );\n",
	    "2: rules[0]: owner is no contact");
	assert_mistake(p,
	    TEAM "rules = ( { name = \"a\"; kind = \"report\";\n"
		 "last = 1; } );\n",
	    "3: rules[0].last: is an integer, expected true or false");
}

static void
a_user_is_bound_once(void **state)
{
	assert_mistake(*state,
	    TEAM "operators = ( { user = \"jo\"; contact = 1; },\n"
		 "{ user = \"jo\"; contact = 2; } );\n",
	    "3: operators[1]: \"jo\" is bound to contact 1 already");
	assert_mistake(*state,
	    TEAM "operators = ( { user = \"jo\"; contact = 0; } );\n",
	    "2: operators[0].contact: 0 is out of range, expected 1 or more");
}

static void
all_mistakes_are_named_at_once(void **state)
{
	struct place *p = *state;

	put_file(p, "noroshi.conf",
	    "team: { name = 1; };\nspol = \"x\";\nattempts = 0;\n"
	    "rules = ( {\n kind = \"nothing\"; } );\n");
	assert_int_equal(load(p), -1);
	assert_int_equal(p->errors.count, 6);
	assert_non_null(strstr(p->errors.item[0], ":1: team.name: "));
	assert_non_null(strstr(p->errors.item[1], ":2: spol: "));
	assert_non_null(strstr(p->errors.item[2], ":3: attempts: "));
	assert_non_null(strstr(p->errors.item[3], ":5: rules[0].kind: "));
	assert_non_null(strstr(p->errors.item[4], ":4: rules[0]: has no name"));
	assert_non_null(strstr(p->errors.item[5], ":1: team.address: "));
	assert_string_equal(p->e.text, p->errors.item[0]);
}

static void
a_syntax_error_is_named_with_its_line(void **state)
{
	assert_mistake(*state, TEAM "\nspool = ;\n", "3: syntax: syntax error");
	assert_mistake(*state, TEAM "spool = \"a\";\nspool = \"b\";\n",
	    "3: syntax: duplicate setting name");
	assert_mistake(*state, TEAM "@include \"absent.conf\"\n",
	    "2: syntax: cannot open include file");
}

static void
an_included_file_is_read_and_named(void **state)
{
	struct place *p = *state;

	put_file(p, "noroshi.conf", TEAM "@include \"part.conf\"\n");
	put_file(p, "part.conf", "\nattempts = 5;\n");
	assert_int_equal(load(p), 0);
	assert_int_equal(p->c->attempts, 5);
	put_file(p, "part.conf", "\nattempts = 500;\n");
	assert_int_equal(load(p), -1);
	assert_int_equal(p->errors.count, 1);
	assert_non_null(strstr(p->errors.item[0], "/part.conf:2: attempts: "));
}

static void
a_file_that_others_may_write_is_refused(void **state)
{
	struct place *p = *state;
	char *part = xasprintf("%s/part.conf", p->folder);

	put_file(p, "noroshi.conf", TEAM "@include \"part.conf\"\n");
	put_file(p, "part.conf", "attempts = 5;\n");
	assert_int_equal(chmod(p->file, 0664), 0);
	assert_int_equal(load(p), -1);
	assert_non_null(strstr(p->errors.item[0],
	    "noroshi.conf:1: file: others may write it (mode 0664)"));
	assert_int_equal(chmod(p->file, 0600), 0);
	assert_int_equal(chmod(part, 0646), 0);
	assert_int_equal(load(p), -1);
	assert_int_equal(p->errors.count, 1);
	assert_non_null(strstr(p->errors.item[0], "part.conf:1: file: others"));
	assert_int_equal(chmod(part, 0600), 0);
	assert_int_equal(load(p), 0);
	free(part);
}

static void
a_file_that_is_absent_is_no_input(void **state)
{
	struct place *p = *state;

	assert_int_equal(load(p), -1);
	assert_int_equal(p->e.code, ERR_NOINPUT);
	assert_int_equal(config_load(&p->c, p->folder, NULL, &p->e), -1);
	assert_int_equal(p->e.code, ERR_NOINPUT);
}

static void
the_option_comes_before_the_environment(void **state)
{
	char *found;

	(void)state;
	assert_int_equal(setenv("NOROSHI_CONF", "/e/noroshi.conf", 1), 0);
	found = config_find("/o/noroshi.conf");
	assert_string_equal(found, "/o/noroshi.conf");
	free(found);
	found = config_find(NULL);
	assert_string_equal(found, "/e/noroshi.conf");
	free(found);
	assert_int_equal(unsetenv("NOROSHI_CONF"), 0);
}

static void
a_new_gateway_is_read_back_as_it_was_said(void **state)
{
	struct place *p = *state;
	struct config_template t = {.team_name = "A \"B\" \\ 日本",
	    .team_address = "csirt@example.org",
	    .team_key = "0123456789ABCDEF0123456789ABCDEF01234567",
	    .case_prefix = "EX",
	    .operator_user = "ha\\nako",
	    .operator_contact = 1};
	char *text = config_template(&t);
	char *rules = config_template_rules();
	char *inbox = xasprintf("%s/inbox", p->folder);

	put_file(p, "noroshi.conf", text);
	put_file(p, "rules.conf", rules);
	put_file(p, "deadlines.conf", "\n");
	assert_int_equal(load(p), 0);
	assert_string_equal(p->c->team_name, t.team_name);
	assert_string_equal(p->c->team_address, t.team_address);
	assert_string_equal(p->c->team_key, t.team_key);
	assert_string_equal(p->c->case_prefix, "EX");
	assert_int_equal(config_operator(p->c, "ha\\nako"), 1);
	assert_int_equal(p->c->intakes, 1);
	assert_string_equal(p->c->intake[0].path, inbox);
	assert_true(p->c->rules > 20);
	free(text);
	free(rules);
	free(inbox);
}

/* A default that a person takes the mark from is still the default. */
static void
a_new_gateway_shows_the_defaults(void **state)
{
	struct place *p = *state;
	struct config_template t = {
	    .team_name = "T", .team_address = "t@example.org"};
	char *text = config_template(&t);
	struct config *c = config_create();

	for (char *q = text; (q = strchr(q, '#')) != NULL; q++)
		if (q[1] != ' ')
			*q = ' ';
	put_file(p, "noroshi.conf", text);
	put_file(p, "rules.conf", "\n");
	put_file(p, "deadlines.conf", "\n");
	assert_int_equal(load(p), 0);
	assert_string_equal(p->c->case_prefix, c->case_prefix);
	assert_string_equal(p->c->tlp_default_in, c->tlp_default_in);
	assert_int_equal(p->c->gpg_memory, c->gpg_memory);
	assert_int_equal(p->c->limit_field, c->limit_field);
	assert_null(p->c->smtp_host);
	assert_null(p->c->templates);
	assert_null(p->c->backup_key);
	config_free(c);
	free(text);
}

static void
each_default_of_a_new_gateway_stands_alone(void **state)
{
	struct place *p = *state;
	struct config_template t = {
	    .team_name = "T", .team_address = "t@example.org"};
	char *text = config_template(&t);
	size_t lines = 0;

	put_file(p, "rules.conf", "\n");
	put_file(p, "deadlines.conf", "\n");
	for (char *q = text; (q = strchr(q, '#')) != NULL; q++) {
		if (q[1] == ' ')
			continue;
		*q = ' ';
		put_file(p, "noroshi.conf", text);
		if (load(p) == -1)
			fail_msg(
			    "%.*s: %s", (int)strcspn(q, "\n"), q, p->e.text);
		*q = '#';
		lines++;
	}
	assert_in_range(lines, 50, 500);
	free(text);
}

static void
empty_quotes_in_a_group_are_a_mistake(void **state)
{
	struct place *p = *state;

	assert_mistake(p,
	    TEAM "retention = ( { category = \"\"; months = 1; } );\n",
	    "2: retention[0]");
}

static void
empty_quotes_are_no_number_no_truth_and_no_list(void **state)
{
	struct place *p = *state;

	assert_mistake(p, TEAM "recall = \"\";\n", "2: recall");
	assert_mistake(p, TEAM "tlp: { internal_route_trusted = \"\"; };\n",
	    "2: tlp.internal_route_trusted");
	assert_mistake(p, TEAM "holidays = \"\";\n", "2: holidays");
	assert_mistake(p, TEAM "retention = \"\";\n", "2: retention");
}

static void
an_address_has_one_local_part_and_a_domain(void **state)
{
	const char *good[] = {"a@b", "csirt+x@example.org", "a.b@x-y.jp"};
	const char *bad[] = {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b..c",
	    ".a@b", "a.@b", "a..b@c", "<a@b>", "a@-b", "a@b-", "a@b\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(config_is_address(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(config_is_address(bad[i]));
}

static void
a_swap_of_neighbours_is_one_step(void **state)
{
	(void)state;
	assert_int_equal(config_distance("depht", "depth", 9), 1);
	assert_int_equal(config_distance("", "abc", 9), 3);
	assert_int_equal(config_distance("abc", "abc", 9), 0);
	assert_int_equal(config_distance("kitten", "sitting", 9), 3);
	assert_int_equal(config_distance("kitten", "sitting", 2), 2);
}

#define LOADING(test)                                                          \
	cmocka_unit_test_setup_teardown(test, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LOADING(a_good_file_is_read),
	    LOADING(a_fingerprint_becomes_capitals),
	    LOADING(a_wrong_value_is_named_with_its_line),
	    LOADING(a_bad_team_is_named),
	    LOADING(an_unknown_name_is_answered_with_the_nearest),
	    LOADING(a_bad_rule_is_named),
	    LOADING(a_user_is_bound_once),
	    LOADING(all_mistakes_are_named_at_once),
	    LOADING(a_syntax_error_is_named_with_its_line),
	    LOADING(an_included_file_is_read_and_named),
	    LOADING(a_file_that_others_may_write_is_refused),
	    LOADING(a_file_that_is_absent_is_no_input),
	    cmocka_unit_test(the_option_comes_before_the_environment),
	    LOADING(a_new_gateway_is_read_back_as_it_was_said),
	    LOADING(a_new_gateway_shows_the_defaults),
	    LOADING(each_default_of_a_new_gateway_stands_alone),
	    LOADING(empty_quotes_in_a_group_are_a_mistake),
	    LOADING(empty_quotes_are_no_number_no_truth_and_no_list),
	    cmocka_unit_test(an_address_has_one_local_part_and_a_domain),
	    cmocka_unit_test(a_swap_of_neighbours_is_one_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
