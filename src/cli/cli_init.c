/* noroshi init: a gateway in a folder, ready to run. */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/keys.h"
#include "cli/option.h"
#include "config/config_check.h"
#include "config/config_load.h"
#include "config/config_template.h"
#include "people/contact.h"
#include "people/key.h"
#include "pgp/folder.h"
#include "store/vault_file.h"

#define NAME_MAX_BYTES 200 /* of a team's name */

struct init {
	const char *folder; /* as it was asked for */
	const char *team;
	const char *address;
	const char *key_file; /* or NULL */
	const char *operator_name; /* or NULL */
	const char *operator_address;
	bool existed; /* the folder was there, empty */
	char *path; /* absolute */
	char *revocation; /* the new key's certificate, or NULL */
	char prefix[3];
	int64_t contact;
	struct keys keys; /* the team's key */
};

/* --operator takes two words: its second is the next one. */
static int
init_operator(struct init *i, int argc, char **argv, struct err *e)
{
	i->operator_name = optarg;
	if (optind >= argc || strncmp(argv[optind], "--", 2) == 0)
		return err_set(
		    e, ERR_USAGE, "--operator wants a name and an address");
	i->operator_address = argv[optind++];
	return 0;
}

static int
init_options(struct init *i, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"team", required_argument, NULL, 't'},
	    {"address", required_argument, NULL, 'a'},
	    {"key", required_argument, NULL, 'k'},
	    {"operator", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 't')
			i->team = optarg;
		else if (c == 'a')
			i->address = optarg;
		else if (c == 'k')
			i->key_file = optarg;
		else if (init_operator(i, argc, argv, e) == -1)
			return -1;
	}
	if (c == -1 || option_operands(argc, argv, 1, 1, "a folder", e) == -1)
		return -1;
	i->folder = argv[optind];
	if (i->team == NULL)
		return err_set(e, ERR_USAGE, "--team is missing");
	if (i->address == NULL)
		return err_set(e, ERR_USAGE, "--address is missing");
	return 0;
}

static bool
is_line(const char *text)
{
	struct buf safe;
	bool same;

	buf_init(&safe, 4 * NAME_MAX_BYTES);
	same = *text != '\0' && strlen(text) <= NAME_MAX_BYTES &&
	       !utf8_put_line(&safe, text, strlen(text)) &&
	       strcmp(buf_str(&safe), text) == 0;
	buf_free(&safe);
	return same;
}

static int
init_check(const struct init *i, struct err *e)
{
	char *fold;

	/* in a user id these would end the name */
	if (!is_line(i->team) || strpbrk(i->team, "<>") != NULL)
		return err_set(e, ERR_USAGE,
		    "--team: one line up to %d bytes without <> expected",
		    NAME_MAX_BYTES);
	if (!config_is_address(i->address))
		return err_set(e, ERR_USAGE,
		    "--address: %s is not local@domain", i->address);
	if (i->operator_name == NULL)
		return 0;
	if (!is_line(i->operator_name))
		return err_set(
		    e, ERR_USAGE, "--operator: a name of one line expected");
	fold = contact_address_fold(i->operator_address);
	if (fold == NULL)
		return err_set(e, ERR_USAGE, "--operator: %s is no address",
		    i->operator_address);
	free(fold);
	return 0;
}

/* The first two letters of the name's first word: "EX"; else "CS". */
static void
init_prefix(struct init *i)
{
	const char *p = i->team;
	size_t n = 0;

	for (; *p != '\0' && *p != ' ' && n < 2; p++) {
		if (*p >= 'a' && *p <= 'z')
			i->prefix[n++] = (char)(*p - 'a' + 'A');
		else if (*p >= 'A' && *p <= 'Z')
			i->prefix[n++] = *p;
	}
	if (n < 2)
		memcpy(i->prefix, "CS", sizeof("CS"));
}

