/* noroshi case export: a case as files that others can check. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/case.h"
#include "cases/export.h"
#include "cases/message.h"
#include "cases/message_json.h"
#include "cases/message_raw.h"
#include "cli/command.h"
#include "cli/option.h"
#include "pgp/seal.h"
#include "store/audit_extract.h"
#include "store/bundle.h"
#include "store/value.h"

#define RAW_MAX (1U << 30) /* bytes; the largest limits.message */
#define AUDIT_MAX (512U << 20) /* bytes */

struct export
{
	struct session *s;
	const char *as, *path; /* argv's */
	bool evidence;
	struct case_file file;
	int64_t *id; /* of its messages, in order */
	size_t count;
	int64_t newest; /* when the last thing in it happened */
	char *part; /* the file's name before it is whole */
	int fd; /* -1: not open */
	struct bundle bundle;
	char sha[SPOOL_SHA]; /* of the manifest */
	struct buf signature;
};

static void
export_free(struct export *x)
{
	case_free(&x->file);
	free(x->id);
	if (x->fd != -1) {
		(void)close(x->fd);
		(void)unlink(x->part);
	}
	free(x->part);
	bundle_free(&x->bundle);
	buf_free(&x->signature);
}

static int
export_options(struct export *x, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"output", required_argument, NULL, 'o'},
	    {"evidence", no_argument, NULL, 'e'},
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'o')
			x->path = optarg;
		else if (c == 'e')
			x->evidence = true;
		else if (c == 'a')
			x->as = optarg;
		else
			x->s->out.json = true;
	}
	if (c == -1 ||
	    option_operands(argc, argv, 1, 1, "the case's id", e) == -1)
		return -1;
	if (x->path == NULL || x->path[0] == '\0')
		return err_set(e, ERR_USAGE, "-o FILE is missing");
	return 0;
}

/* --- who may ---------------------------------------------------------------
 */

/* All or nothing: evidence with gaps that nobody sees is none. */
static int
export_readable(struct export *x, const struct message *m, struct err *e)
{
	bool may;

	if (session_may_read(x->s, m, &may, e) == -1)
		return -1;
	if (!may)
		return err_set(e, ERR_DENIED,
		    "message %lld is TLP:RED, and you are no reader of it: the"
		    " PoC or a deputy may export %s",
		    (long long)m->id, x->file.name);
	if (strcmp(m->state, "received") == 0)
		return err_set(e, ERR_TEMP,
		    "message %lld is being worked on; try again in a moment",
		    (long long)m->id);
	return 0;
}

static int
export_begin(struct export *x, const char *name, struct err *e)
{
	const struct message_filter f = {.cases = x->file.id};
	struct session *s = x->s;
	int rc = 0;

	if (x->file.title == NULL)
		return err_set(e, ERR_NOINPUT, "%s was erased", name);
	if (message_list(s->db, &f, &x->id, &x->count, e) == -1)
		return -1;
	x->newest = x->file.closed_at > x->file.opened_at ? x->file.closed_at
							  : x->file.opened_at;
	for (size_t i = 0; i < x->count && rc == 0; i++) {
		struct message m;

		if (message_get(s->db, x->id[i], &m, e) == -1)
			return -1;
		if (m.received_at > x->newest)
			x->newest = m.received_at;
		rc = export_readable(x, &m, e);
		message_free(&m);
	}
	return rc;
}

/* --- the files --------------------------------------------------------------
 */

static int
export_json(struct export *x, const char *name, int64_t mtime, json_t *value,
    struct err *e)
{
	char *text = json_dumps(value, JSON_INDENT(2) | JSON_SORT_KEYS);
	struct buf line;
	int rc = -1;

	json_decref(value);
	buf_init_secret(&line, RAW_MAX);
	if (text == NULL) {
		err_set(e, ERR_BUG, "%s as JSON", name);
	} else {
		buf_puts(&line, text);
		buf_putc(&line, '\n');
		explicit_bzero(text, strlen(text));
		rc = line.over ? err_set(e, ERR_DATA, "%s is too long", name)
			       : bundle_put(&x->bundle, name, mtime, line.data,
				     line.len, e);
	}
	free(text);
	buf_free(&line);
	return rc;
}

