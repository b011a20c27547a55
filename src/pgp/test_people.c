#include "pgp/test_people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/test_folder.h"
#include "pgp/folder.h"

#define WORDS_MAX 40

const char people_text[] = "Hello, team.\n";

const char *
people_wrapper(void)
{
	const char *path = getenv("NOROSHI_GPG");

	return path == NULL ? "./noroshi-gpg" : path;
}

static int
run(char *const *argv, const char *in, const char *out)
{
	int status = 0;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		int i = open(in, O_RDONLY);
		int o = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		int n = open("/dev/null", O_WRONLY);

		if (dup2(i, 0) == -1 || dup2(o, 1) == -1 || dup2(n, 2) == -1)
			_exit(126);
		execvp(argv[0], argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
people_gpg(const char *home, const struct buf *in, struct buf *out,
    const char *const *args)
{
	char *argv[WORDS_MAX] = {xstrdup("gpg"), xstrdup("--homedir"),
	    xstrdup(home), xstrdup("--batch"), xstrdup("--quiet"),
	    xstrdup("--yes"), xstrdup("--trust-model"), xstrdup("always"),
	    xstrdup("--pinentry-mode"), xstrdup("loopback"),
	    xstrdup("--passphrase"), xstrdup("")};
	char *in_path = xasprintf("%s/test.in", home);
	char *out_path = xasprintf("%s/test.out", home);
	struct err e = {ERR_NONE, ""};
	int n = 12;
	int rc = 0;

	for (size_t i = 0; args[i] != NULL; i++) {
		assert_true(n < WORDS_MAX - 1);
		argv[n++] = xstrdup(args[i]);
	}
	if (in != NULL)
		assert_int_equal(folder_write(home, "test.in", in, &e), 0);
	rc = run(argv, in == NULL ? "/dev/null" : in_path, out_path);
	if (out != NULL)
		assert_int_equal(folder_read(home, "test.out", out, &e), 0);
	for (int i = 0; i < n; i++)
		free(argv[i]);
	free(in_path);
	free(out_path);
	return rc;
}

void
people_run(struct people *p, const struct buf *in, struct buf *out, ...)
{
	const char *args[WORDS_MAX] = {NULL};
	va_list ap;
	size_t n = 0;

	va_start(ap, out);
	while (
	    n < WORDS_MAX - 1 && (args[n] = va_arg(ap, const char *)) != NULL)
		n++;
	va_end(ap);
	assert_int_equal(people_gpg(p->home, in, out, args), 0);
}

void
people_reread(struct people *p, const char *who, struct key *out)
{
	struct err e = {ERR_NONE, ""};
	struct key *key = NULL;
	struct buf text;
	size_t count = 0;

	buf_init(&text, KEY_MATERIAL_MAX);
	people_run(p, NULL, &text, "--armor", "--export", who, NULL);
	if (keyring_import(
		p->ring, text.data, text.len, false, &key, &count, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(count, 1);
	*out = key[0];
	free(key);
	buf_free(&text);
}

void
people_key(struct people *p, const char *user_id, struct key *out)
{
	people_run(p, NULL, NULL, "--quick-gen-key", user_id, "future-default",
	    "default", "never", NULL);
	people_reread(p, user_id, out);
}

void
people_load(struct people *p, ...)
{
	const struct buf *blob[16];
	const struct key *key = NULL;
	struct err e = {ERR_NONE, ""};
	va_list ap;
	size_t n = 0;

	va_start(ap, p);
	while (n < 16 && (key = va_arg(ap, const struct key *)) != NULL)
		blob[n++] = &key->blob;
	va_end(ap);
	if (keyring_load(p->ring, blob, n, &e) == -1)
		fail_msg("%s", e.text);
}

static void
give_team_key(struct people *p)
{
	struct buf text;

	buf_init(&text, KEY_MATERIAL_MAX);
	key_armour(&p->team, &text);
	people_run(p, &text, NULL, "--import", NULL);
	buf_free(&text);
}

void
people_open(struct people *p)
{
	struct err e = {ERR_NONE, ""};
	struct keyring_options o = {.deadline = 60, .memory = 1LL << 30};
	char *ring = NULL;

	memset(p, 0, sizeof(*p));
	p->folder = test_folder_make();
	p->gnupg = xasprintf("%s/gnupg", p->folder);
	p->home = xasprintf("%s/home", p->folder);
	ring = xasprintf("%s/ring", p->folder);
	assert_int_equal(mkdir(p->gnupg, 0700), 0);
	assert_int_equal(mkdir(p->home, 0700), 0);
	if (agent_start(&p->agent, p->gnupg, &e) == -1)
		fail_msg("%s", e.text);
	o.ring = ring;
	o.agent_socket = agent_socket(p->agent);
	o.wrapper = people_wrapper();
	if (keyring_open(&p->ring, &o, &e) == -1)
		fail_msg("%s", e.text);
	if (keyring_generate(
		p->ring, "Team", "team@csirt.example", &p->team, &e) == -1)
		fail_msg("%s", e.text);
	people_key(p, "Alice <alice@partner.example>", &p->alice);
	people_key(p, "Mallory <mallory@evil.example>", &p->mallory);
	give_team_key(p);
	free(ring);
}

void
people_end_agent(const char *home)
{
	char *argv[] = {xstrdup("gpgconf"), xstrdup("--homedir"), xstrdup(home),
	    xstrdup("--kill"), xstrdup("all"), NULL};

	run(argv, "/dev/null", "/dev/null");
	for (int i = 0; argv[i] != NULL; i++)
		free(argv[i]);
}

void
people_close(struct people *p)
{
	people_end_agent(p->home);
	keyring_close(p->ring);
	agent_stop(p->agent);
	key_free(&p->team);
	key_free(&p->alice);
	key_free(&p->mallory);
	/* an agent that ends takes its sockets away meanwhile */
	(void)test_folder_remove(p->folder);
	free(p->gnupg);
	free(p->home);
}

void
people_hello(struct buf *b)
{
	buf_init(b, PEOPLE_LIMIT);
	buf_puts(b, people_text);
}

void
people_decrypt(struct people *p, const struct buf *b, struct decryption *d)
{
	struct err e = {ERR_NONE, ""};

	if (decrypt(p->ring, b->data, b->len, PEOPLE_LIMIT, clock_now(NULL), d,
		&e) == -1)
		fail_msg("%s", e.text);
}

void
people_refused(struct people *p, const struct buf *b, const char *word)
{
	struct decryption d;

	people_decrypt(p, b, &d);
	assert_false(d.sound);
	assert_string_equal(d.word, word);
	assert_int_not_equal(d.why[0], '\0');
	assert_int_equal(d.plain.len, 0);
	assert_int_equal(d.signatures.count, 0);
	decryption_free(&d);
}

void
people_read_hello(struct people *p, const struct buf *b)
{
	struct decryption d;

	people_decrypt(p, b, &d);
	if (!d.sound)
		fail_msg("%s", d.why);
	assert_string_equal(buf_str(&d.plain), people_text);
	decryption_free(&d);
}

void
people_alice_writes(struct people *p, struct buf *out)
{
	struct buf in;

	people_hello(&in);
	buf_init(out, PEOPLE_LIMIT);
	people_run(p, &in, out, "-u", p->alice.fingerprint, "-r",
	    p->team.fingerprint, "-s", "-e", NULL);
	buf_free(&in);
}

int
people_setup(void **state)
{
	struct people *p = xcalloc(1, sizeof(*p));

	people_open(p);
	*state = p;
	return 0;
}

int
people_teardown(void **state)
{
	people_close(*state);
	free(*state);
	return 0;
}
