/* noroshi case: what people do to a case by hand. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cases/case.h"
#include "cases/duty.h"
#include "cases/service.h"
#include "cli/case_act.h"
#include "cases/closing.h"
#include "cases/regroup.h"
#include "cli/command.h"
#include "cli/option.h"
#include "people/contact.h"
#include "policy/classify.h"

#define NOTE_MAX (1U << 20) /* bytes of one note */
#define TITLE_MAX 1000 /* bytes of a title */

/* What an act on a case was asked with. */
struct act {
	const char *as;
	const char *title;
	const char *note; /* or the reason for closing */
	const char *priority;
	const char *category;
	const char *caller; /* of a telephone call, or NULL */
	bool from_phone;
	struct buf text; /* of a note from standard input */
};

/* Where note is "-" or absent, the text comes from standard input. */
static int
act_read_note(struct act *a, struct err *e)
{
	if (session_read_fd(STDIN_FILENO, "standard input", &a->text, e) == -1)
		return -1;
	if (strlen(buf_str(&a->text)) != a->text.len)
		return err_set(e, ERR_DATA, "a note has a NUL in it");
	/* the end of its last line is no part of it */
	while (a->text.len > 0 && a->text.data[a->text.len - 1] == '\n')
		a->text.data[--a->text.len] = '\0';
	a->note = buf_str(&a->text);
	return 0;
}

int
case_act_note(const char *note, struct err *e)
{
	if (note == NULL)
		return 0;
	if (strlen(note) > NOTE_MAX)
		return err_set(e, ERR_DATA, "a note over %u bytes", NOTE_MAX);
	if (note[strspn(note, " \t\r\n")] == '\0')
		return err_set(e, ERR_DATA, "a note without words");
	if (!utf8_is(note, strlen(note)))
		return err_set(e, ERR_DATA, "a note that is not UTF-8");
	return 0;
}

int
case_act_say(struct session *s, int64_t id, const char *name, const char *done,
    struct err *e)
{
	json_t *one;

	if (!s->out.json) {
		output_put(&s->out, "%s%s\n", name, done);
		return 0;
	}
	if (session_case(s, id, &one, e) == -1)
		return -1;
	return output_json(&s->out, one, e);
}

static int
new_check(const struct act *a, struct err *e)
{
	static const char *const priorities[] = {
	    "low", "normal", "high", "critical", NULL};

	if (a->title == NULL)
		return err_set(e, ERR_USAGE, "--title is missing");
	if (a->title[strspn(a->title, " \t")] == '\0' ||
	    strlen(a->title) > TITLE_MAX ||
	    !utf8_is(a->title, strlen(a->title)))
		return err_set(e, ERR_DATA,
		    "--title: 1 to %d bytes of UTF-8 expected", TITLE_MAX);
	if (a->caller != NULL && !a->from_phone)
		return err_set(
		    e, ERR_USAGE, "--caller is for a call: --from-phone");
	if (a->caller != NULL && (strlen(a->caller) > TITLE_MAX ||
				     !utf8_is(a->caller, strlen(a->caller))))
		return err_set(e, ERR_DATA,
		    "--caller: up to %d bytes of UTF-8 expected", TITLE_MAX);
	if (option_word(a->priority, priorities, "priority", e) == -1)
		return -1;
	if (a->category != NULL && !category_is_known(a->category))
		return err_set(e, ERR_USAGE,
		    "%s is no category (--help names them)", a->category);
	return case_act_note(a->note, e);
}

/* A call is kept as the first note: when, who called, who took it, and what. */
static int
new_call(struct session *s, const struct act *a, int64_t id, int64_t now,
    struct err *e)
{
	char time[CLOCK_RFC3339];
	struct contact taker;
	struct buf text;
	int rc;

	if (contact_get(s->db, s->contact, &taker, e) == -1)
		return -1;
	buf_init_secret(&text, NOTE_MAX + 16 * TITLE_MAX);
	buf_putf(&text,
	    "Telephone call\nAt: %s\nCaller: ", clock_rfc3339(now, time));
	if (a->caller == NULL)
		buf_puts(&text, "not named");
	else
		(void)utf8_put_line(&text, a->caller, strlen(a->caller));
	buf_puts(&text, "\nTaken by: ");
	(void)utf8_put_line(&text, taker.name, strlen(taker.name));
	buf_putf(&text, " (contact %lld)\n", (long long)s->contact);
	if (a->note != NULL)
		buf_putf(&text, "\n%s", a->note);
	rc = case_note_add(
	    s->db, s->vault, now, id, s->contact, buf_str(&text), e);
	buf_free(&text);
	contact_free(&taker);
	return rc == -1 ? -1 : case_tag_add(s->db, id, "phone", e);
}

