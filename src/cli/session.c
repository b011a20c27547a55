#include "cli/session.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "cases/duty.h"
#include "cases/service.h"
#include "cases/case.h"
#include "cases/case_json.h"
#include "cases/message.h"
#include "cases/message_json.h"
#include "cases/seen.h"
#include "cli/option.h"
#include "config/config_load.h"
#include "people/contact.h"
#include "people/key.h"
#include "pgp/folder.h"
#include "policy/constituency.h"
#include "store/vault_file.h"
#include "store/vault_kept.h"

int
session_config(struct session *s, struct err *e)
{
	struct strs mistakes = {0};
	char *file;
	int rc;

	if (s->config != NULL)
		return 0;
	file = config_find(s->file);
	rc = config_load(&s->config, file, &mistakes, e);
	if (rc == -1 && mistakes.count > 0) {
		for (size_t i = 0; i < mistakes.count; i++)
			(void)fprintf(
			    stderr, "noroshi: %s\n", mistakes.item[i]);
		e->text[0] = '\0';
	}
	strs_free(&mistakes);
	free(file);
	return rc;
}

int
session_open(struct session *s, struct err *e)
{
	if (session_config(s, e) == -1)
		return -1;
	if (s->db != NULL)
		return 0;
	return db_open(&s->db, s->config->database, false, e);
}

int
session_spool(struct session *s, struct err *e)
{
	if (s->spool != NULL)
		return 0;
	return spool_open(&s->spool, s->config->spool, e);
}

int
session_room(struct session *s, struct err *e)
{
	uint64_t bytes;

	if (s->config->limit_free == 0 ||
	    spool_free_bytes(s->spool, &bytes, e) == -1 ||
	    bytes >= (uint64_t)s->config->limit_free)
		return 0;
	return err_set(e, ERR_TEMP,
	    "the disk is too full: %llu bytes are free, expected limits.free "
	    "= %lld",
	    (unsigned long long)bytes, (long long)s->config->limit_free);
}

int
session_wake(struct session *s, struct err *e)
{
	if (session_spool(s, e) == -1)
		return -1;
	return spool_wake(s->spool, e);
}

/* The team's keys, former ones too, into the ring. */
static int
load_team_keys(struct session *s, struct err *e)
{
	const struct buf **blob;
	struct key *key = NULL;
	size_t count = 0;
	int rc;

	if (key_list(s->db, true, &key, &count, e) == -1)
		return -1;
	blob = xcalloc(count, sizeof(const struct buf *));
	for (size_t i = 0; i < count; i++)
		blob[i] = &key[i].blob;
	rc = keyring_load(s->keyring, blob, count, e);
	for (size_t i = 0; i < count; i++)
		key_free(&key[i]);
	free(key);
	free(blob);
	return rc;
}

int
session_keyring(struct session *s, struct err *e)
{
	const struct config *c = s->config;
	struct keyring_options o = {
	    .deadline = c->gpg_deadline, .memory = c->gpg_memory};
	char *wrapper;
	int rc;

	if (s->keyring != NULL)
		return 0;
	if (s->agent == NULL && agent_start(&s->agent, c->gnupg, e) == -1)
		return -1;
	free(s->ring);
	s->ring = xasprintf("%s/ring-cli-%ld", c->gnupg, (long)getpid());
	folder_remove(s->ring);
	wrapper = xasprintf("%s/noroshi-gpg", c->libexec);
	o.ring = s->ring;
	o.agent_socket = agent_socket(s->agent);
	o.wrapper = wrapper;
	rc = keyring_open(&s->keyring, &o, e);
	free(wrapper);
	if (rc == 0 && s->db != NULL)
		rc = load_team_keys(s, e);
	return rc;
}

/* gpg, where it runs already, is asked: doctor and restore want to know. */
int
session_vault(struct session *s, struct err *e)
{
	const struct config *c = s->config;
	bool keep = s->keyring == NULL;
	int rc = 0;

	if (s->vault != NULL)
		return 0;
	if (keep && c->vault_keep > 0)
		rc = vault_kept_open(&s->vault, s->db, c->gnupg, e);
	else if (keep)
		vault_kept_drop(c->gnupg);
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	if (session_keyring(s, e) == -1 ||
	    vault_file_open(&s->vault, s->db, s->keyring, c->gnupg, e) == -1)
		return -1;
	if (keep)
		vault_kept_put(s->vault, c->gnupg, c->vault_keep);
	return 0;
}

char *
session_user(void)
{
	const struct passwd *pw = getpwuid(geteuid());

	if (pw != NULL)
		return xstrdup(pw->pw_name);
	return xasprintf("%lu", (unsigned long)geteuid());
}

