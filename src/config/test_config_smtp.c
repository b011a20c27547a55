#include "config/config_smtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "config/test_mistake.h"

#define TEAM "team: { name = \"T\"; address = \"t@example.org\"; };\n"
#define SMTP                                                                   \
	"team: { name = \"T\"; address = \"t@example.org\"; };\n"              \
	"transport = \"smtp\";\n"

static void
the_smtp_transport_needs_a_host(void **state)
{
	assert_mistake(*state, SMTP, "noroshi.conf:1: smtp.host: is missing");
	assert_mistake(*state, SMTP "smtp: { port = 25; };\n",
	    "noroshi.conf:3: smtp.host: is missing");
	assert_mistake(*state, SMTP "smtp: {\nhost = \"\"; };\n",
	    "noroshi.conf:4: smtp.host: is missing");
	assert_mistake(*state, SMTP "smtp: {\nhost = \"a b\"; };\n",
	    "noroshi.conf:4: smtp.host: \"a b\" is not a host");
	assert_good(*state, SMTP "smtp: { host = \"mail.example.org\"; };\n");
	assert_good(*state, SMTP "smtp: { host = \"192.0.2.1\"; };\n");
}

static void
the_file_transport_asks_nothing_of_it(void **state)
{
	assert_good(*state,
	    "team: { name = \"T\"; address = \"t@example.org\"; };\n"
	    "smtp: { tls = \"none\"; user = \"u\"; };\n");
}

static void
clear_text_is_for_this_host_only(void **state)
{
	static const char *const here[] = {
	    "localhost", "127.0.0.1", "127.1.2.3"};
	static const char *const elsewhere[] = {"mail.example.org",
	    "localhost.example.org", "127.example.org", "128.0.0.1"};

	for (size_t i = 0; i < 7; i++) {
		char *text = xasprintf(SMTP
		    "smtp: { host = \"%s\";\ntls = \"none\"; };\n",
		    i < 3 ? here[i] : elsewhere[i - 3]);

		if (i < 3)
			assert_good(*state, text);
		else
			assert_mistake(*state, text,
			    "noroshi.conf:4: smtp.tls: \"none\" to ");
		free(text);
	}
}

#define LOGIN                                                                  \
	SMTP "smtp: { host = \"m.example.org\"; user = \"u\";\n"               \
	     "password_file = \"secret\"; };\n"

static void
a_password_is_a_file_of_its_owner_alone(void **state)
{
	char *path = xasprintf("%s/secret", (const char *)*state);

	assert_mistake(*state, LOGIN, "noroshi.conf:4: smtp.password_file: ");
	test_folder_write(*state, "secret", "x\n");
	assert_good(*state, LOGIN);
	assert_int_equal(chmod(path, 0640), 0);
	assert_mistake(*state, LOGIN, "others may read it (mode 0640)");
	free(path);
}

static void
user_and_password_come_together(void **state)
{
	test_folder_write(*state, "secret", "x\n");
	assert_mistake(*state,
	    SMTP "smtp: { host = \"m.example.org\";\nuser = \"u\"; };\n",
	    "noroshi.conf:4: smtp.user: user or password_file alone");
	assert_mistake(*state,
	    SMTP "smtp: { host = \"m.example.org\";\n"
		 "password_file = \"secret\"; };\n",
	    "user or password_file alone");
}

static void
a_user_fits_into_the_library(void **state)
{
	char *text = xasprintf(SMTP "smtp: { host = \"m.example.org\";\n"
				    "user = \"%0256d\";\n"
				    "password_file = \"secret\"; };\n",
	    1);

	test_folder_write(*state, "secret", "x\n");
	assert_mistake(*state, text, "smtp.user: is 256 bytes long");
	free(text);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(                                       \
	    name, test_folder_open, test_folder_close)

static void
a_return_path_has_room_for_one_token(void **state)
{
	const char *folder = *state;

	assert_good(folder, TEAM "return_path = \"t+TOKEN@example.org\";\n");
	assert_good(folder, TEAM "return_path = \"t@example.org\";\n");
	assert_mistake(folder, TEAM "return_path = \"t@TOKEN.org\";\n",
	    "noroshi.conf:2: return_path: \"t@TOKEN.org\" has TOKEN elsewhere "
	    "than once before the @");
	assert_mistake(folder,
	    TEAM "return_path = \"TOKEN+TOKEN@example.org\";\n",
	    "has TOKEN elsewhere");
	assert_mistake(folder,
	    TEAM "return_path = "
		 "\"a-team-with-a-long-name-of-its-own+TOKEN@example.org\";\n",
	    "leaves no room for a token");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_smtp_transport_needs_a_host),
	    TEST(a_return_path_has_room_for_one_token),
	    TEST(the_file_transport_asks_nothing_of_it),
	    TEST(clear_text_is_for_this_host_only),
	    TEST(a_password_is_a_file_of_its_owner_alone),
	    TEST(user_and_password_come_together),
	    TEST(a_user_fits_into_the_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