static int
export_readme(struct export *x, struct err *e)
{
	struct buf text;
	int rc;

	buf_init(&text, 65536);
	buf_putf(&text, "%s: %s of a case.\n\n", x->file.name,
	    x->evidence ? "evidence" : "an export");
	buf_puts(&text,
	    "audit.jsonl          the record of decisions and acts, chained\n"
	    "case.json            the case, its people and notes\n"
	    "messages/NUMBER.eml  a mail, byte for byte as it came\n"
	    "messages/NUMBER.json what was found of it: who sent it, under\n"
	    "                     which label, signatures, readable text\n"
	    "MANIFEST             SHA-256 of each file but the next\n"
	    "MANIFEST.asc         the team's signature over MANIFEST\n\n"
	    "To check it, in this folder, with the team's key in gpg's ring:\n"
	    "\n\tgpg --verify MANIFEST.asc MANIFEST\n"
	    "\tsha256sum --check --strict MANIFEST\n\n");
	buf_putf(
	    &text, "The team's key has to be %s.\n", x->s->config->team_key);
	rc =
	    bundle_put(&x->bundle, "README", x->newest, text.data, text.len, e);
	buf_free(&text);
	return rc;
}

static int
export_audit(struct export *x, struct err *e)
{
	struct buf text;
	int64_t last;
	int rc;

	if (!x->evidence)
		return 0;
	buf_init(&text, AUDIT_MAX);
	rc = audit_extract(x->s->db, x->file.id, EXPORT_EVENT, &text, &last, e);
	if (rc == 0 && last > x->newest)
		x->newest = last;
	if (rc == 0)
		rc = bundle_put(&x->bundle, BUNDLE_AUDIT, x->newest, text.data,
		    text.len, e);
	buf_free(&text);
	return rc;
}

static int
export_case(struct export *x, struct err *e)
{
	json_t *one;

	if (session_case(x->s, x->file.id, &one, e) == -1)
		return -1;
	return export_json(x, "case.json", x->newest, one, e);
}

/* The bytes as they came; what we wrote ourselves has none. */
static int
export_raw(
    struct export *x, const struct message *m, const char *name, struct err *e)
{
	struct buf raw;
	char sha[SPOOL_SHA];
	int rc;

	if (!x->evidence || strcmp(m->direction, "in") != 0)
		return 0;
	buf_init_secret(&raw, RAW_MAX);
	rc = message_raw(x->s->vault, x->s->spool, m, &raw, e);
	if (rc == -1)
		err_in(e, "message %lld", (long long)m->id);
	if (rc == 0) {
		spool_sha(raw.data, raw.len, sha);
		if (strcmp(sha, m->sha256) != 0)
			rc = err_set(e, ERR_DATA,
			    "message %lld is not what came: its SHA-256 was %s",
			    (long long)m->id, m->sha256);
	}
	if (rc == 0)
		rc = bundle_put(
		    &x->bundle, name, m->received_at, raw.data, raw.len, e);
	buf_free(&raw);
	return rc;
}

static int
export_message(struct export *x, int64_t id, struct err *e)
{
	char raw[64], verdict[64];
	struct message m;
	json_t *one;
	int rc;

	(void)snprintf(raw, sizeof(raw), "messages/%010lld.eml", (long long)id);
	(void)snprintf(
	    verdict, sizeof(verdict), "messages/%010lld.json", (long long)id);
	if (message_get(x->s->db, id, &m, e) == -1)
		return -1;
	rc = export_raw(x, &m, raw, e);
	if (rc == 0 && m.vault_key != 0)
		rc = message_unseal(x->s->db, x->s->vault, &m, e);
	if (rc == 0)
		rc = message_json(x->s->db, &m, true, &one, e);
	if (rc == 0)
		rc = export_json(x, verdict, m.received_at, one, e);
	message_free(&m);
	return rc;
}

static int
export_files(struct export *x, struct err *e)
{
	int rc = 0;

	if (export_readme(x, e) == -1 || export_audit(x, e) == -1 ||
	    export_case(x, e) == -1)
		return -1;
	for (size_t i = 0; i < x->count && rc == 0; i++)
		rc = export_message(x, x->id[i], e);
	return rc;
}

/* --- the signature and the record --------------------------------------------
 */

