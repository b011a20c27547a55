#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "pgp/test_people.h"

#define LONG_NAME 90 /* two such folders and the socket pass 107 bytes */

static void
a_generated_key_says_what_it_is(void **state)
{
	struct people *p = *state;
	char *path = xasprintf(
	    "%s/ring/openpgp-revocs.d/%s.rev", p->folder, p->team.fingerprint);

	assert_int_equal(p->team.subkeys, 2);
	assert_string_equal(p->team.subkey[0].algorithm, "ed25519");
	assert_string_equal(p->team.subkey[1].algorithm, "cv25519");
	assert_true(p->team.subkey[1].can_encrypt);
	assert_true(p->team.subkey[0].can_sign);
	assert_false(p->team.subkey[0].can_encrypt);
	assert_true(p->team.secret);
	assert_string_equal(
	    p->team.user_ids.item[0], "Team <team@csirt.example>");
	assert_string_equal(p->team.addresses.item[0], "team@csirt.example");
	assert_int_equal(p->team.expires, 0);
	assert_int_equal(key_problems(&p->team, clock_now(NULL)), 0);
	assert_int_equal(access(path, R_OK), 0);
	free(path);
}

static void
two_agents_serve_two_rings(void **state)
{
	struct people *p = *state;
	struct people other;
	struct buf sealed;

	people_open(&other);
	people_alice_writes(p, &sealed);
	people_load(p, &p->team, &p->alice, NULL);
	people_load(&other, &other.team, NULL);
	people_read_hello(p, &sealed);
	people_refused(&other, &sealed, "not-for-us");
	people_close(&other);
	people_read_hello(p, &sealed);
	buf_free(&sealed);
}

static void
a_ring_may_have_a_long_path(void **state)
{
	struct people *p = *state;
	struct keyring_options o = {.deadline = 60,
	    .memory = 1LL << 30,
	    .agent_socket = agent_socket(p->agent),
	    .wrapper = people_wrapper()};
	struct people far = *p;
	struct err e = {ERR_NONE, ""};
	struct buf sealed;
	char name[LONG_NAME + 1];
	char *outer = NULL;
	char *ring = NULL;

	memset(name, 'r', LONG_NAME);
	name[LONG_NAME] = '\0';
	outer = xasprintf("%s/%s", p->folder, name);
	ring = xasprintf("%s/%s", outer, name);
	assert_true(strlen(ring) > 180);
	assert_int_equal(mkdir(outer, 0700), 0);
	o.ring = ring;
	if (keyring_open(&far.ring, &o, &e) == -1)
		fail_msg("%s", e.text);
	people_alice_writes(p, &sealed);
	people_load(&far, &p->team, &p->alice, NULL);
	people_read_hello(&far, &sealed);
	keyring_close(far.ring);
	buf_free(&sealed);
	free(outer);
	free(ring);
}

static void
a_killed_agent_is_no_verdict(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct decryption d;
	struct buf sealed;
	char *path = xstrdup(agent_socket(p->agent));

	people_alice_writes(p, &sealed);
	people_load(p, &p->team, &p->alice, NULL);
	assert_int_equal(kill(agent_pid(p->agent), SIGKILL), 0);
	assert_int_equal(decrypt(p->ring, sealed.data, sealed.len, PEOPLE_LIMIT,
			     clock_now(NULL), &d, &e),
	    -1);
	assert_int_equal(e.code, ERR_TEMP);
	decryption_free(&d);
	assert_int_equal(keyring_agent(p->ring, &e), -1);
	assert_int_equal(agent_restart(p->agent, &e), 0);
	assert_string_equal(agent_socket(p->agent), path);
	assert_int_equal(keyring_agent(p->ring, &e), 1);
	people_read_hello(p, &sealed);
	buf_free(&sealed);
	free(path);
}

static void
a_stopped_agent_leaves_no_folder(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct agent *agent = NULL;
	char *socket = NULL;
	pid_t pid = 0;

	setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
	assert_int_equal(agent_start(&agent, p->gnupg, &e), 0);
	unsetenv("XDG_RUNTIME_DIR");
	socket = xstrdup(agent_socket(agent));
	pid = agent_pid(agent);
	assert_int_equal(strncmp(socket, "/tmp/", 5), 0);
	agent_stop(agent);
	assert_int_equal(kill(pid, 0), -1);
	*strrchr(socket, '/') = '\0';
	assert_int_equal(access(socket, F_OK), -1);
	assert_int_equal(access(p->gnupg, F_OK), 0);
	free(socket);
}

