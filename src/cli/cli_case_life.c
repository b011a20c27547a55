/* noroshi case: who works on it, how it is called, what it still owes. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cases/duty.h"
#include "cases/message.h"
#include "cases/ownership.h"
#include "cases/service.h"
#include "cli/case_act.h"
#include "cli/command.h"
#include "cli/option.h"
#include "people/contact.h"

#define LIFE_TAG_MAX 64 /* bytes of a tag */

struct life {
	const char *as;
	const char *note; /* or the reason */
	bool nobody; /* --none */
	bool claim;
	int64_t owner; /* to be */
	struct case_file file;
};

/* Options that a command here knows, by their letters. */
static int
life_options(struct session *s, int argc, char **argv, const char *known,
    struct life *l, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'},
	    {"note", required_argument, NULL, 'n'},
	    {"reason", required_argument, NULL, 'r'},
	    {"none", no_argument, NULL, '0'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c != 'a' && c != 'j' && strchr(known, c) == NULL)
			return err_set(e, ERR_USAGE,
			    "an option that is none here (--help names them)");
		if (c == 'a')
			l->as = optarg;
		else if (c == 'j')
			s->out.json = true;
		else if (c == '0')
			l->nobody = true;
		else
			l->note = optarg;
	}
	return c == -1 ? -1 : case_act_note(l->note, e);
}

/* Commits, and lets the queue see what is due now. */
static int
life_end(
    struct session *s, const struct life *l, const char *done, struct err *e)
{
	if (service_refresh(s->db, s->config, l->file.id, clock_now(NULL), e) ==
		-1 ||
	    db_commit(s->db, e) == -1 || session_wake(s, e) == -1)
		return -1;
	return case_act_say(s, l->file.id, l->file.name, done, e);
}

/* --- the owner -------------------------------------------------------------
 */

static int
owner_find(struct session *s, const char *who, int64_t *id, struct err *e)
{
	struct contact c;
	bool staff;

	if (contact_find(s->db, who, &c, e) == -1)
		return -1;
	*id = c.id;
	staff = c.class == CLASS_STAFF;
	contact_free(&c);
	return staff ? 0
		     : err_set(e, ERR_DATA,
			   "%s: only one of the team can own a case", who);
}

static int
owner_refuse(
    struct session *s, const struct life *l, enum ownership may, struct err *e)
{
	struct contact c;
	int rc;

	if (may == OWNERSHIP_NOTE)
		return err_set(e, ERR_DENIED,
		    "%s: a hand-over says in a --note how things stand",
		    l->file.name);
	if (contact_get(s->db, l->file.owner, &c, e) == -1)
		return -1;
	rc = err_set(e, ERR_DENIED,
	    "%s was claimed before, by %s (contact %lld); to take it over:"
	    " case assign with a --note",
	    l->file.name, c.name, (long long)c.id);
	contact_free(&c);
	return rc;
}

static int
owner_write(struct session *s, struct life *l, struct err *e)
{
	int64_t now = clock_now(NULL), was = l->file.owner;
	enum ownership may =
	    ownership_may(&l->file, l->owner, l->claim, l->note != NULL);

	if (may == OWNERSHIP_TAKEN || may == OWNERSHIP_NOTE)
		return owner_refuse(s, l, may, e);
	if (l->note != NULL && case_note_add(s->db, s->vault, now, l->file.id,
				   s->contact, l->note, e) == -1)
		return -1;
	if (may == OWNERSHIP_SAME)
		return 0;
	if (ownership_set(s->db, &l->file, l->owner, s->contact, now, e) == -1)
		return -1;
	return session_audit(s, l->claim ? "case.claimed" : "case.assigned", 0,
	    l->file.id, s->contact,
	    json_pack("{s:I, s:I, s:b}", "from", (json_int_t)was, "to",
		(json_int_t)l->owner, "note", (int)(l->note != NULL)),
	    e);
}

int
cli_case_assign(struct session *s, int argc, char **argv, struct err *e)
{
	struct life l = {0};
	int rc = -1;

	if (life_options(s, argc, argv, "n0", &l, e) == -1 ||
	    option_operands(argc, argv, l.nobody ? 1 : 2, l.nobody ? 1 : 2,
		l.nobody ? "the case's id" : "the case's id or the contact",
		e) == -1)
		return -1;
	if (case_act_begin(s, l.as, argv[optind], &l.file, e) == 0 &&
	    (l.nobody || owner_find(s, argv[optind + 1], &l.owner, e) == 0) &&
	    owner_write(s, &l, e) == 0)
		rc = life_end(
		    s, &l, l.nobody ? " has no owner" : " has its owner", e);
	case_free(&l.file);
	return rc;
}

int
cli_case_claim(struct session *s, int argc, char **argv, struct err *e)
{
	struct life l = {.claim = true};
	int rc = -1;

	if (life_options(s, argc, argv, "n", &l, e) == -1 ||
	    option_operands(argc, argv, 1, 1, "the case's id", e) == -1)
		return -1;
	if (case_act_begin(s, l.as, argv[optind], &l.file, e) == 0) {
		l.owner = s->contact;
		if (owner_write(s, &l, e) == 0)
			rc = life_end(s, &l, " is yours", e);
	}
	case_free(&l.file);
	return rc;
}

/* --- tags ------------------------------------------------------------------
 */