static int
new_write(struct session *s, const struct act *a, struct case_file *file,
    struct err *e)
{
	int64_t now = clock_now(NULL);
	struct buf title;
	struct case_new n = {.prefix = s->config->case_prefix,
	    .priority = a->priority,
	    .category = a->category};
	int rc;

	buf_init_secret(&title, 4 * TITLE_MAX);
	(void)utf8_put_line(&title, a->title, strlen(a->title));
	n.title = buf_str(&title);
	rc = case_create(s->db, s->vault, now, &n, file, e);
	buf_free(&title);
	if (rc == -1)
		return -1;
	if (a->from_phone ? new_call(s, a, file->id, now, e) == -1
			  : a->note != NULL &&
				case_note_add(s->db, s->vault, now, file->id,
				    s->contact, a->note, e) == -1)
		return -1;
	return session_audit(s, "case.opened", 0, file->id, s->contact,
	    json_pack("{s:s, s:b, s:b}", "by", "hand", "phone",
		(int)a->from_phone, "note", (int)(a->note != NULL)),
	    e);
}

static int
new_options(
    struct session *s, int argc, char **argv, struct act *a, struct err *e)
{
	static const struct option table[] = {
	    {"title", required_argument, NULL, 't'},
	    {"from-phone", no_argument, NULL, 'f'},
	    {"caller", required_argument, NULL, 'C'},
	    {"note", required_argument, NULL, 'n'},
	    {"priority", required_argument, NULL, 'p'},
	    {"category", required_argument, NULL, 'c'},
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 't')
			a->title = optarg;
		else if (c == 'f')
			a->from_phone = true;
		else if (c == 'C')
			a->caller = optarg;
		else if (c == 'n')
			a->note = optarg;
		else if (c == 'p')
			a->priority = optarg;
		else if (c == 'c')
			a->category = optarg;
		else if (c == 'a')
			a->as = optarg;
		else
			s->out.json = true;
	}
	if (c == -1)
		return -1;
	return option_operands(argc, argv, 0, 0, "nothing", e);
}

int
cli_case_new(struct session *s, int argc, char **argv, struct err *e)
{
	struct act a = {.priority = "normal"};
	struct case_file file = {0};
	int rc = -1;

	buf_init_secret(&a.text, NOTE_MAX);
	if (new_options(s, argc, argv, &a, e) == -1 ||
	    (a.note != NULL && strcmp(a.note, "-") == 0 &&
		act_read_note(&a, e) == -1) ||
	    new_check(&a, e) == -1 || session_open(s, e) == -1 ||
	    session_act(s, a.as, e) == -1 || session_vault(s, e) == -1 ||
	    db_begin(s->db, e) == -1 || new_write(s, &a, &file, e) == -1 ||
	    db_commit(s->db, e) == -1)
		goto out;
	rc = case_act_say(s, file.id, file.name, "", e);
out:
	case_free(&file);
	buf_free(&a.text);
	return rc;
}

/* --as, --json, perhaps --reason; the case's name is at optind. */
static int
act_options(struct session *s, int argc, char **argv, struct act *a,
    bool reason, int operands, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'},
	    {"reason", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'r' && !reason)
			return err_set(e, ERR_USAGE,
			    "--reason is no option here (--help names them)");
		if (c == 'r')
			a->note = optarg;
		else if (c == 'a')
			a->as = optarg;
		else
			s->out.json = true;
	}
	if (c == -1)
		return -1;
	return option_operands(argc, argv, 1, operands, "the case's id", e);
}

int
case_act_find(
    struct session *s, const char *name, struct case_file *file, struct err *e)
{
	if (case_find(s->db, s->vault, name, file, e) == -1)
		return -1;
	return regroup_whole(s->db, file->id, e) == -1
		   ? err_in(e, "%s", file->name)
		   : 0;
}

int
case_act_begin(struct session *s, const char *as, const char *name,
    struct case_file *file, struct err *e)
{
	if (session_open(s, e) == -1 || session_act(s, as, e) == -1 ||
	    case_find(s->db, NULL, name, file, e) == -1)
		return -1;
	case_free(file);
	if (session_vault(s, e) == -1 || db_begin(s->db, e) == -1)
		return -1;
	return case_act_find(s, name, file, e);
}

static int
close_may(struct session *s, const struct case_file *file, struct err *e)
{
	char *what;

	if (closing_lacks(s->db, s->vault, s->config, file, NULL, &what, e) ==
	    -1)
		return -1;
	if (what == NULL)
		return 0;
	(void)err_set(e, ERR_DENIED, "%s: %s", file->name, what);
	free(what);
	return -1;
}