int
session_act(struct session *s, const char *as, struct err *e)
{
	struct contact other;
	int64_t own;

	if (s->user == NULL)
		s->user = session_user();
	own = config_operator(s->config, s->user);
	if (own == 0)
		return err_set(e, ERR_DENIED,
		    "Unix user %s is no operator: \"operators\" in %s names "
		    "them",
		    s->user, s->config->file);
	free(s->actor);
	s->actor =
	    xasprintf("operator:%s (contact %lld)", s->user, (long long)own);
	s->contact = own;
	if (as == NULL)
		return 0;
	if (contact_find(s->db, as, &other, e) == -1)
		return -1;
	s->contact = other.id;
	contact_free(&other);
	free(s->actor);
	s->actor = xasprintf("operator:%s (contact %lld) as contact %lld",
	    s->user, (long long)own, (long long)s->contact);
	return 0;
}

int
session_is_reader(struct session *s, struct err *e)
{
	int64_t own = config_operator(s->config, s->user);
	struct contact c;
	bool is;

	if (contact_get(s->db, own, &c, e) == -1)
		return -1;
	is = contact_may_read(&c);
	contact_free(&c);
	return is ? 0
		  : err_set(e, ERR_DENIED,
			"contact %lld does not read the team's mail: ask a"
			" handler",
			(long long)own);
}

static bool
is_red(const struct message *m)
{
	return m->label != NULL && strcmp(m->label, "RED") == 0;
}

int
session_may_read(
    struct session *s, const struct message *m, bool *may, struct err *e)
{
	struct contact c;
	int64_t own;

	*may = !is_red(m);
	if (*may)
		return 0;
	if (s->user == NULL)
		s->user = session_user();
	own = config_operator(s->config, s->user);
	if (own == 0)
		return 0;
	if (message_is_reader(s->db, m->id, own, may, e) == -1 ||
	    contact_get(s->db, own, &c, e) == -1)
		return -1;
	*may = *may || m->sender_contact == own || strs_has(&c.roles, "poc") ||
	       strs_has(&c.roles, "deputy");
	contact_free(&c);
	return 0;
}

/*
 * Who has opened it is written once for each of them, so that it can be told
 * later (cases/seen.h), and that somebody of the team has seen it. Who is no
 * operator is named by the Unix user alone.
 */
static int
session_opened(struct session *s, const struct message *m, struct err *e)
{
	int64_t own = config_operator(s->config, s->user);
	bool before;

	if (s->actor == NULL && session_act(s, NULL, e) == -1) {
		if (e->code != ERR_DENIED)
			return -1;
		*e = (struct err){0};
		free(s->actor);
		s->actor = xasprintf("user:%s", s->user);
	}
	if (seen_opened(s->db, m->id, s->actor, &before, e) == -1)
		return -1;
	if (before)
		return 0;
	if (db_begin(s->db, e) == -1)
		return -1;
	if (session_audit(s, "message.read", m->id, m->cases, s->contact,
		json_pack("{s:s?}", "label", m->label), e) == 0 &&
	    (own == 0 ||
		duty_seen(s->db, m->id, own, clock_now(NULL), e) == 0) &&
	    db_commit(s->db, e) == 0)
		return 0;
	db_rollback(s->db);
	return -1;
}

int
session_read(struct session *s, const struct message *m, struct err *e)
{
	struct err why = {0};
	bool may;

	if (s->user == NULL)
		s->user = session_user();
	if (!is_red(m)) {
		/* a full disk keeps nobody from what is not RED */
		if (session_opened(s, m, &why) == -1)
			log_warning("who read is not recorded: message=%lld"
				    " error=%s",
			    (long long)m->id, why.text);
		return 0;
	}
	if (session_act(s, NULL, e) == -1 ||
	    session_may_read(s, m, &may, e) == -1)
		return -1;
	if (!may)
		return err_set(e, ERR_DENIED,
		    "message %lld is TLP:RED and contact %lld is no reader of "
		    "it: ask the PoC or a deputy",
		    (long long)m->id, (long long)s->contact);
	if (db_begin(s->db, e) == -1 ||
	    message_reader_add(s->db, m->id, s->contact, e) == -1 ||
	    session_audit(s, "message.read", m->id, m->cases, s->contact,
		json_pack("{s:s}", "label", m->label), e) == -1 ||
	    duty_seen(s->db, m->id, s->contact, clock_now(NULL), e) == -1)
		return -1;
	return db_commit(s->db, e);
}