static int
tag_check(const char *tag, struct err *e)
{
	size_t len = strlen(tag);

	/* More hangs on it than a word. */
	if (strcmp(tag, CASE_APT) == 0)
		return err_set(e, ERR_USAGE,
		    CASE_APT " is set by noroshi case set --" CASE_APT
			     ", and taken back by --no-" CASE_APT);
	if (len >= 1 && len <= LIFE_TAG_MAX && utf8_is(tag, len) &&
	    strpbrk(tag, " \t\r\n,") == NULL && tag[0] != '-')
		for (size_t i = 0; i < len; i++) {
			if ((unsigned char)tag[i] < 0x20 || tag[i] == 0x7f)
				break;
			if (i + 1 == len)
				return 0;
		}
	return err_set(e, ERR_DATA,
	    "a tag is one word of up to %d bytes, without a comma",
	    LIFE_TAG_MAX);
}

static int
tag_write(struct session *s, const struct life *l, bool removes, char **tag,
    int count, struct err *e)
{
	json_t *list = json_array();

	for (int i = 0; i < count; i++) {
		if ((removes ? case_tag_remove(s->db, l->file.id, tag[i], e)
			     : case_tag_add(s->db, l->file.id, tag[i], e)) ==
		    -1) {
			json_decref(list);
			return -1;
		}
		json_array_append_new(list, json_string(tag[i]));
	}
	return session_audit(s, "case.tagged", 0, l->file.id, s->contact,
	    json_pack(
		"{s:s, s:o}", "act", removes ? "remove" : "add", "tags", list),
	    e);
}

int
cli_case_tag(struct session *s, int argc, char **argv, struct err *e)
{
	struct life l = {0};
	bool removes;
	int rc = -1;

	if (life_options(s, argc, argv, "", &l, e) == -1 ||
	    option_operands(argc, argv, 3, argc,
		"add or remove, the case's id, or the tag", e) == -1)
		return -1;
	removes = strcmp(argv[optind], "remove") == 0;
	if (!removes && strcmp(argv[optind], "add") != 0)
		return err_set(e, ERR_USAGE, "\"%s\": add or remove expected",
		    argv[optind]);
	for (int i = optind + 2; i < argc; i++)
		if (tag_check(argv[i], e) == -1)
			return -1;
	if (case_act_begin(s, l.as, argv[optind + 1], &l.file, e) == 0 &&
	    tag_write(
		s, &l, removes, argv + optind + 2, argc - optind - 2, e) == 0)
		rc = life_end(s, &l, " has its tags", e);
	case_free(&l.file);
	return rc;
}

/* --- what it owes ----------------------------------------------------------
 */

static int
settle_write(struct session *s, struct life *l, const char *word, struct err *e)
{
	int64_t now = clock_now(NULL), id, since;
	struct message m;
	bool here, may;
	int rc;

	if (option_id(word, "message", &id, e) == -1 ||
	    message_get(s->db, id, &m, e) == -1)
		return -1;
	here = m.cases == l->file.id;
	rc = session_may_read(s, &m, &may, e);
	message_free(&m);
	if (rc == -1)
		return -1;
	if (!here)
		return err_set(e, ERR_DATA, "message %lld is not of %s",
		    (long long)id, l->file.name);
	if (!may)
		return err_set(e, ERR_DENIED,
		    "message %lld is TLP:RED, and you are no reader of it",
		    (long long)id);
	if (duty_settle(s->db, id, s->contact, now, e) == -1)
		return -1;
	if (db_changed(s->db) == 0)
		return err_set(e, ERR_DATA,
		    "message %lld: nobody waits for an answer to it",
		    (long long)id);
	if (case_note_add(s->db, s->vault, now, l->file.id, s->contact, l->note,
		e) == -1 ||
	    duty_seen(s->db, id, s->contact, now, e) == -1 ||
	    duty_owes(s->db, l->file.id, &since, e) == -1)
		return -1;
	l->file.owed = since != 0;
	if (case_update(s->db, &l->file, e) == -1)
		return -1;
	return session_audit(
	    s, "message.settled", id, l->file.id, s->contact, NULL, e);
}

int
cli_case_settle(struct session *s, int argc, char **argv, struct err *e)
{
	struct life l = {0};
	int rc = -1;

	if (life_options(s, argc, argv, "r", &l, e) == -1 ||
	    option_operands(
		argc, argv, 2, 2, "the case's id or the message", e) == -1)
		return -1;
	if (l.note == NULL)
		return err_set(e, ERR_USAGE, "--reason is missing");
	if (case_act_begin(s, l.as, argv[optind], &l.file, e) == 0 &&
	    settle_write(s, &l, argv[optind + 1], e) == 0)
		rc = life_end(s, &l, " has that settled", e);
	case_free(&l.file);
	return rc;
}

/* --- it waits for somebody else --------------------------------------------
 */

static int
wait_write(struct session *s, struct life *l, struct err *e)
{
	if (strcmp(l->file.state, "closed") == 0)
		return err_set(e, ERR_DATA,
		    "%s is closed: case reopen opens it again", l->file.name);
	free(l->file.state);
	l->file.state = xstrdup("waiting");
	if ((l->note != NULL &&
		case_note_add(s->db, s->vault, clock_now(NULL), l->file.id,
		    s->contact, l->note, e) == -1) ||
	    duty_seen_case(s->db, l->file.id, s->contact, clock_now(NULL), e) ==
		-1 ||
	    case_update(s->db, &l->file, e) == -1)
		return -1;
	return session_audit(
	    s, "case.waiting", 0, l->file.id, s->contact, NULL, e);
}

int
cli_case_wait(struct session *s, int argc, char **argv, struct err *e)
{
	struct life l = {0};
	int rc = -1;

	if (life_options(s, argc, argv, "n", &l, e) == -1 ||
	    option_operands(argc, argv, 1, 1, "the case's id", e) == -1)
		return -1;
	if (case_act_begin(s, l.as, argv[optind], &l.file, e) == 0 &&
	    wait_write(s, &l, e) == 0)
		rc = life_end(s, &l, " waits for somebody outside", e);
	case_free(&l.file);
	return rc;
}