static int
export_sign(struct export *x, struct err *e)
{
	const char *key = x->s->config->team_key;

	spool_sha(x->bundle.manifest.data, x->bundle.manifest.len, x->sha);
	if (export_signature_get(x->s->db, x->sha, key, &x->signature, e) == -1)
		return -1;
	if (x->signature.len > 0)
		return 0;
	if (session_keyring(x->s, e) == -1)
		return -1;
	return seal_sign(
	    x->s->keyring, key, &x->bundle.manifest, &x->signature, e);
}

/* Who took it out, before it is there. Readers of what is RED are recorded. */
static int
export_record(struct export *x, struct err *e)
{
	struct session *s = x->s;
	json_t *list = json_array();

	for (size_t i = 0; i < x->count; i++) {
		struct message m;
		bool red;

		json_array_append_new(list, json_integer(x->id[i]));
		if (message_get(s->db, x->id[i], &m, e) == -1)
			goto fail;
		red = m.label != NULL && strcmp(m.label, "RED") == 0;
		message_free(&m);
		if (red && message_reader_add(s->db, x->id[i],
			       config_operator(s->config, s->user), e) == -1)
			goto fail;
	}
	if (export_signature_put(
		s->db, x->sha, s->config->team_key, &x->signature, e) == -1)
		goto fail;
	return session_audit(s, EXPORT_EVENT, 0, x->file.id, s->contact,
	    json_pack("{s:b, s:s, s:o}", "evidence", (int)x->evidence,
		"manifest_sha256", x->sha, "messages", list),
	    e);
fail:
	json_decref(list);
	return -1;
}

static int
export_open(struct export *x, struct err *e)
{
	if (access(x->path, F_OK) == 0)
		return err_set(e, ERR_DATA, "%s: is there already", x->path);
	x->part = xasprintf("%s.part", x->path);
	x->fd = open(x->part,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (x->fd == -1)
		return err_set(e, errno == ENOENT ? ERR_NOINPUT : ERR_TEMP,
		    "%s: %m", x->part);
	bundle_init(&x->bundle, x->fd, x->path);
	return 0;
}

/* One view of the case, which keeps nobody from writing. */
static int
export_read(struct export *x, const char *name, struct err *e)
{
	struct session *s = x->s;
	struct db_view view;
	int rc = -1;

	if (db_view_begin(s->db, &view, e) == -1)
		return -1;
	if (case_find(s->db, s->vault, name, &x->file, e) == 0 &&
	    export_begin(x, name, e) == 0 && export_open(x, e) == 0 &&
	    export_files(x, e) == 0)
		rc = 0;
	db_view_end(&view);
	return rc;
}

static int
export_write(struct export *x, const char *name, struct err *e)
{
	struct session *s = x->s;

	if (export_read(x, name, e) == -1 || export_sign(x, e) == -1 ||
	    bundle_finish(&x->bundle, &x->signature, x->newest, e) == -1 ||
	    db_begin(s->db, e) == -1)
		return -1;
	if (export_record(x, e) == -1 || db_commit(s->db, e) == -1) {
		db_rollback(s->db);
		return -1;
	}
	/* link(2) replaces nothing that has come meanwhile */
	if (link(x->part, x->path) == -1)
		return err_set(e, ERR_TEMP, "%s: %m", x->path);
	return 0;
}

int
cli_case_export(struct session *s, int argc, char **argv, struct err *e)
{
	struct export x = {.s = s, .fd = -1};
	int rc = -1;

	buf_init(&x.signature, 65536);
	bundle_init(&x.bundle, -1, NULL);
	if (export_options(&x, argc, argv, e) == -1 ||
	    session_open(s, e) == -1 || session_act(s, x.as, e) == -1 ||
	    session_is_reader(s, e) == -1 || session_spool(s, e) == -1 ||
	    session_vault(s, e) == -1 ||
	    export_write(&x, argv[optind], e) == -1)
		goto out;
	rc = 0;
	if (s->out.json)
		rc = output_json(&s->out,
		    json_pack("{s:s, s:s, s:b, s:I, s:s}", "case", x.file.name,
			"file", x.path, "evidence", (int)x.evidence, "files",
			(json_int_t)x.bundle.files, "manifest_sha256", x.sha),
		    e);
	else
		output_put(&s->out, "%s\n", x.path);
out:
	export_free(&x);
	return rc;
}
