#include "config/config_intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "config/config_load.h"

#define TEAM "team: { name = \"T\"; address = \"t@example.org\"; };\n"
#define HERE "type = \"imap\"; host = \"imap.example.org\"; user = \"u\";"
#define PASSWORD "password_command = \"pass csirt\";"

/* The only mistake in the source, without the folder; NULL: none. */
static char *
mistake_of(const char *folder, const char *source, struct config **c)
{
	char *file = xasprintf("%s/noroshi.conf", folder);
	char *text = xasprintf(TEAM "intake = (\n{ %s } );\n", source);
	char *mistake = NULL;
	struct strs lines = {0};
	struct err e = {0};

	test_folder_write(folder, "noroshi.conf", text);
	(void)config_load(c, file, &lines, &e);
	if (lines.count > 1)
		fail_msg("%s, and %s", lines.item[0], lines.item[1]);
	if (lines.count == 1)
		mistake = xstrdup(lines.item[0] + strlen(folder) + 1);
	strs_free(&lines);
	free(text);
	free(file);
	return mistake;
}

static struct config *
good(const char *folder, const char *source)
{
	struct config *c = NULL;
	char *mistake = mistake_of(folder, source, &c);

	if (mistake != NULL)
		fail_msg("%s", mistake);
	return c;
}

static void
assert_mistake(const char *folder, const char *source, const char *expected)
{
	struct config *c = NULL;
	char *mistake = mistake_of(folder, source, &c);

	assert_non_null(mistake);
	if (strstr(mistake, expected) == NULL)
		assert_string_equal(mistake, expected);
	free(mistake);
}

static void
what_a_mailbox_does_not_say_has_a_safe_default(void **state)
{
	struct config *c = good(*state, HERE PASSWORD);
	const struct config_intake *in = config_imap(c, 1);

	assert_non_null(in);
	assert_int_equal(config_imaps(c), 1);
	assert_null(config_imap(c, 2));
	assert_null(config_imap(c, 0));
	assert_string_equal(in->tls, "implicit");
	assert_int_equal(in->port, 993);
	assert_string_equal(in->mechanism, "plain");
	assert_int_equal(in->mailboxes.count, 1);
	assert_string_equal(in->mailboxes.item[0], "INBOX");
	assert_string_equal(in->done, "Noroshi-done");
	assert_string_equal(in->refused, "Noroshi-refused");
	assert_int_equal(in->poll, 60);
	config_free(c);
	c = good(*state, HERE "tls = \"starttls\"; token_command = \"t\";");
	in = config_imap(c, 1);
	assert_int_equal(in->port, 143);
	assert_string_equal(in->mechanism, "xoauth2");
	config_free(c);
}

static void
a_connection_without_tls_is_for_this_host_alone(void **state)
{
	assert_mistake(*state, HERE PASSWORD "tls = \"off\";",
	    "noroshi.conf:3: intake[0].tls: \"off\" to imap.example.org");
	config_free(good(*state,
	    "type = \"imap\"; host = \"127.0.0.1\"; user = \"u\";" PASSWORD
	    "tls = \"off\";"));
}

static void
there_is_one_way_to_the_password(void **state)
{
	assert_mistake(*state, HERE, "intake[0].user: has 0 ways");
	assert_mistake(*state, HERE PASSWORD "token_command = \"t\";",
	    "intake[0].user: has 2 ways");
	assert_mistake(*state, HERE PASSWORD "mechanism = \"xoauth2\";",
	    "intake[0].mechanism: \"xoauth2\" with a password");
	assert_mistake(*state,
	    HERE "token_command = \"t\"; mechanism = \"plain\";",
	    "intake[0].mechanism: \"plain\" with a token_command");
	assert_mistake(*state, HERE "password_file = \"absent\";",
	    "intake[0].password_file: ");
}

static void
a_password_that_others_read_is_a_mistake(void **state)
{
	char *path = xasprintf("%s/secret", (const char *)*state);

	test_folder_write(*state, "secret", "word\n");
	config_free(good(*state, HERE "password_file = \"secret\";"));
	assert_int_equal(chmod(path, 0644), 0);
	assert_mistake(*state, HERE "password_file = \"secret\";",
	    "others may read it (mode 0644)");
	free(path);
}

static void
what_was_taken_in_never_goes_where_mail_is_read(void **state)
{
	assert_mistake(*state, HERE PASSWORD "done = \"inbox\";",
	    "intake[0].done: is one of mailboxes");
	assert_mistake(*state, HERE PASSWORD "refused = \"INBOX\";",
	    "intake[0].refused: is one of mailboxes");
	assert_mistake(*state, HERE PASSWORD "mailboxes = [ ];",
	    "intake[0].mailboxes: has 0 names");
}

static void
a_setting_of_another_kind_of_source_is_a_mistake(void **state)
{
	assert_mistake(*state, HERE PASSWORD "path = \"inbox\";",
	    "intake[0].path: means nothing with type = \"imap\"");
	assert_mistake(*state,
	    "type = \"maildir\"; path = \"i\"; host = \"a.example\";",
	    "intake[0].host: means nothing with type = \"maildir\"");
	assert_mistake(*state, "type = \"maildir\";", "intake[0]: has no path");
	assert_mistake(*state, "type = \"imap\"; user = \"u\";" PASSWORD,
	    "intake[0]: has no host");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(                                       \
	    name, test_folder_open, test_folder_close)
	    TEST(what_a_mailbox_does_not_say_has_a_safe_default),
	    TEST(a_connection_without_tls_is_for_this_host_alone),
	    TEST(there_is_one_way_to_the_password),
	    TEST(a_password_that_others_read_is_a_mistake),
	    TEST(what_was_taken_in_never_goes_where_mail_is_read),
	    TEST(a_setting_of_another_kind_of_source_is_a_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