static void
a_key_of_another_version_is_named(void **state)
{
	/* A v6 public key packet as far as its first fields go. */
	static const unsigned char v6[] = {
	    0xc6, 0x0a, 6, 0x63, 0x87, 0x7f, 0xe3, 0x1b, 0, 0, 0, 0};
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct key *key = NULL;
	size_t count = 0;

	assert_int_equal(
	    keyring_import(p->ring, v6, sizeof(v6), false, &key, &count, &e),
	    -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.text, "OpenPGP v6"));
	assert_int_equal(
	    keyring_import(p->ring, people_text, 5, false, &key, &count, &e),
	    -1);
	assert_int_equal(e.code, ERR_DATA);
}

static void
several_keys_come_with_a_record_each(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct key *key = NULL;
	size_t count = 0;
	struct buf text;
	struct buf sealed;

	buf_init(&text, PEOPLE_LIMIT);
	key_armour(&p->alice, &text);
	key_armour(&p->mallory, &text);
	assert_int_equal(keyring_import(p->ring, text.data, text.len, false,
			     &key, &count, &e),
	    0);
	assert_int_equal(count, 2);
	assert_false(key[0].secret);
	people_load(p, &p->team, &key[0], &key[1], &key[1], NULL);
	people_alice_writes(p, &sealed);
	people_read_hello(p, &sealed);
	for (size_t i = 0; i < count; i++)
		key_free(&key[i]);
	free(key);
	buf_free(&text);
	buf_free(&sealed);
}

static void
an_imported_secret_key_opens_mail(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct key *key = NULL;
	size_t count = 0;
	struct buf in;
	struct buf sealed;
	struct buf secret;
	struct key bob;

	people_key(p, "Bob <bob@csirt.example>", &bob);
	people_hello(&in);
	buf_init(&secret, PEOPLE_LIMIT);
	buf_init(&sealed, PEOPLE_LIMIT);
	people_run(p, NULL, &secret, "--armor", "--export-secret-keys",
	    bob.fingerprint, NULL);
	people_run(p, &in, &sealed, "-r", bob.fingerprint, "-e", NULL);
	assert_int_equal(keyring_import(p->ring, secret.data, secret.len, false,
			     &key, &count, &e),
	    0);
	people_load(p, key, NULL);
	people_refused(p, &sealed, "not-for-us");
	key_free(key);
	free(key);
	assert_int_equal(keyring_import(p->ring, secret.data, secret.len, true,
			     &key, &count, &e),
	    0);
	assert_true(key->secret);
	people_read_hello(p, &sealed);
	key_free(key);
	free(key);
	key_free(&bob);
	buf_free(&in);
	buf_free(&secret);
	buf_free(&sealed);
}

static void
a_locked_key_fails_at_once(void **state)
{
	static const char who[] = "Locked <locked@csirt.example>";
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct key *key = NULL;
	size_t count = 0;
	struct buf in;
	struct buf sealed;
	struct buf secret;
	int64_t start = 0;

	people_hello(&in);
	buf_init(&secret, PEOPLE_LIMIT);
	buf_init(&sealed, PEOPLE_LIMIT);
	people_run(p, NULL, NULL, "--passphrase", "locked", "--quick-gen-key",
	    who, "future-default", "default", "never", NULL);
	people_run(p, NULL, &secret, "--passphrase", "locked",
	    "--export-secret-keys", who, NULL);
	people_run(p, &in, &sealed, "-r", who, "-e", NULL);
	assert_int_equal(keyring_import(p->ring, secret.data, secret.len, true,
			     &key, &count, &e),
	    0);
	people_load(p, key, NULL);
	start = clock_monotonic_ms();
	people_refused(p, &sealed, "not-for-us");
	assert_true(clock_monotonic_ms() - start < 30000);
	key_free(key);
	free(key);
	buf_free(&in);
	buf_free(&secret);
	buf_free(&sealed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_generated_key_says_what_it_is),
	    cmocka_unit_test(two_agents_serve_two_rings),
	    cmocka_unit_test(a_ring_may_have_a_long_path),
	    cmocka_unit_test(a_killed_agent_is_no_verdict),
	    cmocka_unit_test(a_stopped_agent_leaves_no_folder),
	    cmocka_unit_test(a_key_of_another_version_is_named),
	    cmocka_unit_test(several_keys_come_with_a_record_each),
	    cmocka_unit_test(an_imported_secret_key_opens_mail),
	    cmocka_unit_test(a_locked_key_fails_at_once),
	};

	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
