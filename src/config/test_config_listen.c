#include "config/config_listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "config/config_load.h"
#include "config/test_mistake.h"

#define LMTP                                                                   \
	"team: { name = \"T\"; address = \"t@example.org\"; };\n"              \
	"intake = ( { type = \"lmtp\"; "
#define END " } );\n"

static void
only_this_host_can_reach_the_socket(void **state)
{
	static const char *const here[] = {"unix:/run/noroshi/lmtp",
	    "unix:lmtp", "127.0.0.1:2424", "127.9.8.7:1", "[::1]:65535"};
	static const char *const elsewhere[] = {"0.0.0.0:24", "192.0.2.1:24",
	    "[::]:24", "[2001:db8::1]:24", "*:24", ":24", "24", "unix:", "",
	    "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:24x", "127.0.0.1",
	    "localhost:24", "127.0.0.1.example.org:24", "/run/lmtp"};

	for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++) {
		char *text = xasprintf(LMTP "listen = \"%s\";" END, here[i]);

		assert_good(*state, text);
		free(text);
	}
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		char *text =
		    xasprintf(LMTP "listen = \"%s\";" END, elsewhere[i]);

		assert_mistake(
		    *state, text, "noroshi.conf:2: intake[0].listen: ");
		free(text);
	}
}

static void
a_path_that_no_socket_can_have_is_a_mistake(void **state)
{
	char *text, path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
	struct sockaddr_storage address;

	memset(path, 'a', sizeof(path));
	memcpy(path, "unix:/", 6);
	path[sizeof(path) - 1] = '\0';
	assert_int_not_equal(config_listen_address(path, &address), 0);
	text = xasprintf(LMTP "listen = \"unix:/%s\";" END, path);
	assert_mistake(*state, text, "is no address of this host alone");
	free(text);
}

static void
a_relative_path_is_in_the_folder_of_the_file(void **state)
{
	char *file = xasprintf("%s/noroshi.conf", (const char *)*state);
	char *path = xasprintf("unix:%s/lmtp", (const char *)*state);
	struct config *c;
	struct err e = {0};

	test_folder_write(
	    *state, "noroshi.conf", LMTP "listen = \"unix:lmtp\";" END);
	assert_int_equal(config_load(&c, file, NULL, &e), 0);
	assert_string_equal(c->intake[0].listen, path);
	config_free(c);
	free(path);
	free(file);
}

static void
members_that_mean_nothing_are_mistakes(void **state)
{
	assert_good(*state, LMTP "listen = \"unix:/a\"; mode = \"0666\";" END);
	assert_good(*state, LMTP "listen = \"unix:/a\"; group = \"root\";" END);
	assert_mistake(*state, LMTP "listen = \"unix:/a\"; mode = \"rw\";" END,
	    "is no mode");
	assert_mistake(*state,
	    LMTP "listen = \"unix:/a\"; mode = \"4660\";" END, "is no mode");
	assert_mistake(*state,
	    LMTP "listen = \"unix:/a\"; group = \"no such\";" END,
	    "is no group of this host");
	assert_mistake(*state,
	    LMTP "listen = \"127.0.0.1:24\"; mode = \"0660\";" END,
	    "means nothing with a TCP port");
	assert_mistake(*state, LMTP "listen = \"unix:/a\"; path = \"in\";" END,
	    "intake[0].path: means nothing");
	assert_mistake(*state,
	    LMTP "listen = \"unix:/a\"; }, { type = \"lmtp\"; "
		 "listen = \"unix:/a\";" END,
	    "intake[1].listen: is another source's too");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(                                       \
	    name, test_folder_open, test_folder_close)
	    TEST(only_this_host_can_reach_the_socket),
	    TEST(a_path_that_no_socket_can_have_is_a_mistake),
	    TEST(a_relative_path_is_in_the_folder_of_the_file),
	    TEST(members_that_mean_nothing_are_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