/* Fails, and names the messages that somebody outside waits for. */
static int
close_owes(struct session *s, const struct case_file *file, struct err *e)
{
	json_t *owed = NULL, *unseen = NULL;
	const json_t *one;
	struct buf list;
	size_t i;

	if (duty_json(s->db, file->id, &owed, &unseen, e) == -1)
		return -1;
	buf_init(&list, 1024);
	json_array_foreach(owed, i, one) buf_putf(&list, "%s%lld",
	    i == 0 ? " message " : ", ", (long long)json_integer_value(one));
	/* the list is last: it may be long */
	(void)err_set(e, ERR_DENIED,
	    "%s: somebody outside waits for an answer: answer first, or give"
	    " the --reason for none:%s",
	    file->name, buf_str(&list));
	buf_free(&list);
	json_decref(owed);
	json_decref(unseen);
	return -1;
}

static int
close_write(struct session *s, const struct act *a, struct case_file *file,
    struct err *e)
{
	int64_t now = clock_now(NULL);
	json_t *detail;

	if (strcmp(file->state, "closed") == 0)
		return err_set(e, ERR_DATA, "%s is closed", file->name);
	if (file->owed && a->note == NULL)
		return close_owes(s, file, e);
	if (close_may(s, file, e) == -1)
		return -1;
	detail = json_pack("{s:s, s:b, s:b}", "from", file->state, "owed",
	    (int)file->owed, "reason", (int)(a->note != NULL));
	free(file->state);
	file->state = xstrdup("closed");
	file->closed_at = now;
	file->owed = false;
	if (duty_seen_case(s->db, file->id, s->contact, now, e) == -1 ||
	    duty_settle_case(s->db, file->id, s->contact, now, e) == -1 ||
	    (a->note != NULL && case_note_add(s->db, s->vault, now, file->id,
				    s->contact, a->note, e) == -1) ||
	    case_update(s->db, file, e) == -1) {
		json_decref(detail);
		return -1;
	}
	return session_audit(
	    s, "case.closed", 0, file->id, s->contact, detail, e);
}

int
cli_case_close(struct session *s, int argc, char **argv, struct err *e)
{
	struct case_file file = {0};
	struct act a = {0};
	int rc = -1;

	if (act_options(s, argc, argv, &a, true, 1, e) == -1 ||
	    case_act_note(a.note, e) == -1)
		return -1;
	if (case_act_begin(s, a.as, argv[optind], &file, e) == 0 &&
	    close_write(s, &a, &file, e) == 0 && db_commit(s->db, e) == 0)
		rc = case_act_say(s, file.id, file.name, " closed", e);
	case_free(&file);
	return rc;
}

static int
reopen_write(struct session *s, struct case_file *file, struct err *e)
{
	if (strcmp(file->state, "closed") != 0)
		return err_set(e, ERR_DATA, "%s is not closed", file->name);
	if (file->title == NULL)
		return err_set(e, ERR_NOINPUT, "%s was erased", file->name);
	free(file->state);
	file->state = xstrdup("open");
	file->closed_at = 0;
	if (case_update(s->db, file, e) == -1 ||
	    session_audit(
		s, "case.reopened", 0, file->id, s->contact, NULL, e) == -1)
		return -1;
	return service_refresh(s->db, s->config, file->id, clock_now(NULL), e);
}

int
cli_case_reopen(struct session *s, int argc, char **argv, struct err *e)
{
	struct case_file file = {0};
	struct act a = {0};
	int rc = -1;

	if (act_options(s, argc, argv, &a, false, 1, e) == -1)
		return -1;
	if (case_act_begin(s, a.as, argv[optind], &file, e) == 0 &&
	    reopen_write(s, &file, e) == 0 && db_commit(s->db, e) == 0)
		rc = case_act_say(s, file.id, file.name, " is open again", e);
	case_free(&file);
	return rc;
}

static int
note_write(struct session *s, const struct act *a, const struct case_file *file,
    struct err *e)
{
	int64_t now = clock_now(NULL);

	if (case_note_add(
		s->db, s->vault, now, file->id, s->contact, a->note, e) == -1 ||
	    duty_seen_case(s->db, file->id, s->contact, now, e) == -1)
		return -1;
	return session_audit(s, "case.noted", 0, file->id, s->contact, NULL, e);
}

int
cli_case_note(struct session *s, int argc, char **argv, struct err *e)
{
	struct case_file file = {0};
	struct act a = {0};
	int rc = -1;

	buf_init_secret(&a.text, NOTE_MAX);
	if (act_options(s, argc, argv, &a, false, 2, e) == -1)
		return -1;
	if (argc - optind == 2)
		a.note = argv[optind + 1];
	if ((a.note == NULL || strcmp(a.note, "-") == 0) &&
	    act_read_note(&a, e) == -1)
		goto out;
	if (case_act_note(a.note, e) == 0 &&
	    case_act_begin(s, a.as, argv[optind], &file, e) == 0 &&
	    note_write(s, &a, &file, e) == 0 && db_commit(s->db, e) == 0)
		rc = case_act_say(s, file.id, file.name, " has a new note", e);
out:
	case_free(&file);
	buf_free(&a.text);
	return rc;
}