/* Its terms follow from the configuration too. */
static int
session_service(struct session *s, int64_t id, json_t *one, struct err *e)
{
	struct case_file c;
	json_t *list;
	int rc;

	if (case_get(s->db, NULL, id, &c, e) == -1) {
		json_decref(one);
		return -1;
	}
	rc = service_json(s->db, s->config, &c, clock_now(NULL), &list, e);
	case_free(&c);
	if (rc == -1)
		json_decref(one);
	else
		json_object_set_new(one, "service", list);
	return rc;
}

int
session_message(
    struct session *s, int64_t id, bool with_text, json_t **out, struct err *e)
{
	struct err why = {0};
	struct message m;
	bool may;
	int rc;

	if (message_get(s->db, id, &m, e) == -1)
		return -1;
	rc = session_may_read(s, &m, &may, e);
	if (rc == 0 && with_text)
		rc = session_read(s, &m, e);
	if (rc == 0 && may && m.vault_key != 0) {
		rc = session_vault(s, e);
		/* a destroyed key leaves the record without its text */
		if (rc == 0 &&
		    message_unseal(s->db, s->vault, &m, &why) == -1 &&
		    why.code != ERR_NOINPUT)
			rc = err_set(e, why.code, "%s", why.text);
	}
	if (rc == 0)
		rc = message_json(s->db, &m, with_text, out, e);
	if (rc == 0 && !may)
		json_object_set_new(*out, "withheld", json_true());
	message_free(&m);
	return rc;
}

/* Who takes part from inside the constituency, as it is configured now. */
static void
place_people(const struct session *s, const json_t *people)
{
	json_t *one;
	size_t i;

	json_array_foreach(people, i, one)
	{
		json_object_set_new(one, "constituency",
		    json_boolean(constituency_sender(s->config,
			json_string_value(json_object_get(one, "address")))));
	}
}

int
session_may_title(struct session *s, int64_t cases, bool *may, struct err *e)
{
	struct message m;
	int64_t of;
	int rc;

	*may = true;
	if (case_titled_by(s->db, cases, &of, e) == -1)
		return -1;
	if (of == 0)
		return 0;
	if (message_get(s->db, of, &m, e) == -1)
		return -1;
	rc = session_may_read(s, &m, may, e);
	message_free(&m);
	return rc;
}

int
session_one_case(
    struct session *s, int argc, char **argv, int64_t *id, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct case_file file;
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1 ||
	    option_operands(argc, argv, 1, 1, "the case's id", e) == -1 ||
	    session_open(s, e) == -1 ||
	    case_find(s->db, NULL, argv[optind], &file, e) == -1)
		return -1;
	*id = file.id;
	case_free(&file);
	return 0;
}

int
session_case(struct session *s, int64_t id, json_t **out, struct err *e)
{
	bool may;

	if (case_json(s->db, s->vault, id, out, e) == -1 ||
	    session_service(s, id, *out, e) == -1)
		return -1;
	place_people(s, json_object_get(*out, "participants"));
	if (session_may_title(s, id, &may, e) == -1) {
		json_decref(*out);
		*out = NULL;
		return -1;
	}
	if (!may)
		json_object_set_new(*out, "title", json_string(WITHHELD));
	return 0;
}

int
session_audit(struct session *s, const char *event, int64_t message,
    int64_t cases, int64_t contact, json_t *detail, struct err *e)
{
	const struct audit_entry entry = {.actor = s->actor,
	    .event = event,
	    .message = message,
	    .cases = cases,
	    .contact = contact,
	    .detail = detail};

	return audit_add(s->db, clock_now(NULL), &entry, e);
}

void
session_close(struct session *s)
{
	vault_close(s->vault);
	keyring_close(s->keyring);
	if (s->ring != NULL)
		folder_remove(s->ring);
	agent_stop(s->agent);
	spool_close(s->spool);
	if (s->db != NULL) {
		db_rollback(s->db);
		db_close(s->db);
	}
	config_free(s->config);
	free(s->ring);
	free(s->user);
	free(s->actor);
	output_close(&s->out);
	*s = (struct session){0};
}

int
session_read_fd(int fd, const char *name, struct buf *out, struct err *e)
{
	unsigned char chunk[16384];
	int rc = 0;

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n == -1)
			rc = err_set(e, ERR_TEMP, "%s: %m", name);
		if (n <= 0)
			break;
		buf_put(out, chunk, (size_t)n);
		if (out->over) {
			rc = err_set(
			    e, ERR_DATA, "%s: over %zu bytes", name, out->max);
			break;
		}
	}
	explicit_bzero(chunk, sizeof(chunk));
	return rc;
}

int
session_read_file(const char *path, struct buf *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int rc;

	if (fd == -1)
		return err_set(e, ERR_NOINPUT, "%s: %m", path);
	rc = session_read_fd(fd, path, out, e);
	(void)close(fd);
	return rc;
}