static int
folder_is_empty(const char *path, struct err *e)
{
	const struct dirent *entry;
	DIR *d = opendir(path);
	bool empty = true;

	if (d == NULL)
		return err_set(e, ERR_DATA, "%s: %m", path);
	while ((entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			empty = false;
	(void)closedir(d);
	if (!empty)
		return err_set(e, ERR_DATA,
		    "%s is not empty: a gateway wants a folder of its own",
		    path);
	return 0;
}

static int
init_folder(struct init *i, struct err *e)
{
	char path[PATH_MAX];

	if (mkdir(i->folder, 0700) == -1) {
		if (errno != EEXIST)
			return err_set(e, ERR_NOINPUT, "%s: %m", i->folder);
		if (folder_is_empty(i->folder, e) == -1)
			return -1;
		i->existed = true;
		if (chmod(i->folder, 0700) == -1)
			return err_set(e, ERR_DATA, "%s: %m", i->folder);
	}
	if (realpath(i->folder, path) == NULL)
		return err_set(e, ERR_TEMP, "%s: %m", i->folder);
	i->path = xstrdup(path);
	return 0;
}

static int
init_folders(const struct init *i, struct err *e)
{
	static const char *const names[] = {"gnupg", "gnupg/private-keys-v1.d",
	    "inbox", "inbox/tmp", "inbox/new", "inbox/cur", "outbox",
	    "outbox/tmp", "outbox/new", "outbox/cur"};

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		char *path = xasprintf("%s/%s", i->path, names[n]);
		int rc = mkdir(path, 0700);

		if (rc == -1)
			err_set(e, ERR_TEMP, "%s: %m", path);
		free(path);
		if (rc == -1)
			return -1;
	}
	return 0;
}

/* Takes text. */
static int
init_write(const struct init *i, const char *name, char *text, struct err *e)
{
	size_t len = strlen(text);
	struct buf b;
	int rc;

	buf_init(&b, len);
	buf_put(&b, text, len);
	free(text);
	rc = folder_write(i->path, name, &b, e);
	buf_free(&b);
	return rc;
}

/* Writes noroshi.conf from what is known by now, and reads it as all will. */
static int
init_config(struct session *s, const struct init *i, struct err *e)
{
	char *user = session_user();
	char *file = xasprintf("%s/noroshi.conf", i->path);
	struct config_template t = {.team_name = i->team,
	    .team_address = i->address,
	    .case_prefix = i->prefix,
	    .operator_user = i->contact == 0 ? NULL : user,
	    .operator_contact = i->contact};
	int rc;

	if (i->keys.count > 0)
		t.team_key = i->keys.key[0].fingerprint;
	rc = init_write(i, "noroshi.conf", config_template(&t), e);
	if (rc == 0) {
		config_free(s->config);
		s->config = NULL;
		rc = config_load(&s->config, file, NULL, e);
	}
	free(user);
	free(file);
	return rc;
}

static int
init_key_check(const struct init *i, const struct key *k, struct err *e)
{
	unsigned problems = key_problems(k, clock_now(NULL));

	if (!k->secret)
		return err_set(e, ERR_DATA,
		    "%s: has no secret half, and the team needs it",
		    i->key_file);
	if ((problems & ~(unsigned)KEY_EXPIRING) != 0)
		return err_set(e, ERR_DATA,
		    "%s: key %s is %s and can be no team key", i->key_file,
		    k->fingerprint,
		    (problems & KEY_REVOKED) != 0   ? "revoked"
		    : (problems & KEY_EXPIRED) != 0 ? "expired"
		    : (problems & KEY_WEAK) != 0    ? "weak"
						    : "not for encryption");
	return 0;
}

/* The team's key: made, or brought; loaded afterwards. */
static int
init_key(struct session *s, struct init *i, struct err *e)
{
	const struct buf *blob;

	if (session_keyring(s, e) == -1)
		return -1;
	if (i->key_file == NULL) {
		i->keys.key = xcalloc(1, sizeof(*i->keys.key));
		if (keyring_generate(
			s->keyring, i->team, i->address, i->keys.key, e) == -1)
			return -1;
		i->keys.count = 1;
	} else if (keys_read(s, i->key_file, true, &i->keys, e) == -1) {
		return -1;
	}
	if (i->keys.count != 1)
		return err_set(e, ERR_DATA, "%s: holds %zu keys, expected one",
		    i->key_file, i->keys.count);
	if (i->key_file != NULL && init_key_check(i, &i->keys.key[0], e) == -1)
		return -1;
	blob = &i->keys.key[0].blob;
	return keyring_load(s->keyring, &blob, 1, e);
}

/* Made with the key, proven by opening it again. */
static int
init_vault(struct session *s, const struct init *i, struct err *e)
{
	if (vault_file_create(s->keyring, i->keys.key[0].fingerprint,
		s->config->gnupg, e) == -1)
		return -1;
	if (vault_file_open(
		&s->vault, s->db, s->keyring, s->config->gnupg, e) == 0)
		return 0;
	if (i->key_file != NULL)
		return err_in(e, "%s: the key cannot decrypt (a passphrase?)",
		    i->key_file);
	return -1;
}

static int
init_people(struct session *s, struct init *i, struct err *e)
{
	struct contact c = {.class = CLASS_STAFF};
	int64_t now = clock_now(NULL);
	bool fresh;
	int rc;

	c.name =
	    xstrdup(i->operator_name == NULL ? "operator" : i->operator_name);
	if (i->operator_address != NULL)
		strs_add(&c.addresses, i->operator_address);
	strs_add(&c.roles, "poc");
	rc = contact_add(s->db, now, &c, &i->contact, e);
	contact_free(&c);
	if (rc == -1)
		return -1;
	return key_store(s->db, now, &i->keys.key[0], true, &fresh, e);
}

static int
init_database(struct session *s, struct init *i, struct err *e)
{
	char *user = session_user();
	int rc = -1;

	if (db_begin(s->db, e) == 0 && init_people(s, i, e) == 0) {
		s->actor = xasprintf(
		    "operator:%s (contact %lld)", user, (long long)i->contact);
		rc = session_audit(s, "gateway.created", 0, 0, i->contact,
		    json_pack("{s:s}", "key", i->keys.key[0].fingerprint), e);
	}
	free(user);
	return rc == 0 ? db_commit(s->db, e) : -1;
}

/* gpg left the certificate in the ring, which will go. */
static int
init_revocation(struct session *s, struct init *i, struct err *e)
{
	const char *fingerprint = i->keys.key[0].fingerprint;
	char *folder, *from;
	int rc = 0;

	if (i->key_file != NULL)
		return 0;
	folder = xasprintf("%s/openpgp-revocs.d", s->config->gnupg);
	from = xasprintf("%s/openpgp-revocs.d/%s.rev", s->ring, fingerprint);
	i->revocation = xasprintf("%s/%s.rev", folder, fingerprint);
	if (mkdir(folder, 0700) == -1 || rename(from, i->revocation) == -1)
		rc = err_set(e, ERR_TEMP, "%s: %m", i->revocation);
	free(folder);
	free(from);
	return rc;
}

static int
init_make(struct session *s, struct init *i, struct err *e)
{
	if (init_folders(i, e) == -1 ||
	    init_write(i, "rules.conf", config_template_rules(), e) == -1 ||
	    init_write(i, "deadlines.conf", config_template_deadlines(), e) ==
		-1 ||
	    init_config(s, i, e) == -1 || session_spool(s, e) == -1 ||
	    init_key(s, i, e) == -1 ||
	    db_open(&s->db, s->config->database, true, e) == -1 ||
	    init_vault(s, i, e) == -1 || init_database(s, i, e) == -1 ||
	    init_revocation(s, i, e) == -1)
		return -1;
	return init_config(s, i, e);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	/* the folder itself stays where it was there before */
	if (at->level > 0)
		(void)remove(path);
	return 0;
}

/* All that was made goes: the folder was new or empty. */
static void
init_undo(struct session *s, const struct init *i)
{
	bool json = s->out.json;

	session_close(s);
	output_open(&s->out, STDOUT_FILENO);
	s->out.json = json;
	if (i->path == NULL)
		return;
	(void)nftw(i->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (!i->existed)
		(void)rmdir(i->path);
}

static void
init_say(struct session *s, const struct init *i)
{
	struct output *o = &s->out;

	output_put(o, "The gateway of ");
	output_line(o, i->team);
	output_put(o, " is in %s\n\n", i->path);
	output_put(o,
	    "  noroshi.conf  settings; cases are called %s-YEAR-NUMBER\n"
	    "  rules.conf    triage rules\n"
	    "  deadlines.conf  what the law wants told until when\n"
	    "  gnupg/        the team's key %s\n"
	    "  noroshi.db    what is known: messages, cases, contacts\n"
	    "  spool/        the bytes of messages, as they came and as they "
	    "leave\n"
	    "  inbox/        Maildir: what is dropped here is taken in\n"
	    "  outbox/       Maildir: what leaves is left here\n\n",
	    i->prefix, i->keys.key[0].fingerprint);
	if (i->revocation != NULL)
		output_put(o,
		    "The key's revocation certificate is %s\n"
		    "Keep it offline and not here: who has it can end the "
		    "key.\n\n",
		    i->revocation);
	output_put(o,
	    "Next:\n"
	    "  noroshi -c %s/noroshi.conf key export > team.asc\n"
	    "  noroshi -c %s/noroshi.conf receive < MESSAGE\n"
	    "  noroshid -c %s/noroshi.conf --once\n",
	    i->path, i->path, i->path);
}

int
cli_init(struct session *s, int argc, char **argv, struct err *e)
{
	struct init i = {0};
	int rc = -1;

	if (init_options(&i, argc, argv, e) == -1 || init_check(&i, e) == -1)
		return -1;
	init_prefix(&i);
	if (init_folder(&i, e) == 0) {
		rc = init_make(s, &i, e);
		if (rc == 0)
			init_say(s, &i);
		else
			init_undo(s, &i);
	}
	keys_free(&i.keys);
	free(i.path);
	free(i.revocation);
	return rc;
}
